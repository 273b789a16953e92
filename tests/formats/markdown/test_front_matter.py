"""Notes: front matter told from verse, and changed without touching what is not ours."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flourishing.errors import InputError
from flourishing.formats.markdown.front_matter import MOST_FRONT, Note, plain_lines

FOLDER = Path(__file__).parents[1] / "notes"
LAMP = "the lamp goes out"


def note(whole: str) -> Note:
    return Note.of(whole, "poem.md")


class TestVerse:
    @pytest.mark.parametrize(
        "block",
        [
            "sea fog rolls in",
            "sea fog\n\nrolls in",
            "- a gull\n- a tide",
            "Note: the sea is never still",
            "note: the sea is never still",
            "Sea: a word for leaving",
            "she said: come away",
            'she said: "come away to the sea"',
            "what remains:",
            "first:\nthe sea",
            "'tis the sea: it falls",
            "a: the sea falls: and rises",
            "  indented: verse",
            "\tthe sea",
            "12",
            "# a heading",
            "> a quotation",
            "[the sea]",
            "{sea",
            "the sea &a *b",
            "! the sea",
            "@sea: now",
            "sea:fog",
            ": nothing",
            "",
            "\n",
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_what_is_no_mapping_is_verse(self, block: str, end: str, mark: str) -> None:
        whole = mark + f"---\n{block}\n---\n{LAMP}\n".replace("\n", end)
        found = note(whole)
        assert (found.head, found.front, dict(found.table)) == ("", "", {})
        assert found.body == whole.removeprefix("\ufeff")

    @pytest.mark.parametrize(
        "whole",
        [
            "---\nthe sea",
            "---\ntitle: Harbour\nthe sea",
            "---\ntitle: Harbour",
            "---",
            "",
            "--- \n",
            "--- the sea\n---\nfog",
            "----\ntitle: Harbour\n----\nfog",
            "the sea\n---\ntitle: Harbour\n---\n",
            "---\nmood: blue\n---\n",  # nothing follows it, so it is the text
            "---\nsea fog rolls in\n...\nthe lamp goes out",
        ],
    )
    def test_what_is_not_closed_or_stands_alone_is_verse(self, whole: str) -> None:
        assert note(whole).body == whole

    def test_the_case_of_a_poem_that_begins_with_a_rule(self) -> None:
        whole = (FOLDER / "rule-first.md").read_text(encoding="utf-8")
        assert note(whole).body == whole


class TestFrontMatter:
    @pytest.mark.parametrize(
        ("block", "table"),
        [
            ("title: Harbour", {"title": "Harbour"}),
            ("Title: Harbour, a poem in three parts", {"Title": "Harbour, a poem in three parts"}),
            ("title: Harbour\nmy own key: 4", {"title": "Harbour", "my own key": "4"}),
            ("tags: [a, b]\n", {"tags": ["a", "b"]}),
            ("tags:\n- a\n- b", {"tags": ["a", "b"]}),
            ("tags:\n  - a\n\n  - b", {"tags": ["a", "b"]}),
            ("# mine\ndate created: 2023-05-30", {"date created": "2023-05-30"}),
            ("mood: blue", {"mood": "blue"}),
            ("mood: [blue, very blue, grey]", {"mood": ["blue", "very blue", "grey"]}),
            ('"title": Harbour', {"title": "Harbour"}),
            ("título: mar\ntitle: sea", {"título": "mar", "title": "sea"}),
            ("source:\n  author: A\n  title: B", {"source": {"author": "A", "title": "B"}}),
            ("description: |\n  two\n  lines", {"description": "two\nlines\n"}),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_mapping_is_read(self, block: str, table: dict[str, object], end: str) -> None:
        for before, close in product(("", "\ufeff", "\n", " \n\n"), ("---", "...", "--- ")):
            whole = f"{before}---\n{block}\n{close}\n{LAMP}\n".replace("\n", end)
            found = note(whole)
            assert dict(found.table) == table
            assert found.body == f"{LAMP}{end}"
            assert found.head + found.front + found.rest == whole

    @pytest.mark.parametrize("whole", ["---\ntitle: Harbour\n---\n", "---\ntags: []\n---"])
    def test_a_note_without_a_text_is_blank(self, whole: str) -> None:
        assert note(whole).body == ""

    def test_what_is_too_long_is_refused_and_long_verse_is_not(self) -> None:
        lines = "sea fog rolls in\n" * 10_000
        assert note(f"---\n{lines}---\n{LAMP}").body.endswith(LAMP)
        front = "aliases:\n" + "- sea\n" * (MOST_FRONT // 6)
        with pytest.raises(InputError, match=r"poem\.md has 65,5"):
            note(f"---\n{front}---\n{LAMP}")

    @pytest.mark.parametrize("words", ["\r" * 200_000, "---\n" + "\r" * 200_000, "a " * 100_000])
    def test_what_is_long_and_nothing_is_told_in_one_go(self, words: str) -> None:
        assert note(words).body == words


@given(st.text(st.characters(codec="utf-8")))
@example("---\na: b\n---")
def test_the_parts_are_the_whole(words: str) -> None:
    for whole in (words, f"---\n{words}\n---\nthe sea", f"\ufeff---\rtitle: a\r{words}\r---\rsea"):
        try:
            found = note(whole)
        except InputError:
            continue
        assert found.head + found.front + found.rest == whole
        assert found.head or found.body == whole.removeprefix("\ufeff")


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=20), max_size=4),
    st.dictionaries(st.sampled_from(["id", "digest"]), st.text(max_size=20), min_size=1),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_is_written_is_read_back_and_the_rest_stays(
    foreign: dict[str, str], ours: dict[str, str], end: str
) -> None:
    lines = "".join(f"x{key}:   [ {number} ]\n" for number, key in enumerate(foreign))
    whole = f"---\n# mine\ntitle: 'A'\n{lines}digest: old\nseed: 4\n---\n{LAMP}\n".replace(
        "\n", end
    )
    changed = note(whole).with_front(ours, frozenset({"id", "digest", "seed"}))
    again = note(changed)
    assert {key: again.table[key] for key in ours} == ours
    assert "seed" not in again.table
    assert again.body == f"{LAMP}{end}"
    kept = f"---\n# mine\ntitle: 'A'\n{lines}".replace("\n", end)
    assert changed.startswith(kept)


def test_only_what_changed_is_written_anew() -> None:
    whole = "---\nid:  '3'  # its number\ndigest: old\n---\nthe sea"
    found = note(whole)
    assert found.with_front({"id": 3, "digest": "old"}, frozenset({"id", "digest"})) == whole


@pytest.mark.parametrize(
    ("words", "plain"),
    [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\r\r\nb", "a\nb"), ("a\u2028b", "a\u2028b")],
)
def test_line_ends_of_any_system_become_one(words: str, plain: str) -> None:
    assert plain_lines(words) == plain
