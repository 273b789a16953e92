"""The walk that the pictures of the documents are taken on; and every view in every form.

The walk is on the embedded model where the pictures are wanted, for they show what it writes; else
on echo. Where FLOURISHING_VIEWS names a folder, the views are put there, to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.pictures import SCALE, WIDE, are_wanted, folder, take, views
from tests.studio.browser.places import PLACES
from tests.studio.browser.walk import (
    bed_of,
    breed,
    card,
    cards,
    change,
    fits,
    grown,
    mark,
    parents,
    put_under_work,
    saying,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port

KEPT, PARENT = saying("kept"), saying("parent")
N = 6 if are_wanted() else 2
"""Of each brood; nobody looks at more when no pictures are wanted."""
FIRST, SECOND, BETTER, BEST = 14, 7, 1, 7
"""The seeds of its broods: others give other poems."""
PARENTS, LIKED, REFINED = (0, 5), (0, -1), 3
"""Which of the first parents stay, which of the first brood join them, which is refined: by place,
from 0."""


FORMS: tuple[ViewportSize, ...] = (
    {"width": 1440, "height": 900},
    {"width": 1920, "height": 1080},
    {"width": 820, "height": 1180},
    {"width": 390, "height": 844},
)
LIGHTS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def pictured_studio(tmp_path: Path) -> Iterator[Studio]:
    """Give a studio on the embedded model where pictures are wanted, else on echo."""
    studio = ForkedStudio(tmp_path, free_port(), model="local" if are_wanted() else "echo")
    studio.start()
    yield studio
    studio.kill()


@pytest.mark.slow
def test_the_walk_of_the_pictures(open_page: Open, pictured_studio: Studio, tmp_path: Path) -> None:
    into = folder(tmp_path / "pictures")
    look: dict[str, Any] = {"viewport": WIDE, "device_scale_factor": SCALE}
    page = open_page(pictured_studio.url, color_scheme="light", **look)
    bed = _breed_twice(page, pictured_studio)
    page.reload()  # as one comes back to it: the parents from their first on
    expect(cards(page)).to_have_count(N)
    take(page, into / "breed.png")

    dark = open_page(pictured_studio.url, color_scheme="dark", **look)
    expect(cards(dark)).to_have_count(N)
    take(dark, into / "dark.png")
    phone = open_page(
        pictured_studio.url, viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    expect(cards(phone)).to_have_count(N)
    take(phone, into / "phone.png")

    accepted = _refine(page, pictured_studio, bed, into / "refine.png")

    page.goto(f"{pictured_studio.url}/lineage/{accepted}")
    expect(page.get_by_role("region", name="The text").locator("p").first).to_be_visible()
    expect(page.locator("canvas").first).to_be_visible()
    page.wait_for_timeout(500)  # what is drawn on a canvas tells nobody that it stands
    take(page, into / "lineage.png")

    page.goto(f"{pictured_studio.url}/library")
    found = page.get_by_role("list", name="Texts, the newest first").get_by_role("article")
    expect(found).not_to_have_count(0)
    shelves = page.get_by_role("navigation", name="Collections")
    expect(shelves.get_by_role("link", name="imagists")).to_be_visible()
    take(page, into / "library.png")


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_every_view_fits_in_every_form(
    open_page: Open, grown_studio: Studio, tmp_path: Path, name: str
) -> None:
    page = PLACES[name].show(open_page, grown_studio, viewport=FORMS[0])
    for form in FORMS:
        page.set_viewport_size(form)
        for light in LIGHTS:
            page.emulate_media(color_scheme=light)
            into = views(tmp_path) / f"{name.replace(', ', '-')} {form['width']} {light}.png"
            take(page, into)
        fits(page)


def _breed_twice(page: Page, studio: Studio) -> int:
    """Breed, keep the best and make them parents, and breed again."""
    expect(parents(page)).not_to_have_count(0)
    bed = int(bed_of(studio)["id"])
    stood = bed_of(studio, bed)["parents"]
    change(studio, bed, n=N, name="Moon and grass", settings={"max_tokens": 64})
    first = breed(studio, bed, seed=FIRST)
    liked = [first[place] for place in LIKED]
    mark(studio, bed, "keep", *liked)
    chosen = [*(stood[place] for place in PARENTS), *liked]
    change(studio, bed, parents=[text["id"] for text in chosen])
    expect(parents(page)).to_have_count(len(chosen))
    breed(studio, bed, seed=SECOND)
    for place, text in enumerate(grown(page, studio)["shown"], start=1):
        expect(card(page, place)).to_contain_text(text["content"].splitlines()[-1].strip())
    expect(page.get_by_text("on the way")).to_have_count(0)
    page.keyboard.press("2")
    expect(card(page, 2)).to_have_accessible_name(PARENT)
    page.keyboard.press("Shift+Digit1")
    expect(card(page, 1)).to_have_accessible_name(KEPT)
    wait_until(page, lambda: bed_of(studio, bed)["shown"][0]["marks"])
    return bed


def _refine(page: Page, studio: Studio, bed: int, into: Path) -> int:
    """Refine one of the offspring twice; gives the number of what was accepted."""
    put_under_work(studio, bed, bed_of(studio, bed)["shown"][min(REFINED, N - 1)])
    page.goto(f"{studio.url}/refine")
    expect(page.get_by_role("heading", name="Under work")).to_be_visible()
    for versions, seed, place in ((2, BETTER, 5), (3, BEST, 2)):
        breed(studio, bed, seed=seed)
        for at, text in enumerate(grown(page, studio)["shown"]):
            last = re.findall(r"\w+", text["content"])[-1]
            expect(page.locator(f'[data-spot="candidate-{at}"]')).to_contain_text(last)
        page.keyboard.press(str(min(place, N)))
        wait_until(page, partial(_has_versions, studio, bed, versions))
    take(page, into)
    accepted = int(bed_of(studio, bed)["chain"][-1]["id"])
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Finished.")).to_be_visible()
    return accepted


def _has_versions(studio: Studio, bed: int, versions: int) -> bool:
    return len(bed_of(studio, bed)["chain"]) == versions
