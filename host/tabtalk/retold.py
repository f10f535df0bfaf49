"""Words that the person said once and that come twice, because a connection was lost in between. Pure.

What was said lately is sent anew from the last pause on, so its transcript comes anew: the end of what was shown, or all of
it. Where in it that begins is not known, so every word is a candidate until the letters decide.
"""

from __future__ import annotations

MOST_LETTERS = 300


class Retold:
    def __init__(self) -> None:
        self._shown = ""
        self._candidates: list[int] = []
        """How far in `_shown` the retelling may be: the next letter for each word it may have begun with."""
        self._held = ""
        self._held_new_from: int | None = None
        """Where in `_held` begins what is new, if the retelling is over: the longest that fits."""

    def expect(self, shown: str) -> None:
        """The end of these words may come again."""
        self._held, self._held_new_from = "", None
        letters: list[str] = []
        starts: list[int] = []
        inside = False
        for letter in shown[-2 * MOST_LETTERS :]:
            if letter.isalnum():
                if not inside or not letter.isascii():
                    starts.append(len(letters))
                letters.append(letter.casefold())
            inside = letter.isalnum()
        cut = max(0, len(letters) - MOST_LETTERS)
        self._shown = "".join(letters[cut:])
        # Of letters that are casefolded to two the places shift; then nothing is recognised, and all is shown.
        self._candidates = [start - cut for start in starts if start >= cut]

    @property
    def pending(self) -> bool:
        return bool(self._candidates)

    def new_in(self, piece: str, *, finished: bool) -> str:
        """What of a piece, and of those held back before it, was not shown yet. `finished`: the utterance is over, of which
        the retelling may hold several."""
        for letter in piece:
            if self._candidates and letter.isalnum():
                self._follow(letter.casefold())
            self._held += letter
        over = finished and self._held_new_from is not None
        return "" if self._candidates and not over else self.rest()

    def rest(self) -> str:
        """What is new of the words held back; none come again from here on."""
        retelling, self._candidates = bool(self._candidates), []
        new = "" if retelling and self._held_new_from is None else self._held[self._held_new_from or 0 :]
        self._held, self._held_new_from = "", None
        return new

    def _follow(self, letter: str) -> None:
        alive = [at + 1 for at in self._candidates if self._shown[at : at + 1] == letter]
        if len(self._shown) in alive:
            alive.remove(len(self._shown))
            self._held_new_from = len(self._held) + 1
        self._candidates = alive
