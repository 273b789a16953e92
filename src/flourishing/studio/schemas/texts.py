"""Texts, broods, models and kinds in requests, responses and server-sent events."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from flourishing.breeding.bed_settings import MOST_MODELS
from flourishing.breeding.brood import MOST_OFFSPRING
from flourishing.core.diff import Change, Stretch
from flourishing.core.operation import ModelOperation
from flourishing.core.sampling import SEEDS, SETTINGS
from flourishing.core.text import Span, Writer, normalize_line_ends
from flourishing.garden.rows import LONGEST_TITLE
from flourishing.kinds import MOST_WORDS, LookMedium, Medium
from flourishing.studio.problems import Problem

MOST_CHARACTERS = 1_000_000
"""The most characters of one text that a page may send."""
MOST_AT_ONCE = 5_000


def _without_nul(words: str) -> str:
    """Refuse the one character that not every garden can hold."""
    if "\0" in words:
        raise ValueError("a text cannot have the character NUL")
    return words


Number = Annotated[int, Field(ge=1, lt=2**63)]
"""The number of something in the garden."""
Prompt = Annotated[str, Field(max_length=MOST_CHARACTERS), AfterValidator(_without_nul)]
"""Words that are sent to a model exactly as they are."""
Content = Annotated[Prompt, AfterValidator(normalize_line_ends)]
"""A text that a person wrote or pasted."""
Label = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_without_nul)]
Start = Annotated[str, Field(max_length=10_000), AfterValidator(_without_nul)]
Place = Annotated[int, Field(ge=0, lt=MOST_CHARACTERS)]
Word = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_without_nul)]
Count = Annotated[int, Field(ge=1, le=MOST_OFFSPRING)]
Length = Annotated[
    int, Field(ge=1, le=MOST_WORDS, description="About how many words an offspring has.")
]
Candidates = Annotated[
    int,
    Field(
        ge=0,
        le=MOST_OFFSPRING,
        description="How many are bred where a learned taste chooses the n that are shown first; "
        "0 chooses nothing.",
    ),
]
Seen = Annotated[
    list[Annotated[int, Field(ge=0, lt=2**63)]],
    Field(
        default_factory=list,
        max_length=MOST_AT_ONCE,
        description="The numbers of the offspring in the order in which the person saw them, 0 for "
        "an empty place; by default those that are shown first. Where each one stood is kept.",
    ),
]
Seed = Annotated[int, Field(ge=0, lt=SEEDS)]
Author = Literal["person", "model"]
Mark = Literal["keep", "drop", "pin", "away"]
State = Literal["resting", "loading", "ready", "failed"]


class ResponseBody(BaseModel):
    """The body of an answer, or a part of it."""

    # An attribute with a default is always there, and the page need not ask.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class RequestBody(BaseModel):
    """The body of a request; a field that it does not have is refused."""

    model_config = ConfigDict(extra="forbid")


Body = TypeVar("Body", bound=BaseModel)


def with_sampling(body: type[Body]) -> type[Body]:
    """Give a body each setting of the sampling as a field, which is None where it is not set.

    Args:
        body: The class of the body.
    """
    fields: dict[str, Any] = {
        name: (
            (int if setting.whole else float) | None,
            Field(
                default=None,
                title=setting.title,
                description=f"{setting.about} {setting.range[0].upper()}{setting.range[1:]}.",
            ),
        )
        for name, setting in SETTINGS.items()
    }
    made: type[Body] = create_model(
        body.__name__, __base__=body, __doc__=body.__doc__, __module__=body.__module__, **fields
    )
    return made


# Texts.


class FlawBody(ResponseBody):
    """What is wrong with an offspring."""

    kind: str
    reason: str


class SourceBody(ResponseBody):
    """Where a published text was found."""

    author: str = ""
    title: str = ""
    year: int | None = None
    published: str = ""


class OriginBody(ResponseBody):
    """Where a text came from.

    In lists `prompt` and `raw` are left out; the text by itself has them.
    """

    author: Author
    at: datetime
    parents: list[int] = Field(description="The numbers of all texts of the prompt, worst first.")
    examples: int = Field(description="How many of them, from the first, only showed the form.")
    pattern: str | None
    start: str
    model: str | None
    sampling: dict[str, int | float] | None
    seed: int | None
    reproducible: bool
    finish: str | None
    source: SourceBody | None
    prompt: str | None = None
    raw: str | None = None


class TextBody(ResponseBody):
    """A text of the garden."""

    id: int
    content: str
    title: str = Field(
        description="What stands for it in a list: what it is called, or its first line."
    )
    named: str = Field(default="", description="What a person called it; empty for nothing.")
    medium: LookMedium | None = Field(
        default=None, description="What it can be rendered as; None for what is only read."
    )
    prose: bool = Field(
        default=False,
        description="Whether it is set as prose; of what was bred, the pattern says it.",
    )
    origin: OriginBody
    by: str = Field(description="Who made it, in a few words.")
    writer: Writer = Field(
        description="Who wrote it as a whole: a person here, a model, or people elsewhere, of whom "
        "it was published or brought in from."
    )
    brood: int | None
    flaws: list[FlawBody]
    marks: list[Mark]
    tags: list[str]
    spans: list[Stretch] = Field(
        description="Whose words each stretch is, from the beginning: a person's here, a model's, "
        "or, as source, those of whom it was published or brought in from."
    )
    changes: list[Change] | None = Field(
        description="Of an edit or a refinement: what it changed of the version before."
    )
    mean_logprob: float | None = Field(
        default=None,
        description="The mean log-probability of a token, as the model reported it while it wrote.",
    )


# Broods.


class MoneyBody(ResponseBody):
    """An amount of money; as words, which lose nothing."""

    amount: str
    currency: str
    shown: str


class CostBody(ResponseBody):
    """What broods have cost."""

    broods: int
    prompt: int = Field(description="Tokens read, those that were remembered among them.")
    cached: int = Field(description="Tokens that were remembered.")
    completion: int = Field(description="Tokens written.")
    first_token: float | None = Field(description="Seconds until the first words.")
    seconds: float
    money: list[MoneyBody]
    kept: int
    tokens_each_kept: float | None
    money_each_kept: list[MoneyBody]


class BroodBody(ResponseBody):
    """A brood of the garden."""

    id: int
    operation: ModelOperation
    at: datetime
    bed: int | None
    asked: int
    start: str
    pattern: str
    model: str = Field(description="Its name; of several models, all names.")
    models: list[str] = Field(description="The names of all models that wrote it.")
    seed: int
    reproducible: bool
    notes: list[str]
    parents: list[int]
    left_out: list[int]
    offspring: list[TextBody]
    first: list[int] = Field(
        description="Which offspring are shown first, by their indexes, in the order in which they "
        "are shown; empty where all are, in their order."
    )
    cost: CostBody


class RunningBody(ResponseBody):
    """A brood that is on its way."""

    key: str
    bed: int | None
    operation: ModelOperation
    n: int
    shown: int = Field(description="How many of them are shown first; n for all.")
    start: str
    start_spans: list[Span] = Field(
        default_factory=list,
        description="Who wrote which stretch of the start; none where the person wrote all of it.",
    )
    ended: bool


class Regrown(RequestBody):
    """A text of which all stays up to a word, and the rest is written anew."""

    text: Number = Field(description="The number of the text.")
    at: Place = Field(description="A character of the word, from 0.")
    word: Word | None = Field(
        default=None, description="A word that stands in its place; by default none does."
    )


@with_sampling
class BroodAsked(RequestBody):
    """What to breed: the next brood of a bed, or one from parents that are named here."""

    bed: Number | None = Field(default=None, description="Its parents, pattern and settings hold.")
    parents: list[Number | Content] | None = Field(
        default=None,
        max_length=MOST_AT_ONCE,
        description="Texts, or numbers of texts, worst first; without a bed.",
    )
    kind: Label | None = Field(
        default=None, description="The name of a kind of text; it brings its pattern."
    )
    pattern: Label | None = None
    n: Count | None = None
    start: Start | None = None
    model: Label | None = None
    models: Annotated[list[Label], Field(max_length=MOST_MODELS)] | None = Field(
        default=None, description="Several models that share the brood, in turn."
    )
    seed: Seed | None = None
    operation: ModelOperation | None = Field(
        default=None, description="Breed, refine or worsen; by default what its bed is for."
    )
    prompt: Prompt | None = Field(default=None, description="What is sent instead, this once.")
    regrow: Regrown | None = Field(
        default=None, description="Gives the start; the text itself is no parent then."
    )
    refills: Annotated[int, Field(ge=0, le=MOST_OFFSPRING)] | None = None
    candidates: Candidates | None = None
    words: Length | None = None


# What a person does with texts.


class Written(RequestBody):
    """Texts that a person wrote or pasted."""

    texts: Annotated[list[Content], Field(min_length=1, max_length=MOST_AT_ONCE)]
    keep: bool = True
    bed: Number | None = Field(default=None, description="The bed whose parents they join.")


class Marked(RequestBody):
    """A mark that is given to texts, or taken back."""

    mark: Mark
    ids: Annotated[list[Number], Field(min_length=1, max_length=MOST_AT_ONCE)]
    on: bool = True
    bed: Number | None = None
    seen: Seen


class Tagged(RequestBody):
    """A tag that is put on texts, or taken off."""

    tag: Label
    ids: Annotated[list[Number], Field(min_length=1, max_length=MOST_AT_ONCE)]
    on: bool = True


class UndoneAct(ResponseBody):
    """An act that was taken back."""

    kind: str = Field(description="What it was, such as `keep`, `tag` or `import`.")
    texts: list[TextBody] = Field(description="The texts that it marked or brought, as they are.")


class Titled(RequestBody):
    """What a text is called; its words stay as they are."""

    title: Annotated[str, Field(max_length=LONGEST_TITLE), AfterValidator(_without_nul)]
    bed: Number | None = None


class Edited(RequestBody):
    """A person's edit."""

    content: Content
    bed: Number | None = None


