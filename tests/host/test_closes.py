import pytest

from tabtalk.closes import CloseKind, classify
from tabtalk.protocol import ErrorCode

# What the service was seen to say, or documents.
SAID = [
    (1007, "API key not valid. Please pass a valid API key.", CloseKind.KEY),
    (1007, "API key expired. Please renew the API key.", CloseKind.KEY),
    (1008, "Method doesn't allow unregistered callers (callers without established identity).", CloseKind.KEY),
    (1008, "Your API key was reported as leaked. Please use another API key.", CloseKind.KEY),
    (401, "", CloseKind.KEY),
    (403, '{"error":{"status":"PERMISSION_DENIED"}}', CloseKind.KEY),
    (1008, "models/gone is not found for API version v1beta, or is not supported for bidiGenerateContent.",
     CloseKind.MODEL),
    (404, "Publisher Model `projects/p/locations/global/publishers/google/models/gone` was not found or your project",
     CloseKind.MODEL),
    (1011, "You exceeded your current quota, please check your plan and billing details.", CloseKind.QUOTA),
    (429, "Too Many Requests", CloseKind.QUOTA),
    (1007, 'Unknown name "x" at setup: Cannot find field', CloseKind.REQUEST),
    (1007, "The requested combination of response modalities (TEXT) is not supported by the model", CloseKind.REQUEST),
    (1008, "Requested entity was not found.", CloseKind.REQUEST),
    (1008, "The operation was aborted.", CloseKind.TRANSIENT),
    (1011, "Deadline expired before operation could complete.", CloseKind.TRANSIENT),
    (1011, "Internal error encountered.", CloseKind.TRANSIENT),
    (1006, "", CloseKind.TRANSIENT),
    (1000, "", CloseKind.TRANSIENT),
    (1001, "Going away", CloseKind.TRANSIENT),
    (503, "The service is currently unavailable.", CloseKind.TRANSIENT),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "kind"), SAID)
def test_f4_the_words_tell_the_kind(code, text, kind):
    assert classify(code, text).kind is kind


@pytest.mark.parametrize(("code", "text", "kind"), SAID)
def test_f4_only_what_another_try_can_mend_is_tried_again(code, text, kind):
    assert classify(code, text).mendable is (kind is CloseKind.TRANSIENT)


@pytest.mark.parametrize("kind", CloseKind)
def test_every_kind_has_words_for_the_person(kind):
    from tabtalk.closes import ERROR_CODES

    assert ERROR_CODES[kind] in ErrorCode


def test_t19_a_key_in_what_the_service_says_is_not_passed_on():
    close = classify(1007, "API key AIzaCANARY-0123456789_abcdefghijklmnopq not valid")
    assert "CANARY" not in close.text
    assert close.kind is CloseKind.KEY


def test_what_the_service_says_is_one_line_of_bounded_length():
    close = classify(1011, "a\nb\x00" + "x" * 10_000)
    assert "\n" not in close.text
    assert len(close.text) <= 300
