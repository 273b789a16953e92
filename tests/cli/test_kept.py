from __future__ import annotations

from pathlib import Path

import pytest

from flourishing.cli.kept import KeptFile
from flourishing.errors import StorageError


def test_writes_each_text_once_with_rules_between(tmp_path: Path) -> None:
    kept = KeptFile(tmp_path / "new" / "kept.txt")
    for text in ("one\nline two", "two", "two"):
        kept.add(text)
    assert kept.path.read_text(encoding="utf-8") == "one\nline two\n---\ntwo\n---\n"
    assert len(kept) == 2


def test_makes_no_file_before_something_is_kept(tmp_path: Path) -> None:
    assert not KeptFile(tmp_path / "kept.txt").path.exists()


def test_adds_to_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("mine\n---\n", encoding="utf-8")
    KeptFile(path).add("bred")
    assert path.read_text(encoding="utf-8") == "mine\n---\nbred\n---\n"


def test_says_when_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        KeptFile(tmp_path).add("a poem")
    assert "--keep-in" in caught.value.hint
