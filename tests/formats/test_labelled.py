"""Texts with labels, in every form that a file may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from flourishing.errors import InputError
from flourishing.formats.labelled import read_labelled

PAIRS = [("grey waves,\nsalt wind", "yes"), ("warm bread", "no")]
FIRST = '{"text": "grey waves,\\nsalt wind", "Answer": "yes"}'
SECOND = '{"content": "warm bread", "label": "no"}'


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.csv", 'text,answer\n"grey waves,\nsalt wind",yes\nwarm bread,no\n'),
        ("a.csv", 'label;poem\nyes;"grey waves,\nsalt wind"\nno;warm bread\n'),
        ("a.tsv", 'id\tText\tClass\n1\t"grey waves,\nsalt wind"\tyes\n2\twarm bread\tno\n'),
        ("a.jsonl", f"{FIRST}\n{SECOND}\n"),
        ("a.json", f"[{FIRST},\n{SECOND}]"),
        ("a.toml", 'labelled = [["grey waves,\\nsalt wind", "yes"], ["warm bread", "no"]]'),
        ("a.csv", 'text,answer\n"grey waves,\nsalt wind",yes\n,no\nfog,\nwarm bread,no\n'),
    ],
)
def test_texts_are_read_with_their_labels(tmp_path: Path, name: str, words: str) -> None:
    path = tmp_path / name
    path.write_text(words, encoding="utf-8")
    assert read_labelled(path) == PAIRS


def test_labels_that_are_no_words_are_taken_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "fog", "label": true}\n{"text": "rain", "label": 3}\n')
    assert read_labelled(path) == [("fog", "true"), ("rain", "3")]


@pytest.mark.parametrize(
    ("name", "words", "word"),
    [
        ("a.csv", "text,mood\nfog,sad\n", "answer"),
        ("a.csv", "number,answer\n1,yes\n", "text"),
        ("a.csv", 'text,answer\n"fog,yes\n', "not closed"),
        ("a.csv", "text,answer\nfog,\n", "no texts with labels"),
        ("a.jsonl", '{"text": "fog"}\n', "no texts with labels"),
        ("a.jsonl", '{"text": "fog"\n', "no JSON"),
        ("a.json", "[3]", "no text"),
        ("a.toml", "labelled = 3", "no pair"),
        ("a.toml", 'labelled = [["fog"]]', "no pair"),
        ("a.toml", "question = ''", "no texts with labels"),
        ("a.toml", "labelled", "no TOML"),
    ],
)
def test_a_file_without_labels_is_refused_in_words(
    tmp_path: Path, name: str, words: str, word: str
) -> None:
    path = tmp_path / name
    path.write_text(words, encoding="utf-8")
    with pytest.raises(InputError, match=word) as refusal:
        read_labelled(path)
    assert refusal.value.hint
