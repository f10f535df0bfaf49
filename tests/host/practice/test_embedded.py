from __future__ import annotations

import json
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

import tabtalk
from tabtalk.practice.embedded import start_embedded

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
SETUP = json.dumps({"setup": {"model": "models/gemini-3.8-live"}})


def test_it_takes_its_own_key_only_and_keeps_nothing() -> None:
    first, second = start_embedded(), start_embedded()
    try:
        assert first.key != second.key
        url, context = first.base_url.replace("https", "wss") + PATH, ssl.create_default_context(cadata=first.ca_pem)
        for key, complete in ((first.key, True), (second.key, False)):
            headers = {"x-goog-api-key": key}
            with connect(url, ssl=context, additional_headers=headers, proxy=None) as client:
                client.send(SETUP)
                if complete:
                    assert json.loads(client.recv(timeout=5)) == {"setupComplete": {}}
                else:
                    with pytest.raises(ConnectionClosedError, match="API key not valid"):
                        client.recv(timeout=5)
        assert first._server.recorder.records == []
    finally:
        first.stop()
        second.stop()


def test_it_does_not_keep_the_process_alive_and_starts_without_the_sdk() -> None:
    program = (
        "import sys; from tabtalk.practice.embedded import start_embedded; print(start_embedded().base_url);"
        "assert 'trustme' in sys.modules; assert not any(name.startswith('google.genai') for name in sys.modules)"
    )
    host = Path(tabtalk.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=host, capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.startswith("https://127.0.0.1:")
    assert done.stderr == ""
