"""A run: what it keeps, how far it has come, and what happened on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from flourishing.core.text import Text
from flourishing.evolution.archives import Archive, Elite
from flourishing.evolution.plan import Plan
from flourishing.models.protocol import Notice

if TYPE_CHECKING:
    from flourishing.garden.runs import Judged, Outcome, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """A text that was bred in a run, and what became of it.

    Attributes:
        text: The text.
        outcome: "new" or "better" where it was kept; "worse", "duplicate", "flawed" or "unmeasured"
            where it was not; "seed" for a text of the beginning that is not judged yet; "dropped"
            and "restored" for one that came before.
        quality: Its quality; None where it was not measured.
        measures: What was measured of it, in the order of the run's measures.
        cell: The number of its cell; None where it was not measured.
        note: Why it was not measured; "" for nothing.
    """

    text: Text
    outcome: Outcome
    quality: float | None = None
    measures: tuple[float, ...] = ()
    cell: int | None = None
    note: str = ""

    @classmethod
    def of(cls, text: Text, judged: Judged) -> Evaluated:
        """Give what a garden keeps of a text of a run.

        Args:
            text: The text.
            judged: What the run found of it.
        """
        return cls(
            text=text,
            outcome=judged.outcome,
            quality=judged.quality,
            measures=judged.measures,
            cell=judged.cell,
            note=judged.note,
        )

    @property
    def by_mark(self) -> bool:
        """Whether it came before, and a person took it out, or let it in again."""
        return self.outcome in {"dropped", "restored"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The event that one prompt's offspring were measured.

    Attributes:
        number: The number of the step; 0 for the texts of the beginning.
        emitter: What chose the parents.
        texts: The texts, and what became of each.
        completions: How many completions were asked for so far.
        tokens: How many tokens were read and written so far.
        seconds: How long the run has been open so far.
        qd_score: The sum of the qualities in the archive.
        coverage: The share of its cells that have a text.
        kept: How many texts the archive has.
        best: The text of the highest quality; None where there is none.
        left: About how many seconds are left, by the budget; None where that cannot be said.
        error: Why nothing came; "" where something did.
    """

    number: int
    emitter: str
    texts: tuple[Evaluated, ...]
    completions: int
    tokens: int
    seconds: float
    qd_score: float
    coverage: float
    kept: int
    best: Elite | None
    left: float | None = None
    error: str = ""

    @property
    def rate(self) -> float:
        """Completions a minute, since the run was begun; 0 before the first."""
        return 60 * self.completions / self.seconds if self.seconds > 0 else 0.0

    def as_dict(self) -> dict[str, object]:
        """Give the numbers of the step as plain data for JSON."""
        return {
            "step": self.number,
            "emitter": self.emitter,
            "completions": self.completions,
            "tokens": self.tokens,
            "seconds": round(self.seconds, 3),
            "qd_score": self.qd_score,
            "coverage": self.coverage,
            "kept": self.kept,
            "best": None if self.best is None else self.best.quality,
            "outcomes": dict(Counter(each.outcome for each in self.texts)),
            "error": self.error,
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Run:
    """A run, which is gone through for its events, and has an archive.

    Going through it runs it: it yields a `Step` for each prompt, a `Notice` for what a person
    should know, and itself at the end. Whoever asks for its archive without going through it waits
    until it is done. Leaving the loop stops it; in a garden it can be resumed.

    Attributes:
        name: Its name; "" for one that is kept in no garden.
        plan: What was asked for.
        state: "running", "stopped", "done" or "failed"; of one that is only looked at,
            "interrupted", too: its process was killed.
        reason: Why it ended, in words.
        steps: All steps so far.
        completions: How many completions were asked for.
        tokens: How many tokens were read and written.
        seconds: How long it has been open.
        writing: For how many of these seconds the model was writing.
        spent: What it has cost, by currency.
        dropped: The numbers of its texts that a person dropped, of a run that is only looked at.
    """

    name: str
    plan: Plan
    state: State = "running"
    reason: str = ""
    steps: list[Step] = field(default_factory=list, repr=False)
    completions: int = 0
    tokens: int = 0
    seconds: float = 0.0
    writing: float = 0.0
    spent: dict[str, Decimal] = field(default_factory=dict)
    dropped: frozenset[int] = frozenset()
    kept: Archive | None = field(default=None, repr=False)
    _events: Iterator[RunEvent] | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[RunEvent]:
        events, self._events = self._events, None
        if events is not None:
            yield from events

    def follow(self, events: Iterator[RunEvent]) -> Run:
        """Let the run be gone through.

        Args:
            events: Its events, of which it is the last itself.
        """
        self._events = events
        return self

    def finish(self) -> Run:
        """Run it to its end, unless somebody is going through it already."""
        for _ in self:
            pass
        return self

    @property
    def archive(self) -> Archive:
        """What it keeps; the run is brought to its end before, unless it is gone through."""
        self.finish()
        if self.kept is None:  # nothing came yet
            self.kept = self.plan.empty_archive()
        return self.kept

    @property
    def run(self) -> Run:
        """The run itself, as the last of its events."""
        return self

    @property
    def busy(self) -> float:
        """The share of the time that the model was writing, from 0 to 1."""
        return min(1.0, self.writing / self.seconds) if self.seconds > 0 else 0.0

    @property
    def texts(self) -> list[Evaluated]:
        """All texts that came, each once, in their order, those of the beginning first."""
        return [each for step in self.steps for each in step.texts if not each.by_mark]

    def as_dict(self) -> dict[str, Any]:
        """Give the run as plain data for JSON."""
        archive = self.archive
        came = (each for step in self.steps[1:] for each in step.texts if not each.by_mark)
        outcomes = Counter(each.outcome for each in came)
        best = archive.best
        return {
            "name": self.name,
            "state": self.state,
            "reason": self.reason,
            "kind": self.plan.kind,
            "model": self.plan.model,
            "seed": self.plan.seed,
            "emitter": self.plan.emitter,
            "measures": [axis.name for axis in self.plan.axes],
            "ranges": [[axis.low, axis.high] for axis in self.plan.axes],
            "quality": self.plan.quality.name,
            "archive": archive.form,
            "completions": self.completions,
            "tokens": self.tokens,
            "seconds": round(self.seconds, 3),
            "busy": round(self.busy, 4),
            "spent": {name: str(amount) for name, amount in self.spent.items()},
            "qd_score": archive.qd_score,
            "coverage": archive.coverage,
            "yield": archive.yield_,
            "kept": len(archive),
            "cells": archive.cells,
            "best": None if best is None else best.as_dict(),
            "outcomes": dict(outcomes),
            "settings": self.plan.as_dict(),
        }


RunEvent: TypeAlias = Step | Notice | Run
"""What a run yields; it is the last one itself."""
