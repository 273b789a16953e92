"""An answer as it comes: chunks to the texts of completions.

A server is not trusted with stops: it may take only some, or miss one that two tokens make up. So
they are cut here as well, and text that may be the beginning of one is held back until that is
known. The same holds for servers that repeat the prompt before they continue it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from flourishing.models.endpoint.chunks import Chunk, Counts, Part
from flourishing.models.endpoint.learnt import Learnt
from flourishing.models.protocol import Completion, Event, Finish, Notice, Piece

_CUT: Final = {"length", "max_tokens", "model_length", "max_length"}
_SHORTEST_ECHO: Final = 12
"""Characters; a shorter prompt may come again because the model repeats it."""
_LONGEST_TOKEN: Final = 64
"""Characters; a server that sends more than this for each token does not keep to the most."""


class Growing:
    """One completion's text as it grows.

    Args:
        echo: The prompt, if the server may repeat it first; otherwise "".
        stops: What ends the text.

    Attributes:
        text: What has been let through.
        stopped: Whether a stop was found.
        echoed: Whether the prompt stood first; None as long as nobody can say.
    """

    def __init__(self, echo: str, stops: Sequence[str]) -> None:
        self.text = ""
        self.stopped = False
        self.echoed: bool | None = None
        self._echo = echo
        self._stops = stops
        self._held = ""
        self._half = ""

    def feed(self, new: str) -> str:
        """Take new text, and give what can be let through."""
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
        if self._echo and self._held:
            if self._held.startswith(self._echo):
                self._held, self._echo, self.echoed = self._held[len(self._echo) :], "", True
            elif self._echo.startswith(self._held) and not last:
                return ""
            else:
                self._echo, self.echoed = "", False
        ends = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if ends:
            through, self._held, self.stopped = self._held[: min(ends)], "", True
        else:
            kept = 0 if last else self._maybe_stop()
            through = self._held[: len(self._held) - kept]
            self._held = self._held[len(through) :]
        self.text += through
        return through

    def _maybe_stop(self) -> int:
        """Give the length of the longest end of the text with which a stop may begin."""
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stops):
                return length
        return 0


@dataclass(slots=True)
class _Choice:
    growing: Growing
    pieces: int = 0
    finish: Finish | None = None
    told: bool = False
    tokens: int = 0
    """As the server counted them; 0 where it did not say."""


@dataclass(slots=True, kw_only=True)
class Answer:
    """What comes of one request.

    Attributes:
        places: The indices, among all that the person asked for, of what was requested.
        prompt: The prompt, which may be repeated.
        stops: What ends a completion.
        max_tokens: The most tokens of each.
        seed: The seed of index 0.
        learnt: What is known of the server.
        estimate: Estimates the tokens of a text.
        heard: How often words came; they may still be held back.
        counts: The server's own counts, as far as it told.
    """

    places: Sequence[int]
    prompt: str
    stops: Sequence[str] = field(repr=False)  # the key is one of them
    max_tokens: int
    seed: int
    learnt: Learnt
    estimate: Callable[[str], int]
    heard: int = 0
    counts: Counts | None = None
    _choices: dict[int, _Choice] = field(default_factory=dict)
    _told_counts: dict[int | None, Counts] = field(default_factory=dict)
    _cut: bool = False

    @property
    def came(self) -> set[int]:
        """The indices of which the completion came whole."""
        return {self.places[at] for at, choice in self._choices.items() if choice.told}

    @property
    def all_ended(self) -> bool:
        """Whether each completion has ended, told or not."""
        return len(self._choices) == len(self.places) and all(
            choice.finish for choice in self._choices.values()
        )

    @property
    def enough(self) -> bool:
        """Whether the server need not go on: all have ended, one of them because we say so."""
        return self._cut and self.all_ended

    @property
    def written(self) -> int:
        """How many tokens were written, by the server's count if it told, else by ours."""
        if self.counts is not None and self.counts.completion:
            return self.counts.completion
        return sum(self._tokens(choice) for choice in self._choices.values())

    def read(self, chunk: Chunk) -> list[Event]:
        """Take a chunk, and give what it tells."""
        events: list[Event] = []
        for part in chunk.parts:
            events += self._read_part(part)
        if chunk.counts is not None:
            self._count(chunk.counts, [part.index for part in chunk.parts if part.finish])
        if len(self.places) > 1:  # a single one waits for its count, which comes after its end
            events += self._tell()
        return events

    def close(self) -> list[Event]:
        """Take the end of an answer that is whole, and give what is left to tell."""
        events: list[Event] = []
        for at in sorted(self._choices):
            if self._choices[at].finish is None:
                full = self._choices[at].pieces >= self.max_tokens
                events += self._end(at, "length" if full else "stop")
        return [*events, *self._tell()]

    def salvage(self) -> list[Event]:
        """Give what had come whole when the answer broke off."""
        return self._tell()

    def _read_part(self, part: Part) -> list[Event]:
        at = part.index
        if not 0 <= at < len(self.places):
            return []
        choice = self._choices.get(at)
        if choice is None:
            choice = self._choices[at] = _Choice(Growing(self._echo(), self.stops))
        if choice.told:
            return []  # words after the end
        events: list[Event] = []
        if part.text:
            self.heard += 1
            choice.pieces += 1
            events += self._piece(at, choice.growing.feed(part.text))
            self.learnt.heard_echo(choice.growing.echoed)
        if choice.growing.stopped:
            self._cut = True
            return [*events, *self._end(at, "stop")]
        if self._overruns(choice):
            self._cut = True
            return [*events, *self._end(at, "length"), _overrun(self.max_tokens)]
        if part.finish and choice.finish is None:
            choice.finish = "length" if part.finish in _CUT else "stop"
            if len(self.places) > 1:
                events += self._end(at, choice.finish)
        return events

    def _echo(self) -> str:
        if self.learnt.echoes is None and len(self.prompt) < _SHORTEST_ECHO:
            return ""
        return "" if self.learnt.echoes is False else self.prompt

    def _overruns(self, choice: _Choice) -> bool:
        return choice.pieces > 2 * self.max_tokens + _LONGEST_TOKEN or len(
            choice.growing.text
        ) > _LONGEST_TOKEN * (self.max_tokens + 1)

    def _end(self, at: int, finish: Finish) -> list[Event]:
        choice = self._choices[at]
        rest = choice.growing.end()
        choice.finish = "stop" if choice.growing.stopped else finish
        return self._piece(at, rest)

    def _piece(self, at: int, text: str) -> list[Event]:
        return [Piece(self.places[at], text)] if text else []

    def _tell(self) -> list[Event]:
        events: list[Event] = []
        for at, choice in self._choices.items():
            if choice.finish is not None and not choice.told:
                events += self._piece(at, choice.growing.end())
                choice.told = True
                place = self.places[at]
                events.append(
                    Completion(
                        place,
                        choice.growing.text,
                        choice.finish,
                        self.seed + place,
                        self._tokens(choice),
                    )
                )
        return events

    def _tokens(self, choice: _Choice) -> int:
        if choice.tokens:
            return choice.tokens
        if len(self.places) == 1 and self.counts is not None and self.counts.completion:
            return self.counts.completion
        if choice.finish == "length":
            return self.max_tokens
        # Most servers send a token at a time; one that sends all at once is estimated, less what
        # an estimate reckons for the beginning of a prompt.
        guess = choice.pieces
        if guess == 1:
            guess = max(1, self.estimate(choice.growing.text) - 1)
        return min(guess, self.max_tokens)

    def _count(self, counts: Counts, ended: list[int]) -> None:
        """Add up counts: some servers tell one for all, others one with each completion's end."""
        self._told_counts[ended[0] if len(ended) == 1 else None] = counts
        told = list(self._told_counts.values())
        if len(told) == len(self.places) > 1 and None not in self._told_counts:
            each = sum(one.completion for one in told)
        else:
            each = told[-1].completion
        for at, own in self._told_counts.items():
            if at in self._choices and len(self.places) > 1 and not self._choices[at].told:
                self._choices[at].tokens = min(own.completion, self.max_tokens)
        self.counts = Counts(told[0].prompt, told[0].cached, each)


def _overrun(most: int) -> Notice:
    return Notice(
        f"The server wrote on after the {most} tokens that it was asked for, and was cut off."
    )
