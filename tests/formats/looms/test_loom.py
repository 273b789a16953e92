"""Looms: trees of any depth, whose paths are texts.

Also: keys in other tools' files are counted, and never repeated.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError
from flourishing.formats.looms.loom import Loom, Node, dropped_keys
from flourishing.formats.passage import Piece
from tests.marks import slow_cases


def loom(*nodes: Node) -> Loom:
    return Loom.of(nodes, format="test")


FOX = loom(
    Node(id="2", text=" the fox", parent="1", author="model"),
    Node(id="1", text="a poem:", author="person"),
    Node(id="3", text=" the dove", parent="1", author="model", bookmarked=True),
    Node(id="4", text=" runs", parent="2", author="model"),
)


def test_a_path_is_a_text() -> None:
    assert FOX.text("4") == "a poem: the fox runs"
    assert [node.id for node in FOX.path("4")] == ["1", "2", "4"]


def test_stretches_of_one_author_are_one_piece() -> None:
    assert FOX.pieces("4") == (Piece("a poem:", "person"), Piece(" the fox runs", "model"))


def test_leaves_and_bookmarks_come_in_the_order_of_the_tree() -> None:
    assert list(FOX.nodes) == ["1", "2", "4", "3"]
    assert FOX.leaves() == ("4", "3")
    assert FOX.bookmarked() == ("3",)


def test_a_node_that_rewrites_holds_its_whole_text() -> None:
    tree = loom(
        Node(id="1", text="a poem:"),
        Node(id="2", text="", parent="1", rewritten=(Piece("a song:", "person"),)),
        Node(id="3", text=" la", parent="2", author="model"),
    )
    assert tree.pieces("3") == (Piece("a song:", "person"), Piece(" la", "model"))


def test_a_node_whose_parent_is_missing_is_a_root() -> None:
    tree = loom(Node(id="2", text="fox", parent="gone"))
    assert tree.text("2") == "fox"


def test_a_second_node_of_one_id_gets_another() -> None:
    tree = loom(Node(id="a", text="1"), Node(id="a", text="2"))
    assert [node.text for node in tree.nodes.values()] == ["1", "2"]
    assert len(tree.nodes) == 2


@pytest.mark.parametrize(
    "nodes",
    [
        [Node(id="1", text="", parent="1")],
        [
            Node(id="0", text=""),
            Node(id="1", text="", parent="2"),
            Node(id="2", text="", parent="1"),
        ],
    ],
)
def test_nodes_that_are_their_own_ancestors_are_refused(nodes: list[Node]) -> None:
    with pytest.raises(InputError, match="their own ancestors"):
        loom(*nodes)


def test_a_tree_may_be_as_deep_as_it_has_tokens() -> None:
    chain = [Node(id=str(n), text="x", parent=str(n - 1)) for n in range(10_000)]
    tree = loom(*reversed(chain))
    assert tree.text("9999") == "x" * 10_000
    assert tree.leaves() == ("9999",)


@given(st.lists(st.tuples(st.integers(0, 9), st.text(max_size=3)), max_size=10))
def test_the_weight_is_what_the_paths_have_in_characters_and_steps(
    drawn: list[tuple[int, str]],
) -> None:
    # A parent comes before its children, so that there are no circles.
    nodes = [
        Node(id=str(at), text=text, parent=str(parent % at) if at else None)
        for at, (parent, text) in enumerate(drawn)
    ]
    tree = loom(*nodes)
    steps = sum(len(tree.path(each)) for each in tree.nodes)
    assert tree.weight(tree.nodes) == 4 * steps + sum(len(tree.text(each)) for each in tree.nodes)


@pytest.mark.parametrize("most", [3_000, *slow_cases([30_000])])
def test_names_that_a_file_has_taken_on_purpose_cost_no_square(most: int) -> None:
    taken = [Node(id=f"a ({number})", text="x") for number in range(most, 2 * most)]
    twins = [Node(id="a", text="x") for _ in range(most)]
    assert len(loom(*taken, *twins).nodes) == 2 * most


@pytest.mark.parametrize("many", [10_000, *slow_cases([100_000])])
def test_a_hundred_thousand_nodes_in_a_row_are_one_path(many: int) -> None:
    chain = [
        Node(id=str(number), text="x", parent=str(number - 1) if number else None)
        for number in range(many)
    ]
    tree = loom(*chain)
    assert tree.leaves() == (str(many - 1),)
    assert tree.text(str(many - 1)) == "x" * many


@pytest.mark.parametrize(
    "name", ["apiKey", "api_key", "endpointAPIKey", "saved-oai-key", "password"]
)
def test_a_key_is_counted_wherever_it_stands(name: str) -> None:
    assert dropped_keys({"a": [{"b": {name: "sk-PLANTED"}}]}) == ("1 key or password",)


def test_keys_are_counted_together() -> None:
    assert dropped_keys([{"apiKey": "sk-PLANTED"}, {"apiKey": "sk-PLANTED"}]) == (
        "2 keys or passwords",
    )


@pytest.mark.parametrize(
    "document",
    [
        {"apiKey": ""},
        {"toggle_key": "b"},
        {"key": "selectedSessionId"},
        {"keys": ["the fox runs"]},
        {"monkey": "a hairy animal"},
        {"text": "sk-PLANTED"},
        None,
    ],
)
def test_what_is_no_key_is_not_counted(document: object) -> None:
    assert dropped_keys(document) == ()
