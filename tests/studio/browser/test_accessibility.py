"""Every page and every dialog, by day and by night: nothing that axe-core objects to.

And those who do not see the page, or bear no motion, have all that the others have.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.marks import slow_cases
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.places import BREEDING, PLACES, Place
from tests.studio.browser.walk import (
    begin,
    breed,
    card,
    cards,
    grow,
    parents,
    require_no_objections,
    tend,
    wait_until,
)
from tests.studio.conftest import Studio

WIDE: ViewportSize = {"width": 1440, "height": 900}

PAGES = {"breed", "refine", "library", "lineage", "a run", "models"}
"""What is looked at by default, on a wide page; all the rest only with the slow tests."""
LOOKS = [
    pytest.param(
        place,
        size,
        id=f"{name}-{label}",
        marks=[] if label == "wide" and name in PAGES else [pytest.mark.slow],
    )
    for label, size in (("wide", WIDE), ("phone", PHONE))
    for name, place in PLACES.items()
]


@pytest.mark.parametrize(("place", "size"), LOOKS)
def test_axe_objects_to_nothing(
    open_page: Open, grown_studio: Studio, place: Place, size: ViewportSize
) -> None:
    page = place.show(open_page, grown_studio, viewport=size, color_scheme="light")
    page.evaluate(_ALL_DRAWN)
    # The page below a dialog is a place of its own.
    within = "dialog[open]" if page.get_by_role("dialog").count() else None
    require_no_objections(page, within)
    page.emulate_media(color_scheme="dark")
    page.evaluate(_SETTLED)
    require_no_objections(page, within, only="color-contrast")


_ALL_DRAWN = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { content-visibility: visible !important }");
    document.adoptedStyleSheets.push(sheet);
}"""
"""What is out of sight is looked at too, and in the colours of the hour."""

_SETTLED = """async () => {
    let still = 0;
    while (still < 2) {
        await new Promise(requestAnimationFrame);
        const running = document.getAnimations().filter((each) => each.playState === "running");
        await Promise.allSettled(running.map((each) => each.finished));
        still = running.length ? 0 : still + 1;
    }
}"""
"""Two frames in which nothing moves: the end of one transition may be the start of another."""


def test_a_screen_reader_is_told_of_each_that_comes(open_page: Open, grown_studio: Studio) -> None:
    begin(grown_studio, name="heard", n=3)
    page = open_page(grown_studio.url)
    expect(parents(page)).to_have_count(3)
    page.evaluate(
        """() => {
            window.heard = "";
            for (const region of document.querySelectorAll("[aria-live=polite]"))
                new MutationObserver(() => (window.heard += region.textContent + "\\n"))
                    .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    bed = grow(page, grown_studio, lambda: page.keyboard.press("Enter"))
    wait_until(page, lambda: "3 of 3 came." in page.evaluate("window.heard"))
    heard = page.evaluate("window.heard")
    for place, text in enumerate(bed["shown"], start=1):
        assert f"Offspring {place}: {text['content'].splitlines()[0][:40]}" in heard


@pytest.mark.slow
def test_each_thing_that_is_done_is_said(open_page: Open, grown_studio: Studio) -> None:
    bed = begin(grown_studio, name="said", n=2)
    breed(grown_studio, bed)
    page = open_page(grown_studio.url)
    region = page.locator("[aria-live=polite]")
    expect(cards(page)).to_have_count(2)
    for key, said in (
        ("1", "Parent 4, the last and best."),
        ("k", "Kept."),
        ("k", "No longer kept."),
        ("x", "Dropped."),
        ("z", "Undone: dropped “"),
    ):
        page.keyboard.press(key)
        expect(region.filter(has_text=said)).to_have_count(1)


@pytest.mark.parametrize(
    ("wish", "moves"), [("reduce", False), *slow_cases([("no-preference", True)])]
)
def test_nothing_moves_for_who_wants_no_motion(
    open_page: Open, silent_studio: Studio, wish: str, moves: bool
) -> None:
    begin(silent_studio, n=4)
    page = open_page(silent_studio.url, reduced_motion=wish)
    expect(parents(page)).to_have_count(3)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Enough")).to_be_visible()
    expect(card(page, 1)).to_be_visible()  # which waits for its first word
    settled = "Promise.all(document.getAnimations().map((each) => each.ready))"
    page.evaluate(settled)
    running = "document.getAnimations().some((each) => each.playState === 'running')"
    assert page.evaluate(running) is moves


@pytest.mark.slow
def test_the_focus_goes_to_the_heading_of_a_page_that_is_gone_to(
    open_page: Open, grown_studio: Studio
) -> None:
    page = open_page(grown_studio.url)
    expect(parents(page)).not_to_have_count(0)
    for keys, heading in (("gl", "Library"), ("gd", "Beds"), ("gr", "Refine")):
        page.keyboard.type(keys)
        expect(page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_focused()


def test_a_dialog_holds_the_focus_and_gives_it_back(open_page: Open, grown_studio: Studio) -> None:
    tend(grown_studio, BREEDING)
    page = open_page(grown_studio.url)
    card(page, 2).focus()
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        inside = "document.querySelector('dialog').contains(document.activeElement)"
        assert page.evaluate(f"{inside} || document.activeElement === document.body")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(card(page, 2)).to_be_focused()
