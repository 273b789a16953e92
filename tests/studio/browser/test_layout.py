"""All eight in view: cards as large as their texts, no holes, chips, and compact parents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from flourishing.core.flaws import Flaw, FlawKind
from flourishing.garden import open_garden
from tests.garden.broods import bred
from tests.marks import slow_cases
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import (
    bed_of,
    begin,
    breed,
    card,
    cards,
    fits,
    parents,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port

POEMS = (
    "the fog comes\non little cat feet",
    "a gull\nover the grey harbour\nand then\nanother gull",
    "salt",
    "the tide takes back the sand\nand gives it\nto another shore\nwhere nobody\nwaits",
    "one\ntwo\nthree",
    "rain on the roof\nrain on the road",
    "a door of glass\nand behind it\nthe sea",
    "nobody\nsleeps",
)


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio for all of these; each has a bed of its own in it."""
    studio = ForkedStudio(tmp_path_factory.mktemp("layout"), free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture
def bed(shared_studio: Studio, request: pytest.FixtureRequest) -> int:
    """Give a bed of three parents with eight poems of different lengths."""
    id = begin(shared_studio, name=request.node.name, n=8)
    with open_garden(shared_studio.garden) as garden:
        its = garden.beds.get(id)
        garden.save(bred(garden.texts(its.parents), POEMS), bed=its)
    return id


def boxes(page: Page) -> list[dict[str, float]]:
    expect(cards(page)).to_have_count(len(POEMS))
    page.evaluate("document.fonts.ready.then(() => true)")  # another face has other widths
    found: list[dict[str, float]] = page.evaluate(
        """() => [...document.querySelectorAll('[data-card^="now-"]')].map((card) => {
            const { left, top, right, bottom } = card.getBoundingClientRect();
            return { left, top, right, bottom };
        })"""
    )
    return found


@pytest.mark.usefixtures("bed")
@pytest.mark.parametrize(
    ("width", "height", "columns"), [(1440, 900, 3), *slow_cases([(1920, 1080, 4)])]
)
def test_eight_are_in_view_in_columns_without_holes(
    open_page: Open, shared_studio: Studio, width: int, height: int, columns: int
) -> None:
    page = open_page(shared_studio.url, viewport={"width": width, "height": height})
    found = boxes(page)
    bar = page.get_by_role("region", name="Breed").bounding_box()
    assert bar is not None
    assert all(box["bottom"] < bar["y"] for box in found)
    lefts = sorted({box["left"] for box in found})
    assert len(lefts) >= columns
    for left in lefts:
        column = sorted((box for box in found if box["left"] == left), key=lambda box: box["top"])
        gaps = [after["top"] - before["bottom"] for before, after in pairwise(column)]
        assert all(8 < gap < 24 for gap in gaps), gaps


@pytest.mark.slow
@pytest.mark.usefixtures("bed")
def test_what_can_be_done_takes_no_room_and_moves_nothing(
    open_page: Open, shared_studio: Studio
) -> None:
    page = open_page(shared_studio.url)
    before = boxes(page)
    page.keyboard.press("l")
    page.keyboard.press("k")
    expect(card(page, 2).get_by_role("button", name="refine")).to_be_visible()
    assert boxes(page) == before


@pytest.mark.slow
def test_a_reason_that_quotes_a_long_word_stays_on_its_card(
    open_page: Open, shared_studio: Studio
) -> None:
    bed = begin(shared_studio, name="long words")
    with open_garden(shared_studio.garden) as garden:
        brood = bred(garden.texts(garden.beds.get(bed).parents), ["salt"])
        flaw = Flaw(FlawKind.COPY, f"a copy of “{'W' * 60}”")
        offspring = (replace(brood.offspring[0], flaws=(flaw,)),)
        garden.save(replace(brood, offspring=offspring), bed=garden.beds.get(bed))
    page = open_page(shared_studio.url)
    why = card(page, 1).locator(".why")
    expect(why).to_contain_text("a copy of “WWW")
    (around, inner) = (card(page, 1).bounding_box(), why.bounding_box())
    assert around is not None
    assert inner is not None
    assert inner["x"] + inner["width"] < around["x"] + around["width"] - 5


@pytest.mark.slow
@pytest.mark.usefixtures("bed")
def test_down_goes_to_the_card_below_in_its_column(open_page: Open, shared_studio: Studio) -> None:
    page = open_page(shared_studio.url)
    found = boxes(page)
    card(page, 1).focus()
    page.keyboard.press("ArrowDown")
    at = page.evaluate("document.activeElement.dataset.card")
    below = found[int(at.removeprefix("now-"))]
    assert below["left"] == found[0]["left"]
    assert 0 < below["top"] - found[0]["bottom"] < 24
    page.keyboard.press("ArrowUp")
    expect(card(page, 1)).to_be_focused()


@pytest.mark.slow
def test_single_words_are_chips_of_which_dozens_are_in_view(
    open_page: Open, shared_studio: Studio
) -> None:
    words = ["heron", "otter", "wolf", "badger", "gull"] * 10
    asked = {"name": "animals", "kind": "word", "parents": ["cat", "dog"]}
    id = shared_studio.ask("POST", "/api/beds", json=asked).json()["id"]
    with open_garden(shared_studio.garden) as garden:
        its = garden.beds.get(id)
        garden.save(
            bred(garden.texts(its.parents), [f"{w}{n}" for n, w in enumerate(words)]), bed=its
        )
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(50)
    lowest = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("[data-card]")]
            .map((card) => card.getBoundingClientRect().bottom))"""
    )
    assert lowest < 820
    page.keyboard.press("l")
    page.keyboard.press("k")
    expect(card(page, 2)).to_have_accessible_name("Offspring 2 of 50, kept")
    card(page, 3).click()
    page.get_by_role("button", name="parent", exact=True).click()
    expect(parents(page)).to_have_count(3)
    page.keyboard.press("e")
    expect(card(page, 3).get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.set_viewport_size(PHONE)
    fits(page)


@pytest.mark.slow
@pytest.mark.usefixtures("bed")
def test_parents_are_as_compact_as_one_wants(open_page: Open, shared_studio: Studio) -> None:
    texts: list[dict[str, Any]] = bed_of(shared_studio)["parents"]
    change = {"parents": [each["id"] for each in texts]}
    long = shared_studio.ask(
        "POST", "/api/texts", json={"texts": ["first line\nsecond line"]}
    ).json()[0]
    change["parents"].append(long["id"])
    shared_studio.ask("PATCH", f"/api/beds/{bed_of(shared_studio)['id']}", json=change)
    page = open_page(shared_studio.url)
    last = parents(page).last
    expect(last).to_contain_text("second line")
    page.keyboard.press("Shift+L")
    expect(last).not_to_contain_text("second line")
    page.reload()
    expect(last).to_contain_text("first line")
    expect(last).not_to_contain_text("second line")
    last.get_by_role("button", name="Show all of").click()
    expect(last).to_contain_text("second line")
    page.get_by_role("button", name="whole", exact=True).click()
    page.reload()
    expect(last).to_contain_text("second line")


@pytest.mark.slow
@pytest.mark.usefixtures("bed")
def test_at_twice_the_size_the_bar_leaves_room(open_page: Open, shared_studio: Studio) -> None:
    page = open_page(shared_studio.url, viewport={"width": 720, "height": 450})
    expect(cards(page)).to_have_count(8)
    bar = page.get_by_role("region", name="Breed").bounding_box()
    assert bar is not None
    assert bar["height"] < 80
    fits(page)


@pytest.mark.slow
def test_a_brood_that_comes_keeps_room_and_then_shrinks(
    open_page: Open, shared_studio: Studio
) -> None:
    bed = begin(shared_studio, name="shrinks", n=4)
    breed(shared_studio, bed)
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(4)
    room = page.evaluate("getComputedStyle(document.querySelector('[data-card] .poem')).minHeight")
    assert room == "0px"


@pytest.mark.slow
@pytest.mark.usefixtures("bed")
@pytest.mark.parametrize("size", [(390, 844), (820, 1180), (1440, 640), (1440, 900)], ids=str)
def test_a_notice_lies_over_no_card_and_no_button_and_leaves(
    open_page: Open, shared_studio: Studio, size: tuple[int, int]
) -> None:
    page = open_page(shared_studio.url, viewport={"width": size[0], "height": size[1]})
    page.clock.install()
    expect(cards(page)).to_have_count(len(POEMS))
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    card(page, 8).click()
    page.keyboard.press("x")
    expect(card(page, 8)).to_contain_text("ropped")
    page.keyboard.press("z")
    notices = page.get_by_role("region", name="Notices")
    expect(notices).to_contain_text("Undone")
    # What came back may have made the page longer.
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    wait_until(page, lambda: _covered(page) == [])
    page.mouse.move(0, 0)
    card(page, 8).focus()
    page.clock.run_for(11_000)
    expect(notices).to_be_empty()


def _covered(page: Page) -> list[str]:
    """Name the cards and the buttons over which the strip of notices lies."""
    found: list[str] = page.evaluate(
        """() => {
            const strip = document.querySelector(".notices");
            const { left, top, right, bottom } = strip.getBoundingClientRect();
            return [...document.querySelectorAll("[data-card], button, a, input")]
                .filter((each) => !strip.contains(each))
                .map((each) => [each, each.getBoundingClientRect()])
                .filter(([, box]) => box.left < right && box.right > left)
                .filter(([, box]) => box.top < bottom && box.bottom > top)
                .map(([each]) => each.ariaLabel ?? each.textContent);
        }"""
    )
    return found
