"""How a person comes in, is let out, and comes back after the studio was started again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.marks import slow_cases
from tests.studio.browser.conftest import PHONE, WIDE, Open
from tests.studio.browser.walk import all_parts_are_there, begin, fits, parents
from tests.studio.conftest import TOKEN, Studio


@pytest.fixture(params=[WIDE, *slow_cases([PHONE])], ids=["desk", "phone"])
def stranger(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """Give a browser that has shown nothing yet."""
    context = chromium.new_context(viewport=request.param)
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


@pytest.mark.slow
def test_a_file_leads_to_the_page_and_the_token_goes(
    stranger: Page, studio: Studio, tmp_path: Path
) -> None:
    """So the browser is opened: a strict cookie does not come with what a file leads to."""
    begin(studio)
    leads = tmp_path / "leads.html"
    address = f"{studio.url}/?token={TOKEN}"
    leads.write_text(f'<meta http-equiv="refresh" content="0; url={address}">')
    stranger.goto(leads.as_uri())
    expect(stranger.get_by_role("heading", level=1)).to_have_text("sea")
    expect(stranger).to_have_url(f"{studio.url}/beds/1")
    (cookie,) = stranger.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert TOKEN not in cookie["value"]


@pytest.mark.parametrize("given", [TOKEN, *slow_cases(["{url}/?token=" + TOKEN])])
def test_a_person_is_asked_for_the_token_and_let_in(
    stranger: Page, studio: Studio, given: str
) -> None:
    stranger.goto(f"{studio.url}/library")
    field = stranger.get_by_label("Token, or the whole address")
    expect(field).to_be_focused()
    fits(stranger)
    assert Axe().run(stranger).response["violations"] == []
    field.fill("wrong")
    field.press("Enter")
    expect(stranger.get_by_role("alert")).to_contain_text("That is not the token")
    field.fill(given.format(url=studio.url))
    stranger.get_by_role("button", name="Open").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Library")
    assert stranger.url == f"{studio.url}/library"


@pytest.mark.slow
def test_a_link_of_another_page_leads_to_where_one_is_let_in(
    stranger: Page, studio: Studio, tmp_path: Path
) -> None:
    stranger.goto(f"{studio.url}/?token={TOKEN}")
    elsewhere = tmp_path / "elsewhere.html"
    elsewhere.write_text(f'<a href="{studio.url}/beds">beds</a>')
    stranger.goto(elsewhere.as_uri())
    stranger.get_by_role("link", name="beds").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Beds")


@pytest.mark.slow
def test_who_logs_out_is_out(stranger: Page, studio: Studio) -> None:
    begin(studio)
    stranger.goto(f"{studio.url}/?token={TOKEN}")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("sea")
    fits(stranger)
    stranger.get_by_role("button", name="Log out").click()
    stranger.get_by_role("menuitem", name="Log out", exact=True).click()
    expect(stranger.get_by_text("You are logged out of this studio.")).to_be_visible()
    fits(stranger)
    stranger.goto(studio.url)
    expect(stranger.get_by_label("Token, or the whole address")).to_be_visible()


@pytest.mark.slow
def test_after_a_restart_the_page_says_how_to_come_back_and_keeps_what_was_written(
    open_page: Open, studio: Studio
) -> None:
    begin(studio)
    page = open_page(studio.url)
    expect(parents(page)).to_have_count(3)
    page.keyboard.press("n")
    draft = page.get_by_label("The poem, or several")
    draft.fill("a draft that nobody kept")
    all_parts_are_there(page)
    studio.stop()
    studio.start()
    notice = page.get_by_role("alert").filter(has_text="You are no longer logged in")
    expect(notice).to_contain_text("is still there")
    expect(draft).to_have_value("a draft that nobody kept")
    page.get_by_role("button", name="Add a parent").click()
    expect(draft).to_have_value("a draft that nobody kept")

    with page.context.expect_page() as opened:
        notice.get_by_role("button", name="Log in").click()
    other = opened.value
    other.get_by_label("Token, or the whole address").fill(TOKEN)
    other.get_by_role("button", name="Open").click()
    expect(parents(other)).to_have_count(3)
    other.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("You are no longer logged in")).to_have_count(0)
    expect(draft).to_have_value("a draft that nobody kept")


@pytest.mark.slow
def test_a_notice_of_being_logged_out_goes_on_every_page_once_one_is_back(
    open_page: Open, studio: Studio
) -> None:
    begin(studio)
    page = open_page(f"{studio.url}/library", viewport=PHONE)
    words = page.get_by_role("searchbox")
    expect(words).to_be_visible()
    all_parts_are_there(page)
    studio.stop()
    studio.start()
    words.fill("sea")
    notice = page.get_by_role("alert").filter(has_text="You are no longer logged in")
    expect(notice).to_be_visible()
    fits(page)
    other = page.context.new_page()
    other.goto(f"{studio.url}/?token={TOKEN}")
    expect(other.get_by_role("heading", level=1)).to_have_text("sea")
    other.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("You are no longer logged in")).to_have_count(0)
