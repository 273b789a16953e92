"""Fitting parents into a prompt: as many as there is room for, and the first leave first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing import sync
from flourishing.breeding import Parents
from flourishing.breeding.brood import Asked
from flourishing.breeding.prompt import as_items, fit
from flourishing.core.chain import Chain
from flourishing.core.text import Source, Text
from flourishing.errors import InputError, PatternError, PromptTooLongError, TextError
from flourishing.models import open_model
from flourishing.patterns import PATTERNS, Pattern
from tests.conftest import ScriptedModel

LINES = PATTERNS["lines"]


def fitted(parents: Parents, pattern: Pattern = LINES, *, room: int, start: str = "") -> Asked:
    model = ScriptedModel([""], room=room)
    return sync.run(
        fit(as_items(parents), pattern=pattern, model=model, start=start, n=1, max_tokens=10)
    )


def contents(texts: tuple[Text, ...]) -> list[str]:
    return [text.content for text in texts]


def test_with_room_for_all_nobody_is_left_out_and_nothing_is_said() -> None:
    asked = fitted(["a", "b", "c"], room=6)
    assert asked.prompt == "a\nb\nc\n"
    assert contents(asked.parents) == ["a", "b", "c"]
    assert (asked.left_out, asked.note) == ((), "")


def test_the_first_parents_leave_first_and_that_is_said() -> None:
    asked = fitted(["a", "b", "c", "d"], room=5)
    assert asked.prompt == "c\nd\n"
    assert contents(asked.left_out) == ["a", "b"]
    assert contents(asked.parents) == ["c", "d"]
    assert asked.note.startswith("The first 2 of 4 parents were left out: the model has room for 5")


def test_start_words_take_their_room_and_end_the_prompt_without_a_blank() -> None:
    asked = fitted(["a", "b", "c"], room=6, start="x ")
    assert asked.prompt == "b\nc\nx"


def test_a_pattern_may_hold_no_more_than_so_many() -> None:
    pattern = Pattern(name="few", separator="\n", max_parents=2)
    asked = fitted(["a", "b", "c"], pattern, room=100)
    assert asked.prompt == "b\nc\n"
    assert (
        asked.note == "The first 1 of 3 parents were left out: the pattern 'few' holds at most 2."
    )


def test_when_both_bind_the_narrower_is_named() -> None:
    pattern = Pattern(name="few", separator="\n", max_parents=3)
    assert "the model has room" in fitted(["a", "b", "c", "d"], pattern, room=4).note


def test_chains_leave_as_wholes() -> None:
    asked = fitted([["a", "b"], ["c", "d"], ["e"]], PATTERNS["sequence"], room=6)
    assert asked.prompt == "c:d,e:"
    assert contents(asked.left_out) == ["a", "b"]
    assert contents(asked.parents) == ["c", "d", "e"]


def test_chains_are_told_apart_into_examples_and_the_one_under_work() -> None:
    chains = [Chain.of(["a", "b"], Source(title="A")), Chain.of(["c", "d"]), Chain.of(["e"])]
    whole = fitted(chains, PATTERNS["sequence"], room=100)
    assert whole.examples == tuple(chains[:2])
    assert whole.chain == chains[2]
    assert whole.examples[0].source == Source(title="A")
    short = fitted(chains, PATTERNS["sequence"], room=6)
    assert (short.examples, short.chain) == ((chains[1],), chains[2])
    assert short.note.startswith("The first 1 of 2 examples were left out")


def test_lists_of_versions_are_as_good_as_chains() -> None:
    chains: list[Chain | list[str]] = [["a", "b"], Chain.of(["c"])]
    asked = fitted(chains, PATTERNS["sequence"], room=100)
    assert asked.prompt == "a:b,c:"
    assert [contents(each.versions) for each in asked.examples] == [["a", "b"]]


def test_texts_are_neither_examples_nor_a_chain() -> None:
    asked = fitted(["a", "b"], room=100)
    assert (asked.examples, asked.chain) == ((), None)


def test_if_not_even_the_chain_under_work_fits_that_is_said() -> None:
    with pytest.raises(PromptTooLongError, match="Not even the chain under work fits") as refusal:
        fitted([["a"], ["long", "enough"]], PATTERNS["sequence"], room=5)
    assert "fewer of its versions" in refusal.value.hint


def test_if_not_even_the_last_fits_that_is_said_with_the_numbers() -> None:
    with pytest.raises(PromptTooLongError) as refusal:
        fitted(["a", "long enough"], room=5)
    assert (refusal.value.tokens, refusal.value.limit) == (12, 5)
    assert refusal.value.hint


@given(st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=30), st.integers(5, 90))
def test_never_are_fewer_parents_taken_than_there_is_room_for(texts: list[str], room: int) -> None:
    asked = fitted(texts, room=room)
    taken = len(asked.parents)
    assert contents(asked.left_out) + contents(asked.parents) == texts
    assert len(asked.prompt) <= room
    assert taken == len(texts) or len(LINES.render(texts[-taken - 1 :])) > room


def test_a_thousand_long_parents_leave_in_order_until_the_rest_fits() -> None:
    parents = [f"parent {number} " + "la " * 60 for number in range(1000)]
    echo = open_model("echo")
    asked = sync.run(
        fit(as_items(parents), pattern=PATTERNS["poems"], model=echo, start="", n=8, max_tokens=160)
    )
    out = len(asked.left_out)
    assert contents(asked.left_out) == parents[:out]
    assert contents(asked.parents) == parents[out:]
    assert len(asked.prompt) <= 32_768 - 160 < len(PATTERNS["poems"].render(parents[out - 1 :]))
    assert f"The first {out} of 1,000 parents were left out" in asked.note


def test_a_parent_that_would_be_left_out_must_be_able_to_stand_there_too() -> None:
    with pytest.raises(TextError, match="Text 1"):
        fitted(["a\nb", "c", "d"], room=2)


# Parents as they are given.


@pytest.mark.parametrize("parents", [[], (), ""])
def test_no_parents_are_refused(parents: Parents) -> None:
    with pytest.raises(InputError, match="no parents") as refusal:
        as_items(parents)
    assert refusal.value.hint


def test_a_string_in_place_of_a_list_is_refused_before_it_is_taken_letter_by_letter() -> None:
    with pytest.raises(InputError, match="the single text 'a poem'") as refusal:
        as_items("a poem")
    assert "list" in refusal.value.hint


@pytest.mark.parametrize("blank", ["", "  ", "\n\t"])
def test_a_blank_parent_is_refused_with_its_number(blank: str) -> None:
    with pytest.raises(TextError, match="Parent 2 is blank"):
        as_items(["a", blank])
    with pytest.raises(TextError, match="Version 1 of chain 2 is blank"):
        as_items([["a"], [blank]])


def test_a_lone_surrogate_is_refused_with_the_parent_that_has_it() -> None:
    with pytest.raises(TextError, match=r"Parent 2 .* character 2"):
        as_items(["a", "b\ud800"])


def test_texts_and_chains_do_not_mix() -> None:
    mixed: list[str | list[str]] = ["a", ["b", "c"]]
    with pytest.raises(InputError, match="some are chains") as refusal:
        as_items(mixed)
    assert refusal.value.hint


def test_an_empty_chain_is_refused() -> None:
    chains: list[list[str]] = [[], ["a"]]
    with pytest.raises(InputError, match="Chain 1 is empty") as refusal:
        as_items(chains)
    assert refusal.value.hint


def test_texts_keep_where_they_came_from() -> None:
    text = Text("fog").edited("mist")
    mixed: list[str | Text] = [text, "rain"]
    asked = fitted(mixed, room=100)
    assert asked.parents[0] is text
    assert asked.parents[1].origin.author == "person"


@pytest.mark.parametrize(("parents", "name"), [(["a", "b"], "sequence"), ([["a", "b"]], "lines")])
def test_parents_that_do_not_suit_the_pattern_are_refused(parents: Parents, name: str) -> None:
    with pytest.raises(InputError) as refusal:
        fitted(parents, PATTERNS[name], room=100)
    assert not isinstance(refusal.value, PatternError)
    assert refusal.value.hint
