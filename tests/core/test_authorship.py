"""Authorship: every stretch of a text was written by a person or by a model."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.diff import of_versions, said_shares, spans, stretches, stretches_of
from flourishing.core.text import Author, Origin, Source, Span, Text
from flourishing.patterns import PATTERNS

DOVE = Text("a dove flies up\nfrom the hedgerow", Origin(author="model"))


def by(text: Text) -> list[tuple[str, str]]:
    """Give the stretches of a text, each with its author's initial."""
    return laid_out(text.content, spans(text))


def laid_out(content: str, stretches: tuple[Span, ...]) -> list[tuple[str, str]]:
    assert sum(span.length for span in stretches) == len(content)
    out, at = [], 0
    for span in stretches:
        out.append((span.author[0], content[at : at + span.length]))
        at += span.length
    return out


def bred(content: str, start: str = "", pattern: str = "poems") -> Text:
    return Text(content, Origin(author="model", start=start, pattern=PATTERNS[pattern]))


def refined(content: str, *chain: Text, start: str = "", examples: int = 0) -> Text:
    origin = Origin(
        author="model",
        parents=chain,
        examples=examples,
        start=start,
        pattern=PATTERNS["refinements"],
    )
    return Text(content, origin)


def test_what_a_person_wrote_is_the_persons() -> None:
    assert by(Text("like the fox\nI run")) == [("p", "like the fox\nI run")]


def test_what_a_model_wrote_is_the_models_but_for_its_start_words() -> None:
    assert by(DOVE) == [("m", DOVE.content)]
    assert by(bred("exiled prophets -- ten thousand", "exiled prophets --")) == [
        ("p", "exiled prophets --"),
        ("m", " ten thousand"),
    ]


@pytest.mark.parametrize(
    ("content", "start", "typed"),
    [
        ("the\nsea", "the ", "the"),
        ("wolf", " wo", "wo"),
        ("something else", "wo", ""),
        ("the", "the", "the"),
    ],
)
def test_start_words_are_found_as_far_as_the_text_begins_with_them(
    content: str, start: str, typed: str
) -> None:
    rest = content[len(typed) :]
    assert by(bred(content, start)) == [each for each in (("p", typed), ("m", rest)) if each[1]]


def test_the_start_words_of_a_pattern_were_typed_by_nobody() -> None:
    function = bred("def a():\n    pass", "def", "functions")
    assert by(function) == [("m", function.content)]
    assert by(bred("def a():\n    pass", "def a(", "functions"))[0] == ("p", "def a(")


def test_an_edit_keeps_the_author_of_what_it_keeps() -> None:
    assert by(DOVE.edited("a dove springs up\nfrom the hedgerow, startled")) == [
        ("m", "a dove "),
        ("p", "springs"),
        ("m", " up\nfrom the hedgerow"),
        ("p", ", startled"),
    ]


def test_an_edit_of_an_edit_goes_on_from_there() -> None:
    once = DOVE.edited("a grey dove flies up\nfrom the hedgerow")
    assert by(once.edited("a grey dove flies\nfrom the hedgerow")) == [
        ("m", "a "),
        ("p", "grey "),
        ("m", "dove flies\nfrom the hedgerow"),
    ]


def test_an_edit_that_puts_words_back_is_the_persons() -> None:
    back = DOVE.edited("a dove").edited("a dove flies")
    assert by(back) == [("m", "a dove"), ("p", " flies")]


def test_a_refinement_keeps_the_author_of_what_it_keeps() -> None:
    worse = Text("a big dove jumps up")
    example = Text("another poem of the model's", Origin(author="model"))
    better = refined("a grey dove jumps off", example, worse, examples=1)
    assert by(better) == [("p", "a "), ("m", "grey"), ("p", " dove jumps "), ("m", "off")]


def test_a_refinement_without_examples_is_known_by_its_pattern() -> None:
    assert by(refined("a dove, rising", Text("a dove"))) == [("p", "a dove"), ("m", ", rising")]


def test_a_refinement_is_known_by_its_examples_whatever_its_pattern() -> None:
    origin = Origin(author="model", parents=(DOVE, Text("a dove")), examples=1)
    assert by(Text("a dove, rising", origin)) == [("p", "a dove"), ("m", ", rising")]


def test_the_start_words_of_a_refinement_are_the_persons_even_where_they_were_kept() -> None:
    better = refined("a dove flies off", DOVE, start="a dove")
    assert by(better) == [("p", "a dove"), ("m", " flies off")]


def test_an_offspring_keeps_nothing_of_parents_that_only_showed_the_form() -> None:
    child = Text("the fox", Origin(author="model", parents=(Text("the fox"),)))
    assert by(child) == [("m", "the fox")]


def test_what_its_source_told_of_a_text_is_believed() -> None:
    told = Origin(author="person", parents=(DOVE,), spans=(Span("model", 2), Span("person", 4)))
    assert spans(Text("a dove", told)) == (Span("model", 2), Span("person", 4))
    edited = Text("a dove", told).edited("a grey dove")
    assert by(edited) == [("m", "a "), ("p", "grey dove")]


