"""`flourishing garden`: list, search, show, lineage, beds."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flourishing.core.text import Origin, Source, Text
from flourishing.garden import open_garden
from flourishing.settings import default_garden
from tests.cli.conftest import Ask, Look, LookAt, Open, Refuse, Run, leave, say

ECHO = ("--model", "echo")
HOSTILE = "the \x1b[2J\x1b]0;owned\x07sea\u202eaes\u2066 \x9b31m\x7f\rfalls"
ACTING = ("\x1b[2J", "\x1b]0", "\x07", "\u202e", "\u2066", "\x9b", "\x7f", "\r")
SAFE = ("\x1b[0m", "\x1b[?25h", "\x1b[?25l")  # what our own console writes


def test_alone_it_says_what_there_is(ask: Ask) -> None:
    ask("garden", "add", "one", "two")
    told = ask("garden", "--json").json
    assert (told["texts"], told["kept"], told["broods"]) == (2, 2, 0)
    assert re.search(r"^ +2 texts$", ask("garden").out, re.MULTILINE)


class TestList:
    def test_the_newest_come_first_page_by_page(self, ask: Ask) -> None:
        ask("garden", "add", *"abcde")
        assert ask("garden", "list", "-n", 2).out == "e\nd\n"
        assert ask("garden", "list", "-n", 2, "--before", 4).out == "c\nb\n"

    def test_marks_and_tags_choose(self, ask: Ask) -> None:
        ask("garden", "add", *"abcde")
        ask("garden", "drop", 1, 2)
        ask("garden", "pin", 2)
        ask("garden", "away", 3)
        ask("garden", "keep", "--back", 4)
        ask("garden", "tag", "sea", 5, 1)
        for which, those in {
            "all": "edba",
            "kept": "e",
            "dropped": "ba",
            "pinned": "b",
            "away": "c",
        }.items():
            assert sorted(ask("garden", "list", which).out.split()) == sorted(those), which
        assert ask("garden", "list", "--tag", "sea").out == "e\na\n"

    def test_those_like_a_text_or_like_words_come_the_nearest_first(self, ask: Ask) -> None:
        ask("garden", "add", "grey waves on the sea", "warm bread", "waves of the grey sea")
        assert "Embedded: 2" in ask("garden", "embed", "-n", 2, *ECHO).err
        near = ask("garden", "list", "--like", 3, "-n", 1, *ECHO)
        assert near.out == "warm bread\n"
        assert "2 of 3 texts were looked at" in near.err
        ask("garden", "embed", *ECHO)
        assert ask("garden", "list", "--like", 3, "-n", 1, *ECHO).out == "grey waves on the sea\n"
        (near,) = ask("garden", "list", "--like", "bread", "-n", 1, *ECHO, "--json").json
        assert (near["content"], near["likeness"] > 0) == ("warm bread", True)

    def test_before_any_is_embedded_it_says_how(self, ask: Ask, refuse: Refuse) -> None:
        ask("garden", "add", "one", "two")
        assert "flourishing garden embed" in refuse("garden", "list", "--like", 1, *ECHO)
        refuse("garden", "list", "--like", 1, "--before", 2, *ECHO)

    def test_json_has_numbers_marks_and_tags(self, ask: Ask) -> None:
        ask("garden", "add", "one")
        ask("garden", "tag", "sea", 1)
        (text,) = ask("garden", "list", "--json").json
        assert (text["id"], text["marks"], text["tags"]) == (1, ["keep"], ["sea"])

    def test_search_finds_all_words(self, ask: Ask, refuse: Refuse) -> None:
        ask("garden", "add", "the sea falls", "the sea", "a dove")
        assert ask("garden", "search", "sea").out == "the sea\nthe sea falls\n"
        assert ask("garden", "search", "FALLS", "sea").out == "the sea falls\n"
        assert ask("garden", "search", "sea", "--before", 2, "--json").json[0]["id"] == 1
        assert "no word" in refuse("garden", "search", "?!")


class TestShow:
    def test_tells_where_a_text_came_from(self, ask: Ask) -> None:
        words = ("breed", "cat", "elephant", "-n", 1, "--start", "e", "--seed", 7, "--json")
        brood = ask(*words, "--temperature", "0.5", *ECHO).json
        id = brood["offspring"][0]["id"]
        out = ask("garden", "show", id).out
        assert out.startswith(brood["offspring"][0]["content"].split("\n")[0])
        assert "By echo, begun with “e”, temperature 0.5, seed" in out
        assert "From: 1 “cat”; 2 “elephant”" in out
        assert ask("garden", "show", id, "--prompt").out == brood["prompt"] + "\n"

    def test_tells_who_wrote_what_and_the_versions(self, ask: Ask) -> None:
        brood = ask("breed", "cat", "elephant", "-n", 1, "--seed", 1, "--json", *ECHO).json
        (bred,) = brood["offspring"]
        words = ("--text", bred["content"] + " in the sea", "--json")
        edit = ask("garden", "edit", bred["id"], *words).json
        told = ask("garden", "show", edit["id"], "--json").json
        assert told["spans"] == [["model", len(bred["content"])], ["person", 11]]
        out = ask("garden", "show", edit["id"]).out
        assert "of its letters are a person’s, the rest the model’s" in out
        assert "Its 2 versions:" in out
        assert "keep" in out

    def test_tells_where_else_its_words_stand(self, ask: Ask) -> None:
        ask("garden", "add", "the apparition of these faces in the crowd, and me")
        ask("garden", "add", "the apparition of these faces in the crowd, and you")
        told = ask("garden", "show", 1, "--json").json
        assert {echo["where"] for echo in told["echoes"]} == {"library", "garden"}
        assert "apparition of these faces" in ask("garden", "show", 1).out

    def test_what_has_no_prompt_says_so(self, ask: Ask, refuse: Refuse) -> None:
        ask("garden", "add", "one")
        assert "came of no prompt" in refuse("garden", "show", 1, "--prompt")


class _Resources(HTMLParser):
    """Finds everything that a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"link", "iframe", "object", "embed"}
        named = dict(attrs)
        loads = ("src", "srcset", "href", "data", "action", "poster", "xlink:href")
        self.found += [value for name in loads if (value := named.get(name)) and value[0] != "#"]


