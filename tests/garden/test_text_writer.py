"""Planting: any text with any origin comes out of a garden as it went in."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import flourishing as fl
from flourishing.breeding.brood import Brood, Offspring
from flourishing.core.chain import Chain
from flourishing.core.flaws import Flaw, FlawKind
from flourishing.core.operation import Operation
from flourishing.core.sampling import SEEDS, Sampling
from flourishing.core.text import Author, Origin, Source, Span, Text
from flourishing.errors import InputError
from flourishing.garden import Garden, Stored, open_garden
from flourishing.models import Usage
from flourishing.patterns import PATTERNS, Pattern
from tests.garden.broods import bred, refined
from tests.marks import on_both_databases

ODD = st.sampled_from(
    ["\0", "\ufffe", "\ufffe0", "\ufffe1", "\uffff", "\U0010ffff", "e\u0301", "\r"]
)
WORDS = st.lists(st.text(st.characters(codec="utf-8"), max_size=8) | ODD, max_size=4).map("".join)
TIMES = st.datetimes(
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 1, 1),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)
AUTHORS = st.sampled_from(list[Author](["person", "model"]))
SAMPLINGS = st.builds(
    Sampling,
    max_tokens=st.integers(1, 10_000),
    temperature=st.floats(0, 5) | st.integers(0, 2),
    top_p=st.floats(0, 1, exclude_min=True),
    top_k=st.integers(0, 1_000),
    min_p=st.floats(0, 1, exclude_max=True),
)
PATTERN = st.sampled_from(list(PATTERNS.values())) | st.builds(
    Pattern,
    name=WORDS,
    separator=st.just("\n\0\n"),
    header=WORDS,
    prefix=WORDS,
    stop=st.lists(WORDS.filter(bool), min_size=1, max_size=2).map(tuple),
    description=WORDS,
)
SOURCES = st.builds(
    Source, author=WORDS, title=WORDS, year=st.none() | st.integers(-3_000, 3_000), published=WORDS
)
SPANS = st.lists(st.builds(Span, AUTHORS, st.integers(0, 9)), max_size=3).map(tuple)
FLAWS = st.lists(
    st.builds(Flaw, st.sampled_from(FlawKind), WORDS, st.none() | st.floats(0, 1)), max_size=2
).map(tuple)

MEANS = st.none() | st.floats(max_value=0, allow_infinity=False)


def origins(parents: st.SearchStrategy[tuple[Text, ...]]) -> st.SearchStrategy[Origin]:
    return st.builds(
        Origin,
        author=AUTHORS,
        at=TIMES,
        parents=parents,
        examples=st.integers(0, 3),
        prompt=st.none() | WORDS,
        pattern=st.none() | PATTERN,
        start=WORDS,
        model=st.none() | WORDS,
        sampling=st.none() | SAMPLINGS,
        seed=st.none() | st.integers(0, SEEDS - 1),
        reproducible=st.booleans(),
        raw=st.none() | WORDS,
        finish=st.sampled_from([None, "stop", "length"]),
        source=st.none() | SOURCES,
        spans=SPANS,
    )


TEXTS = st.recursive(
    st.builds(Text, WORDS, origins(st.just(()))),
    lambda inner: (
        st.builds(Text, WORDS, origins(st.lists(inner, max_size=3).map(tuple)))
        | st.builds(Offspring, WORDS, origins(st.lists(inner, max_size=2).map(tuple)), FLAWS, MEANS)
    ),
    max_leaves=5,
)

shared_garden = settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""Texts only grow in number, so that the examples of one test can share a garden."""


def require_same(stored: Stored, text: Text, *, known: int) -> None:
    """Hold a stored text against the one that went in."""
    assert stored == text
    assert stored.identity == text.identity
    assert stored.content == text.content
    assert stored.digest == text.digest
    # The same words from the same text are the same text, whenever a person wrote them again.
    at = text.origin.at if stored.id <= known else stored.origin.at
    assert replace(stored.origin, at=at) == text.origin
    if isinstance(text, Offspring) and stored.id > known:
        assert stored.flaws == text.flaws
        assert stored.mean_logprob == text.mean_logprob
    assert Text(stored.content, stored.origin).identity == text.identity


