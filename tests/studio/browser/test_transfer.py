"""What goes into the library as a file and what comes out of it: seen first, and whole."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Download, Locator, Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import GULL, SALT, TIDE, ask, begin, breed, fits, mark
from tests.studio.conftest import Studio

LOOMS = Path(__file__).parents[2] / "formats" / "looms"
MANY = 120
"""More texts than the answer to a file shows."""


@pytest.fixture
def page(open_page: Open, full_studio: Studio) -> Page:
    page = open_page(f"{full_studio.url}/library")
    expect(thing(page, GULL)).to_be_visible()
    return page


def thing(page: Page, words: str) -> Locator:
    return page.locator("article[data-thing]").filter(has_text=words)


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def choose(page: Page, name: str, content: bytes) -> None:
    page.get_by_role("button", name="Bring in a file").click()
    file: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("#import-file").set_input_files(file)


def _bring(page: Page, name: str, content: str, count: str) -> None:
    choose(page, name, content.encode())
    dialog(page).get_by_role("button", name=f"Bring in {count}", exact=True).click()
    expect(dialog(page)).to_have_count(0)


def notices(page: Page) -> Locator:
    return page.get_by_role("region", name="Notices")


def inside(page: Page) -> Locator:
    return dialog(page).get_by_role("region", name="What is in it")


def found(studio: Studio, words: str) -> list[str]:
    """Give the texts of the garden that have these words."""
    return [text["content"] for text in ask(studio, f"/api/texts?words={words}")]


@pytest.mark.slow
def test_a_file_that_is_not_unicode_is_read_in_its_encoding(
    page: Page, full_studio: Studio
) -> None:
    choose(page, "terns.txt", "café — the “terns”\r\n\r\nover a boat".encode("windows-1252"))
    problem = dialog(page).get_by_role("alert").filter(has_text="'terns.txt' is not in UTF-8")
    expect(problem).to_contain_text("Name its encoding, such as windows-1252")
    expect(problem).not_to_contain_text("--encoding")
    fits(page)
    dialog(page).get_by_label("Its encoding").select_option("windows-1252")
    expect(problem).to_have_count(0)
    expect(inside(page)).to_contain_text("café — the “terns”")
    fits(page)
    dialog(page).get_by_role("button", name="Bring in 1 text", exact=True).click()
    expect(dialog(page)).to_have_count(0)
    assert found(full_studio, "terns") == ["café — the “terns”\n\nover a boat"]
    choose(page, "terns.txt", "café — the “terns”\r\n\r\nover a boat".encode("windows-1252"))
    dialog(page).get_by_label("Its encoding").select_option("windows-1252")
    expect(inside(page)).to_contain_text("1 of them is here already.")
    dialog(page).get_by_role("button", name="Bring in 1 text", exact=True).click()
    brought = notices(page).get_by_role("status").filter(has_text="1 of them was here already.")
    expect(brought).to_be_visible()


# In.


@pytest.mark.slow
def test_a_file_joins_a_collection_once_it_was_seen(page: Page, full_studio: Studio) -> None:
    choose(page, "found.txt", b"a lamp in the fog\n---\ntwo boats\n")
    expect(inside(page)).to_contain_text("Plain text: 2 texts")
    expect(inside(page).get_by_role("listitem")).to_have_text(["a lamp in the fog", "two boats"])
    assert found(full_studio, "lamp") == []
    dialog(page).get_by_label("They join the collection").fill("finds")
    dialog(page).get_by_role("button", name="Bring in 2 texts").click()
    expect(dialog(page)).to_have_count(0)
    page.get_by_role("navigation", name="Collections").get_by_role("link", name="finds").click()
    expect(page.get_by_role("heading", name="finds", level=1)).to_be_visible()
    expect(page.locator("article[data-thing]")).to_have_count(2)
    assert found(full_studio, "lamp") == ["a lamp in the fog"]


@pytest.mark.slow
def test_a_file_is_read_as_the_person_says(page: Page) -> None:
    choose(page, "lines.txt", b"one line\nanother line\n")
    expect(inside(page)).to_contain_text("Plain text: 1 text")
    between = dialog(page).get_by_label("Between the texts stands")
    between.select_option(label="each line is a text")
    expect(inside(page).get_by_role("listitem")).to_have_text(["one line", "another line"])


@pytest.mark.slow
def test_a_loom_is_seen_before_it_is_brought_in(page: Page, full_studio: Studio) -> None:
    choose(page, "exoloom.json", (LOOMS / "exoloom.json").read_bytes())
    expect(inside(page)).to_contain_text("Exoloom: 1 text")
    expect(inside(page).get_by_role("listitem")).to_contain_text("the fox runs")
    expect(inside(page)).not_to_contain_text("at dusk")
    dialog(page).get_by_label("Which paths become texts").select_option(label="all that end")
    expect(inside(page)).to_contain_text("at dusk")
    assert found(full_studio, "dusk") == []
    dialog(page).get_by_role("button", name="Bring in").last.click()
    expect(dialog(page)).to_have_count(0)
    (dusk,) = found(full_studio, "dusk")
    assert "the fox runs\nat dusk" in dusk


@pytest.mark.slow
def test_what_cannot_be_read_cannot_be_brought_in(page: Page) -> None:
    choose(page, "broken.json", b'{"a": ')
    bring = dialog(page).get_by_role("button", name="Bring in", exact=True)
    expect(bring).to_have_attribute("aria-disabled", "true")


@pytest.mark.slow
def test_an_archive_of_notes_is_taken_back_as_a_whole(page: Page, full_studio: Studio) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.md", "---\ntitle: Harbour\ntags: [dock]\n---\nthe gulls argue")
        archive.writestr("b.md", "---\nsea fog rolls in\n---\nthe gulls go out")
    choose(page, "vault.zip", packed.getvalue())
    expect(inside(page)).to_contain_text("sea fog rolls in")
    dialog(page).get_by_role("button", name="Bring in 2 changes").click()
    expect(dialog(page)).to_have_count(0)
    assert len(_all(full_studio, "gulls")) == 2
    brought = notices(page).get_by_role("status").filter(has_text="2 changes brought in.")
    brought.get_by_role("button", name="Undo").click()
    expect(notices(page)).to_contain_text("2 texts put away.")
    assert _all(full_studio, "gulls") == []
    assert "dock" not in [tag["label"] for tag in ask(full_studio, "/api/tags")]


@pytest.mark.slow
def test_a_large_file_is_put_away_again_as_a_whole(page: Page, full_studio: Studio) -> None:
    _bring(page, "many.txt", "the first verse of many", "1 text")
    verses = ["the first verse of many", *(f"verse {number} of many" for number in range(MANY))]
    _bring(page, "many.txt", "\n---\n".join(verses), f"{MANY + 1} texts")
    assert len(_all(full_studio, "many")) == MANY + 1

    brought = notices(page).locator(".notice").filter(has_text=f"{MANY + 1} texts brought in.")
    brought.get_by_role("button", name="Undo").click()
    expect(notices(page)).to_contain_text(f"{MANY} texts put away.")
    assert len(_all(full_studio, "many", mark="away")) == MANY
    # What was here before stays, although it is in the file as well.
    assert _all(full_studio, "many") == ["the first verse of many"]


# Out.


@pytest.mark.slow
def test_what_is_chosen_is_taken_out_and_nothing_else(page: Page, tmp_path: Path) -> None:
    _choose_two(page)
    plain = _taken(page, "Export", "Plain text", tmp_path).read_text()
    assert [poem in plain for poem in (GULL, TIDE, SALT)] == [True, True, False]
    lineage = _taken(page, "Export", "With all their lineage", tmp_path)
    told = [json.loads(line) for line in lineage.read_text().splitlines()]
    assert {each.get("content") for each in told} & {GULL, TIDE, SALT} == {GULL, TIDE}


@pytest.mark.slow
def test_what_is_kept_is_saved_to_a_file(page: Page, tmp_path: Path) -> None:
    plain = _taken(page, "Save to a file", "as plain text", tmp_path)
    assert plain.suffix == ".txt"
    assert [poem in plain.read_text() for poem in (GULL, TIDE, SALT)] == [True, True, False]
    with zipfile.ZipFile(_taken(page, "Save to a file", "Markdown", tmp_path)) as pages:
        written = [pages.read(name).decode() for name in pages.namelist()]
    assert [sum(poem in one for one in written) for poem in (GULL, TIDE, SALT)] == [1, 1, 0]
    lines = _taken(page, "Save to a file", "with all its lineage", tmp_path)
    told = [json.loads(line) for line in lines.read_text().splitlines()]
    assert {each.get("content") for each in told} & {GULL, TIDE, SALT} == {GULL, TIDE}


@pytest.mark.slow
def test_what_was_preferred_is_saved_once_there_is_a_pair(
    page: Page, full_studio: Studio, tmp_path: Path
) -> None:
    page.get_by_role("button", name="Save to a file").click()
    page.get_by_role("menuitem", name="What was preferred").click()
    expect(notices(page)).to_contain_text("There is no pair yet")
    bed = begin(full_studio, GULL, TIDE, name="of pairs")
    better, worse, _ = breed(full_studio, bed)
    mark(full_studio, bed, "keep", better)
    mark(full_studio, bed, "drop", worse)
    pairs = _taken(page, "Save to a file", "What was preferred", tmp_path)
    assert pairs.name == "flourishing-preferences.jsonl"
    (pair,) = [json.loads(line) for line in pairs.read_text().splitlines()]
    assert pair["chosen"].strip() in better["content"]
    assert pair["rejected"].strip() in worse["content"]
    assert pair["chosen"] != pair["rejected"]


@pytest.mark.slow
def test_a_chapbook_is_seen_as_it_is_made(page: Page, tmp_path: Path) -> None:
    _choose_two(page)
    page.keyboard.press("b")
    _shows(page, GULL, TIDE)
    dialog(page).get_by_label("Title", exact=True).fill("High water")
    _shows(page, "High water", GULL, TIDE)
    poems = dialog(page).get_by_role("listitem")
    poems.filter(has_text=TIDE).get_by_role("button", name="Leave it out").click()
    expect(_book(page)).not_to_contain_text(TIDE)

    html = _bound(page, "HTML", tmp_path).read_text()
    assert [words in html for words in ("High water", GULL, TIDE)] == [True, True, False]
    with zipfile.ZipFile(_bound(page, "EPUB", tmp_path)) as epub:
        assert epub.read("mimetype") == b"application/epub+zip"
        chapters = [epub.read(name).decode() for name in epub.namelist() if name.endswith("html")]
    assert any(GULL in chapter for chapter in chapters)
    assert not any(TIDE in chapter for chapter in chapters)


def _all(studio: Studio, words: str, mark: str | None = None) -> list[str]:
    """Give the texts that have these words, more of them than a page of the library shows."""
    marked = f"&mark={mark}" if mark else ""
    told = ask(studio, f"/api/texts?words={words}&limit=200{marked}")
    return [text["content"] for text in told]


def _taken(page: Page, menu: str, form: str, folder: Path) -> Path:
    page.get_by_role("button", name=menu).click()
    with page.expect_download() as coming:
        page.get_by_role("menuitem", name=form).click()
    return _saved(coming.value, folder)


def _choose_two(page: Page) -> None:
    for poem in (GULL, TIDE):
        thing(page, poem).get_by_role("checkbox").check()
    expect(page.get_by_role("region", name="What is chosen")).to_contain_text("2 chosen")


def _book(page: Page) -> Locator:
    """Give the book in the frame that is seen; the next one waits until it is there."""
    return page.frame_locator("iframe:not(.waiting)").locator("body")


def _shows(page: Page, *words: str) -> None:
    for each in words:
        expect(_book(page)).to_contain_text(each)


def _bound(page: Page, form: str, folder: Path) -> Path:
    dialog(page).get_by_role("radio", name=form).check()
    with page.expect_download() as coming:
        dialog(page).get_by_role("button", name="Download").click()
    return _saved(coming.value, folder)


def _saved(coming: Download, folder: Path) -> Path:
    path = folder / coming.suggested_filename
    coming.save_as(path)
    return path
