"""wool and Exoloom: nodes by their ids.

Also: loomsidian: a tree for each note, and variants of it that others meet; logitloom: a tree of
tokens below a prompt.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flourishing.errors import InputError
from flourishing.formats.looms import find_format
from flourishing.formats.passage import Piece
from tests.formats.looms.reading import DUSK, FOX, fixture, loom_in, looms_in, texts


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


def tree(settings: dict[str, str], *roots: object) -> dict[str, object]:
    return {
        "isLogitLoomTreeVersion": "logit-loom-tree-v1",
        "modelName": "davinci-002",
        "modelSettings": settings,
        "roots": list(roots),
    }


def token(text: str, *children: object) -> dict[str, object]:
    return {"id": text, "text": text, "prob": 0.5, "children": list(children)}


TOKENS = token(" the", token(" fox runs", token("\nat dusk")), token(" dove"))


def test_a_base_models_tree_begins_with_its_prompt() -> None:
    loom = loom_in(tree({"kind": "base", "prompt": "a poem:\n"}, TOKENS))
    assert texts(loom) == [DUSK, "a poem:\n the dove"]
    assert loom.pieces(loom.leaves()[1]) == (
        Piece("a poem:\n", "person"),
        Piece(" the dove", "model"),
    )
    assert loom.nodes[" dove"].model == "davinci-002"


def test_a_chat_models_tree_begins_with_what_was_put_into_its_mouth() -> None:
    settings = {"kind": "chat", "systemPrompt": "s", "prompt": "write", "prefill": "a poem:\n"}
    assert texts(loom_in(tree(settings, TOKENS)))[0] == DUSK


def test_tokens_of_one_id_stay_where_they_are_nested() -> None:
    loom = loom_in(tree({}, token("a", token("a", token("b"))), token("a", token("c"))))
    assert texts(loom) == ["aab", "ac"]


def test_it_may_be_deep() -> None:
    node = token("x")
    for _ in range(9_999):
        node = token("x", node)
    assert texts(loom_in(tree({}, node))) == ["x" * 10_000]


@pytest.mark.parametrize("root", [5, {"text": 5}, {"text": "", "children": 5}])
def test_a_token_that_is_wrong_is_refused(root: object) -> None:
    with pytest.raises(InputError):
        loom_in(tree({}, root))
