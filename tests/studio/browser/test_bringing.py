"""Pasting and dropping on any page, and taking single texts: seen first, by keys and by pointer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    GULL,
    SALT,
    TIDE,
    ask,
    bed_of,
    begin,
    mark,
    parents,
    tend,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port

PASTED = "a lamp in the fog\n***\ntwo boats\n***\nthe last tern"
DROP = """([target, words, name]) => {
    const carried = new DataTransfer();
    if (name) carried.items.add(new File([words], name, { type: "text/plain" }));
    else carried.setData("text/plain", words);
    const at = document.querySelector(target);
    for (const type of ["dragenter", "dragover", "drop"])
        at.dispatchEvent(new DragEvent(type, {
            dataTransfer: carried, bubbles: true, cancelable: true,
        }));
}"""


@pytest.fixture
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio with a bed of three poems, one of them kept."""
    studio = ForkedStudio(tmp_path_factory.mktemp("bringing"), free_port())
    studio.start()
    bed = begin(studio, GULL, TIDE, SALT)
    mark(studio, bed, "keep", bed_of(studio, bed)["parents"][0])
    yield studio
    studio.kill()


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def inside(page: Page) -> Locator:
    return dialog(page).get_by_role("region", name="What is in it")


def paste(page: Page, words: str) -> None:
    page.evaluate("words => navigator.clipboard.writeText(words)", words)
    page.keyboard.press("Control+V")


@pytest.mark.slow
def test_poems_are_pasted_on_a_page_and_parted_by_what_stands_between_them(
    open_page: Open, studio: Studio
) -> None:
    page = open_page(f"{studio.url}/beds")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    paste(page, PASTED)
    # The rule between them is found, and may be said to be none.
    expect(inside(page).get_by_role("listitem")).to_have_text(PASTED.split("\n***\n"))
    between = dialog(page).get_by_label("Between the texts stands")
    between.select_option(label="a line of three hyphens")
    expect(inside(page)).to_contain_text("1 text")
    between.select_option(label="a line of three stars")
    expect(inside(page).get_by_role("listitem")).to_have_text(PASTED.split("\n***\n"))
    dialog(page).get_by_label("Whose they are").fill("Ada")
    dialog(page).get_by_label("They go").select_option(label="into the library")
    bring = dialog(page).get_by_role("button", name="Bring in 3 texts")
    expect(bring).to_be_enabled()
    bring.press("Enter")
    expect(dialog(page)).to_have_count(0)
    (found,) = ask(studio, "/api/texts?words=lamp")
    assert found["by"].startswith("Ada")
    assert found["origin"]["source"]["title"] == ""


@pytest.mark.slow
def test_words_between_which_something_else_stands(open_page: Open, studio: Studio) -> None:
    page = open_page(f"{studio.url}/library")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    paste(page, "one\n~~~\ntwo")
    dialog(page).get_by_label("Between the texts stands").select_option(
        label="a line of something else"
    )
    between = dialog(page).get_by_label("The line between them")
    between.fill("~~~")
    between.press("Tab")
    expect(inside(page).get_by_role("listitem")).to_have_text(["one", "two"])


def test_a_file_that_is_dropped_becomes_parents_and_is_taken_back(
    open_page: Open, studio: Studio
) -> None:
    page = open_page(studio.url)
    expect(parents(page)).to_have_count(3)
    page.evaluate(DROP, ["main", "a lamp\n---\ntwo boats\n", "found.txt"])
    expect(inside(page)).to_contain_text("2 texts")
    expect(dialog(page).get_by_label("They go")).to_have_value("parents")
    dialog(page).get_by_role("button", name="Bring in 2 texts").click()
    expect(parents(page)).to_have_count(5)
    page.get_by_role("region", name="Notices").get_by_role("button", name="Undo").click()
    expect(parents(page)).to_have_count(3)


