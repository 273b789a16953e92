"""Loomsidian: a tree for each note, and variants of it that others meet."""

from __future__ import annotations

import pytest

from flourishing.errors import InputError
from flourishing.formats.looms import find_format
from tests.formats.looms.reading import DUSK, FOX, fixture, loom_in, looms_in, texts


@pytest.mark.parametrize("name", ["loomsidian_data.json", "loomsidian_export.json"])
def test_both_files_give_the_tree(name: str) -> None:
    loom = loom_in(fixture(name))
    assert loom.current is not None
    assert loom.text(loom.current) == DUSK
    assert [loom.text(mark) for mark in loom.bookmarked()] == [FOX]


def test_a_note_names_its_tree() -> None:
    assert loom_in(fixture("loomsidian_data.json")).name == "poems/fox.md"


@pytest.mark.parametrize(
    "document",
    [{"settings": {}, "state": {"a": 1}}, {"nodes": {}}, {"state": {}}, {"settings": {}}],
)
def test_a_file_of_another_plugin_is_not_taken_for_one(document: object) -> None:
    assert find_format(document) is None


def test_a_note_may_have_several_roots_and_a_vault_several_notes() -> None:
    note = {"current": "a", "nodes": {"a": {"text": "cat"}, "b": {"text": "dog"}}}
    vault = {"settings": {}, "state": {"one.md": note, "two.md": note}}
    assert [(loom.name, texts(loom)) for loom in looms_in(vault)] == [
        ("one.md", ["cat", "dog"]),
        ("two.md", ["cat", "dog"]),
    ]


def test_nodes_may_be_a_list_with_values_and_authors() -> None:
    nodes = [
        {"id": "a", "value": "cat", "author": "genesis"},
        {"id": "b", "value": " sat", "author": "davinci-002", "parentId": "a"},
    ]
    loom = loom_in({"current": "b", "nodes": nodes})
    assert texts(loom) == ["cat sat"]
    assert (loom.nodes["a"].author, loom.nodes["b"].model) == (None, "davinci-002")


@pytest.mark.parametrize("nodes", [{"a": 1}, [1], {"a": {"text": []}}, {"a": {"parentId": "a"}}])
def test_nodes_that_are_wrong_are_refused(nodes: object) -> None:
    with pytest.raises(InputError):
        loom_in({"current": "a", "nodes": nodes})
