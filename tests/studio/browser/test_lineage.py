"""The family of a text: walked with the arrows, read, compared, and bred from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

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


@pytest.mark.slow
def test_the_panel_shows_what_the_edit_changed(page: Page) -> None:
    panel = page.get_by_role("region", name="The text")
    expect(panel.get_by_role("heading", name="What changed")).to_be_visible()
    expect(panel.locator("ins")).to_contain_text("at dawn")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()


@pytest.mark.slow
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


@pytest.mark.slow
def test_only_what_it_came_from_is_shown_when_asked(page: Page) -> None:
    count = page.get_by_role("heading", level=1).locator("xpath=..").get_by_role("paragraph")
    expect(count).to_contain_text("7 texts")
    page.get_by_role("link", name="What it came from").click()
    expect(count).to_contain_text("5 texts")
    page.get_by_role("link", name="What came of it").click()
    expect(count).to_contain_text("3 texts")


@pytest.mark.slow
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


@pytest.mark.slow
def test_without_a_number_it_is_the_family_of_what_was_kept_last(
    open_page: Open, family: tuple[Studio, int, int]
) -> None:
    page = open_page(f"{family[0].url}/lineage")
    expect(page.get_by_role("heading", level=1)).to_contain_text("at dawn")


@pytest.mark.slow
def test_a_round_opens_from_its_pile_in_the_list_and_by_keyboard(page: Page) -> None:
    count = page.get_by_role("heading", level=1).locator("xpath=..").get_by_role("paragraph")
    page.get_by_role("button", name="As a list").click()
    rows = page.get_by_role("main").get_by_role("listitem").filter(has=page.locator(".name"))
    expect(rows).to_have_count(6)
    expect(count).to_contain_text("7 texts")
    page.get_by_role("button", name="and 1 more of its round").click()
    expect(rows).to_have_count(7)
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Whole rounds")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(rows).to_have_count(7)
    page.keyboard.press("a")
    expect(rows).to_have_count(6)
    page.keyboard.press("v")
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Its round is open")).to_be_attached()
    page.keyboard.press("v")
    expect(rows).to_have_count(7)


@pytest.mark.slow
def test_a_pile_opens_by_a_click_on_the_canvas(page: Page) -> None:
    count = page.get_by_role("heading", level=1).locator("xpath=..").get_by_role("paragraph")
    expect(count).to_contain_text("7 texts")
    page.keyboard.press("Escape")  # the panel, so that the canvas is wide
    expect(page.get_by_role("region", name="The text")).to_have_count(0)
    page.mouse.click(*_find_on_canvas(page, "and 1 more of its round"))
    expect(page.get_by_text("Its round is open")).to_be_attached()
    expect(page.get_by_role("region", name="The text")).to_be_visible()
    page.keyboard.press("v")
    expect(
        page.get_by_role("main").get_by_role("listitem").filter(has=page.locator(".name"))
    ).to_have_count(7)


def _find_on_canvas(page: Page, words: str) -> tuple[float, float]:
    """Point at one place of the drawing after the other until the line below it has the words."""
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    below = page.locator(".graph p")
    for y in range(int(box["height"]) - 20, 0, -30):
        for x in range(20, int(box["width"]), 60):
            at = box["x"] + x, box["y"] + y
            page.mouse.move(*at)
            if words in below.inner_text():
                return at
    raise AssertionError(f"Nothing on the canvas says “{words}”.")


@pytest.mark.slow
def test_a_card_of_an_edit_shows_what_it_changed(page: Page) -> None:
    page.keyboard.press("v")
    name = page.get_by_role("main").locator("button.name[aria-current]")
    expect(name.locator("ins")).to_contain_text("at dawn")


@pytest.mark.slow
def test_the_way_to_a_text_is_a_film_by_keys(page: Page) -> None:
    page.keyboard.press("w")
    film = page.get_by_role("dialog", name="The way to")
    expect(film).to_contain_text("1 of 3 steps")
    expect(film.locator(".verse")).to_have_text(POEMS[2])
    page.keyboard.press("ArrowRight")
    expect(film).to_contain_text("2 of 3 steps")
    page.keyboard.press("End")
    expect(film.locator("ins")).to_contain_text("at dawn")
    page.keyboard.press("d")
    expect(film.locator("ins")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(film).to_have_count(0)
    expect(page.get_by_role("application")).to_be_visible()


@pytest.mark.slow
def test_the_way_to_a_text_plays_by_itself_once_it_is_asked_to(page: Page) -> None:
    page.get_by_role("button", name="Its way here").click()
    film = page.get_by_role("dialog", name="The way to")
    expect(film).to_contain_text("1 of 3 steps")
    film.get_by_role("button", name="Play").click()
    expect(film).to_contain_text("3 of 3 steps")
    expect(film.get_by_role("button", name="Play")).to_be_visible()
    film.get_by_role("button", name="1 of 3").click()
    expect(film).to_contain_text("1 of 3 steps")
    page.keyboard.press("Space")
    expect(film.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("Space")
    expect(film.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.slow
def test_the_page_of_a_text_shows_its_way_too(
    open_page: Open, family: tuple[Studio, int, int]
) -> None:
    studio, _, child = family
    page = open_page(f"{studio.url}/texts/{child}")
    expect(page.get_by_role("button", name="Its way here")).to_be_visible()
    page.keyboard.press("w")
    expect(page.get_by_role("dialog", name="The way to")).to_contain_text("1 of 3 steps")


@pytest.mark.slow
def test_a_slow_network_leaves_no_page_blank(
    open_page: Open, family: tuple[Studio, int, int]
) -> None:
    studio, _, child = family
    page = open_page(f"{studio.url}/beds")
    drawing: list[Route] = []
    library: list[Route] = []
    page.route("**/cytoscape*.js", lambda route: drawing.append(route))
    page.route("**/Library*.js", lambda route: library.append(route))
    page.goto(f"{studio.url}/lineage/{child}")
    expect(page.get_by_role("heading", name="at dawn")).to_be_visible()
    expect(page.get_by_text("Drawing the family")).to_be_visible()
    drawing.pop().continue_()
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.get_by_text("Drawing the family")).to_have_count(0)
    page.get_by_role("link", name="Library", exact=True).click()
    expect(page.get_by_text("Opening: Library")).to_be_visible()
    library.pop().continue_()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
