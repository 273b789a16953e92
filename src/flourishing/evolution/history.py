"""What may stand in the archive of a run, so that it can be built anew without what was dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flourishing.core.text import Text
from flourishing.evolution.archives import Archive, Outcome
from flourishing.evolution.emitters import Emitter
from flourishing.evolution.steering import BY_PERSON

if TYPE_CHECKING:
    from flourishing.evolution.evaluation import Values
    from flourishing.evolution.run import Evaluated


def is_best_only(emitter: Emitter, number: int, by: str) -> bool:
    """Say whether of the texts of a step the best alone competes for a cell.

    Args:
        emitter: The emitter of the run.
        number: The number of the step.
        by: What chose the parents of the step.
    """
    return emitter.best_only and number > 0 and by != BY_PERSON


def competing(judged: Sequence[Evaluated] | Sequence[Values], *, best_only: bool) -> list[bool]:
    """Say which texts of a step compete for their cells: all that were measured, or the best alone.

    Args:
        judged: What was found of each text of the step.
        best_only: Whether the best alone competes.
    """
    qualities = [judged[at].quality for at in range(len(judged))]
    measured = {at: quality for at, quality in enumerate(qualities) if quality is not None}
    chosen = {max(measured, key=measured.__getitem__)} if best_only and measured else set(measured)
    return [at in chosen for at in range(len(judged))]


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: Text
    quality: float
    measures: Sequence[float]


@dataclass(slots=True)
class History:
    """An archive, and all texts that compete for its cells, in the order in which they came.

    Attributes:
        archive: The archive, which is changed in place.
        dropped: The numbers of the texts that a person took out.
    """

    archive: Archive
    dropped: frozenset[int] = frozenset()
    _candidates: list[_Candidate] = field(default_factory=list)
    _numbers: set[int] = field(default_factory=set)

    def add(self, text: Text, quality: float, measures: Sequence[float]) -> tuple[Outcome, int]:
        """Put a text into the archive if it is better than what is there.

        Args:
            text: The text.
            quality: Its quality.
            measures: What was measured of it.

        Returns:
            What became of it, and the number of its cell.
        """
        self._note(text, quality, measures)
        outcomes, cells = self.archive.add([text], [quality], [list(measures)])
        return Outcome(int(outcomes[0])), int(cells[0])

    def replay(self, texts: Sequence[Evaluated], *, best_only: bool) -> None:
        """Put the texts of a step that is written down into the archive, as it was done then.

        Args:
            texts: What became of the texts of the step.
            best_only: Whether the best alone competed.
        """
        out = {_id(each.text) for each in texts if each.outcome == "dropped"}
        back = {_id(each.text) for each in texts if each.outcome == "restored"}
        self.drop((self.dropped | out) - back)
        kept = []
        for each, does in zip(texts, competing(texts, best_only=best_only), strict=True):
            if does and each.quality is not None:
                self._note(each.text, each.quality, each.measures)
                if each.outcome in {"new", "better"}:
                    kept.append(self._candidates[-1])
        self._put(kept)

    def drop(self, dropped: Collection[int]) -> None:
        """Let these texts alone be out of the archive; the next best of their cells is in it.

        Args:
            dropped: The numbers of all texts that are dropped now.
        """
        changed = self.dropped ^ frozenset(dropped)
        self.dropped = frozenset(dropped)
        if changed & self._numbers:
            self.archive.clear()
            self._put([each for each in self._candidates if _id(each.text) not in self.dropped])

    def knows(self, id: int) -> bool:
        """Say whether a text competes for a cell, unless it is dropped.

        Args:
            id: The number of the text.
        """
        return id in self._numbers

    def texts(self, ids: Collection[int]) -> list[Text]:
        """Give texts that came, in the order in which they came.

        Args:
            ids: Their numbers.
        """
        found = {_id(each.text): each.text for each in self._candidates if _id(each.text) in ids}
        return list(found.values())

    def _note(self, text: Text, quality: float, measures: Sequence[float]) -> None:
        self._candidates.append(_Candidate(text, quality, measures))
        if id := _id(text):
            self._numbers.add(id)

    def _put(self, some: list[_Candidate]) -> None:
        """Put texts into the archive, all at once; an unstructured one compares each with all."""
        for part in [[each] for each in some] if self.archive.form == "novelty" else [some]:
            if part:
                texts, quality = [each.text for each in part], [each.quality for each in part]
                self.archive.add(texts, quality, [list(each.measures) for each in part])


def _id(text: Text) -> int:
    """Give the number of a text in its garden; 0 for one that is in none."""
    return int(getattr(text, "id", 0))
