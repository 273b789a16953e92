"""Flaws: what is wrong with an offspring is found, and said in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.flaws import Flaw, FlawFinder, FlawKind, Siblings, Traits, key_of
from flourishing.library import library

FOG = "The fog comes\non little cat feet.\n\nIt sits looking\nover harbor and city"
OREAD = "Whirl up, sea—\nwhirl your pointed pines,\nsplash your great pines\non our rocks"


def kinds(content: str, finish: str = "stop") -> list[str]:
    flaws = FlawFinder(parents=[FOG, OREAD]).find(content, finish=finish)
    return [str(flaw.kind) for flaw in flaws]


def only(content: str, finish: str = "stop") -> Flaw:
    (flaw,) = FlawFinder(parents=[FOG, OREAD]).find(content, finish=finish)
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
    assert only(content) == Flaw(FlawKind.COPY, "a copy of “Whirl up, sea—”", 1.0)


def test_a_copy_without_words_is_one_too() -> None:
    (flaw,) = FlawFinder(parents=["🌊🌊"]).find("🌊🌊")
    assert flaw.kind is FlawKind.COPY


def test_texts_without_words_are_no_copies_of_one_another() -> None:
    assert FlawFinder(parents=["🔥"]).find("🌊") == ()


def test_a_near_copy_says_how_near_it_is_and_to_what() -> None:
    flaw = only(OREAD.replace("great", "green"))
    assert flaw.kind is FlawKind.NEAR_COPY
    assert "like “Whirl up, sea—”, letter by letter" in flaw.reason
    assert flaw.similarity is not None
    assert 0.9 <= flaw.similarity < 1
    assert f"{flaw.similarity:.0%}" in flaw.reason


def test_a_run_of_a_parents_words_makes_a_near_copy() -> None:
    flaw = only("it sits looking over harbor and city at night")
    assert flaw.kind is FlawKind.NEAR_COPY
    assert flaw.reason == "7 of its 9 words stand in a row in “The fog comes”"
    assert flaw.similarity == pytest.approx(7 / 9)


def test_a_short_phrase_of_a_parents_is_no_near_copy() -> None:
    assert kinds("on little cat feet the morning walks away over the roofs") == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("the sea " * 8, "the sea"),
        ("I went home. And then I slept. " * 6, "over and over"),
        ("a fine beginning, and then " + "no " * 14, "no"),
        ("," * 40, "repeats ','"),
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
        siblings.put(place, Traits(key_of(content)))
    return siblings


def test_a_twin_of_a_sibling_names_its_number() -> None:
    flaw = siblings_of("cat", "wolf", "bear", "a wolf").flaw(Traits(key_of("A Wolf.")))
    assert flaw == Flaw(FlawKind.COPY, "the same as offspring 4", 1.0)


def test_an_offspring_is_no_twin_of_itself_nor_of_what_stood_there_before() -> None:
    siblings = siblings_of("wolf", "bear")
    assert siblings.flaw(Traits(key_of("wolf")), place=0) is None
    siblings.put(0, Traits(key_of("owl")))
    assert siblings.flaw(Traits(key_of("wolf"))) is None
    siblings.put(1, Traits(key_of("owl")))
    assert siblings.flaw(Traits(key_of("owl")), place=0) == Flaw(
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
        siblings.put(at, Traits(key_of(put)))
    same = [
        at
        for at, put in sorted(dict(puts).items())
        if put.strip() and at != place and key_of(put) == key_of(content)
    ]
    flaw = siblings.flaw(Traits(key_of(content)), place=place)
    assert (flaw and flaw.reason) == (f"the same as offspring {same[0] + 1}" if same else None)


def test_a_text_of_the_parents_pieces_is_a_collage_though_no_parent_has_most_of_it() -> None:
    flaw = only("On little cat feet my pines splash, and whirl your pointed pines at dawn")
    assert flaw.kind is FlawKind.COLLAGE
    assert flaw.reason == (
        "8 of its 14 words stand in runs of 3 or more words that are the parents'"
    )
    assert flaw.similarity == pytest.approx(8 / 14)


def test_what_the_start_words_took_from_a_parent_is_no_collage() -> None:
    started = FlawFinder(parents=[FOG], start="on little cat feet it sits ")
    assert started.find("on little cat feet it sits by the stove and purrs") == ()


def test_a_new_version_may_take_from_its_versions_though_an_example_has_the_same_words() -> None:
    finder = FlawFinder(parents=[FOG, OREAD], versions=[FOG])
    assert finder.find("The fog comes in.\nIt sits looking over harbor\nand wall and city") == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "the red wheel\nthe red barrow\nthe red wheel\nthe red rain",
            "it repeats itself: 55% of its pairs of words are distinct",
        ),
        ("one\ntwo\none\ntwo\nthree", "2 of its 5 lines repeat others"),
    ],
)
def test_a_text_that_says_the_same_again_repeats_itself(content: str, reason: str) -> None:
    assert only(content) == Flaw(FlawKind.REPETITION, reason)


def test_a_kind_may_repeat_on_purpose_and_programs_do() -> None:
    content = "the red wheel\nthe red barrow\nthe red wheel\nthe red rain"
    assert FlawFinder(parents=[FOG], distinct=0).find(content) == ()
    assert FlawFinder(parents=[FOG], language=False).find(content) == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("It rained.\n--", "it has a line “--” at its edge"),
        ("* * *\nIt rained.", "it has a line “* * *” at its edge"),
        ("It rained.\na poem:\nIt snowed.", "it has the label “a poem:”"),
        ("Title: Rain\nIt rained.", "it has the label “Title: Rain”"),
        ("It rained.\nCopyright 1914", "it has the label “Copyright 1914”"),
        ("3. It rained.", "it has the label “3. It rained.”"),
        ("It rained.<br />It snowed.", "it has markup: “<br />”"),
        ("It rained. https://rain.example", "it has markup: “https://”"),
        ("It rained &amp; snowed", "it has markup: “&amp;”"),
    ],
)
def test_what_belongs_to_the_page_around_a_text_is_debris(content: str, reason: str) -> None:
    (flaw,) = FlawFinder(parents=[FOG], label="a poem:").find(content)
    assert flaw == Flaw(FlawKind.DEBRIS, reason)


@pytest.mark.parametrize(
    "content", ["It rained\n\n* * *\n\nand snowed", "a < b > c", "…\nrain\n..."]
)
def test_signs_within_a_text_are_no_debris(content: str) -> None:
    assert FlawFinder(parents=[FOG], label="a poem:").find(content) == ()


def brood_of(*contents: str, start: str = "") -> list[str]:
    """Give the reason of each that is marked beside those before it; "" for the others."""
    finder, siblings, reasons = FlawFinder(parents=[], start=start), Siblings(), []
    for place, content in enumerate(contents):
        traits = finder.traits(content)
        flaw = siblings.flaw(traits, place=place)
        assert flaw is None or flaw.kind is FlawKind.MONOTONOUS
        siblings.put(place, traits)
        reasons.append(flaw.reason if flaw else "")
    return reasons


def test_an_offspring_that_says_what_another_says_is_monotonous() -> None:
    first = "the old man walks by the sea at night"
    assert brood_of(first, "a crow", "the old man walks by the river, alone and late") == [
        "",
        "",
        "6 of its 10 words stand in runs that offspring 1 has",
    ]


def test_the_third_offspring_with_the_same_opening_is_monotonous() -> None:
    same = ["In the morning we rowed", "In the morning it snowed", "In the morning nobody came"]
    assert brood_of(*same) == ["", "", "it begins “in the morning”, as offspring 1 and 2 do"]
    assert brood_of(*same, start="In the morning ") == ["", "", ""]


def test_in_a_large_brood_more_may_begin_alike() -> None:
    others = [f"{number} ships lie in harbor {number}" for number in range(40)]
    same = [f"In the morning {word}" for word in ("it rained", "crows came", "nobody spoke")]
    assert not any(brood_of(*others, *same))


def test_what_stood_in_a_place_before_makes_nothing_monotonous() -> None:
    finder, siblings = FlawFinder(parents=[]), Siblings()
    one, other = "the old man walks by the sea", "the old man walks by the river"
    siblings.put(0, finder.traits(one))
    assert siblings.flaw(finder.traits(other)) is not None
    siblings.put(0, finder.traits("a crow on a bare branch"))
    assert siblings.flaw(finder.traits(other)) is None


def test_versions_of_one_text_are_not_monotonous() -> None:
    finder, siblings = FlawFinder(parents=[OREAD], versions=[FOG]), Siblings()
    siblings.put(0, finder.traits("The fog comes in\non little cat feet"))
    assert siblings.flaw(finder.traits("The fog comes in\non little cats' feet")) is None


SHIPPED = [
    "analogies", "animals", "capitals", "compound-animals", "fables", "haiku", "imagists",
    "palindromes", "quotes", "sentences", "short-verse",
]  # fmt: skip


def test_fewer_than_two_in_a_hundred_shipped_texts_are_marked() -> None:
    marked, count = [], 0
    for name in SHIPPED:
        texts = [text.content for text in library(name).texts]
        siblings = Siblings()
        for place, content in enumerate(texts):
            finder = FlawFinder(parents=texts[:place] + texts[place + 1 :], label="a poem:")
            traits = finder.traits(content)
            marked += [content] * bool(finder.find(content) or siblings.flaw(traits))
            siblings.put(place, traits)
        count += len(texts)
    assert count > 290
    assert len(marked) < 0.02 * count, marked


def test_a_text_that_says_what_is_likeliest_is_dull() -> None:
    finder = FlawFinder(parents=[FOG], likeliest=-1.8)
    (flaw,) = finder.find("the sun is hot and the sky is blue", logprobs=[-0.5, -1.5] * 5)
    assert flaw.kind is FlawKind.DULL
    assert flaw.reason == (
        "it says what is likeliest: as if each word were chosen among 2.7, where people choose "
        "among 6.0 and more"
    )


@pytest.mark.parametrize(
    ("finder", "logprobs"),
    [
        (FlawFinder(parents=[FOG], likeliest=-1.8), [-1.8] * 10),
        (FlawFinder(parents=[FOG], likeliest=-1.8), [-0.1] * 7),
        (FlawFinder(parents=[FOG], likeliest=-1.8), []),
        (FlawFinder(parents=[FOG]), [-0.1] * 10),
        (FlawFinder(parents=[], versions=["the sun is warm"], likeliest=-1.8), [-0.1] * 10),
    ],
)
def test_what_is_unlikely_enough_or_short_or_another_version_is_not_dull(
    finder: FlawFinder, logprobs: list[float]
) -> None:
    assert finder.find("the sun is hot and the sky is blue", logprobs=logprobs) == ()


def test_the_worst_flaw_comes_first() -> None:
    assert kinds("the sea " * 8, "length") == ["loop", "cut off"]
    assert kinds(OREAD, "length") == ["copy", "cut off"]


@pytest.mark.parametrize(
    "content", [FOG.replace("little", "small"), FOG.upper(), FOG + ".", FOG.replace("\n\n", "\n")]
)
def test_a_new_version_may_be_as_like_the_old_one_as_it_likes(content: str) -> None:
    assert FlawFinder(parents=[OREAD], versions=[FOG]).find(content) == ()


@pytest.mark.parametrize("content", [FOG, FOG.replace("\n", "  \n"), f"\n{FOG}\n"])
def test_a_new_version_that_is_an_old_one_is_a_copy(content: str) -> None:
    (flaw,) = FlawFinder(parents=[FOG], versions=["fog", FOG]).find(content)
    assert flaw == Flaw(FlawKind.COPY, "the same as version 2", 1.0)


def test_a_new_version_that_is_a_parent_is_a_copy_too() -> None:
    (flaw,) = FlawFinder(parents=[OREAD], versions=[FOG]).find(OREAD)
    assert flaw == Flaw(FlawKind.COPY, "a copy of “Whirl up, sea—”", 1.0)


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
    flaws = FlawFinder(parents=parents, versions=versions).find(content)
    assert [flaw.kind for flaw in flaws] == sorted((flaw.kind for flaw in flaws), reverse=True)
    assert all(flaw.reason for flaw in flaws)
    if not content.strip():
        assert [flaw.kind for flaw in flaws] == [FlawKind.EMPTY]
    elif content in parents or content in versions:
        assert FlawKind.COPY in {flaw.kind for flaw in flaws}


def test_a_parent_is_named_by_few_words_or_by_what_its_kind_says() -> None:
    long = "a line that goes on and on and on until nobody reads it any more\nsecond"
    (flaw,) = FlawFinder(parents=[FOG, long]).find(long)
    assert flaw.reason == "a copy of “a line that goes on and on and on until …”"
    (flaw,) = FlawFinder(parents=[FOG], title=str.upper).find(FOG)
    assert flaw.reason.startswith("a copy of “THE FOG COMES")
