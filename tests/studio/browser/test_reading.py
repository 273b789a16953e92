"""A text's own page: where it came from, what it went through, what came of it, what it is like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import bed_of, begin, breed, prompt_of
from tests.studio.conftest import ForkedStudio, Studio, free_port


@pytest.fixture(scope="module")
def full_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = ForkedStudio(tmp_path_factory.mktemp("reading"), free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.mark.slow
def test_a_text_leads_to_its_parents_and_they_lead_to_it(
    open_page: Open, full_studio: Studio
) -> None:
    bed = begin(full_studio, "fog on the hill", "snow on the sill", name="of two")
    child = breed(full_studio, bed, start="rain")[0]
    page = open_page(f"{full_studio.url}/texts/{child['id']}")
    expect(page.get_by_role("main")).to_contain_text("Bred from 2 parents by echo")
    expect(page.get_by_role("main")).to_contain_text("It had to begin with “rain”.")
    exact = page.get_by_role("group").filter(has_text="The exact prompt")
    exact.get_by_text("The exact prompt").click()
    prompt = prompt_of(full_studio, bed_of(full_studio, bed))
    assert exact.locator("pre").text_content() == prompt

    of = page.get_by_role("region", name="Parents").get_by_role("listitem")
    expect(of).to_have_count(2)
    expect(of.first).to_contain_text("fog on the hill")
    of.last.get_by_role("link").click()
    expect(page.get_by_role("heading", name="snow on the sill", level=1)).to_be_attached()
    came = page.get_by_role("region", name="What came of it")
    expect(came.get_by_role("listitem")).to_have_count(3)
    came.locator(f'a[href="/texts/{child["id"]}"]').click()
    expect(page.get_by_role("region", name="Parents")).to_be_visible()


@pytest.mark.slow
def test_an_edit_is_a_version_with_its_changes(open_page: Open, full_studio: Studio) -> None:
    bed = begin(full_studio, "moss upon a stone", name="of moss")
    address = f"{full_studio.url}/texts/{_parents(full_studio, bed)[0]['id']}"
    page = open_page(address)
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="The text").fill("moss upon a wet stone")
    page.get_by_role("button", name="Store as a new text").click()
    expect(page).not_to_have_url(address)
    versions = page.get_by_role("region", name="Its 2 versions").get_by_role("listitem")
    expect(versions).to_have_count(2)
    expect(versions.last.locator("ins")).to_contain_text("wet")
    expect(versions.last).to_contain_text("this one")
    versions.first.get_by_role("link").click()
    expect(page).to_have_url(address)
    came = page.get_by_role("region", name="What came of it")
    expect(came).to_contain_text("moss upon a wet stone")


@pytest.mark.slow
def test_a_text_tells_where_its_words_also_stand(open_page: Open, full_studio: Studio) -> None:
    other = "nobody asked when\nthe owl went out\nwith the lantern"
    bed = begin(full_studio, "since then the owl went out alone", other, name="of owls")
    one, two = _parents(full_studio, bed)
    page = open_page(f"{full_studio.url}/texts/{one['id']}")
    also = page.get_by_role("region", name="Where its words also stand")
    expect(also.get_by_role("listitem")).to_have_count(1)
    expect(also.locator("mark")).to_have_text("the owl went out")
    expect(also).to_contain_text("4 words in a row")
    also.get_by_role("link").click()
    expect(page).to_have_url(f"{full_studio.url}/texts/{two['id']}")
    expect(page.get_by_role("main")).to_contain_text("with the lantern")


@pytest.mark.slow
def test_a_text_that_is_like_no_other_says_so(open_page: Open, full_studio: Studio) -> None:
    bed = begin(full_studio, "quartz jackdaws vex sphinxes", name="of jackdaws")
    page = open_page(f"{full_studio.url}/texts/{_parents(full_studio, bed)[0]['id']}")
    also = page.get_by_role("region", name="Where its words also stand")
    expect(also).to_contain_text("Nowhere else here")


@pytest.mark.slow
def test_a_text_that_is_not_there_is_told(open_page: Open, full_studio: Studio) -> None:
    page = open_page(f"{full_studio.url}/texts/4711")
    expect(page.get_by_role("heading", name="No such text")).to_be_attached()
    page.get_by_role("main").get_by_role("link", name="To the library").click()
    expect(page.get_by_role("heading", name="Library", level=1)).to_be_visible()


def _parents(studio: Studio, bed: int) -> list[dict[str, Any]]:
    return list(bed_of(studio, bed)["parents"])
