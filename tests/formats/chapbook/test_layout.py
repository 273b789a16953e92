"""The colophon: how a poem was made is told in words, as far as its origin knows."""

from __future__ import annotations

from flourishing.core.sampling import Sampling
from flourishing.core.text import UNDATED, Origin, Source, Text
from flourishing.formats.chapbook import Chapbook, Poem
from flourishing.formats.chapbook.layout import account, leaves
from flourishing.patterns import PATTERNS
from tests.formats.chapbook.conftest import AT, FOG, RAIN, bred


def test_a_published_text_is_cited() -> None:
    assert account(Poem(FOG)) == ("From Carl Sandburg, “Fog”, 1916.",)


def test_who_said_a_quote_stands_on_a_line_of_their_own() -> None:
    said = bred("“Wash thy soul with silence.” -- Tagore", pattern=PATTERNS["quotes"])
    (leaf,) = leaves(Chapbook(title="Said", by="", poems=(Poem(said),))).poems
    (stanza,) = leaf.stanzas
    assert [line.words for line in stanza.lines] == ["“Wash thy soul with silence.”", "— Tagore"]
    poem = bred("It rains. -- Tagore", pattern=PATTERNS["poems"])
    (leaf,) = leaves(Chapbook(title="Said", by="", poems=(Poem(poem),))).poems
    assert [line.words for line in leaf.stanzas[0].lines] == ["It rains. -- Tagore"]


def test_what_a_person_wrote_is_said_to_be_theirs() -> None:
    assert account(Poem(RAIN)) == ("Written by a person on 3 March 2026.",)


def test_a_bred_poem_names_its_model_its_parents_and_how_it_was_drawn() -> None:
    text = bred("lo, the rain came", FOG, RAIN, start="lo, the")
    assert account(Poem(text)) == (
        "Written by the model gemma-3-270m on 3 March 2026.",
        "Bred from 2 poems: “The fog comes” (Carl Sandburg, “Fog”, 1916); “rain on the roof”.",
        (
            "Drawn in the pattern “poems”, from the start words “lo, the”, at temperature 0.9, "
            "min-p 0.05, at most 200 tokens, with seed 7."
        ),
        "About 41% of its letters are a person’s, the rest the model’s.",
    )


def test_examples_are_counted_and_not_named_as_parents() -> None:
    told = account(Poem(bred("drier", FOG, FOG, RAIN, examples=2)))
    assert "Made better from one poem: “rain on the roof”." in told
    assert "2 examples stood before, to show the form." in told


def test_versions_are_counted_and_a_persons_edits_named() -> None:
    first = bred("the rain came down")
    second = first.edited("the rain came up")
    third = bred(
        "the rain went up",
        second,
        pattern=PATTERNS["refinements"],
        sampling=Sampling(top_p=0.5, top_k=3, max_tokens=1),
        seed=9,
    )
    last = Text("a rain went up", Origin(author="person", at=AT, parents=(third,)))
    told = account(Poem(last, versions=(first, second, third)))
    assert told[2:5] == (
        "It went through 4 versions, of which this is the last.",
        "A person edited versions 2 and 4, the last of them on 3 March 2026.",
        (
            "The model gemma-3-270m wrote version 3 on 3 March 2026, drawn in the pattern "
            "“refinements”, at temperature 1, min-p 0.05, top-p 0.5, top-k 3, at most 1 token, "
            "with seed 9."
        ),
    )
    assert told[5].startswith("About ")


def test_an_edited_poem_tells_of_the_model_that_wrote_it_first() -> None:
    told = account(Poem(bred("the rain came down").edited("the rain came up")))
    assert told[0] == "Written by the model gemma-3-270m on 3 March 2026."
    assert any(sentence.startswith("A person edited version 2 on") for sentence in told)


def test_many_versions_are_told_in_few_words() -> None:
    drafts = [bred("one\ntwo", seed=1)]
    for seed in range(2, 41):
        drafts.append(bred("one\ntwo", drafts[-1], seed=seed))
    told = account(Poem(drafts[-1], versions=tuple(drafts[:-1])))
    assert len(told) == 4
    assert told[3].startswith("The model gemma-3-270m wrote versions 2–40 on")


def test_hundreds_of_parents_are_counted_and_only_some_of_them_named() -> None:
    told = account(Poem(bred("x", *[Text(f"poem {n}") for n in range(300)])))
    assert told[1].startswith("Bred from 300 poems: “poem 0”; “poem 1”;")
    assert told[1].endswith("“poem 23”; and 276 more.")


def test_a_source_on_many_lines_is_told_on_one() -> None:
    found = Origin(author="person", source=Source(title="Two\nlines", published="a\x00file"))
    assert account(Poem(Text("x", found))) == ("From “Two lines”, a\ufffdfile.",)


def test_a_text_found_elsewhere_that_a_model_wrote_names_both() -> None:
    found = Origin(author="model", at=AT, model="davinci", source=Source(published="loom.json"))
    assert account(Poem(Text("x", found)))[:2] == (
        "From loom.json.",
        "Written by the model davinci on 3 March 2026.",
    )


def test_where_nobody_knows_when_a_model_wrote_no_day_is_named() -> None:
    found = Origin(author="model", at=UNDATED, model="davinci", source=Source(published="a.json"))
    assert account(Poem(Text("x", found)))[1] == "Written by the model davinci."
