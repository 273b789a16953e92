"""The text of one completion as it grows, out of whatever a server sends.

`Increments` gives the new text. Most servers send what is new. Some send the whole text again with
each piece, and some repeat it at the end. The former is seen at the first pieces: each begins with
the one before and is longer, which tokens of a text hardly ever are. Until that is clear, at the
second piece of nearly all texts, the first is kept back; of a server that is known nothing is.

`TextStream` lets through what is certain. A server is not trusted with stops: it may take only
some, or miss one that two tokens make up. So they are cut here as well, and text that may be the
beginning of one is held back until that is known. The same holds for a prompt that is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from flourishing.models.endpoint.server import ServerCapabilities

_SURE: Final = 3
"""So many pieces, each of which begins with the one before, show it."""
_LONG: Final = 4
"""Characters; a first piece of so many shows it with the second."""


class Increments:
    """Gives the new text of one completion.

    Args:
        capabilities: What is known of the server; whether it sends the whole text each time is
            added.
    """

    def __init__(self, capabilities: ServerCapabilities) -> None:
        self._capabilities = capabilities
        self._waiting: list[str] = []
        self._whole = ""
        self._pieces = 0

    def feed(self, piece: str, *, last: bool) -> str:
        """Take a piece, and give what is new and certain.

        Args:
            piece: What the server sent.
            last: Whether the completion ends with it, as the server says.
        """
        self._pieces += bool(piece)
        if self._capabilities.cumulative is None:
            return self._undecided(piece)
        kept = self.end()  # another completion of the server decided meanwhile
        if self._capabilities.cumulative and piece.startswith(self._whole):
            new = piece[len(self._whole) :]
        elif last and self._pieces > 2 and len(piece) >= _LONG and piece == self._whole:
            new = ""  # all of it, once more
        else:
            new = piece
        self._whole += new
        return kept + new

    def end(self) -> str:
        """Give what was kept back, since no more comes."""
        waiting, self._waiting = self._waiting, []
        rest = "".join(waiting[-1:] if self._capabilities.cumulative else waiting)
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
                self._capabilities.cumulative = True
                self._whole, self._waiting = piece, []
                return piece
            return ""
        self._capabilities.cumulative = False
        return self.end()


class TextStream:
    """One completion's text as it grows.

    Args:
        echoes: Texts of which one may stand first, because the prompt is repeated; it is left out.
        stops: What ends the text.
        lead: Gives what belongs before the first words, where the prompt is not repeated.

    Attributes:
        text: What has been let through.
        stopped: Whether a stop was found.
        echoed: Whether the prompt stood first; None as long as nobody can say.
    """

    def __init__(
        self,
        echoes: Sequence[str],
        stops: Sequence[str],
        lead: Callable[[str], str] = lambda _: "",
    ) -> None:
        self.text = ""
        self.stopped = False
        self.echoed: bool | None = None
        self._echoes = [each for each in echoes if each]
        self._stops = stops
        self._lead: Callable[[str], str] | None = lead
        self._held = ""
        self._half = ""

    def feed(self, new: str) -> str:
        """Take new text, and give what can be let through.

        Args:
            new: The new text.
        """
        return self._let_through(self._joined(new), last=False)

    def end(self) -> str:
        """Give what was held back, since no more comes."""
        half, self._half = self._half, ""
        return self._let_through("\ufffd" if half else "", last=True)

    def _joined(self, new: str) -> str:
        """Join a character that came in halves; what is half for good is replaced."""
        new = self._half + new
        self._half = ""
        if new and "\ud800" <= new[-1] <= "\udbff":
            new, self._half = new[:-1], new[-1]
        if new.isascii():
            return new
        return new.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _let_through(self, new: str, *, last: bool) -> str:
        if self.stopped:
            return ""
        self._held += new
        if self._held and not self._past_echo(last=last):
            return ""
        if self._held and self._lead is not None:
            if not self.echoed:
                self._held = self._lead(self._held) + self._held
            self._lead = None
        ends = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if ends:
            through, self._held, self.stopped = self._held[: min(ends)], "", True
        else:
            kept = 0 if last else self._maybe_stop()
            through = self._held[: len(self._held) - kept]
            self._held = self._held[len(through) :]
        self.text += through
        return through

    def _past_echo(self, *, last: bool) -> bool:
        """Leave out a repeated prompt; say whether it is clear that there is none, or no more."""
        if not self._echoes:
            return True
        held = len(self._held)
        if not last and any(
            len(each) > held and each.startswith(self._held) for each in self._echoes
        ):
            return False
        found = [each for each in self._echoes if self._held.startswith(each)]
        if found:
            self._held = self._held[len(max(found, key=len)) :]
        self._echoes, self.echoed = [], bool(found)
        return True

    def _maybe_stop(self) -> int:
        """Give the length of the longest end of the text with which a stop may begin."""
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stops):
                return length
        return 0
