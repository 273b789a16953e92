"""Patterns: what is rendered is read back exactly, and what cannot be is refused with its place.

Also: the patterns that ship.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flourishing.errors import InputError, PatternError, TextError
from flourishing.patterns import PATTERNS, Item, Pattern

ANY_TEXT = st.text(st.characters())
"""Any characters at all, lone surrogates and controls among them."""
WORDS = st.from_regex(r"[a-z]{2,8}( [a-z]{2,8}){0,3}", fullmatch=True)
EVERY = pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)


def texts_near(pattern: Pattern) -> st.SearchStrategy[str]:
    """Make texts of the pattern's own marks, or halves of them, to run into them."""
    marks = [pattern.header, pattern.prefix, pattern.separator, pattern.link, *pattern.stop]
    pieces = {piece for mark in marks for piece in (mark, mark[:1], mark[1:], mark[:-1])}
    woven = st.lists(st.sampled_from([*sorted(pieces), " ", "\n", "a"]), max_size=5).map("".join)
    return woven | ANY_TEXT


def items_of(pattern: Pattern, texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Item]]:
    if pattern.link:
        chains: st.SearchStrategy[Item] = st.lists(texts, min_size=1, max_size=3)
        return st.lists(chains, min_size=1, max_size=4)
    singles: st.SearchStrategy[Item] = texts
    return st.lists(singles, max_size=5)


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    mark = st.text(st.sampled_from("|: \n-a,é\t"), max_size=4) | st.text(max_size=3)
    header, prefix, separator, link = (draw(mark) for _ in range(4))
    try:
        return Pattern(name="made", header=header, prefix=prefix, separator=separator, link=link)
    except PatternError:
        return Pattern(name="made", separator="|")


def reads_back(pattern: Pattern, items: list[Item]) -> bool:
    """Whether the items can be rendered; if so, they must come back exactly."""
    try:
        prompt = pattern.render(items)
    except (TextError, PatternError):
        return False
    assert pattern.parse(prompt) == items
    assert not prompt.endswith(" ")
    return True


@EVERY
@given(data=st.data())
def test_whatever_is_rendered_is_read_back_exactly(pattern: Pattern, data: st.DataObject) -> None:
    reads_back(pattern, data.draw(items_of(pattern, texts_near(pattern))))


@EVERY
@given(data=st.data())
def test_plain_words_can_always_be_rendered(pattern: Pattern, data: st.DataObject) -> None:
    assert reads_back(pattern, data.draw(items_of(pattern, WORDS)))


@given(data=st.data(), pattern=patterns())
def test_any_pattern_that_a_person_makes_reads_back_what_it_renders(
    pattern: Pattern, data: st.DataObject
) -> None:
    reads_back(pattern, data.draw(items_of(pattern, texts_near(pattern))))


@given(text=ANY_TEXT, other=ANY_TEXT)
@example(text="ends in a dash\n--", other="a")
@example(text="", other="")
@example(text="---", other="a poem:\n")
@example(text=" leading and trailing ", other="\n\n")
@example(text="שלום\u202e\x00👩‍👩‍👧", other="é́")
def test_poems_of_any_characters_are_read_back_exactly(text: str, other: str) -> None:
    reads_back(PATTERNS["poems"], [text, other])


@EVERY
def test_a_prompt_of_no_examples_is_read_back_as_none(pattern: Pattern) -> None:
    assert pattern.parse(pattern.render([])) == []


@EVERY
@given(data=st.data())
def test_the_rest_of_a_longer_prompt_reads_as_the_next_example(
    pattern: Pattern, data: st.DataObject
) -> None:
    text = data.draw(WORDS)
    if pattern.link:
        chain = data.draw(st.lists(WORDS, min_size=1, max_size=3))
        shorter = pattern.render([["one", "two"], chain])
        longer = pattern.render([["one", "two"], [*chain, text], ["open"]])
    else:
        before = data.draw(st.lists(WORDS, max_size=3))
        shorter, longer = pattern.render(before), pattern.render([*before, text])
    assert longer.startswith(shorter)
    assert pattern.read(longer[len(shorter) :]) == text


@EVERY
def test_a_completion_is_read_up_to_the_first_stop(pattern: Pattern) -> None:
    for stop in pattern.stop:
        assert pattern.read(f" a word{stop}and what came after{stop}").strip() == "a word"


