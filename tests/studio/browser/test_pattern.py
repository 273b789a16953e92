"""The pattern of a bed: seen part by part, changed for this bed alone, and looked at before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import bed_of, begin, grow, parents, prompt_of
from tests.studio.conftest import ForkedStudio, Studio, free_port


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = ForkedStudio(tmp_path_factory.mktemp("pattern"), free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture
def page(open_page: Open, studio: Studio) -> Page:
    begin(studio, name=f"bed {len(studio.ask('GET', '/api/beds').json())}", n=1)
    page = open_page(studio.url)
    expect(parents(page)).to_have_count(3)
    return page


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="How the parents are written down")


def prompt(page: Page) -> Locator:
    return dialog(page).get_by_role("region", name="The prompt", exact=True)


def test_a_pattern_is_changed_by_keys_and_the_next_brood_is_written_in_it(
    page: Page, studio: Studio
) -> None:
    page.keyboard.press("Shift+V")
    expect(prompt(page)).to_contain_text("a poem:")
    dialog(page).get_by_label("Before each text").fill("a shanty:\n")
    expect(prompt(page)).to_contain_text("a shanty:")
    dialog(page).get_by_label("Its name").fill("shanties")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_have_count(0)
    expect(page.get_by_text("The next brood is written in this pattern.")).to_be_visible()
    bed = grow(page, studio, lambda: page.keyboard.press("Enter"))
    assert prompt_of(studio, bed).startswith("a shanty:\n")
    assert bed["settings"]["own_pattern"]["name"] == "shanties"


@pytest.mark.slow
def test_what_is_wrong_is_said_at_its_field(page: Page, studio: Studio) -> None:
    page.get_by_role("button", name="temperature").click()
    page.get_by_role("button", name="See and edit it").click()
    between = dialog(page).get_by_label("Between two texts")
    between.fill("")
    part = between.locator("xpath=..")
    expect(part).to_contain_text("has no separator")
    keep = dialog(page).get_by_role("button", name="Keep it for this bed")
    expect(keep).to_have_attribute("aria-disabled", "true")
    between.fill("tide")
    expect(part).to_contain_text("contains the separator")
    between.fill("\n***\n")
    expect(prompt(page)).to_contain_text("***")
    keep.click()
    expect(dialog(page)).to_have_count(0)
    assert bed_of(studio)["form"]["separator"] == "\n***\n"


@pytest.mark.slow
def test_what_is_typed_stays_until_it_is_thrown_away(page: Page) -> None:
    page.keyboard.press("Shift+V")
    dialog(page).get_by_label("At the beginning").fill("Shanties\n\n")
    page.keyboard.press("Escape")
    page.reload()
    expect(parents(page)).to_have_count(3)
    page.keyboard.press("Shift+V")
    header = dialog(page).get_by_label("At the beginning")
    expect(header).to_have_value("Shanties\n\n")
    dialog(page).get_by_role("button", name="Throw away").click()
    expect(header).to_have_value("")


@pytest.mark.slow
def test_a_bed_goes_back_to_the_pattern_that_it_names(page: Page, studio: Studio) -> None:
    page.keyboard.press("Shift+V")
    dialog(page).get_by_role("button", name="One more").click()
    dialog(page).get_by_label("End 3", exact=True).fill("~")
    dialog(page).get_by_role("button", name="Keep it for this bed").click()
    expect(dialog(page)).to_have_count(0)
    assert bed_of(studio)["form"]["stop"][-1] == "~"
    page.keyboard.press("Shift+V")
    dialog(page).get_by_role("button", name="Back to “poems”").click()
    expect(dialog(page).get_by_label("End 3", exact=True)).to_have_count(0)
    assert bed_of(studio)["settings"]["own_pattern"] is None
