"""Somebody who has only the address of the page: from a better model to a chapbook, losing no word.

Against a hub on the loopback interface, whose model writes nonsense.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.models.catalogue.conftest import hub, tiny
from tests.studio.browser.conftest import Open
from tests.studio.browser.test_models import TITLE, press, row, studio
from tests.studio.browser.walk import ask, bed_of, cards, grow, parents, wait_until
from tests.studio.conftest import Studio

__all__ = ["hub", "studio", "tiny"]  # fixtures of other tests, used by name

BEGINNING = "the salt road"
KINDS = ("Words", "Quotes", "Poems")


@pytest.mark.slow
def test_from_the_address_of_the_page_to_a_book(open_page: Open, studio: Studio) -> None:
    page = open_page(studio.url)
    page.get_by_role("link", name="Models").click()
    press(page, TITLE, "Pull")
    press(page, TITLE, "Use as default")
    expect(row(page, TITLE)).to_contain_text("the default")

    for kind in KINDS:
        _breed_in_a_new_bed(page, studio, kind)
    page.get_by_label("beginning with").fill(BEGINNING)
    page.reload()
    expect(page.get_by_label("beginning with")).to_have_value(BEGINNING)
    bed = grow(page, studio, page.get_by_role("button", name="Breed", exact=True).click)
    assert {text["content"][: len(BEGINNING)] for text in bed["shown"]} == {BEGINNING}

    _change_a_word_and_refine(page, studio)
    _finish(page)
    _share_as_a_picture(page)
    _bind(page)
    # Whatever came is still there.
    assert len(ask(studio, "/api/beds")) >= len(KINDS)
    assert ask(studio, f"/api/texts?words={BEGINNING.replace(' ', '+')}")


def _breed_in_a_new_bed(page: Page, studio: Studio, kind: str) -> None:
    page.get_by_role("link", name="Beds").click()
    page.get_by_role("button", name="New bed").click()
    dialog = page.get_by_role("dialog", name="A new bed")
    dialog.get_by_label("Its name").fill(f"my {kind}")
    dialog.get_by_text(kind, exact=True).click()
    dialog.get_by_role("radio", name="From the library").check()
    dialog.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name=f"my {kind}", level=1)).to_be_visible()
    expect(parents(page)).not_to_have_count(0)
    bed = grow(page, studio, page.get_by_role("button", name="Breed", exact=True).click)
    expect(cards(page)).to_have_count(len(bed["shown"]))
    assert all(text["origin"]["model"] != "echo" for text in bed["shown"])


def _change_a_word_and_refine(page: Page, studio: Studio) -> None:
    before = bed_of(studio)["shown"][0]["id"]
    cards(page).first.focus()
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    expect(page.get_by_role("listbox")).to_be_focused()
    page.keyboard.press("Enter")
    wait_until(page, lambda: bed_of(studio)["shown"][0]["id"] != before)
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", name="Under work")).to_be_visible()
    bed = grow(page, studio, page.get_by_role("button", name="Refine", exact=True).click)
    _write_it_anew(page, studio, bed["shown"][0]["id"])
    page.keyboard.press("1")
    wait_until(page, lambda: len(bed_of(studio)["chain"]) > 1)


def _write_it_anew(page: Page, studio: Studio, before: int) -> None:
    """Put words into the first candidate, as the nonsense may be in a script without a font."""
    page.locator('[data-spot="candidate-0"]').focus()
    page.keyboard.press("e")
    page.get_by_role("main").locator("textarea:focus").fill(f"{BEGINNING}\nwaits for the rain")
    page.keyboard.press("Control+Enter")
    wait_until(page, lambda: bed_of(studio)["shown"][0]["id"] != before)


def _finish(page: Page) -> None:
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name="Finished.")).to_be_visible()
    page.get_by_role("textbox", name="Title").fill("Salt Road")
    page.keyboard.press("Enter")


def _share_as_a_picture(page: Page) -> None:
    page.get_by_role("button", name="Picture").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img")).to_be_visible()
    with page.expect_download() as coming:
        dialog.get_by_role("button", name="Download").click()
    with Image.open(io.BytesIO(Path(coming.value.path()).read_bytes())) as image:
        assert image.format == "PNG"
    page.keyboard.press("Escape")


def _bind(page: Page) -> None:
    page.get_by_role("link", name="Library").click()
    page.get_by_role("button", name="Chapbook").click()
    dialog = page.get_by_role("dialog", name="A chapbook")
    dialog.get_by_label("Title", exact=True).fill("What the tide left")
    expect(page.frame_locator("iframe >> nth=-1").locator("body")).to_contain_text("Salt Road")
    with page.expect_download() as coming:
        dialog.get_by_role("button", name="Download").click()
    assert Path(coming.value.path()).stat().st_size > 0