def test_a_poem_keeps_the_indentation_of_its_first_line_and_its_inner_blank_lines() -> None:
    read = PATTERNS["poems"].read("\n\n   indented\nnot\n\n  again\n\n---\na poem:\n")
    assert read == "   indented\nnot\n\n  again"


@EVERY
@pytest.mark.parametrize("completion", ["", " ", "\n\n", " \n\t\n "])
def test_a_completion_of_blanks_is_read_as_nothing(pattern: Pattern, completion: str) -> None:
    assert pattern.read(completion) == ""


def test_the_prompts_of_the_post_are_rendered_to_the_letter() -> None:
    animals = PATTERNS["list"].render(["cat", "elephant", "rabbit", "dog"])
    capitals = PATTERNS["mapping"].render([["alaska", "juneau"], ["ohio", "columbus"], ["kansas"]])
    waters = PATTERNS["sequence"].render([["1", "2", "3"], ["z", "y", "x"], ["ice", "water"]])
    poems = PATTERNS["poems"].render(["like the fox\nI run", "sometimes\nhidden"])
    assert animals == "|cat|elephant|rabbit|dog|"
    assert capitals == "alaska:juneau, ohio:columbus, kansas:"
    assert waters == "1:2:3,z:y:x,ice:water:"
    assert poems == "a poem:\nlike the fox\nI run\n---\na poem:\nsometimes\nhidden\n---\na poem:\n"


def test_a_refusal_says_where_the_text_breaks_the_pattern() -> None:
    with pytest.raises(TextError) as refusal:
        PATTERNS["list"].render(["cat", "do\ng|s"])
    assert "Text 2" in str(refusal.value)
    assert "'|'" in str(refusal.value)
    assert "character 5, line 2" in str(refusal.value)
    assert refusal.value.hint


def test_a_refusal_says_which_version_of_which_chain_breaks_the_pattern() -> None:
    with pytest.raises(TextError, match=r"Version 2 of chain 1 .* link ':' .* character 2, line 1"):
        PATTERNS["mapping"].render([["a", "b:c"], ["d"]])


def test_a_mark_that_forms_where_two_pieces_meet_is_refused_with_its_example() -> None:
    pattern = Pattern(name="dashes", separator="--")
    with pytest.raises(TextError, match="Example 2") as refusal:
        pattern.render(["good", "bad-", "good"])
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("list", [["cat", "dog"]]),
        ("mapping", ["cat"]),
        ("mapping", [["a", "b"], []]),
        ("refinements", [["a"], "b"]),
    ],
)
def test_texts_and_chains_are_not_taken_for_one_another(name: str, items: list[Item]) -> None:
    with pytest.raises(InputError) as refusal:
        PATTERNS[name].render(items)
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("name", "prompt"),
    [
        ("list", "cat|dog|"),
        ("list", "|cat|dog"),
        ("poems", "a poem:\nfox\n---\nan ode:\nhen\n---\na poem:\n"),
        ("mapping", "a:b, c"),
        ("refinements", "a poem:\nfox\n---\n"),
    ],
)
def test_a_prompt_in_another_form_is_not_parsed(name: str, prompt: str) -> None:
    with pytest.raises(PatternError) as refusal:
        PATTERNS[name].parse(prompt)
    assert refusal.value.hint


# Patterns as files.

GOOD = r"""
name = "riddles"
header = "Riddles\n"
prefix = "Q: "
separator = "\n***\n"
stop = ["\n***", "\nQ:"]
start = "What"
max_tokens = 60
max_parents = 12
description = "Riddles, with stars between."
"""


def test_a_pattern_file_gives_the_pattern_that_it_describes() -> None:
    assert Pattern.from_toml(GOOD) == Pattern(
        name="riddles",
        header="Riddles\n",
        prefix="Q: ",
        separator="\n***\n",
        stop=("\n***", "\nQ:"),
        start="What",
        max_tokens=60,
        max_parents=12,
        description="Riddles, with stars between.",
    )


