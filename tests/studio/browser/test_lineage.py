"""The family of a text: walked with the arrows, read, compared, and bred from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    POEMS,
    ask,
    bed_of,
    begin,
    breed,
    change,
    edit,
    mark,
    parents,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, int, int]]:
    """Give a studio, a text bred in it from three parents, and a person's edit of that."""
    studio = ForkedStudio(tmp_path_factory.mktemp("family"), free_port())
    studio.start()
    bed = begin(studio, n=2)
    bred = breed(studio, bed)[0]
    child = edit(studio, bed, bred, f"at dawn {bred['content']}")
    change(studio, bed, parents=[child])
    breed(studio, bed)
    mark(studio, bed, "keep", {"id": child})
    yield studio, bred["id"], child
    studio.kill()


@pytest.fixture
def page(open_page: Open, family: tuple[Studio, int, int]) -> Page:
    studio, _, child = family
    page = open_page(f"{studio.url}/lineage/{child}")
    expect(page.get_by_role("region", name="The text")).to_contain_text("at dawn")
    expect(page.locator("canvas").first).to_be_visible()
    return page


def test_the_arrows_walk_through_the_family(page: Page, family: tuple[Studio, int, int]) -> None:
    studio, bred, _ = family
    panel = page.get_by_role("region", name="The text")
    content = ask(studio, f"/api/texts/{bred}")["content"]
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowUp")
    expect(panel.locator("p").first).to_have_text(content)
    page.keyboard.press("ArrowUp")
    expect(panel.locator("p").first).to_have_text(POEMS[2])
    page.keyboard.press("ArrowLeft")
    expect(panel.locator("p").first).to_have_text(POEMS[1])
    page.keyboard.press("Home")
    expect(panel.locator("p").first).to_contain_text("at dawn")


def test_the_panel_shows_what_the_edit_changed(page: Page) -> None:
    panel = page.get_by_role("region", name="The text")
    expect(panel.get_by_role("heading", name="What changed")).to_be_visible()
    expect(panel.locator("ins")).to_contain_text("at dawn")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()


def test_the_list_says_the_same_in_words(page: Page) -> None:
    page.keyboard.press("v")
    main = page.get_by_role("main")
    expect(main.get_by_role("heading", name="2 generations before")).to_be_visible()
    for poem in POEMS:
        expect(main.get_by_role("button", name=poem).first).to_be_visible()
    main.get_by_role("button", name=POEMS[0]).first.click()
    expect(page.get_by_role("region", name="The text")).to_contain_text(POEMS[0])
    page.keyboard.press("v")
    expect(page.get_by_role("application")).to_be_visible()


def test_only_what_it_came_from_is_shown_when_asked(page: Page) -> None:
    count = page.get_by_role("heading", level=1).locator("xpath=..").get_by_role("paragraph")
    expect(count).to_contain_text("7 texts")
    page.get_by_role("link", name="What it came from").click()
    expect(count).to_contain_text("5 texts")
    page.get_by_role("link", name="What came of it").click()
    expect(count).to_contain_text("3 texts")


def test_it_is_bred_from_here(page: Page, family: tuple[Studio, int, int]) -> None:
    studio, bred, _ = family
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowUp")
    panel = page.get_by_role("region", name="The text")
    expect(panel.get_by_role("heading", name="Beside its parents")).to_be_visible()
    panel.get_by_role("button", name="Breed from here").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button").last.click()
    expect(page.get_by_role("button", name="Breed", exact=True)).to_be_visible()
    expect(parents(page)).not_to_have_count(0)
    wait_until(page, lambda: bred in [each["id"] for each in bed_of(studio)["parents"]])


def test_without_a_number_it_is_the_family_of_what_was_kept_last(
    open_page: Open, family: tuple[Studio, int, int]
) -> None:
    page = open_page(f"{family[0].url}/lineage")
    expect(page.get_by_role("heading", level=1)).to_contain_text("at dawn")
