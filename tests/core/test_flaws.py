"""Flaws: what is wrong with an offspring is found, and said in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.flaws import Flaw, FlawKind, Siblings, find_flaws, key_of

FOG = "The fog comes\non little cat feet.\n\nIt sits looking\nover harbor and city"
OREAD = "Whirl up, sea—\nwhirl your pointed pines,\nsplash your great pines\non our rocks"


def kinds(content: str, finish: str = "stop") -> list[str]:
    flaws = find_flaws(content, finish=finish, parents=[FOG, OREAD])
    return [str(flaw.kind) for flaw in flaws]


def only(content: str, finish: str = "stop") -> Flaw:
    (flaw,) = find_flaws(content, finish=finish, parents=[FOG, OREAD])
    return flaw


@pytest.mark.parametrize(
    "content",
    [
        "a dove flies up\nfrom the hedgerow",
        "wolf",
        "The fog",
        "row, row, row your boat",
        "so much depends\nupon\n\na red wheel\nbarrow",
        "雨が降る",
        "...",
    ],
)
def test_a_text_of_its_own_has_no_flaw(content: str) -> None:
    assert kinds(content) == []


@pytest.mark.parametrize("content", ["", " ", "\n\t \n"])
def test_nothing_but_blanks_is_empty_and_nothing_else(content: str) -> None:
    assert kinds(content, "length") == ["empty"]


@pytest.mark.parametrize(
    "content", [OREAD, OREAD.upper(), OREAD.replace("\n", " "), OREAD + " ...", "  " + OREAD]
)
def test_a_copy_is_one_whatever_its_case_layout_and_punctuation(content: str) -> None:
    assert only(content) == Flaw(FlawKind.COPY, "a copy of parent 2", 1.0)


def test_a_copy_without_words_is_one_too() -> None:
    (flaw,) = find_flaws("🌊🌊", finish="stop", parents=["🌊🌊"])
    assert flaw.kind is FlawKind.COPY


def test_texts_without_words_are_no_copies_of_one_another() -> None:
    assert find_flaws("🌊", finish="stop", parents=["🔥"]) == ()


def test_a_near_copy_says_how_near_it_is_and_to_what() -> None:
    flaw = only(OREAD.replace("great", "green"))
    assert flaw.kind is FlawKind.NEAR_COPY
    assert "parent 2" in flaw.reason
    assert flaw.similarity is not None
    assert 0.9 <= flaw.similarity < 1
    assert f"{flaw.similarity:.0%}" in flaw.reason


def test_a_run_of_a_parents_words_makes_a_near_copy() -> None:
    flaw = only("it sits looking over harbor and city at night")
    assert flaw.kind is FlawKind.NEAR_COPY
    assert flaw.reason == "7 of its 9 words stand in a row in parent 1"
    assert flaw.similarity == pytest.approx(7 / 9)


def test_a_short_phrase_of_a_parents_is_no_near_copy() -> None:
    assert kinds("on little cat feet the morning walks away over the roofs") == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("the sea " * 8, "the sea"),
        ("I went home. And then I slept. " * 6, "over and over"),
        ("a fine beginning, and then " + "no " * 14, "no"),
        ("-" * 40, "repeats '-'"),
        ("hahahahahahahahahahahahaha", "repeats 'ha'"),
        ("\n".join(["all work and no play makes jack a dull boy"] * 4), "over and over"),
    ],
)
def test_a_loop_is_found_and_named(content: str, said: str) -> None:
    flaw = only(content)
    assert flaw.kind is FlawKind.LOOP
    assert said in flaw.reason


def test_a_refrain_is_no_loop() -> None:
    refrain = "home again\nI count the stars\nhome again\nand lose them\nhome again\nthen sleep"
    assert kinds(refrain) == []


def test_a_text_that_ended_at_the_most_tokens_is_cut_off() -> None:
    assert kinds("and so the river", "length") == ["cut off"]


def siblings_of(*contents: str) -> Siblings:
    siblings = Siblings()
    for place, content in enumerate(contents):
        siblings.put(place, key_of(content))
    return siblings


def test_a_twin_of_a_sibling_names_its_number() -> None:
    flaw = siblings_of("cat", "wolf", "bear", "a wolf").twin(key_of("A Wolf."))
    assert flaw == Flaw(FlawKind.COPY, "the same as offspring 4", 1.0)


def test_an_offspring_is_no_twin_of_itself_nor_of_what_stood_there_before() -> None:
    siblings = siblings_of("wolf", "bear")
    assert siblings.twin(key_of("wolf"), place=0) is None
    siblings.put(0, key_of("owl"))
    assert siblings.twin(key_of("wolf")) is None
    siblings.put(1, key_of("owl"))
    assert siblings.twin(key_of("owl"), place=0) == Flaw(
        FlawKind.COPY, "the same as offspring 2", 1.0
    )


@given(
    puts=st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["", " ", "a", "A!", "b", "…"]))),
    content=st.sampled_from(["a", "b", "…", "c"]),
    place=st.integers(0, 4),
)
def test_siblings_find_what_looking_at_each_of_them_finds(
    puts: list[tuple[int, str]], content: str, place: int
) -> None:
    siblings = Siblings()
    for at, put in puts:
        siblings.put(at, key_of(put))
    same = [
        at
        for at, put in sorted(dict(puts).items())
        if put.strip() and at != place and key_of(put) == key_of(content)
    ]
    flaw = siblings.twin(key_of(content), place=place)
    assert (flaw and flaw.reason) == (f"the same as offspring {same[0] + 1}" if same else None)


def test_the_worst_flaw_comes_first() -> None:
    assert kinds("the sea " * 8, "length") == ["loop", "cut off"]
    assert kinds(OREAD, "length") == ["copy", "cut off"]


@pytest.mark.parametrize(
    "content", [FOG.replace("little", "small"), FOG.upper(), FOG + ".", FOG.replace("\n\n", "\n")]
)
def test_a_new_version_may_be_as_like_the_old_one_as_it_likes(content: str) -> None:
    assert find_flaws(content, finish="stop", parents=[OREAD], versions=[FOG]) == ()


@pytest.mark.parametrize("content", [FOG, FOG.replace("\n", "  \n"), f"\n{FOG}\n"])
def test_a_new_version_that_is_an_old_one_is_a_copy(content: str) -> None:
    (flaw,) = find_flaws(content, finish="stop", parents=[FOG], versions=["fog", FOG])
    assert flaw == Flaw(FlawKind.COPY, "the same as version 2", 1.0)


def test_a_new_version_that_is_a_parent_is_a_copy_too() -> None:
    (flaw,) = find_flaws(OREAD, finish="stop", parents=[OREAD], versions=[FOG])
    assert flaw == Flaw(FlawKind.COPY, "a copy of parent 1", 1.0)


def test_a_flaw_as_plain_data_is_json() -> None:
    told = json.loads(json.dumps(Flaw(FlawKind.NEAR_COPY, "90% like parent 1", 0.9).as_dict()))
    assert told == {"kind": "near copy", "reason": "90% like parent 1", "similarity": 0.9}


@given(
    content=st.text(),
    parents=st.lists(st.text(), max_size=3),
    versions=st.lists(st.text(), max_size=2),
)
def test_any_text_is_judged_and_copies_are_always_found(
    content: str, parents: list[str], versions: list[str]
) -> None:
    flaws = find_flaws(content, finish="stop", parents=parents, versions=versions)
    assert [flaw.kind for flaw in flaws] == sorted((flaw.kind for flaw in flaws), reverse=True)
    assert all(flaw.reason for flaw in flaws)
    if not content.strip():
        assert [flaw.kind for flaw in flaws] == [FlawKind.EMPTY]
    elif content in parents or content in versions:
        assert FlawKind.COPY in {flaw.kind for flaw in flaws}
