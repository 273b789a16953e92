"""Runs in requests, responses and server-sent events."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from flourishing.core.sampling import SEEDS
from flourishing.studio.problems import Problem
from flourishing.studio.schemas.texts import (
    Content,
    CostBody,
    Label,
    NoticeBody,
    Number,
    RequestBody,
    ResponseBody,
    Start,
    TextBody,
)

Spot = tuple[Annotated[int, Field(ge=0, le=10**7)], Annotated[int, Field(ge=0, le=10**7)]]
"""A square of the map: its column and its row, from 0."""
RunState = Literal["running", "stopped", "done", "failed", "interrupted"]
"""How a run stands; "interrupted" where its process was killed."""


class BudgetBody(ResponseBody):
    """What a run may take; null for no bound."""

    completions: int | None
    tokens: int | None
    money: str | None
    seconds: float | None


class BudgetAsked(RequestBody):
    """What a run may take in all, what it took before included; it ends with the first bound."""

    completions: Annotated[int, Field(ge=1, le=10**7)] | None = None
    tokens: Annotated[int, Field(ge=1, le=10**12)] | None = None
    money: Annotated[Decimal, Field(gt=0, le=10**6, max_digits=20)] | None = None
    seconds: Annotated[float, Field(gt=0, le=10**8)] | None = None


class RunAsked(RequestBody):
    """A run that is to begin: with the parents of a bed, collections or texts, or what is usual."""

    name: Annotated[str, Field(max_length=200)] | None = None
    bed: Number | None = None
    collections: Annotated[list[Label], Field(default_factory=list, max_length=20)]
    texts: Annotated[list[Number | Content], Field(default_factory=list, max_length=5_000)]
    kind: Label | None = None
    measures: Annotated[list[Label], Field(min_length=1, max_length=4)] | None = None
    quality: Label | None = None
    budget: BudgetAsked | None = None
    archive: Literal["grid", "cvt", "novelty"] = "grid"
    bins: Annotated[int, Field(ge=1, le=10_000)] | None = None
    emitter: Label | None = None
    parents: Annotated[int, Field(ge=1, le=100)] | None = None
    batch: Annotated[int, Field(ge=1, le=256)] | None = None
    seed: Annotated[int, Field(ge=0, lt=SEEDS)] | None = None
    start: Start = ""
    model: Annotated[str, Field(max_length=4_000)] | None = None


class GoOnAsked(RequestBody):
    """A run that is to go on; without a budget, with the one that it has."""

    budget: BudgetAsked | None = None


class BentAsked(RequestBody):
    """Squares of the map near which parents are drawn from now on; none for all of it."""

    towards: Annotated[list[Spot], Field(max_length=1_000)]


class PutAsked(RequestBody):
    """Texts that a person puts into a run."""

    texts: Annotated[list[Number | Content], Field(min_length=1, max_length=1_000)]


class MeasureBody(ResponseBody):
    """A measure: what it says of a text, and its range."""

    name: str
    low: float
    high: float
    unit: str
    about: str
    source: str
    media: list[str] = Field(description="The media of the kinds that have it; empty for all.")


class TripleBody(ResponseBody):
    """Three texts that a run keeps, to be asked which two are alike."""

    texts: list[TextBody]
    answers: int = Field(description="How many answers there are so far.")
    needed: int = Field(description="How many more a measure needs.")
    name: str = Field(description="A name for the measure that none has.")


class AlikeAsked(RequestBody):
    """An answer: two texts are alike, and the third is not."""

    alike: Annotated[list[Number], Field(min_length=2, max_length=2)]
    odd: Number


class LearnedAsked(RequestBody):
    """A measure that is to be made of the answers."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class KindMeasures(ResponseBody):
    """The measures of a kind where nobody names others."""

    kind: str
    medium: str
    measures: list[str]
    quality: str


class RunChoices(ResponseBody):
    """What a run can be begun with."""

    measures: list[MeasureBody]
    kinds: list[KindMeasures]
    emitters: list[str]
    archives: list[str]
    completions: int = Field(description="The budget where nobody says otherwise.")


class RunSummary(ResponseBody):
    """A run in a list."""

    id: int
    name: str
    at: datetime
    state: RunState
    here: bool = Field(description="Whether it goes on just now, in this studio.")
    reason: str = Field(description="Why it ended.")
    kind: str
    measures: list[str]
    quality: str
    completions: int
    tokens: int
    budget: BudgetBody | None = Field(description="Null where another version stored it.")
    kept: int = Field(description="Texts that it kept when they came.")


class ElitesBody(ResponseBody):
    """Texts of an archive: the n-th entry of each list belongs to the n-th text."""

    text: list[int] = Field(description="The number of the text.")
    cell: list[int]
    x: list[int] = Field(description="The column of the map, by the first measure.")
    y: list[int] = Field(description="The row, by the second; 0 where there is one measure.")
    quality: list[float]
    measures: list[list[float]]
    line: list[str] = Field(description="How the text begins.")
    own: list[bool] = Field(description="Whether the person wrote it, and it was not published.")


class HistoryBody(ResponseBody):
    """How a run grew: an entry for each step."""

    completions: list[int]
    qd_score: list[float]
    coverage: list[float]


class AxisBody(ResponseBody):
    """A measure with the range that it has in a run."""

    name: str
    low: float
    high: float


class RunBody(RunSummary):
    """A run with its archive as it stands. That a run keeps a text is a machine's choice."""

    medium: str
    model: str
    emitter: str
    seed: int
    form: Literal["grid", "cvt", "novelty"]
    axes: list[AxisBody]
    quality_axis: AxisBody
    cells: int
    columns: int = Field(description="Of the map.")
    rows: int
    qd_score: float
    coverage: float
    elites: ElitesBody
    history: HistoryBody
    bends: list[Spot]
    pinned: list[int] = Field(description="Its texts that a person pinned.")
    dropped: list[int] = Field(description="Its texts that a person dropped.")
    waiting: int = Field(description="Texts that were put in and are not measured yet.")
    cost: CostBody
    seconds: float = Field(description="How long it has been open.")
    event: int = Field(description="The last of its events that is in this; 0 for none.")


class RunStepBody(ResponseBody):
    """The event `step`: what came of one prompt."""

    number: int
    emitter: str
    completions: int
    tokens: int
    seconds: float
    qd_score: float
    coverage: float
    kept: int
    left: float | None = Field(description="About how many seconds are left.")
    rate: float = Field(description="Completions a minute.")
    error: str
    outcomes: dict[str, int]
    elites: ElitesBody = Field(description="What came into the archive.")


class RunEndBody(ResponseBody):
    """The event `ended`: how the run stands when nothing more comes."""

    state: RunState
    reason: str


RUN_EVENTS: Final[dict[str, type[BaseModel]]] = {
    "step": RunStepBody,
    "notice": NoticeBody,
    "error": Problem,
    "ended": RunEndBody,
}
"""The events of a run, and the name of each."""
