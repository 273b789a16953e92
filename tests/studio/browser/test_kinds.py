"""The page says what a bed grows, and lets an empty bed choose it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import bed_of, begin, parents, saying, tend, wait_until
from tests.studio.conftest import ForkedStudio, Studio, free_port


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = ForkedStudio(tmp_path_factory.mktemp("kinds"), free_port())
    studio.start()
    yield studio
    studio.kill()


def open_empty(open_page: Open, studio: Studio, name: str) -> tuple[Page, int]:
    bed = studio.ask("POST", "/api/beds", json={"name": name, "parents": []}).json()["id"]
    tend(studio, bed)
    return open_page(studio.url), bed


def test_an_empty_bed_chooses_what_it_grows(open_page: Open, shared_studio: Studio) -> None:
    page, bed = open_empty(open_page, shared_studio, "sayings")
    expect(page.get_by_text("poems that show the model what to write")).to_be_visible()
    page.get_by_label("Kind of text").select_option("quotes")
    expect(page.get_by_text("quotes that show the model what to write")).to_be_visible()
    wait_until(page, lambda: bed_of(shared_studio, bed)["kind"]["name"] == "quote")
    assert bed_of(shared_studio, bed)["pattern"] == "quotes"
    page.get_by_role("main").get_by_role("button", name="Write or paste").first.click()
    page.get_by_label("The quote, or several").fill("All is one.\n---\nOne is all.")
    expect(page.get_by_role("radio", name=saying("2 quotes"))).to_be_checked()


@pytest.mark.slow
def test_palindromes_from_the_library_are_bred_as_words(
    open_page: Open, shared_studio: Studio
) -> None:
    page, bed = open_empty(open_page, shared_studio, "mirrors")
    page.get_by_role("button", name="Take some from the library").click()
    sheet = page.get_by_role("dialog", name="Take parents from the library")
    sheet.get_by_label("palindromes").check()
    sheet.get_by_role("button", name="Add them").click()
    expect(parents(page)).to_have_count(6)
    expect(parents(page).first.locator(".verse")).to_contain_class("words")
    told = bed_of(shared_studio, bed)
    assert (told["kind"]["name"], told["pattern"]) == ("palindrome", "list")


@pytest.mark.slow
def test_a_bed_is_begun_of_a_kind(open_page: Open, shared_studio: Studio) -> None:
    begin(shared_studio, name="sea")
    page = open_page(f"{shared_studio.url}/beds")
    page.get_by_role("button", name="New bed").click()
    dialog = page.get_by_role("dialog", name="A new bed")
    dialog.get_by_label("Its name").fill("short")
    dialog.get_by_role("radio", name="Haiku").check()
    dialog.get_by_role("button", name="Begin", exact=True).click()
    expect(parents(page)).to_have_count(6)
    told = bed_of(shared_studio)
    assert (told["name"], told["kind"]["name"], told["pattern"]) == ("short", "haiku", "haiku")


_SOMETHING_IS_DRAWN = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, at) => at % 4 < 3 && value !== data[at % 4]);
}"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shelf", "element", "is_there"),
    [
        ("pictures", "canvas", _SOMETHING_IS_DRAWN),
        ("animations", "canvas", _SOMETHING_IS_DRAWN),
        ("sounds", "canvas", _SOMETHING_IS_DRAWN),
    ],
)
def test_formulas_are_seen_and_heard(
    open_page: Open, shared_studio: Studio, shelf: str, element: str, is_there: str
) -> None:
    page, _ = open_empty(open_page, shared_studio, f"of {shelf}")
    page.get_by_role("button", name="Take some from the library").click()
    sheet = page.get_by_role("dialog", name="Take parents from the library")
    sheet.get_by_label(shelf).check()
    sheet.get_by_role("button", name="Add them").click()
    expect(parents(page)).to_have_count(6)
    shown = parents(page).first.locator(element)
    shown.scroll_into_view_if_needed()
    expect(shown).to_be_visible()
    wait_until(page, lambda: shown.evaluate(is_there))
