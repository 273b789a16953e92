"""What a garden's marks say of what a person likes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

import flourishing as fl
from flourishing.core.flaws import Flaw, FlawKind
from flourishing.errors import InputError
from flourishing.garden import Garden, Stored, ranked
from flourishing.models import Score, TokenLogprob
from tests.garden.broods import bred, tended
from tests.garden.test_meaning import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEA = [f"the sea, the sea {'and' * at}" for at in range(12)]
BREAD = [f"bread {'and' * at} bread" for at in range(12)]


class Blind(Embedder):
    """A model whose embeddings tell nothing, and whose log-probabilities tell all."""

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        return np.array([[Random(text).random(), 1.0] for text in texts], np.float32)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        word = "sea" if prompt.count("sea") > prompt.count("bread") else "bread"
        return tuple(
            Score(text, (TokenLogprob(text, -1.0 if word in text else -2.0),))
            for text in continuations
        )


def mark(garden: Garden, many: int = 12) -> list[Stored]:
    """Keep what is of the sea, and drop what is of bread."""
    texts = garden.add(*SEA[:many], *BREAD[:many], keep=False)
    garden.keep(*texts[:many])
    garden.drop(*texts[many:])
    return texts


def test_it_learns_from_marks_and_says_how_well(garden: Garden) -> None:
    mark(garden)
    garden.add("the sea of bread", "sea", "bread", keep=False)
    taste = garden.taste(Embedder())
    assert taste.can_tell
    assert taste.accuracy is not None
    assert taste.accuracy.low > 0.7
    sea, bread = taste.score(["a sea", fl.Text("a bread")])
    assert sea > bread
    assert taste.score([]) == []
    assert taste.learned.marks.counts()["kept"] == 12
    assert taste.by == "embeddings"
    assert {mark for text in garden.search.page(limit=99) for mark in text.marks} == {
        "keep",
        "drop",
    }


def test_texts_are_ranked_by_it_without_a_change(garden: Garden) -> None:
    mark(garden)
    new = garden.add("one more sea", "one more bread", keep=False)
    garden.embed_missing(Embedder())
    before = garden.acts()
    order = [text.id for text, _ in ranked(garden, garden.taste(Embedder()))]
    assert order.index(new[0].id) < order.index(new[1].id)
    assert garden.acts() == before


def test_only_what_is_marked_is_embedded_and_once(garden: Garden) -> None:
    mark(garden)
    garden.add("unmarked", keep=False)
    model = Embedder()
    garden.taste(model)
    garden.taste(model)
    assert sorted(model.asked) == sorted([*SEA, *BREAD])


def test_of_many_marks_the_newest_count(garden: Garden) -> None:
    old = garden.add(*(f"an old mark {at}" for at in range(20)), keep=False)
    garden.drop(*old)
    texts = garden.add(*(f"the sea, {at}" for at in range(2_000)), keep=False)
    garden.keep(*texts[:1_000])
    garden.drop(*texts[1_000:])
    model = Embedder()
    counts = garden.taste(model).learned.marks.counts()
    assert (counts["kept"], counts["dropped"]) == (1_000, 1_000)
    assert sorted(model.asked) == sorted(text.content for text in texts)


@pytest.mark.parametrize("kept", [True, False])
def test_marks_of_one_kind_only_cannot_tell(garden: Garden, kept: bool) -> None:
    texts = garden.add(*SEA, keep=False)
    (garden.keep if kept else garden.drop)(*texts)
    taste = garden.taste(Embedder())
    assert not taste.can_tell
    assert "no text was" in taste.sentence


def test_an_empty_garden_cannot_tell(garden: Garden) -> None:
    taste = garden.taste(Embedder())
    assert taste.sentence.startswith("It cannot tell yet: there are 0 marks")
    assert ranked(garden, taste) == []
    assert "too few" in taste.position


def test_marks_that_contradict_each_other_say_nothing(garden: Garden) -> None:
    mark(garden)
    copies = [
        fl.Text(text, fl.Origin(author="person", source=fl.Source(author="x"))) for text in SEA[:2]
    ]
    garden.drop(*garden.add(*copies, keep=False))
    taste = garden.taste(Embedder())
    assert taste.learned.marks.counts()["contradicting"] == 2
    assert taste.can_tell


def test_edits_parents_and_what_was_put_away(garden: Garden) -> None:
    saved = garden.save(bred(["fog"], ["one", "two", "three"]))
    bed = garden.beds.begin("b", parents=saved.parents[:0])
    garden.beds.add_parents(bed, [saved[0].id])
    edit = garden.edit(saved[1], "two, edited")
    garden.keep(saved[2])
    garden.put_away(saved[2])
    opinion = garden.opinion()
    assert opinion.parents == (saved[0].id,)
    assert opinion.edits == ((saved[1].id, edit.id),)
    assert opinion.kept == (edit.id,)
    garden.undo()
    assert saved[2].id in garden.opinion().kept


def test_where_each_pick_stood_is_kept(garden: Garden) -> None:
    bed = garden.beds.begin("b")
    saved = garden.save(bred(["fog"], list("abcdef")), bed=bed)
    garden.keep(saved[1], bed=bed)
    garden.keep(saved[5], bed=bed, seen=[text.id for text in reversed(saved.offspring)])
    garden.beds.add_parents(bed, [saved[3].id])
    garden.keep(saved[4])
    assert sorted(garden.opinion().picks) == [(1, 6), (2, 6), (4, 6)]
    garden.undo()
    garden.undo()
    assert sorted(garden.opinion(bed).picks) == [(1, 6), (2, 6)]


@pytest.mark.slow
def test_a_habit_of_choosing_what_stands_first_is_named(garden: Garden) -> None:
    for at in range(16):
        bed = garden.beds.begin(f"b{at}")
        saved = garden.save(bred(["fog"], [f"{at} {letter}" for letter in "abcd"]), bed=bed)
        garden.keep(saved[at % 2], bed=bed)
    share = garden.opinion().first_half()
    assert share is not None
    assert share.low > 0.5
    assert "chosen more often" in garden.taste(Embedder()).position


@pytest.mark.slow
def test_likelihood_is_used_only_where_it_predicts_better(garden: Garden) -> None:
    mark(garden)
    assert garden.taste(Embedder(), likelihood=True).by == "embeddings"
    taste = garden.taste(Blind("blind"), likelihood=True)
    assert taste.by == "likelihood"
    assert taste.can_tell
    sea, bread = taste.score(["a sea", "a bread"])
    assert sea > bread
    assert ranked(garden, taste)[0][0].content in SEA


def test_only_the_marks_of_a_bed_count(garden: Garden) -> None:
    mark(garden)
    bed = garden.beds.begin("b")
    saved = garden.save(bred(["fog"], ["one", "two"]), bed=bed)
    garden.keep(saved[0], bed=bed)
    assert garden.taste(Embedder(), bed=bed).learned.marks.counts()["kept"] == 1


def test_only_the_marks_in_beds_of_a_kind_count(garden: Garden) -> None:
    mark(garden)
    tended(garden, "sea")
    garden.beds.set(tended(garden, "away", many=3), away=True)
    tended(garden, "words", kind="word", many=2)
    counts = garden.taste(Embedder(), kind="poem").learned.marks.counts()
    assert (counts["kept"], counts["dropped"]) == (10, 10)  # what says the same counts once
    assert garden.taste(Embedder(), kind="word").learned.marks.counts()["kept"] == 2
    assert not garden.taste(Embedder(), kind="quote").can_tell


def test_it_chooses_those_that_suit_and_differ_and_marks_nothing(garden: Garden) -> None:
    tended(garden)
    brood = bred(["fog"], ["bread", "sea", "bread sea", "the sea, sea", " ", "sea and sea and sea"])
    flawed = replace(brood.offspring[1], flaws=(Flaw(FlawKind.LOOP, "a loop"),))
    brood = replace(brood, offspring=(brood[0], flawed, *brood.offspring[2:]))
    taste, before = garden.taste(Embedder()), garden.acts()
    chosen = taste.choose(brood, 2, seed=3)
    assert "sea and sea and sea" in {text.content for text in chosen}  # the best, by its score
    assert not {"sea", " "} & {text.content for text in chosen}  # which is flawed, and is blank
    assert chosen == taste.choose(brood, 2, seed=3)
    orders = {tuple(text.content for text in taste.choose(brood, 4, seed=at)) for at in range(20)}
    assert len(orders) > 5
    assert {frozenset(order) for order in orders} == {frozenset(next(iter(orders)))}
    assert len(taste.choose(brood, 50)) == 6
    assert taste.choose(["bread", "sea"], 1) == ["sea"]
    assert taste.choose([], 3) == []
    assert garden.acts() == before


def test_a_taste_that_cannot_tell_chooses_nothing(garden: Garden) -> None:
    with pytest.raises(InputError, match="cannot tell yet"):
        garden.taste(Embedder()).choose(["sea", "bread"], 1)


def test_by_likelihood_it_chooses_too(garden: Garden) -> None:
    mark(garden)
    taste = garden.taste(Blind("blind"), likelihood=True)
    assert taste.by == "likelihood"
    chosen = taste.choose(["a bread", "a sea", "one bread", "one sea"], 2)
    assert "sea" in " ".join(chosen)


def test_what_is_shown_first_says_where_a_pick_stood(garden: Garden) -> None:
    bed = garden.beds.begin("b")
    saved = garden.save(bred(["fog"], list("abcdef")), bed=bed)
    garden.show_first(saved.id, [saved[4].id, saved[1].id, saved[3].id])
    garden.keep(saved[1], bed=bed)
    garden.beds.add_parents(bed, [saved[4].id])
    garden.keep(saved[0], bed=bed)  # of the rest: where it stood is not known
    assert sorted(garden.opinion(bed).picks) == [(1, 3), (2, 3)]
    bed = garden.beds.get(bed.id)
    seen = [saved[at].id for at in (4, 1, 3, 0, 2, 5)]
    garden.keep(saved[2], bed=bed, seen=seen)
    garden.beds.set(bed, lists={"parents": ((saved[4].id,), (saved[4].id, saved[5].id))}, seen=seen)
    assert sorted(garden.opinion(bed).picks) == [(1, 3), (2, 3), (5, 6), (6, 6)]


def test_a_blank_text_has_no_score(garden: Garden) -> None:
    mark(garden)
    with pytest.raises(InputError):
        garden.taste(Embedder()).score(["  "])
