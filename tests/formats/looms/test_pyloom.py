"""PyLoom: nodes without ids, zipped chains, and templates that nobody runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flourishing.errors import InputError
from flourishing.formats.passage import Hand, Piece
from tests.formats.looms.reading import DUSK, FOX, fixture, loom_in, texts
from tests.marks import slow_cases


def nested(*texts: str) -> dict[str, object]:
    node: dict[str, object] = {"text": texts[-1], "children": []}
    for text in reversed(texts[:-1]):
        node = {"text": text, "children": [node]}
    return node


def test_a_whole_file_tells_the_model_the_time_and_the_bookmark() -> None:
    loom = loom_in(fixture("pyloom_full.json"))
    (mark,) = loom.bookmarked()
    assert loom.text(mark) == FOX
    assert loom.nodes[mark].model == "davinci-002"
    assert loom.nodes[mark].at == datetime(2024, 6, 28, 1, 31, 50, tzinfo=UTC)
    assert loom.pieces(mark) == (Piece("a poem:\n", "person"), Piece(" the fox runs", "model"))


def test_a_response_that_is_gone_leaves_the_model_open() -> None:
    loom = loom_in(fixture("pyloom_full.json"))
    assert loom.current is not None
    assert loom.text(loom.current) == DUSK
    assert loom.nodes[loom.current].model is None


@pytest.mark.parametrize(
    "wrap", [lambda node: node, lambda node: [node], lambda node: {"root": node}]
)
def test_the_root_may_stand_bare_in_a_list_or_under_its_name(wrap: object) -> None:
    assert callable(wrap)
    assert texts(loom_in(wrap(nested("", "cat", " sat")))) == ["cat sat"]


def test_ids_that_are_missing_or_taken_are_made() -> None:
    twins = [
        {"id": "a", "text": "1", "children": [{"id": "a", "text": "3"}]},
        {"id": "a", "text": "2"},
    ]
    loom = loom_in({"root": {"text": "", "children": [*twins, {"text": "4"}]}})
    assert texts(loom) == ["13", "2", "4"]


def test_a_zipped_chain_is_unzipped() -> None:
    loom = loom_in(fixture("pyloom_zipped.json"))
    assert texts(loom) == [DUSK]
    assert len(loom.nodes) == 4


def masked(mask: str, head: object, tail: str, *children: object) -> dict[str, object]:
    return {
        "id": mask, "text": "cache", "masked_head": head, "tail_id": tail, "children": [*children]
    }  # fmt: skip


def test_a_chain_may_be_zipped_more_than_once_and_be_where_the_person_stood() -> None:
    inner = masked("inner", {"id": "t", "text": "b", "children": []}, "t", {"text": "c"})
    outer = masked("outer", {"id": "h", "text": "a", "children": [inner]}, "inner", {"text": "d"})
    loom = loom_in({"root": outer, "selected_node_id": "outer"})
    assert texts(loom) == ["abc", "abd"]
    assert loom.current == "t"


def test_a_chain_without_its_tail_loses_nothing() -> None:
    head = {"id": "h", "text": "a", "children": [{"text": "b"}]}
    assert texts(loom_in({"root": masked("m", head, "gone", {"text": "c"})})) == ["abc"]


def test_a_template_is_not_run() -> None:
    node = {"text": "as it stood", "template": "{__import__('os').abort()}", "children": []}
    loom = loom_in({"root": node})
    assert texts(loom) == ["as it stood"]
    assert "template" in loom.dropped[0]


@pytest.mark.parametrize(
    ("told", "author"),
    [
        ({"meta": {"source": "AI", "modified": True}}, "mixed"),
        ({"meta": {"source": "mixed"}}, "mixed"),
        ({"generation": {"id": "gone", "index": 0}}, "model"),
        ({"meta": {"source": "prompt"}}, "person"),
        ({}, None),
        ({"meta": 5, "tags": {}, "generation": []}, None),
    ],
)
def test_it_tells_who_wrote_a_node(told: dict[str, object], author: Hand | None) -> None:
    loom = loom_in({"root": {"text": "x", "children": [], **told}})
    assert [node.author for node in loom.nodes.values()] == [author]


def test_rows_are_put_together_by_their_parents() -> None:
    rows = [
        {"id": "a", "text": "cat", "parent_id": "wrapper"},
        {"id": "b", "text": " sat", "parentId": "a"},
    ]
    assert texts(loom_in(rows)) == ["cat sat"]


@pytest.mark.parametrize(
    "root", [{"text": 5}, {"text": "", "children": {}}, {"text": "", "children": [7]}]
)
def test_a_node_that_is_wrong_is_refused(root: object) -> None:
    with pytest.raises(InputError):
        loom_in({"root": root})


def test_a_tree_is_read_however_deep() -> None:
    assert texts(loom_in(nested(*["x"] * 10_000))) == ["x" * 10_000]


def test_tags_that_are_no_bookmark_are_named_where_they_are_dropped() -> None:
    children = [
        {"text": "cat", "tags": ["bookmark", "sea", "canonical"]},
        {"text": "dog", "tags": ["sea"]},
        {"text": "fog", "tags": ["bookmark"]},
    ]
    loom = loom_in({"root": {"text": "", "children": children}})
    assert loom.dropped == ("the tags 'canonical', 'sea', of 2 nodes",)
    assert [loom.text(each) for each in loom.bookmarked()] == ["cat", "fog"]


@pytest.mark.parametrize("many", [2_000, *slow_cases([20_000])])
def test_chains_in_chains_cost_no_square(many: int) -> None:
    node: object = {"id": "t", "text": "a", "children": []}
    for number in range(many):
        # Each chain ends in the one inside of it, so that what follows all of them hangs together.
        mask, tail = f"m{number}", "t" if number == 0 else f"m{number - 1}"
        node = masked(mask, node, tail, *({"text": str(each)} for each in range(3)))
    loom = loom_in({"root": node})
    assert len(loom.leaves()) == 3 * many
    assert texts(loom)[:4] == ["a0", "a1", "a2", "a0"]


def test_chains_that_all_end_in_one_node_keep_their_order() -> None:
    inner = masked("i", {"id": "t", "text": "a", "children": []}, "t", {"text": "1"}, {"text": "2"})
    outer = masked("o", inner, "t", {"text": "3"})
    assert texts(loom_in({"root": outer})) == ["a3", "a1", "a2"]
