"""Words that the person said twice only because a connection was lost in between, and that were shown already. Pure.

A question that was under way is sent anew as a whole, so its transcript comes anew as a whole.
"""

from __future__ import annotations


class Retold:
    def __init__(self) -> None:
        self._shown = ""
        self._at = 0
        self._withheld = ""

    def expect(self, shown: str) -> None:
        """These words may come again."""
        self._shown, self._at, self._withheld = shown, 0, ""

    @property
    def pending(self) -> bool:
        return self._at < len(self._shown)

    def new_in(self, piece: str) -> str:
        """What of a piece was not shown yet. All that was held back comes as soon as the words turn out to be others."""
        matched = 0
        for index, letter in enumerate(piece):
            self._skip()
            if not self.pending:
                return piece[matched:]
            if not letter.isalnum():
                continue
            if letter.casefold() != self._shown[self._at].casefold():
                held, self._shown = self._withheld + piece, ""
                return held
            self._at += 1
            matched = index + 1
        self._withheld += piece
        return ""

    def _skip(self) -> None:
        while self.pending and not self._shown[self._at].isalnum():
            self._at += 1
