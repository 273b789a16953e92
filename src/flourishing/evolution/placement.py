"""What becomes of texts: flawed, there already, not measured, or put into the archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from flourishing.breeding.brood import Offspring
from flourishing.core.flaws import FlawKind, Key
from flourishing.core.text import Text
from flourishing.evolution.archives import Outcome
from flourishing.evolution.emitters import Population
from flourishing.evolution.evaluation import Evaluator, Values
from flourishing.evolution.history import History, competing
from flourishing.evolution.run import Evaluated
from flourishing.kinds import Kind

if TYPE_CHECKING:
    from flourishing.garden.runs import StoredStep

_HARMLESS: Final = (FlawKind.DULL, FlawKind.MONOTONOUS)
"""Flaws with which a text is still one of its kind: the archive decides."""
_WORDS: Final = {Outcome.NEW: "new", Outcome.BETTER: "better", Outcome.NONE: "worse"}


class Placement:
    """The places of texts in a run. Flaws and duplicates are found before anything is measured.

    Args:
        kind: The kind of text.
        population: What there is, to which the texts are added.
        evaluator: Measures them.

    Attributes:
        population: What there is.
        history: The archive with all texts that compete for its cells.
    """

    def __init__(self, kind: Kind, population: Population, evaluator: Evaluator) -> None:
        self.population = population
        self.history = History(population.archive)
        self._kind = kind
        self._evaluator = evaluator
        self._keys: set[Key] = set()
        self._seen: list[str] = []
        """Contents that were measured before the run was opened, not yet shown to the evaluator."""

    async def place_seeds(self, texts: Sequence[Text]) -> list[Evaluated]:
        """Place the texts that a run begins with, whatever flaws they have: a person chose them.

        Args:
            texts: The texts.

        Raises:
            InputError: Too many in a row cannot be measured.
        """
        return await self._place(texts, [""] * len(texts), best_only=False)

    async def place(self, texts: Sequence[Text], *, best_only: bool = False) -> list[Evaluated]:
        """Place the offspring of one step.

        Args:
            texts: The offspring.
            best_only: Whether the best of them alone may be kept; by default all that are better.

        Returns:
            What became of each, in their order.

        Raises:
            InputError: Too many in a row could not be measured.
        """
        return await self._place(texts, [_flaw(text) for text in texts], best_only=best_only)

    def again(self, step: StoredStep, *, best_only: bool = False) -> list[Evaluated]:
        """Place texts as they were placed before, with what was measured of them then.

        Args:
            step: The step as it was written down.
            best_only: Whether the best of them alone could be kept.
        """
        placed = []
        for each, text in zip(step.judged, step.texts, strict=True):
            if each.outcome not in {"flawed", "duplicate"}:
                self._keys.add(self._kind.key(text.content))
            if each.quality is not None:
                self.population.came.append((text, each.quality))
                self._seen.append(text.content)
            placed.append(Evaluated.of(text, each))
        self.history.replay(placed, best_only=best_only)
        return placed

    async def _place(
        self, texts: Sequence[Text], flaws: Sequence[str], *, best_only: bool
    ) -> list[Evaluated]:
        found: dict[int, Evaluated] = {}
        for at, (text, flaw) in enumerate(zip(texts, flaws, strict=True)):
            key = self._kind.key(text.content)
            if flaw:
                found[at] = Evaluated(text=text, outcome="flawed", note=flaw)
            elif key in self._keys:
                found[at] = Evaluated(text=text, outcome="duplicate")
            else:
                self._keys.add(key)
        sound = [at for at in range(len(texts)) if at not in found]
        values = dict(zip(sound, await self._measured([texts[at] for at in sound]), strict=True))
        competes = dict(
            zip(sound, competing(list(values.values()), best_only=best_only), strict=True)
        )
        for at, value in values.items():
            if value.quality is not None:
                found[at] = self._put(texts[at], value, really=competes[at])
            else:
                found[at] = Evaluated(text=texts[at], outcome="unmeasured", note=value.problem)
        return [found[at] for at in sorted(found)]

    async def _measured(self, texts: Sequence[Text]) -> list[Values]:
        if self._seen:
            self._evaluator.see(self._seen)
            self._seen = []
        return await self._evaluator.measure(texts)

    def _put(self, text: Text, value: Values, *, really: bool) -> Evaluated:
        quality = value.quality if value.quality is not None else 0.0
        if really:
            outcome, cell = self.history.add(text, quality, value.measures)
        else:
            outcome, cell = Outcome.NONE, self._cell(value.measures)
        self.population.came.append((text, quality))
        return Evaluated(
            text=text,
            outcome=_WORDS[outcome],  # type: ignore[arg-type]  # they are its words
            quality=quality,
            measures=value.measures,
            cell=cell,
        )

    def _cell(self, measures: Sequence[float]) -> int:
        """Say where a text that is not put in would belong."""
        archive = self.population.archive
        empty = archive.form == "novelty" and not len(archive)
        return 0 if empty else int(archive.index_of([list(measures)])[0])


def _flaw(text: Text) -> str:
    flaws = text.flaws if isinstance(text, Offspring) else ()
    return next((flaw.reason for flaw in flaws if flaw.kind not in _HARMLESS), "")
