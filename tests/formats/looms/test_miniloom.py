"""MiniLoom: patches against the whole text of the parent, as JavaScript counts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from diff_match_patch import diff_match_patch  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError
from flourishing.formats.looms.loom import Loom
from flourishing.formats.looms.miniloom import from_units, to_units
from flourishing.formats.passage import Piece
from tests.formats.looms.reading import DUSK, FOX, fixture, loom_in, texts


def patch(before: str, after: str) -> list[object]:
    """Write a patch as MiniLoom does: in UTF-16 units."""
    made = diff_match_patch().patch_make(to_units(before), to_units(after))
    return [
        {
            "diffs": [list(step) for step in each.diffs],
            "start1": each.start1, "start2": each.start2,
            "length1": each.length1, "length2": each.length2,
        }
        for each in made
    ]  # fmt: skip


def chain(*versions: tuple[str, str]) -> dict[str, object]:
    """Write a chain of nodes, each with its type and its whole text."""
    nodes: dict[str, object] = {"0": {"type": "root", "patch": "", "parent": None}}
    before = ""
    for number, (kind, text) in enumerate(versions, start=1):
        made = patch(before, text)
        nodes[str(number)] = {"type": kind, "patch": made, "parent": str(number - 1)}
        before = text
    return {"loomTree": {"nodeStore": nodes}, "focus": {"id": str(len(versions))}}


def end(loom: Loom) -> tuple[Piece, ...]:
    assert loom.current is not None
    return loom.pieces(loom.current)


def test_a_file_gives_the_tree() -> None:
    loom = loom_in(fixture("miniloom.json"))
    assert texts(loom) == [DUSK, "a poem:\n the dove"]
    assert end(loom) == (Piece("a poem:\n", "person"), Piece(" the fox runs\nat dusk", "model"))
    (mark,) = loom.bookmarked()
    assert loom.text(mark) == FOX
    assert loom.nodes[mark].at == datetime(2024, 6, 28, 1, 31, 50, tzinfo=UTC)


def test_what_is_changed_in_the_middle_leaves_the_rest_to_its_authors() -> None:
    loom = loom_in(
        chain(
            ("user", "The quick red fox. "),
            ("gen", "The quick red fox. It ran over the lazy hen and on."),
            ("user", "The quick fox. It ran over the lazy old hen and on!"),
            ("gen", "The quick fox. It ran over the lazy old hen and on! So"),
        )
    )
    assert end(loom) == (
        Piece("The quick fox. ", "person"),
        Piece("It ran over the lazy ", "model"),
        Piece("old ", "person"),
        Piece("hen and on", "model"),
        Piece("!", "person"),
        Piece(" So", "model"),
    )


def test_characters_beyond_two_bytes_count_twice() -> None:
    loom = loom_in(chain(("user", "🦊🦊🦊 ran. ran. ran."), ("gen", "🦊🦊🦊 ran. 🕊 ran. ran.")))
    assert "".join(piece.text for piece in end(loom)) == "🦊🦊🦊 ran. 🕊 ran. ran."


@given(st.lists(st.text("ab \n🦊é", max_size=12), min_size=1, max_size=5))
def test_whatever_was_patched_is_read_back(versions: list[str]) -> None:
    loom = loom_in(chain(*(("gen", text) for text in versions)))
    for number, text in enumerate(versions, start=1):
        # Halves of a character may stand in two pieces, and are whole in both together.
        assert from_units(loom.text(str(number))) == text


@given(st.text(st.characters()))
def test_units_are_there_and_back(text: str) -> None:
    units = to_units(text)
    assert all(unit <= "\uffff" for unit in units)
    assert from_units(units) == from_units(text)


def test_a_patch_that_nearly_fits_is_applied_by_likeness_and_nobody_is_named() -> None:
    document = chain(("user", "The quick red fox ran over the hen."))
    after = patch("The quick red fix ran over the hen.", "The quick red fix ran over the lazy hen.")
    loom_tree = document["loomTree"]
    assert isinstance(loom_tree, dict)
    for step in after:
        assert isinstance(step, dict)
        step["start2"] += 2
    loom_tree["nodeStore"]["2"] = {"type": "gen", "patch": after, "parent": "1"}
    loom = loom_in(document)
    assert loom.pieces("2") == (Piece("The quick red fox ran over the lazy hen.", None),)


@pytest.mark.parametrize(
    "wrong",
    [
        [{"diffs": [[0, "nothing like it"], [1, "x"]], "start2": 0}],
        [{"diffs": [[2, "x"]], "start2": 0}],
        [{"diffs": [[1]], "start2": 0}],
        [{"diffs": [[1, "x"]], "start2": -1}],
        [{"diffs": [[1, "x"]]}],
        ["x"],
        "x",
    ],
)
def test_a_patch_that_is_wrong_is_refused(wrong: object) -> None:
    nodes = {
        "1": {"type": "user", "patch": patch("", "fox"), "parent": None},
        "2": {"patch": wrong, "parent": "1"},
    }
    with pytest.raises(InputError):
        loom_in({"loomTree": {"nodeStore": nodes}})


def test_a_chain_may_be_deep() -> None:
    nodes: dict[str, object] = {
        str(n): {
            "type": "gen", "parent": str(n - 1), "patch": [{"diffs": [[1, "x"]], "start2": n}]
        }
        for n in range(10_000)
    }  # fmt: skip
    assert texts(loom_in({"loomTree": {"nodeStore": nodes}})) == ["x" * 10_000]


def test_a_node_without_a_name_has_its_text() -> None:
    nodes = {"": {"type": "user", "patch": patch("", "fox"), "parent": None}}
    assert texts(loom_in({"loomTree": {"nodeStore": nodes}})) == ["fox"]


def test_twenty_thousand_nodes_in_a_row_cost_no_square() -> None:
    many = 20_000
    nodes: dict[str, object] = {"0": {"type": "root", "patch": "", "parent": None}}
    for number in range(1, many):
        before = (number - 1) * 10
        kept = ("0123456789" * 2)[-4:] if number > 1 else ""
        steps = [[0, kept], [1, "0123456789"]] if kept else [[1, "0123456789"]]
        made = [{"diffs": steps, "start2": before - len(kept)}]
        nodes[str(number)] = {"type": "gen", "patch": made, "parent": str(number - 1)}
    loom = loom_in({"loomTree": {"nodeStore": nodes}, "focus": {"id": str(many - 1)}})
    assert loom.text(str(many - 1)) == "0123456789" * (many - 1)
    assert all(node.rewritten is None for node in loom.nodes.values())


@pytest.mark.slow
def test_a_file_that_rewrites_a_long_text_again_and_again_is_refused() -> None:
    long = "x" * 2_000_000
    nodes: dict[str, object] = {
        "0": {"type": "root", "patch": "", "parent": None},
        "1": {"type": "user", "patch": patch("", long), "parent": "0"},
    }
    for number in range(2, 200):
        made = [{"diffs": [[1, "y"]], "start2": 0}]
        nodes[str(number)] = {"type": "rewrite", "patch": made, "parent": str(number - 1)}
    with pytest.raises(InputError, match="too often"):
        loom_in({"loomTree": {"nodeStore": nodes}})
