"""What is said over the wire of beds, both ways."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from flourishing.breeding.bed_settings import MOST_MODELS
from flourishing.breeding.brood import MOST_OFFSPRING
from flourishing.core.sampling import Setting
from flourishing.core.text import normalize_line_ends
from flourishing.kinds import LookMedium
from flourishing.studio.schemas.texts import (
    MOST_AT_ONCE,
    BroodBody,
    Candidates,
    Content,
    Count,
    KindBody,
    Label,
    Length,
    ModelBody,
    Number,
    PatternBody,
    Prompt,
    RequestBody,
    ResponseBody,
    RunningBody,
    Seed,
    Seen,
    Start,
    TextBody,
    with_sampling,
)

PatternPart = Annotated[Start, AfterValidator(normalize_line_ends)]


class ExamplesBody(BaseModel):
    """Which chains show the form while refining."""

    model_config = ConfigDict(extra="forbid")

    seed: Seed
    take: Annotated[int, Field(ge=1, le=1_000)]


class PatternForm(BaseModel):
    """A pattern part by part, as it can be stored with a bed."""

    model_config = ConfigDict(extra="forbid")

    name: PatternPart
    separator: PatternPart
    header: PatternPart = ""
    prefix: PatternPart = ""
    stop: Annotated[list[PatternPart], Field(max_length=20)] = []
    start: PatternPart = ""
    max_tokens: int = 200
    max_parents: int | None = None
    description: PatternPart = ""


class PatternProblemBody(ResponseBody):
    """What is wrong with one part of a pattern."""

    part: str
    words: str


class PatternTried(ResponseBody):
    """The parents of a bed, written in a pattern that is tried."""

    prompt: str = Field(description="Empty where something is wrong.")
    problems: list[PatternProblemBody]


@with_sampling
class SettingsBody(ResponseBody):
    """What else is set in a bed; None is the default."""

    model: str | None = None
    models: list[str] = Field(
        default_factory=list, description="Several models that share each brood, or none."
    )
    refills: int | None = None
    candidates: int | None = None
    words: int | None = Field(default=None, description="About how many words an offspring has.")
    prompt: str | None = Field(default=None, description="A prompt that was fixed by hand.")
    own_pattern: PatternForm | None = Field(
        default=None, description="A pattern that is the bed's own, in place of the named one."
    )
    examples: ExamplesBody | None = None


@with_sampling
class SettingsAsked(RequestBody):
    """What to set in a bed; null takes a setting back, and what is left out stays."""

    model: Label | None = None
    models: Annotated[list[Label], Field(max_length=MOST_MODELS)] | None = None
    refills: Annotated[int, Field(ge=0, le=MOST_OFFSPRING)] | None = None
    candidates: Candidates | None = None
    words: Length | None = None
    prompt: Prompt | None = None
    own_pattern: PatternForm | None = None
    examples: ExamplesBody | None = None


class SettingBody(ResponseBody):
    """A setting of the sampling, as a form shows it."""

    name: str
    title: str
    about: str
    usual: str = Field(description="What holds when it is not set; empty: what the pattern says.")
    least: float
    most: float | None
    step: float

    @classmethod
    def of(cls, setting: Setting) -> SettingBody:
        """Give a setting; bounds that it must not reach are a step further in.

        Args:
            setting: The setting of the sampling.
        """
        most = setting.most
        return cls(
            name=setting.name,
            title=setting.title,
            about=setting.about,
            usual=setting.usual,
            least=setting.least + (setting.step if setting.above else 0),
            most=None if most is None else most - (setting.step if setting.below else 0),
            step=setting.step,
        )


class PresetBody(ResponseBody):
    """Settings of the sampling with a name, from tame to wild."""

    name: str
    about: str
    settings: dict[str, float]


class ChainBody(ResponseBody):
    """A chain of versions, worst first."""

    versions: list[TextBody]
    title: str
    offspring: int = Field(description="How many offspring it helped to give.")
    kept: int = Field(description="How many of those were kept.")


class BedBody(ResponseBody):
    """A bed as it stands."""

    id: int
    name: str
    at: datetime
    pattern: str
    form: PatternForm | None = Field(
        description="The pattern that its parents are written in; null where it is not there."
    )
    kind: KindBody
    start: str
    n: int
    settings: SettingsBody
    parents: list[TextBody]
    too_many: str = Field(
        description="In words, that there are more parents than do good; empty where there are not."
    )
    brood: BroodBody | None
    shown: list[TextBody | None] = Field(
        description="What stands in each place: an edit for what it is one of, null if dropped."
    )
    chain: list[TextBody] = Field(description="The versions under work, worst first.")
    later: list[TextBody] = Field(description="Versions that were gone back from.")
    examples: list[ChainBody] = Field(description="The chains that show the form.")
    running: RunningBody | None
    undo: str | None = Field(description="What undoing would take back.")
    redo: str | None = Field(description="What redoing would do again.")
    revision: int = Field(description="The number of the last act in it.")


class StudioBody(ResponseBody):
    """What the page has to know first."""

    version: str
    garden: str
    bed: BedBody = Field(description="The bed that was tended last.")
    first_visit: bool
    can_log_out: bool = Field(description="Whether this browser has a session that can be ended.")
    models: list[ModelBody]
    patterns: list[PatternBody]
    settings: list[SettingBody] = Field(description="What can be set of the sampling.")
    presets: list[PresetBody] = Field(description="Settings with a name, the tamest first.")
    kinds: list[KindBody]
    draws: bool = Field(description="Whether the configuration describes a model called `image`.")


class LastBody(ResponseBody):
    """A text that stands for a bed in the list of beds."""

    id: int
    content: str
    medium: LookMedium | None = Field(description="What is seen or heard of it; null for words.")


class BedSummary(ResponseBody):
    """A bed in the list of beds."""

    id: int
    name: str
    at: datetime
    changed: datetime
    parents: int
    broods: int
    last: list[LastBody] = Field(description="A few of its last offspring, or of its parents.")
    refining: bool
    away: bool
    kind: KindBody


class BedBegun(RequestBody):
    """A new bed; without parents, with some of what ships and what the person finished."""

    name: Label | None = None
    parents: list[Number | Content] | None = Field(default=None, max_length=MOST_AT_ONCE)
    pattern: Label | None = None
    kind: Label | None = Field(default=None, description="The name of a kind of text.")


class BedChanged(RequestBody):
    """What to change in a bed; what is left out stays.

    With `parents_seen` or `chain_seen`, what somebody else added or took out meanwhile stays so.
    """

    parents: list[Number] | None = Field(default=None, max_length=MOST_AT_ONCE)
    parents_seen: list[Number] | None = Field(
        default=None,
        max_length=MOST_AT_ONCE,
        description="The parents from which the new ones were made up.",
    )
    pattern: Label | None = None
    kind: Label | None = Field(
        default=None, description="The name of a kind of text; it brings its pattern."
    )
    start: Start | None = None
    n: Count | None = None
    chain: list[Number] | None = Field(default=None, max_length=MOST_AT_ONCE)
    chain_seen: list[Number] | None = Field(
        default=None,
        max_length=MOST_AT_ONCE,
        description="The versions from which the new ones were made up.",
    )
    later: list[Number] | None = Field(default=None, max_length=MOST_AT_ONCE)
    settings: SettingsAsked | None = None
    away: bool | None = None
    name: Label | None = None
    seen: Seen


class ParentsTaken(RequestBody):
    """Take parents from collections."""

    sources: list[Label] = Field(
        default_factory=list,
        max_length=20,
        description="None: what ships first, and at its end the newest of one's own.",
    )
    how: Literal["random", "newest", "all"] = "random"
    take: Annotated[int, Field(ge=1, le=1_000)] | None = None
    replace: bool = True


class EstimateBody(ResponseBody):
    """A share from 0 to 1, with its interval of 95 %."""

    value: float
    low: float
    high: float


class TasteBody(ResponseBody):
    """What the marks in all beds of a kind of text tell of the person's taste."""

    can_tell: bool = Field(description="Whether it is surely better than chance.")
    may_choose: bool = Field(
        description="Whether it is probably better than chance, and so chooses what is shown first."
    )
    sentence: str = Field(description="How well it predicts, or why it cannot tell yet.")
    basis: str = Field(description="What it was learned from, in words.")
    accuracy: EstimateBody | None = Field(
        description="The share of pairs of a kept and a dropped text, both unseen, that it puts in "
        "the right order; null where there are too few."
    )
    marks: dict[str, int] = Field(description="How many marks of each kind there are.")
    first_half: EstimateBody | None = Field(
        description="The share of picks that stood in the first half of what was shown; null for "
        "fewer than ten."
    )
    position: str = Field(description="Whether it matters where texts stand, in words.")


