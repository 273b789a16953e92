"""Finding texts: page by page, by their words, and by the runs of words that they share."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flourishing.core.chain import Chain
from flourishing.core.originality import compare
from flourishing.core.text import Origin, Source, Text
from flourishing.errors import InputError
from flourishing.garden import Garden, Mark
from tests.garden.broods import bred, poems
from tests.marks import on_both_databases

FOUND = Origin(author="person", source=Source(author="Sappho"))


def contents(found: object) -> list[str]:
    return [text.content for text in found]  # type: ignore[attr-defined]


@on_both_databases
def test_pages_go_from_the_newest_to_the_oldest_and_miss_nothing(garden: Garden) -> None:
    made = garden.add(*[f"text {number}" for number in range(10)])
    seen, before = [], None
    while page := garden.search.page(before=before, limit=3):
        seen += page
        before = page[-1].id
    assert seen == made[::-1]


@pytest.mark.parametrize("mark", ["keep", "drop", "pin", "away"])
def test_pages_of_a_mark_give_the_last_marked_first(garden: Garden, mark: Mark) -> None:
    one, two, three, _ = garden.add("one", "two", "three", "four", keep=False)
    give = {"keep": garden.keep, "drop": garden.drop, "pin": garden.pin, "away": garden.put_away}
    for text in (two, one, three):
        give[mark](text)
    first = garden.search.page(mark, limit=2)
    assert first == [three, one]
    assert garden.search.page(mark, before=first[-1].id) == [two]


def test_what_is_put_away_or_set_aside_or_from_a_book_is_on_no_page(garden: Garden) -> None:
    book = Text("from a book", FOUND)
    saved = garden.save(bred([book], ["a", "b"], aside=["c"]))
    garden.keep(saved[1])
    garden.put_away(saved[1])
    assert contents(garden.search.page()) == ["a"]
    assert contents(garden.search.page("keep")) == []
    assert contents(garden.search.page("away")) == ["b"]
    garden.keep(book)
    assert contents(garden.search.page()) == ["a", "from a book"]


def test_pages_of_a_tag_go_with_marks(garden: Garden) -> None:
    one, two, three = garden.add("one", "two", "three", keep=False)
    garden.tag("sea", one, two)
    garden.tag("moon", three)
    garden.pin(one, three)
    assert garden.search.page(tag="sea") == [two, one]
    assert garden.search.page("pin", tag="sea") == [one]
    assert garden.search.page(tag="never") == []


@on_both_databases
def test_all_words_have_to_be_there_and_the_last_may_be_a_beginning(garden: Garden) -> None:
    fog, cat, _ = garden.add("The fog comes\non little cat feet", "a little cat", "a dove")
    assert garden.search.words("little cat") == [cat, fog]
    assert garden.search.words("FEET, fog!") == [fog]
    assert garden.search.words("little comes fo") == [fog]
    assert garden.search.words("litt cat") == []
    assert garden.search.words("little dog") == []


def test_words_are_found_among_marked_texts_and_page_by_page(garden: Garden) -> None:
    made = garden.add(*[f"fog {number}" for number in range(5)], keep=False)
    garden.keep(made[1], made[3])
    garden.put_away(made[3])
    assert garden.search.words("fog", mark="keep") == [made[1]]
    assert garden.search.words("fog", mark="away") == [made[3]]
    assert garden.search.words("fog", limit=2) == [made[4], made[2]]
    assert garden.search.words("fog", before=made[2].id) == [made[1], made[0]]


@on_both_databases
@pytest.mark.parametrize(
    "words", ["AND OR NOT", "fog OR sea", 'fog" NEAR(sea', "fog & !sea | (", "content:fog", "fog*"]
)
def test_no_word_is_taken_for_an_operator(garden: Garden, words: str) -> None:
    garden.add("fog alone")
    (whole,) = garden.add(f"fog near sea content and or not: {words}")
    assert whole in garden.search.words(words)


@on_both_databases
@given(st.text(st.characters(codec="utf-8"), max_size=30))
@settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_search_gives_texts_or_says_that_there_is_no_word(garden: Garden, words: str) -> None:
    with suppress(InputError):
        garden.search.words(words)


@on_both_databases
def test_words_of_titles_are_found_as_they_stand_now(garden: Garden) -> None:
    moon, fog, plain = garden.add("the red moon", "fog", "a title is no text")
    garden.entitle(moon, "Over the Café")
    garden.entitle(fog, "Over the sea")
    assert garden.search.words("over the") == [fog, moon]
    assert garden.search.words("the cafe") == [moon]
    assert garden.search.words("over the", before=fog.id) == [moon]
    assert garden.search.words("the", limit=1) == [fog]
    assert garden.search.words("over cup") == []
    garden.put_away(fog)
    assert garden.search.words("over", mark="keep") == [moon]
    garden.entitle(moon, "")
    assert garden.search.words("cafe") == []
    garden.undo()
    assert garden.search.words("cafe") == [moon]
    assert garden.search.words("title") == [plain]


@pytest.mark.parametrize("words", ["", "  ", "...", "!?"])
def test_without_a_word_there_is_nothing_to_look_for(garden: Garden, words: str) -> None:
    with pytest.raises(InputError) as caught:
        garden.search.words(words)
    assert caught.value.hint


@on_both_databases
def test_words_of_other_scripts_are_found(garden: Garden) -> None:
    made = garden.add("Туман приходит", "雨が降る 夜", "καλημέρα κόσμε", "l'été à Orléans")
    for text, word in zip(made, ["туман", "夜", "κόσμε", "orléans"], strict=True):
        assert garden.search.words(word) == [text]


@on_both_databases
def test_an_echo_names_the_text_and_the_run(garden: Garden) -> None:
    source, other = garden.add("A dove flies up\nfrom the hedgerow", "nothing of the kind at all")
    (echo,) = garden.search.echoes("and a DOVE flies up, here")
    assert (echo.text, echo.words, echo.run) == (source, 4, "a DOVE flies up")
    assert echo.where == "garden"
    assert garden.search.echoes(source.content, but=(source.id,)) == ()
    assert garden.search.echoes("three small words") == ()
    assert garden.search.echoes(other.content)[0].near_copy


def test_the_text_that_shares_most_is_found_among_many(garden: Garden) -> None:
    draw = random.Random(1)
    made = garden.add(*[" ".join(poems(draw, 6)) for _ in range(60)])
    stolen = made[33].content.split()[5:16]
    also = made[7].content.split()[:7]
    echoes = garden.search.echoes(" ".join(["my", "own", *stolen, "and", *also]))
    assert [(echo.text, echo.words) for echo in echoes] == [(made[33], 11), (made[7], 7)]


def test_a_set_phrase_hides_no_rarer_run(garden: Garden) -> None:
    phrase = "once upon a time there was"
    garden.add(*[f"{phrase} {number}" for number in range(250)])
    (rare,) = garden.add("the heron stands in grey water all day")
    echoes = garden.search.echoes(f"{phrase} a heron: the heron stands in grey water")
    assert echoes[0].text == rare
    assert garden.search.echoes(phrase)[0].words == 6


def test_echoes_agree_with_looking_at_every_text(garden: Garden) -> None:
    draw = random.Random(2)
    words = ["fog", "sea", "crow", "wind", "the", "of", "and", "a"]
    made = garden.add(
        *{" ".join(draw.choice(words) for _ in range(draw.randrange(4, 15))) for _ in range(15)}
    )
    for _ in range(15):
        content = " ".join(draw.choice(words) for _ in range(12))
        near = {
            each.text: each.words
            for text in made
            if (each := compare(content, text, "garden")) and each.words >= 4
        }
        found = {each.text: each.words for each in garden.search.echoes(content)}
        assert found == near


def test_words_are_found_among_tagged_texts(garden: Garden) -> None:
    one, two, _ = garden.add("fog one", "fog two", "sea three")
    garden.tag("grey", one)
    assert garden.search.words("fog", tag="grey") == [one]
    assert garden.search.words("fog") == [two, one]


def test_tags_are_counted_and_those_taken_off_undone_or_put_away_are_not(garden: Garden) -> None:
    one, two, three = garden.add("one", "two", "three")
    garden.tag("sea", one, two, three)
    garden.tag("moon", one)
    garden.tag("fog", two)
    garden.tag("fog", two, on=False)
    garden.put_away(three)
    assert garden.search.tags() == {"sea": 2, "moon": 1}
    garden.tag("moon", two)
    garden.tag("rain", one)
    garden.undo()
    assert garden.search.tags() == {"moon": 2, "sea": 2}


def test_children_are_what_came_of_a_text_itself_the_newest_first(garden: Garden) -> None:
    parent, other = garden.add("a parent", "another")
    saved = garden.save(bred([parent, other], ["a", "b"], aside=["c"]))
    edit = garden.edit(saved[0], "a, edited")
    assert garden.search.children(parent.id) == [saved[1], saved[0]]
    assert garden.search.children(saved[0].id) == [edit]
    assert garden.search.children(parent.id, before=saved[1].id) == [saved[0]]
    garden.put_away(saved[1])
    assert contents(garden.search.children(other.id, limit=1)) == ["a"]


def test_a_text_stands_on_shelves_by_itself_and_in_chains(garden: Garden) -> None:
    draft, text = garden.add("a draft", "a poem")
    garden.shelves.put("sea", text)
    garden.shelves.put("better", Chain((draft, text)))
    garden.shelves.put("moon", text)
    garden.shelves.take_off("moon", text)
    garden.shelves.put("fog", text)
    garden.undo()
    assert garden.search.shelves(text.id) == ["better", "sea"]
    assert garden.search.shelves(draft.id) == ["better"]


def test_texts_are_found_by_the_digests_of_their_contents(garden: Garden) -> None:
    one, two = garden.add("one", "two")
    edit = garden.edit(two, "one")
    garden.put_away(two)
    found = garden.search.contents([one.digest, two.digest, Text("three").digest])
    assert {digest: [text.id for text in texts] for digest, texts in found.items()} == {
        one.digest: [one.id, edit.id],
        two.digest: [two.id],
    }
    assert garden.search.contents([]) == {}


def test_texts_of_imports_that_were_undone_are_found(garden: Garden) -> None:
    with garden.one_act("import"):
        (one,) = garden.add("one")
    (two,) = garden.add("two")
    assert garden.search.of_undone_imports([one.id, two.id]) == set()
    garden.undo()
    garden.undo()
    assert garden.search.of_undone_imports([one.id, two.id]) == {one.id}
    garden.redo()
    assert garden.search.of_undone_imports([one.id, two.id]) == set()
