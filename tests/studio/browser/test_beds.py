"""Beds: listed with their last offspring, opened where they were left, named, put away."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import bed_of, begin, breed, cards, change, parents
from tests.studio.conftest import Studio


@pytest.fixture
def page(open_page: Open, studio: Studio) -> Page:
    """Give the list of two beds: one with a brood and start words, and one begun after it."""
    older = begin(studio, "an owl", "a wren", name="birds")
    breed(studio, older)
    change(studio, older, start="the swift")
    begin(studio, name="sea")
    return open_page(f"{studio.url}/beds")


def row(page: Page, name: str) -> Locator:
    return page.locator("[data-bed]").filter(has=page.get_by_role("heading", name=name))


@pytest.mark.slow
def test_they_are_listed_with_their_last_offspring(page: Page, studio: Studio) -> None:
    expect(page.locator("[data-bed]")).to_have_count(2)
    expect(page.locator("[data-bed]").first).to_contain_text("sea")
    expect(row(page, "birds")).to_contain_text("one brood")
    last = bed_of(studio, 1)["shown"][0]["content"]
    expect(row(page, "birds")).to_contain_text(last.splitlines()[0][:60])


@pytest.mark.slow
def test_one_opens_where_it_was_left(page: Page, studio: Studio) -> None:
    row(page, "birds").get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="birds", level=1)).to_be_visible()
    expect(cards(page)).to_have_count(3)
    expect(parents(page)).to_have_count(2)
    expect(page.get_by_label("beginning with")).to_have_value("the swift")


@pytest.mark.slow
def test_one_opens_by_the_keyboard(page: Page) -> None:
    expect(page.locator("[data-bed]")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="sea", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="birds", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="birds", level=1)).to_be_visible()


@pytest.mark.slow
def test_one_gets_another_name_and_never_that_of_another(page: Page, studio: Studio) -> None:
    row(page, "birds").get_by_role("button", name="Rename").click()
    dialog = page.get_by_role("dialog", name="Another name")
    dialog.get_by_role("textbox").fill("sea")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert").first).to_contain_text("sea")
    dialog.get_by_role("textbox").fill("small birds")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(row(page, "small birds")).to_be_visible()
    assert bed_of(studio, 1)["name"] == "small birds"


@pytest.mark.slow
def test_one_is_put_away_and_comes_back(page: Page) -> None:
    row(page, "birds").get_by_role("button", name="Put away").click()
    expect(row(page, "birds")).to_have_count(0)
    page.get_by_text("Put away: 1").click()
    page.get_by_role("button", name="Bring “birds” back").click()
    expect(row(page, "birds")).to_be_visible()
    expect(page.get_by_text("Put away: 1")).to_have_count(0)


@pytest.mark.slow
def test_a_new_one_is_begun_from_what_is_pasted(page: Page, studio: Studio) -> None:
    expect(page.locator("[data-bed]")).to_have_count(2)
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="A new bed")
    dialog.get_by_label("Its name").fill("stones")
    dialog.get_by_role("radio", name="From what I write or paste").check()
    dialog.get_by_label("Texts, with a line of --- between them").fill("a stone\n---\na wall")
    dialog.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="stones", level=1)).to_be_visible()
    expect(parents(page)).to_have_count(2)
    assert bed_of(studio)["name"] == "stones"
