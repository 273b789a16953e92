"""`flourishing share`: a picture, a page and a text, and what they name."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from flourishing.core.text import Origin, Source, Text
from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse


@pytest.fixture(autouse=True)
def poems() -> None:
    source = Source(author="Carl Sandburg", title="Fog", year=1916)
    with open_garden() as garden:
        (fog,) = garden.add(Text("the fog comes", Origin(author="person", source=source)))
        garden.edit(fog, "the fog came")


def test_a_text_becomes_a_picture(ask: Ask, tmp_path: Path) -> None:
    done = ask("share", 2, "-o", tmp_path / "fog.png", "--size", "wide", "--look", "night")
    with Image.open(tmp_path / "fog.png") as image:
        assert image.size == (1600, 900)
    assert done.out == ""
    assert f"1 text in {tmp_path / 'fog.png'}" in done.err
    assert "Sandburg" not in done.err
    ask("share", 2, "-o", tmp_path / "family.png", "--scope", "family")


def test_a_page_says_whom_it_names_and_comes_back(ask: Ask, tmp_path: Path) -> None:
    page = tmp_path / "fog.html"
    done = ask("share", 2, "-o", page, "--by", "Ada")
    assert "It names: Ada; Carl Sandburg, Fog." in done.err
    brought = ask("garden", "import", page)
    assert "Texts of another garden" not in brought.out
    assert "1 brought in, with all that they came from. 1 of them was here already." in brought.err


def test_a_plain_text_replaces_nothing_unasked(ask: Ask, refuse: Refuse, tmp_path: Path) -> None:
    target = tmp_path / "fog.txt"
    ask("share", 2, "-o", target)
    assert target.read_text("utf-8") == "the fog came\n"
    assert "is there already" in refuse("share", 2, "-o", target)
    ask("share", 1, "-o", target, "--force", "--credit")
    assert "Carl Sandburg, “Fog”, 1916" in target.read_text("utf-8")
    note = tmp_path / "note.png"
    note.write_text("mine", encoding="utf-8")
    assert "another form" in refuse("share", 2, "-o", note)
    assert note.read_text("utf-8") == "mine"


def test_the_name_of_the_file_says_the_form(refuse: Refuse, tmp_path: Path) -> None:
    assert "does not say" in refuse("share", 1, "-o", tmp_path / "fog.gif")
    assert "99" in refuse("share", 99, "-o", tmp_path / "fog.png")
