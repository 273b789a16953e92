"""What a run is asked for, checked before anything is spent; and the form in which it is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args

from flourishing.arguments import as_list, as_number, as_whole
from flourishing.breeding.prompt import as_items
from flourishing.core.sampling import Sampling, SamplingOptions, first_seed
from flourishing.core.text import Text
from flourishing.errors import InputError, StoredFormError
from flourishing.evolution.archives import (
    BINS,
    CELLS,
    Archive,
    CVTArchive,
    Form,
    GridArchive,
    NoveltyArchive,
)
from flourishing.evolution.catalogue import default_axes, default_quality, measure, measure_of_kind
from flourishing.evolution.emitters import EMITTERS
from flourishing.evolution.measure import PATIENCE, Measure
from flourishing.kinds import DEFAULT, Kind
from flourishing.kinds import kind as find_kind
from flourishing.library import known_kind
from flourishing.settings import default_model

if TYPE_CHECKING:
    from flourishing.models import BaseModel

AnyMeasure: TypeAlias = str | Measure | Callable[[str], float]
"""A measure, its name, the path of its file, or a function from a content to a number."""

VERSION: Final = 1
"""The version of the stored form of a run's settings."""
COMPLETIONS: Final = 300
"""The budget of a run where nobody says otherwise."""
BATCH: Final = 8
PARENTS: Final = 4
EMITTER: Final = "novelty"
"""The emitter that filled most of an archive of poems (docs/evidence.md)."""
_MOST_BATCH: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBudget:
    """What a run may take; it ends with the first bound that it reaches.

    Attributes:
        completions: The most completions that are asked for, those that fail too; None for no
            bound.
        tokens: The most tokens, read and written; None for no bound.
        money: The most money, by the prices in the configuration; None for no bound.
        seconds: The most seconds, of all times that the run was open together; None for no bound.

    Raises:
        InputError: A bound is not above 0, or there is none at all.
    """

    completions: int | None = None
    tokens: int | None = None
    money: Decimal | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        bounds = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, bound in bounds.items():
            if bound is None:
                continue
            number = as_number(float(bound) if isinstance(bound, Decimal) else bound, name)
            if name in {"completions", "tokens"}:
                as_whole(bound, name)
            if number <= 0:
                raise InputError(
                    f"A run cannot have a budget of {bound} {name}.", hint="Give more than 0."
                )
        if all(bound is None for bound in bounds.values()):
            raise InputError(
                "A run without a budget would never end.",
                hint="Give one, such as budget=300 completions.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A measure with the range that it has in a run.

    Attributes:
        name: The name of the measure.
        low: The low end.
        high: The high end.
        is_function: Whether it is a function of a caller, which only that caller can give again.
        file: The path of its file, where it was given by that; "" where its name finds it.
    """

    name: str
    low: float
    high: float
    is_function: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run that was asked for, checked.

    Attributes:
        kind: The kind of text, by its name or the path of its file.
        axes: The measures that span the archive, as far as their ranges are known.
        quality: The quality.
        archive: Which archive it is.
        bins: Cells along each measure of a grid; of a tessellation its first number is how many
            cells there are.
        threshold: How far from all others a text of an unstructured archive is new.
        emitter: What chooses the parents.
        parents: How many texts stand in a prompt.
        batch: How many completions are asked for with one prompt.
        seed: Decides all chance.
        model: The name of the model.
        budget: What it may take.
        sampling: How tokens are drawn.
        start: What every text begins with.
        patience: Seconds that the measures may take for one text.
        bends: Points among the measures towards which a person bent the run; parents are drawn
            near them. Empty for wherever the emitter draws them.
    """

    kind: str
    axes: tuple[Axis, ...]
    quality: Axis
    archive: Form = "grid"
    bins: tuple[int, ...] = ()
    threshold: float = 0.1
    emitter: str = EMITTER
    parents: int = PARENTS
    batch: int = BATCH
    seed: int = 0
    model: str = ""
    budget: RunBudget = field(default_factory=lambda: RunBudget(completions=COMPLETIONS))
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    start: str = ""
    patience: float = PATIENCE
    bends: tuple[tuple[float, ...], ...] = ()

    def find_kind(self) -> Kind:
        """Give the kind.

        Raises:
            InputError: It is not there any more.
        """
        return find_kind(self.kind)

    def empty_archive(self) -> Archive:
        """Give the archive of the run, without a text."""
        ranges = [(axis.low, axis.high) for axis in self.axes]
        names = [axis.name for axis in self.axes]
        floor, high = self.quality.low, self.quality.high
        if self.archive == "cvt":
            return CVTArchive(
                ranges, self.bins[0], names=names, seed=self.seed, floor=floor, high=high
            )
        if self.archive == "novelty":
            return NoveltyArchive(ranges, self.threshold, names=names, floor=floor, high=high)
        return GridArchive(ranges, self.bins, names=names, floor=floor, high=high)

    def as_dict(self) -> dict[str, Any]:
        """Give the plan as it is stored."""
        money = self.budget.money
        return {
            "version": VERSION,
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "axes": [asdict(axis) for axis in self.axes],
            "quality": asdict(self.quality),
            "bins": list(self.bins),
            "bends": [list(point) for point in self.bends],
            "budget": {**asdict(self.budget), "money": None if money is None else str(money)},
            "sampling": self.sampling.as_dict(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], name: str) -> Plan:
        """Read a plan as it was stored.

        Args:
            stored: What `as_dict` gave.
            name: The name of the run.

        Raises:
            StoredFormError: Another version wrote it.
        """
        table = dict(stored)
        if table.pop("version", None) != VERSION:
            raise StoredFormError(
                f"The run {name!r} was begun by another version of Flourishing.",
                hint="Its texts are in the garden: begin a new run from those that it kept.",
            )
        try:
            budget = dict(table.pop("budget"))
            budget["money"] = None if budget["money"] is None else Decimal(budget["money"])
            return cls(
                **table
                | {
                    "axes": tuple(Axis(**axis) for axis in table["axes"]),
                    "quality": Axis(**table["quality"]),
                    "bins": tuple(table["bins"]),
                    "bends": tuple(tuple(point) for point in table.get("bends", ())),
                    "budget": RunBudget(**budget),
                    "sampling": SamplingOptions.of(None, **table["sampling"]),
                }
            )
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise StoredFormError(
                f"The settings of the run {name!r} cannot be read: {error!r}.",
                hint="It was begun by another version; begin a new run from the texts it kept.",
            ) from error


def as_budget(budget: int | RunBudget) -> RunBudget:
    """Take a budget; a number is one of completions.

    Args:
        budget: The budget.

    Raises:
        InputError: It is not above 0.
    """
    if isinstance(budget, RunBudget):
        return budget
    return RunBudget(completions=as_whole(budget, "budget"))


def as_seeds(seeds: Iterable[str | Text]) -> list[Text]:
    """Take the texts that a run begins with, each once.

    Args:
        seeds: Strings or texts.

    Raises:
        InputError: There are none, or they are chains.
        TextError: One is blank.
    """
    items = as_items(seeds)
    texts = {item.content: item for item in items if isinstance(item, Text)}
    if len(texts) == 0:
        raise InputError(
            "A run begins with single texts, and these are lists of versions.",
            hint="Give texts, such as fl.library('imagists').",
        )
    return list(texts.values())


def make_plan(
    seeds: Sequence[Text],
    *,
    kind: str | Kind | None,
    measures: Iterable[AnyMeasure] | None,
    quality: AnyMeasure | None,
    budget: int | RunBudget,
    seed: int | None,
    model: str | BaseModel | None,
    archive: str,
    bins: int | Sequence[int] | None,
    emitter: str,
    parents: int,
    batch: int,
    sampling: Sampling | SamplingOptions | str | None,
    start: str,
    patience: float,
) -> tuple[Plan, list[Measure]]:
    """Check what is asked for.

    Args:
        seeds: The texts that the run begins with.
        kind: The kind of text; None for that of the seeds.
        measures: The measures; None for those of the kind.
        quality: The quality; None for that of the kind.
        budget: What it may take.
        seed: Decides all chance; None for a fresh one.
        model: The model.
        archive: Which archive.
        bins: Cells along each measure, or cells of a tessellation; None for the usual.
        emitter: What chooses the parents.
        parents: How many texts stand in a prompt.
        batch: How many completions one prompt is asked for.
        sampling: How tokens are drawn.
        start: What every text begins with.
        patience: Seconds that the measures may take for one text.

    Returns:
        The plan, and the measures, the quality last.

    Raises:
        InputError: Something of it cannot be.
    """
    its = find_kind(kind or known_kind(seeds) or DEFAULT)
    given = _given(measures, default_axes(its))
    axes = [measure_of_kind(measure(each), its) for each in given]
    by = default_quality(its) if quality is None else quality
    judged = measure(by)
    _require_sound(axes, judged, its)
    if archive not in get_args(Form):
        raise InputError(
            f"There is no archive {archive!r:.60}.",
            hint=f"There are: {', '.join(get_args(Form))}.",
        )
    if emitter not in EMITTERS:
        raise InputError(
            f"There is no emitter {emitter!r:.60}.", hint=f"There are: {', '.join(EMITTERS)}."
        )
    for name, number, most in (("parents", parents, 100), ("batch", batch, _MOST_BATCH)):
        if not 1 <= as_whole(number, name) <= most:
            raise InputError(f"{name} cannot be {number}.", hint=f"Give 1 to {most}.")
    if as_number(patience, "patience") <= 0:
        raise InputError(f"patience cannot be {patience}.", hint="Give seconds above 0.")
    options = SamplingOptions.of(sampling)
    name = default_model() if model is None else model if isinstance(model, str) else model.name
    plan = Plan(
        kind=kind if isinstance(kind, str) else its.name,
        axes=tuple(map(_axis, axes, given)),
        quality=_axis(judged, by),
        archive=archive,  # type: ignore[arg-type]  # it is one of them
        bins=_bins(bins, archive, len(axes)),
        emitter=emitter,
        parents=as_whole(parents, "parents"),
        batch=as_whole(batch, "batch"),
        seed=first_seed(seed),
        model=name,
        budget=as_budget(budget),
        sampling=options,
        start=start,
        patience=float(patience),
    )
    plan.empty_archive()  # it says what is wrong with the bins
    return plan, [*axes, judged]


def with_ranges(plan: Plan, found: Mapping[str, Sequence[float]]) -> Plan:
    """Give a plan in which functions without a range have one, by the texts of the beginning.

    Where all of these lie between 0 and 1, so does the range; else it goes from the least, or 0, to
    twice the largest.

    Args:
        plan: The plan.
        found: What the functions gave for these texts, by the names of the measures.
    """

    def ranged(axis: Axis) -> Axis:
        values = found.get(axis.name, ())
        if not values or (min(values) >= 0 and max(values) <= 1):
            return axis
        low, high = min(0.0, *values), max(0.0, *values)
        return replace(axis, low=2 * low, high=2 * high if high > low else 1.0)

    return replace(plan, axes=tuple(map(ranged, plan.axes)), quality=ranged(plan.quality))


def _given(measures: Iterable[AnyMeasure] | None, usual: Sequence[str]) -> Sequence[AnyMeasure]:
    if measures is None:
        return usual
    given = as_list(measures, "The measures")
    if not given:
        raise InputError(
            "There are no measures, so all texts would be in one cell.",
            hint=f"Name one or two, such as {' and '.join(usual)}; or leave it to the kind.",
        )
    return given


def _require_sound(axes: Sequence[Measure], quality: Measure, kind: Kind) -> None:
    names = [axis.name for axis in axes]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(
            f"The measure {twice[0]!r} is named twice.",
            hint="Name measures that differ; functions need names that differ, too.",
        )
    if quality.name in names:
        raise InputError(
            f"{quality.name!r} is a measure and the quality as well.",
            hint="Take another quality, or another measure.",
        )
    for each in (*axes, quality):
        if not each.suits(kind):
            raise InputError(
                f"The kind {kind.name!r} has no {each.name}, which is a measure of "
                f"{', '.join(each.media)}.",
                hint=f"Its own are: {', '.join(default_axes(kind))}; see fl.measures().",
            )


def _axis(measure: Measure, given: AnyMeasure) -> Axis:
    by_path = isinstance(given, str) and given.endswith(".toml")
    return Axis(
        name=measure.name,
        low=measure.low,
        high=measure.high,
        is_function=measure.source == "a function",
        file=str(Path(str(given)).expanduser().absolute()) if by_path else "",
    )


def _bins(bins: int | Sequence[int] | None, archive: str, axes: int) -> tuple[int, ...]:
    if bins is None:
        return (CELLS,) if archive == "cvt" else (BINS,) * axes
    if isinstance(bins, Sequence):
        given = tuple(as_whole(each, "bins") for each in bins)
        if not given:
            raise InputError("There are no bins.", hint="Give how many parts, such as 10.")
        return given
    whole = as_whole(bins, "bins")
    return (whole,) if archive == "cvt" else (whole,) * axes
