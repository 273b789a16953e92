"""The places of a brood: each is filled, and filled again where what came is flawed.

Asked for n offspring, a brood has n: what comes empty, copied, stuck or cut off is marked, and
asked for again in its place as long as the budget of refills lasts. What was replaced is set
aside, not lost; what could not be had is said in words (`Brood.notes`).
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from flourishing import blocking
from flourishing.breeding.brood import Again, Arrived, Asked, BreedingEvent, Brood, Offspring
from flourishing.core.diff import begun_spans
from flourishing.core.flaws import LIKELIEST, Flaw, FlawFinder, FlawKind, Siblings, Traits
from flourishing.core.sampling import Sampling, wave_seed
from flourishing.core.text import Origin, Span, Text
from flourishing.errors import ModelError
from flourishing.kinds import Kind
from flourishing.models.engine_output import without_control_words
from flourishing.models.protocol import (
    BaseModel,
    Completion,
    Finish,
    Notice,
    Piece,
    Reading,
    SeedIgnored,
    Usage,
    Waiting,
    mean_logprob,
)
from flourishing.models.waiting import turn
from flourishing.models.weights import EMBEDDED_NAMES
from flourishing.patterns import Pattern


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came into a place, and what it is compared by with others."""

    offspring: Offspring
    traits: Traits

    def beside(self, others: Siblings, place: int | None = None) -> Offspring:
        """Mark it where it is the same as one of the others, or too much like it."""
        alike = others.flaw(self.traits, place=place)
        if alike is None:
            return self.offspring
        flaws = sorted((alike, *self.offspring.flaws), key=lambda flaw: -flaw.kind)
        return replace(self.offspring, flaws=tuple(flaws))


