"""The SDK, as far as it is used: over a socket that is not its own, and with nothing that could leave."""

import asyncio

import pytest

from tabtalk import live_sdk
from tabtalk.live_events import Said, ToolCall, TurnComplete


class Paper:
    def __init__(self):
        self.sent = []

    async def send(self, message):
        self.sent.append(message)


@pytest.mark.parametrize("vertex", [False, True])
async def test_t18_the_sdk_knows_no_key_and_lets_no_request_out_whatever_the_environment_says(vertex, monkeypatch):
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://evil.test")
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "https://evil.test")
    monkeypatch.setenv("GOOGLE_API_KEY", "AIzaCANARY")
    monkeypatch.setenv("GEMINI_API_KEY", "AIzaCANARY")
    live_sdk._client.cache_clear()
    client = live_sdk._client(vertex=vertex)
    assert "evil" not in client._api_client._http_options.base_url
    assert client._api_client.api_key in (None, "none")
    with pytest.raises(Exception, match=r"must be implemented|refreshed"):
        client.models.get(model="gemini-3.8-live")
    with pytest.raises(Exception, match=r"must be implemented|refreshed"):
        await client.aio.models.get(model="gemini-3.8-live")
    live_sdk._client.cache_clear()


@pytest.mark.parametrize("vertex", [False, True])
async def test_it_reads_and_writes_over_the_socket_that_it_is_given(vertex):
    paper = Paper()
    sdk = live_sdk.Sdk(paper, vertex=vertex)
    said = b'{"serverContent": {"outputTranscription": {"text": "that"}, "turnComplete": true}}'
    assert await sdk.read(said) == [Said("model", "that", finished=False), TurnComplete()]
    assert await sdk.read(b"{not json") == []
    assert await sdk.read(b"[1]") == []
    await sdk.send_question("What?")
    await sdk.send_words("a page")
    await sdk.send_audio_end()
    await sdk.refuse_tool(ToolCall("7", "open_url"))
    question, words, end, refusal = paper.sent
    assert "What?" in question
    assert "a page" in words
    assert "true" in end
    assert "There are no tools here." in refusal


async def test_warming_pays_for_the_first_use():
    live_sdk._client.cache_clear()
    await asyncio.to_thread(live_sdk.warm, vertex=False)
    assert live_sdk._client.cache_info().currsize == 1
