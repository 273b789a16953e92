"""Folders of Markdown files, with folders in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flourishing.errors import InputError
from flourishing.formats.markdown.vault import listed, read_folder


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def contents(folder: Path) -> list[str]:
    return [page.content for page in read_folder(folder).pages]


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    fill(tmp_path, "b.md", "a.MD", "c.txt", "d.markdown")
    assert contents(tmp_path) == ["a.MD", "b.md", "d.markdown"]


def test_folders_in_it_are_read_and_hidden_ones_are_not(tmp_path: Path) -> None:
    fill(
        tmp_path,
        *("sea/a.md", "sea/winter/b.md", "c.md"),
        *(".obsidian/plugin.md", ".trash/gone.md", "sea/.trash/gone.md", ".hidden.md"),
    )
    assert contents(tmp_path) == ["c.md", "sea/a.md", "sea/winter/b.md"]


def test_links_are_left_out_and_named(tmp_path: Path) -> None:
    vault, outside = tmp_path / "vault", tmp_path / "outside"
    fill(vault, "a.md")
    fill(outside, "secret.md")
    (vault / "out").symlink_to(outside, target_is_directory=True)
    (vault / "out.md").symlink_to(outside / "secret.md")
    (vault / "round").symlink_to(vault, target_is_directory=True)
    found = read_folder(vault)
    assert [page.content for page in found.pages] == ["a.md"]
    assert found.notes == ("Links were left out: out, out.md, round.",)


def test_a_folder_that_is_itself_a_link_is_read(tmp_path: Path) -> None:
    fill(tmp_path / "vault", "a.md")
    (tmp_path / "link").symlink_to(tmp_path / "vault", target_is_directory=True)
    assert contents(tmp_path / "link") == ["a.md"]


def test_what_cannot_be_read_is_refused_by_name_and_the_rest_is_read(tmp_path: Path) -> None:
    fill(tmp_path, "a.md", "z.md")
    (tmp_path / "broken.md").write_text("---\ntitle: [\n---\nsea", encoding="utf-8")
    (tmp_path / "bytes.md").write_bytes(b"\xff")
    os.mkfifo(tmp_path / "pipe.md")
    found = read_folder(tmp_path)
    assert [page.content for page in found.pages] == ["a.md", "z.md"]
    for name, error in zip(("broken.md", "bytes.md", "pipe.md"), found.refused, strict=True):
        assert name in str(error)
        assert error.hint


def test_one_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        read_folder(tmp_path / "nowhere")


def test_there_is_only_so_much_room(tmp_path: Path) -> None:
    with (tmp_path / "a.md").open("wb") as file:
        file.truncate(64 * 2**20)
    assert read_folder(tmp_path).pages
    fill(tmp_path, "b.md")
    with pytest.raises(InputError, match="too much"):
        read_folder(tmp_path)


def test_of_many_names_the_first_are_listed() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(9)]) == "0, 1, 2, 3, 4 and 4 more"