@dataclass(slots=True, kw_only=True)
class BroodBuilder:
    """The places of a brood, and everything that came into each.

    Attributes:
        asked: What is sent, and who stands in it.
        pattern: How completions are read.
        start: What every offspring begins with.
        start_spans: Who wrote which stretch of that; nothing where a person wrote it all.
        model: The base model.
        sampling: How tokens are drawn.
        seed: The seed of the brood.
        reproducible: Whether the caller gave the seed.
        share: The numbers of its places: all of a brood, or those that its model fills.
        budget: How many more completions may be asked for in place of flawed ones.

    A thousand offspring come one by one, so that nothing which is done for each of them may look at
    all the others: that is done once a wave.
    """

    asked: Asked
    pattern: Pattern
    kind: Kind
    start: str
    start_spans: tuple[Span, ...] = ()
    model: BaseModel
    sampling: Sampling
    seed: int
    reproducible: bool
    share: range
    budget: int
    _finder: FlawFinder = field(init=False)
    _has_labels: bool = field(init=False)
    """Whether a text of the prompt has a line like a label, so that such a line means nothing."""
    _tried: dict[int, list[_Tried]] = field(default_factory=dict)
    _stands: dict[int, Offspring] = field(default_factory=dict)
    _siblings: Siblings = field(default_factory=Siblings)
    _waves: int = 0
    _refilled: int = 0
    _usage: Usage = field(default_factory=Usage)
    _seed_ignored: bool = False
    _notices: dict[str, None] = field(default_factory=dict)
    _failed: list[ModelError] = field(default_factory=list)
    _broken: list[ModelError] = field(default_factory=list)
    """What broke answers off in the middle: each costs refills, and is no reason to give up."""
    _half: set[int] = field(default_factory=set)
    """Places of which words came, and no whole completion."""

    def __post_init__(self) -> None:
        # The chain under work ends the prompt; an offspring is to be another version of it.
        contents = [parent.content for parent in self.asked.parents]
        self._has_labels = any(map(self.pattern.find_label, contents))
        others = len(contents) - len(self.asked.chain or ())
        self._finder = self.kind.flaw_finder(
            parents=contents[:others],
            versions=contents[others:],
            start=self.start,
            likeliest=_likeliest(self.model.name, self.asked.parents),
            stray_label=None if self._has_labels else self._stray_label,
        )

    def places(self, others: Siblings | None = None) -> list[int]:
        """Give the places to fill next: all at first, then flawed ones while the budget lasts.

        Args:
            others: What stands in other places of the brood, which other models filled; what stands
                here joins them. None for no others.
        """
        if not self._waves:
            return list(self.share)
        self._stands, self._siblings = standing, _ = self._standing(others)
        if len(self._failed) > 1 or not all(error.retryable for error in self._failed):
            return []
        flawed = [at for at in self.share if at not in standing or standing[at].flaws]
        flawed.sort(key=lambda at: -_badness(standing.get(at)))
        again = sorted(flawed[: self.budget - self._refilled])
        self._refilled += len(again)
        return again

    async def fill(self, places: list[int]) -> AsyncGenerator[BreedingEvent]:
        """Ask for one completion for each of these places.

        Args:
            places: The numbers of the places.
        """
        for place in places:
            if place in self._stands:
                yield Again(place, self._stands[place].flaws[0])
            elif place in self._half:
                yield Again(place, Flaw(FlawKind.CUT_OFF, "the answer broke off"))
        self._half.difference_update(places)
        completions = self.model.complete(
            self.asked.prompt,
            n=len(places),
            sampling=self.sampling,
            stop=self.pattern.stop,
            seed=wave_seed(self.seed, self._waves),
            reproducible=self.reproducible,
        )
        self._waves += 1
        begun, first = time.monotonic(), None
        try:
            async with aclosing(completions):
                async for event in completions:
                    match event:
                        case Usage():
                            self._usage += _timed(event, begun, first)
                        case Piece(index, text):
                            first = time.monotonic() if first is None else first
                            self._half.add(places[index])
                            yield Piece(places[index], text)
                        case Completion():
                            place = places[event.index]
                            self._half.discard(place)
                            yield Arrived(place, await self._admit(place, event))
                            # To look for flaws takes a while; others want to go on, too.
                            await turn()
                        case Reading() | Waiting():
                            yield event
                        case Notice(words):
                            if isinstance(event, SeedIgnored):
                                self._ignore_seed()
                            if words not in self._notices:  # each wave may say it again
                                self._notices[words] = None
                                yield event
        except ModelError as error:
            if error.begun:
                self._broken.append(error)
                self._notices[f"An answer broke off: {error}"] = None
                return
            if not self._tried:
                raise  # nothing has come that could be kept
            self._failed.append(error)
            self._notices[f"The model failed: {error} {error.hint}"] = None

    @property
    def error(self) -> ModelError | None:
        """What broke off its answers, where nothing came; None where something did."""
        return self._broken[-1] if self._broken and not self._tried else None

    @property
    def filled(self) -> list[int]:
        """The numbers of the places of which something came, in their order."""
        return sorted(self._tried)

    def brood(self, others: Siblings | None = None) -> Brood:
        """Give what came: the best of each place, and the rest set aside.

        Args:
            others: What stands in other places of the brood, which other models filled; what is
                given here joins them. None for no others.
        """
        standing, siblings = self._standing(others)
        best = tuple(standing[place] for place in sorted(standing))
        return Brood(
            operation=self.asked.operation,
            offspring=best,
            asked=len(self.share),
            parents=self.asked.parents,
            left_out=self.asked.left_out,
            set_aside=self._set_aside(standing, siblings),
            notes=tuple(
                note for note in (self.asked.note, *self._notices, *self._shortfall(best)) if note
            ),
            prompt=self.asked.prompt,
            pattern=self.pattern,
            start=self.start,
            model=(best[0].origin.model if best else None) or self.model.name,
            sampling=self.sampling,
            seed=self.seed,
            reproducible=self._is_reproducible,
            usage=self._usage,
            examples=self.asked.examples,
            chain=self.asked.chain,
        )

    @property
    def _is_reproducible(self) -> bool:
        return self.reproducible and not self._seed_ignored

    def _ignore_seed(self) -> None:
        """Call nothing of the brood reproducible, nor what has come already."""
        self._seed_ignored = True
        self._tried = {
            place: [replace(each, offspring=_not_reproducible(each.offspring)) for each in tried]
            for place, tried in self._tried.items()
        }

    async def _admit(self, place: int, completion: Completion) -> Offspring:
        text = without_control_words(completion.text, prompt=self.asked.prompt)
        content = _content(text, self.start, self.pattern)
        content, finish = self._until_label(content, completion.finish)
        content, finish = self.kind.end_of(content, finish)
        logprobs = [token.logprob for token in completion.logprobs or ()]
        if self.kind.is_slow:
            flaws, traits = await blocking.run(self._examine, content, finish, logprobs)
        else:
            flaws, traits = self._examine(content, finish, logprobs)
        if not text.strip() and self.start:
            flaws = (Flaw(FlawKind.EMPTY, "nothing came after the start words"),)
        born = Offspring(
            content,
            self._origin(completion, content),
            flaws,
            mean_logprob=mean_logprob(completion.logprobs),
            logprobs=completion.logprobs,
        )
        tried = _Tried(born, traits)
        self._tried.setdefault(place, []).append(tried)
        offspring = tried.beside(self._siblings, place)
        if _badness(offspring) < _badness(self._stands.get(place)):
            self._stands[place] = offspring
            self._siblings.put(place, traits)
        return offspring

    def _until_label(self, content: str, finish: Finish) -> tuple[str, str]:
        """Cut a version where a label of the next one stands on a line of its own.

        What begins with one is left as it is, and marked: what follows may be anything.
        """
        found = None if self._has_labels else self.pattern.find_label(content)
        if found is None or not found[1].rstrip("*_ ").endswith(":"):
            return content, finish
        before = content[: found[0]].rstrip()
        return (before, "stop") if before.strip() else (content, finish)

    def _stray_label(self, content: str) -> str:
        found = self.pattern.find_label(content)
        return found[1] if found else ""

    def _examine(
        self, content: str, finish: str, logprobs: Sequence[float]
    ) -> tuple[tuple[Flaw, ...], Traits]:
        flaws = self._finder.find(content, finish=finish, logprobs=logprobs)
        return flaws, self._finder.traits(content)

    def _origin(self, completion: Completion, content: str) -> Origin:
        return Origin(
            author="model",
            parents=self.asked.parents,
            examples=sum(len(chain) for chain in self.asked.examples),
            prompt=self.asked.prompt,
            pattern=self.pattern,
            start=self.start,
            model=completion.model or self.model.name,
            sampling=self.sampling,
            seed=completion.seed,
            reproducible=self._is_reproducible,
            raw=completion.text,
            finish=completion.finish,
            spans=begun_spans(content, self.start, self.start_spans) if self.start_spans else (),
        )

    def _standing(self, others: Siblings | None = None) -> tuple[dict[int, Offspring], Siblings]:
        """Choose the best of each place, in order; one that repeats an earlier place is a copy."""
        chosen: dict[int, Offspring] = {}
        siblings = Siblings() if others is None else others
        for place in sorted(self._tried):
            tried = [(each.beside(siblings), each.traits) for each in self._tried[place]]
            chosen[place], traits = min(tried, key=lambda each: _badness(each[0]))
            siblings.put(place, traits)
        return chosen, siblings

    def _set_aside(
        self, standing: dict[int, Offspring], siblings: Siblings
    ) -> tuple[Offspring, ...]:
        origins = {id(each.origin) for each in standing.values()}
        tried = (each for place in sorted(self._tried) for each in self._tried[place])
        return tuple(
            each.beside(siblings) for each in tried if id(each.offspring.origin) not in origins
        )

    def _shortfall(self, best: tuple[Offspring, ...]) -> list[str]:
        """Say what could not be had."""
        notes = []
        n = len(self.share)
        if missing := n - len(best):
            notes.append(f"{missing} of {n} never came: the model gave fewer than asked for.")
        if flawed := [each.flaws[0].kind for each in best if each.flaws]:
            counted = ", ".join(kind.counted(flawed.count(kind)) for kind in dict.fromkeys(flawed))
            notes.append(
                f"{len(flawed)} of {n} could not be had without a flaw ({counted}), "
                f"after {self._refilled} of {self.budget} refills."
            )
        return notes


