"""The library's lists: what is kept, tagged and shelved, each of it taken back; and collections."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    GULL,
    TIDE,
    ask,
    bed_of,
    begin,
    grow,
    parents,
    prompt_of,
    wait_until,
)
from tests.studio.conftest import Studio


@pytest.fixture
def page(open_page: Open, full_studio: Studio) -> Page:
    """Give the library, with the two that are kept."""
    page = open_page(f"{full_studio.url}/library")
    expect(things(page)).to_have_count(2)
    return page


def things(page: Page) -> Locator:
    return page.get_by_role("main").locator("article[data-thing]")


def thing(page: Page, words: str) -> Locator:
    return things(page).filter(has_text=words)


def which(page: Page, name: str) -> None:
    page.get_by_role("group", name="Which texts").get_by_text(name, exact=True).click()


@pytest.mark.slow
def test_what_is_no_longer_kept_is_not_among_the_kept(page: Page, full_studio: Studio) -> None:
    which(page, "All")
    expect(things(page)).to_have_count(3)
    thing(page, GULL).focus()
    page.keyboard.press("k")
    expect(thing(page, GULL)).not_to_contain_text("kept")
    which(page, "Kept")
    expect(things(page)).to_have_count(1)
    expect(things(page)).to_contain_text(TIDE)
    page.keyboard.press("z")
    wait_until(page, lambda: len(ask(full_studio, "/api/texts?mark=keep")) == 2)
    which(page, "All")
    expect(thing(page, GULL)).to_contain_text("kept")


@pytest.mark.slow
def test_what_is_put_away_is_found_there_and_comes_back(page: Page) -> None:
    thing(page, TIDE).focus()
    page.keyboard.press("x")
    expect(things(page)).to_have_count(1)
    page.keyboard.press("z")
    expect(things(page)).to_have_count(2)
    said = page.get_by_role("region", name="Notices")
    expect(said.get_by_text(f"Undone: put away: {TIDE}.")).to_be_visible()
    expect(said.get_by_role("button", name="Undo")).to_have_count(0)
    thing(page, TIDE).focus()
    page.keyboard.press("x")
    expect(things(page)).to_have_count(1)
    which(page, "Put away")
    expect(things(page)).to_contain_text(TIDE)
    thing(page, TIDE).focus()
    page.keyboard.press("x")
    expect(things(page)).to_have_count(0)
    which(page, "Kept")
    expect(things(page)).to_have_count(2)


@pytest.mark.slow
def test_a_tag_is_put_on_and_taken_back(page: Page, full_studio: Studio) -> None:
    thing(page, TIDE).get_by_role("checkbox").check()
    bar = page.get_by_role("region", name="What is chosen")
    expect(bar).to_contain_text("1 chosen")
    bar.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox").fill("low water")
    page.get_by_role("dialog").get_by_role("button", name="Put it on").click()
    expect(thing(page, TIDE)).to_contain_text("low water")
    expect(thing(page, GULL)).not_to_contain_text("low water")
    page.get_by_role("search").get_by_label("Tag").select_option("low water")
    expect(things(page)).to_have_count(1)
    expect(things(page)).to_contain_text(TIDE)
    page.keyboard.press("z")
    expect(thing(page, TIDE)).not_to_contain_text("low water")
    wait_until(page, lambda: ask(full_studio, "/api/tags") == [])


@pytest.mark.slow
def test_texts_are_put_on_a_shelf_and_one_is_taken_off(page: Page, full_studio: Studio) -> None:
    page.keyboard.press("Control+a")
    expect(page.get_by_role("region", name="What is chosen")).to_contain_text("2 chosen")
    page.keyboard.press("s")
    page.get_by_role("dialog").get_by_role("textbox").fill("by the sea")
    page.keyboard.press("Enter")
    shelves = page.get_by_role("navigation", name="Collections")
    shelves.get_by_role("link", name="by the sea").click()
    expect(page.get_by_role("heading", name="by the sea", level=1)).to_be_visible()
    expect(things(page)).to_have_count(2)
    thing(page, TIDE).get_by_role("checkbox").check()
    page.get_by_role("button", name="Take off the shelf").click()
    expect(things(page)).to_have_count(1)
    told = ask(full_studio, f"/api/collections/{quote('by the sea')}")["items"]
    assert [item["text"]["content"] for item in told] == [GULL]
    page.keyboard.press("z")
    expect(things(page)).to_have_count(2)
    expect(page.get_by_text("Undone: taken off “by the sea”.")).to_be_visible()
    told = ask(full_studio, f"/api/collections/{quote('by the sea')}")["items"]
    assert [item["text"]["content"] for item in told] == [TIDE, GULL]


@pytest.mark.slow
def test_chains_stand_from_worst_to_best(page: Page, full_studio: Studio) -> None:
    shelves = page.get_by_role("navigation", name="Collections")
    shelves.get_by_role("link", name="spelling").click()
    expect(page.get_by_role("heading", name="spelling", level=1)).to_be_visible()
    items = ask(full_studio, "/api/collections/spelling")["items"]
    expect(things(page)).to_have_count(len(items))
    for at, item in enumerate(items[:3]):
        written = [version["content"] for version in item["chain"]["versions"]]
        shown = things(page).nth(at).get_by_role("listitem")
        expect(shown).to_have_count(len(written))
        expect(shown.first).to_contain_text("worst")
        expect(shown.first).to_contain_text(written[0].split("\n")[0])
        expect(shown.last).to_contain_text("best")


@pytest.mark.slow
def test_the_parents_are_of_the_collection_that_is_bred_from(
    open_page: Open, full_studio: Studio
) -> None:
    bed = begin(full_studio, name="of quotes")
    page = open_page(f"{full_studio.url}/library/quotes")
    page.get_by_role("button", name="Breed from these").click()
    expect(page.get_by_role("heading", name="of quotes", level=1)).to_be_visible()
    items = ask(full_studio, "/api/collections/quotes")["items"]
    contents = {item["text"]["content"] for item in items}

    def chosen() -> list[Any]:
        return [each["content"] for each in bed_of(full_studio, bed)["parents"]]

    wait_until(page, lambda: set(chosen()) <= contents)
    expect(parents(page)).to_have_count(len(chosen()))
    for at, content in enumerate(chosen()):
        expect(parents(page).nth(at)).to_contain_text(content.split("\n")[0])
    grown = grow(page, full_studio, lambda: page.keyboard.press("Enter"))
    assert chosen()[-1] in prompt_of(full_studio, grown)
