"""What is said, by the person and by Gemini, as the service tells it: whose turn it is, and what is shown, heard and remembered."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from tabtalk import protocol
from tabtalk.live_events import Interrupted, Said, Sound, TurnComplete
from tabtalk.retold import Retold

if TYPE_CHECKING:
    from tabtalk.downlink import Downlink
    from tabtalk.history import History
    from tabtalk.outbox import Outbox
    from tabtalk.supervisor import Supervisor
    from tabtalk.turns import Turns

_LATELY_CHARS = 600


class Dialogue:
    def __init__(
        self, downlink: Downlink, outbox: Outbox, supervisor: Supervisor, turns: Turns, history: History
    ) -> None:
        self._downlink = downlink
        self._outbox = outbox
        self._supervisor = supervisor
        self._turns = turns
        self._history = history
        self._retold = Retold()
        self._asked = protocol.Transcript("user", "", finished=False, turn=0)
        """What of the question under way was shown."""
        self._heard_lately = ""

    def play(self, pcm: bytes) -> bool:
        """More of the answer under way, for a link that takes it now. False: nothing was done, it comes as an event."""
        if not self._turns.answering:
            return False
        now = time.monotonic()
        turn, late = self._turns.of_answer(now)
        if late:
            return True
        if not self._downlink.put_sound(pcm, turn):
            return False
        self._supervisor.said(now)
        return True

    async def take(self, event: Sound | Said | Interrupted | TurnComplete, now: float) -> None:
        if isinstance(event, Sound):
            turn, late = await self._answers(now)
            if not late:
                await self._downlink.send_sound(event.pcm, turn)
        elif isinstance(event, Said) and event.role == "user":
            await self._heard(event, now)
        elif isinstance(event, Said):
            # Words of an answer that was interrupted are shown as such; only its sound must not come late.
            turn, _late = await self._answers(now)
            self._history.add("model", event.text, turn)
            await self._downlink.send(protocol.Transcript("model", event.text, event.finished, turn))
        elif isinstance(event, Interrupted):
            await self._downlink.send(protocol.Interrupted(self._turns.interrupted(now)))
        elif isinstance(event, TurnComplete):
            self._supervisor.turn_over(now)
            self._asked = dataclasses.replace(self._asked, text="")
            await self._downlink.send(protocol.TurnComplete(self._turns.complete(now)))

    async def break_off(self) -> None:
        """The connection ended, with what was under way on it; what the person said may go again."""
        lost = self._turns.broken_off()
        if lost is not None:
            await self._downlink.send(protocol.Interrupted(lost))
        if self._outbox.rewind():
            self._retold.expect(self._heard_lately)

    async def _answers(self, now: float) -> tuple[int, bool]:
        """The turn of a piece of an answer that comes now, and whether it is late and must not sound."""
        begins = not self._turns.answering
        turn, late = self._turns.of_answer(now)
        if not late:
            self._supervisor.said(now)
        if begins and not late:
            await self._show(self._retold.rest(), finished=False)
            # Asked again after this, it would be answered twice.
            self._outbox.answered()
            self._asked = dataclasses.replace(self._asked, text="")
        return turn, late

    async def _heard(self, said: Said, now: float) -> None:
        self._supervisor.said(now)
        if said.finished:
            self._outbox.heard_out()
        text = said.text
        if self._retold.pending:
            text = self._retold.new_in(text, finished=said.finished)
        await self._show(text, finished=said.finished)

    async def _show(self, text: str, *, finished: bool) -> None:
        """What the person said."""
        if not text and not (finished and self._asked.text):
            return
        turn = self._asked.turn if self._asked.text else self._turns.current
        if not self._turns.answering:  # Else it is the late transcript of what is being answered.
            self._asked = protocol.Transcript("user", self._asked.text + text, finished, turn)
        if text:
            self._heard_lately = (self._heard_lately + text)[-_LATELY_CHARS:]
            self._history.add("user", text, turn)
        await self._downlink.send(protocol.Transcript("user", text, finished, turn))
