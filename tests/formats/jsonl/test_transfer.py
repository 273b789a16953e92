"""Texts with their lineage as lines of JSON, written and read back."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.breeding.brood import Offspring
from flourishing.core.sampling import Sampling
from flourishing.core.text import Origin, Source, Span, Text
from flourishing.errors import InputError
from flourishing.formats.family import Family, to_html
from flourishing.formats.jsonl.records import Record, TextRecord, Unreadable
from flourishing.formats.jsonl.transfer import FORMAT, Reader, find_rows, text_table, to_line
from flourishing.patterns import PATTERNS
from tests.formats.version_one import to_lines

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


def read(lines: Iterable[str]) -> list[TextRecord]:
    """Read texts from lines that are all sound."""
    found = [record for _, record in Reader(numbered(lines))]
    assert all(isinstance(record, TextRecord) for record in found), found
    return [record for record in found if isinstance(record, TextRecord)]


def numbered(lines: Iterable[str]) -> list[tuple[str, str]]:
    return [(f"Line {number}", line) for number, line in enumerate(lines, 1) if line.strip()]


def wrong(lines: Iterable[str]) -> list[str]:
    return [str(each) for _, each in Reader(numbered(lines)) if isinstance(each, Unreadable)]


@given(texts=lineages(), order=st.randoms(use_true_random=False))
def test_any_lineage_is_the_same_again(texts: list[Text], order: random.Random) -> None:
    wanted = everyone(order.sample(texts, order.randint(1, len(texts))))
    given = [text for text in texts if text.identity in wanted]
    lines = [to_line(text_table(text, chosen=text.content != "")) for text in given]
    assert all(line.count("\n") == 0 for line in lines)
    found = read(lines)
    assert [each.text.identity for each in found] == [text.identity for text in given]
    for each, before in zip(found, given, strict=True):
        text = each.text
        assert (text.content, text.origin.as_dict()) == (before.content, before.origin.as_dict())
        assert text.origin.parents == before.origin.parents
        assert each.chosen == (text.content != "")


@given(texts=lineages(), order=st.randoms(use_true_random=False))
def test_version_one_is_still_read(texts: list[Text], order: random.Random) -> None:
    asked = order.sample(texts, order.randint(1, len(texts)))
    given: list[tuple[Text, dict[str, object]]] = [
        (text, {"marks": ["keep"], "tags": [text.content]}) for text in asked
    ]
    found = read(to_lines(given))
    assert {each.text.identity for each in found} == everyone(asked).keys()
    for each in found:
        chosen = each.text in asked
        assert (each.chosen, each.marks) == (chosen, ("keep",) if chosen else ())
        assert each.tags == ((each.text.content,) if chosen else ())


def test_a_lineage_deeper_than_the_stack_goes_through() -> None:
    text = Text("0")
    texts = [text]
    for number in range(1, 3_000):
        texts.append(texts[-1].edited(str(number)))
    *_, last = read(to_line(text_table(each)) for each in texts)
    assert last.text == texts[-1]
    *_, last = read(to_lines([(texts[-1], {})]))
    assert last.text == texts[-1]


def line(**changes: object) -> str:
    words = to_line(text_table(Text("the sea", Origin(author="person", start="x"))))
    return json.dumps(json.loads(words) | changes)


def test_blank_lines_do_no_harm() -> None:
    assert [each.text.content for each in read(["", line(), " ", ""])] == ["the sea"]


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "the seas"},
        {"content": 5},
        {"content": None},
        {"format": "another/1"},
        {"format": None},
        {"flaws": 5},
        {"mean_logprob": 0.5},
        {"mean_logprob": "-1"},
        {"mean_logprob": float("nan")},
        {"mean_logprob": float("-inf")},
        {"mean_logprob": [-1]},
        {"flaws": [{"kind": "x", "reason": "", "similarity": None}]},
        {"brood": "x"},
        {"brood": 10**30},
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
    (problem,) = wrong([line(), line(**changes)])
    assert problem.startswith("Line 2 ")


def test_a_newer_version_is_refused_as_a_whole() -> None:
    with pytest.raises(InputError, match="flourishing/3") as refusal:
        list(Reader(numbered([line(), line(format="flourishing/3")])))
    assert "newest version" in refusal.value.hint


def test_what_needs_a_damaged_text_names_its_line() -> None:
    parent = Text("the sea")
    child = parent.edited("the seas")
    lines = [to_line(text_table(each)) for each in (parent, child)]
    assert wrong([lines[0].replace("the sea", "a sea"), lines[1]]) == [
        "Line 1 was changed: its text is not the one that it says it is.",
        "Line 2 comes from the text of line 1, which cannot be read.",
    ]
    assert "not in the file before it" in wrong(lines[1:])[0]


def test_kinds_that_are_not_known_are_counted() -> None:
    reader = Reader(numbered([line(), line(record="dream"), line(record="dream")]))
    assert len(list(reader)) == 1
    assert reader.unknown == {"dream": 2}


SHAPES: dict[str, Callable[[list[str]], bytes]] = {
    "as it is": lambda lines: "\n".join(lines).encode(),
    "compact": lambda lines: "\n".join(
        json.dumps(json.loads(line), separators=(",", ":")) for line in lines
    ).encode(),
    "keys in another order": lambda lines: "\n".join(
        json.dumps(dict(reversed(json.loads(line).items())), sort_keys=False) for line in lines
    ).encode(),
    "blank lines in front": lambda lines: ("\n \n\n" + "\n".join(lines)).encode(),
    "blanks around": lambda lines: "\r\n".join(f"  {line} " for line in lines).encode(),
    "BOM": lambda lines: "\n".join(lines).encode("utf-8-sig"),
    "UTF-16": lambda lines: "\n".join(lines).encode("utf-16"),
    "UTF-16 without a mark": lambda lines: "\n".join(lines).encode("utf-16-le"),
    "UTF-16 of the other order": lambda lines: "\n".join(lines).encode("utf-16-be"),
    "UTF-32": lambda lines: "\n".join(lines).encode("utf-32"),
    "an array": lambda lines: json.dumps([json.loads(line) for line in lines]).encode(),
    "an array over many lines": lambda lines: json.dumps(
        [json.loads(line) for line in lines], indent=2
    ).encode("utf-8-sig"),
    "a damaged line in front": lambda lines: "\n".join(["{", *lines]).encode(),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("version", [1, 2])
def test_a_file_is_known_by_what_it_holds(shape: str, version: int, tmp_path: Path) -> None:
    texts = [parent := Text("the sea \u2028 é"), parent.edited("the seas")]
    lines = [to_line(text_table(each)) for each in texts]
    if version == 1:
        lines = list(to_lines([(texts[1], {"marks": []})]))
    given = SHAPES[shape](lines)
    (tmp_path / "file.txt").write_bytes(given)
    for source in (given, tmp_path / "file.txt"):
        rows = find_rows(source)
        assert rows is not None
        found = [each.text for _, each in Reader(rows) if isinstance(each, TextRecord)]
        assert found == texts


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"the sea",
        b'{"format": "else/1"}',
        b'[{"content": "flourishing/2"}]',
        b"[1, 2]",
        b"[" * 100_000,
        b"\x00\xff" * 50,
        b'"flourishing/2"\n',
    ],
)
def test_what_is_not_ours_is_not_taken_for_it(given: bytes) -> None:
    assert find_rows(given) is None


def test_an_array_that_is_cut_off_gives_what_is_whole() -> None:
    words = json.dumps([json.loads(line()), json.loads(line(content="x"))], indent=1)
    rows = find_rows(words[:-40].encode())
    assert rows is not None
    first, second = (record for _, record in Reader(rows))
    assert isinstance(first, TextRecord)
    assert str(second).startswith("Record 2 ")


def test_a_byte_that_is_wrong_costs_its_line_alone() -> None:
    given = "\n".join([line(), line(content="uno"), line()]).encode()
    rows = find_rows(given.replace(b'"uno"', b'"\xff"'))
    assert rows is not None
    found: list[Record | Unreadable] = [record for _, record in Reader(rows)]
    assert [isinstance(each, Unreadable) for each in found] == [False, True, False]


@pytest.mark.parametrize("words", ["{", "[]", "5", "null", '"a"', "[" * 100_000, "9" * 5_000, "{}"])
def test_what_is_no_line_of_ours_is_refused(words: str) -> None:
    (problem,) = wrong([words])
    assert problem.startswith("Line 1 ")


def test_a_lone_surrogate_is_refused() -> None:
    (problem,) = wrong([line(content="\ud800")])
    assert problem.startswith("Line 1 ")


def forged(**changes: object) -> str:
    """Write a line whose identity is right, for an origin that may be wrong."""
    origin = Origin(author="model", source=Source(), spans=(Span("model", 3),)).as_dict() | changes
    told = json.dumps(["the sea", origin], ensure_ascii=False, sort_keys=True)
    digest = hashlib.blake2b(told.encode(), digest_size=32).hexdigest()
    return line(identity=f"b2:{digest}", origin=origin)


def test_a_line_that_somebody_made_is_read_if_it_is_right() -> None:
    (record,) = read([forged(model="theirs", seed=5)])
    text = record.text
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
    (problem,) = wrong([forged(**changes)])
    assert problem.startswith("Line 1 ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"content": 5}, "content: should be a valid string"),
        ({"parents": None}, "parents: should be a valid list"),
        ({"parents": [{}]}, "parents.0: should be a valid string"),
        ({"flaws": "x"}, "flaws: should be a valid list"),
        ({"flaws": [{"kind": "sad"}]}, "flaws.0.kind: should be a kind of flaw"),
        ({"origin": []}, "origin: should be a valid dictionary"),
        ({"origin": {"author": "person"}}, "it has no 'origin.at'"),
        ({"origin": {"author": "person", "at": "noon"}}, "origin.at: should be a time"),
        ({"format": None}, "it does not name the format"),
    ],
    ids=str,
)
def test_the_reason_names_the_field(change: dict[str, object], reason: str) -> None:
    row = {"format": FORMAT, **text_table(Text("a cat")), **change}
    ((_, unreadable),) = Reader([("Line 1", json.dumps(row))])
    assert reason in str(unreadable)


@pytest.mark.parametrize("row", ["5", "null", "[]", '"x"', "{", "[" * 100_000])
def test_the_reason_for_what_is_no_object_is_in_words(row: str) -> None:
    ((_, unreadable),) = Reader([("Line 1", row)])
    words = str(unreadable)
    assert any(
        each in words for each in ("does not name the format", "not JSON", "nested too deeply")
    )


def test_what_the_model_reported_of_its_tokens_comes_along() -> None:
    text = Offspring("the sea", Origin(author="model"), mean_logprob=-2.5)
    (record,) = read([to_line(text_table(text))])
    assert isinstance(record.text, Offspring)
    assert record.text.mean_logprob == -2.5
    assert record.text.identity == text.identity
    assert "mean_logprob" not in to_line(text_table(Text("the sea")))


@given(lineages())
def test_a_page_gives_back_what_was_put_into_it(texts: list[Text]) -> None:
    texts = [*dict.fromkeys(texts)]
    records = [{"format": FORMAT, **text_table(each)} for each in texts]
    page = to_html(Family(1, {1: texts[-1]}), records=records).encode()
    rows = find_rows(page)
    assert rows is not None
    found = [record.text for _, record in Reader(rows) if isinstance(record, TextRecord)]
    assert [(each.identity, each.content) for each in found] == [
        (each.identity, each.content) for each in texts
    ]


@pytest.mark.parametrize(
    "page",
    [
        b"<!doctype html><p>flourishing/2</p>",
        b'<script id="other">{"format": "flourishing/2"}</script>',
        b'<p>the id="flourishing-data"></p>',
        b'<script id="flourishing-data">',
        b"<" * 100_000,
    ],
)
def test_any_other_page_is_not_ours(page: bytes) -> None:
    assert find_rows(page) is None
