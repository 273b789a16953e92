"""New text out of what a server sends, be it only what is new or all that there is so far.

Most servers send what is new. Some send the whole text again with each piece, and some repeat it
at the end. The former is seen at the first pieces: each begins with the one before and is longer,
which tokens of a text hardly ever are. Until that is clear, at the second piece of nearly all
texts, the first is kept back; of a server that is known nothing is.
"""

from __future__ import annotations

from typing import Final

from flourishing.models.endpoint.learnt import Learnt

_SURE: Final = 3
"""So many pieces, each of which begins with the one before, show it."""
_LONG: Final = 4
"""Characters; a first piece of so many shows it with the second."""


class Increments:
    """Gives the new text of one completion.

    Args:
        learnt: What is known of the server; it is added whether it sends the whole text each time.
    """

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt
        self._waiting: list[str] = []
        self._whole = ""
        self._pieces = 0

    def feed(self, piece: str, *, last: bool) -> str:
        """Take a piece, and give what is new and certain.

        Args:
            piece: What the server sent.
            last: Whether it said that the completion ends with it.
        """
        self._pieces += bool(piece)
        if self._learnt.cumulative is None:
            return self._undecided(piece)
        if self._learnt.cumulative and piece.startswith(self._whole):
            new = piece[len(self._whole) :]
        elif last and self._pieces > 2 and len(piece) >= _LONG and piece == self._whole:
            new = ""  # all of it, once more
        else:
            new = piece
        self._whole += new
        return new

    def end(self) -> str:
        """Give what was kept back, since no more comes."""
        rest, self._waiting = "".join(self._waiting), []
        self._whole += rest
        return rest

    def _undecided(self, piece: str) -> str:
        if not piece:
            return ""
        before = self._waiting[-1] if self._waiting else ""
        self._waiting.append(piece)
        if len(piece) > len(before) and piece.startswith(before):
            many = len(self._waiting)
            if many >= _SURE or (many == 2 and len(before) >= _LONG):
                self._learnt.cumulative = True
                self._whole, self._waiting = piece, []
                return piece
            return ""
        self._learnt.cumulative = False
        return self.end()
