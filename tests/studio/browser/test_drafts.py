"""No typed word is lost: it outlasts Esc, a reload, another tab and a closed browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    bed_of,
    begin,
    breed,
    card,
    cards,
    parents,
    put_under_work,
    wait_until,
)
from tests.studio.conftest import TOKEN, ForkedStudio, Studio, free_port

TYPED = "the red moon\nover the harbour"


@pytest.fixture(scope="module")
def drafted_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio in which each test has a bed of its own."""
    studio = ForkedStudio(tmp_path_factory.mktemp("drafted"), free_port())
    studio.start()
    yield studio
    studio.kill()


@dataclass(frozen=True, slots=True)
class Field:
    """A field in which a person writes, and the way to it."""

    path: str
    open: Callable[[Page], object]
    field: Callable[[Page], Locator]
    typed: str = TYPED
    refining: bool = False


def _edit(page: Page) -> None:
    expect(card(page, 2)).to_be_visible()
    card(page, 2).focus()
    page.keyboard.press("e")


def _write_parents(page: Page) -> None:
    expect(parents(page)).not_to_have_count(0)
    page.keyboard.press("n")


def _write_prompt(page: Page) -> None:
    expect(parents(page)).not_to_have_count(0)
    page.keyboard.press("v")
    dialog = page.get_by_role("dialog")
    write = dialog.get_by_role("button", name="Write it myself")
    go_on = dialog.get_by_role("button", name="Go on with what you wrote")
    write.or_(go_on).click()


def _begin_bed(page: Page) -> None:
    page.keyboard.press("n")
    page.get_by_role("dialog").get_by_role("radio", name="From what I write").check()


def _begin_run(page: Page) -> None:
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    page.keyboard.press("n")
    page.get_by_label("It begins with").select_option("texts")


def _try_two(page: Page) -> None:
    expect(page.get_by_role("heading", name="Models", level=1)).to_be_visible()
    page.keyboard.press("t")
    # The prompt of the bed comes once the model is there; what is typed stands before it.
    expect(page.get_by_label("The prompt, exactly")).not_to_have_value("")


FIELDS = {
    "an edit": Field("/", _edit, lambda page: card(page, 2).get_by_role("textbox")),
    "new parents": Field(
        "/",
        _write_parents,
        lambda page: page.get_by_role("dialog").get_by_role("textbox"),
    ),
    "start words": Field(
        "/", lambda _: None, lambda page: page.locator("#start-words"), typed="the red m"
    ),
    "the prompt": Field(
        "/",
        _write_prompt,
        lambda page: page.get_by_role("textbox", name="The prompt, written by you"),
    ),
    "the search": Field(
        "/library", lambda _: None, lambda page: page.locator("#search-words"), typed="harbour"
    ),
    "a text of one's own": Field(
        "/refine", lambda _: None, lambda page: page.locator("#refine-own")
    ),
    "an edit of a version": Field(
        "/refine",
        lambda page: page.get_by_role("article").get_by_role("button", name="Edit").first.click(),
        lambda page: page.get_by_role("textbox", name="Version 1"),
        refining=True,
    ),
    "texts of a new bed": Field("/beds", _begin_bed, lambda page: page.get_by_label("Texts, with")),
    "texts of a new run": Field("/runs", _begin_run, lambda page: page.get_by_label("Texts, with")),
    "a prompt for two models": Field(
        "/models", _try_two, lambda page: page.get_by_label("The prompt, exactly")
    ),
}


@pytest.mark.parametrize(
    "field",
    [
        pytest.param(field, id=name, marks=[] if name == "an edit" else [pytest.mark.slow])
        for name, field in FIELDS.items()
    ],
)
def test_what_was_typed_is_there_again(
    open_page: Open, drafted_studio: Studio, request: pytest.FixtureRequest, field: Field
) -> None:
    bed = begin(drafted_studio, name=request.node.name)
    texts = breed(drafted_studio, bed)
    if field.refining:
        put_under_work(drafted_studio, bed, texts[0])
    address = drafted_studio.url + field.path
    page = open_page(address)
    field.open(page)
    field.field(page).fill(field.typed)
    page.reload()
    field.open(page)
    expect(field.field(page)).to_have_value(field.typed)
    other = page.context.new_page()
    other.goto(address)
    field.open(other)
    expect(field.field(other)).to_have_value(field.typed)
    other.close()
    page.goto("about:blank")
    # A browser that is closed and opened again has what its profile stored, and a new session.
    state = page.context.storage_state()
    again = open_page(address, storage_state=state)
    field.open(again)
    expect(field.field(again)).to_have_value(field.typed)


