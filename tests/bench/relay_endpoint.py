"""A Live endpoint in a process of its own, which notes when each piece arrived and when each left.

Prints where it is, as one line of JSON, and one line for every conversation that ended. It ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "host"))

from tabtalk.practice import wire
from tabtalk.practice.scenario import Scenario
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread

ANSWER = bytes(range(256)) * 7 + bytes(128)
"""40 ms of 24 kHz s16le."""


class Echo(Scenario):
    """40 ms of answer for each 40 ms heard, as it is heard: both directions are busy all the time."""

    def __init__(self, connection) -> None:
        super().__init__(connection)
        self._heard_bytes = 0

    async def on_audio(self, pcm: bytes, rate_hz: int) -> None:
        self._heard_bytes += len(pcm)
        if self._heard_bytes >= 1280:
            self._heard_bytes -= 1280
            await self.send(wire.audio(ANSWER))

    async def on_end(self) -> None:
        record = self.connection.record
        print(
            json.dumps(
                {
                    "heard": [(chunk.at, zlib.crc32(chunk.pcm)) for chunk in record.chunks],
                    "pictures": [(picture.at, len(picture.jpeg)) for picture in record.videos],
                    "said": [sent.at for sent in record.sent_with("modelTurn")],
                }
            ),
            flush=True,
        )
        record.arrivals.clear()
        record.sent.clear()


def main() -> None:
    key = sys.argv[1]
    with run_in_thread(PracticeServer(Echo, key=key)) as live:
        print(json.dumps({"base_url": live.base_url, "ca_pem": live.ca_pem}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
