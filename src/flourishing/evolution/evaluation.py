"""Measuring texts during a run: beside the writing, and within a time, whatever a measure does.

A measure is a person's own function as often as not. It may raise, hang, or give what is no number:
then the text is not measured, the reason is kept, and the run goes on; after too many in a row it
stops, and says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from flourishing import blocking
from flourishing.core.text import Text
from flourishing.errors import FlourishingError, InputError, ModelError
from flourishing.evolution.measure import PATIENCE, Evaluate, Measure, Setting

_MOST_HANGS: Final = 3
"""Each leaves a thread behind that goes on computing."""
_MOST_FAILURES: Final = 16
"""Texts in a row that cannot be measured, after which a run stops."""


@dataclass(frozen=True, slots=True)
class Values:
    """What was measured of a text.

    Attributes:
        quality: Its quality; None where it could not be measured.
        measures: Its measures, in their order; empty where it could not be measured.
        problem: Why it could not be measured; "" where it could.
    """

    quality: float | None
    measures: tuple[float, ...] = ()
    problem: str = ""


@dataclass(slots=True)
class _Progress:
    """How far a thread has come, which is looked at from outside."""

    rows: list[list[float] | str] = field(default_factory=list)
    measure: str = ""


class Evaluator:
    """The measures of a run, ready to measure.

    Args:
        measures: The measures, the quality last.
        patience: Seconds for one text; by default 10.
    """

    def __init__(self, measures: Sequence[Measure], *, patience: float = PATIENCE) -> None:
        self._measures = list(measures)
        self._patience = patience
        self._ready: dict[str, Evaluate] = {}
        self._hangs = 0
        self._failures = 0

    async def prepare(self, setting: Setting) -> None:
        """Prepare the measures that need a model.

        Args:
            setting: The run.

        Raises:
            InputError: One of them cannot be had, such as a taste that is not known yet.
        """
        for measure in self._measures:
            if measure.prepare is not None and measure.name not in self._ready:
                self._ready[measure.name] = await measure.prepare(setting)

    def see(self, contents: Sequence[str]) -> None:
        """Note what was measured when the run was last open, for measures that compare with it.

        Args:
            contents: The contents of the texts, in their order.
        """
        for ready in self._ready.values():
            if (see := getattr(ready, "see", None)) is not None:
                see(contents)

    async def measure(self, texts: Sequence[Text]) -> list[Values]:
        """Measure texts.

        Args:
            texts: The texts.

        Raises:
            InputError: Too many in a row could not be measured.
        """
        contents = [text.content for text in texts]
        if not contents:
            return []
        rows = await self._by_functions(contents)
        for measure in self._measures:
            if (ready := self._ready.get(measure.name)) is not None:
                await self._by_model(measure, ready, contents, rows)
        values = []
        for row in rows:
            if isinstance(row, str):
                self._failures += 1
                values.append(Values(None, problem=row))
            else:
                self._failures = 0
                values.append(Values(row[-1], tuple(row[:-1])))
        if self._failures >= _MOST_FAILURES:
            raise InputError(
                f"{self._failures} texts in a row could not be measured. {values[-1].problem}",
                hint="Correct the measure, and resume the run; all that was bred is kept.",
            )
        return values

    async def _by_functions(self, contents: Sequence[str]) -> list[list[float] | str]:
        """Measure by functions, in a thread; what has not ended in time is left to itself."""
        rows: list[list[float] | str] = []
        while len(rows) < len(contents):
            progress = _Progress()
            left = contents[len(rows) :]
            work = asyncio.ensure_future(blocking.detached(self._compute, left, progress))
            done = 0
            while not work.done():
                await asyncio.wait([work], timeout=self._patience)
                if not work.done() and len(progress.rows) == done:
                    break
                done = len(progress.rows)
            if work.done():
                work.result()
                rows += progress.rows
                continue
            work.cancel()
            self._hangs += 1
            hanging = f"The measure {progress.measure!r} gave nothing within {self._patience:g} s"
            rows += [*progress.rows[:done], f"{hanging}."]
            if self._hangs >= _MOST_HANGS:
                raise InputError(
                    f"{hanging}, for the {self._hangs}rd time.",
                    hint="Correct the measure, and resume the run; all that was bred is kept.",
                )
        return rows

    def _compute(self, contents: Sequence[str], progress: _Progress) -> None:
        for content in contents:
            row: list[float] | str = []
            for measure in self._measures:
                progress.measure = measure.name
                if isinstance(row, str):
                    break
                if measure.of is None:
                    row.append(0.0)  # a model gives it afterwards
                    continue
                try:
                    row.append(measure(content))
                except FlourishingError as error:
                    row = str(error)
                except BaseException as error:  # noqa: BLE001 - a person's own function may raise any
                    row = f"The measure {measure.name!r} failed: {type(error).__name__}: {error}."
            progress.rows.append(row)

    async def _by_model(
        self,
        measure: Measure,
        ready: Evaluate,
        contents: Sequence[str],
        rows: list[list[float] | str],
    ) -> None:
        """Put what a model gives into the rows of those that are measured so far."""
        sound = [at for at, row in enumerate(rows) if not isinstance(row, str)]
        if not sound:
            return
        column = self._measures.index(measure)
        try:
            values: Sequence[float] = await ready([contents[at] for at in sound])
        except (ModelError, InputError) as error:
            for at in sound:
                rows[at] = f"The measure {measure.name!r} failed: {error}"
            return
        for at, value in zip(sound, values, strict=True):
            row = rows[at]
            try:
                if not isinstance(row, str):
                    row[column] = measure.checked(value)
            except InputError as error:
                rows[at] = str(error)
