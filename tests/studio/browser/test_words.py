"""One word at a time: what else is likely in a place, and whose the words are then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.models.test_probing import Model
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import (
    bed_of,
    begin,
    breed,
    card,
    cards,
    edit,
    fits,
    grow,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port
from tests.talker import talking


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio for all of these; each has a bed of its own in it."""
    studio = ForkedStudio(tmp_path_factory.mktemp("words"), free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture
def page(open_page: Open, shared_studio: Studio, request: pytest.FixtureRequest) -> Page:
    """Give a page on a bed whose first offspring was edited to two short lines."""
    bed = begin(shared_studio, name=request.node.name)
    first, *_ = breed(shared_studio, bed)
    edit(shared_studio, bed, first, "the grey sea\nsleeps here")
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(3)
    return page


def word(page: Page) -> Locator:
    """Give the word that has the focus."""
    return page.locator("[data-word]:focus")


def others(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Other words")


def first_of(studio: Studio) -> dict[str, Any]:
    text: dict[str, Any] = bed_of(studio)["shown"][0]
    return text


def test_by_keys_a_word_is_exchanged_for_a_likely_one(page: Page, shared_studio: Studio) -> None:
    before = first_of(shared_studio)["id"]
    page.keyboard.press("w")
    expect(word(page)).to_have_text("the")
    for key, there in (
        ("ArrowRight", "grey"),
        ("ArrowDown", "here"),
        ("ArrowLeft", "sleeps"),
        ("ArrowUp", "the"),
        ("ArrowRight", "grey"),
    ):
        page.keyboard.press(key)
        expect(word(page)).to_have_text(there)
    page.keyboard.press("Enter")
    expect(others(page)).to_be_focused()
    options = others(page).get_by_role("option")
    expect(options.first).to_contain_text("%")
    likely = options.first.locator(".word").inner_text()
    page.keyboard.press("Enter")
    wait_until(page, lambda: first_of(shared_studio)["id"] != before)
    text = first_of(shared_studio)
    assert text["content"] == f"the {likely} sea\nsleeps here"
    assert text["origin"]["parents"] == [before]
    written = [each["author"] for each in text["spans"] for _ in range(each["length"])]
    assert set(written[4 : 4 + len(likely)]) == {"model"}
    assert written[-1] == "person"
    expect(word(page)).to_have_text(likely)
    page.keyboard.press("Enter")
    expect(others(page)).to_be_focused()
    page.keyboard.press(
        "Escape"
    )  # once, also from among other words: the next key acts on the text
    expect(card(page, 1)).to_be_focused()
    page.keyboard.press("z")
    expect(card(page, 1)).to_contain_text("the grey sea")


@pytest.mark.slow
def test_by_pointer_a_word_is_clicked_and_ones_own_is_written(
    page: Page, shared_studio: Studio
) -> None:
    card(page, 1).focus()
    at = word_box(page, "grey")
    page.mouse.click(at["x"], at["y"])
    expect(others(page)).to_be_visible()
    expect(page.get_by_role("group", name="In the place of “grey”")).to_be_visible()
    page.get_by_label("Another word").fill("unheard-of")
    page.get_by_label("Another word").press("Enter")
    wait_until(page, lambda: "unheard-of" in first_of(shared_studio)["content"])
    text = first_of(shared_studio)
    assert set(authors(text)[4:14]) == {"person"}
    expect(others(page)).to_have_count(0)
    card(page, 1).locator("[data-word]", has_text="sea").click()
    likely = others(page).get_by_role("option").first
    chosen = likely.locator(".word").inner_text()
    likely.click()
    wait_until(page, lambda: f"unheard-of {chosen}\n" in first_of(shared_studio)["content"])
    page.get_by_role("heading", level=1).click()
    expect(page.locator("[data-word]")).to_have_count(0)


@pytest.mark.slow
def test_a_click_on_another_card_only_goes_there(page: Page) -> None:
    card(page, 2).focus()
    at = word_box(page, "grey")
    page.mouse.click(at["x"], at["y"])
    expect(card(page, 1)).to_be_focused()
    expect(page.locator("[data-word]")).to_have_count(0)


@pytest.mark.slow
def test_by_keys_all_grows_anew_from_a_word(page: Page, shared_studio: Studio) -> None:
    text = first_of(shared_studio)
    page.keyboard.press("w")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    bed = grow(page, shared_studio, lambda: page.keyboard.press("a"))
    assert bed["brood"]["start"] == "the grey"
    assert all(each["content"].startswith("the grey") for each in bed["shown"])
    assert authors(bed["shown"][0])[:8] == authors(text)[:8]
    assert text["id"] not in bed["brood"]["parents"]
    assert bed["start"] == ""


@pytest.mark.slow
def test_by_pointer_all_grows_anew_behind_a_chosen_word(page: Page, shared_studio: Studio) -> None:
    card(page, 1).get_by_role("button", name="word", exact=True).click()
    card(page, 1).locator("[data-word]", has_text="sea").click()
    before = authors(first_of(shared_studio))[: len("the grey ")]
    likely = others(page).get_by_role("option").first.locator(".word").inner_text()
    behind = page.get_by_role("button", name="Grow anew behind")
    bed = grow(page, shared_studio, behind.click)
    assert bed["brood"]["start"] == f"the grey {likely}"
    wrote = authors(bed["shown"][0])
    assert wrote[: len(before)] == before
    assert set(wrote[len(before) :]) == {"model"}


@pytest.mark.slow
def test_a_server_that_cannot_say_so_is_said_to_be_one(open_page: Open, tmp_path: Path) -> None:
    # It answers as it should, but without log-probabilities.
    with talking(Model("n", "logprobs"), listed=[{"id": "m"}]) as talker:
        studio = ForkedStudio(tmp_path, free_port(), model=f"{talker.base}#m")
        studio.start()
        try:
            bed = begin(studio, name="mute", n=1)
            breed(studio, bed)
            page = open_page(studio.url)
            expect(cards(page)).to_have_count(1)
            page.keyboard.press("w")
            expect(word(page)).to_have_count(1)
            page.keyboard.press("Enter")
            expect(page.locator(".other-words")).to_contain_text("log-probabilities")
            page.keyboard.press("Escape")
            expect(page.locator(".other-words")).to_have_count(0)
            expect(word(page)).to_have_count(0)
        finally:
            studio.kill()


@pytest.mark.slow
def test_other_words_come_also_right_after_the_mode_was_begun(page: Page) -> None:
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    expect(others(page)).to_be_focused()
    expect(others(page).get_by_role("option").first).to_contain_text("%")


@pytest.mark.slow
def test_on_a_phone_the_words_are_in_reach(open_page: Open, shared_studio: Studio) -> None:
    bed = begin(shared_studio, name="on a phone", n=1)
    breed(shared_studio, bed)
    page = open_page(shared_studio.url, viewport=PHONE, has_touch=True, is_mobile=True)
    card(page, 1).get_by_role("button", name="word", exact=True).tap()
    card(page, 1).locator("[data-word]").first.tap()
    expect(others(page).get_by_role("option").first).to_be_visible()
    fits(page)


def authors(text: dict[str, Any]) -> list[str]:
    """Give who wrote each character of a text."""
    return [each["author"] for each in text["spans"] for _ in range(each["length"])]


def word_box(page: Page, words: str) -> dict[str, float]:
    """Give the middle of a word of the first card."""
    box: dict[str, float] = page.evaluate(
        """(words) => {
            const verse = document.querySelector('[data-card="now-0"] .verse');
            const walker = document.createTreeWalker(verse, NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const at = node.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + words.length);
                const box = range.getBoundingClientRect();
                return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
            }
        }""",
        words,
    )
    return box