class TestLineage:
    def test_goes_both_ways(self, ask: Ask) -> None:
        first = ask("breed", "cat", "elephant", "-n", 2, "--json", *ECHO).json["offspring"]
        second = ask("breed", first[0]["id"], "-n", 1, "--json", *ECHO).json["offspring"][0]
        up = ask("garden", "lineage", second["id"], "--json").json
        assert {each["id"] for each in up["texts"]} == {1, 2, first[0]["id"], second["id"]}
        assert {(edge["child"], edge["parent"]) for edge in up["edges"]} == {
            (second["id"], first[0]["id"]),
            (first[0]["id"], 1),
            (first[0]["id"], 2),
        }
        down = ask("garden", "lineage", 1, "--descendants", "--json").json
        assert {each["id"] for each in down["texts"]} == {
            1,
            second["id"],
            *(each["id"] for each in first),
        }
        out = ask("garden", "lineage", second["id"]).out
        assert out.index("the text") < out.index("1 before") < out.index("2 before")
        assert "cat" in out

    @pytest.mark.slow
    def test_examples_stand_apart(self, ask: Ask) -> None:
        words = ("refine", "a dove", "--take", 2, "-n", 1, "--json", *ECHO)
        id = ask(*words).json["offspring"][0]["id"]
        assert len(ask("garden", "lineage", id, "--json").json["texts"]) == 2
        assert len(ask("garden", "lineage", id, "--examples", "--json").json["texts"]) > 4

    def test_one_html_file_opens_without_a_network(self, ask: Ask, tmp_path: Path) -> None:
        with open_garden() as garden:
            (text,) = garden.add(
                "</script><script src='https://x.example/a.js'></script>" + HOSTILE
            )
        ask("garden", "edit", text.id, "--text", "<img src=http://x.example/b.png>")
        file = tmp_path / "family.html"
        assert ask("garden", "lineage", 2, "--html", file).out == ""
        page = file.read_text(encoding="utf-8")
        resources = _Resources()
        resources.feed(page)
        assert resources.found == []
        assert "@import" not in page
        assert not re.search(r"url\((?!['\"]?data:)", page)
        assert "<script src" not in page
        assert "<img" not in page

    def test_a_place_that_cannot_be_written_is_said(self, ask: Ask, refuse: Refuse) -> None:
        ask("garden", "add", "one")
        words = ("garden", "lineage", 1, "--html", "/proc/no/where.html")
        assert "cannot be written" in refuse(*words, code=1)


