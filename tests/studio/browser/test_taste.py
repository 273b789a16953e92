"""A learned taste chooses what is shown first, as a person switches it on and sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from flourishing.garden import Garden
from tests.garden.broods import tended
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
    parents,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio for all of these; each has a bed of its own in it."""
    studio = ForkedStudio(tmp_path_factory.mktemp("shared"), free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture
def bed(shared_studio: Studio, request: pytest.FixtureRequest) -> int:
    """Give a bed in which ten texts were kept and ten dropped, and three are bred."""
    with Garden(shared_studio.garden) as garden:
        bed = tended(garden, request.node.name).id
    change(shared_studio, bed, n=3)
    return bed


def chosen(studio: Studio, bed: int) -> list[int]:
    """Give the numbers of the texts of a bed's brood in the order in which they are shown."""
    brood = bed_of(studio, bed)["brood"]
    first = list(brood["first"])
    order = [*first, *(at for at in range(len(brood["offspring"])) if at not in first)]
    return [int(brood["offspring"][at]["id"]) for at in order]


def words(page: Page) -> list[str]:
    return [each.inner_text() for each in cards(page).locator(".poem").all()]


def contents(studio: Studio, bed: int) -> list[str]:
    texts = {text["id"]: text["content"] for text in bed_of(studio, bed)["brood"]["offspring"]}
    return [texts[id] for id in chosen(studio, bed)]


def settings(page: Page) -> Locator:
    page.keyboard.press("s")
    return page.get_by_role("dialog", name="How the next brood grows")


def test_by_keys_it_is_switched_on_bred_and_the_rest_is_shown(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(20)
    dialog = settings(page)
    expect(dialog.get_by_text("of unseen pairs")).to_be_visible()
    expect(dialog.get_by_text("10 kept, 10 dropped")).to_be_visible()
    switch = dialog.get_by_role("checkbox", name="Breed more")
    expect(switch).not_to_be_checked()
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_be_checked()
    expect(dialog.get_by_label("How many are bred, to show 3")).to_have_value("12")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    grow(page, shared_studio, lambda: page.keyboard.press("Enter"))
    expect(cards(page)).to_have_count(3)
    expect(page.get_by_text("3 of 12 shown by your taste.")).to_be_visible()
    expect(page.get_by_text("3 of 12 are shown first")).to_be_visible()
    ids = chosen(shared_studio, bed)
    assert len(set(ids)) == 12
    first = " ".join(words(page)[0].split())
    assert first == " ".join(contents(shared_studio, bed)[0].split())
    page.keyboard.press("2")
    wait_until(page, lambda: bed_of(shared_studio, bed)["parents"][-1]["id"] == ids[1])
    page.keyboard.press("a")
    expect(cards(page)).to_have_count(12)
    page.keyboard.press("5")
    wait_until(page, lambda: bed_of(shared_studio, bed)["parents"][-1]["id"] == ids[4])
    with Garden(shared_studio.garden) as garden:
        stood = garden.opinion(garden.beds.get(bed)).picks
    assert {(2, 3), (5, 12)} <= {*stood}
    page.keyboard.press("a")
    expect(cards(page)).to_have_count(3)


@pytest.mark.slow
def test_by_pointer_the_rest_is_shown_kept_from_and_folded_again(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    change(shared_studio, bed, settings={"candidates": 8})
    breed(shared_studio, bed)
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(3)
    page.get_by_role("button", name="Show the other 5").click()
    expect(cards(page)).to_have_count(8)
    expect(page.get_by_text("All 8 are shown, the 3 that suit your taste first.")).to_be_visible()
    ids = chosen(shared_studio, bed)
    card(page, 6).get_by_role("button", name="keep").click()
    expect(card(page, 6).get_by_text("kept", exact=True)).to_be_visible()
    card(page, 1).get_by_role("button", name="drop").click()
    expect(card(page, 1).get_by_text("dropped:")).to_be_visible()
    page.get_by_role("button", name="Only the 3").click()
    expect(cards(page)).to_have_count(3)

    def stored() -> bool:
        marks = {text["id"]: text["marks"] for text in bed_of(shared_studio, bed)["shown"] if text}
        return marks[ids[5]] == ["keep"] and ids[0] not in marks

    wait_until(page, stored)
    with Garden(shared_studio.garden) as garden:
        assert (6, 8) in garden.opinion(garden.beds.get(bed)).picks
    card(page, 1).get_by_role("button", name="Take back").click()
    expect(card(page, 1).locator(".poem")).to_be_visible()


@pytest.mark.slow
def test_what_was_chosen_before_stays_chosen_below_and_after_a_reload(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    change(shared_studio, bed, settings={"candidates": 8})
    first = breed(shared_studio, bed)
    breed(shared_studio, bed)
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(3)
    earlier = page.locator(f'article[data-card^="{first[0]["brood"]}-"]')
    expect(earlier).to_have_count(3)
    page.get_by_role("button", name="Show the other 5").last.click()
    expect(earlier).to_have_count(8)
    page.reload()
    expect(cards(page)).to_have_count(3)
    expect(earlier).to_have_count(3)


@pytest.mark.slow
def test_while_candidates_come_none_is_seen_unless_it_is_asked_for(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    change(shared_studio, bed, settings={"candidates": 9})
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(20)
    begun = {"key": "k", "bed": bed, "operation": "bred", "n": 9, "shown": 3, "start": ""}
    begun |= {"prompt": "", "parents": [], "left_out": [], "note": ""}
    told = {"brood": begun, "token": {"index": 0, "text": "a candidate"}}
    body = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in told.items())
    headers = {"Content-Type": "text/event-stream", "Content-Location": "/api/broods/running/k"}
    page.route("**/api/broods", lambda route: route.fulfill(body=body, headers=headers))

    def hold(_: Route) -> None:
        """Never answer: what comes next is waited for."""

    page.route("**/api/broods/running/*", hold)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your taste chooses 3 of 9 once all are there.")).to_be_visible()
    expect(cards(page)).to_have_count(3)
    assert not any(words(page))
    page.keyboard.press("a")
    expect(cards(page)).to_have_count(9)
    expect(card(page, 1)).to_contain_text("a candidate")
    page.get_by_role("button", name="Only the 3").click()
    expect(cards(page)).to_have_count(3)
    assert not any(words(page))


@pytest.mark.slow
def test_where_it_cannot_tell_all_are_shown_and_it_says_why(
    open_page: Open, shared_studio: Studio
) -> None:
    bed = begin(shared_studio, name="few marks", n=3)
    change(shared_studio, bed, kind="word")
    page = open_page(shared_studio.url)
    expect(parents(page)).to_have_count(3)
    dialog = settings(page)
    expect(dialog.get_by_text("It cannot tell yet: there are 0 marks")).to_be_visible()
    dialog.get_by_role("checkbox", name="Breed more").check()
    expect(dialog.get_by_text("Until then, 3 are bred and all of them shown.")).to_be_visible()
    page.keyboard.press("Escape")
    grow(page, shared_studio, lambda: page.keyboard.press("Enter"))
    expect(cards(page)).to_have_count(3)
    expect(page.get_by_text("3 were bred and not 12, all of them shown.")).to_be_visible()
    expect(page.get_by_role("button", name="Show the other")).to_have_count(0)


@pytest.mark.slow
def test_how_many_is_checked_and_it_is_switched_off(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    change(shared_studio, bed, settings={"candidates": 8})
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(20)
    dialog = settings(page)
    many = dialog.get_by_label("How many are bred, to show 3")
    expect(many).to_have_value("8")
    for wrong in ("3", "100000", ""):
        many.fill(wrong)
        many.press("Tab")
        expect(dialog.get_by_text("More than 3, up to 1000.")).to_be_visible()
    assert bed_of(shared_studio, bed)["settings"]["candidates"] == 8
    many.fill("20")
    many.press("Tab")
    wait_until(page, lambda: bed_of(shared_studio, bed)["settings"]["candidates"] == 20)
    dialog.get_by_role("checkbox", name="Breed more").uncheck()
    expect(many).to_have_count(0)
    wait_until(page, lambda: bed_of(shared_studio, bed)["settings"]["candidates"] is None)


@pytest.mark.slow
def test_on_a_phone_the_switch_and_the_brood_fit(
    open_page: Open, shared_studio: Studio, bed: int
) -> None:
    change(shared_studio, bed, settings={"candidates": 8})
    breed(shared_studio, bed)
    page = open_page(shared_studio.url, viewport=PHONE)
    expect(cards(page)).to_have_count(3)
    fits(page)
    page.get_by_role("button", name="Show the other 5").click()
    expect(cards(page)).to_have_count(8)
    fits(page)
    settings(page)
    expect(page.get_by_text("of unseen pairs").first).to_be_visible()
    fits(page)
