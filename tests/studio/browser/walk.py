"""What a person does on the page, and what they then see."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic
from typing import Any

import httpx2
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from flourishing.garden import open_garden
from tests.garden.broods import bred
from tests.studio.conftest import Bed, Studio

GULL, TIDE, SALT = "a gull over the grey harbour", "the tide takes back the sand", "only salt"
POEMS = ("a gull over the grey harbour", "the tide takes back the sand", "salt on the window")


def begin(studio: Studio, *parents: str, name: str = "sea", n: int = 3, **settings: Any) -> int:
    """Begin a bed of these parents; it is the one that the page opens."""
    told = _answer(
        studio.ask("POST", "/api/beds", json={"name": name, "parents": list(parents or POEMS)})
    )
    change(studio, told["id"], n=n, settings=settings)
    return int(told["id"])


def change(studio: Studio, bed: int, **changed: Any) -> None:
    _answer(studio.ask("PATCH", f"/api/beds/{bed}", json=changed))


def tend(studio: Studio, bed: int) -> None:
    """Change something in a bed, so that it is the one that the page opens."""
    change(studio, bed, n=bed_of(studio, bed)["n"] + 1)


def bed_of(studio: Studio, bed: int | None = None) -> Bed:
    """Give a bed as the server tells it, or the one that was tended last."""
    if bed is None:
        bed = ask(studio, "/api/beds")[0]["id"]
    told: Bed = ask(studio, f"/api/beds/{bed}")
    return told


def ask(studio: Studio, path: str) -> Any:
    return _answer(studio.ask("GET", path, timeout=30))


def breed(studio: Studio, bed: int, **asked: Any) -> list[dict[str, Any]]:
    """Breed without the page; gives the offspring."""
    answer = studio.ask(
        "POST",
        "/api/broods",
        json={"bed": bed, **asked},
        headers={"Accept": "application/json"},
        timeout=120,
    )
    return list(_answer(answer)["offspring"])


def repeat(studio: Studio, bed: int) -> None:
    """Save a brood that says again what the first two parents of a bed say."""
    with open_garden(studio.garden) as garden:
        its = garden.beds.get(bed)
        texts = garden.texts(its.parents)
        again = [f"so {text.content} and so on" for text in texts[:2]]
        garden.save(bred(texts, [*again, "a door of glass"]), bed=its)


def prompt_of(studio: Studio, bed: Bed) -> str:
    """Give the exact prompt of the newest brood of a bed."""
    brood = ask(studio, f"/api/broods/{bed['brood']['id']}")
    return str(brood["offspring"][0]["origin"]["prompt"])


def wait_until(page: Page, holds: Callable[[], object]) -> None:
    """Wait until something holds that the page does not show."""
    until = monotonic() + 60
    while monotonic() < until:
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("It did not come to hold within a minute.")


def all_parts_are_there(page: Page) -> None:
    """Wait until the page has loaded all that it loads ahead, of which `Lost` is the last."""
    last = "performance.getEntriesByType('resource').some(({ name }) => name.includes('/Lost-'))"
    wait_until(page, lambda: page.evaluate(last))


def card(page: Page, place: int) -> Locator:
    """Give the card of a place of the newest brood, from 1."""
    return page.locator(f'article[data-card="now-{place - 1}"]')


def cards(page: Page) -> Locator:
    return page.locator('article[data-card^="now-"]')


def here(page: Page) -> Locator:
    """Give what has the focus."""
    return page.locator(":focus")


def parents(page: Page) -> Locator:
    return page.get_by_role("complementary").get_by_role("listitem")


def saying(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(words)}\b")


def grow(page: Page, studio: Studio, act: Callable[[], object]) -> Bed:
    """Do what begins a brood, and wait until it is over, on the server and on the page."""
    before = _brood_of(studio)
    act()
    wait_until(page, lambda: _brood_of(studio) != before)
    return grown(page, studio)


def grown(page: Page, studio: Studio) -> Bed:
    """Wait until the brood is over, on the server and on the page."""
    wait_until(page, lambda: bed_of(studio)["running"] is None)
    expect(page.get_by_role("button", name="Enough")).to_have_count(0)
    return bed_of(studio)


def _brood_of(studio: Studio) -> int | None:
    brood = bed_of(studio)["brood"]
    return None if brood is None else int(brood["id"])


def _answer(answer: httpx2.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def fits(page: Page) -> None:
    """Nothing reaches past the page's sides."""
    root = "document.scrollingElement"
    wide, seen = page.evaluate(f"[{root}.scrollWidth, {root}.clientWidth]")
    assert wide <= seen, f"{page.url} is {wide} px wide in {seen} px"


def mark(studio: Studio, bed: int, what: str, *texts: dict[str, Any]) -> None:
    asked = {"mark": what, "ids": [text["id"] for text in texts], "bed": bed}
    _answer(studio.ask("POST", "/api/marks", json=asked))


def put_under_work(studio: Studio, bed: int, text: dict[str, Any]) -> None:
    _answer(studio.ask("POST", f"/api/beds/{bed}/refine/{text['id']}"))


def edit(studio: Studio, bed: int, text: dict[str, Any], content: str) -> int:
    asked = {"content": content, "bed": bed}
    told = _answer(studio.ask("POST", f"/api/texts/{text['id']}/edits", json=asked))
    return int(told["id"])


def require_no_objections(page: Page, within: str | None = None, only: str | None = None) -> None:
    """Fail where axe-core objects to something.

    Args:
        page: The page.
        within: The selector of the part to look at; None for all of it.
        only: The rule to keep to; None for all rules.
    """
    options = {"resultTypes": ["violations"], **({"runOnly": [only]} if only else {})}
    found = Axe().run(page, context=within, options=options)
    assert found.violations_count == 0, found.generate_report()