@pytest.mark.slow
def test_esc_leaves_an_edit_and_the_card_leads_back_to_it(
    open_page: Open, drafted_studio: Studio
) -> None:
    bed = begin(drafted_studio, name="esc")
    breed(drafted_studio, bed)
    page = open_page(drafted_studio.url)
    _edit(page)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("the red moon")
    page.keyboard.press("Escape")
    expect(card(page, 2).get_by_role("textbox")).to_have_count(0)
    expect(card(page, 2)).to_contain_text("An edit is begun")
    card(page, 2).get_by_role("button", name="Go on").click()
    expect(card(page, 2).get_by_role("textbox")).to_have_value("the red moon")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(card(page, 2)).to_contain_text("the red moon")
    expect(page.get_by_text("An edit is begun")).to_have_count(0)
    wait_until(page, lambda: bed_of(drafted_studio, bed)["shown"][1]["content"] == "the red moon")


@pytest.mark.slow
def test_texts_for_a_bed_outlast_one_that_begins_otherwise(
    open_page: Open, drafted_studio: Studio
) -> None:
    page = open_page(f"{drafted_studio.url}/beds")
    expect(page.get_by_role("heading", name="Beds", level=1)).to_be_visible()
    dialog = page.get_by_role("dialog", name="A new bed")
    _begin_bed(page)
    dialog.get_by_label("Texts, with").fill(TYPED)
    dialog.get_by_role("radio", name="From the library").check()
    dialog.get_by_role("button", name="Begin").click()
    expect(parents(page)).not_to_have_count(0)
    page.goto(f"{drafted_studio.url}/beds")
    expect(page.get_by_role("heading", name="Beds", level=1)).to_be_visible()
    page.keyboard.press("n")
    # It is in sight at once: a bed from what was written is what was begun.
    expect(dialog.get_by_label("Texts, with")).to_have_value(TYPED)
    dialog.get_by_label("Texts, with").press("ControlOrMeta+Enter")
    expect(parents(page)).to_have_text([re.compile("the red moon")])


@pytest.mark.slow
def test_what_is_thrown_away_is_brought_back(open_page: Open, drafted_studio: Studio) -> None:
    bed = begin(drafted_studio, name="thrown")
    breed(drafted_studio, bed)
    page = open_page(drafted_studio.url)
    _edit(page)
    page.keyboard.type(" and more")
    page.keyboard.press("Escape")
    card(page, 2).get_by_role("button", name="Throw the draft away").click()
    expect(page.get_by_text("An edit is begun")).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(card(page, 2)).to_contain_text("An edit is begun")


@pytest.mark.slow
def test_an_edit_goes_on_upon_the_page_of_its_text(open_page: Open, drafted_studio: Studio) -> None:
    bed = begin(drafted_studio, name="page of its text")
    texts = breed(drafted_studio, bed)
    page = open_page(drafted_studio.url)
    _edit(page)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("begun on the card")
    page.keyboard.press("Escape")
    page.goto(f"{drafted_studio.url}/texts/{texts[1]['id']}?edit")
    expect(page.get_by_role("textbox", name="The text")).to_have_value("begun on the card")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text("begun on the card").first).to_be_visible()
    expect(page.get_by_text("An edit is begun")).to_have_count(0)


@pytest.mark.slow
def test_a_killed_studio_costs_no_word(
    open_page: Open, tmp_path_factory: pytest.TempPathFactory
) -> None:
    studio = ForkedStudio(tmp_path_factory.mktemp("killed"), free_port())
    studio.start()
    bed = begin(studio, name="killed")
    breed(studio, bed)
    page = open_page(studio.url)
    _edit(page)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("typed while it died")
    studio.kill()
    page.keyboard.type(", and after")
    studio.start()
    page.context.request.get(f"{studio.url}/?token={TOKEN}", headers={"Accept": "text/html"})
    page.goto(studio.url)
    _edit(page)
    expect(card(page, 2).get_by_role("textbox")).to_have_value("typed while it died, and after")
    studio.kill()


