"""Entries: what is said of each text of a family."""

from __future__ import annotations

from flourishing.core.diff import Change, spans
from flourishing.core.text import Origin, Span, Text
from flourishing.formats.family import Edge, Family
from flourishing.formats.family.entries import Entry, entries
from tests.formats.family.conftest import AT, bred


def written(family: Family) -> dict[int, Entry]:
    return entries(family, [id for layer in family.generations() for id in layer])


def test_a_text_is_cut_by_who_wrote_what(family: Family) -> None:
    told = written(family)
    assert told[1].stretches == (("source", family.texts[1].content),)
    assert told[3].stretches == (("person", "rain"), ("model", " comes on cat feet"))
    assert told[5].stretches[0] == ("person", "snow")
    assert told[6].stretches[0] == ("person", "snow")
    for id, entry in told.items():
        assert "".join(words for _, words in entry.stretches) == family.texts[id].content


def test_who_wrote_what_is_found_as_a_walk_through_the_whole_lineage_finds_it() -> None:
    texts = {0: bred("a b c d e f")}
    for at, words in enumerate(("a x c d e f", "a x c y e f", "a x c y e z"), 1):
        texts[at] = texts[at - 1].edited(words)
    family = Family(0, texts, tuple(Edge(at, at - 1, 0, "parent") for at in (1, 2, 3)))
    told = written(family)[3]
    found = tuple(Span(kind, len(words)) for kind, words in told.stretches if kind != "source")
    assert found == spans(texts[3])
    assert [words for kind, words in told.stretches if kind == "person"] == ["x", "y", "z"]


def test_an_edit_shows_what_it_changed(family: Family) -> None:
    step = written(family)[5].step
    assert step is not None
    assert (step.made, step.before) == ("edit", 3)
    assert step.changes == (
        Change("gone", "rain"),
        Change("new", "snow"),
        Change("same", " comes on cat feet"),
    )


def test_a_refinement_shows_what_it_changed_of_the_chain_and_not_of_an_example(
    family: Family,
) -> None:
    step = written(family)[6].step
    assert step is not None
    assert (step.made, step.before) == ("refinement", 5)
    assert Change("new", "bird") in step.changes


def test_a_text_that_was_bred_or_written_has_no_version_before(family: Family) -> None:
    told = written(family)
    assert [id for id, entry in told.items() if entry.step] == [5, 6]


def test_an_edit_of_a_text_outside_the_family_is_compared_all_the_same() -> None:
    edit = bred("one two").edited("one three")
    entry = written(Family(1, {1: edit}))[1]
    assert entry.step is not None
    assert entry.step.before is None
    assert entry.elsewhere == 1
    assert Change("gone", "two") in entry.step.changes


def test_a_prompt_is_written_once_and_named_where_it_is_the_same(family: Family) -> None:
    told = written(family)
    assert (told[3].prompt, told[3].prompt_at) == ("fog\n---\nrain\n---\n", None)
    assert (told[4].prompt, told[4].prompt_at) == (None, 3)
    assert (told[6].prompt, told[6].prompt_at) == ("better?", None)
    assert (told[1].prompt, told[1].prompt_at) == (None, None)


def test_the_raw_completion_is_given_where_it_is_not_the_text(family: Family) -> None:
    told = written(family)
    assert told[3].raw is None
    assert (told[4].raw or "").startswith("\n\nraw")


def test_facts_are_all_that_the_text_could_be_made_from_again(family: Family) -> None:
    told = written(family)
    assert dict(told[6].facts) == {
        "written by": "a model",
        "date": "2026-03-03 12:30 UTC",
        "model": "gemma-3-270m",
        "pattern": "refinements",
        "examples": "1, which only showed the form",
        "max tokens": "200",
        "temperature": "0.9",
        "top p": "1",
        "top k": "0",
        "min p": "0.05",
        "seed": "7",
    }
    assert dict(told[1].facts) == {"source": "Carl Sandburg, “Fog”, 1916"}
    assert dict(told[3].facts)["start words"] == "rain"


def test_a_text_is_named_by_its_first_words() -> None:
    when = Origin(author="person", at=AT)
    texts = {1: Text("\n  a  b \nc", when), 2: Text("w" * 99, when), 3: Text(" \n", when)}
    assert [entry.name for entry in written(Family(1, texts)).values()] == [
        "a b",
        "w" * 69 + "…",
        "(blank)",
    ]
