"""The main loop, as a person goes through it: with the keyboard alone.

It is gone through on the echo model, and on the embedded one with the slow tests.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    bed_of,
    card,
    cards,
    grow,
    here,
    parents,
    prompt_of,
    saying,
    wait_until,
)
from tests.studio.conftest import Studio


@pytest.mark.parametrize(
    ("fixture", "model"),
    [
        ("studio", "echo"),
        pytest.param(
            "local_studio", "gemma-3-270m-english", marks=[pytest.mark.slow, pytest.mark.engine]
        ),
    ],
)
def test_the_main_loop_by_keyboard_alone(
    open_page: Open, request: pytest.FixtureRequest, fixture: str, model: str
) -> None:
    studio: Studio = request.getfixturevalue(fixture)
    page = open_page(studio.url)
    _first_visit(page)
    _breed_little(page, studio)

    first = grow(page, studio, lambda: press(page, "Enter"))
    expect(cards(page)).to_have_count(2)
    assert first["brood"]["model"] == model
    for place, text in enumerate(first["shown"], start=1):
        assert text["content"].split()[0] in card(page, place).inner_text()

    before = parents(page).count()
    press(page, "1")
    expect(card(page, 1)).to_have_accessible_name(saying("parent"))
    expect(parents(page)).to_have_count(before + 1)
    press(page, "2", "1")
    expect(card(page, 1)).not_to_have_accessible_name(saying("parent"))
    expect(card(page, 2)).to_have_accessible_name(saying("parent"))
    press(page, "l")
    expect(card(page, 2)).to_be_focused()
    press(page, "k")
    expect(card(page, 2)).to_have_accessible_name(saying("kept"))

    edited = _edit(page, studio)
    second = _breed_beginning_with(page, studio, "The sea")
    assert second["shown"][0]["content"].startswith("The sea")
    assert edited in prompt_of(studio, second)

    accepted = _refine_and_accept(page, studio)
    press(page, "Enter")
    expect(page.get_by_role("button", name="Breed", exact=True)).to_be_visible()
    expect(parents(page).filter(has_text=accepted.split("\n")[-1].strip())).not_to_have_count(0)
    page.wait_for_timeout(300)  # a second Enter at once would count as the first one's bounce
    third = grow(page, studio, lambda: press(page, "Enter"))
    assert accepted in prompt_of(studio, third)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def _first_visit(page: Page) -> None:
    expect(parents(page)).not_to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("The parents show the model what to write.")
    expect(page.get_by_role("main").get_by_role("listitem")).not_to_have_count(0)


def _breed_little(page: Page, studio: Studio) -> None:
    """Set two offspring of few words, as the settings' own fields have it."""
    press(page, "s")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for name, number in (("How many", "2"), ("Longest", "24")):
        field = dialog.get_by_label(name)
        _go_to(page, field)
        press(page, "Control+a")
        page.keyboard.type(number)
        press(page, "Tab")
    wait_until(page, lambda: bed_of(studio)["settings"]["max_tokens"] == 24)
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    assert bed_of(studio)["n"] == 2


def _go_to(page: Page, target: Locator) -> None:
    """Go on with the tabulator until the focus is there."""
    for _ in range(200):
        if target.evaluate("(element) => element === document.activeElement"):
            return
        press(page, "Tab")
    raise AssertionError("The tabulator does not lead there.")


def _edit(page: Page, studio: Studio) -> str:
    press(page, "e")
    expect(here(page)).to_have_role("textbox")
    press(page, "Control+End")
    page.keyboard.type("\nand the gulls came back")
    press(page, "Control+Enter")
    expect(card(page, 2)).to_contain_text("and the gulls came back")
    wait_until(page, lambda: "gulls" in bed_of(studio)["shown"][1]["content"])
    assert "gulls" in bed_of(studio)["parents"][-1]["content"]
    return str(bed_of(studio)["shown"][1]["content"])


def _breed_beginning_with(page: Page, studio: Studio, words: str) -> dict[str, Any]:
    press(page, "b")
    page.keyboard.type(words)
    return grow(page, studio, lambda: press(page, "Enter"))


def _refine_and_accept(page: Page, studio: Studio) -> str:
    press(page, "j")
    expect(card(page, 1)).to_be_focused()
    press(page, "r")
    expect(page.get_by_role("heading", name="Refine", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Under work")).to_be_visible()
    grow(page, studio, lambda: press(page, "Enter"))
    candidate = page.get_by_role("article", name="Candidate 1")
    expect(candidate).to_be_visible()
    press(page, "1")
    expect(candidate).to_have_accessible_name(saying("version 2"))
    wait_until(page, lambda: len(bed_of(studio)["chain"]) == 2)
    accepted = str(bed_of(studio)["chain"][-1]["content"])
    press(page, "a")
    expect(page.get_by_role("heading", name="Finished.")).to_be_visible()
    return accepted
