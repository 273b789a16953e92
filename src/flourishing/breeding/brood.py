"""Broods: one act of breeding, what came of it, and the events on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeAlias, overload

from flourishing.core import markup
from flourishing.core.chain import Chain
from flourishing.core.flaws import Flaw
from flourishing.core.operation import ModelOperation, Operation
from flourishing.core.sampling import Sampling
from flourishing.core.text import Text
from flourishing.models.protocol import Notice, Piece, Reading, TokenLogprob, Usage, Waiting
from flourishing.patterns import Pattern

MOST_OFFSPRING: Final = 1000
"""The most offspring in one brood; a person chooses among ten, a study takes several broods."""


@dataclass(frozen=True, slots=True, eq=False)
class Offspring(Text):
    """A text that was bred.

    Attributes:
        flaws: What is wrong with it, the worst first; empty for most.
        mean_logprob: The mean natural log-probability of a token, as the model reported it while it
            wrote, before any sampling setting; None where it reports none.
        logprobs: Its tokens, each with its own, as in `Completion`; None where the model reports
            none, and of a stored text, of which the mean alone is kept.
    """

    flaws: tuple[Flaw, ...] = ()
    mean_logprob: float | None = field(default=None, repr=False)
    logprobs: tuple[TokenLogprob, ...] | None = field(default=None, repr=False)

    def as_dict(self) -> dict[str, object]:
        """Give the offspring as plain data for JSON, without the single log-probabilities."""
        # Not super(): a dataclass with slots is made twice, and super() would mean the first.
        return {
            **Text.as_dict(self),
            "flaws": [flaw.as_dict() for flaw in self.flaws],
            "mean_logprob": self.mean_logprob,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Brood:
    """One act of breeding, and the offspring that came; iterates and counts as these.

    Several models may share it. Then `parts` has what each of them was asked and gave; what only
    one can have, such as the prompt, is here that of the model with the most parents in its prompt.

    Attributes:
        operation: What the model was asked for: BREED, REFINE or WORSEN.
        offspring: The offspring, in the order in which they were asked for.
        asked: How many were asked for.
        parents: The texts in the prompt, worst first.
        left_out: Parents for which the prompt had no room, the first of those given.
        examples: The chains of the prompt that only showed the form, first to last; those for
            which there was no room are not among them. Empty in plain breeding.
        chain: The chain that was to be continued, as it stands in the prompt; None in plain
            breeding.
        set_aside: Flawed offspring that were replaced by others.
        notes: What a person should know about the brood, in words.
        prompt: The exact prompt.
        pattern: How the prompt was rendered and the completions read.
        start: What every offspring begins with.
        model: The name of the model; of several, all names with commas between.
        sampling: How tokens were drawn.
        seed: The seed of the brood.
        reproducible: Whether the same seed gives the same brood: whether the caller gave it, and
            the model is not known to ignore it.
        usage: What it cost in tokens, refills included.
        parts: What each of several models gave and cost, as a brood of that model alone; empty
            where the brood was asked of one model.
    """

    operation: ModelOperation
    offspring: tuple[Offspring, ...]
    asked: int
    parents: tuple[Text, ...] = field(repr=False)
    left_out: tuple[Text, ...] = field(repr=False)
    set_aside: tuple[Offspring, ...] = field(repr=False)
    notes: tuple[str, ...]
    prompt: str = field(repr=False)
    pattern: Pattern = field(repr=False)
    start: str
    model: str
    sampling: Sampling = field(repr=False)
    seed: int
    reproducible: bool
    usage: Usage = field(repr=False)
    examples: tuple[Chain, ...] = field(default=(), repr=False)
    chain: Chain | None = field(default=None, repr=False)
    parts: tuple[Brood, ...] = field(default=(), repr=False)

    @property
    def models(self) -> tuple[str, ...]:
        """The names of all models that gave something."""
        return tuple(part.model for part in _giving(self.parts)) or (self.model,)

    def __rich_repr__(self) -> Iterator[object]:
        yield [text.content for text in self.offspring]
        yield "operation", str(self.operation)
        yield "asked", self.asked
        yield "model", self.model
        yield "seed", self.seed
        yield "notes", list(self.notes), []

    def _repr_html_(self) -> str:
        poems = (
            markup.poem(each.content, "; ".join(flaw.reason for flaw in each.flaws))
            for each in self.offspring
        )
        heading = f"{len(self)} {self.operation} from {len(self.parents)} by {self.model}"
        return markup.numbered(heading, poems, self.notes)

    def to_records(self) -> list[dict[str, object]]:
        """Give the offspring as rows, as `pandas.DataFrame` and the like take them.

        Returns:
            One mapping for each offspring, in the order of the brood: its `place`, `content` and
            `digest`, its `flaws` as words with commas between, `operation`, `model`, `start`, each
            setting of the sampling by its name, `seed`, `finish`, `mean_logprob`, and how many
            `parents` it has.
        """
        return [
            {
                "place": place,
                "content": each.content,
                "digest": each.digest,
                "flaws": ", ".join(str(flaw.kind) for flaw in each.flaws),
                "operation": str(self.operation),
                "model": each.origin.model or self.model,
                "start": self.start,
                **asdict(each.origin.sampling or self.sampling),
                "seed": each.origin.seed,
                "finish": each.origin.finish,
                "mean_logprob": each.mean_logprob,
                "parents": len(each.origin.parents) if self.parts else len(self.parents),
            }
            for place, each in enumerate(self.offspring)
        ]

    def __iter__(self) -> Iterator[Offspring]:
        return iter(self.offspring)

    def __len__(self) -> int:
        return len(self.offspring)

    @overload
    def __getitem__(self, index: int) -> Offspring: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Offspring, ...]: ...

    def __getitem__(self, index: int | slice) -> Offspring | tuple[Offspring, ...]:
        return self.offspring[index]

    def as_dict(self) -> dict[str, object]:
        """Give the brood as plain data for JSON."""
        return {
            "offspring": [each.as_dict() for each in self.offspring],
            "asked": self.asked,
            "parents": [{"digest": each.digest, "content": each.content} for each in self.parents],
            "left_out": [each.digest for each in self.left_out],
            "examples": [each.as_dict() for each in self.examples],
            "chain": self.chain and self.chain.as_dict(),
            "set_aside": [each.as_dict() for each in self.set_aside],
            "notes": list(self.notes),
            "prompt": self.prompt,
            "pattern": self.pattern.name,
            "start": self.start,
            "model": self.model,
            "sampling": self.sampling.as_dict(),
            "seed": self.seed,
            "reproducible": self.reproducible,
            "usage": asdict(self.usage),
            **({"parts": [part.as_part() for part in self.parts]} if self.parts else {}),
        }

    def as_part(self) -> dict[str, object]:
        """Give what one of several models was asked, as plain data for JSON.

        Its offspring are named by their digests.
        """
        return {
            "model": self.model,
            "asked": self.asked,
            "offspring": [each.digest for each in self.offspring],
            "prompt": self.prompt,
            "parents": [each.digest for each in self.parents],
            "left_out": [each.digest for each in self.left_out],
            "sampling": self.sampling.as_dict(),
            "seed": self.seed,
            "usage": asdict(self.usage),
        }


def in_common(parts: Sequence[Brood]) -> dict[str, Any]:
    """Give what a brood has of what each of several models gave, by the names of its attributes.

    Args:
        parts: What each model gave, at least one.

    Returns:
        All attributes but `offspring`, `set_aside`, `asked` and `notes`.
    """
    giving = _giving(parts)
    widest = max(giving, key=lambda part: len(part.parents))
    return {
        **{name: getattr(widest, name) for name in _OF_PROMPT},
        "model": ", ".join(part.model for part in giving),
        "seed": parts[0].seed,
        "reproducible": all(part.reproducible for part in parts),
        "usage": sum((part.usage for part in parts), Usage()),
        "parts": tuple(parts),
    }


def _giving(parts: Sequence[Brood]) -> Sequence[Brood]:
    """Leave out what models cost that gave nothing, unless none gave anything."""
    return [part for part in parts if part.offspring or part.set_aside] or parts


def joined(
    parts: Sequence[tuple[Sequence[int], Brood]], *, asked: int, notes: Sequence[str]
) -> tuple[Brood, list[int]]:
    """Make one brood of what several models gave.

    Args:
        parts: What each model gave, with the place of each of its offspring; at least one.
        asked: How many offspring were asked for in all.
        notes: What a person should know about the brood, in words, besides the notes of the parts.

    Returns:
        The brood, and the place of each of its offspring.
    """
    of_place = {
        place: each
        for places, part in parts
        for place, each in zip(places, part.offspring, strict=True)
    }
    broods = [part for _, part in parts]
    its_notes = [f"{part.model}: {note}" for part in broods for note in part.notes]
    brood = Brood(
        offspring=tuple(of_place[place] for place in sorted(of_place)),
        set_aside=tuple(each for part in broods for each in part.set_aside),
        asked=asked,
        notes=(*notes, *its_notes),
        **in_common(broods),
    )
    return brood, sorted(of_place)


_OF_PROMPT: Final = (
    *("operation", "prompt", "parents", "left_out", "examples", "chain"),
    *("pattern", "start", "sampling"),
)
"""What the brood of several models has of the model with the most parents in its prompt."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The first event: what is about to be sent, and who stands in it; named as in `Brood`.

    Of several models each one has such an event, with its name and the numbers of its `places`.
    """

    prompt: str
    parents: tuple[Text, ...]
    left_out: tuple[Text, ...] = ()
    note: str = ""
    examples: tuple[Chain, ...] = ()
    chain: Chain | None = None
    operation: ModelOperation = Operation.BREED
    model: str = ""
    places: range = range(0)


@dataclass(frozen=True, slots=True)
class Arrived:
    """An offspring is whole, in place `index`, whether or not it will be asked for again."""

    index: int
    offspring: Offspring


@dataclass(frozen=True, slots=True)
class Again:
    """The offspring in place `index` was flawed, and another is on its way."""

    index: int
    flaw: Flaw


BreedingEvent: TypeAlias = Asked | Reading | Waiting | Notice | Piece | Arrived | Again | Brood
