"""KoboldLite: a story and its branches are one tree."""

from __future__ import annotations

import pytest

from flourishing.errors import InputError
from flourishing.formats.passage import Piece
from tests.formats.looms.reading import DUSK, fixture, loom_in, texts


def test_branches_share_their_beginning() -> None:
    loom = loom_in(fixture("kobold_story.json"))
    assert texts(loom) == [DUSK, "a poem:\n the dove"]
    assert len(loom.nodes) == 4
    assert loom.current is not None
    assert loom.text(loom.current) == DUSK


def test_only_the_prompt_is_known_to_be_a_persons() -> None:
    loom = loom_in(fixture("kobold_story.json"))
    assert loom.pieces("2") == (Piece("a poem:\n", "person"), Piece(" the fox runs", None))


@pytest.mark.parametrize("branches", [{}, {"altbranches": None}, {"altbranches": []}])
def test_a_story_may_have_no_branches(branches: dict[str, object]) -> None:
    loom = loom_in({"gamestarted": True, "prompt": "a", "actions": ["b", "", "c"], **branches})
    assert texts(loom) == ["abc"]


def test_a_branch_that_is_the_beginning_of_another_is_no_path_of_its_own() -> None:
    story = {"prompt": "a", "actions": ["b", "c"], "altbranches": [None, ["a", "b"]]}
    assert texts(loom_in(story)) == ["abc"]


def test_what_stands_beside_the_story_is_left_out_and_said() -> None:
    loom = loom_in({"prompt": "a", "actions": [], "memory": "be kind", "worldinfo": [{"key": "k"}]})
    assert loom.dropped == ("memory, world info",)
    assert texts(loom) == ["a"]


@pytest.mark.parametrize("wrong", [{"actions": [5]}, {"actions": "x"}, {"altbranches": [["a", 1]]}])
def test_a_story_that_is_wrong_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        loom_in({"gamestarted": True, "prompt": "a", "actions": [], **wrong})


def test_markers_of_turns_are_no_text_and_tell_who_wrote_it() -> None:
    loom = loom_in(
        {
            "gamestarted": True,
            "prompt": "{{[SYSTEM]}}Write haiku.{{[SYSTEM_END]}}",
            "actions": [
                "{{[INPUT]}}of gulls{{[INPUT_END]}}{{[OUTPUT]}}",
                "the gulls argue",
                "\nover a boat{{[OUTPUT_END]}}\n{{[INPUT]}}of fog{{[OUTPUT]}}",
                "fog",
            ],
        }
    )
    (end,) = loom.leaves()
    assert loom.pieces(end) == (
        Piece("Write haiku.\nof gulls", "person"),
        Piece("\nthe gulls argue\nover a boat", "model"),
        Piece("\n", None),
        Piece("of fog", "person"),
        Piece("\nfog", "model"),
    )
    assert loom.dropped == ("the markers of turns, such as {{[INPUT]}}",)


@pytest.mark.parametrize("turn", ["INPUT", "OUTPUT", "SYSTEM"])
@pytest.mark.parametrize("end", ["", "_END"])
def test_no_marker_is_left_in_a_text(turn: str, end: str) -> None:
    marker = f"{{{{[{turn}{end}]}}}}"
    story = {"prompt": f"{marker}cat", "actions": [f" sat{marker}", marker, "dog"]}
    assert texts(loom_in(story)) == ["cat sat\ndog"]


def test_branches_in_turns_share_their_beginning() -> None:
    story = {
        "prompt": "{{[INPUT]}}gulls{{[OUTPUT]}}",
        "actions": ["argue"],
        "altbranches": [None, ["{{[INPUT]}}gulls{{[OUTPUT]}}", "lose"]],
    }
    loom = loom_in(story)
    assert texts(loom) == ["gulls\nargue", "gulls\nlose"]
    assert len(loom.nodes) == 3
