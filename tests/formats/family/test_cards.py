"""What the cards of a family say, and which texts stand in one pile."""

from __future__ import annotations

from collections.abc import Iterable

from flourishing.core.diff import Change
from flourishing.core.text import Origin, Text
from flourishing.formats.family import Edge, Family
from flourishing.formats.family.cards import cards_of, fold, way_to
from tests.formats.family.conftest import bred


def related(texts: Iterable[Text], *edges: tuple[int, int], root: int = 1, **marks: str) -> Family:
    """Give texts, numbered from 1, with edges as pairs of a child and a parent."""
    lines = tuple(Edge(child, parent, at, "parent") for at, (child, parent) in enumerate(edges))
    told = {int(number[1:]): (mark,) for number, mark in marks.items()}
    return Family(root, dict(enumerate(texts, start=1)), lines, told)


def of_edit(before: str, after: str) -> tuple[list[tuple[str, str]], int]:
    """Give what the card of an edit says."""
    old = Text(before, Origin(author="person"))
    new = Text(after, Origin(author="person", parents=(old,)))
    card = cards_of(related([old, new], (2, 1)))[2]
    return [(change.kind, change.text) for change in card.difference], card.changes


def lines_of(*contents: str) -> list[str]:
    return [card.line for card in cards_of(related(map(bred, contents))).values()]


def test_an_edit_says_what_it_changed_with_the_words_around_it() -> None:
    assert of_edit("a gull over the harbour", "a gull above the harbour") == (
        [("same", "a gull "), ("gone", "over"), ("new", "above"), ("same", " the harbour")],
        1,
    )


def test_only_the_first_of_many_changes_is_said_and_the_others_are_counted() -> None:
    said, count = of_edit("one two three four five", "1 two 3 four 5")
    assert said[:2] == [("gone", "one"), ("new", "1")]
    assert count == 3


def test_a_change_of_lines_is_said_on_one_line() -> None:
    said, _ = of_edit("the sea\nand salt", "the sea\n\nat night\nand salt")
    assert "".join(text for kind, text in said if kind != "gone").count("\n") == 0
    assert "at night" in "".join(text for kind, text in said if kind == "new")


def test_where_only_blanks_changed_that_is_said() -> None:
    said, count = of_edit("the sea", "the  sea")
    assert count == 1
    assert {kind for kind, _ in said} >= {"new"}


def test_an_edit_that_changed_nothing_has_no_difference() -> None:
    assert of_edit("the sea", "the sea") == ([], 0)


def test_a_long_change_is_cut_between_words() -> None:
    said, _ = of_edit("start " + "gone " * 40, "start " + "new " * 40)
    assert all(len(text) <= 50 for _, text in said)
    assert any(text.endswith("…") for _, text in said)


def test_a_card_shows_the_first_line_that_no_other_text_has() -> None:
    assert lines_of("the moon\nis red", "the moon\nis a coin", "a door") == [
        "… is red",
        "… is a coin",
        "a door",
    ]


def test_a_line_begins_where_it_differs_when_much_of_it_is_shared() -> None:
    shared = "when the long evening came over the hills "
    assert lines_of(shared + "we slept", shared + "they sang") == ["… we slept", "… they sang"]


def test_texts_that_are_the_same_say_their_first_words() -> None:
    assert lines_of("the moon\nis red", "the moon\nis red", " \n ") == [
        "the moon",
        "the moon",
        "(blank)",
    ]


def test_what_nothing_came_of_and_nobody_kept_stands_in_one_pile() -> None:
    root = bred("root")
    texts = [root, *(bred(word, root) for word in ("a", "b", "c", "d")), bred("of c")]
    edges = [*((child, 1) for child in (2, 3, 4, 5)), (6, 4)]
    family = related(texts, *edges, m5="keep")
    rounds = {1: None, 2: 7, 3: 7, 4: 7, 5: 7, 6: 8}
    folded, behind = fold(family, rounds)
    assert behind == {2: [3]}
    assert set(folded.texts) == {1, 2, 4, 5, 6}
    assert folded.children(1) == (2, 4, 5)
    whole, none = fold(family, rounds, unfolded={7})
    assert (set(whole.texts), none) == (set(family.texts), {})


def test_a_pile_shows_one_that_was_not_dropped() -> None:
    root = bred("root")
    family = related([root, bred("a", root), bred("b", root)], (2, 1), (3, 1), m2="drop")
    assert fold(family, {1: None, 2: 7, 3: 7})[1] == {3: [2]}


def test_the_way_goes_by_versions_and_best_parents(family: Family) -> None:
    assert way_to(family, 6) == [2, 3, 5, 6]


def test_a_way_in_a_circle_ends() -> None:
    assert way_to(related([bred("a"), bred("b")], (1, 2), (2, 1)), 1) == [2, 1]


def test_changes_are_values_of_the_word_diff(family: Family) -> None:
    assert cards_of(family)[5].difference[0] == Change("gone", "rain")