def test_many_poems_are_brought_in_by_keys_alone(open_page: Open, studio: Studio) -> None:
    page = open_page(studio.url)
    expect(parents(page)).to_have_count(3)
    poems = [f"a lamp in the fog, {number}\nand no boat" for number in range(24)]
    paste(page, "\n---\n".join(poems[:12]))
    expect(inside(page)).to_contain_text("12 texts")
    page.keyboard.press("Enter")
    expect(parents(page)).to_have_count(15)
    page.keyboard.press("n")
    paste(page, "\n\n".join(poems[12:]))
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    expect(parents(page)).to_have_count(27)
    stored = bed_of(studio)["parents"]
    assert [each["content"] for each in stored[3:]] == poems


@pytest.mark.slow
def test_words_that_are_dropped_begin_a_bed(open_page: Open, studio: Studio) -> None:
    page = open_page(f"{studio.url}/library")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.evaluate(DROP, ["main", "a lamp\n---\ntwo boats", ""])
    dialog(page).get_by_label("They go").select_option(label="into a new bed")
    dialog(page).get_by_role("button", name="Bring in 2 texts").click()
    expect(page.get_by_role("heading", name="pasted", level=1)).to_be_visible()
    expect(parents(page)).to_have_count(2)


@pytest.mark.slow
def test_more_than_are_shown_become_parents_of_a_bed_that_is_there(
    open_page: Open, studio: Studio
) -> None:
    other = begin(studio, "a lamp", name="other")
    tend(studio, 1)
    page = open_page(studio.url)
    expect(parents(page)).not_to_have_count(0)
    many = "\n".join(f"line {number} of the sea" for number in range(130))
    page.evaluate(DROP, ["main", "a column,mine\n" + many.replace("\n", ",x\n"), "many.csv"])
    column = dialog(page).get_by_label("Column with the texts")
    column.fill("a column")
    dialog(page).get_by_label("They go").select_option(label="into the bed “other”")
    column.fill("a column")
    dialog(page).get_by_role("button", name="Bring in").click()  # right after what was typed
    expect(page.get_by_role("heading", name="other", level=1)).to_be_visible()
    expect(page.get_by_text("They are parents of “other”.")).to_be_visible()
    assert len(bed_of(studio, other)["parents"]) == 131
    page.get_by_role("region", name="Notices").get_by_role("button", name="Undo").click()
    wait_until(page, lambda: len(bed_of(studio, other)["parents"]) == 1)


@pytest.mark.slow
def test_what_is_typed_into_a_field_stays_there(open_page: Open, studio: Studio) -> None:
    page = open_page(f"{studio.url}/library")
    field = page.get_by_role("searchbox")
    field.focus()
    paste(page, "lamp")
    expect(field).to_have_value("lamp")
    expect(dialog(page)).to_have_count(0)


@pytest.mark.slow
def test_single_texts_are_taken_kept_ones_and_found_ones(open_page: Open, studio: Studio) -> None:
    page = open_page(studio.url)
    expect(parents(page)).to_have_count(3)
    page.keyboard.press("t")
    dialog(page).get_by_label("single texts").check()
    poems = dialog(page).get_by_role("list", name="Texts to take")
    expect(poems.get_by_role("listitem")).to_have_count(1)
    poems.get_by_role("checkbox").first.check()
    dialog(page).get_by_label("From").select_option("of:imagists")
    expect(poems.get_by_role("listitem").nth(3)).to_be_visible()
    dialog(page).get_by_label("With the words").fill("cat feet")
    expect(poems.get_by_role("listitem")).to_have_count(1)
    poems.get_by_role("checkbox").press("Space")
    dialog(page).get_by_label("in place of the parents").check()
    dialog(page).get_by_role("button", name="Take them instead").click()
    expect(parents(page)).to_have_count(2)
    expect(parents(page).first).to_contain_text(GULL)
    expect(parents(page).last).to_contain_text("cat feet")
    page.keyboard.press("z")
    expect(parents(page)).to_have_count(3)
