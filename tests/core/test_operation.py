"""How a text came to be is decided in one place, and a brood carries it everywhere."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import flourishing as fl
from flourishing.core.operation import Operation
from flourishing.core.text import Origin, Source, Text
from flourishing.garden import Garden, Stored
from flourishing.patterns import PATTERNS
from flourishing.studio.serializers import written_by

DOVE = "a dove flies up\nfrom the hedgerow"
EXAMPLES = [["a big ol' hen", "a hen", "hen"]]
DRAFT = Text("draft")


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    return Garden(tmp_path / "garden.db")


def model_text(
    pattern: str | None, examples: int = 0, parents: tuple[Text, ...] = (DRAFT,)
) -> Text:
    form = None if pattern is None else PATTERNS[pattern]
    return Text("x", Origin(author="model", parents=parents, pattern=form, examples=examples))


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        (DRAFT.edited("the draft"), Operation.EDIT),
        (Text("x", Origin(author="model", source=Source(title="a loom"))), Operation.IMPORT),
        (model_text("poems"), Operation.BREED),
        (model_text(None), Operation.BREED),
        (model_text(None, examples=1), Operation.REFINE),
        (model_text("refinements"), Operation.REFINE),
        (model_text("worsenings"), Operation.WORSEN),
        (model_text("poems", parents=()), Operation.IMPORT),
    ],
)
def test_the_origin_of_a_text_tells_how_it_came_to_be(text: Text, operation: Operation) -> None:
    assert text.origin.operation is text.operation is operation


def test_the_words_are_those_that_gardens_have_always_had() -> None:
    assert [str(each) for each in Operation] == ["bred", "refined", "worsened", "edited", "found"]


def test_a_brood_carries_its_operation() -> None:
    assert fl.breed([DOVE], 1, model="echo").operation is Operation.BREED
    assert fl.refine(DOVE, 1, examples=EXAMPLES, model="echo").operation is Operation.REFINE
    assert fl.worsen(DOVE, 1, examples=EXAMPLES, model="echo").operation is Operation.WORSEN
    chains = fl.breed(EXAMPLES, 1, "refinements", model="echo")
    assert chains.operation is Operation.REFINE


def test_what_was_made_worse_is_saved_as_that(garden: Garden) -> None:
    (draft,) = garden.add(DOVE)
    (worse,) = brood = garden.save(fl.worsen(draft, 1, examples=EXAMPLES, model="echo"))
    assert brood.operation is Operation.WORSEN
    assert list(garden.lineage.versions(worse.id)) == [worse]
    assert garden.verify() == []


def test_of_a_pattern_of_ones_own_the_brood_tells_what_was_done(garden: Garden) -> None:
    own = fl.Pattern(
        name="my own", separator="\n---\n", prefix="a poem:\n", link="\n\nworse:\n", max_tokens=40
    )
    brood = fl.worsen(DOVE, 1, examples=EXAMPLES, pattern=own, model="echo")
    (worse,) = garden.save(brood)
    assert (worse.operation, written_by(worse)) == (Operation.WORSEN, "made worse here")


def test_what_an_earlier_version_saved_as_refined_is_read_as_made_worse(garden: Garden) -> None:
    brood = garden.save(fl.worsen(DOVE, 1, examples=EXAMPLES, model="echo"))
    with closing(sqlite3.connect(garden.name)) as connection:
        connection.execute("UPDATE broods SET kind = 'refined' WHERE id = ?", (brood.id,))
        connection.commit()
    (worse,) = garden.brood(brood.id)
    assert isinstance(worse, Stored)
    assert garden.brood(brood.id).operation is worse.operation is Operation.WORSEN
    assert list(garden.lineage.versions(worse.id)) == [worse]
    assert garden.verify() == []