def test_a_pattern_needs_no_more_than_a_name_and_a_separator() -> None:
    pattern = Pattern.from_toml('name = "rows"\nseparator = " ; "')
    assert pattern.stop == (";",)
    assert pattern.render(["a", "b"]) == "a ; b ;"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("name = riddles", "not TOML"),
        ('name = "a"\nseparator = "b"\ncolour = "red"', "'colour'"),
        ('separator = "b"', "'name'"),
        ('name = "a"', "'separator'"),
        ('name = 1\nseparator = "b"', "name is 1"),
        ('name = "a"\nseparator = ["b"]', "separator is"),
        ('name = "a"\nseparator = ""', "no separator"),
        ('name = "a"\nseparator = "b"\nstop = "b"', "stop is 'b'"),
        ('name = "a"\nseparator = "b"\nstop = ["b", 2]', "stop is"),
        ('name = "a"\nseparator = "b"\nstop = [""]', "empty stop"),
        ('name = "a"\nseparator = "b"\nmax_tokens = "9"', "max_tokens is '9'"),
        ('name = "a"\nseparator = "b"\nmax_tokens = true', "max_tokens is True"),
        ('name = "a"\nseparator = "b"\nmax_tokens = 1.5', "max_tokens is 1.5"),
        ('name = "a"\nseparator = "b"\nmax_tokens = 0', "limits"),
        ('name = "a"\nseparator = "b"\nmax_parents = 0', "limits"),
        ('name = "a"\nseparator = "::"\nlink = ":"', "contain one another"),
        ('name = "a"\nseparator = ":"\nlink = " : "', "contain one another"),
    ],
)
def test_a_wrong_pattern_file_is_refused_in_words(source: str, said: str) -> None:
    with pytest.raises(PatternError) as refusal:
        Pattern.from_toml(source)
    assert said in str(refusal.value)
    assert refusal.value.hint


@given(
    source=st.text()
    | st.dictionaries(
        st.sampled_from(["name", "separator", "stop", "max_tokens", "link", "other"]),
        st.sampled_from(['"a"', '""', "1", "-1", "1.5", "true", "[]", '["a"]', "{}", "1979-05-27"]),
    ).map(lambda table: "\n".join(f"{key} = {value}" for key, value in table.items()))
)
def test_no_pattern_file_is_met_with_anything_but_a_pattern_or_a_pattern_error(source: str) -> None:
    try:
        pattern = Pattern.from_toml(source)
    except PatternError:
        return
    assert pattern.name == tomllib.loads(source)["name"]


def test_a_pattern_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match=r"gone\.toml"):
        Pattern.from_file(tmp_path / "gone.toml")


def test_a_pattern_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes('name = "café"\nseparator = "|"'.encode("latin-1"))
    with pytest.raises(PatternError, match=r"latin\.toml"):
        Pattern.from_file(path)


def test_an_error_in_a_pattern_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"', encoding="utf-8")
    with pytest.raises(PatternError, match=r"mine\.toml"):
        Pattern.from_file(path)


def test_a_pattern_file_keeps_unicode_marks(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nseparator = " ❦ "', encoding="utf-8")
    assert Pattern.from_file(path).render(["é", "漢"]) == "é ❦ 漢 ❦"


def test_everything_that_the_post_breeds_has_a_pattern() -> None:
    named = {"list", "poems", "quotes", "stories", "prompts", "mapping", "sequence"}
    assert named | {"refinements", "worsenings", "functions", "lines"} == set(PATTERNS)


def test_every_pattern_is_found_under_its_own_name() -> None:
    assert all(pattern.name == name for name, pattern in PATTERNS.items())


@EVERY
def test_every_pattern_says_in_one_line_what_it_is_for(pattern: Pattern) -> None:
    assert pattern.description.endswith((".", "|", ":"))
    assert "\n" not in pattern.description


@EVERY
def test_no_text_that_may_be_rendered_would_have_been_cut_by_a_stop_but_the_listed(
    pattern: Pattern,
) -> None:
    assert any(stop in pattern.separator for stop in pattern.stop)


@EVERY
def test_what_a_pattern_makes_every_text_begin_with_is_not_cut_by_its_own_stops(
    pattern: Pattern,
) -> None:
    beginning = pattern.start or "a"
    assert pattern.read(f"{beginning} x") == f"{beginning} x"


@pytest.mark.parametrize(("name", "word"), [("refinements", "better"), ("worsenings", "worse")])
def test_a_version_ends_where_the_model_goes_on_with_another(name: str, word: str) -> None:
    pattern = PATTERNS[name]
    assert pattern.link == f"\n\n{word}:\n"
    for more in (f"\n\n{word}:\nhen", f"\n{word}:\nhen", "\n---\na poem:\n", "\na poem:\nhen"):
        assert pattern.read(f"a dove\n{word} than most{more}") == f"a dove\n{word} than most"
