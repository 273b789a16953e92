"""Broods: one act of breeding, what came of it, and the events on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Final, TypeAlias, overload

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
        model: The name of the model.
        sampling: How tokens were drawn.
        seed: The seed of the brood.
        reproducible: Whether the same seed gives the same brood: whether the caller gave it, and
            the model is not known to ignore it.
        usage: What it cost in tokens, refills included.
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
                "model": self.model,
                "start": self.start,
                **asdict(self.sampling),
                "seed": each.origin.seed,
                "finish": each.origin.finish,
                "mean_logprob": each.mean_logprob,
                "parents": len(self.parents),
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
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """The first event: what is about to be sent, and who stands in it; named as in `Brood`."""

    prompt: str
    parents: tuple[Text, ...]
    left_out: tuple[Text, ...] = ()
    note: str = ""
    examples: tuple[Chain, ...] = ()
    chain: Chain | None = None
    operation: ModelOperation = Operation.BREED


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