# One word at a time.


class LikelyWordBody(ResponseBody):
    """A word, and how likely it is in a place."""

    text: str
    probability: float = Field(description="From 0 to 1, after all that stands before it.")


class OtherWordsBody(ResponseBody):
    """What the model would write in the place of a word."""

    text: int = Field(description="The number of the text.")
    begin: int = Field(description="Where the word begins, in characters from 0.")
    word: str = Field(description="The word that stands there.")
    probability: float | None = Field(
        description="How likely it is there; null where the model does not say."
    )
    others: list[LikelyWordBody] = Field(description="Other words, the likeliest first.")
    model: str


class WordPut(RequestBody):
    """A word that takes the place of another."""

    at: Place = Field(description="A character of the word that goes, from 0.")
    word: Word
    bed: Number | None = Field(default=None, description="The bed in which the edit stands then.")


# Models and patterns.


class ModelBody(ResponseBody):
    """A base model."""

    name: str = Field(description="By which it is chosen.")
    title: str
    state: State
    problem: str | None = Field(description="Why it failed, and what to do.")
    here: bool = Field(description="Whether it runs on this machine, and costs nothing.")
    chosen: bool = Field(description="Whether it is the one used where none is named.")


class KindBody(ResponseBody):
    """A kind of text: what its texts are called, and how they are shown."""

    name: str
    title: str
    noun: str
    plural: str
    medium: Medium
    pattern: str = Field(description="The pattern that is used where none is named.")
    library: str = Field(description="The collection from which it is bred first; or empty.")
    finished: str = Field(description="The collection that an accepted text of it joins.")
    refinements: str = Field(description="The collection that the versions of it join.")
    sampling: dict[str, float] = Field(description="Its usual settings, where they are its own.")
    example: str = Field(description="How a text of it begins; empty where none is shipped.")