def _timed(usage: Usage, begun: float, first: float | None) -> Usage:
    """Add the times to what a call cost, where the model did not look at the clock."""
    if usage.seconds:
        return usage
    return replace(
        usage,
        first_token=None if first is None else first - begun,
        seconds=time.monotonic() - begun,
    )


def _likeliest(model: str, parents: Sequence[Text]) -> float | None:
    """Give the mean log-probability above which an offspring is dull; None where none is known.

    It was measured on the embedded model, and means of other models are not like its own. A parent
    that was bred by it, and that somebody chose although it is likelier still, raises it.
    """
    if model not in EMBEDDED_NAMES:
        return None
    means = [
        parent.mean_logprob
        for parent in parents
        if isinstance(parent, Offspring)
        and parent.mean_logprob is not None
        and parent.origin.model in EMBEDDED_NAMES
    ]
    return max([LIKELIEST, *means])


def _badness(offspring: Offspring | None) -> int:
    """Rank an offspring by its worst flaw; one that never came is worse than any."""
    if offspring is None:
        return max(FlawKind) + 1
    return offspring.flaws[0].kind if offspring.flaws else 0


def _not_reproducible(offspring: Offspring) -> Offspring:
    return replace(offspring, origin=replace(offspring.origin, reproducible=False))


def _content(completion: str, start: str, pattern: Pattern) -> str:
    """Read an offspring off a completion, its start words put back before it."""
    beginning = start.rstrip(" ")
    if len(beginning) < len(start) and not completion[:1].isspace():
        # The prompt ends without the blank of the start words, and the model wrote none.
        beginning = start
    return pattern.read(beginning + completion)
