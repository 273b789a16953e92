"""A bed is begun from the library, from the open bed or from nothing; never under a taken name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    POEMS,
    ask,
    bed_of,
    begin,
    breed,
    card,
    cards,
    parents,
    saying,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = ForkedStudio(tmp_path_factory.mktemp("beds"), free_port())
    studio.start()
    begin(studio, name="sea")
    yield studio
    studio.kill()


@pytest.fixture
def page(open_page: Open, shared_studio: Studio) -> Page:
    page = open_page(f"{shared_studio.url}/beds")
    expect(page.locator("[data-bed]").first).to_be_visible()
    return page


def begin_one(page: Page, name: str, parents: str) -> Locator:
    page.get_by_role("button", name="New bed").click()
    dialog = page.get_by_role("dialog", name="A new bed")
    dialog.get_by_label("Its name").fill(name)
    dialog.get_by_role("radio", name=parents).check()
    dialog.get_by_role("button", name="Begin").click()
    return dialog


@pytest.mark.slow
def test_a_name_that_is_taken_is_told_and_nothing_is_lost(
    page: Page, shared_studio: Studio
) -> None:
    before = len(ask(shared_studio, "/api/beds"))
    dialog = begin_one(page, "sea", "From the library")
    expect(dialog.locator('[role="alert"].problem')).to_contain_text("sea")
    expect(dialog.get_by_label("Its name")).to_have_value("sea")
    assert len(ask(shared_studio, "/api/beds")) == before
    dialog.get_by_label("Its name").fill("another sea")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="another sea", level=1)).to_be_visible()
    expect(parents(page)).not_to_have_count(0)
    assert bed_of(shared_studio)["name"] == "another sea"


@pytest.mark.slow
def test_one_is_begun_with_the_parents_of_the_open_one(page: Page, shared_studio: Studio) -> None:
    page.locator("[data-bed]").first.get_by_role("button", name="Open").click()
    expect(parents(page)).not_to_have_count(0)
    open_ = [each["id"] for each in bed_of(shared_studio)["parents"]]
    page.get_by_role("link", name="Beds").click()
    begin_one(page, "", "From the open bed")
    expect(parents(page)).to_have_count(len(open_))
    wait_until(page, lambda: bed_of(shared_studio)["name"] not in ("sea", "another sea"))
    assert [each["id"] for each in bed_of(shared_studio)["parents"]] == open_
    # Nobody named it, and so it bears a name of its own.
    expect(page.get_by_role("heading", level=1)).to_have_text(bed_of(shared_studio)["name"])


@pytest.mark.slow
def test_one_is_begun_with_nothing_in_it(page: Page, shared_studio: Studio) -> None:
    begin_one(page, "a blank sheet", "From what I write or paste")
    expect(page.get_by_role("main")).to_contain_text("Nothing grows from nothing.")
    assert bed_of(shared_studio)["parents"] == []


@pytest.mark.slow
def test_what_was_chosen_in_one_bed_is_chosen_after_another(
    open_page: Open, shared_studio: Studio
) -> None:
    bed = begin(shared_studio, "a wren", "an owl", name="birds")
    breed(shared_studio, bed)
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(3)
    page.keyboard.press("2")
    page.keyboard.press("Shift+Digit1")
    wait_until(page, lambda: len(bed_of(shared_studio, bed)["parents"]) == 3)
    wait_until(page, lambda: bed_of(shared_studio, bed)["shown"][0]["marks"] == ["keep"])
    begin(shared_studio, name="between")
    page.goto(f"{shared_studio.url}/beds")
    page.locator(f'[data-bed="{bed}"]').get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="birds", level=1)).to_be_visible()
    expect(card(page, 2)).to_have_accessible_name(saying("parent"))
    expect(card(page, 1)).to_have_accessible_name(saying("kept"))
    expect(parents(page)).to_have_count(3)


@pytest.mark.slow
def test_what_is_put_away_comes_back_by_its_notice(page: Page, shared_studio: Studio) -> None:
    bed = begin(shared_studio, *POEMS, name="to go")
    page.reload()
    row = page.locator(f'[data-bed="{bed}"]')
    row.get_by_role("button", name="Put away").click()
    expect(row).to_have_count(0)
    assert bed not in [each["id"] for each in ask(shared_studio, "/api/beds")]
    notices = page.get_by_role("region", name="Notices")
    notices.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    assert bed in [each["id"] for each in ask(shared_studio, "/api/beds")]
