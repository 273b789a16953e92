from __future__ import annotations

from collections.abc import Callable

import pytest

from flourishing.brood import Offspring
from flourishing.cli.session import Bed, Command, History, read_command
from flourishing.errors import InputError
from flourishing.text import Text


def bed() -> Bed:
    return Bed(parents=(Text("first"),), offspring=(Offspring("one"), Offspring("two")))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("", Command("breed")),
        ("  \n", Command("breed")),
        ("1 3 5", Command("pick", (1, 3, 5))),
        ("1,3", Command("pick", (1, 3))),
        ("3 3", Command("pick", (3,))),
        ("e3", Command("e", (3,))),
        ("k 2 4", Command("k", (2, 4))),
        ("d2", Command("d", (2,))),
        ("?", Command("?")),
        ("s the sea", Command("s", rest="the sea")),
        ("s", Command("s")),
        ("n 5", Command("n", rest="5")),
        ("prompt", Command("prompt")),
    ],
)
def test_reads_what_is_typed(line: str, command: Command) -> None:
    assert read_command(line) == command


@pytest.mark.parametrize("line", ["z9", "hello", "e", "1 x", "s3the"])
def test_says_what_is_no_command(line: str) -> None:
    with pytest.raises(InputError, match="no command"):
        read_command(line)


def test_a_picked_offspring_becomes_the_last_parent() -> None:
    picked = bed().with_parent(bed().numbered(2))
    assert [each.content for each in picked.parents] == ["first", "two"]


def test_picking_again_takes_it_back() -> None:
    start = bed()
    text = start.numbered(1)
    assert start.with_parent(text).with_parent(text).parents == start.parents


def test_an_edit_is_a_child_of_what_was_edited() -> None:
    start = bed()
    edited = start.with_edit(1, "one, edited")
    child = edited.numbered(1)
    assert child.content == "one, edited"
    assert child.origin.author == "person"
    assert child.origin.parents == (start.numbered(1),)
    assert child in edited.kept


def test_an_edited_parent_stays_a_parent() -> None:
    start = bed().with_parent(bed().numbered(1))
    start = bed()
    start = start.with_parent(start.numbered(1))
    assert [each.content for each in start.with_edit(1, "new").parents] == ["first", "new"]


def test_a_dropped_offspring_keeps_the_numbers_of_the_others() -> None:
    start = bed()
    dropped = start.with_parent(start.numbered(1)).without(1)
    assert [each.content for each in dropped.parents] == ["first"]
    assert dropped.numbered(2).content == "two"
    with pytest.raises(InputError, match="no offspring 1"):
        dropped.numbered(1)


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_number_that_is_not_there_is_said(number: int) -> None:
    with pytest.raises(InputError, match="no offspring"):
        bed().numbered(number)


def test_parents_leave_by_their_number() -> None:
    assert bed().without_parent(1).parents == ()
    with pytest.raises(InputError, match="no parent 2"):
        bed().without_parent(2)


def test_every_act_is_undone_and_redone_one_after_the_other() -> None:
    states = [bed()]
    history = History(states[0])
    acts: list[Callable[[Bed], Bed]] = [
        lambda now: now.with_parent(now.numbered(1)),
        lambda now: now.with_kept(now.numbered(2)),
        lambda now: now.with_edit(2, "changed"),
        lambda now: now.without(1),
    ]
    for act in acts:
        history.act(act(history.now))
        states.append(history.now)
    for state in reversed(states[:-1]):
        assert history.undo()
        assert history.now == state
    assert not history.undo()
    for state in states[1:]:
        assert history.redo()
        assert history.now == state
    assert not history.redo()


def test_a_new_act_forgets_what_was_undone() -> None:
    history = History(bed())
    history.act(history.now.without(1))
    history.undo()
    history.act(history.now.without(2))
    assert not history.redo()
