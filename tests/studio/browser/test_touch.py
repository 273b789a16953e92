"""The studio in a hand: the first visit by touch alone, and no page that is wider than a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import (
    bed_of,
    begin,
    breed,
    card,
    cards,
    change,
    fits,
    grow,
    mark,
    put_under_work,
    saying,
    tend,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port

NARROW: ViewportSize = {"width": 360, "height": 740}
# What a window of 1440 by 900 has left when everything in it is made twice as large.
ENLARGED: ViewportSize = {"width": 720, "height": 450}
THUMB = 44
BREEDING, REFINING, FRESH = 1, 2, 3

# A word that nothing breaks, and a line that is longer than a phone is wide.
WIDE = "Donaudampfschifffahrtsgesellschaftskapitaen" * 3 + "\n" + "the grey sea and " * 12


@pytest.fixture(scope="module")
def full_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio with a bed where much was done, one where a text is refined, and a new one."""
    studio = ForkedStudio(tmp_path_factory.mktemp("hand"), free_port())
    studio.start()
    assert begin(studio, "a gull", "the tide", WIDE, name="a long name " * 9) == BREEDING
    first = breed(studio, BREEDING)
    second = breed(studio, BREEDING, start="the sea")
    wide = bed_of(studio, BREEDING)["parents"][2]
    mark(studio, BREEDING, "keep", first[0], second[0], wide)
    mark(studio, BREEDING, "drop", second[2])
    assert begin(studio, name="under work") == REFINING
    put_under_work(studio, REFINING, wide)
    better = breed(studio, REFINING)
    change(studio, REFINING, chain=[wide["id"], better[0]["id"]])
    assert begin(studio, name="new") == FRESH
    yield studio
    studio.kill()


def act(where: Page | Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name, exact=True)


def opened(page: Page) -> None:
    """Wait until the page has what it fetches."""
    expect(page.get_by_role("main").get_by_role("heading").first).to_be_attached()
    for waiting in ("Opening", "Fetching", "Looking through"):
        expect(page.get_by_text(waiting)).to_have_count(0)


@pytest.mark.slow
def test_a_first_visit_by_touch(open_page: Open, studio: Studio) -> None:
    page = open_page(studio.url, viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.get_by_role("main")).to_contain_text("The parents show the model what to write.")
    expect(act(page, "Breed")).to_be_in_viewport()
    shown = grow(page, studio, act(page, "Breed").tap)["shown"]
    expect(cards(page)).to_have_count(len(shown))
    fits(page)

    act(card(page, 1), "drop").tap()
    expect(card(page, 1)).to_have_accessible_name(saying("dropped"))
    expect(card(page, 2)).not_to_have_accessible_name(saying("dropped"))
    wait_until(page, lambda: bed_of(studio)["shown"][0] is None)
    act(card(page, 1), "Take back").tap()
    expect(card(page, 1)).not_to_have_accessible_name(saying("dropped"))
    expect(card(page, 1)).to_contain_text(shown[0]["content"].split()[0])
    wait_until(page, lambda: bed_of(studio)["shown"][0] is not None)

    act(card(page, 1), "edit").tap()
    expect(card(page, 1).get_by_role("textbox")).to_be_focused()
    act(card(page, 1), "Leave it for now; what you wrote is kept").tap()
    expect(card(page, 1).get_by_role("textbox")).to_have_count(0)
    expect(card(page, 1)).to_contain_text(shown[0]["content"].split()[0])


PLACES = (
    ("/", FRESH),
    ("/", REFINING),
    ("/refine", REFINING),
    ("/", BREEDING),
    ("/refine", BREEDING),
    ("/library", BREEDING),
    ("/library?which=all", BREEDING),
    ("/library/short-verse", BREEDING),
    ("/library/refinements", BREEDING),
    ("/texts/{}", BREEDING),
    ("/lineage/{}", BREEDING),
    ("/lineage/{}?view=list", BREEDING),
    ("/beds", BREEDING),
)
DIALOGS = {"/": "svnt?", "/library": "itsb", "/beds": "ne"}
"""The keys that open a dialog, by the page where they do."""


@pytest.mark.slow
def test_no_enlarged_page_scrolls_sideways_however_wide_its_words(
    open_page: Open, full_studio: Studio
) -> None:
    wide = bed_of(full_studio, BREEDING)["parents"][2]["id"]
    page = open_page(full_studio.url, viewport=ENLARGED)
    for path, bed in PLACES:
        tend(full_studio, bed)
        page.goto(full_studio.url + path.format(wide))
        opened(page)
        fits(page)


@pytest.mark.slow
@pytest.mark.parametrize("size", [NARROW, ENLARGED], ids=["narrow", "enlarged"])
@pytest.mark.parametrize(("path", "keys"), DIALOGS.items())
def test_no_dialog_reaches_past_the_page(
    open_page: Open, full_studio: Studio, path: str, keys: str, size: ViewportSize
) -> None:
    tend(full_studio, BREEDING)
    page = open_page(full_studio.url + path, viewport=size)
    expect(page.locator("article, [data-bed]").first).to_be_attached()
    for key in keys:
        page.keyboard.press(key)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        fits(page)
        box = dialog.bounding_box()
        assert box is not None
        assert min(box["x"], box["y"]) >= 0, key
        assert box["x"] + box["width"] <= size["width"], key
        assert box["y"] + box["height"] <= size["height"], key
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


@pytest.mark.slow
def test_each_act_of_refine_is_as_large_as_a_thumb(open_page: Open, full_studio: Studio) -> None:
    tend(full_studio, REFINING)
    page = open_page(f"{full_studio.url}/refine", viewport=PHONE, has_touch=True, is_mobile=True)
    acts = page.get_by_role("article").get_by_role("button")
    expect(acts.first).to_be_visible()
    bar = page.get_by_role("main").get_by_role("region").last.get_by_role("button")
    boxes = [(each.inner_text(), each.bounding_box()) for each in [*acts.all(), *bar.all()]]
    assert [name for name, box in boxes if box and box["height"] < THUMB - 0.5] == []
