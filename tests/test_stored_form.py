"""The stored form stays the same, whatever is added to the classes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flourishing import stored_form
from flourishing.breeding.bed_settings import BedSettings
from flourishing.core.chain import Chain
from flourishing.core.sampling import Sampling
from flourishing.core.text import Origin, Source, Span, Text
from flourishing.errors import StoredFormError
from flourishing.garden import Bed
from flourishing.garden.brood_writer import chain_identity
from flourishing.models import Usage
from flourishing.patterns import PATTERNS, Pattern
from flourishing.stored_form import USAGE, encode, read_fields, write_fields

GOLDEN = json.loads((Path(__file__).parent / "golden/identities.json").read_text("utf-8"))
AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def golden_sampling() -> Sampling:
    """Make the sampling of the offspring in the golden file."""
    return Sampling(max_tokens=20, temperature=0.9, top_p=0.95, top_k=40, min_p=0.1)


def golden_texts() -> dict[str, Text]:
    """Make the texts of the golden file anew."""
    fog = Text("the fog comes")
    oread = Text(
        "Whirl up, sea —",
        Origin(
            author="person",
            at=datetime(1914, 1, 1, tzinfo=UTC),
            source=Source(author="H.D.", title="Oread", year=1914, published="BLAST"),
        ),
    )
    child = Text(
        "mist",
        Origin(
            author="model",
            at=AT,
            parents=(fog, oread),
            prompt="the fog comes\nWhirl up, sea —\nm",
            pattern=PATTERNS["lines"],
            start="m",
            model="echo",
            sampling=golden_sampling(),
            seed=3,
            reproducible=True,
            raw="ist",
            finish="stop",
        ),
    )
    refined = Origin(
        author="model",
        at=AT,
        parents=(fog, child, fog),
        examples=2,
        prompt="p",
        pattern=PATTERNS["refinements"],
        model="local",
        sampling=Sampling(),
        seed=2**31 - 1,
        raw="better fog",
        finish="length",
    )
    loom = Origin(
        author="model",
        at=AT,
        source=Source(published="tree.json"),
        spans=(Span("person", 2), Span("model", 3)),
    )
    riddles = Pattern(
        name="riddles",
        separator="\n***\n",
        prefix="a riddle:\n",
        stop=("\n***", "?!"),
        max_parents=6,
        description="Riddles.",
    )
    own = Origin(author="model", at=AT, pattern=riddles, sampling=Sampling(temperature=0))
    return {
        "a person's text": fog,
        "words of any script, marks and a line end": Text('א "q" \\ \u2028 \x00 🌾\n  end'),
        "a published text": oread,
        "an edit": fog.edited("the fog came"),
        "an offspring": child,
        "a refinement": Text("better fog", refined),
        "a loom's text with spans": Text("ab cd", loom),
        "a person's own pattern": Text("x", own),
    }


@pytest.mark.parametrize("golden", GOLDEN["texts"], ids=lambda each: each["name"])
def test_a_text_has_the_bytes_and_the_digests_that_it_always_had(golden: dict[str, str]) -> None:
    text = golden_texts()[golden["name"]]
    told = text.origin.as_dict() | {"parents": [each.identity for each in text.origin.parents]}
    if text.origin.author == "person":
        told["at"] = None
    written = stored_form.encode([text.content, told])
    assert written == golden["bytes"]
    assert hashlib.blake2b(written.encode(), digest_size=32).hexdigest() == golden["identity"][3:]
    assert (text.identity, text.digest) == (golden["identity"], golden["digest"])


def test_the_golden_file_has_each_text() -> None:
    assert [each["name"] for each in GOLDEN["texts"]] == list(golden_texts())


def test_a_chain_has_the_identity_that_it_always_had() -> None:
    texts = golden_texts()
    chain = Chain((texts["a person's text"], texts["an offspring"]), Source(author="H.D."))
    assert chain_identity(chain).hex() == GOLDEN["chain"]


def golden_bed() -> Bed:
    """Make the bed of the golden file."""
    settings = {
        "temperature": 0.9,
        "min_p": 0.1,
        "model": "echo",
        "prompt": "a poem:\n",
        "refills": 2,
        "examples": {"take": 3, "seed": 5},
        "later": [8],
    }
    return Bed(
        id=1,
        name="winter",
        at=AT,
        parents=(1, 2),
        n=5,
        start="the sea",
        settings=BedSettings.of(settings),
        brood=4,
        shown=(3, 0),
        chain=(7, 9),
    )


def test_a_bed_is_written_as_it_always_was_and_read_back() -> None:
    written = stored_form.encode(golden_bed().state())
    assert written == GOLDEN["bed"]
    assert BedSettings.stored(json.loads(written)["settings"]) == golden_bed().settings


def test_of_a_bed_only_what_is_set_is_written() -> None:
    bed = Bed(id=1, name="winter", at=AT)
    assert bed.state()["settings"] == {}
    assert list(bed.state()) == list(stored_form.BED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterBed(Bed):
    """A bed of a later version, which has one thing more."""

    mood: str = ""


def test_a_field_added_to_a_bed_later_is_written_only_where_it_is_used() -> None:
    assert LaterBed(id=1, name="winter", at=AT).state() == Bed(id=1, name="winter", at=AT).state()
    assert LaterBed(id=1, name="winter", at=AT, mood="calm").state()["mood"] == "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterSampling(Sampling):
    """Sampling of a later version, which has one setting more."""

    warmth: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterPattern(Pattern):
    """A pattern of a later version, which has one setting more."""

    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterOrigin(Origin):
    """An origin of a later version, which says one thing more."""

    mood: str | None = None


def later(sampling: dict[str, Any], pattern: dict[str, Any], origin: dict[str, Any]) -> Text:
    """Make the offspring of the golden file in a later version."""
    first = golden_texts()["an offspring"]
    lines = PATTERNS["lines"].as_dict()
    before: dict[str, Any] = {
        name: getattr(first.origin, name) for name in Origin.__dataclass_fields__
    }
    drawn = stored_form.read_fields(Sampling, Sampling.as_dict(golden_sampling()))
    told: dict[str, Any] = before | {
        "pattern": LaterPattern(**stored_form.read_fields(Pattern, lines), **pattern),
        "sampling": LaterSampling(**drawn, **sampling),
    }
    return Text(first.content, LaterOrigin(**told, **origin))


def test_a_field_added_later_changes_no_identity_of_what_does_not_use_it() -> None:
    assert later({}, {}, {}).identity == golden_texts()["an offspring"].identity


@pytest.mark.parametrize(
    "used",
    [
        ({"warmth": 0.8}, {}, {}),
        ({}, {"kinds": ("poem",)}, {}),
        ({}, {}, {"mood": "calm"}),
    ],
)
def test_a_field_added_later_is_part_of_the_identity_of_what_uses_it(used: Any) -> None:
    assert later(*used).identity != golden_texts()["an offspring"].identity


def test_what_was_written_before_a_field_was_added_is_read_with_its_default() -> None:
    written = Sampling(temperature=0.7).as_dict()
    assert "warmth" not in written
    assert LaterSampling(**stored_form.read_fields(LaterSampling, written)).warmth == 0.0


def test_what_a_newer_version_wrote_without_using_the_field_is_read() -> None:
    written = LaterSampling(temperature=0.7).as_dict()
    assert Sampling(**stored_form.read_fields(Sampling, written)) == Sampling(temperature=0.7)


def test_an_unknown_field_is_refused_by_its_name() -> None:
    written = LaterSampling(warmth=0.8).as_dict()
    with pytest.raises(StoredFormError, match="'warmth'") as refusal:
        stored_form.read_fields(Sampling, written)
    assert "newest version" in refusal.value.hint


def test_a_missing_field_without_a_default_is_refused_by_its_name() -> None:
    with pytest.raises(StoredFormError, match="'separator'"):
        stored_form.read_fields(Pattern, {"name": "riddles"})


def test_what_a_brood_cost_is_written_by_its_listed_fields() -> None:
    written = encode(write_fields(Usage(prompt=5, seconds=0.5), USAGE))
    assert written == (
        '{"cached": 0, "completion": 0, "first_token": null, "prompt": 5, "seconds": 0.5}'
    )
    assert read_fields(Usage, {"prompt": 5}) == {"prompt": 5}
