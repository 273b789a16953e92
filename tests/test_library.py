"""The collections that ship: whole, sourced, free of rights, and fit to breed from."""

from __future__ import annotations

import pytest

import flourishing as fl
from flourishing.library import Collection, library, names
from flourishing.pattern import PATTERNS


@pytest.fixture(params=names())
def collection(request: pytest.FixtureRequest) -> Collection:
    return library(str(request.param))


def test_the_imagists_ship() -> None:
    assert "imagists" in names()


def test_every_text_has_its_source(collection: Collection) -> None:
    assert len(collection) == len(collection.sources) > 3
    for source in collection.sources:
        assert source.author
        assert source.title
        assert source.published
        assert f"{source.author}, “{source.title}”" in str(source)


def test_every_text_is_old_enough_to_be_free_of_rights(collection: Collection) -> None:
    ours = "this project"
    for each in collection.sources:
        assert each.published == ours or (each.year is not None and each.year <= 1929)


def test_texts_are_whole_and_differ(collection: Collection) -> None:
    contents = [text.content for text in collection]
    assert all(content == content.strip("\n") for content in contents)
    assert all(content.strip() for content in contents)
    assert len(set(contents)) == len(contents)
    assert collection[0].content == contents[0]


def test_texts_can_stand_in_the_pattern_that_is_said_to_suit_them(collection: Collection) -> None:
    contents = [text.content for text in collection]
    pattern = PATTERNS[collection.pattern]
    assert pattern.parse(pattern.render(contents)) == contents


def test_a_collection_can_be_bred_from_as_it_is(collection: Collection) -> None:
    brood = fl.breed(collection.texts, n=2, pattern=collection.pattern, model="echo", seed=1)
    assert [text.content for text in brood.parents] == [text.content for text in collection]


@pytest.mark.parametrize("name", ["", "imagist", "../settings", "imagists.toml"])
def test_a_collection_that_is_not_there_is_answered_with_those_that_are(name: str) -> None:
    with pytest.raises(fl.InputError) as refusal:
        library(name)
    assert repr(name) in str(refusal.value)
    assert "imagists" in refusal.value.hint