@on_both_databases
@given(st.lists(TEXTS, min_size=1, max_size=4))
@example([Text("fog", Origin(author="person", start="fo"))])
@example([Text("fog", Origin(author="model", model=""))])
@example([Text("fog", Origin(author="model", pattern=PATTERNS["poems"]))])
@shared_garden
def test_any_text_comes_out_as_it_went_in(garden: Garden, given: list[Text]) -> None:
    known = garden.counts()["texts"]
    for stored, text in zip(garden.add(*given), given, strict=True):
        require_same(stored, text, known=known)
        (again,) = garden.texts([stored.id])
        assert again.origin == stored.origin
    assert garden.verify() == []


@pytest.mark.slow
@given(
    TEXTS,
    st.lists(st.tuples(WORDS, FLAWS, WORDS), max_size=4),
    st.tuples(WORDS, PATTERN, WORDS, WORDS, SAMPLINGS, st.integers(0, SEEDS - 1), st.booleans()),
    st.lists(WORDS, max_size=2).map(tuple),
    st.integers(0, 4),
)
@shared_garden
def test_any_brood_comes_out_as_it_went_in(
    garden: Garden,
    parent: Text,
    born: list[tuple[str, tuple[Flaw, ...], str]],
    said: tuple[str, Pattern, str, str, Sampling, int, bool],
    notes: tuple[str, ...],
    aside: int,
) -> None:
    prompt, pattern, start, model, sampling, seed, reproducible = said
    parents = (Text("fog"), parent, Text("fog"))

    def origin(number: int, raw: str) -> Origin:
        return Origin(
            author="model",
            parents=parents,
            prompt=prompt,
            pattern=pattern,
            start=start,
            model=model,
            sampling=sampling,
            seed=number,
            reproducible=reproducible,
            raw=raw,
            finish="stop",
        )

    made = [
        Offspring(content, origin(number, raw), flaws)
        for number, (content, flaws, raw) in enumerate(born)
    ]
    brood = Brood(
        operation=Operation.BREED,
        offspring=tuple(made[aside:]) or tuple(made),
        asked=max(1, len(made)),
        parents=parents,
        left_out=(parent,),
        set_aside=tuple(made[:aside]) if made[aside:] else (),
        notes=notes,
        prompt=prompt,
        pattern=pattern,
        start=start,
        model=model,
        sampling=sampling,
        seed=seed,
        reproducible=reproducible,
        usage=Usage(1, 2, 3),
    )
    saved = garden.brood(garden.save(brood).id)
    for field in fields(Brood):
        assert getattr(saved, field.name) == getattr(brood, field.name), field.name
    for ours, theirs in zip((*saved, *saved.set_aside), (*brood, *brood.set_aside), strict=True):
        assert (ours.content, ours.origin, ours.flaws) == (
            theirs.content,
            theirs.origin,
            theirs.flaws,
        )
    assert garden.verify() == []


