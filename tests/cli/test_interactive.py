"""The interactive loop in a real terminal: typed at, looked at, interrupted, killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pexpect
import pytest

from flourishing.cli.interactive import HELP, Command, read_command
from flourishing.errors import InputError
from flourishing.garden import Garden, open_garden
from tests.cli.conftest import PROMPT, Open, interrupt, leave, numbers, plain, say
from tests.garden.broods import tended

CATS = ("cat", "elephant", "rabbit", "--seed", "4", "--model", "echo", "--bed", "cats")


def script(folder: Path, body: str) -> str:
    """Write an editor that does this to its file."""
    editor = folder / "editor"
    editor.write_text(f"#!/bin/sh\n{body}\n")
    editor.chmod(0o755)
    return str(editor)


def kept(garden: Garden) -> list[str]:
    return [text.content for text in garden.search.page("keep")]


def test_the_loop_of_the_post(terminal: Open) -> None:
    session = terminal(*CATS, "-n", "3")
    assert numbers(say(session, ""))[-3:] == ["1", "2", "3"]
    assert "Parents, worst first (5)" in say(session, "1 2")
    assert "Kept. 1 in the garden." in say(session, "k3")
    assert "Parents, worst first (4)" in say(session, "x1")
    assert "Parents, worst first (3)" in say(session, "1")
    assert numbers(say(session, "d2")) == ["1", "3"]
    assert "There is no offspring 2" in say(session, "k2")
    assert "3 offspring, temperature 1.5." in say(session, "t wild")
    assert "3 offspring, temperature 0.8." in say(session, "t 0.8")
    assert "each beginning “e”" in say(session, "s e")
    say(session, "n 2")
    assert "|elephant|rabbit|e" in (shown := say(session, "prompt"))
    assert "[18 tokens]" in shown
    assert numbers(say(session, ""))[-2:] == ["1", "2"]
    assert "each beginning" not in say(session, "s")
    assert "elephant" in say(session, "p")
    assert "breed from the parents" in say(session, "?")
    assert "garden.db" in say(session, "w")
    assert "flourishing breed -i --bed cats" in leave(session)
    with open_garden() as garden:
        bed = garden.beds.open("cats")
        assert (bed.n, bed.start, bed.settings.as_dict()) == (2, "", {"temperature": 0.8})
        assert [text.content for text in garden.texts(bed.parents)] == ["elephant", "rabbit"]
        first, second = reversed(garden.broods(bed))
        assert [each.content for each in garden.search.page("keep")] == [first[2].content]
        assert (first.sampling.temperature, second.sampling.temperature) == (1.0, 0.8)
        assert (first.seed, second.seed) == (4, 5)
        assert all(each.content.startswith("e") for each in second)
        assert "drop" in first[1].marks


@pytest.mark.slow
def test_of_candidates_those_that_suit_are_shown_and_the_rest_where_it_is_asked_for(
    terminal: Open,
) -> None:
    with open_garden() as garden:
        bed = tended(garden)
    session = terminal("--bed", "liked", "--model", "echo", "--seed", "4", "-n", "3")
    assert "unseen pairs" in say(session, "c")
    assert "3 offspring, chosen out of 9 by your marks." in say(session, "c 9")
    assert "Of 3 candidates, 3 cannot be chosen" in say(session, "c 3")
    assert "candidates cannot be 99,999" in say(session, "c 99999")
    assert "cannot be bred" in say(session, "c many")
    shown = say(session, "")
    assert numbers(shown) == ["1", "2", "3"]  # and nothing of the others while they came
    assert "3 of 9; m shows the rest." in shown
    assert "There is no offspring 4" in say(session, "k4")
    say(session, "k2")
    assert numbers(say(session, "m")) == [str(number) for number in range(1, 10)]
    assert "All of the brood is shown" in say(session, "m")
    say(session, "5")
    say(session, "d1")
    assert "3 offspring." in say(session, "c 0")
    assert numbers(say(session, ""))[-3:] == ["1", "2", "3"]
    leave(session)
    with open_garden() as garden:
        last, brood = garden.broods(bed, limit=2)
        assert (len(last), len(brood), len(brood.first)) == (3, 9, 3)
        ids = [brood[at].id for at in brood.order]
        assert "keep" in garden.text(ids[1]).marks
        assert "drop" in garden.text(ids[0]).marks
        assert garden.beds.get(bed.id).parents[-1] == ids[4]
        assert {(2, 3), (5, 9)} <= {*garden.opinion(bed).picks}


@pytest.mark.slow
def test_what_is_to_be_copied_has_no_line_end_in_it_in_a_narrow_terminal(
    terminal: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a folder whose name is longer than a line of this terminal" / "garden.db"
    place.parent.mkdir()
    monkeypatch.setenv("FLOURISHING_GARDEN", str(place))
    session = terminal(*CATS, "-n", "3", columns=30)
    assert f"Everything is in {place}" in say(session, "w")
    assert f"in {place}. To go on another day: flourishing breed -i --bed cats" in leave(session)


def test_every_act_is_undone_and_redone(terminal: Open, tmp_path: Path) -> None:
    acts = ["", "1", "k2", "x1", "d2", "e3", "s cat", "n 5", "t 0.5", "f1", "l"]
    session = terminal(*CATS, "-n", "3", editor=script(tmp_path, 'echo "by hand" > "$1"'))
    with open_garden() as garden:

        def stands() -> tuple[object, ...]:
            bed = garden.beds.open("cats")
            return (bed.state(), *(garden.search.page(mark) for mark in ("keep", "drop")))

        states = [stands()]
        for act in acts:
            say(session, act)
            assert stands() != states[-1], act
            states.append(stands())
        for state in reversed(states[:-1]):
            assert "Undone" in say(session, "u")
            assert stands() == state
        assert "Nothing to undo" in say(session, "u")
        for state in states[1:]:
            assert "Redone" in say(session, "r")
            assert stands() == state
        assert "Nothing to redo" in say(session, "r")
        say(session, "u")
        say(session, "n 7")
        assert "Nothing to redo" in say(session, "r")


def test_an_edit_in_the_persons_editor_is_kept_and_takes_its_place(
    terminal: Open, tmp_path: Path
) -> None:
    session = terminal(*CATS, editor=script(tmp_path, 'printf "by hand\\n\\n" > "$1"'))
    say(session, "")
    say(session, "1")
    assert "edited, kept" in say(session, "e1")
    assert "by hand" in say(session, "p")
    with open_garden() as garden:
        bed = garden.beds.open("cats")
        edit = garden.text(bed.shown[0])
        assert (edit.content, edit.origin.author) == ("by hand", "person")
        assert bed.parents[-1] == edit.id
        assert kept(garden) == ["by hand"]


def test_an_editor_that_gives_nothing_changes_nothing(terminal: Open, tmp_path: Path) -> None:
    does = tmp_path / "does"
    with open_garden() as garden:
        (text,) = garden.add("one\r\ntwo\n", keep=False)
        bed = garden.beds.open("cats", shown=(text.id,))
        editor = script(tmp_path, f". {does}")
        session = terminal("--bed", "cats", "--model", "echo", editor=editor)
        for body, said in {
            "true": "Number 1 stays as it is.",
            'printf "\\n \\n" > "$1"': "Number 1 stays as it is.",
            'printf "\\377" > "$1"': "The editor gave no text",
            "exit 3": "The editor gave no text",
        }.items():
            does.write_text(body + "\n")
            assert said in say(session, "e1")
            assert garden.beds.get(bed.id) == bed
            assert kept(garden) == []


def test_mistakes_are_said_and_the_loop_goes_on(terminal: Open) -> None:
    session = terminal(*CATS)
    for line, words in {
        "9": "no offspring 9",
        "e9": "no offspring 9",
        "x9": "no parent 9",
        "x0": "no parent 0",
        "99999999999999999999999": "no offspring",
        "zz": "no command",
        "n many": "cannot be bred",
        "n": "cannot be bred",
        "n 0": "cannot be bred",
        "n 9999": "cannot be bred",
        "t hot": "no temperature",
        "t -1": "temperature cannot be -1",
        "t nan": "temperature cannot be nan",
        "a": "Nothing is being refined",
        "b": "Nothing is being refined",
        "l": "Nothing is being refined",
        "v": "Nothing is being refined",
        "u": "Nothing to undo",
        "r": "Nothing to redo",
    }.items():
        assert words in say(session, line), line
    assert "Parents, worst first (3)" in say(session, "p")
    say(session, "x1 2 3")
    assert "nothing to breed from" in say(session, "")
    assert "nothing to breed from" in say(session, "prompt")


def test_a_line_that_is_no_utf_8_is_said_and_the_loop_goes_on(terminal: Open) -> None:
    session = terminal(*CATS)
    os.write(session.child_fd, b"s \xff\xfe\n")
    session.expect(r"\n" + PROMPT)
    assert "surrogate" in plain(session.before or "")
    assert "Parents, worst first (3)" in say(session, "p")


@pytest.mark.slow
def test_refining_goes_from_version_to_version_and_back_to_breeding(terminal: Open) -> None:
    session = terminal(*CATS, "-n", "2", "--pattern", "poems")
    say(session, "")
    assert "Versions, worst first (1)" in say(session, "f1")
    assert "better:" in say(session, "prompt")
    say(session, "")
    assert "Versions, worst first (2)" in say(session, "1")
    assert "a version already" in say(session, "1")
    say(session, "")
    assert "Versions, worst first (3)" in say(session, "2")
    assert "Versions, worst first (2)" in say(session, "b")
    assert "Versions, worst first (2)" in say(session, "v")
    assert "in the collection “poems”, its versions in “refinements”" in say(session, "a")
    assert "Nothing is being refined" in say(session, "v")
    with open_garden() as garden:
        (text,) = garden.search.page("keep")
        (chain,) = garden.shelves.get("refinements").chains  # type: ignore[union-attr]
        assert chain.best == text == garden.shelves.get("poems").texts[0]  # type: ignore[union-attr]
        assert chain.versions == garden.lineage.versions(text.id).versions
        third, second, _ = garden.broods()
        assert second.examples == third.examples  # so that the model need not read others
        assert all(chain.best not in each.versions for each in third.examples)
    assert "Versions, worst first (3)" in say(session, "f1")
    assert "Parents, worst first (3)" in say(session, "l")
    leave(session)


def test_another_session_goes_on_where_the_last_one_was_left(terminal: Open) -> None:
    session = terminal(*CATS, "-n", "3")
    before = say(session, "")
    say(session, "1")
    leave(session)
    session = terminal("--bed", "cats", "--model", "echo")
    shown = plain(session.before or "")
    assert "Parents, worst first (4)" in shown
    assert numbers(shown)[-3:] == numbers(before) == ["1", "2", "3"]
    assert "Undone" in say(session, "u")
    assert "Parents, worst first (3)" in say(session, "p")
    assert numbers(say(session, ""))[-3:] == ["1", "2", "3"]


@pytest.mark.slow
def test_what_is_said_beside_the_name_of_a_bed_changes_it_and_can_be_undone(terminal: Open) -> None:
    session = terminal(*CATS, "-n", "3")
    say(session, "")
    say(session, "f1")
    say(session, "t 0.5")
    leave(session)
    with open_garden() as garden:
        before = garden.beds.open("cats")
    model = ("--bed", "cats", "--model", "echo")
    session = terminal("hen", "owl", "-n", "2", "--start", "e", "--temperature", "0.9", *model)
    with open_garden() as garden:
        bed = garden.beds.open("cats")
        assert [text.content for text in garden.texts(bed.parents)] == ["hen", "owl"]
        assert (bed.n, bed.start, bed.pattern, bed.chain) == (2, "e", "list", ())
        assert bed.settings.as_dict() == {"temperature": 0.9}
        shown = say(session, "prompt").replace("\n", "")
        assert "|hen|owl|e" in shown
        assert numbers(say(session, ""))[-2:] == ["1", "2"]
        say(session, "u")
        assert "Undone" in say(session, "u")
        assert garden.beds.open("cats") == before
    leave(session)
    leave(terminal("--pattern", "poems", *model))
    with open_garden() as garden:
        assert garden.beds.open("cats").pattern == "poems"
        assert garden.beds.open("cats").n == before.n


@pytest.mark.slow
def test_a_bed_that_is_opened_by_its_name_alone_stays_as_it_was(terminal: Open) -> None:
    leave(terminal(*CATS, "-n", "3", "--start", "e"))
    with open_garden() as garden:
        before, acts = garden.beds.open("cats"), garden.acts()
        leave(terminal("--bed", "cats", "--model", "echo"))
        assert garden.beds.open("cats") == before
        assert garden.acts() == acts


@pytest.mark.slow
def test_what_is_set_in_a_bed_elsewhere_holds_in_the_terminal_too(terminal: Open) -> None:
    with open_garden() as garden:
        cats = garden.add("cat", "hen", "owl", keep=False)
        settings = {"model": "echo", "min_p": 0.2, "temperature": 0.7, "prompt": "hen|owl|"}
        ids = tuple(cat.id for cat in cats)
        garden.beds.open("cats", parents=ids, pattern="list", n=2, settings=settings)
    session = terminal("--bed", "cats", "--top-p", "0.9")
    assert "hen|owl|" in say(session, "prompt")
    assert numbers(say(session, ""))[-2:] == ["1", "2"]
    leave(session)
    with open_garden() as garden:
        (brood,) = garden.broods(garden.beds.open("cats"))
        assert (brood.model, brood.prompt) == ("echo", "hen|owl|")
        drawn = brood.sampling
        assert (drawn.min_p, drawn.temperature, drawn.top_p) == (0.2, 0.7, 0.9)


@pytest.mark.slow
def test_a_version_that_was_gone_back_from_waits_in_the_bed(terminal: Open) -> None:
    session = terminal(*CATS, "-n", "2")
    say(session, "")
    say(session, "f1")
    say(session, "")
    say(session, "1")
    say(session, "b")
    leave(session)
    with open_garden() as garden:
        bed = garden.beds.open("cats")
        assert len(bed.chain) == 1
        assert bed.settings.later == (garden.broods(bed)[0][0].id,)


def test_nothing_that_was_said_is_lost_when_the_process_is_killed(terminal: Open) -> None:
    session = terminal(*CATS, "-n", "3", forked=False)
    say(session, "")
    say(session, "1 2")
    say(session, "k3")
    session.kill(signal.SIGKILL)
    session.expect(pexpect.EOF)
    with open_garden() as garden:
        assert garden.verify() == []
        bed = garden.beds.open("cats")
        assert len(bed.parents) == 5
        assert kept(garden) == [garden.text(bed.shown[2]).content]
    session = terminal("--bed", "cats", "--model", "echo")
    assert "Parents, worst first (3)" in say(session, "u") + say(session, "u")


def test_ctrl_c_at_the_prompt_leaves_and_loses_nothing(terminal: Open) -> None:
    session = terminal(*CATS)
    say(session, "")
    say(session, "k1 2")
    interrupt(session, pexpect.EOF)
    session.close()
    assert session.exitstatus == 0
    assert "2 kept in" in plain(session.before or "")
    with open_garden() as garden:
        assert len(kept(garden)) == 2


@pytest.mark.slow
@pytest.mark.engine
def test_ctrl_c_in_the_middle_of_a_brood_keeps_what_came_whole(terminal: Open) -> None:
    session = terminal("-n", "60", "--model", "local", "--bed", "sea", "--max-tokens", "24")
    session.sendline("")
    session.expect(r"[1-9]\d* of 60 so far")
    interrupt(session, "You stopped it after")
    session.expect(r"\n" + PROMPT)
    say(session, "k1")
    with open_garden() as garden:
        bed = garden.beds.open("sea")
        (brood,) = garden.broods(bed)
        assert [each.id for each in brood] == list(bed.shown)
        assert 1 <= len(brood) < 60
        assert brood.asked == 60
        assert [each.content for each in garden.search.page("keep")] == [brood[0].content]
        session.sendline("")
        session.expect("of 60 so far|Reading the prompt")
        interrupt(session, r"\n" + PROMPT)
        assert len(garden.broods(bed)) + ("Nothing had come" in plain(session.before or "")) == 2
    leave(session)


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
        ("f2", Command("f", (2,))),
        ("?", Command("?")),
        ("s the sea", Command("s", rest="the sea")),
        ("s", Command("s")),
        ("n 5", Command("n", rest="5")),
        ("prompt", Command("prompt")),
        *((letter, Command(letter)) for letter in "abvlurwpq"),
    ],
)
def test_reads_what_is_typed(line: str, command: Command) -> None:
    assert read_command(line) == command


@pytest.mark.parametrize("line", ["z9", "hello", "e", "1 x", "s3the", "f", "\x1b[A"])
def test_says_what_is_no_command(line: str) -> None:
    with pytest.raises(InputError, match="no command"):
        read_command(line)


def test_refuses_what_no_text_can_hold() -> None:
    with pytest.raises(InputError, match="lone surrogate"):
        read_command("s \udcff")


def test_the_help_names_only_what_can_be_typed() -> None:
    typed = {line.split()[0] for line in HELP.splitlines()} - {"Enter", "b", "a"}
    for word in typed:
        assert read_command(word.replace("WORDS", "the sea"))


POEMS = ("--model", "echo", "--bed", "poems", "--seed", "3", "-n", "4")


@pytest.mark.slow
def test_parents_that_come_back_are_exchanged_when_the_person_says_so(terminal: Open) -> None:
    session = terminal(*(f"the grey sea and the grey rain {at}" for at in range(4)), *POEMS)
    assert "repeat none" in say(session, "o")
    say(session, "")
    session.sendline("o")
    session.expect("Exchange them")
    assert "stand in runs" in plain(session.before or "")
    assert "stay as they are" in say(session, "n")
    session.sendline("o")
    session.expect("Exchange them")
    assert "Parents, worst first (4)" in say(session, "y")
    assert "Undone" in say(session, "u")
    leave(session)
