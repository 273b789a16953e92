"""Texts with their lineage as lines of JSON, written and read back."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError
from flourishing.exchange.transfer import from_lines, to_lines
from flourishing.pattern import PATTERNS
from flourishing.sampling import Sampling
from flourishing.text import Origin, Source, Span, Text

WORDS = st.text(st.characters(codec="utf-8"), max_size=20)


@st.composite
def lineages(draw: st.DrawFn) -> list[Text]:
    """Draw texts of which each may come from earlier ones."""
    texts: list[Text] = []
    for _ in range(draw(st.integers(1, 8))):
        count = draw(st.integers(0, min(3, len(texts))))
        parents = tuple(draw(st.sampled_from(texts)) for _ in range(count)) if texts else ()
        by_model = draw(st.booleans())
        origin = Origin(
            author="model" if by_model else "person",
            at=datetime(draw(st.integers(1, 9999)), 1, 2, tzinfo=UTC),
            parents=parents,
            examples=draw(st.integers(0, len(parents))),
            prompt=draw(WORDS) if by_model else None,
            pattern=PATTERNS[draw(st.sampled_from(sorted(PATTERNS)))] if by_model else None,
            start=draw(WORDS),
            model="echo" if by_model else None,
            sampling=Sampling(max_tokens=draw(st.integers(1, 99))) if by_model else None,
            seed=draw(st.integers(0, 2**31)) if by_model else None,
            reproducible=by_model,
            raw=draw(WORDS) if by_model else None,
            finish="stop" if by_model else None,
            source=draw(st.none() | st.builds(Source, author=WORDS, year=st.integers(1, 9999))),
            spans=tuple(draw(st.lists(st.just(Span("model", 3)), max_size=2))),
        )
        texts.append(Text(draw(WORDS), origin))
    return texts


def everyone(texts: list[Text]) -> dict[str, Text]:
    found: dict[str, Text] = {}
    waiting = [*texts]
    while waiting:
        text = waiting.pop()
        found[text.identity] = text
        waiting += text.origin.parents
    return found


@given(texts=lineages(), order=st.randoms(use_true_random=False))
def test_any_lineage_is_the_same_again(texts: list[Text], order: random.Random) -> None:
    asked = order.sample(texts, order.randint(1, len(texts)))
    given: list[tuple[Text, dict[str, object]]] = [
        (text, {"marks": ["keep"], "tags": [text.content]}) for text in asked
    ]
    lines = list(to_lines(given))
    assert all(line.count("\n") == 0 for line in lines)
    read = list(from_lines(lines))
    wanted = everyone(asked)
    assert [text.identity for text, _ in read] == list(dict.fromkeys(t.identity for t, _ in read))
    assert {text.identity for text, _ in read} == wanted.keys()
    for text, told in read:
        before = wanted[text.identity]
        assert (text.content, text.origin.as_dict()) == (before.content, before.origin.as_dict())
        assert text.origin.parents == before.origin.parents
        assert told.get("tags") == ([text.content] if before in asked else None)


def test_a_parent_that_is_asked_for_too_keeps_its_marks() -> None:
    parent = Text("the sea")
    child = parent.edited("the seas")
    lines = list(to_lines([(child, {"marks": ["pin"]}), (parent, {"marks": ["keep"]})]))
    told = {text.content: more["marks"] for text, more in from_lines(lines)}
    assert told == {"the sea": ["keep"], "the seas": ["pin"]}


def test_a_lineage_deeper_than_the_stack_goes_through() -> None:
    text = Text("0")
    for number in range(1, 3_000):
        text = text.edited(str(number))
    *_, (last, _) = from_lines(to_lines([(text, {})]))
    assert last == text


def line(**changes: object) -> str:
    (words,) = to_lines([(Text("the sea", Origin(author="person", start="x")), {"marks": []})])
    return json.dumps(json.loads(words) | changes)


def test_blank_lines_do_no_harm() -> None:
    assert [text.content for text, _ in from_lines(["", line(), " ", ""])] == ["the sea"]


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "the seas"},
        {"content": 5},
        {"content": None},
        {"format": "flourishing/2"},
        {"identity": "b2:00"},
        {"origin": {}},
        {"origin": None},
        {"parents": ["b2:00"]},
        {"parents": 5},
        {"marks": 5},
        {"marks": "keep"},
        {"tags": [5]},
        {"tags": {"a": "b"}},
    ],
)
def test_a_line_that_was_changed_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Line 2"):
        list(from_lines([line(), line(**changes)]))


@pytest.mark.parametrize("words", ["{", "[]", "5", "null", '"a"', "[" * 100_000, "9" * 5_000, "{}"])
def test_what_is_no_line_of_ours_is_refused(words: str) -> None:
    with pytest.raises(InputError, match="Line 1"):
        list(from_lines([words]))


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InputError, match="Line 1"):
        list(from_lines([line(content="\ud800")]))


def forged(**changes: object) -> str:
    """Write a line whose identity is right, for an origin that may be wrong."""
    origin = Origin(author="model", source=Source(), spans=(Span("model", 3),)).as_dict() | changes
    told = json.dumps(["the sea", origin], ensure_ascii=False, sort_keys=True)
    digest = hashlib.blake2b(told.encode(), digest_size=32).hexdigest()
    return line(identity=f"b2:{digest}", origin=origin)


def test_a_line_that_somebody_made_is_read_if_it_is_right() -> None:
    ((text, _),) = from_lines([forged(model="theirs", seed=5)])
    assert (text.origin.model, text.origin.seed) == ("theirs", 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"author": "nobody"},
        {"seed": "5"},
        {"seed": 10**30},
        {"seed": 1.5},
        {"examples": -1},
        {"examples": 1},
        {"examples": "x"},
        {"raw": 5},
        {"prompt": {"a": 1}},
        {"model": ["a"]},
        {"start": None},
        {"finish": "x" * 100},
        {"reproducible": "yes"},
        {"source": {"author": 5, "title": "", "year": None, "published": ""}},
        {"source": {"author": "a", "title": "", "year": 10**30, "published": ""}},
        {"source": {"author": "a", "title": "", "year": "x", "published": ""}},
        {"spans": [{"author": "nobody", "length": 3}]},
        {"spans": [{"author": "model", "length": "3"}]},
        {"spans": [{"author": "model", "length": 10**30}]},
        {"spans": "x"},
        {"sampling": {"max_tokens": 5, "temperature": "hot"}},
        {"sampling": 5},
        {"pattern": {"name": 5, "stop": []}},
        {"more": "x"},
    ],
)
def test_a_right_identity_makes_no_wrong_origin_right(changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Line 1"):
        list(from_lines([forged(**changes)]))