@pytest.mark.parametrize("many", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_many_characters_come_out_as_they_went_in(garden: Garden, many: int) -> None:
    draw = random.Random(1)
    words = " ".join(str(draw.randrange(10**6)) for _ in range(many // 6))[:many]
    kinds = [words, *(each * (many // len(each)) for each in ("x", "a ", "\ufffe\0", "雨", "🌊"))]
    for stored, content in zip(garden.add(*kinds), kinds, strict=True):
        assert garden.text(stored.id).content == content
    edit = garden.edit(garden.add(words)[0], words + "!")
    assert edit.content == words + "!"
    (echo,) = (each for each in garden.search.echoes(words) if each.text == edit)
    assert echo.near_copy
    assert garden.search.words(words.split()[70], limit=2)
    assert garden.verify() == []


def test_a_number_that_no_database_holds_is_refused_in_words(garden: Garden) -> None:
    with pytest.raises(InputError) as caught:
        garden.add(Text("fog", Origin(author="model", model="m", seed=2**64)))
    assert caught.value.hint
    assert garden.counts()["texts"] == 0


def test_a_thousand_texts_with_one_origin_share_one_brood(garden: Garden) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    origin = Origin(author="model", at=at, parents=(Text("fog"),), model="m", prompt="fog\n")
    stored = garden.add(*[Text(f"{n}", replace(origin, seed=n)) for n in range(1_000)])
    assert len({text.brood for text in stored}) == 1
    assert garden.counts()["texts"] == 1_001
    assert garden.broods() == []  # it is not known how they were drawn


@pytest.fixture
def other(tmp_path: Path) -> Garden:
    """Give a second garden, in which a text has a lineage of three generations."""
    return open_garden(tmp_path / "other.db")


def test_a_text_of_another_garden_is_planted_with_its_parents(
    garden: Garden, other: Garden
) -> None:
    with other:
        first = other.save(bred(["fog"], ["one", "two"], aside=["three"]))
        second = other.save(bred(list(first), ["four"]))
        edit = other.edit(second[0], "four!")
    (stored,) = garden.add(edit)
    assert stored.content == "four!"
    assert [parent.content for parent in stored.origin.parents] == ["four"]
    assert garden.add(edit)[0].id == stored.id
    (four,) = garden.add(second[0])
    assert [parent.content for parent in four.origin.parents] == ["one", "two"]
    assert garden.verify() == []


def test_a_brood_of_another_garden_is_planted_whole_and_once(garden: Garden, other: Garden) -> None:
    with other:
        first = other.save(bred(["fog"], ["one", "two"], aside=["three"]))
        second = other.save(bred(list(first), ["four", "five"]))
        mixed = refined(Chain((first[0], second[0])), examples=[Chain(tuple(first))])
        third = other.save(mixed)
    for brood in (third, second, third, first, second):
        saved = garden.save(brood)
        assert [text.content for text in saved] == [text.content for text in brood]
        assert [text.content for text in saved.parents] == [text.content for text in brood.parents]
        assert len(saved.set_aside) == len(brood.set_aside)
    assert garden.counts()["broods"] == 3
    assert garden.verify() == []


def test_what_was_bred_from_texts_of_another_garden_is_planted(
    garden: Garden, other: Garden
) -> None:
    with other:
        first = other.save(bred(["fog"], ["one", "two"]))
    brood = bred(list(first), ["three"])
    saved = garden.save(brood)
    assert [text.content for text in saved.parents] == ["one", "two"]
    (later,) = garden.add(Text("later", Origin(author="person", parents=(first[0].edited("1!"),))))
    assert [text.content for text in garden.lineage.versions(later.id)][1:] == ["1!", "later"]
    garden.accept(Chain((first[0], brood[0])))
    assert garden.verify() == []


def test_what_was_emptied_can_be_planted_again(garden: Garden) -> None:
    saved = garden.save(bred(["fog"], ["one"]))
    edit = garden.edit(saved[0], "one!")
    garden.put_away(edit, saved[0])
    assert garden.empty().gone == 2
    (again,) = garden.add(edit)
    assert (again.content, again.origin.parents[0].content) == ("one!", "one")
    garden.save(bred([saved[0]], ["two"]))
    assert garden.verify() == []


def test_what_the_model_reported_of_its_tokens_is_kept(garden: Garden) -> None:
    brood = fl.breed(["the tide", "a gull"], 2, model="echo", seed=1)
    means = [each.mean_logprob for each in brood]
    assert None not in means
    assert [each.mean_logprob for each in garden.save(brood)] == pytest.approx(means)
