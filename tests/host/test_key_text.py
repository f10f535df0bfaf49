"""`tabtalk/key_text.py`: what is taken off a key, and what is named instead of being taken for one."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from tabtalk import key_text
from tabtalk.key_text import KeyRefused, Kind

KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"
NEW_FORM = "AQ.Ab8RN6CANARY_0123456789-abcdefghijklmnopqrs"


@pytest.mark.parametrize("key", [KEY, NEW_FORM])
@pytest.mark.parametrize(
    "pattern",
    [
        "{}",
        "  {}\r\n",
        "\ufeff{}\r\n",
        "\u200b{}\u00a0",
        '"{}"',
        "'{}'",
        "“{}”",
        "`{}`",
        "<{}>",
        '"{}",',
        "GEMINI_API_KEY={}",
        "GOOGLE_API_KEY = {}",
        'export GEMINI_API_KEY="{}"',
        "export GEMINI_API_KEY='{}';",
        "set GEMINI_API_KEY={}",
        'setx GEMINI_API_KEY "{}"',
        "$env:GEMINI_API_KEY = '{}'",
        "gemini_api_key: {}",
        "API key: {}",
        "key={}",
        "x-goog-api-key: {}",
        "-H 'x-goog-api-key: {}'",
        '"apiKey": "{}"',
        '\ufeffGEMINI_API_KEY="{}"\r\n',
        '{{"api_key": "{}"}}',
        "# my key\n\n{}\n",
        "GEMINI_API_KEY={} # mine",
        "OPENAI_API_KEY=sk-other\nGEMINI_API_KEY={}\nDEBUG=1\n",
        "GEMINI_API_KEY={0}\nGOOGLE_API_KEY={0}\n",
    ],
)
def test_what_was_copied_with_a_key_is_taken_off(pattern: str, key: str) -> None:
    assert key_text.clean(pattern.format(key)) == key


@pytest.mark.parametrize(
    ("text", "says", "kind"),
    [
        ("sk-proj-abcdefghijklmnop", "an OpenAI key", Kind.OTHER_SERVICE),
        ("OPENAI_API_KEY='sk-abcdefghijklmnop'", "an OpenAI key", Kind.OTHER_SERVICE),
        ("sk-ant-api03-abcdef", "an Anthropic key", Kind.OTHER_SERVICE),
        ("github_pat_11ABC", "a GitHub token", Kind.OTHER_SERVICE),
        ("AKIAIOSFODNN7EXAMPLE", "Amazon", Kind.OTHER_SERVICE),
        ("hf_abcdef", "Hugging Face", Kind.OTHER_SERVICE),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln", "JWT", Kind.OTHER_SERVICE),
        ("ya29.a0AfH6SM", "within the hour", Kind.GOOGLE_SIGN_IN),
        ("GOCSPX-abcdef", "secret of a Google sign-in client", Kind.GOOGLE_SIGN_IN),
        ("123-abc.apps.googleusercontent.com", "id of a Google sign-in client", Kind.GOOGLE_SIGN_IN),
        ("https://aistudio.google.com/apikey?x=1", "a web address", Kind.ADDRESS),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n", "private key", Kind.PRIVATE_KEY),
        (f"{KEY}\n{KEY[::-1]}\n", "several lines", Kind.SEVERAL),
        (f"GEMINI_API_KEY={KEY}\nGEMINI_API_KEY=AIzaOTHER\n", "several lines", Kind.SEVERAL),
        ('{"a": 1}', "without a single key", Kind.SEVERAL),
    ],
)
def test_what_is_no_gemini_key_is_named_for_what_it_is(text: str, says: str, kind: Kind) -> None:
    with pytest.raises(KeyRefused, match=says) as refused:
        key_text.clean(text)
    assert refused.value.kind is kind
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ({"type": "service_account", "private_key": "-----BEGIN", "project_id": "x"}, Kind.SERVICE_ACCOUNT),
        ({"installed": {"client_id": "x", "client_secret": "y"}}, Kind.GOOGLE_SIGN_IN),
        ({"type": "authorized_user", "refresh_token": "1//x"}, Kind.GOOGLE_SIGN_IN),
    ],
)
def test_a_file_of_googles_is_named_for_what_it_is(file: dict[str, Any], kind: Kind) -> None:
    with pytest.raises(KeyRefused) as refused:
        key_text.clean(json.dumps(file, indent=2))
    assert refused.value.kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        '""',
        "two words",
        "tab\tinside",
        "ключ",
        "x" * 513,
        "nul\0inside",
        "\x1b[2J",
        "{",
        "}",
        "--",
        "{" * 60_000,
    ],
)
def test_what_cannot_be_a_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(KeyRefused) as refused:
        key_text.clean(text)
    assert not text.strip() or text not in str(refused.value)


@pytest.mark.parametrize(
    "key",
    ["sk-gateway-0123456789", "team-key:abc123", "a#b", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln", "YWJjZGVmZ2hpamtsbQ=="],
)
def test_a_gateway_may_have_keys_of_any_form(key: str) -> None:
    assert key_text.clean(key, gateway=True) == key


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_read_in_the_encodings_of_all_systems(encoding: str) -> None:
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    assert key_text.decode(f"{mark}{KEY}\r\n".encode(encoding)).strip("\ufeff\r\n") == KEY


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text", ["key " * 15_000, '"' * 50_000, "export " * 9_000, "a." * 30_000, " key" * 16_000 + "="]
)
def test_a_text_made_to_be_slow_is_done_with_soon(text: str) -> None:
    with contextlib.suppress(KeyRefused):
        assert len(key_text.clean(text)) <= key_text.MAX_KEY


def test_a_text_that_is_far_too_long_is_not_even_looked_at() -> None:
    with pytest.raises(KeyRefused, match="longer than any key"):
        key_text.clean("x" * 100_000)