@pytest.mark.slow
def test_the_search_is_cleared_and_brought_back(open_page: Open, drafted_studio: Studio) -> None:
    page = open_page(f"{drafted_studio.url}/library")
    page.locator("#search-words").fill("gull")
    page.keyboard.press("Escape")
    expect(page.locator("#search-words")).to_have_value("gull")
    page.get_by_role("button", name="All texts", exact=True).click()
    expect(page.locator("#search-words")).to_have_value("")
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(page.locator("#search-words")).to_have_value("gull")


@pytest.mark.slow
def test_pasting_again_adds_to_what_was_pasted(open_page: Open, drafted_studio: Studio) -> None:
    begin(drafted_studio, name="pasted")
    page = open_page(drafted_studio.url)
    expect(parents(page)).not_to_have_count(0)
    page.evaluate("navigator.clipboard.writeText('a gull')")
    page.keyboard.press("ControlOrMeta+v")
    pasted = page.get_by_role("dialog", name="Bring in what you pasted")
    inside = pasted.get_by_role("region", name="What is in it").get_by_role("listitem")
    expect(inside).to_have_text(["a gull"])
    page.keyboard.press("Escape")
    expect(pasted).to_have_count(0)
    page.evaluate("navigator.clipboard.writeText('the tide')")
    page.keyboard.press("ControlOrMeta+v")
    expect(inside).to_have_text(["a gull", "the tide"])
    before = parents(page).count()
    page.keyboard.press("Enter")
    expect(parents(page)).to_have_count(before + 2)
    page.evaluate("navigator.clipboard.writeText('salt')")
    page.keyboard.press("ControlOrMeta+v")
    expect(inside).to_have_text(["salt"])
    pasted.get_by_role("button", name="Throw away").click()
    expect(inside).to_have_count(0)


@pytest.mark.slow
def test_a_number_goes_to_its_card_and_letters_mean_that_card(
    open_page: Open, drafted_studio: Studio
) -> None:
    bed = begin(drafted_studio, name="numbers")
    breed(drafted_studio, bed)
    page = open_page(drafted_studio.url)
    expect(cards(page)).to_have_count(3)
    card(page, 1).focus()
    page.keyboard.press("3")
    expect(card(page, 3)).to_be_focused()
    expect(card(page, 3)).to_contain_text("a parent now: ")
    page.keyboard.press("k")
    expect(card(page, 3)).to_contain_text("kept: ")
    page.keyboard.press("Shift+Digit2")
    expect(card(page, 2)).to_be_focused()
    expect(card(page, 2)).to_contain_text("kept: ")
    shown = bed_of(drafted_studio, bed)["shown"]
    assert ["keep" in text["marks"] for text in shown] == [False, True, True]
    page.keyboard.press("3")
    expect(card(page, 3)).to_contain_text("no longer a parent: ")


@pytest.mark.slow
def test_enter_breeds_also_from_a_button_that_was_pressed(
    open_page: Open, drafted_studio: Studio
) -> None:
    bed = begin(drafted_studio, name="enter")
    breed(drafted_studio, bed)
    page = open_page(drafted_studio.url)
    expect(cards(page)).to_have_count(3)
    card(page, 1).get_by_role("button", name="keep").click()
    expect(card(page, 1)).to_contain_text("kept: ")
    before = bed_of(drafted_studio, bed)["brood"]["id"]
    page.keyboard.press("Enter")
    wait_until(page, lambda: (bed_of(drafted_studio, bed)["brood"] or {}).get("id") != before)


@pytest.mark.slow
def test_on_refine_a_number_goes_to_its_candidate_too(
    open_page: Open, drafted_studio: Studio
) -> None:
    bed = begin(drafted_studio, name="refine numbers")
    put_under_work(drafted_studio, bed, breed(drafted_studio, bed)[0])
    breed(drafted_studio, bed)
    page = open_page(f"{drafted_studio.url}/refine")
    third = page.get_by_role("article", name="Candidate 3")
    expect(third).to_be_visible()
    page.keyboard.press("Shift+Digit3")
    expect(third).to_be_focused()
    expect(third).to_contain_text("kept: ")
    page.keyboard.press("m")
    expect(page.get_by_role("heading", name="refine numbers", level=1)).to_be_visible()
    wait_until(page, lambda: bed_of(drafted_studio, bed)["parents"][-1]["marks"] == ["keep"])
