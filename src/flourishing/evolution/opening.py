"""Opening runs: a new one, one to go on with, and one to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flourishing.arguments import as_words
from flourishing.core.sampling import Sampling, SamplingOptions
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.evolution.catalogue import measure
from flourishing.evolution.emitters import emitter
from flourishing.evolution.evolve import Evolution
from flourishing.evolution.history import History, is_best_only
from flourishing.evolution.measure import PATIENCE, Measure
from flourishing.evolution.plan import (
    BATCH,
    COMPLETIONS,
    EMITTER,
    PARENTS,
    AnyMeasure,
    Axis,
    Plan,
    RunBudget,
    as_budget,
    as_seeds,
    make_plan,
)
from flourishing.evolution.run import Evaluated, Run, Step
from flourishing.kinds import Kind
from flourishing.models import BaseModel

if TYPE_CHECKING:
    from flourishing.garden import Garden
    from flourishing.garden.runs import StoredStep


def begin(
    seeds: Iterable[str | Text],
    *,
    kind: str | Kind | None = None,
    measures: Iterable[AnyMeasure] | None = None,
    quality: AnyMeasure | None = None,
    budget: int | RunBudget = COMPLETIONS,
    seed: int | None = None,
    model: str | BaseModel | None = None,
    garden: Garden | None = None,
    name: str | None = None,
    archive: str = "grid",
    bins: int | Sequence[int] | None = None,
    emitter: str = EMITTER,
    parents: int = PARENTS,
    batch: int = BATCH,
    sampling: Sampling | SamplingOptions | str | None = None,
    start: str = "",
    patience: float = PATIENCE,
) -> Evolution:
    """Check what a run is asked for; nothing is bred yet.

    Args:
        seeds: The texts that it begins with.
        kind: The kind of text; None for that of the seeds.
        measures: What spans the archive; None for the measures of the kind.
        quality: By what texts of one cell compete; None for the quality of the kind.
        budget: What it may take; a number is one of completions.
        seed: Decides all chance; None for a fresh one.
        model: The model, by name or itself; None for the one that is configured.
        garden: Where everything is kept; None for nowhere.
        name: The name of the run in the garden; None for a free one.
        archive: Which archive: "grid", "cvt" or "novelty".
        bins: Cells along each measure, or of a "cvt" in all; None for the usual.
        emitter: What chooses the parents.
        parents: How many texts stand in a prompt.
        batch: How many completions one prompt is asked for.
        sampling: How tokens are drawn.
        start: What every text begins with.
        patience: Seconds that the measures may take for one text.

    Returns:
        The run, ready to be gone through.

    Raises:
        InputError: Something of it cannot be.
    """
    if garden is not None:
        _require_garden(garden)
    texts = as_seeds(seeds)
    plan, measured = make_plan(
        texts,
        kind=kind,
        measures=measures,
        quality=quality,
        budget=budget,
        seed=seed,
        model=model,
        archive=archive,
        bins=bins,
        emitter=emitter,
        parents=parents,
        batch=batch,
        sampling=sampling,
        start=start,
        patience=patience,
    )
    if name is not None and (
        not as_words(name, "The name of a run").strip() or len(name) > 200 or not name.isprintable()
    ):
        raise InputError(
            f"A run cannot be called {name[:40]!r}.",
            hint="Give it a name of one line, of at most 200 characters.",
        )
    run = Run(name=(name or "").strip(), plan=plan)
    return Evolution(run=run, seeds=texts, measures=measured, model=model, garden=garden)


def resume(
    name: str,
    garden: Garden,
    *,
    budget: int | RunBudget | None = None,
    model: str | BaseModel | None = None,
    measures: Iterable[AnyMeasure] = (),
    quality: AnyMeasure | None = None,
) -> Evolution:
    """Go on with a run where it ended, however that was.

    Args:
        name: The name of the run.
        garden: The garden in which it is.
        budget: What it may take in all, what it took before included; None for what it was begun
            with.
        model: The model; None for the one that it was begun with.
        measures: The functions among its measures, which only the caller has.
        quality: The quality, where that is a function.

    Returns:
        The run, ready to be gone through.

    Raises:
        InputError: There is no such run, or one of its measures is a function that is not given.
        StoredFormError: It was begun by another version.
    """
    _require_garden(garden)
    stored = garden.runs.get(name)
    plan = Plan.from_dict(stored.settings, name)
    if budget is not None:
        plan = replace(plan, budget=as_budget(budget))
    given = {each.name: each for each in map(measure, measures)}
    if quality is not None:
        judged = measure(quality)
        given[judged.name] = judged
    measured = [_measure(axis, given, name) for axis in (*plan.axes, plan.quality)]
    run = Run(name=name, plan=plan)
    return Evolution(run=run, seeds=(), measures=measured, model=model, garden=garden, id=stored.id)


def load(name: str, garden: Garden) -> Run:
    """Give a run as it stands in a garden, to look at; no model is asked.

    Args:
        name: The name of the run.
        garden: The garden in which it is.

    Raises:
        InputError: There is no such run.
        StoredFormError: It was begun by another version.
    """
    stored = garden.runs.get(name)
    plan = Plan.from_dict(stored.settings, name)
    run = Run(name=name, plan=plan, state=stored.state, reason=stored.reason)
    run.kept = plan.empty_archive()
    history = History(run.kept)
    its_emitter = emitter(plan.emitter)
    for step in garden.runs.steps(stored.id):
        run.completions += step.completions
        run.tokens += step.tokens
        run.writing += step.writing
        run.seconds += step.seconds
        if step.told:
            texts = _evaluated(step)
            alone = is_best_only(its_emitter, step.number, step.emitter)
            history.replay(texts, best_only=alone)
            run.steps.append(_as_step(run, step, texts))
    run.dropped = garden.runs.picks(stored.id).dropped
    history.drop(run.dropped)
    return run


def _require_garden(garden: Garden) -> None:
    from flourishing.garden import as_garden  # here, as a run may do without a database

    as_garden(garden)


def _evaluated(step: StoredStep) -> tuple[Evaluated, ...]:
    found = zip(step.texts, step.judged, strict=True)
    return tuple(Evaluated.of(text, judged) for text, judged in found)


def _as_step(run: Run, step: StoredStep, texts: tuple[Evaluated, ...]) -> Step:
    """Give a step as it was, whose texts are in the archive already."""
    archive = run.archive
    return Step(
        number=step.number,
        emitter=step.emitter,
        texts=texts,
        completions=run.completions,
        tokens=run.tokens,
        seconds=run.seconds,
        qd_score=archive.qd_score,
        coverage=archive.coverage,
        kept=len(archive),
        best=archive.best,
        error=step.error,
    )


def _measure(axis: Axis, given: dict[str, Measure], run: str) -> Measure:
    """Give the measure of an axis as it was when the run was begun."""
    if axis.name in given:
        found = given[axis.name]
    elif axis.is_function:
        raise InputError(
            f"The run {run!r} is measured by the function {axis.name!r}, which is not kept in a "
            "garden.",
            hint="Go on with it in Python: fl.evolve(resume=…, measures=[the function]).",
        )
    else:
        found = measure(axis.file or axis.name)
    # Its range is that of the run, whatever it has become since.
    return replace(found, low=axis.low, high=axis.high)