class TestHostileTexts:
    """To a terminal nothing that a model or a file says takes effect."""

    @pytest.fixture(autouse=True)
    def grow(self) -> None:
        source = Source(author=HOSTILE, title=HOSTILE, published=HOSTILE)
        text = Text(HOSTILE, Origin(author="person", source=source))
        with open_garden() as garden:
            (stored,) = garden.add(text)
            edit = garden.edit(stored, HOSTILE + " again")
            garden.tag(HOSTILE, stored, edit)
            garden.shelves.put("x", stored, title=HOSTILE)
            garden.beds.open("x", parents=(1,), shown=(1, 2))
            place = default_garden()
        # Such names are refused now; gardens of earlier versions may have them.
        with closing(sqlite3.connect(place)) as database:
            database.execute("UPDATE collections SET name = ?", (f"x{HOSTILE}",))
            database.execute("UPDATE beds SET name = ?", (HOSTILE,))
            database.commit()

    def test_all_commands_show_them_as_pictures(self, look_at: LookAt) -> None:
        commands = [
            ("garden", "list"),
            ("garden", "search", "owned"),
            ("garden", "show", "2"),
            ("garden", "lineage", "2"),
            ("garden", "beds"),
            ("library", "list"),
            ("library", "show", f"x{HOSTILE}"),
            ("breed", "1", "--show-prompt", *ECHO),
            ("breed", "1", "-n", "1", "--seed", "1", "--bed", HOSTILE, *ECHO),
            ("refine", "1", "2", "--show-prompt", *ECHO),
            ("refine", "1", "2", "--accept"),
        ]
        shown = look_at(*commands)
        assert len(shown) == len(commands)
        for each in shown:
            self.require_harmless(each)

    @pytest.mark.slow
    def test_an_import_shows_them_as_pictures(self, look_at: LookAt, tmp_path: Path) -> None:
        file = tmp_path / "poems.json"
        file.write_text(json.dumps([{"text": HOSTILE}]), encoding="utf-8")
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "sea\x1b[2J\u202e.md").write_text("sea", encoding="utf-8")
        command = ("garden", "import", "--preview")
        for each in look_at((*command, file), (*command, folder)):
            self.require_harmless(each)

    def test_an_error_shows_them_as_pictures(self, flourishing: Run) -> None:
        done = flourishing("library", "show", HOSTILE, code=2)
        self.require_harmless(done.stderr)

    @pytest.mark.slow
    def test_a_session_shows_them_as_pictures(self, terminal: Open) -> None:
        session = terminal("--bed", HOSTILE, "--model", "echo")
        shown = session.before or ""
        for line in ("p", "prompt", "f2", "v", "l", "1", "k1", f"s {HOSTILE[:3]}\u202e"):
            shown += say(session, line).split("\n", 1)[1]
        shown += leave(session).split("\n", 1)[1]
        assert "␛[2J␛]0;owned␇sea" in shown
        self.require_harmless(shown.replace("\r", ""))

    def require_harmless(self, shown: str) -> None:
        assert "sea" in shown or "owned" in shown
        for code in SAFE:
            shown = shown.replace(code, "")
        for acting in ACTING:
            assert acting not in shown, repr(acting)


LONG = "the gulls argue over a paper boat and lose it to the tide " * 6  # 348 characters
TAG = "a tag of many words " * 9 + "end"
VERSE = f"{LONG}\n{LONG}end\a"


class TestToAFile:
    """What goes to a file or a pipe is whole: no line is broken, cut or changed."""

    @pytest.fixture
    def grown(self, ask: Ask) -> int:
        number = ask("garden", "add", VERSE, "--json").json[0]["id"]
        ask("garden", "tag", TAG, number)
        edit = ask("garden", "edit", number, "--text", f"{VERSE} again", "--json").json
        ask("library", "add", "mine", number)
        ask("library", "add", "chained", number, edit["id"], "--chain")
        return int(number)

    @pytest.mark.slow
    def test_garden_show_breaks_no_line(self, flourishing: Run, ask: Ask, grown: int) -> None:
        for number, verse in ((grown, VERSE), (grown + 1, f"{VERSE} again")):
            shown = flourishing("garden", "show", str(number)).stdout
            assert shown == ask("garden", "show", number).out
            assert shown.startswith(f"{verse}\n\n")
        assert f"    keep, {TAG}\n" in ask("garden", "show", grown).out

    @pytest.mark.parametrize(
        "words",
        [
            ("garden", "list"),
            pytest.param(("garden", "search", "gulls"), marks=pytest.mark.slow),
            pytest.param(("garden", "lineage", "2"), marks=pytest.mark.slow),
            ("garden", "show", "2"),
            pytest.param(("library", "show", "mine"), marks=pytest.mark.slow),
            pytest.param(("library", "show", "chained"), marks=pytest.mark.slow),
            ("breed", "1", "--model", "echo", "-n", "1", "--show-prompt"),
        ],
        ids=lambda words: " ".join(words[:2]),
    )
    @pytest.mark.usefixtures("grown")
    def test_every_line_is_whole(self, ask: Ask, words: tuple[str, ...]) -> None:
        shown = ask(*words).out
        assert LONG in shown
        assert f"{LONG}end\a" in shown

    @pytest.mark.slow
    def test_colours_that_are_forced_break_no_line(
        self, flourishing: Run, grown: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "40")
        shown = flourishing("garden", "show", str(grown)).stdout
        assert shown.startswith(f"{VERSE}\n\n")


def test_json_in_a_terminal_cannot_act_on_it_and_is_the_same(ask: Ask, look: Look) -> None:
    ask("garden", "add", HOSTILE)
    shown = look("garden", "list", "--json")
    assert not any(acting in shown for acting in ACTING)
    assert "\\u202e" in shown
    assert json.loads(shown)[0]["content"] == ask("garden", "list", "--json").json[0]["content"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [("lineage", "1", "--html"), ("chapbook", "--title", "B")],
    ids=["lineage", "chapbook"],
)
def test_a_document_is_not_written_over_a_file_of_another_form(
    refuse: Refuse, tmp_path: Path, words: tuple[str, ...]
) -> None:
    place, notes = tmp_path / "garden.db", tmp_path / "notes.html"
    with open_garden(place) as garden:
        garden.add("fog")
    notes.write_text("my thesis", encoding="utf-8")
    link = tmp_path / "link.html"
    link.symlink_to(place)
    for target in (place, notes, link):
        before = target.read_bytes()
        assert "left as it is" in refuse("garden", *words, str(target), "--garden", str(place))
        assert target.read_bytes() == before
