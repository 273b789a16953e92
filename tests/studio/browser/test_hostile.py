"""Texts that mean to break the page are shown as what they are: text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from flourishing.garden import Garden
from tests.garden.broods import bred, refined
from tests.marks import first_cases, slow_cases
from tests.models.hostile import HOSTILE
from tests.models.server import Server
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import begin, card, fits, grown, parents, tend
from tests.studio.conftest import ForkedStudio, Studio, free_port

WIDE: ViewportSize = {"width": 1440, "height": 900}
BRED, REFINED, NAME = 1, 2, HOSTILE["image"]
SEEN = {
    **{name: text[:60] for name, text in HOSTILE.items()},
    "terminal": "␛[31mred␛[0m␇",
}
"""What of each is looked for: control characters have their pictures."""


@pytest.fixture
def talking_studio(tmp_path: Path, talkers: Server) -> Iterator[Studio]:
    """Give a studio whose model writes what is hostile."""
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('hostile')}#m")
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture(scope="module")
def hostile_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio in whose garden everything is hostile: texts, names and tags."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "data").mkdir()
    with Garden(folder / "data" / "garden.db") as garden:
        _plant(garden)
    studio = ForkedStudio(folder, free_port())
    studio.start()
    yield studio
    studio.kill()


def _plant(garden: Garden) -> None:
    texts = list(HOSTILE.values())
    first = garden.beds.open(NAME, pattern="poems", n=len(texts))
    brood = garden.save(bred(texts, texts), bed=first)
    garden.keep(*brood.offspring)
    garden.tag(NAME, *brood.offspring)
    parents = tuple(each.id for each in garden.add(*brood.parents, keep=False))
    garden.beds.change(garden.beds.get(first.id), parents=parents)

    second = garden.beds.open(HOSTILE["script"], pattern="poems", n=len(texts))
    chain = tuple(text.id for text in brood.offspring[:3])
    garden.beds.change(second, chain=chain)
    from flourishing.core.chain import Chain

    garden.save(refined(Chain(tuple(brood.offspring[:3])), texts), bed=garden.beds.get(second.id))


@pytest.fixture(params=[WIDE, *slow_cases([PHONE])], ids=["wide", "phone"])
def viewport(request: pytest.FixtureRequest) -> ViewportSize:
    size: ViewportSize = request.param
    return size


def test_on_breed(open_page: Open, hostile_studio: Studio, viewport: ViewportSize) -> None:
    tend(hostile_studio, BRED)
    page = open_page(hostile_studio.url, viewport=viewport)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    for place, (name, text) in enumerate(SEEN.items(), start=1):
        expect(card(page, place), name).to_contain_text(text)
    if viewport == PHONE:
        page.get_by_role("button", name=f"{len(HOSTILE)} parents").click()
    expect(parents(page)).to_have_count(len(HOSTILE))
    for text in SEEN.values():
        expect(parents(page).filter(has_text=text)).not_to_have_count(0)
    _is_unharmed(page)


@pytest.mark.slow
def test_on_breed_while_they_come(open_page: Open, talking_studio: Studio) -> None:
    begin(talking_studio, name="coming", n=len(HOSTILE), refills=0)
    page = open_page(talking_studio.url)
    expect(parents(page)).to_have_count(3)
    page.keyboard.press("Enter")
    for place, (name, text) in enumerate(SEEN.items(), start=1):
        expect(card(page, place), name).to_contain_text(text)
    grown(page, talking_studio)
    _is_unharmed(page)


@pytest.mark.slow
def test_in_the_editor_and_the_prompt(open_page: Open, hostile_studio: Studio) -> None:
    begin(hostile_studio, *(HOSTILE[name] for name in ("script", "image", "closing")))
    page = open_page(hostile_studio.url)
    parents(page).nth(2).get_by_role("button", name="Edit this parent").click()
    expect(parents(page).get_by_role("textbox")).to_have_value(HOSTILE["closing"])
    _is_unharmed(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="the exact prompt").click()
    for name in ("script", "image", "closing"):
        expect(page.get_by_role("region", name="The prompt")).to_contain_text(HOSTILE[name])
    page.get_by_role("button", name="Write it myself").click()
    expect(page.get_by_label("The prompt, written by you")).to_have_value(
        re.compile(re.escape(HOSTILE["closing"]))
    )
    _is_unharmed(page)


@pytest.mark.slow
def test_on_refine(open_page: Open, hostile_studio: Studio, viewport: ViewportSize) -> None:
    tend(hostile_studio, REFINED)
    page = open_page(f"{hostile_studio.url}/refine", viewport=viewport)
    for look in ("New words marked", "New and gone words"):
        page.get_by_role("button", name=look).click()
    for text in list(SEEN.values())[:3]:
        expect(page.get_by_role("article", name="Version").filter(has_text=text)).to_have_count(1)
    for place, text in enumerate(SEEN.values(), start=1):
        candidate = page.get_by_role("article", name=f"Candidate {place}", exact=True)
        expect(candidate).to_contain_text(text)
    _is_unharmed(page)


@pytest.mark.slow
def test_in_the_library(open_page: Open, hostile_studio: Studio, viewport: ViewportSize) -> None:
    page = open_page(f"{hostile_studio.url}/library", viewport=viewport)
    found = page.get_by_role("list", name="Texts, the newest first").get_by_role("article")
    for text in SEEN.values():
        expect(found.filter(has_text=text)).not_to_have_count(0)
    expect(found.filter(has_text=NAME)).not_to_have_count(0)
    _is_unharmed(page)


@pytest.mark.parametrize("name", first_cases(1, list(HOSTILE)))
def test_on_their_own_pages_and_in_their_families(
    open_page: Open, hostile_studio: Studio, name: str
) -> None:
    with Garden(hostile_studio.garden) as garden:
        found = [text.id for text in garden.search.page("keep") if text.content == HOSTILE[name]]
    page = open_page(f"{hostile_studio.url}/texts/{found[0]}", viewport=PHONE)
    expect(page.get_by_role("main")).to_contain_text(SEEN[name])
    _is_unharmed(page)
    page.goto(f"{hostile_studio.url}/lineage/{found[0]}?view=list")
    expect(page.get_by_role("button", name=SEEN[name][:9]).first).to_be_visible()
    page.get_by_role("button", name=SEEN[name][:9]).first.click()
    expect(page.get_by_role("region", name="The text")).to_contain_text(SEEN[name])
    _is_unharmed(page)
    page.goto(f"{hostile_studio.url}/lineage/{found[0]}")
    expect(page.get_by_role("application")).to_be_visible()
    _is_unharmed(page)


@pytest.mark.slow
def test_in_a_chapbook(open_page: Open, hostile_studio: Studio) -> None:
    page = open_page(f"{hostile_studio.url}/library")
    expect(page.get_by_role("list", name="Texts, the newest first")).to_be_visible()
    page.get_by_role("button", name="Chapbook").click()
    page.get_by_label("Title", exact=True).fill(HOSTILE["closing"])
    book = page.frame_locator("iframe >> nth=-1")
    for name in ("script", "image", "drawing", "closing", "template"):
        expect(book.locator("body")).to_contain_text(SEEN[name])
    assert all(frame.evaluate("window.pwned === undefined") for frame in page.frames)
    _is_unharmed(page)


@pytest.mark.slow
def test_among_the_beds(open_page: Open, hostile_studio: Studio, viewport: ViewportSize) -> None:
    tend(hostile_studio, BRED)
    page = open_page(f"{hostile_studio.url}/beds", viewport=viewport)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    _is_unharmed(page)


def _is_unharmed(page: Page) -> None:
    """Nothing ran, nothing became an element, and nothing reaches past the page's sides."""
    assert page.evaluate("window.pwned === undefined")
    assert (
        page.locator("body :is(script, img, [onerror], [onload], [href^=javascript])").count() == 0
    )
    fits(page)