class PatternBody(ResponseBody):
    """A pattern."""

    name: str
    about: str
    chains: bool = Field(description="Whether it is for chains.")


class BegunBody(ResponseBody):
    """The event `brood`: what is about to be sent, and who stands in it."""

    key: str
    bed: int | None
    operation: ModelOperation
    n: int
    shown: int
    start: str
    start_spans: list[Span] = Field(default_factory=list)
    prompt: str
    parents: list[TextBody]
    left_out: list[TextBody]
    note: str


class ReadingBody(ResponseBody):
    """The event `reading`: how far the model has read the prompt, in tokens."""

    read: int
    total: int


class TokenBody(ResponseBody):
    """The event `token`: some new text of one offspring."""

    index: int
    text: str


class OffspringBody(ResponseBody):
    """The event `offspring`: one is whole; and `flawed`: one is, and may be replaced."""

    index: int
    text: TextBody


class AgainBody(ResponseBody):
    """The event `again`: a flawed one is being replaced."""

    index: int
    reason: str


class WaitingBody(ResponseBody):
    """The event `waiting`: a server is waited for."""

    seconds: float
    why: str


class NoticeBody(ResponseBody):
    """The event `notice`: what a person should know."""

    words: str


class DoneBody(ResponseBody):
    """The event `done`: the brood as it was saved; None if nothing came before it was stopped."""

    brood: BroodBody | None


class ChangedBody(ResponseBody):
    """The event `changed` of a bed: how it stands now.

    A new name is no act: it does not change the revision.
    """

    revision: int
    name: str
    running: str | None = Field(description="The key of the brood on its way.")


EVENTS: Final[dict[str, type[BaseModel]]] = {
    "brood": BegunBody,
    "reading": ReadingBody,
    "waiting": WaitingBody,
    "notice": NoticeBody,
    "token": TokenBody,
    "flawed": OffspringBody,
    "again": AgainBody,
    "offspring": OffspringBody,
    "done": DoneBody,
    "error": Problem,
}
"""The events of a brood, and the name of each."""

EVENT: Final = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "event": {"enum": list(EVENTS)},
        "data": {"type": "string", "description": "The event's body, as JSON."},
    },
    "required": ["id", "event", "data"],
}
"""One of them, as those who read descriptions of streams take it."""
