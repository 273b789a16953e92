"""What holds when a page is reloaded, a server dies, two tabs look on, and a model refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.models.server import Server
from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    all_parts_are_there,
    ask,
    bed_of,
    begin,
    card,
    cards,
    grow,
    grown,
    parents,
    saying,
    wait_until,
)
from tests.studio.conftest import TOKEN, ForkedStudio, Studio, free_port

MANY = 8
"""So many that something can be done before all have come."""
LOST = "the studio does not answer; trying again"


@pytest.fixture
def refused_studio(tmp_path: Path, talkers: Server) -> Iterator[Studio]:
    """Give a running studio whose model refuses the key."""
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('unauthorised')}#m")
    studio.start()
    yield studio
    studio.kill()


@pytest.mark.slow
def test_a_reload_in_the_middle_of_a_brood_finds_it_going_on(
    open_page: Open, slow_studio: Studio
) -> None:
    begin(slow_studio, n=MANY)
    page = open_page(slow_studio.url)
    first = _in_the_middle(page, slow_studio)
    page.reload()
    expect(card(page, 1)).to_contain_text(first)
    expect(page.get_by_role("button", name="Enough")).to_be_visible()
    bed = grown(page, slow_studio)
    expect(cards(page)).to_have_count(MANY)
    assert len(ask(slow_studio, f"/api/beds/{bed['id']}/broods")) == 1
    for place, text in enumerate(bed["shown"], start=1):
        expect(card(page, place)).to_contain_text(text["content"])


def test_a_server_that_is_killed_is_missed_and_found_again_with_all_that_had_come(
    open_page: Open, slow_studio: Studio
) -> None:
    begin(slow_studio, n=MANY)
    page = open_page(slow_studio.url)
    all_parts_are_there(page)
    first = _in_the_middle(page, slow_studio)
    slow_studio.kill()
    expect(page.get_by_text(LOST)).to_be_visible()
    slow_studio.start()
    expect(page.get_by_text(LOST)).to_be_hidden()
    expect(page.get_by_text("You are no longer logged in")).to_be_visible()
    page.goto(f"{slow_studio.url}/?token={TOKEN}")
    expect(page.get_by_role("button", name="Breed", exact=True)).to_be_visible()
    expect(card(page, 1)).to_contain_text(first)
    assert first in [text["content"] for text in bed_of(slow_studio)["shown"] if text]
    page.keyboard.press("k")
    expect(card(page, 1)).to_have_accessible_name(saying("kept"))
    wait_until(page, lambda: bed_of(slow_studio)["shown"][0]["marks"] == ["keep"])


@pytest.mark.slow
def test_two_tabs_on_one_bed_stay_in_step(open_page: Open, slow_studio: Studio) -> None:
    begin(slow_studio, n=2)
    one, other = open_page(slow_studio.url), open_page(slow_studio.url)
    expect(parents(other)).to_have_count(3)
    one.keyboard.press("Enter")
    expect(other.get_by_role("button", name="Enough")).to_be_visible()
    bed = grown(one, slow_studio)
    for place, text in enumerate(bed["shown"], start=1):
        expect(card(other, place)).to_contain_text(text["content"])

    other.keyboard.press("2")
    expect(card(one, 2)).to_have_accessible_name(saying("parent"))
    expect(parents(one)).to_have_count(4)
    one.keyboard.press("k")
    expect(card(other, 1)).to_have_accessible_name(saying("kept"))
    one.keyboard.press("z")
    expect(card(other, 1)).not_to_have_accessible_name(saying("kept"))
    slow_studio.ask("PATCH", f"/api/beds/{bed['id']}", json={"name": "the cold sea"})
    for page in (one, other):
        expect(page.get_by_role("heading", level=1)).to_have_text("the cold sea")
    grow(other, slow_studio, lambda: other.keyboard.press("Enter"))
    expect(one.get_by_role("button", name="Enough")).to_have_count(0)
    expect(one.get_by_role("heading", level=3)).to_have_count(1)
    expect(card(one, 1)).to_contain_text(bed_of(slow_studio)["shown"][0]["content"])


@pytest.mark.slow
def test_escape_is_enough_and_what_came_stays(open_page: Open, slow_studio: Studio) -> None:
    begin(slow_studio, n=MANY)
    page = open_page(slow_studio.url)
    first = _in_the_middle(page, slow_studio)
    page.keyboard.press("Escape")
    bed = grown(page, slow_studio)
    came = [text["content"] for text in bed["shown"] if text]
    assert first in came
    assert len(came) < MANY
    expect(page.get_by_role("button", name="Breed", exact=True)).to_be_visible()
    expect(card(page, 1)).to_contain_text(first)
    expect(page.get_by_text("You stopped it")).to_be_visible()


@pytest.mark.slow
def test_a_model_that_fails_says_why_and_what_helps(
    open_page: Open, refused_studio: Studio
) -> None:
    bed = begin(refused_studio)
    problem = refused_studio.ask(
        "POST",
        "/api/broods",
        json={"bed": bed},
        headers={"Accept": "application/json"},
    ).json()
    page = open_page(refused_studio.url)
    expect(parents(page)).to_have_count(3)
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert").filter(has_text=problem["hint"])
    expect(alert).to_contain_text(problem["detail"])
    expect(page.get_by_role("button", name="Breed", exact=True)).to_be_visible()


def _in_the_middle(page: Page, studio: Studio) -> str:
    """Breed, and wait until one offspring has come whole and others have not."""
    expect(parents(page)).to_have_count(3)
    page.keyboard.press("Enter")
    came = re.compile(rf"^Offspring 1 of {MANY}(?!.*on its way)")  # flawed or not
    expect(card(page, 1)).to_have_accessible_name(came)
    expect(card(page, MANY)).to_have_accessible_name(saying("on its way"))
    assert bed_of(studio)["running"]
    return card(page, 1).get_by_role("paragraph").first.inner_text()
