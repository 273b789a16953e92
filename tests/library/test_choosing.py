"""Choosing: the examples that suit, in the order of a prompt, within what there is room for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.chain import Chain
from flourishing.core.text import Origin, Text
from flourishing.errors import InputError, PromptTooLongError
from flourishing.library import library
from flourishing.library.choosing import Choice, How, Item, choose, pick


def dated(content: str, year: int = 2000) -> Text:
    return Text(content, Origin(author="person", at=datetime(year, 1, 1, tzinfo=UTC)))


def texts(*contents: str) -> list[Text]:
    return [dated(content) for content in contents]


def told(items: Sequence[Text]) -> list[str]:
    return [item.content for item in items]


async def characters(text: str) -> int:
    return len(text)


def within(items: Sequence[Text], choice: Choice) -> list[str]:
    return told(asyncio.run(choose(items, choice, count_tokens=characters)))


LETTERS = texts(*"abcdefgh")


# Each way to choose.


def test_all_come_in_their_order() -> None:
    assert pick(LETTERS, Choice()) == LETTERS


def test_of_too_many_the_last_stay_as_they_stand_last_in_a_prompt() -> None:
    assert told(pick(LETTERS, Choice(most=3))) == ["f", "g", "h"]


def test_diverse_ones_differ_in_their_words() -> None:
    items = texts("a grey sea", "grey sea, a", "sea a grey", "warm bread", "bread, warm", "a bell")
    chosen = told(pick(items, Choice(how="diverse", most=3)))
    kinds = {next(word for word in ("sea", "bread", "bell") if word in each) for each in chosen}
    assert kinds == {"sea", "bread", "bell"}
    assert told(pick(items, Choice(how="diverse", most=3))) == chosen
    assert len(pick(items, Choice(how="diverse"))) == 6


def test_diverse_ones_near_a_text_have_the_nearest_last() -> None:
    items = texts("a grey sea", "grey sea, a", "sea a grey", "warm bread", "bread, warm", "a bell")
    *others, last = told(pick(items, Choice(how="diverse", most=2, near="warm bread for all")))
    assert "bread" in last
    assert "bread" not in others[0]


def test_diverse_ones_are_chosen_from_a_large_collection_within_a_budget() -> None:
    items = texts(*(f"poem number {number} of many" for number in range(3_000)))
    chosen = within(items, Choice(how="diverse", most=5, seed=1, tokens=80))
    assert len(chosen) == len(set(chosen)) == 3


def test_the_newest_come_last_and_ties_keep_their_order() -> None:
    items = [dated("old", 1900), dated("new", 2020), dated("tie one", 1950), dated("tie two", 1950)]
    assert told(pick(items, Choice(how="newest"))) == ["old", "tie one", "tie two", "new"]
    assert told(pick(items, Choice(how="newest", most=2))) == ["tie two", "new"]


def test_a_chain_is_as_new_as_its_best_version() -> None:
    revised = Chain((dated("first", 1900), dated("last", 2020)))
    settled = Chain((dated("draft", 2000), dated("poem", 1950)))
    assert pick([revised, settled], Choice(how="newest", most=1)) == [revised]


def test_the_same_seed_draws_the_same_in_the_same_order() -> None:
    draws = [told(pick(LETTERS, Choice(how="random", most=4, seed=seed))) for seed in (1, 1, 2, 3)]
    assert draws[0] == draws[1]
    assert draws[0] != sorted(draws[0]) or draws[2] != sorted(draws[2])
    assert draws[1] != draws[2] != draws[3]


def test_a_longer_draw_of_the_same_seed_goes_on_from_the_shorter() -> None:
    short, long = (pick(LETTERS, Choice(how="random", most=most, seed=5)) for most in (3, 6))
    assert long[:3] == short


def test_without_a_seed_each_draw_is_fresh() -> None:
    many = texts(*map(str, range(50)))
    assert pick(many, Choice(how="random")) != pick(many, Choice(how="random"))


def test_the_nearest_share_rare_words_and_the_nearest_of_all_comes_last() -> None:
    items = texts(
        "the moon over the harbor",
        "the cat and the dog and the house",
        "the owl in the pear tree",
        "the pear tree and the moon",
    )
    chosen = pick(items, Choice(how="nearest", near="The MOON, and a pear", most=3))
    assert told(chosen)[-1] == "the pear tree and the moon"
    assert set(told(chosen)[:2]) == {"the moon over the harbor", "the owl in the pear tree"}


def test_a_rare_word_weighs_more_than_common_ones() -> None:
    items = texts(*(f"the snow falls on hill {number}" for number in range(20)), "a lantern burns")
    nearest = pick(items, Choice(how="nearest", near="the lantern falls", most=1))
    assert told(nearest) == ["a lantern burns"]


def test_a_long_text_does_not_win_by_its_length() -> None:
    items = texts("pale moon", "moon " + " ".join(f"word{number}" for number in range(200)), "fog")
    assert told(pick(items, Choice(how="nearest", near="moon", most=1))) == ["pale moon"]


def test_where_no_word_is_shared_the_letters_decide() -> None:
    items = texts("crocodile", "mongoose", "elephant")
    assert told(pick(items, Choice(how="nearest", near="crocodiles", most=1))) == ["crocodile"]


def test_where_nothing_decides_the_later_one_is_nearer() -> None:
    one, other = Text("fog"), Text("fog", Origin(author="person", start="f"))
    assert pick([one, other], Choice(how="nearest", near="fog")) == [one, other]


def test_a_chain_is_near_by_any_of_its_versions() -> None:
    dove = Chain.of(["a big dove jumps up", "startled, it springs out"])
    owl = Chain.of(["an owl", "a startled owl, up in its tree"])
    assert pick([dove, owl], Choice(how="nearest", near="a dove jumps up")) == [owl, dove]


def test_a_poem_of_the_library_is_nearest_to_itself() -> None:
    imagists = library("imagists").texts
    for poem in imagists:
        assert pick(imagists, Choice(how="nearest", near=poem.content, most=1)) == [poem]


# The budget.


def test_a_budget_is_filled_from_the_end_and_what_is_too_long_is_passed_over() -> None:
    items = texts("dd", "aaa", "cccccc", "bb")
    assert within(items, Choice(tokens=5)) == ["aaa", "bb"]
    assert within(items, Choice(tokens=4)) == ["dd", "bb"]
    assert within(items, Choice(tokens=100, most=2)) == ["cccccc", "bb"]
    assert within(items, Choice(tokens=1)) == []


def test_a_random_draw_within_a_budget_keeps_its_order() -> None:
    drawn = pick(LETTERS, Choice(how="random", seed=4))
    assert within(LETTERS, Choice(how="random", seed=4, tokens=3)) == told(drawn)[:3]


def test_a_chain_costs_what_all_its_versions_cost() -> None:
    chains = [Chain.of(["aa", "aaa"]), Chain.of(["b", "bb"])]
    for tokens, places in ((8, (0, 1)), (7, (1,)), (5, (1,)), (2, ())):
        chosen = asyncio.run(choose(chains, Choice(tokens=tokens), count_tokens=characters))
        assert chosen == [chains[place] for place in places]


def test_a_text_too_long_to_be_counted_is_passed_over() -> None:
    async def limited(text: str) -> int:
        if len(text) > 10:
            raise PromptTooLongError("Too long.", hint="Shorten it.", tokens=len(text), limit=10)
        return len(text)

    items = texts("short", "a very long text indeed")
    chosen = asyncio.run(choose(items, Choice(tokens=10), count_tokens=limited))
    assert told(chosen) == ["short"]


def test_a_full_budget_asks_no_further_and_neither_does_one_that_nothing_fits() -> None:
    asked: list[str] = []

    async def asking(text: str) -> int:
        asked.append(text)
        return len(text)

    many = [dated("ab")] * 50_000
    asyncio.run(choose(many, Choice(tokens=4), count_tokens=asking))
    assert len(asked) == 2
    asyncio.run(choose(many, Choice(tokens=5), count_tokens=asking))
    assert len(asked) < 1_000


def test_texts_that_fit_are_found_among_many_that_do_not() -> None:
    mixed = [dated("far too long" * 30), dated("a")] * 300
    assert within(mixed, Choice(tokens=305)) == ["a"] * 300


def test_without_a_budget_nothing_is_counted() -> None:
    assert asyncio.run(choose(LETTERS, Choice(most=2))) == LETTERS[-2:]


# What cannot be meant.


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"most": 0}, "0 examples"),
        ({"most": -1}, "-1 examples"),
        ({"tokens": 0}, "0 tokens"),
        ({"how": "nearest"}, "no text"),
        ({"how": "nearest", "near": " \n"}, "no text"),
        ({"how": "best"}, "'best'"),
    ],
)
def test_nonsense_is_refused_with_what_to_do(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as refusal:
        Choice(**given)  # type: ignore[arg-type]
    assert said in str(refusal.value)
    assert refusal.value.hint


def test_a_budget_needs_somebody_who_counts() -> None:
    with pytest.raises(InputError) as refusal:
        asyncio.run(choose(LETTERS, Choice(tokens=1_000)))
    assert "1,000 tokens" in str(refusal.value)
    with pytest.raises(InputError) as refusal:
        pick(LETTERS, Choice(tokens=1_000))
    assert "1,000 tokens" in str(refusal.value)


# What always holds.

CONTENTS = st.text("abc \n🌊", min_size=1, max_size=8).filter(str.strip)
TEXTS = st.builds(dated, CONTENTS, st.integers(1900, 1910))
ITEMS = st.lists(TEXTS, max_size=12) | st.lists(
    st.lists(TEXTS, min_size=1, max_size=3).map(lambda versions: Chain(tuple(versions))),
    max_size=6,
)
WAYS: tuple[How, ...] = ("all", "newest", "random", "nearest")
CHOICES = st.builds(
    Choice,
    how=st.sampled_from(WAYS),
    most=st.none() | st.integers(1, 8),
    seed=st.integers(0, 5),
    near=CONTENTS,
    tokens=st.none() | st.integers(1, 30),
)


def cost(item: Item) -> int:
    return sum(len(text.content) for text in ([item] if isinstance(item, Text) else item))


@given(items=ITEMS, choice=CHOICES)
def test_a_choice_is_part_of_the_collection_and_within_its_bounds(
    items: list[Item], choice: Choice
) -> None:
    chosen = asyncio.run(choose(items, choice, count_tokens=characters))
    left = list(map(id, items))
    for item in chosen:
        left.remove(id(item))  # fails for what is not there, or was taken already
    assert len(chosen) <= (choice.most or len(items))
    if choice.tokens is not None:
        spent = sum(map(cost, chosen))
        assert spent <= choice.tokens
        if len(chosen) != choice.most:
            unchosen = [item for item in items if id(item) in left]
            assert all(cost(item) > choice.tokens - spent for item in unchosen)
    elif choice.most is None:
        assert len(chosen) == len(items)
    again = asyncio.run(choose(items, choice, count_tokens=characters))
    assert list(map(id, again)) == list(map(id, chosen))


@given(items=st.lists(TEXTS, max_size=12, unique_by=id), near=CONTENTS, seed=st.integers())
def test_fewer_are_those_preferred_among_more(items: list[Text], near: str, seed: int) -> None:
    for how in WAYS:
        every = pick(items, Choice(how=how, near=near, seed=seed))
        some = pick(items, Choice(how=how, near=near, seed=seed, most=3))
        assert some == (every[:3] if how == "random" else every[-3:])


@given(items=st.lists(TEXTS, max_size=12))
def test_the_newest_come_in_the_order_of_their_times(items: list[Text]) -> None:
    times = [text.origin.at for text in pick(items, Choice(how="newest"))]
    assert times == sorted(text.origin.at for text in items)


@given(items=st.lists(TEXTS, min_size=1, max_size=12), place=st.integers(0, 11))
def test_a_text_of_words_is_nearest_to_one_that_has_the_same(items: list[Text], place: int) -> None:
    near = items[place % len(items)].content
    (nearest,) = pick(items, Choice(how="nearest", near=near, most=1))
    words = set(re.findall(r"\w+", near))
    assert set(re.findall(r"\w+", nearest.content)) == words
