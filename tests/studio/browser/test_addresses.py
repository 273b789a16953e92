"""Each bed has an address, a title and a picture in the tab, so that bookmarks and history work."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import bed_of, begin, grown, wait_until
from tests.studio.conftest import Studio


def name(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", name=words, level=1)).to_be_visible()


def icon(page: Page) -> str:
    return str(page.locator('link[rel="icon"]').get_attribute("href"))


@pytest.mark.slow
def test_each_tab_and_each_step_back_has_its_own_bed(open_page: Open, slow_studio: Studio) -> None:
    sea = begin(slow_studio, name="sea")
    birds = begin(slow_studio, "a wren", "an owl", name="birds")
    page, other = open_page(slow_studio.url), open_page(f"{slow_studio.url}/beds/{sea}")
    name(page, "birds")
    expect(page).to_have_url(f"{slow_studio.url}/beds/{birds}")
    expect(page).to_have_title("birds – Flourishing")
    name(other, "sea")
    other.reload()
    name(other, "sea")
    page.get_by_role("link", name="Beds").click()
    page.locator(f'[data-bed="{sea}"]').get_by_role("button", name="Open").click()
    expect(page).to_have_url(f"{slow_studio.url}/beds/{sea}")
    expect(page).to_have_title("sea – Flourishing")
    page.go_back()
    page.go_back()
    name(page, "birds")
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page).to_have_url(f"{slow_studio.url}/beds/{birds}/refine")
    page.reload()
    expect(page.get_by_role("heading", name="Refine", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("birds")


@pytest.mark.slow
def test_a_bed_that_is_not_there_leads_to_the_list_of_beds(
    open_page: Open, slow_studio: Studio
) -> None:
    begin(slow_studio, name="sea")
    page = open_page(f"{slow_studio.url}/beds/999")
    expect(page).to_have_url(f"{slow_studio.url}/beds")
    expect(page.get_by_role("alert")).to_contain_text("999")


@pytest.mark.slow
def test_a_tab_shows_that_a_brood_comes_and_that_it_came_unseen(
    open_page: Open, slow_studio: Studio
) -> None:
    begin(slow_studio, name="sea")
    page = open_page(slow_studio.url)
    name(page, "sea")
    assert icon(page) == "/leaf.svg"
    page.get_by_role("button", name="Breed", exact=True).click()
    expect(page).to_have_title(re.compile("^… sea"))
    wait_until(page, lambda: icon(page) == "/leaf-busy.svg")
    grown(page, slow_studio)
    expect(page).to_have_title("sea – Flourishing")
    wait_until(page, lambda: icon(page) == "/leaf.svg")
    assert bed_of(slow_studio)["name"] == "sea"
