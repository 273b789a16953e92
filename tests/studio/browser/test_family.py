"""A family as a graph and as a list: the same texts in both, and in the file that is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    ask,
    bed_of,
    begin,
    breed,
    change,
    edit,
    grow,
    parents,
    prompt_of,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port

OWL, HILL, MOON = "an owl in the barn", "mist over the hill", "the moon is late"


@dataclass(frozen=True, slots=True)
class Family:
    """A studio, and in it a text bred from three, and a person's edit of that."""

    studio: Studio
    bred: int
    edited: int

    @property
    def all(self) -> list[dict[str, Any]]:
        texts: list[dict[str, Any]] = ask(self.studio, f"/api/texts/{self.edited}/family")["texts"]
        return texts


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Family]:
    studio = ForkedStudio(tmp_path_factory.mktemp("family"), free_port())
    studio.start()
    bed = begin(studio, OWL, HILL, MOON, n=1)
    (bred,) = breed(studio, bed, start="once")
    edited = edit(studio, bed, bred, f"{bred['content']}\nat dawn")
    change(studio, bed, parents=[edited])
    breed(studio, bed, start="and then")
    yield Family(studio, bred["id"], edited)
    studio.kill()


@pytest.fixture
def page(open_page: Open, family: Family) -> Page:
    page = open_page(f"{family.studio.url}/lineage/{family.edited}")
    expect(panel(page)).to_contain_text("at dawn")
    expect(page.get_by_role("application").locator("canvas").first).to_be_visible()
    return page


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="The text", exact=True)


@pytest.mark.slow
def test_the_list_has_every_text_of_the_graph(page: Page, family: Family) -> None:
    page.keyboard.press("v")
    expect(page.get_by_role("application")).to_have_count(0)
    told = page.locator('main li[id^="relative-"]')
    expect(told).to_have_count(len(family.all))
    assert len(family.all) == 6
    for text in family.all:
        one = page.locator(f"#relative-{text['id']}")
        # Of an edit only what differs, where its first line is long.
        words = "at dawn" if text["id"] == family.edited else text["name"]
        expect(one.get_by_role("button").first).to_contain_text(words)
    bred = page.locator(f"#relative-{family.bred}")
    expect(bred.get_by_role("paragraph")).to_contain_text(f"from {OWL}; {HILL}; {MOON}")
    expect(page.locator(f"#relative-{family.edited}")).to_contain_text("the text itself")
    page.keyboard.press("v")
    expect(page.get_by_role("application").locator("canvas").first).to_be_visible()


@pytest.mark.slow
def test_the_arrows_go_down_again_the_way_they_went_up(page: Page) -> None:
    for key, words in (
        ("ArrowUp", "once"),
        ("ArrowUp", MOON),
        ("j", HILL),
        ("j", OWL),
        ("l", HILL),
        ("ArrowDown", "once"),
        ("Home", "at dawn"),
        ("ArrowDown", "and then"),
    ):
        page.keyboard.press(key)
        expect(panel(page).get_by_role("paragraph").first).to_contain_text(words)


@pytest.mark.slow
def test_a_letter_right_after_an_arrow_is_heard(page: Page, family: Family) -> None:
    page.keyboard.press("ArrowUp")
    page.keyboard.press("c")
    expect(page.get_by_role("region", name="Notices")).to_contain_text("Copied.")
    content = ask(family.studio, f"/api/texts/{family.bred}")["content"]
    assert page.evaluate("navigator.clipboard.readText()") == content

    page.keyboard.press("ArrowUp")
    page.keyboard.press("m")
    ways = page.get_by_role("dialog", name="Breed from here").get_by_role("button")
    expect(ways.filter(has_text="A new bed, with it alone")).to_be_visible()
    # The one that the arrow came to was written; the one before it had parents.
    expect(ways.filter(has_text="with its parents")).to_have_count(0)


@pytest.mark.slow
def test_a_text_is_compared_with_each_of_its_parents(page: Page, family: Family) -> None:
    page.keyboard.press("ArrowUp")
    beside = panel(page).get_by_role("group").filter(has=page.locator("summary"))
    expect(beside).to_have_count(3)
    expect(beside.first).to_contain_text(MOON)
    expect(beside.first.locator("ins").first).to_be_visible()
    expect(beside.last.locator("ins")).to_have_count(0)
    beside.last.get_by_text(OWL).click()
    expect(beside.last.locator("ins").first).to_be_visible()


@pytest.mark.slow
def test_a_new_bed_has_the_parents_and_the_text_as_the_best(page: Page, family: Family) -> None:
    page.keyboard.press("ArrowUp")
    expect(panel(page).get_by_role("paragraph").first).to_contain_text("once")
    expect(panel(page)).to_have_attribute("aria-busy", "false")
    beds = len(ask(family.studio, "/api/beds"))
    panel(page).get_by_role("button", name="Breed from here").click()
    page.get_by_role("dialog").get_by_role("button", name="A new bed, with its parents").click()
    expect(page.get_by_role("button", name="Breed", exact=True)).to_be_visible()
    wait_until(page, lambda: len(ask(family.studio, "/api/beds")) == beds + 1)
    expect(parents(page)).to_have_count(4)
    stand = bed_of(family.studio)["parents"]
    assert [each["content"] for each in stand[:3]] == [OWL, HILL, MOON]
    assert stand[3]["id"] == family.bred
    grown = grow(page, family.studio, lambda: page.keyboard.press("Enter"))
    assert stand[3]["content"] in prompt_of(family.studio, grown)


@pytest.mark.slow
def test_the_family_is_taken_away_as_one_page(page: Page, tmp_path: Path) -> None:
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Share")
    dialog.get_by_role("radio", name="a page").check()
    with page.expect_download() as coming:
        dialog.get_by_role("button", name="Download").click()
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    assert path.suffix == ".html"
    page.goto("about:blank")
    # Where nothing can be asked for, all of it is there.
    page.context.set_offline(True)
    page.set_content(path.read_text())
    for words in (OWL, HILL, MOON, "at dawn", "and then"):
        expect(page.locator("body")).to_contain_text(words)
    assert page.locator("[src], link[href]").count() == 0
