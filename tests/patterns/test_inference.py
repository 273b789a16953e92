"""Reading a pattern off a raw prompt: every prompt of the post, and whatever people type."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flourishing.errors import NoPatternError, PatternError
from flourishing.patterns import PATTERNS, Item, Pattern, infer_pattern

FOX = "like the fox\nI run with the hunted\nand if I'm not\nthe happiest man\non earth"
HIDDEN = "Sometimes hidden from me\nin daily custom and in trust,\nso that I live by you unaware"
DOVE = "A dove flies up\nfrom the hedgerow, startled by me"
POST_POEMS = f"a poem: \n{FOX}\n---\na poem:\n{HIDDEN}\n---\na poem:\n{DOVE}\n---\na poem:\n"
"""The prompt as the post prints it, with the blank that stands after its first label."""


@pytest.mark.parametrize(
    ("prompt", "examples"),
    [
        ("|cat|elephant|rabbit|dog|", ["cat", "elephant", "rabbit", "dog"]),
        ("|cat|dog|rabbit|wolf|", ["cat", "dog", "rabbit", "wolf"]),
        ("|tiger|elephant|wolf|bear|", ["tiger", "elephant", "wolf", "bear"]),
        ("|elephant|bear|crocodile|mammoth|", ["elephant", "bear", "crocodile", "mammoth"]),
        (
            "|mammoth crocodile|mongoose-bear|rhinoceros tiger|",
            ["mammoth crocodile", "mongoose-bear", "rhinoceros tiger"],
        ),
        ("|madam|racecar|kayak|", ["madam", "racecar", "kayak"]),
        (
            "|she danced with ease|the dark clouds parted|my favorite cat meowed|",
            ["she danced with ease", "the dark clouds parted", "my favorite cat meowed"],
        ),
    ],
)
def test_the_lists_of_the_post_stop_at_the_bar(prompt: str, examples: list[str]) -> None:
    pattern = infer_pattern(prompt)
    assert pattern.stop == ("|", "\n")
    assert pattern.parse(prompt) == examples


@pytest.mark.parametrize(
    ("prompt", "last"),
    [
        ("alaska:juneau, ohio:columbus, kansas:", ["kansas", ""]),
        ("drip:gush::dent:destroy, walk:legs::chew:", None),
        ("fatther:father,picle:pickle,cheeese:", ["cheeese", ""]),
        ("ciao:goodbye,hola:hello,zwei:two,fromage:", ["fromage", ""]),
        ("1:2:3,z:y:x,ice:water:", ["ice", "water", ""]),
        ("1:2:3:4,z:y:x:w,ice:water:steam:", ["ice", "water", "steam", ""]),
        (
            "1:2:3:4:5,z:y:x:w:v,ice:water:steam:superheated_steam:",
            ["ice", "water", "steam", "superheated_steam", ""],
        ),
    ],
)
def test_the_chains_of_the_post_stop_at_the_comma_and_at_the_link(
    prompt: str, last: list[str] | None
) -> None:
    pattern = infer_pattern(prompt)
    assert set(pattern.stop) == {",", ":", "\n"}
    chains = pattern.parse(prompt)
    if last:
        assert chains[-1] == last[:-1]
        assert chains[0] == re.split(":", prompt.split(",")[0])


@pytest.mark.parametrize(
    "prompt",
    [
        POST_POEMS,
        POST_POEMS.replace("a poem: \n", "a poem:\n"),
        POST_POEMS.replace("a poem:\n", "a poem: \n").replace("a poem:  \n", "a poem: \n"),
    ],
    ids=["as printed", "without the blank", "with a blank after every label"],
)
def test_the_poems_of_the_post_stop_at_the_rule(prompt: str) -> None:
    pattern = infer_pattern(prompt)
    assert pattern.read(f"a new one\nof two lines\n---\na poem:\n{FOX}") == (
        "a new one\nof two lines"
    )
    assert "\n---" in pattern.stop
    assert pattern.parse(re.sub(r"[ \t]+\n", "\n", prompt)) == [FOX, HIDDEN, DOVE]


def test_the_refinements_of_the_post_stop_at_the_rule_and_at_the_next_version() -> None:
    prompt = PATTERNS["refinements"].render([[DOVE, FOX, HIDDEN], [DOVE, FOX]])
    pattern = infer_pattern(prompt)
    assert pattern == PATTERNS["refinements"]
    assert pattern.parse(prompt) == [[DOVE, FOX, HIDDEN], [DOVE, FOX]]


@pytest.mark.parametrize(
    "prompt",
    ["1 2 3 4 5", "", " ", "\n", "Once upon a time", "a", "|", "cat|dog", "To be, or not to be:"],
)
def test_where_no_pattern_can_be_seen_that_is_said(prompt: str) -> None:
    with pytest.raises(NoPatternError) as refusal:
        infer_pattern(prompt)
    assert repr(prompt) in str(refusal.value)
    assert refusal.value.hint


CHAINS: list[Item] = [["one", "two", "three"], ["red", "green", "blue"], ["ice", "water"]]
SINGLES: list[Item] = ["the fox\nruns", "a hen sits", "some dove\nflies up\nand off"]
WORDS: list[Item] = ["the fox", "a hen", "some dove"]


@pytest.mark.parametrize("name", [name for name in PATTERNS if name != "functions"])
def test_what_a_built_in_pattern_renders_is_seen_to_be_of_its_form(name: str) -> None:
    given = PATTERNS[name]
    one_line = given.separator == "\n" or "\n" not in given.separator
    prompt = given.render(CHAINS if given.link else WORDS if one_line else SINGLES)
    seen = infer_pattern(prompt)
    assert seen.parse(prompt) == given.parse(prompt)
    assert seen.stop == given.stop


@pytest.mark.parametrize("start", ["", "def"])
def test_functions_are_seen_with_and_without_the_word_that_begins_them(start: str) -> None:
    prompt = PATTERNS["functions"].render(["def a():\n    return 1", "def b():\n    return 2"])
    assert "\n\n\n" in infer_pattern(prompt + start).stop


@pytest.mark.parametrize(
    ("prompt", "stop"),
    [
        ("cat; dog; ", ";"),
        ("cat, dog,", ","),
        ("cat | dog | ", "|"),
        ("#cat#dog#", "#"),
        ("a quote\n\nanother quote\n\n", "\n\n"),
        ("Q: why?\nQ: how?\nQ:", "\n"),
        ("- milk\n- bread\n-", "\n"),
        ("ice => water\nday => night\nhot =>", "\n"),
        ("a = b; c = d; e =", ";"),
        ("fox runs\n***\nhen sits\n***\n", "\n***"),
        ("fox runs\n* * *\nhen sits\n* * *\n", "\n* * *"),
    ],
)
def test_forms_that_people_use_stop_where_the_next_example_would_begin(
    prompt: str, stop: str
) -> None:
    assert stop in infer_pattern(prompt).stop


@pytest.mark.parametrize(
    "prompt",
    ["|cat|dog|", "cat;dog;", "alaska:juneau, ohio:columbus, kansas:", "Q: why?\nQ: how?\nQ:"],
)
def test_a_blank_left_at_the_end_by_accident_changes_nothing(prompt: str) -> None:
    assert infer_pattern(prompt + " ").stop == infer_pattern(prompt).stop


def test_poems_that_end_in_a_label_with_a_blank_left_after_it_stop_at_the_rule() -> None:
    prompt = POST_POEMS.removesuffix("\n") + " "
    assert prompt.endswith("a poem: ")
    assert "\n---" in infer_pattern(prompt).stop


@pytest.mark.parametrize(
    ("prompt", "examples"),
    [
        ("cat / dog / bird / ", ["cat", "dog", "bird"]),
        ("cat / dog / bird /", ["cat", "dog", "bird"]),
        ("cat -- dog -- bird --", ["cat", "dog", "bird"]),
        ("cat -- dog -- bird -- ", ["cat", "dog", "bird"]),
        ("cat * dog * bird *", ["cat", "dog", "bird"]),
        ("cat · dog · bird · ", ["cat", "dog", "bird"]),
        ("cat -> dog -> bird ->", ["cat", "dog", "bird"]),
        ("cat — dog — bird —", ["cat", "dog", "bird"]),
        ("cat ~ dog ~ bird ~", ["cat", "dog", "bird"]),
        ("cat~~~dog~~~bird~~~", ["cat", "dog", "bird"]),
        ("cat%%dog%%bird%%", ["cat", "dog", "bird"]),
        ("cat<>dog<>bird<>", ["cat", "dog", "bird"]),
        ("cat~dog~bird~", ["cat", "dog", "bird"]),
        ("two\nlines~~~and\nmore~~~", ["two\nlines", "and\nmore"]),
        ("cat\tdog\tbird\t", ["cat", "dog", "bird"]),
        ('"a", "b", "', ["a", "b"]),
        ('["a", "b", "', ["a", "b"]),
        ("“a”, “b”, “", ["a", "b"]),
        ("'a' 'b' '", ["a", "b"]),
        ("(cat)(dog)(", ["cat", "dog"]),
        ("- cat\n- dog\n-", ["cat", "dog"]),
        ("• cat\n• dog\n• ", ["cat", "dog"]),
        ("fox runs\n%\nhen sits\n%\n", ["fox runs", "hen sits"]),
        ("fox runs\n\n---\n\nhen sits\n\n---\n\n", ["fox runs", "hen sits"]),
        ("fox runs\n~~~\nhen sits\n~~~\n", ["fox runs", "hen sits"]),
    ],
)
def test_separators_as_people_type_them_are_read_off(prompt: str, examples: list[str]) -> None:
    pattern = infer_pattern(prompt)
    assert reads_any(pattern, prompt) == examples
    assert pattern.stop


@pytest.mark.parametrize(
    ("prompt", "chains", "stop"),
    [
        ("a=1; b=2; c=", [["a", "1"], ["b", "2"], ["c"]], "="),
        ("a > b; c > d; e >", [["a", "b"], ["c", "d"], ["e"]], " >"),
        ("a→1, b→2, c→", [["a", "1"], ["b", "2"], ["c"]], "→"),
        ("hot is to cold, up is to", [["hot", "cold"], ["up"]], " is to "),
        ("hot is to cold, up is to down, big is to", None, " is to "),
        ("hot means warm\nbig means large\nwee means", None, " means "),
        ("hot - cold; up - down; big - ", [["hot", "cold"], ["up", "down"], ["big"]], " -"),
        ("hot\tcold\nup\tdown\nbig\t", [["hot", "cold"], ["up", "down"], ["big"]], "\t"),
        ("hot/cold\nup/down\nbig/", [["hot", "cold"], ["up", "down"], ["big"]], "/"),
        ("1. cat\n2. dog\n3.", [["1", "cat"], ["2", "dog"], ["3"]], "\n"),
        ("1) cat\n2) dog\n3) ", [["1", "cat"], ["2", "dog"], ["3"]], "\n"),
        ("9. a\nb\n\n10. c\nd\n\n11.", [["9", "a\nb"], ["10", "c\nd"], ["11"]], "\n\n"),
    ],
)
def test_links_as_people_type_them_are_read_off(
    prompt: str, chains: list[list[str]] | None, stop: str
) -> None:
    pattern = infer_pattern(prompt)
    assert stop in pattern.stop
    assert chains is None or reads_any(pattern, prompt) == chains


def test_a_numbered_list_is_not_stopped_by_the_full_stop_of_a_sentence() -> None:
    pattern = infer_pattern("1. I came.\n2. I saw.\n3.")
    assert pattern.read(" It was Mr. Fox. Nobody spoke.\n4. And") == (
        "It was Mr. Fox. Nobody spoke."
    )


@pytest.mark.parametrize("prompt", ["hot => cold\nup => down\nbig =>", "- cat\n- dog\n-"])
def test_what_stands_behind_a_link_or_a_label_has_no_blank_before_it(prompt: str) -> None:
    assert infer_pattern(prompt).read(" small\nnext") == "small"


@pytest.mark.parametrize(
    "prompt",
    [
        "Once upon a time, there was a king, a queen, and",
        "Hello, world. I am here, and you are there, but",
        "HAMLET. To be, or not to be,\n",
        "Wait... what... no...",
        "10% and 20% and 30%",
        "def f(x):\n    return x + 1\n\ndef g(y):\n",
        "for i in range(10):\n    print(i)\n",
        "<html><body><p>",
        "SELECT a, b, c",
        "2024-01-02",
        "12/25/2024",
        "10:30",
        "tel. 555-1234-",
        "see https://example.org/a/b/",
        "see http://a.org and http://b.org and http://",
        "and/or",
        "What? Why? How?",
        'He said "no" and "yes" and "',
        "I saw 3.",
        "It was late. He went to bed.",
    ],
)
def test_prose_code_dates_and_addresses_run_on(prompt: str) -> None:
    with pytest.raises(NoPatternError):
        infer_pattern(prompt)


@pytest.mark.parametrize(
    ("prompt", "answer", "said"),
    [
        ("Anna: hello\nBen: hi\nAnna:", " how are you?\nBen: fine", "how are you?"),
        ("ANNA: hello.\n\nBEN: hi.\n\nANNA:", " so\nit is.\n\nBEN: yes", "so\nit is."),
        ("I ran -- I fell -- I rose --", " I sang -- and", "I sang"),
        ("salt / pepper / oil /", " bread and/or wine / tea", "bread and/or wine"),
        ("lunch: 12:30\ndinner: 19:00\nbreakfast:", " 07:30\ntea: 16:00", "07:30"),
    ],
)
def test_what_repeats_a_mark_in_prose_stops_where_a_person_would(
    prompt: str, answer: str, said: str
) -> None:
    assert infer_pattern(prompt).read(answer) == said


@pytest.mark.parametrize(
    ("prompt", "examples"),
    [
        ("fox runs\r\nhen sits\r\n", ["fox runs", "hen sits"]),
        ("fox\r\nruns\r\n\r\nhen\r\nsits\r\n\r\n", ["fox\nruns", "hen\nsits"]),
        ("fox\r\nruns\r\n---\r\nhen\r\n---\r\n", ["fox\nruns", "hen"]),
        ("fox  \n \t\nhen \n\t\n", ["fox", "hen"]),
    ],
)
def test_line_ends_of_windows_and_blanks_at_them_change_nothing(
    prompt: str, examples: list[str]
) -> None:
    pattern = infer_pattern(prompt)
    assert reads_any(pattern, prompt) == examples
    assert pattern.read("a cow\r\n\r\nan ox") == pattern.read("a cow\n\nan ox")


def test_a_prompt_with_line_ends_of_windows_stops_at_them_too() -> None:
    assert "\r\n\r\n" in infer_pattern("fox\r\n\r\nhen\r\n\r\n").stop


TYPED = (
    *(" / ", "/", " -- ", " * ", " · ", "·", " -> ", " → ", " | ", "|", " ~ ", "~~~", "%%", "<>"),
    *("; ", ";", ", ", ",", " & ", " + ", " — ", "\t", "\n", "\n\n", "\n\n\n", "\n---\n"),
    *("\n***\n", "\n* * *\n", "\n%\n", "\n\n---\n\n"),
)
LINKED = ((", ", ":"), (",", "="), ("; ", " > "), ("\n", " => "), (", ", "→"), ("\n", ": "))
WORD = st.text(st.sampled_from("bcdfgklmnoprst"), min_size=1, max_size=7)
PHRASE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)


@given(items=st.lists(PHRASE, min_size=2, max_size=6), separator=st.sampled_from(TYPED))
def test_any_list_with_any_of_these_separators_is_read_as_it_was_written(
    items: list[str], separator: str
) -> None:
    prompt = Pattern(name="typed", separator=separator).render(items)
    for typed in (prompt, prompt.rstrip(" "), prompt.replace("\n", "\r\n")):
        assert reads_any(infer_pattern(typed), typed) == items


@given(
    whole=st.lists(st.tuples(PHRASE, PHRASE), min_size=1, max_size=5),
    last=PHRASE,
    form=st.sampled_from(LINKED),
)
def test_any_pairs_with_any_of_these_links_are_read_as_they_were_written(
    whole: list[tuple[str, str]], last: str, form: tuple[str, str]
) -> None:
    separator, link = form
    assume(any(first != last for first, _ in whole))  # else it is a label
    chains = [*map(list, whole), [last]]
    prompt = Pattern(name="typed", separator=separator, link=link).render(chains)
    assert reads_any(infer_pattern(prompt), prompt) == chains


@pytest.mark.parametrize(
    "prompt",
    [
        "\n" * 100_000,
        "- " * 50_000,
        "\n---" * 25_000,
        " / " * 33_000,
        "a / " * 25_000,
        "a:b, " * 20_000 + "c:",
        "!?" * 50_000,
        '"a", ' * 20_000 + '"',
        "-" * 100_000,
        "a  \n" * 25_000,
        "\n" + " " * 100_000,
        "1. a\n" * 20_000 + "2.",
        "ab " * 33_000,
    ],
)
def test_a_long_prompt_is_looked_at_in_a_moment(prompt: str) -> None:
    with suppress(NoPatternError):  # what takes quadratic time here takes minutes
        infer_pattern(prompt)


def reads_any(pattern: Pattern, prompt: str) -> list[str] | list[list[str]]:
    """Read a prompt as inference sees it: its line ends tidied, its last blank there or not."""
    tidy = re.sub(r"[ \t]+\n", "\n", prompt.replace("\r\n", "\n"))
    for seen in (tidy.rstrip(" "), tidy, prompt):
        with suppress(PatternError):
            return pattern.parse(seen)
    raise AssertionError(f"{pattern} does not read {prompt!r}")


@given(prompt=st.text(st.sampled_from("ab|:,; \n-=>#*"), max_size=40) | st.text())
def test_a_prompt_has_a_pattern_that_reads_it_or_none_at_all(prompt: str) -> None:
    try:
        pattern = infer_pattern(prompt)
    except NoPatternError:
        return
    tidy = re.sub(r"[ \t]+\n", "\n", prompt.replace("\r\n", "\n"))
    seen = (tidy.rstrip(" "), tidy, prompt)
    assert any(reads(pattern, each.removesuffix(pattern.start)) for each in seen)


def reads(pattern: Pattern, prompt: str) -> bool:
    try:
        return bool(pattern.parse(prompt))
    except PatternError:
        return False
