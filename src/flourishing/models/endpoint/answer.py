"""An answer as it comes: chunks to completions, and the text of each as it grows.

A server is not trusted with numbers: one that is asked for several may give the words of all of
them the same number. So a completion is reported only once each of the others has begun, or the
answer ended, as long as nobody knows that this server gives several.

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
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from typing import Final

from flourishing.models.endpoint.dialect import Chunk, Counts, Dialect, Failure, Part
from flourishing.models.endpoint.server import ServerCapabilities
from flourishing.models.protocol import Completion, Event, Finish, Notice, Piece, TokenLogprob

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


_CUT: Final = {"length", "max_tokens", "model_length", "max_length"}
_MUDDLED: Final = "several completions came under one number"
_REASONED: Final = "it wrote how it reasons, and no text"
_WORDLESS: Final = "it answered without words"
_SHORTEST_ECHO: Final = 12
"""Characters; a shorter prompt may come again because the model repeats it."""
_LONGEST_TOKEN: Final = 64
"""Characters; a server that sends more than this for each token does not keep to the most."""


@dataclass(slots=True)
class _Choice:
    stream: TextStream
    increments: Increments
    pieces: int = 0
    finish: Finish | None = None
    reported: bool = False
    failure: Failure | None = None
    reasoned: bool = False
    ends: int = 0
    """How often the server sent a finish reason for it."""
    afterwards: bool = False
    """Whether words came after it had ended."""
    tokens: int = 0
    """As the server counted them; 0 where it did not say."""
    logprobs: list[TokenLogprob] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return self.finish is not None or self.failure is not None


@dataclass(slots=True, kw_only=True)
class Answer:
    """What comes of one request.

    Attributes:
        places: The indices, among all that the person asked for, of what was requested.
        prompt: The prompt, which may be repeated.
        stops: What ends a completion.
        max_tokens: The most tokens of each.
        seed: The seed of index 0.
        capabilities: What is known of the server.
        estimate: Estimates the tokens of a text.
        allowance: Tokens that were asked for beyond `max_tokens`, for a model to reason with.
        pieces: How many pieces of text came; they may still be held back.
        received: The words as they came, with what is cut off.
        counts: The server's own counts, as far as it gave any.
    """

    places: Sequence[int]
    prompt: str
    stops: Sequence[str] = field(repr=False)  # the key is one of them
    max_tokens: int
    seed: int
    capabilities: ServerCapabilities
    estimate: Callable[[str], int]
    allowance: int = 0
    pieces: int = 0
    counts: Counts | None = None
    received: list[str] = field(default_factory=list, repr=False)
    _choices: dict[int, _Choice] = field(default_factory=dict)
    _reported_counts: dict[int | None, Counts] = field(default_factory=dict)
    _ended: set[int] = field(default_factory=set)
    _unreported: list[int] = field(default_factory=list)
    """Those that have ended and were not reported yet."""
    _cut: bool = False

    @property
    def begun(self) -> set[int]:
        """The indices of which words came."""
        return {self.places[at] for at, choice in self._choices.items() if choice.pieces}

    @property
    def came(self) -> set[int]:
        """The indices of which the completion came whole."""
        return {self.places[at] for at, choice in self._choices.items() if choice.reported}

    @property
    def all_ended(self) -> bool:
        """Whether each completion has ended, reported or not."""
        return len(self._ended) == len(self.places)

    @property
    def none_open(self) -> bool:
        """Whether each completion that has begun has ended."""
        return bool(self._choices) and len(self._ended) == len(self._choices)

    @property
    def enough(self) -> bool:
        """Whether the server need not go on: all have ended, one of them because we say so."""
        return self._cut and self.all_ended

    @property
    def failure(self) -> Failure | None:
        """Why one of the completions failed; None if none did."""
        return next((each.failure for each in self._choices.values() if each.failure), None)

    @property
    def muddled(self) -> bool:
        """Whether the words of several completions came under one number."""
        return len(self._choices) < len(self.places) and any(
            choice.afterwards or choice.ends >= len(self.places) > 1
            for choice in self._choices.values()
        )

    @property
    def wrote_on(self) -> bool:
        """Whether words came after the end of a completion, as the server had announced it."""
        return any(choice.afterwards for choice in self._choices.values())

    @property
    def written(self) -> int:
        """How many tokens were written, by the server's count if it gave one, else by ours."""
        if self.counts is not None and self.counts.completion:
            return self.counts.completion
        return sum(self._tokens(choice) for choice in self._choices.values())

    def read(self, chunk: Chunk) -> list[Event]:
        """Take a chunk, and give the events in it.

        Args:
            chunk: The chunk.
        """
        events: list[Event] = []
        for part in chunk.parts:
            events += self._read_part(part)
            self._note_end(part.index)
        if chunk.counts is not None:
            self._count(chunk.counts, [part.index for part in chunk.parts if part.finish])
        if len(self.places) > 1:  # a single one waits for its count, which comes after its end
            # One index for all is noticed later; two show that the server numbers them.
            numbered = len(self._choices) > 1 or self.capabilities.honours_n is True
            events += self._report() if numbered else []
        return events

    def close(self) -> list[Event]:
        """Take the end of an answer that is whole, and give the remaining events."""
        events: list[Event] = []
        for at in sorted(self._choices):
            choice = self._choices[at]
            if not choice.ended:
                full = choice.pieces >= self.max_tokens
                events += self._end(at, "length" if full else "stop")
                self._note_end(at)
        return [*events, *self.salvage()]

    def salvage(self) -> list[Event]:
        """Give what had come whole when the answer broke off."""
        muddled = self.muddled
        if muddled or (self.wrote_on and len(self.places) > 1):
            self.capabilities.honours_n = False  # its numbers are not to be trusted
        for choice in self._choices.values():
            if choice.reasoned and not choice.pieces:
                choice.failure = choice.failure or Failure(_REASONED, "reasoned")
            elif not self._dialect.is_base and not choice.pieces:
                choice.failure = choice.failure or Failure(_WORDLESS, "empty")
            if muddled and not choice.reported and (choice.afterwards or choice.ends > 1):
                choice.failure = Failure(_MUDDLED)
        return self._report()

    def _note_end(self, at: int) -> None:
        if at in self._choices and at not in self._ended and self._choices[at].ended:
            self._ended.add(at)
            self._unreported.append(at)

    def _read_part(self, part: Part) -> list[Event]:
        at = part.index
        if not 0 <= at < len(self.places):
            return []
        choice = self._choices.get(at)
        if choice is None:
            stream = TextStream(
                self._echoes(), self.stops, partial(self._dialect.lead, self.prompt)
            )
            choice = self._choices[at] = _Choice(stream, Increments(self.capabilities))
        choice.ends += part.finish is not None
        choice.reasoned |= part.reasoned
        if choice.ended:
            # Where we ended it ourselves, at a stop, the server does not know.
            choice.afterwards |= bool(part.text) and choice.ends > 0
            return []
        if part.failure is not None:
            choice.failure = part.failure
            return []
        return self._read_text(at, choice, part)

    def _read_text(self, at: int, choice: _Choice, part: Part) -> list[Event]:
        events: list[Event] = []
        choice.logprobs += part.logprobs
        new = choice.increments.feed(part.text, last=part.finish is not None)
        new += choice.increments.end() if part.finish else ""
        if part.text:
            self.pieces += 1
            self.received.append(part.text)
            choice.pieces += 1
        if new:
            events += self._piece(at, choice.stream.feed(new))
            if not self._dialect.repeats:
                self.capabilities.note_echo(choice.stream.echoed)
        if choice.stream.stopped:
            self._cut = True
            return [*events, *self._end(at, "stop")]
        if self._overruns(choice):
            self._cut = True
            notices = [] if self.allowance else [_overrun(self.max_tokens)]
            return [*events, *self._end(at, "length"), *notices]
        if part.finish:
            choice.finish = "length" if part.finish in _CUT else "stop"
            if len(self.places) > 1:
                events += self._end(at, choice.finish)
        return events

    @property
    def _dialect(self) -> Dialect:
        return self.capabilities.dialect

    def _echoes(self) -> list[str]:
        """Give the texts of which one may stand first: the prompt, or for a model its end."""
        if self._dialect.repeats:
            whole = [self.prompt, self.prompt.rpartition("\n")[2]]
            blank = self.prompt[len(self.prompt.rstrip()) :]
            return [*(each for each in whole if len(each) >= _SHORTEST_ECHO), blank]
        if self.capabilities.echoes is None and len(self.prompt) < _SHORTEST_ECHO:
            return []
        return [] if self.capabilities.echoes is False else [self.prompt]

    def _overruns(self, choice: _Choice) -> bool:
        if self.allowance and self.estimate(choice.stream.text) > 2 * self.max_tokens:
            return True
        return choice.pieces > 2 * self.max_tokens + _LONGEST_TOKEN or len(
            choice.stream.text
        ) > _LONGEST_TOKEN * (self.max_tokens + 1)

    def _end(self, at: int, finish: Finish) -> list[Event]:
        choice = self._choices[at]
        rest = self._rest(choice)
        choice.finish = "stop" if choice.stream.stopped else finish
        return self._piece(at, rest)

    def _rest(self, choice: _Choice) -> str:
        """Give what was held back of a text, now that no more of it comes."""
        return choice.stream.feed(choice.increments.end()) + choice.stream.end()

    def _piece(self, at: int, text: str) -> list[Event]:
        return [Piece(self.places[at], text)] if text else []

    def _report(self) -> list[Event]:
        events: list[Event] = []
        unreported, self._unreported = self._unreported, []
        for at in unreported:
            choice = self._choices[at]
            if choice.reasoned and not choice.pieces:
                continue  # which becomes a failure at the end
            if choice.finish is not None and choice.failure is None:
                events += self._piece(at, self._rest(choice))
                choice.reported = True
                place = self.places[at]
                events.append(
                    Completion(
                        place,
                        choice.stream.text,
                        choice.finish,
                        self.seed + place,
                        self._tokens(choice),
                        logprobs=_within(choice.logprobs, choice.stream.text),
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
        # an estimate counts for the beginning of a prompt.
        guess = choice.pieces
        if guess == 1:
            guess = max(1, self.estimate(choice.stream.text) - 1)
        return min(guess, self.max_tokens)

    def _count(self, counts: Counts, ended: list[int]) -> None:
        """Add up counts: some servers send one for all, others one with each completion's end."""
        self._reported_counts[ended[0] if len(ended) == 1 else None] = counts
        given = list(self._reported_counts.values())
        if len(given) == len(self.places) > 1 and None not in self._reported_counts:
            each = sum(one.completion for one in given)
        else:
            each = given[-1].completion
        for at, own in self._reported_counts.items():
            if at in self._choices and len(self.places) > 1 and not self._choices[at].reported:
                self._choices[at].tokens = min(own.completion, self.max_tokens)
        self.counts = Counts(given[0].prompt, given[0].cached, each)


def _within(tokens: Sequence[TokenLogprob], text: str) -> tuple[TokenLogprob, ...] | None:
    """Give those tokens that begin within a text; None where the server reported none."""
    begins = accumulate((len(each.token) for each in tokens), initial=0)
    its = tuple(each for each, at in zip(tokens, begins, strict=False) if at < len(text))
    return its or None


def _overrun(most: int) -> Notice:
    return Notice(
        f"The server wrote on after the {most} tokens that it was asked for, and was cut off."
    )