def test_what_its_source_told_is_not_believed_where_it_does_not_cover_the_text() -> None:
    told = Origin(author="person", spans=(Span("model", 3),))
    assert spans(Text("a dove", told)) == (Span("person", 6),)


def test_neighbours_that_its_source_told_apart_are_merged() -> None:
    told = Origin(author="person", spans=(Span("model", 2), Span("model", 4), Span("person", 0)))
    assert spans(Text("a dove", told)) == (Span("model", 6),)


def test_a_text_without_characters_has_no_stretches() -> None:
    assert spans(Text("")) == ()
    assert spans(DOVE.edited("")) == ()


def test_a_lineage_deeper_than_the_stack_is_followed() -> None:
    text = DOVE
    for number in range(20_000):
        text = text.edited(f"{DOVE.content}\n{number}")
    assert by(text) == [("m", DOVE.content), ("p", "\n19999")]


def test_versions_given_one_by_one_are_as_good_as_a_lineage() -> None:
    edit = DOVE.edited("a grey dove flies up")
    whole = refined("a grey dove flies off", edit)
    # Their own parents are not looked at, so that they need not be there.
    shallow = [
        DOVE,
        Text(edit.content, Origin(author="person")),
        Text(whole.content, Origin(author="model", pattern=PATTERNS["refinements"])),
    ]
    assert of_versions(shallow) == spans(whole)
    assert laid_out(whole.content, of_versions(shallow)) == [
        ("m", "a "),
        ("p", "grey "),
        ("m", "dove flies off"),
    ]


def test_no_versions_have_no_stretches() -> None:
    assert of_versions([]) == ()


contents = st.text("ab \n雨", max_size=12)
authors: st.SearchStrategy[Author] = st.sampled_from(["person", "model"])


@given(
    st.lists(st.tuples(contents, authors, contents, st.booleans()), min_size=1, max_size=5),
)
def test_stretches_cover_any_text_exactly(
    made: list[tuple[str, Author, str, bool]],
) -> None:
    text = Text("")
    for content, author, start, link in made:
        pattern = PATTERNS["refinements" if link else "poems"]
        origin = Origin(author=author, parents=(text,), start=start, pattern=pattern)
        text = Text(content, origin)
    stretches = spans(text)
    assert sum(span.length for span in stretches) == len(text.content)
    assert all(span.length for span in stretches)
    assert all(a.author != b.author for a, b in pairwise(stretches))


def whose(text: Text) -> list[tuple[str, str]]:
    """Give the stretches of a text, each with the initial of whose words it is."""
    found, at = [], 0
    for stretch in stretches(text):
        found.append((stretch.author[0], text.content[at : at + stretch.length]))
        at += stretch.length
    assert at == len(text.content)
    return found


FOG = Text("the fog comes", Origin(author="person", source=Source(author="Carl Sandburg")))


def test_what_was_published_is_its_authors_and_stays_so_in_an_edit() -> None:
    assert whose(FOG) == [("s", "the fog comes")]
    edit = FOG.edited("the fog comes home")
    assert whose(edit) == [("s", "the fog comes"), ("p", " home")]
    assert whose(edit.edited("the fog came home")) == [
        ("s", "the fog "),
        ("p", "came home"),
    ]
    assert by(edit) == [("p", "the fog comes home")]


def test_what_a_model_wrote_of_a_published_text_is_the_models() -> None:
    better = refined("the grey fog comes", FOG)
    assert whose(better) == [("s", "the "), ("m", "grey "), ("s", "fog comes")]


def test_of_a_file_the_models_words_are_the_models() -> None:
    source = Source(published="loom.json")
    origin = Origin(author="model", source=source, spans=(Span("person", 4), Span("model", 3)))
    assert whose(Text("the fog", origin)) == [("s", "the "), ("m", "fog")]
    assert whose(Text("the fog", Origin(author="model", source=source))) == [("m", "the fog")]


def test_what_is_known_of_the_version_before_is_enough() -> None:
    edit = FOG.edited("the fog comes home")
    stub = Text(edit.content, Origin(author="person"))
    later = Text("the fog comes home late", Origin(author="person", parents=(stub,)))
    found = stretches_of([later], before=(stub, stretches(edit)))
    assert found == stretches(edit.edited("the fog comes home late"))


def test_shares_are_said_in_a_sentence() -> None:
    edit = FOG.edited("the fog comes home")
    (sentence,) = said_shares(stretches(edit))
    assert sentence == "About 28% of its letters are a person’s, the rest of its source."
    three = refined("the fog comes home late", edit)
    (sentence,) = said_shares(stretches(three))
    assert sentence.startswith("About 22% of its letters are a person’s, 22% of its letters are")
    assert list(said_shares(stretches(FOG))) == []
    assert list(said_shares(())) == []