class RoundBody(ResponseBody):
    """A round of a bed: how many were kept, and how much it says again."""

    brood: int = Field(description="The number of its brood.")
    at: datetime
    offspring: int
    kept: int
    echo: float = Field(
        description="The share of its words that stand in runs of three taken from its parents."
    )
    echoes: int = Field(description="How many are marked as copies or collages.")
    monotonous: int = Field(description="How many are marked as saying the same over and over.")
    reason: str = Field(description="What is wrong with it, in words; empty for nothing.")


class ExchangeBody(ResponseBody):
    """A parent that the last broods repeat, and another text that could take its place."""

    out: TextBody = Field(description="The parent.")
    into: TextBody = Field(description="The text of the library.")
    share: float = Field(
        description="The share of the words of the last broods that stand in runs taken from it."
    )
    reason: str = Field(description="Why, in words.")


class ExchangeAsked(RequestBody):
    """A parent that is to go, and the text that comes for it."""

    out: Number = Field(description="The number of the parent.")
    into: Number = Field(description="The number of the text that comes.")


class ExchangesAsked(RequestBody):
    """What to exchange of what was suggested, or anything else."""

    exchanges: list[ExchangeAsked] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Accepted(RequestBody):
    """Where a finished text and its chain go; by default, where those of its kind do."""

    poems: Label | None = Field(default=None, description="The collection that the text joins.")
    refinements: Label | None = Field(
        default=None, description="The collection that its chain joins."
    )


class Turned(ResponseBody):
    """What was undone or redone."""

    act: str | None
    words: str = Field(description="The same in words, with the first words of the text.")
    bed: BedBody


class PromptBody(ResponseBody):
    """The exact prompt that the next brood would be bred from."""

    prompt: str
    tokens: int
    known: int = Field(description="How many characters of it, from the first, were read before.")
    known_tokens: int
    parents: list[int]
    left_out: list[int]
    note: str
    fixed: bool = Field(description="Whether a person fixed it by hand.")
