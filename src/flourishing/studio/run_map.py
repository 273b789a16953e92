"""A run as the page draws it: its archive as squares of a map, its growth, and what it cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flourishing.errors import FlourishingError, InputError
from flourishing.evolution import Step, opening
from flourishing.evolution.archives import Elite
from flourishing.evolution.evolve import Evolution
from flourishing.evolution.plan import Axis, Plan
from flourishing.garden import Garden
from flourishing.garden.runs import KEPT, StoredRun, Totals
from flourishing.kinds import DEFAULT, Kind, named_kind
from flourishing.models.catalogue.overview import without_secret
from flourishing.studio.problems import MissingError
from flourishing.studio.schemas.runs import (
    AxisBody,
    BudgetBody,
    ElitesBody,
    HistoryBody,
    RunBody,
    RunStepBody,
    RunSummary,
)
from flourishing.studio.serializers import serialize_cost

_LINE: Final = 60
"""Characters of the line that stands for a text."""
_ROOMY: Final = 2
"""Squares of the map for each cell, where cells are no squares themselves."""
_FREE: Final = 20
"""Columns of a map where the archive has no cells."""


def summaries(garden: Garden, name: str | None = None) -> list[RunSummary]:
    """Give the runs of a garden in short, the newest first.

    Args:
        garden: The garden.
        name: The name of the run; None for all.
    """
    totals = garden.runs.totals()
    return [
        RunSummary(**_summary(run, totals.get(run.id, Totals())))
        for run in garden.runs.all()
        if name is None or run.name == name
    ]


def _summary(run: StoredRun, totals: Totals) -> dict[str, Any]:
    settings: Mapping[str, Any] = run.settings
    given = settings.get("budget")
    names = [str(axis.get("name", "")) for axis in settings.get("axes", ())]
    return {
        "id": run.id,
        "name": run.name,
        "at": run.at,
        "state": run.state,
        "here": False,
        "reason": run.reason,
        "kind": str(settings.get("kind", "")),
        "measures": names,
        "quality": str(settings.get("quality", {}).get("name", "")),
        "completions": totals.completions,
        "tokens": totals.tokens,
        "budget": BudgetBody(**given) if isinstance(given, dict) else None,
        "kept": totals.kept,
    }


def serialize_run(garden: Garden, id: int) -> RunBody:
    """Give a run with its archive as it stands.

    Args:
        garden: The garden.
        id: The number of the run.

    Raises:
        MissingError: There is none of that number.
        StoredFormError: Another version stored it.
    """
    try:
        stored = garden.runs.numbered(id)
    except InputError as error:
        raise MissingError(str(error), hint=error.hint) from error
    run = opening.load(stored.name, garden)
    plan, archive = run.plan, run.archive
    picks = garden.runs.picks(id)
    totals = Totals(completions=run.completions, tokens=run.tokens, kept=_kept(run.steps))
    columns, rows = shape(plan)
    return RunBody(
        **_summary(stored, totals),
        medium=_kind_of(plan).medium,
        model=without_secret(plan.model),
        emitter=plan.emitter,
        seed=plan.seed,
        form=plan.archive,
        axes=[_axis(axis) for axis in plan.axes],
        quality_axis=_axis(plan.quality),
        cells=archive.cells,
        columns=columns,
        rows=rows,
        qd_score=archive.qd_score,
        coverage=archive.coverage,
        elites=_elites(plan, list(archive)),
        history=HistoryBody(
            completions=[step.completions for step in run.steps],
            qd_score=[step.qd_score for step in run.steps],
            coverage=[step.coverage for step in run.steps],
        ),
        bends=[spot_of(plan, point) for point in plan.bends],
        pinned=[text.id for text in picks.pinned],
        dropped=sorted(picks.dropped),
        waiting=garden.runs.waiting(id),
        cost=serialize_cost(garden.costs.run(id)),
        seconds=run.seconds,
        event=0,
    )


def serialize_step(evolution: Evolution, step: Step) -> RunStepBody:
    """Give a step, with what came into the archive.

    Args:
        evolution: The run.
        step: The step.
    """
    plan = evolution.plan
    names = [axis.name for axis in plan.axes]
    came = [
        Elite(
            text=each.text,
            quality=each.quality,
            measures=dict(zip(names, each.measures, strict=True)),
            cell=each.cell,
        )
        for each in step.texts
        if each.outcome in KEPT and each.quality is not None and each.cell is not None
    ]
    return RunStepBody(
        number=step.number,
        emitter=step.emitter,
        completions=step.completions,
        tokens=step.tokens,
        seconds=step.seconds,
        qd_score=step.qd_score,
        coverage=step.coverage,
        kept=step.kept,
        left=step.left,
        rate=step.rate,
        error=step.error,
        outcomes=dict(Counter(each.outcome for each in step.texts)),
        elites=_elites(plan, came),
    )


def shape(plan: Plan) -> tuple[int, int]:
    """Give the columns and rows of a run's map: its cells, or squares as small as these.

    Args:
        plan: The plan of the run.
    """
    if plan.archive == "grid":
        return plan.bins[0], plan.bins[1] if len(plan.axes) > 1 else 1
    side = _FREE if plan.archive == "novelty" else math.ceil(math.sqrt(_ROOMY * plan.bins[0]))
    if len(plan.axes) == 1:
        return min(100, side * side), 1
    return min(100, side), min(100, side)


def spot_of(plan: Plan, measures: Sequence[float]) -> tuple[int, int]:
    """Give the square of a text.

    Args:
        plan: The plan of the run.
        measures: What was measured of the text.
    """
    spot = [0, 0]
    for at, (axis, parts) in enumerate(zip(plan.axes[:2], shape(plan), strict=False)):
        share = (measures[at] - axis.low) / (axis.high - axis.low)
        # As the cells of a grid: what lies on an edge belongs to the upper one.
        spot[at] = min(parts - 1, max(0, math.floor(share * parts + 1e-9)))
    return spot[0], spot[1]


def point_of(plan: Plan, spot: Sequence[int]) -> tuple[float, ...]:
    """Give the middle of a square; where there are more measures, the middle of their ranges.

    Args:
        plan: The plan of the run.
        spot: The column and the row.

    Raises:
        InputError: The map has no such square.
    """
    sides = shape(plan)
    if any(at >= side for at, side in zip(spot, sides, strict=True)):
        raise InputError(
            f"The map has no square {spot[0]}, {spot[1]}.",
            hint=f"It has {sides[0]} columns and {sides[1]} rows, counted from 0.",
        )
    shares = [(at + 0.5) / side for at, side in zip(spot, sides, strict=True)]
    shares = [*shares, *(0.5 for _ in plan.axes)][: len(plan.axes)]
    return tuple(
        axis.low + share * (axis.high - axis.low)
        for axis, share in zip(plan.axes, shares, strict=True)
    )


def _axis(axis: Axis) -> AxisBody:
    return AxisBody(name=axis.name, low=axis.low, high=axis.high)


def _kept(steps: Sequence[Step]) -> int:
    return sum(each.outcome in KEPT for step in steps for each in step.texts)


def _elites(plan: Plan, elites: Sequence[Elite]) -> ElitesBody:
    rows = [list(each.measures.values()) for each in elites]
    its = _kind_of(plan)
    spots = [spot_of(plan, row) for row in rows]
    return ElitesBody(
        text=[getattr(each.text, "id", 0) for each in elites],
        cell=[each.cell for each in elites],
        x=[spot[0] for spot in spots],
        y=[spot[1] for spot in spots],
        quality=[each.quality for each in elites],
        measures=rows,
        line=[_shortened(its.headline(each.text.content)) for each in elites],
        own=[each.text.writer == "person" for each in elites],
    )


def _kind_of(plan: Plan) -> Kind:
    """Give the kind of a run's texts; the default where the file of their own kind is gone."""
    try:
        return plan.find_kind()
    except FlourishingError:
        return named_kind(DEFAULT)


def _shortened(words: str) -> str:
    return words if len(words) <= _LINE else f"{words[: _LINE - 1].rstrip()}…"
