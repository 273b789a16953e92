"""Evolving texts at a Python prompt: `evolve`, whose arguments `fl.aio.evolve` has too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from flourishing import sync
from flourishing.app.progress import open_visibly
from flourishing.core.sampling import Sampling, SamplingOptions
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.kinds import Kind
from flourishing.models import BaseModel

if TYPE_CHECKING:
    from flourishing.evolution import Measure, Run, RunBudget
    from flourishing.evolution.evolve import Evolution
    from flourishing.evolution.plan import AnyMeasure
    from flourishing.garden import Garden


def measures() -> dict[str, Measure]:
    """Give all measures by their names: those that ship, then a person's own.

    Returns:
        A dictionary; going through it gives the names, and each value says the range, the unit and
        the source of its measure. A person's own are files in the folder `measures` beside the
        configuration; one that is wrong is left out here, and refused where it is named.

    Example:
        >>> import flourishing as fl
        >>> fl.measures()["lines"]("the fog comes\\non little cat feet")
        2.0
    """
    from flourishing.evolution import catalogue  # here and below, since few scripts evolve

    return catalogue.measures()


def measure(name: str | Measure | Callable[[str], float]) -> Measure:
    """Give a measure.

    Args:
        name: The name of one that ships or of a person's own, such as "lines"; the path of a
            `.toml` file; a function from the content of a text to a number; or a measure, which is
            given back. A function may have the attributes `low` and `high`, which are its range.

    Raises:
        InputError: There is none of that name, its file is wrong, or it is no measure.
    """
    from flourishing.evolution import catalogue

    return catalogue.measure(name)


def opened(
    seeds: Iterable[str | Text] = (),
    *,
    kind: str | Kind | None = None,
    measures: Iterable[AnyMeasure] | None = None,
    quality: AnyMeasure | None = None,
    budget: int | RunBudget | None = None,
    seed: int | None = None,
    model: str | BaseModel | None = None,
    garden: Garden | None = None,
    name: str | None = None,
    resume: str | None = None,
    archive: str = "grid",
    bins: int | Sequence[int] | None = None,
    emitter: str = "novelty",
    parents: int = 4,
    batch: int = 8,
    sampling: Sampling | SamplingOptions | str | None = None,
    start: str = "",
    patience: float = 10.0,
) -> Evolution:
    """Evolve texts that are good and differ, within a budget; a machine chooses the parents.

    What comes back is a run. Go through it for its events: a `Step` for each prompt, with what
    became of each text, a `Notice` now and then, and the run itself at the end. Leaving the loop
    stops it. Whoever asks for `run.archive` without going through it waits until it is done.

    Args:
        seeds: The texts that it begins with: strings or texts, such as `fl.library("imagists")`.
        kind: The kind of text, as in `breed`; by default that of the last seed.
        measures: What spans the archive: names of `fl.measures()`, paths of `.toml` files,
            functions from a content to a number, or `Measure`s; by default those of the kind.
        quality: By what texts of one cell compete, as one of the measures; by default that of the
            kind.
        budget: What it may take: a number of completions, or a `RunBudget`; by default 300.
        seed: The same seed gives the same run, from 0 to 2**31 - 1; by default a fresh one.
        model: The base model, as in `breed`.
        garden: Where everything is kept as it happens, so that the run can be resumed; by default
            nowhere.
        name: The name of the run in the garden; by default the kind and a number.
        resume: The name of a run of the garden to go on with; seeds and settings are then its own,
            except for a new budget and for functions among the measures.
        archive: "grid"; "cvt", a tessellation; or "novelty", which keeps what is far from all else.
        bins: Cells along each measure, one number or one for each; of a "cvt" how many cells there
            are. By default 10 along each measure, and 100 cells.
        emitter: What chooses the parents: "novelty" (the default), "near", "replace", "uniform",
            "quality", "prompts", "person", "bandit"; or a baseline: "fixed", "shuffled", "random",
            "best-of-n".
        parents: How many texts stand in a prompt, from 1 to 100; by default 4.
        batch: How many completions one prompt is asked for, from 1 to 256; by default 8.
        sampling: How tokens are drawn, as in `breed`.
        start: What every text begins with; by default nothing.
        patience: Seconds that the measures may take for one text; by default 10.

    Returns:
        The run: `archive` has `qd_score`, `coverage`, `best`, `yield_` and `to_frame()`.

    Raises:
        InputError: A measure is unknown or named twice, there are no seeds, a number is out of
            range, or the run is not there.
        StorageError: The garden can only be read.

    Example:
        >>> import flourishing as fl
        >>> run = fl.evolve(fl.library("imagists"), budget=16, seed=1, model="echo")
        >>> run.archive.coverage > 0
        True
    """
    from flourishing.evolution import opening

    if resume is None:
        return opening.begin(
            seeds,
            kind=kind,
            measures=measures,
            quality=quality,
            budget=300 if budget is None else budget,
            seed=seed,
            model=model,
            garden=garden,
            name=name,
            archive=archive,
            bins=bins,
            emitter=emitter,
            parents=parents,
            batch=batch,
            sampling=sampling,
            start=start,
            patience=patience,
        )
    if garden is None:
        raise InputError(
            f"The run {resume!r} can only be found in a garden.",
            hint="Give garden=fl.open_garden(), or the garden in which it is.",
        )
    return opening.resume(
        resume, garden, budget=budget, model=model, measures=measures or (), quality=quality
    )


Given = ParamSpec("Given")
Result = TypeVar("Result")


def like_evolve(
    make: Callable[Given, Evolution], follow: Callable[[Evolution], Result], returns: object
) -> Callable[Given, Result]:
    """Give the call that opens a run, and does with it what its caller waits for.

    Args:
        make: Opens the run; its arguments and its docstring are those of the call.
        follow: Gives what the call gives.
        returns: What that is.
    """

    def evolve(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        return follow(make(*args, **kwargs))

    shown: Any = update_wrapper(evolve, make)
    shown.__name__ = shown.__qualname__ = "evolve"
    shown.__signature__ = inspect.signature(make).replace(return_annotation=returns)
    shown.__annotations__ = {**make.__annotations__, "return": returns}
    return evolve


def _followed(evolution: Evolution) -> Run:
    evolution.model = open_visibly(evolution.model or evolution.plan.model or None)
    return evolution.run.follow(sync.iterate(evolution.events()))


evolve = like_evolve(opened, _followed, "Run")
