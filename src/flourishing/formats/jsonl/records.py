"""What stands in a line of our own JSONL, from version 2 on: one record of one kind.

A text is named by its identity, which vouches for its content and its whole origin. Chains, broods
and beds have no identity of their own: they have a `key`, which counts within one file.

`docs/garden.md` describes the format for those who read or write it elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints, TypeAdapter

from flourishing.breeding.bed_settings import BedSettings
from flourishing.breeding.brood import MOST_OFFSPRING
from flourishing.core.operation import Operation
from flourishing.core.sampling import Sampling
from flourishing.core.text import Source, Text
from flourishing.errors import InputError
from flourishing.models import Usage
from flourishing.patterns import Pattern
from flourishing.stored_form import USAGE, read_fields, write_fields

Key: TypeAlias = Annotated[int, Field(ge=0, lt=2**63)]
Whole: TypeAlias = Annotated[int, Field(ge=0, lt=2**31)]
Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Number: TypeAlias = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Identity: TypeAlias = Annotated[str, StringConstraints(pattern=r"^b2:[0-9a-f]{64}$")]
Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Mark: TypeAlias = Literal["keep", "drop", "pin", "away"]
Labelled: TypeAlias = Literal["tag", "title"]


def _time(at: str) -> str:
    """Give a time as it is written in a garden."""
    try:
        return datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError as error:
        raise ValueError("at") from error


def _settings(given: object) -> BedSettings:
    """Take the settings of a bed; what nothing could be bred with is refused."""
    if isinstance(given, BedSettings):
        return given
    if not isinstance(given, Mapping):
        raise TypeError("settings")
    try:
        return BedSettings.of(given)
    except InputError as error:
        raise ValueError(f"{error} {error.hint}") from error


def _without_nul(words: str) -> str:
    if "\0" in words:
        raise ValueError("it has the character NUL")
    return words


Time: TypeAlias = Annotated[str, AfterValidator(_time)]


RunOutcome: TypeAlias = Literal[
    "new",
    "better",
    "worse",
    "duplicate",
    "flawed",
    "unmeasured",
    "seed",
    "dropped",
    "restored",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRecord:
    """A text.

    Attributes:
        text: The text; its parents are known by their identities, without parents of their own.
        brood: The key of the brood that names it among its offspring, or None.
        chosen: Whether it was asked for, and is not only what another text came from.
        complete: Whether all that it has in common with others is stored with `brood`.
        marks: What was said of it; in version 1 alone, marks are records later.
        tags: Words that were put on it; likewise.
        brought_in: Whether it had come by an import into the garden that wrote the file.
    """

    text: Text
    brood: int | None = None
    chosen: bool = False
    complete: bool = True
    marks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    brought_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRecord:
    """Versions of a text, worst first.

    Attributes:
        key: Its key in this file.
        versions: The identities of the versions.
        source: Where it was found, or None.
    """

    key: Key
    versions: Annotated[tuple[Identity, ...], Field(min_length=1)]
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentRecord:
    """A text that a brood was bred from.

    Attributes:
        text: Its identity.
        role: What it was in the prompt.
        chain: The key of the chain that it stood there as a version of, or None.
    """

    text: Identity
    role: Literal["parent", "example", "left out"]
    chain: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OffspringRecord:
    """A text that came in a brood.

    Attributes:
        text: Its identity.
        place: Its place in the brood, from 0; None in a brood that was not saved as one.
        aside: Whether it was replaced by a better one.
    """

    text: Identity
    place: Key | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BroodRecord:
    """One act of breeding; or texts that only have their origin in common, without `asked`.

    Attributes:
        key: Its key in this file.
        kind: How it came to be.
        at: When it was saved, in UTC.
        offspring: What came, by its places.
        asked: How many were asked for.
        bed: The key of the bed in which it was bred, or None.
        parents: What it was bred from, worst first.
        prompt: The exact prompt.
        pattern: How the prompt was rendered, as `Pattern` has it.
        start: What every offspring begins with.
        model: The name of the model.
        sampling: How tokens were drawn, as `Sampling` has it.
        seed: The seed of the brood.
        reproducible: Whether the same seed gives the same brood.
        notes: What a person should know about it, in words.
        usage: What it cost in tokens and in seconds.
        prices: What tokens cost when it was bred, or None.
        first: The places of the offspring that are shown first, in their order; empty for all.
        parts: Of a brood that several models shared, the keys of the broods that each of them gave;
            these have the offspring, the parents and the prompts.
    """

    key: Key
    kind: Operation
    at: Time
    offspring: tuple[OffspringRecord, ...]
    asked: Key | None = None
    bed: Key | None = None
    parents: tuple[ParentRecord, ...] = ()
    prompt: str | None = None
    pattern: Mapping[str, Any] | None = None
    start: str = ""
    model: str | None = None
    sampling: Mapping[str, Any] | None = None
    seed: Number | None = None
    reproducible: bool = False
    notes: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    prices: Mapping[str, Any] | None = None
    first: tuple[Key, ...] = ()
    parts: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRecord:
    """A collection, in the order in which its items came: either texts or chains.

    Attributes:
        name: What it is called.
        title: What it is, in a few words.
        pattern: The name of the pattern that suits it.
        kind: The name of the kind of its texts; "" where it follows from the pattern.
        texts: The identities of its texts.
        chains: The keys of its chains.
    """

    name: Name
    title: str = ""
    pattern: Annotated[str, StringConstraints(max_length=200)] = "poems"
    kind: Annotated[str, StringConstraints(max_length=200)] = ""
    texts: tuple[Identity, ...] = ()
    chains: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BedRecord:
    """A bed, as it stands.

    Attributes:
        key: Its key in this file.
        name: What it is called.
        at: When it was begun, in UTC; to the microsecond, so that no two began together.
        parents: The identities of what the next brood is bred from, worst first.
        shown: The identities of what it shows; None for an empty place.
        chain: The identities of the versions under work, worst first.
        brood: The key of the brood that it shows, or None.
        pattern: The name of its pattern.
        kind: The name of its kind of text; "" where it follows from the pattern.
        start: What every offspring begins with.
        n: How many offspring the next brood has.
        settings: What else was set.
        away: Whether it is put away.
    """

    key: Key
    name: Name
    at: Time
    parents: tuple[Identity, ...] = ()
    shown: tuple[Identity | None, ...] = ()
    chain: tuple[Identity, ...] = ()
    brood: Key | None = None
    pattern: str = "poems"
    kind: Annotated[str, StringConstraints(max_length=200)] = ""
    start: Annotated[str, Field(max_length=10_000), AfterValidator(_without_nul)] = ""
    n: Annotated[int, Field(ge=1, le=MOST_OFFSPRING, strict=True)] = 8
    settings: Annotated[BedSettings, PlainValidator(_settings)] = field(default_factory=BedSettings)
    away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRecord:
    """What a person says of a text; in the file, those that were said earlier come first.

    Attributes:
        text: The identity of the text.
        mark: What is said; "tag" and "title" with a label.
        label: The word that was put on it, or its title.
    """

    text: Identity
    mark: Mark | Labelled
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run: texts that a machine evolved.

    Attributes:
        key: Its key in this file.
        name: What it is called.
        at: When it was begun, in UTC; to the microsecond, so that no two began together.
        settings: What it was begun with.
        state: How it stands.
        reason: Why it ended, in words.
    """

    key: Key
    name: Name
    at: Time
    settings: Mapping[str, Any]
    state: Literal["running", "stopped", "done", "failed"]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRecord:
    """What a run found of a text.

    Attributes:
        text: The identity of the text.
        place: Its place in the step, from 0.
        outcome: What became of it.
        quality: Its quality; None where it was not measured.
        measures: What was measured of it, in the order of the run's measures.
        cell: The number of its cell; None where it was not measured.
        note: Why it was not measured.
    """

    text: Identity
    place: Key
    outcome: RunOutcome
    quality: Finite | None = None
    measures: tuple[Finite, ...] = ()
    cell: Key | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """A step of a run; those of a run stand in their order, from 0 on.

    Attributes:
        run: The key of the run.
        number: Its number in the run; step 0 has the texts that the run began with.
        at: When it was written down, in UTC.
        emitter: What chose the parents.
        brood: The key of its brood, or None.
        completions: How many completions were asked for.
        tokens: How many tokens they took.
        seconds: How long it took.
        writing: For how many of these seconds the model was writing.
        error: Why nothing came.
        told: Whether its texts were measured.
        texts: What was found of them.
    """

    run: Key
    number: Whole
    at: Time
    emitter: Annotated[str, StringConstraints(max_length=40)] = ""
    brood: Key | None = None
    completions: Whole = 0
    tokens: Whole = 0
    seconds: Annotated[Finite, Field(ge=0)] = 0.0
    writing: Annotated[Finite, Field(ge=0)] = 0.0
    error: str = ""
    told: bool = False
    texts: tuple[JudgedRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LikenessRecord:
    """That a person found two texts of a run alike, beside a third.

    Attributes:
        run: The key of the run.
        at: When it was said, in UTC.
        one: The identity of one of the two that are alike.
        two: The identity of the other.
        odd: The identity of the one that is not.
    """

    run: Key
    at: Time
    one: Identity
    two: Identity
    odd: Identity


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that cannot be brought in.

    Attributes:
        where: Where it stands, such as "Line 12".
        why: Why not, in words that go on from there.
    """

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where} {self.why}"


OtherRecord: TypeAlias = (
    ChainRecord
    | BroodRecord
    | CollectionRecord
    | BedRecord
    | MarkRecord
    | RunRecord
    | StepRecord
    | LikenessRecord
)
Record: TypeAlias = TextRecord | OtherRecord

KINDS: Final[dict[str, TypeAdapter[OtherRecord]]] = {
    "chain": TypeAdapter(ChainRecord),
    "brood": TypeAdapter(BroodRecord),
    "collection": TypeAdapter(CollectionRecord),
    "bed": TypeAdapter(BedRecord),
    "mark": TypeAdapter(MarkRecord),
    "run": TypeAdapter(RunRecord),
    "step": TypeAdapter(StepRecord),
    "likeness": TypeAdapter(LikenessRecord),
}
"""How each kind of record is read, but for texts; keys that we do not know are left out."""
_NAMES: Final = {
    ChainRecord: "chain",
    BroodRecord: "brood",
    CollectionRecord: "collection",
    BedRecord: "bed",
    MarkRecord: "mark",
    RunRecord: "run",
    StepRecord: "step",
    LikenessRecord: "likeness",
}


def as_table(record: OtherRecord) -> dict[str, object]:
    """Give a record as plain data, with what it is.

    Args:
        record: The record.
    """
    table = {"record": _NAMES[type(record)], **asdict(record)}
    if isinstance(record, BedRecord):
        table["settings"] = record.settings.as_dict()
    elif isinstance(record, BroodRecord):
        table["usage"] = write_fields(record.usage, USAGE)
        if not record.first:
            del table["first"]
    elif isinstance(record, ChainRecord) and record.source is not None:
        table["source"] = record.source.as_dict()
    return table


def as_pattern(table: Mapping[str, Any]) -> Pattern:
    """Make a pattern of what stands in a record.

    Args:
        table: The stored form of the pattern.
    """
    given = read_fields(Pattern, table)
    return Pattern(**given | {"stop": tuple(given.get("stop", ()))})


def as_sampling(table: Mapping[str, Any]) -> Sampling:
    """Make of a record how tokens are drawn.

    Args:
        table: The stored form of the sampling.
    """
    return Sampling(**read_fields(Sampling, table))
