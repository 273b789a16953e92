"""Lineage: what a text came from, what came of it, and every edit as a step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flourishing.core import diff
from flourishing.core.chain import Chain
from flourishing.core.text import Origin, Span, Text
from flourishing.errors import InputError
from flourishing.formats.family import Edge
from flourishing.garden import Garden
from tests.garden.broods import bred, refined
from tests.marks import on_both_databases


@on_both_databases
def test_ancestors_and_descendants_are_all_that_there_are(garden: Garden) -> None:
    fog, sea = garden.add("fog", "sea")
    one, two = garden.save(bred([fog, sea], ["one", "two"]))
    three, _ = garden.save(bred([one, fog], ["three", "four"], aside=["set aside"]))
    edit = garden.edit(three, "three!")
    up = garden.lineage.ancestors(edit.id)
    assert up.root == edit.id
    assert up.parents(edit.id) == (three.id,)
    assert up.parents(three.id) == (one.id, fog.id)
    assert set(up.texts) == {edit.id, three.id, one.id, fog.id, sea.id}
    assert up.marks[edit.id] == ("keep",)
    down = garden.lineage.descendants(sea.id)
    assert {text.content for text in down.texts.values()} == {
        "sea",
        "one",
        "two",
        "three",
        "four",
        "three!",
    }
    assert down.generations() == [[sea.id], [one.id, two.id], [three.id, three.id + 1], [edit.id]]


def test_a_parent_that_stood_twice_has_two_edges_in_their_places(garden: Garden) -> None:
    fog, sea = garden.add("fog", "sea")
    (child,) = garden.save(bred([fog, sea, fog], ["one"]))
    edges = garden.lineage.ancestors(child.id).came_from(child.id)
    assert edges == tuple(
        Edge(child=child.id, parent=parent.id, place=place, role="parent")
        for place, parent in enumerate((fog, sea, fog))
    )


def test_examples_are_followed_only_where_they_are_asked_for(garden: Garden) -> None:
    examples = [Chain.of(["bad", "good"])]
    (better,) = garden.save(refined(Chain.of(["fog"]), ["the fog"], examples=examples))

    def contents(*, examples: bool) -> set[str]:
        family = garden.lineage.ancestors(better.id, examples=examples)
        return {text.content for text in family.texts.values()}

    assert contents(examples=False) == {"fog", "the fog"}
    assert contents(examples=True) == {"fog", "the fog", "bad", "good"}
    (bad,) = garden.add(examples[0][0])
    assert len(garden.lineage.descendants(bad.id).texts) == 1
    assert set(garden.lineage.descendants(bad.id, examples=True).texts) == {bad.id, better.id}


def test_what_was_left_out_is_no_ancestor(garden: Garden) -> None:
    (child,) = garden.save(bred(["fog"], ["one"], left_out=[Text("left out")]))
    family = garden.lineage.ancestors(child.id)
    assert {text.content for text in family.texts.values()} == {"fog", "one"}


def test_a_text_that_is_not_there_has_no_family(garden: Garden) -> None:
    for ask in (
        garden.lineage.ancestors,
        garden.lineage.descendants,
        garden.lineage.versions,
        garden.lineage.spans,
    ):
        with pytest.raises(InputError) as caught:
            ask(7)
        assert caught.value.hint


def test_every_edit_and_refinement_is_a_step(garden: Garden) -> None:
    (fog,) = garden.save(bred(offspring=["fog"]))
    edit = garden.edit(fog, "the fog")
    (better, _) = garden.save(refined(Chain((fog, edit)), examples=[Chain.of(["bad", "good"])]))
    last = garden.edit(better, "the fog comes")
    assert garden.lineage.versions(last.id).versions == (fog, edit, better, last)
    assert garden.lineage.versions(fog.id).versions == (fog,)


def test_the_kin_of_a_text_are_its_versions_and_what_came_beside_them(garden: Garden) -> None:
    fog, dew = garden.save(bred(["sea"], ["fog", "dew"]))
    edit = garden.edit(fog, "the fog")
    better, best = garden.save(refined(Chain((fog, edit))))
    garden.save(bred([best], ["other"]))
    kin = {text.id for text in (fog, dew, edit, better, best)}
    assert set(garden.lineage.kin(best.id)) == kin


def test_a_worsened_text_is_a_first_version(garden: Garden) -> None:
    (worse,) = garden.save(refined(Chain.of(["good"]), ["bad"], worse=True))
    assert garden.lineage.versions(worse.id).versions == (worse,)


def test_what_a_person_made_of_several_texts_is_no_edit_of_them(garden: Garden) -> None:
    fog, sea = garden.add("fog", "sea")
    (both,) = garden.add(Text("fog and sea", Origin(author="person", parents=(fog, sea))))
    assert [text.content for text in garden.lineage.versions(both.id)] == ["fog and sea"]
    assert set(garden.lineage.ancestors(both.id).texts) == {fog.id, sea.id, both.id}


@pytest.mark.parametrize("edits", [50, pytest.param(500, marks=pytest.mark.slow)])
def test_many_edits_are_as_many_steps(garden: Garden, edits: int) -> None:
    # Planted at once, as from another tool's file: the whole lineage hangs on the last.
    text = Text("fog 0")
    for number in range(1, edits + 1):
        text = text.edited(f"fog {number}")
    (last,) = garden.add(text)
    assert last == text
    chain = garden.lineage.versions(last.id)
    assert [each.content for each in chain] == [f"fog {number}" for number in range(edits + 1)]
    family = garden.lineage.ancestors(last.id)
    assert len(family.ancestors(last.id)) == edits
    first = chain[0]
    assert len(garden.lineage.descendants(garden.add(first)[0].id).texts) == edits + 1
    assert garden.lineage.spans(last.id) == (Span("person", len(last.content)),)
    assert garden.verify() == []


def test_spans_say_who_wrote_what(garden: Garden) -> None:
    (fog,) = garden.save(bred(offspring=["the fog comes"]))
    edit = garden.edit(fog, "the old fog comes in")
    spans = garden.lineage.spans(edit.id)
    assert "".join({"person": "p", "model": "m"}[span.author] * span.length for span in spans) == (
        "mmmmppppmmmmmmmmmppp"
    )


@given(
    st.lists(st.sampled_from(["fog", "sea", "the", "old", "\n"]), min_size=1, max_size=6), st.data()
)
@settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_spans_are_those_of_the_text_in_memory(
    garden: Garden, words: list[str], data: st.DataObject
) -> None:
    text = Text(" ".join(words), Origin(author="model", model="by hand"))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(words)))
        words = [*words[:at], data.draw(st.sampled_from(["moon", "fog", "x"])), *words[at + 1 :]]
        text = text.edited(" ".join(words))
    (stored,) = garden.add(text)
    assert garden.lineage.spans(stored.id) == diff.spans(text)


def test_spans_that_a_source_told_are_kept(garden: Garden) -> None:
    spans = (Span("person", 4), Span("model", 3))
    (text,) = garden.add(Text("the fog", replace(Origin(author="model"), spans=spans)))
    assert text.origin.spans == spans
    assert garden.lineage.spans(text.id) == spans
