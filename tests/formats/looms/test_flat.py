"""wool and Exoloom: nodes by their ids."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flourishing.errors import InputError
from flourishing.formats.passage import Piece
from tests.formats.looms.reading import DUSK, FOX, fixture, loom_in, texts


def test_wool_gives_the_tree_and_where_its_person_stood() -> None:
    loom = loom_in(fixture("wool_tree_state.json"))
    assert loom.current is not None
    assert loom.text(loom.current) == DUSK
    assert texts(loom) == [DUSK, "a poem:\n the dove"]


def test_wools_root_is_not_believed_to_be_a_models() -> None:
    loom = loom_in(fixture("wool_tree_state.json"))
    assert loom.pieces("A") == (Piece("a poem:\n", None), Piece(" the fox runs", "model"))


def test_exoloom_tells_the_authors_the_time_and_the_bookmarks() -> None:
    loom = loom_in(fixture("exoloom.json"))
    assert texts(loom) == [DUSK, "a poem:\n the dove"]
    assert [loom.text(mark) for mark in loom.bookmarked()] == [FOX]
    assert loom.pieces("2") == (Piece("a poem:\n", "person"), Piece(" the fox runs", "model"))
    assert loom.nodes["1"].at == datetime(2025, 12, 17, tzinfo=UTC)
    assert (loom.nodes["1"].model, loom.nodes["2"].model) == (None, "llama-405b")
    assert loom.name == "fox"


def test_exolooms_siblings_stand_as_their_parent_lists_them() -> None:
    nodes = {
        "1": {"content": "", "childrenIds": [3, 2]},
        "2": {"content": "dog", "parentId": 1},
        "3": {"content": "cat", "parentId": 1},
    }
    assert texts(loom_in({"loomType": "Exoloom", "tree": {"nodes": nodes}})) == ["cat", "dog"]


@pytest.mark.parametrize(
    "document",
    [
        {"loomType": "Exoloom"},
        {"loomType": "Exoloom", "tree": {"nodes": {"1": {"content": 1}}}},
        {"focused_node_id": "1", "nodes": {"1": []}},
        {"focused_node_id": "1", "nodes": {"1": {"parent_id": "2"}, "2": {"parent_id": "1"}}},
    ],
)
def test_files_that_are_wrong_are_refused(document: object) -> None:
    with pytest.raises(InputError):
        loom_in(document)
