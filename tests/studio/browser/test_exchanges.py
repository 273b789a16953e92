"""Other parents in place of those that the last broods repeat, as a person sees and takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from flourishing.app.fresh_parents import MOST_PARENTS
from tests.models.server import Server
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import (
    bed_of,
    begin,
    breed,
    cards,
    fits,
    mark,
    parents,
    repeat,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port

PARENTS = (
    "the harbour lamps are lit again and the boats come in",
    "a crow walks over the frozen field at noon",
    "my mother folds the letters into the drawer",
    "green rain falls upon the roofs of the town",
)
NONE = "The last broods repeat none of the parents."


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio for all of these; each has a bed of its own in it."""
    studio = ForkedStudio(tmp_path_factory.mktemp("shared"), free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture
def bed(shared_studio: Studio, request: pytest.FixtureRequest) -> int:
    """Give a bed of four parents, whose only brood repeats the first two."""
    bed = begin(shared_studio, *PARENTS, name=request.node.name)
    repeat(shared_studio, bed)
    return bed


def contents(studio: Studio, bed: int) -> list[str]:
    return [text["content"] for text in bed_of(studio, bed)["parents"]]


def exchanges(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Fresh parents").get_by_role("checkbox")


@pytest.mark.slow
def test_by_keys_one_is_exchanged_the_other_left_and_it_is_undone(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(3)
    page.keyboard.press("f")
    expect(exchanges(page)).to_have_count(2)
    for each in exchanges(page).all():
        expect(each).to_be_checked()
    assert contents(shared_studio, bed) == list(PARENTS)
    exchanges(page).first.focus()
    goes = exchanges(page).last.get_attribute("value")
    page.keyboard.press("Space")
    expect(exchanges(page).first).not_to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("1 parent exchanged.")).to_be_visible()
    after = bed_of(shared_studio, bed)["parents"]
    assert goes not in {str(text["id"]) for text in after}
    assert after[0]["content"] not in PARENTS
    assert [text["content"] for text in after[2:]] == list(PARENTS[2:])
    expect(parents(page).first).to_contain_text(after[0]["content"].split()[0])
    page.keyboard.press("z")
    expect(page.locator("[aria-live=polite]").filter(has_text="Undone: made ")).to_have_count(1)
    assert contents(shared_studio, bed) == list(PARENTS)


@pytest.mark.slow
def test_by_pointer_all_are_exchanged_and_the_notice_takes_it_back(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    page = open_page(shared_studio.url)
    page.get_by_role("button", name="Fresh parents…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("of the words of the last 2 broods")).to_have_count(2)
    expect(dialog.get_by_text("This goes")).to_have_count(2)
    expect(dialog.get_by_text(PARENTS[0], exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Exchange").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("2 parents exchanged.")).to_be_visible()
    assert not {*PARENTS[:2]} & {*contents(shared_studio, bed)}
    page.get_by_role("button", name="Undo", exact=True).last.click()
    wait_until(page, lambda: contents(shared_studio, bed) == list(PARENTS))
    expect(parents(page).first).to_contain_text(PARENTS[0])


@pytest.mark.slow
def test_they_can_be_left(open_page: Open, shared_studio: Studio, bed: int) -> None:
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(3)
    page.keyboard.press("f")
    go = page.get_by_role("dialog").get_by_role("button", name="Exchange")
    expect(exchanges(page)).to_have_count(2)
    for each in exchanges(page).all():
        each.uncheck()
    expect(go).to_be_disabled()
    page.get_by_role("button", name="Leave it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert contents(shared_studio, bed) == list(PARENTS)


@pytest.mark.slow
def test_while_texts_are_embedded_it_says_so(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(3)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/exchanges", hold)
    page.reload()  # a page that is there already may ask past what holds its questions
    expect(cards(page)).to_have_count(3)
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Looking for other parents")).to_be_visible()
    expect(dialog.get_by_text("the texts of the library are embedded")).to_be_visible()
    expect(dialog.get_by_role("button", name="Exchange")).to_be_disabled()
    wait_until(page, lambda: held)
    held[0].continue_()
    expect(exchanges(page)).to_have_count(2)


@pytest.mark.slow
def test_where_nothing_is_repeated_it_says_so(open_page: Open, shared_studio: Studio) -> None:
    begin(shared_studio, *PARENTS, name="nothing repeated")
    page = open_page(shared_studio.url)
    expect(parents(page)).to_have_count(4)
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(NONE)).to_be_visible()
    expect(dialog.get_by_role("button", name="Exchange")).to_have_count(0)


@pytest.mark.slow
def test_a_model_without_embeddings_says_so(
    open_page: Open, tmp_path: Path, talkers: Server
) -> None:
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('good')}#m")
    studio.start()
    try:
        repeat(studio, begin(studio, *PARENTS))
        page = open_page(studio.url)
        page.locator("#parents").get_by_role("button", name="Fresh parents…").click()
        expect(page.get_by_text("gives no embeddings")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
    finally:
        studio.kill()


@pytest.mark.slow
def test_too_many_parents_are_named_in_their_panel(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    page = open_page(shared_studio.url)
    notice = page.get_by_role("complementary").get_by_text(f"Beyond {MOST_PARENTS}")
    expect(parents(page)).to_have_count(4)
    expect(notice).to_have_count(0)
    texts = [f"text {number}" for number in range(MOST_PARENTS)]
    shared_studio.ask("POST", "/api/texts", json={"texts": texts, "bed": bed})
    expect(notice).to_be_visible()


@pytest.mark.slow
def test_on_a_phone_the_dialog_fits(open_page: Open, shared_studio: Studio, bed: int) -> None:
    page = open_page(shared_studio.url, viewport=PHONE)
    page.get_by_role("button", name="4 parents").click()
    page.locator("#parents").get_by_role("button", name="Fresh parents…").click()
    expect(exchanges(page)).to_have_count(2)
    fits(page)
    box = exchanges(page).first.locator("xpath=ancestor::li").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]


@pytest.mark.slow
def test_a_single_round_that_repeats_is_said_in_words_alone(
    open_page: Open, shared_studio: Studio
) -> None:
    repeat(shared_studio, begin(shared_studio, name="a single round"))
    page = open_page(shared_studio.url)
    expect(page.get_by_text(re.compile("^The last round repeats: "))).to_be_visible()
    expect(page.get_by_role("list", name="Kept by round")).to_have_count(0)


@pytest.mark.slow
def test_the_rounds_say_that_the_last_one_repeats_and_lead_to_other_parents(
    open_page: Open, shared_studio: Studio
) -> None:
    bed = begin(shared_studio, name="rounds")
    breed(shared_studio, bed)
    mark(shared_studio, bed, "keep", bed_of(shared_studio, bed)["shown"][0])
    repeat(shared_studio, bed)
    page = open_page(shared_studio.url)
    rounds = page.get_by_role("list", name="Kept by round").get_by_role("button")
    expect(rounds).to_have_count(2)
    expect(rounds.first).to_have_accessible_name(re.compile(r"^Round 1, .*: 1 of 3 kept"))
    expect(rounds.last).to_have_accessible_name(re.compile(r"0 of 3 kept; .* parents already$"))
    expect(page.get_by_text("1 text kept in 2 rounds")).to_be_visible()
    rounds.first.press("Space")
    expect(page.locator(":focus")).to_have_attribute("data-card", re.compile(r"^\d+-0$"))
    page.get_by_role("button", name="Fresh parents…").last.click()
    expect(page.get_by_role("dialog").get_by_role("checkbox").first).to_be_visible()
