"""KoboldLite: a story and its branches are one tree."""

from __future__ import annotations

import pytest

from flourishing.errors import InputError
from flourishing.exchange.loom import Piece
from tests.exchange.looms.reading import DUSK, fixture, loom_in, texts


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
