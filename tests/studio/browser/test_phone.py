"""On a phone, and zoomed in: a thumb reaches everything, and nothing lies beside the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.marks import first_cases, slow_cases
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
    parents,
    prompt_of,
    put_under_work,
    saying,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port

NARROW: ViewportSize = {"width": 360, "height": 740}
ZOOMED: ViewportSize = {"width": 720, "height": 450}


@pytest.mark.slow
def test_the_main_loop_by_touch(open_page: Open, studio: Studio) -> None:
    begin(studio)
    page = open_page(studio.url, viewport=PHONE, has_touch=True, is_mobile=True)
    breed_ = page.get_by_role("button", name="Breed", exact=True)
    grow(page, studio, breed_.tap)
    card(page, 2).get_by_role("button", name="parent").tap()
    expect(card(page, 2)).to_have_accessible_name(saying("parent"))
    card(page, 1).get_by_role("button", name="keep").tap()
    expect(card(page, 1)).to_have_accessible_name(saying("kept"))
    expect(page.get_by_role("button", name="4 parents")).to_be_visible()

    card(page, 2).get_by_role("button", name="edit").tap()
    card(page, 2).get_by_role("textbox").fill("written with a thumb")
    card(page, 2).get_by_role("button", name="Store").tap()
    expect(card(page, 2)).to_contain_text("written with a thumb")
    page.get_by_label("beginning with").fill("the sea")
    second = grow(page, studio, breed_.tap)
    assert "written with a thumb" in prompt_of(studio, second)
    expect(card(page, 1)).to_contain_text("the sea")

    card(page, 1).get_by_role("button", name="refine").tap()
    grow(page, studio, page.get_by_role("button", name="Refine", exact=True).tap)
    candidate = page.locator('[data-spot="candidate-0"]')
    candidate.get_by_role("button", name="Next version").tap()
    wait_until(page, lambda: len(bed_of(studio)["chain"]) == 2)
    accepted = bed_of(studio)["chain"][1]["content"]
    page.get_by_role("button", name="Accept").tap()
    page.get_by_role("button", name="Breed on with it as a parent").tap()
    expect(breed_).to_be_visible()
    wait_until(page, lambda: accepted in [each["content"] for each in bed_of(studio)["parents"]])
    third = grow(page, studio, breed_.tap)
    assert accepted in prompt_of(studio, third)


@pytest.mark.slow
def test_parents_unfold_and_are_moved_by_touch(open_page: Open, studio: Studio) -> None:
    begin(studio)
    page = open_page(studio.url, viewport=PHONE, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="3 parents").tap()
    expect(parents(page)).to_have_count(3)
    parents(page).nth(2).get_by_role("button", name="Move it up").tap()
    expect(parents(page).nth(1)).to_contain_text("salt on the window")
    parents(page).first.get_by_role("button", name="Take it out").tap()
    expect(parents(page)).to_have_count(2)


@pytest.fixture(scope="module")
def full_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio in which something stands on every page."""
    studio = ForkedStudio(tmp_path_factory.mktemp("full"), free_port())
    studio.start()
    bed = begin(studio, n=4)
    first = breed(studio, bed)
    breed(studio, bed)
    mark(studio, bed, "keep", *first[:2])
    work = begin(studio, name="a bed with a name that takes a little more room than others")
    put_under_work(studio, work, first[0])
    better = breed(studio, work)
    change(studio, work, chain=[first[0]["id"], better[0]["id"]])
    yield studio
    studio.kill()


PAGES = (
    "/",
    "/refine",
    "/library",
    "/library/imagists",
    "/library/refinements",
    "/texts/{}",
    "/lineage/{}",
    "/lineage/{}?view=list",
    "/beds",
)


@pytest.mark.parametrize("size", [NARROW, *slow_cases([ZOOMED])], ids=["360 px", "zoomed to 200 %"])
@pytest.mark.parametrize("path", first_cases(1, PAGES))
def test_nothing_lies_beside_the_page(
    open_page: Open, full_studio: Studio, path: str, size: ViewportSize
) -> None:
    text = bed_of(full_studio)["chain"][-1]["id"]
    page = open_page(full_studio.url + path.format(text), viewport=size)
    expect(page.get_by_role("heading").first).to_be_attached()
    expect(page.get_by_role("main").locator("p").first).to_be_attached()
    expect(page.get_by_text("Opening")).to_have_count(0)
    fits(page)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["s", "v", "n", "t", "?"])
def test_dialogs_fit_too(open_page: Open, full_studio: Studio, key: str) -> None:
    page = open_page(full_studio.url, viewport=NARROW)
    expect(cards(page)).not_to_have_count(0)
    page.keyboard.press(key)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    fits(page)
    box = dialog.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW["width"]


@pytest.mark.slow
def test_the_dialog_of_a_run_scrolls_down_alone(open_page: Open, full_studio: Studio) -> None:
    page = open_page(f"{full_studio.url}/runs", viewport=NARROW)
    page.get_by_role("button", name="New run").click()
    expect(page.get_by_label("It begins with")).to_be_visible()
    body = page.get_by_role("dialog").locator(".body")
    wide, seen = body.evaluate("(body) => [body.scrollWidth, body.clientWidth]")
    assert wide <= seen


def test_what_is_touched_is_large_enough(open_page: Open, full_studio: Studio) -> None:
    page = open_page(full_studio.url, viewport=PHONE, has_touch=True, is_mobile=True)
    expect(cards(page)).not_to_have_count(0)
    small = _smaller_than(page, 44)
    assert small == []


def _smaller_than(page: Page, least: int) -> list[str]:
    """Give the buttons in sight that are less high, or much less wide."""
    found: list[str] = page.evaluate(
        """(least) => [...document.querySelectorAll("button, [role=button], select")]
            .filter((each) => each.checkVisibility({ visibilityProperty: true }))
            .map((each) => [each, each.getBoundingClientRect()])
            .filter(([, box]) => box.width > 1 && (box.height < least - 1 || box.width < least - 8))
            .map(([each, box]) =>
                `${each.ariaLabel ?? each.textContent.trim()}: ${box.width} by ${box.height}`)""",
        least,
    )
    return found
