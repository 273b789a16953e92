"""Accepting: the poem large on a page of its own, and nothing else of the bed changed by it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    ask,
    bed_of,
    begin,
    breed,
    cards,
    fits,
    parents,
    put_under_work,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio for all of these; each has a bed of its own in it."""
    studio = ForkedStudio(tmp_path_factory.mktemp("finished"), free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture
def page(open_page: Open, shared_studio: Studio, request: pytest.FixtureRequest) -> Page:
    """Give the page on which a text of two versions was just accepted by its key."""
    bed = begin(shared_studio, name=request.node.name)
    put_under_work(shared_studio, bed, bed_of(shared_studio, bed)["parents"][0])
    breed(shared_studio, bed)
    page = open_page(f"{shared_studio.url}/refine")
    expect(page.locator('[data-spot="candidate-0"]')).to_be_visible()
    page.keyboard.press("1")
    wait_until(page, lambda: len(bed_of(shared_studio)["chain"]) == 2)
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Finished.")).to_be_visible()
    return page


def title_of(page: Page, studio: Studio) -> str:
    return str(ask(studio, f"/api/texts/{page.url.rpartition('/')[2]}")["named"])


@pytest.mark.slow
def test_by_keys_it_gets_a_title_and_is_bred_from_beside_the_parents(
    page: Page, shared_studio: Studio
) -> None:
    before = [text["id"] for text in bed_of(shared_studio)["parents"]]
    assert len(before) == 3
    page.keyboard.press("t")
    page.keyboard.type("Fog over Thebes")
    page.keyboard.press("Enter")
    wait_until(page, lambda: title_of(page, shared_studio) == "Fog over Thebes")
    expect(page.get_by_text("Its 2 versions")).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Fog over Thebes")
    finished = int(page.url.rpartition("/")[2])
    page.keyboard.press("c")
    expect(page.get_by_text("Copied.").first).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Fog over Thebes\n\n")
    page.keyboard.press("Enter")
    expect(parents(page)).to_have_count(4)
    wait_until(
        page,
        lambda: [each["id"] for each in bed_of(shared_studio)["parents"]] == [*before, finished],
    )


@pytest.mark.slow
def test_by_pointer_it_becomes_a_parent_is_printed_and_undone(
    page: Page, shared_studio: Studio
) -> None:
    page.evaluate("window.print = () => (window.printed = true)")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("link", name="Library")).to_be_hidden()
    expect(page.locator(".poem")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Parent", exact=True).click()
    wait_until(page, lambda: len(bed_of(shared_studio)["parents"]) == 4)
    page.get_by_role("button", name="Undo").click()
    wait_until(page, lambda: len(bed_of(shared_studio)["parents"]) == 3)
    page.get_by_role("textbox", name="Title").fill("Gulls")
    page.get_by_role("heading", name="Finished.").click()
    wait_until(page, lambda: title_of(page, shared_studio) == "Gulls")
    page.keyboard.press("z")
    wait_until(page, lambda: title_of(page, shared_studio) == "")
    expect(page.get_by_role("textbox", name="Title")).to_have_value("")
    page.keyboard.press("z")
    expect(page.get_by_role("heading", name="Under work")).to_be_visible()
    assert len(bed_of(shared_studio)["chain"]) == 2


@pytest.mark.slow
def test_its_heading_has_the_focus_and_its_title_stands_wherever_it_is_read(
    page: Page, shared_studio: Studio
) -> None:
    expect(page.get_by_role("heading", name="Finished.")).to_be_focused()
    page.keyboard.press("t")
    page.keyboard.type("Mist over Corinth")
    page.keyboard.press("Enter")
    wait_until(page, lambda: title_of(page, shared_studio) == "Mist over Corinth")
    page.keyboard.press("o")
    expect(page.get_by_text("Where it came from")).to_be_visible()
    expect(page.locator(".large .named")).to_have_text("Mist over Corinth")
    page.goto(f"{shared_studio.url}/library")
    page.locator("#search-words").fill("corinth")
    expect(page.locator("article.poem")).to_have_count(1)
    expect(page.locator("article.poem .named")).to_have_text("Mist over Corinth")


@pytest.mark.slow
def test_a_title_that_was_begun_outlasts_a_reload(page: Page) -> None:
    page.keyboard.press("t")
    page.keyboard.type("Half a ti")
    page.reload()
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Half a ti")


@pytest.mark.slow
def test_it_fits_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".poem")).to_be_visible()
    fits(page)


@pytest.mark.slow
def test_a_text_that_is_not_there_is_said_to_be_missing(
    open_page: Open, shared_studio: Studio
) -> None:
    page = open_page(f"{shared_studio.url}/finished/99999")
    expect(page.get_by_role("heading", name="No such text")).to_be_attached()


@pytest.mark.slow
def test_drafts_made_worse_stand_among_candidates_alone(
    open_page: Open, shared_studio: Studio
) -> None:
    bed = begin(shared_studio, name="worse")
    (first, *_) = breed(shared_studio, bed)
    put_under_work(shared_studio, bed, first)
    worse = breed(shared_studio, bed, operation="worsened")
    words = worse[0]["content"].split("\n")[0]
    page = open_page(f"{shared_studio.url}/refine")
    expect(page.locator('[data-spot="candidate-0"]')).to_be_visible()
    page.goto(shared_studio.url)
    expect(page.get_by_text("Bred from 3 parents")).to_be_visible()
    expect(cards(page)).to_have_count(0)
    expect(page.get_by_text(words)).to_have_count(0)
    page.goto(f"{shared_studio.url}/refine")
    expect(page.locator('[data-spot="candidate-0"]')).to_be_visible()
    page.keyboard.press("q")
    page.goto(f"{shared_studio.url}/refine")
    expect(page.get_by_role("heading", name="The parents")).to_be_visible()
    expect(page.get_by_text(words)).to_have_count(0)


@pytest.mark.slow
def test_it_can_be_shared_as_a_picture(page: Page) -> None:
    page.get_by_role("button", name="Picture").click()
    dialog = page.get_by_role("dialog", name="Share")
    expect(dialog.get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("Shift+s")
    expect(dialog.get_by_role("img")).to_be_visible()
