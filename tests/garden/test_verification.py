"""Verifying: whatever is changed behind the garden's back is named."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from flourishing.core.text import Origin, Span, Text
from flourishing.errors import GardenError
from flourishing.garden import Garden, open_garden
from flourishing.garden.schema import metadata
from tests.garden.broods import FOG, bred


def tamper(place: str, statement: str) -> None:
    """Change a garden as someone would who knows nothing of it, past every check."""
    if "://" in place:
        with psycopg.connect(place) as server:
            server.execute("SET session_replication_role = replica")
            server.execute(statement.encode())
        return
    with closing(sqlite3.connect(place)) as file, file:
        file.execute(statement)


TAMPERINGS = {
    "a content": ("UPDATE texts SET content = 'x' WHERE id = 3", "text 3: .*digest"),
    "a digest": (
        "UPDATE texts SET digest = identity WHERE id = 2",
        "text 2: its content is not what its digest says",
    ),
    "an identity": (
        "UPDATE texts SET identity = digest WHERE id = 5",
        "text 5: its origin is not what its identity says",
    ),
    "an author": ("UPDATE texts SET author = 'person' WHERE id = 3", "text 3: its origin"),
    "a completion": ("UPDATE texts SET raw = 'x' WHERE id = 4", "text 4: its origin"),
    "a seed": ("UPDATE texts SET seed = seed + 1 WHERE id = 5", "text 5: its origin"),
    "a reason to stop": ("UPDATE texts SET finish = 'length' WHERE id = 4", "text 4: its origin"),
    "a source": (
        """UPDATE texts SET source = '{"author": "me"}' WHERE id = 1""",
        "text 1: its origin",
    ),
    "a time": ("UPDATE texts SET at = '2020-01-01T00:00:00+00:00' WHERE id = 4", "text 4: its o"),
    "spans that are none": ("UPDATE texts SET spans = '[[' WHERE id = 3", "text 3: cannot be read"),
    "another brood": ("UPDATE texts SET brood_id = 2 WHERE id = 4", "text 4: its origin"),
    "a lost text": ("DELETE FROM texts WHERE id = 4", "not there"),
    "a lost parent": ("DELETE FROM texts WHERE id = 1", "not there"),
    "a prompt": ("UPDATE broods SET prompt = 'x' WHERE id = 1", "text 3: its origin"),
    "a model": ("UPDATE broods SET model = 'x' WHERE id = 1", "text 3: its origin"),
    "a pattern": ("UPDATE broods SET pattern = 'x' WHERE id = 1", "text 3: cannot be read"),
    "a sampling": (
        """UPDATE broods SET sampling = '{"temperature": 2}' WHERE id = 1""",
        "text 4: its origin",
    ),
    "a start": ("UPDATE broods SET start = 'x' WHERE id = 1", "text 3: its origin"),
    "notes that are none": ("UPDATE broods SET notes = '[' WHERE id = 1", "brood 1: cannot be r"),
    "a choice that is none": ("UPDATE broods SET shown_first = '7' WHERE id = 1", "brood 1: canno"),
    "a cost that is none": ("UPDATE broods SET usage = '{\"x\": 1}' WHERE id = 1", "brood 1: ca"),
    "a lost brood": ("DELETE FROM broods WHERE id = 1", "not there"),
    "a kind that is none": ("UPDATE broods SET kind = 'x' WHERE id = 1", "brood 1: .*said to be x"),
    "another kind": (
        "UPDATE broods SET kind = 'refined' WHERE id = 1",
        "brood 1: it is said to be refined, and its pattern",
    ),
    "another kind of one with examples": (
        "UPDATE broods SET kind = 'bred' WHERE id = 3",
        "brood 3: it is said to be bred, and its pattern and its examples",
    ),
    "another kind of an edit": (
        "UPDATE broods SET kind = 'found' WHERE id = 2",
        "brood 2: it is said to be found, and its texts say edited",
    ),
    "fewer that were asked for": (
        "UPDATE broods SET asked = 1 WHERE id = 1",
        "brood 1: it is said to be of 1, and 2 came",
    ),
    "nobody who asked": ("UPDATE broods SET asked = NULL WHERE id = 1", "brood 1: its texts say"),
    "an edit that was asked for": ("UPDATE broods SET asked = 1 WHERE id = 2", "brood 2: its te"),
    "a lost place": ("UPDATE texts SET place = NULL WHERE id = 3", "brood 1: its texts say"),
    "another bed": ("UPDATE broods SET bed_id = 1 WHERE id = 1", "brood 1: bed 1 does not know"),
    "a bed that is not there": ("UPDATE broods SET bed_id = 9 WHERE id = 3", "not there"),
    "examples of no chain": (
        "UPDATE brood_parents SET chain_id = NULL",
        "brood 3: a chain among its examples is not the one",
    ),
    "half an example": (
        "UPDATE brood_parents SET chain_id = NULL WHERE brood_id = 3 AND place = 1",
        "brood 3: a chain among its examples",
    ),
    "a chain under work that is another": (
        "UPDATE brood_parents SET chain_id = 1 WHERE brood_id = 3 AND role = 'parent'",
        "brood 3: a chain among its parents",
    ),
    "parents that are said to be a chain": (
        "UPDATE brood_parents SET chain_id = 1 WHERE brood_id = 1",
        "brood 1: a chain among its parents",
    ),
    "an example that is said to be under work": (
        "UPDATE brood_parents SET role = 'parent' WHERE brood_id = 3 AND place = 1",
        "brood 3: it has 1 text as examples",
    ),
    "the order of parents": (
        "UPDATE brood_parents SET text_id = 3 - text_id WHERE brood_id = 1",
        "text 3: its origin",
    ),
    "a younger parent": (
        "UPDATE brood_parents SET text_id = 6 WHERE brood_id = 1 AND place = 0",
        "text 3: has a parent that is younger: text 6",
    ),
    "a parent too few": (
        "DELETE FROM brood_parents WHERE brood_id = 1 AND place = 0",
        "brood 1: one of its parents is missing",
    ),
    "a parent that is said to be left out": (
        "UPDATE brood_parents SET role = 'left out' WHERE brood_id = 1 AND place = 0",
        "text 3: its origin",
    ),
    "a chain's identity": (
        "UPDATE chains SET identity = (SELECT identity FROM texts WHERE id = 1)",
        "chain 1: its versions are not what its identity says",
    ),
    "a chain's source": ("""UPDATE chains SET source = '{"author": "me"}'""", "chain 1"),
    "a lost chain": ("DELETE FROM chains", "not there"),
    "a version": ("UPDATE chain_texts SET text_id = 1 WHERE place = 0", "chain 1: its versions"),
    "a version too few": ("DELETE FROM chain_texts WHERE place = 1", "chain 1: its versions"),
    "no versions": ("DELETE FROM chain_texts", "chain 1"),
    "a lost mark": (
        "DELETE FROM marks WHERE text_id = 3",
        "text 3: its marks are not those that its acts gave it",
    ),
    "a mark taken back": ("UPDATE marks SET given = (1 = 0) WHERE text_id = 3", "text 3: its mar"),
    "a lost standing": ("DELETE FROM standing WHERE text_id = 4", "text 4: its marks"),
    "another standing": ('UPDATE standing SET "drop" = 1 WHERE text_id = 4', "text 4: its marks"),
    "a standing that no act gave": (
        "INSERT INTO standing (text_id, pin) VALUES (5, 1)",
        "text 5: its marks",
    ),
    "a lost act": ("DELETE FROM acts WHERE kind = 'keep'", "not there"),
    "an act that is said to be undone": (
        "UPDATE acts SET undone = (1 = 1) WHERE kind = 'shelve'",
        "act .*: .*undone",
    ),
    "an act that is said to hold": (
        "UPDATE acts SET undone = (1 = 0) WHERE kind = 'tag'",
        "act .*: .*undone",
    ),
    "a lost reversal": ("DELETE FROM reversals", "act .*: .*undone"),
    "a lost bed": ("DELETE FROM beds", "not there"),
    "a state that is none": ("UPDATE bed_states SET state = '{' WHERE id = 2", "bed 1: cannot be"),
    "a state of something else": (
        """UPDATE bed_states SET state = '{"x": 1}' WHERE id = 2""",
        "bed 1: cannot be read",
    ),
    "a lost collection": ("DELETE FROM collections", "not there"),
    "nothing on a shelf": ("UPDATE shelvings SET text_id = NULL WHERE id = 2", "shel.* 2"),
    "lost fingerprints": ("DELETE FROM fingerprints WHERE text_id = 3", "has no fingerprints"),
    "other fingerprints": (
        "UPDATE fingerprints SET print = print + 1 WHERE text_id = 3",
        "text 3: its fingerprints are not those of its content",
    ),
    "an embedding of nothing": (
        "UPDATE embeddings SET digest = substr(digest, 1, 1) WHERE id = 1",
        "embedding 1: is of no content",
    ),
    "a part of an embedding": (
        "UPDATE embeddings SET vector = substr(vector, 1, 8) WHERE id = 1",
        "embedding 1: has another length",
    ),
    "a lost embedder": ("DELETE FROM embedders", "not there"),
    "a lost run": ("DELETE FROM runs", "not there"),
    "a lost step": ("DELETE FROM run_steps", "run 1: text 1 is of a step that is not there"),
    "measures that are none": ("UPDATE run_texts SET measures = '['", "run 1: the measures"),
    "settings that are none": ("UPDATE runs SET settings = '[]'", "run 1: cannot be read"),
    "a picture of a text that is gone": (
        "UPDATE pictures SET text_id = 999 WHERE id = 1",
        "not there",
    ),
    "likenesses of a text that is gone": (
        "UPDATE likenesses SET odd_id = 999",
        "likenesses 1: points to a row of texts that is not there",
    ),
    "no garden": ("DELETE FROM gardens", "the garden"),
}


# What has to be done otherwise on PostgreSQL is to follow links, of which SQLite has a list.
ON_BOTH = [
    pytest.param(place, name, marks=[] if place == "sqlite" else pytest.mark.slow)
    for name in TAMPERINGS
    for place in ("sqlite", "postgresql")
    if place == "sqlite" or name.startswith(("a lost", "no", "a content"))
]


@pytest.mark.parametrize(("place", "name"), ON_BOTH, indirect=["place"])
def test_what_was_tampered_with_is_named(tended: Garden, place: str, name: str) -> None:
    statement, named = TAMPERINGS[name]
    tamper(place, statement)
    problems = "\n".join(str(problem) for problem in tended.verify())
    assert re.search(named, problems), problems


def test_each_table_was_tampered_with() -> None:
    statements = " ".join(statement for statement, _ in TAMPERINGS.values())
    assert [name for name in metadata.tables if name not in statements] == []


def test_verifying_changes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "garden.db"
    with open_garden(place) as garden:
        garden.save(bred())
    before = place.read_bytes()
    with open_garden(place) as garden:
        assert garden.verify() == []
    assert place.read_bytes() == before


def test_an_index_of_words_that_does_not_match_is_named(tmp_path: Path) -> None:
    place = tmp_path / "garden.db"
    with open_garden(place) as garden:
        garden.add("fog")
        statement = (
            "INSERT INTO texts_words (texts_words, rowid, content) VALUES ('delete', 1, 'fog')"
        )
        tamper(str(place), statement)
        (problem,) = garden.verify()
        assert problem.where == "the search by words"


def test_a_file_of_which_pages_were_overwritten_is_named(tmp_path: Path) -> None:
    place = tmp_path / "garden.db"
    with open_garden(place) as garden:
        garden.add(*[f"{FOG} {number}" for number in range(200)])
    content = place.read_bytes()
    pages = [content[at : at + 4096] for at in range(0, len(content), 4096)]
    spoilt = [b"\xff" * 4096 if FOG.encode() in page else page for page in pages]
    assert spoilt != pages
    place.write_bytes(b"".join(spoilt))
    with open_garden(place) as garden:
        problems = garden.verify()
        assert problems
        assert {problem.where for problem in problems} == {"the file"}
        with pytest.raises(GardenError) as caught:
            garden.texts(list(range(1, 201)))
        assert caught.value.hint


def test_a_sound_garden_of_odd_texts_is_clean(garden: Garden) -> None:
    spans = (Span("model", 2), Span("person", 1))
    garden.add("", " ", "\0", "\ufffe", "x", Text("fog", Origin(author="model", spans=spans)))
    garden.tag("\0 \ufffe", garden.add("x")[0])
    garden.beds.open("sea", start="\0\ufffe0", settings={"prompt": "\0"})
    assert garden.verify() == []
