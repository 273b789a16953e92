"""Requests and responses of the library: collections, lists, import, export and lineages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from flourishing.app.share import Form, Scope, ShareRequest
from flourishing.app.text_query import TextQuery
from flourishing.core.diff import Change
from flourishing.core.text import Writer
from flourishing.errors import InputError
from flourishing.formats.family import Edge
from flourishing.formats.family.graph import Measures
from flourishing.formats.picture import Look, Size
from flourishing.garden.lineage import Way
from flourishing.kinds import LookMedium
from flourishing.studio.schemas.beds import ChainBody
from flourishing.studio.schemas.texts import (
    MOST_AT_ONCE,
    Content,
    CostBody,
    Label,
    Mark,
    Number,
    RequestBody,
    ResponseBody,
    TextBody,
)

Export = Literal["markdown", "jsonl", "plain", "preferences"]
Book = Literal["html", "epub", "pdf"]
Numbers = Annotated[list[Number], Field(min_length=1, max_length=MOST_AT_ONCE)]
Index = Annotated[int, Field(ge=0, lt=2**31)]
Line = Annotated[str, Field(max_length=500)]


class CollectionSummary(ResponseBody):
    """A collection in the list of collections."""

    name: str
    title: str
    pattern: str
    kind: str = Field(description="The name of the kind of text that it holds.")
    chains: bool = Field(description="Whether it holds chains, or else texts.")
    items: int
    shipped: int = Field(description="How many of them ship.")
    own: int = Field(description="How many of them stand in a file of the person's own.")
    grown: int = Field(description="How many of them were put there in the garden.")
    problem: str | None = Field(description="Why it cannot be shown, and what to do.")


class ItemBody(ResponseBody):
    """A text or a chain of a collection, and what came of it as an example."""

    index: int = Field(description="Its place in the collection, from 0.")
    text: TextBody | None
    chain: ChainBody | None
    grown: bool = Field(description="Whether it was put there in the garden, and can be taken off.")
    offspring: int
    kept: int


class CollectionBody(ResponseBody):
    """A collection, and a page of what stands in it."""

    about: CollectionSummary
    items: list[ItemBody]


class Shelved(RequestBody):
    """Texts to put on a shelf; where it holds chains, each with the versions before it."""

    ids: Numbers


class ItemsAsked(RequestBody):
    """Items of a collection, by their places in it."""

    indexes: Annotated[list[Index], Field(min_length=1, max_length=MOST_AT_ONCE)]


class TagBody(ResponseBody):
    """A tag."""

    label: str
    texts: int


class EchoBody(ResponseBody):
    """Another text in which words of this one stand."""

    where: Literal["parent", "garden", "library"]
    text: TextBody
    run: str = Field(description="The longest run of words that both have, on one line.")
    words: int
    similarity: float
    near_copy: bool


class ParentBody(ResponseBody):
    """A text of a prompt."""

    text: TextBody
    role: Literal["parent", "example"]


class OfBrood(ResponseBody):
    """The brood that a text is of."""

    id: int
    operation: str
    at: datetime
    bed: int | None
    bed_name: str
    offspring: int
    notes: list[str]
    cost: CostBody


class TextPage(ResponseBody):
    """All that the page of a text shows."""

    text: TextBody
    versions: list[TextBody] = Field(description="What it went through, itself last.")
    parents: list[ParentBody] = Field(description="All texts of its prompt, worst first.")
    children: list[TextBody] = Field(description="What came of it, the newest first.")
    more_children: bool
    shelves: list[str] = Field(description="The collections on which it was put.")
    runs: list[str] = Field(
        description="The runs that kept it when it came: a machine's choice, for ever."
    )
    brood: OfBrood | None


class FileChange(ResponseBody):
    """What reading a page back would do, or did."""

    kind: Literal["new", "edited", "tagged"]
    name: str
    content: str


class ImportResponse(ResponseBody):
    """What a file holds, or what was brought in from it."""

    format: str
    count: int
    texts: list[TextBody] = Field(description="The first of them; numbered once they are stored.")
    ids: list[int] = Field(description="The numbers of all that are stored, in their order.")
    fresh: list[int] = Field(description="The numbers of all that were stored and not here before.")
    known: int = Field(description="How many of the texts were here before.")
    notes: list[str]
    changes: list[FileChange] = Field(description="Of pages read back: what becomes of each.")
    stored: bool
    act: int | None = Field(description="The act by which it was brought in, to take it back.")


class TextsRequest(RequestBody):
    """Which texts are meant: by their numbers, in this order, all of a collection, or all found.

    Texts are found by words, a mark, a tag and a bed, of which all that are given must match.
    """

    ids: Numbers | None = None
    collection: Label | None = None
    words: Annotated[str, Field(max_length=1_000)] = ""
    mark: Mark | None = None
    tag: Label | None = None
    bed: Number | None = Field(
        default=None, description="The bed in which they were bred, edited or marked."
    )
    everything: bool = Field(
        default=False,
        description="Whether those that are not kept are meant too.",
    )

    def query(self) -> TextQuery:
        """Give it as the query of a garden; where no mark is given, for what is kept."""
        found = self.ids is None and self.collection is None
        default: Mark | None = "keep" if found and not self.everything else None
        return TextQuery(
            ids=None if self.ids is None else tuple(self.ids),
            collection=self.collection,
            words=self.words,
            mark=self.mark or default,
            tag=self.tag,
            bed=self.bed,
        )

    @model_validator(mode="after")
    def _is_one_query(self) -> TextsRequest:
        try:
            self.query()
        except InputError as error:
            raise ValueError(f"{error} {error.hint}") from error
        return self


class ExportRequest(TextsRequest):
    """What to write out; without texts, what is kept."""

    form: Export = "markdown"
    passed: bool = Field(
        default=False, description="Of preferences: whether also over what was not marked."
    )


class ChapbookRequest(TextsRequest):
    """A chapbook; without texts, what is kept, the first kept first."""

    title: Line
    by: Line = ""
    note: Annotated[Content, Field(max_length=10_000)] = ""
    form: Book = "html"


class ShareQuery(RequestBody):
    """What is shared, and how."""

    form: Form = "picture"
    scope: Scope | None = Field(
        default=None,
        description="By default a page has what the text came from, and else the text is alone.",
    )
    examples: bool = Field(
        default=False, description="Whether texts that only showed the form are shown too."
    )
    size: Size | None = Field(
        default=None,
        description="Of a picture; by default portrait for a text, long for a family.",
    )
    look: Look = Field(default="day", description="Of a picture.")
    title: Line = ""
    by: Line = Field(default="", description="Whose it is, as they want to be named.")
    credit: bool = Field(default=False, description="Whether it says who wrote it.")

    def request(self, text_id: int) -> ShareRequest:
        """Give it as the request of the use case.

        Args:
            text_id: The number of the text.
        """
        return ShareRequest(id=text_id, **self.model_dump())


class SharedContents(ResponseBody):
    """What a file to share has in it."""

    texts: int
    names: list[str] = Field(description="The people and sources that it names.")
    models: list[str] = Field(description="The names of models in it.")


class RelativeBody(ResponseBody):
    """A text of a family, by its first words; ask for the text itself to read it."""

    id: int
    name: str = Field(description="Its first words.")
    line: str = Field(description="The first line that no other text of the family has.")
    difference: list[Change] = Field(
        description="Of an edit or a refinement: what it changed first, with a few words around."
    )
    changes: int = Field(description="In how many places it differs from the version before.")
    brood: int | None
    behind: list[int] = Field(description="The other texts of its brood that stand behind it.")
    kind: Writer = Field(
        description="Who wrote it: a person here, a model, or people elsewhere, of whom it was "
        "published or brought in from."
    )
    by: str = Field(description="Who made it, in a few words.")
    medium: LookMedium | None = Field(
        default=None,
        description="What it can be rendered as, in a family that is drawn as cards.",
    )
    layer: int = Field(description="One below the lowest of its parents, from 0.")
    marks: list[Mark]
    flawed: bool
    x: float = Field(description="Where its middle stands, in CSS pixels.")
    y: float


class FamilyBody(ResponseBody):
    """The family of a text."""

    root: int
    way: Way
    measures: Measures = Field(description="How large the texts are drawn, and how far apart.")
    whole: bool = Field(description="Whether these are all; else the nearest of them.")
    count: int = Field(description="How many texts these are, with those that stand behind others.")
    texts: list[RelativeBody] = Field(description="By layers, and in each by their numbers.")
    edges: list[Edge] = Field(description="Those of a child in the order of its prompt.")


class DiffBody(ResponseBody):
    """What one text has of another, word by word."""

    id: int
    to: int
    changes: list[Change] = Field(
        description="What only the other has is gone, what only this one has is new."
    )


class StepBody(ResponseBody):
    """A text on the way to another, and what it changed of the one before it."""

    text: TextBody
    changes: list[Change] = Field(description="Empty of the first.")


class LastKeptBody(ResponseBody):
    """The text that was kept last."""

    id: int | None


# Prompts.


class TaskBody(ResponseBody):
    """A task for prompts: inputs with the answers that are expected."""

    name: str
    title: str
    examples: int = Field(description="How many examples it has.")
    digest: str = Field(description="Of its examples: another one where the task was changed.")


class FiguresBody(ResponseBody):
    """How well a prompt does with the inputs of a task by which prompts are chosen."""

    prompt: str
    model: str
    logprob: float | None = Field(
        description="The mean log-probability of a token of the expected answers; 0 at the most."
    )
    accuracy: float | None = Field(
        description="The share of inputs whose answer is likelier than all wrong ones."
    )
    inputs: int = Field(description="How many inputs count.")
    given_away: list[str] = Field(description="Inputs that the prompt has with their answers.")


class AnswerBody(ResponseBody):
    """What a model answers to a prompt on one input."""

    input: str
    answer: str
    expected: list[str]
    right: bool = Field(description="Whether it begins with one of the expected answers.")


class AnswersBody(ResponseBody):
    """What a model answers to a prompt, and its figures beside those of its parents."""

    figures: FiguresBody
    answers: list[AnswerBody]
    parents: list[FiguresBody]
    gain: float | None = Field(
        description="How much more log-probability a token it has than the best of its parents."
    )


# Pictures that models made.


class PictureAsked(RequestBody):
    """What picture of a text a model is to make."""

    model: Label | None = Field(
        default=None,
        description='A model that the configuration describes; by default the one called "image".',
    )
    size: Annotated[str, Field(max_length=20)] = Field(
        default="1024x1024", description="Width and height in pixels, or auto."
    )


class PictureBody(ResponseBody):
    """A picture that a model made of a text; its file is at `/api/pictures/{id}`."""

    id: int
    at: datetime
    model: str
    media_type: str
    width: int
    height: int
