"""Pictures, animations, sounds, drawings and other texts, bred by keyboard on the embedded model.

The gallery in the documents is what comes of it. Where FLOURISHING_PICTURES is set, its pictures
are written into `docs/images/`. Each brood has a seed, and its parents are named: so the same comes
again on the same machine.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

import flourishing as fl
from flourishing.app.contact_sheet import picture_of
from tests.studio.browser.conftest import Open
from tests.studio.browser.pictures import are_wanted, come_to_rest
from tests.studio.browser.walk import ask, bed_of, card, grown, parents, saying, wait_until
from tests.studio.conftest import Bed, Studio

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.timeout(1800)]

IMAGES: Final = Path(__file__).parents[3] / "docs" / "images"
KEPT, PARENT = saying("kept"), saying("parent")
ROUNDS: Final = 3
SEED: Final = 11
"""Of each brood: others give other texts."""
PATIENCE: Final = 600
"""Seconds; far more than a brood takes."""
SIDE: Final = 96
"""Pixels; of each picture on the sheet of the rounds."""
GAP: Final = 8
PAPER: Final = (250, 247, 240)


@dataclass(frozen=True, slots=True)
class Walk:
    """What is bred of a kind, and what is liked of it.

    Attributes:
        shelf: The collection from which the first parents are taken.
        seeds: Their places there from 1, the best last.
        liked: Of each round, the places of those that become parents, the best last; the last of
            the last round is kept.
        n: The offspring of each round.
        form: The ending of the file that it becomes.
        signature: With what such a file begins.
    """

    shelf: str
    seeds: tuple[int, ...]
    liked: tuple[tuple[int, ...], ...]
    n: int
    form: str
    signature: bytes


PNG: Final = b"\x89PNG"
WALKS: Final = {
    "picture": Walk("pictures", (10, 6, 4, 3), ((4, 3), (2, 5), (3,)), 8, "png", PNG),
    "animation": Walk("animations", (12, 18, 2, 16), ((7, 6), (4, 1), (2,)), 12, "webp", b"RIFF"),
    "sound": Walk("sounds", (16, 1, 7, 10), ((6, 5), (2, 5), (3,)), 8, "wav", b"RIFF"),
    "drawing": Walk("drawings", (3, 11, 4, 6), ((6, 3), (2, 5), (3,)), 8, "svg", b"<svg"),
}


@pytest.mark.parametrize("kind", WALKS)
def test_three_rounds_from_shipped_seeds_to_a_file_by_keyboard(
    open_page: Open, local_studio: Studio, tmp_path: Path, kind: str
) -> None:
    walk = WALKS[kind]
    page = _begin(open_page, local_studio, kind)
    _take(page, walk.shelf, walk.seeds)
    _go_to(page, page.get_by_role("spinbutton", name="offspring"))
    page.keyboard.press("Control+a")
    page.keyboard.type(str(walk.n))
    page.keyboard.press("Tab")
    wait_until(page, lambda: bed_of(local_studio)["n"] == walk.n)
    rows = [bed_of(local_studio)["parents"]]
    for places in walk.liked:
        brood = _breed(page, local_studio)
        rows.append(brood["shown"])
        liked = _without_flaws(brood, places)
        for place in liked:
            page.keyboard.press(str(place))
            expect(card(page, place)).to_have_accessible_name(PARENT)
    page.keyboard.press("k")
    expect(card(page, liked[-1])).to_have_accessible_name(KEPT)
    best = rows[-1][liked[-1] - 1]
    wait_until(page, lambda: _is_kept(local_studio, best))
    before = {text["id"] for text in rows[-2]}
    assert before.intersection(best["origin"]["parents"])

    into = IMAGES if are_wanted() else tmp_path
    seen = into / f"{walk.shelf}-in-the-studio.webp"
    _photograph(page, liked[-1], seen, is_formula=kind != "drawing")
    if kind != "sound":
        _save_rounds(rows, into / f"{walk.shelf}.webp")
    if kind == "animation":
        fl.render(best["content"], size=160, seconds=1).save(into / "animation.webp")
    assert _share(page, walk.form).startswith(walk.signature)
    assert _share(page, "a picture with words").startswith(PNG)


@pytest.mark.parametrize("kind", ["story", "quote"])
def test_a_story_and_a_quote_are_bred_and_kept_by_keyboard(
    open_page: Open, local_studio: Studio, kind: str
) -> None:
    page = _begin(open_page, local_studio, kind)
    brood = _breed(page, local_studio)
    (place,) = _without_flaws(brood, (1,))
    page.keyboard.press(f"Shift+Digit{place}")
    expect(card(page, place)).to_have_accessible_name(KEPT)
    wait_until(page, lambda: _is_kept(local_studio, brood["shown"][place - 1]))


OPPOSITES: Final = (4, 16, 1, 3)
"""The places of prompts for opposites on their shelf, the best last."""


def test_a_prompt_is_bred_that_beats_its_seeds_by_keyboard(
    open_page: Open, local_studio: Studio
) -> None:
    page = _begin(open_page, local_studio, "prompt")
    _take(page, "prompts", OPPOSITES)
    for _ in range(ROUNDS):
        brood = _breed(page, local_studio)
        page.get_by_label("Task").select_option("antonyms")
        page.keyboard.press("Shift+Q")
        good = _places_without_flaws(brood)
        for place in good:
            expect(card(page, place)).to_contain_text("Expected answers:", timeout=120_000)
        found = {place: _measured(local_studio, brood, place) for place in good}
        best = max(good, key=lambda place: found[place]["figures"]["logprob"])
        if found[best]["gain"] > 0:
            break
        page.keyboard.press(str(best))
        expect(card(page, best)).to_have_accessible_name(PARENT)
    expect(card(page, best)).to_contain_text("Better than its parents.")
    seeds = {each["prompt"]: each["logprob"] for each in found[best]["parents"]}
    shelf = fl.library("prompts").texts
    assert {shelf[place - 1].content for place in OPPOSITES} <= set(seeds)
    assert found[best]["figures"]["logprob"] > max(seeds.values())


def _measured(studio: Studio, brood: Bed, place: int) -> dict[str, Any]:
    """Give the figures of an offspring and of its parents, as its card has them."""
    id, bed = brood["shown"][place - 1]["id"], brood["id"]
    found: dict[str, Any] = ask(studio, f"/api/texts/{id}/answers?task=antonyms&bed={bed}&shown=0")
    return found


def _begin(open_page: Open, studio: Studio, kind: str) -> Page:
    """Begin a bed of a kind, with what ships of it."""
    page = open_page(studio.url, color_scheme="light")
    expect(parents(page)).not_to_have_count(0)
    page.route("**/api/broods", _with_seed)
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.get_by_role("heading", name="Beds", exact=True)).to_be_visible()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="A new bed")
    expect(dialog.get_by_label("Its name")).to_be_focused()
    page.keyboard.type(f"of the kind {kind}")
    _go_to(page, dialog.locator("input[value=poem]"))
    wanted = dialog.locator(f"input[value={kind}]")
    while not wanted.is_checked():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(parents(page)).to_have_count(6)
    assert bed_of(studio)["kind"]["name"] == kind
    return page


def _with_seed(route: Route) -> None:
    """Breed with a seed, so that the same comes again."""
    asked = route.request.post_data_json
    route.continue_(post_data={**asked, "seed": SEED} if isinstance(asked, dict) else None)


def _take(page: Page, shelf: str, places: Sequence[int]) -> None:
    """Take texts of a shelf, by their places there, in place of the parents."""
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name="Take parents from the library")
    _go_to(page, dialog.get_by_role("radio", name="some of collections"))
    page.keyboard.press("ArrowDown")
    where = dialog.get_by_label("From")
    _go_to(page, where)
    expect(where.locator(f"option[value='of:{shelf}']")).to_have_count(1)
    where.select_option(f"of:{shelf}")
    texts = dialog.get_by_role("list", name="Texts to take").get_by_role("checkbox")
    expect(texts).to_have_count(len(fl.library(shelf).texts))
    for place in places:
        _go_to(page, texts.nth(place - 1))
        page.keyboard.press("Space")
    _go_to(page, dialog.get_by_label("in place of the parents there are"))
    page.keyboard.press("Space")
    _go_to(page, dialog.get_by_role("button", name="Take them instead"))
    page.keyboard.press("Enter")
    expect(parents(page)).to_have_count(len(places))


def _breed(page: Page, studio: Studio) -> Bed:
    """Breed, however long it takes, and give the bed with its brood."""
    page.keyboard.press("Enter")
    enough = page.get_by_role("button", name="Enough")
    expect(enough).to_be_visible()
    expect(enough).to_have_count(0, timeout=1000 * PATIENCE)
    return grown(page, studio)


def _go_to(page: Page, target: Locator) -> None:
    """Go on with the tabulator until the focus is there."""
    for _ in range(200):
        if target.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("The tabulator does not lead there.")


def _places_without_flaws(brood: Bed) -> list[int]:
    return [place for place, text in enumerate(brood["shown"], 1) if not text["flaws"]]


def _without_flaws(brood: Bed, places: Sequence[int]) -> list[int]:
    """Give the places that are liked, and others for those that have a flaw."""
    good = _places_without_flaws(brood)
    others = [place for place in good if place not in places]
    return [place if place in good else others.pop(0) for place in places]


def _is_kept(studio: Studio, text: dict[str, Any]) -> bool:
    return "keep" in ask(studio, f"/api/texts/{text['id']}")["marks"]


def _share(page: Page, form: str) -> bytes:
    """Share what stands on the card where the focus is, and give the file."""
    page.keyboard.press("Shift+S")
    dialog = page.get_by_role("dialog")
    if form == "a picture with words":
        _go_to(page, dialog.get_by_role("radio", name="what it"))
        page.keyboard.press("ArrowDown")
        expect(dialog.get_by_label(form)).to_be_checked()
    else:
        dialog.get_by_label("File").select_option(form)
    button = dialog.get_by_role("button", name="Download")
    expect(button).to_be_enabled()
    _go_to(page, button)
    with page.expect_download(timeout=120_000) as coming:
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    return Path(coming.value.path()).read_bytes()


def _photograph(page: Page, place: int, into: Path, *, is_formula: bool) -> None:
    """Photograph the brood, with the code of one card open."""
    page.keyboard.press("i")
    code = card(page, place).get_by_role("region", name="Its code")
    expect(code.get_by_role("link", name="Beside its nearest parent")).to_be_visible()
    if is_formula:
        expect(code.get_by_role("slider").first).to_be_visible()
    expect(page.get_by_text("1 text kept")).to_be_visible()
    come_to_rest(page)
    with Image.open(io.BytesIO(page.screenshot())) as image:
        image.save(into, quality=85)
    page.keyboard.press("i")


def _save_rounds(rows: Sequence[Sequence[dict[str, Any]]], into: Path) -> None:
    """Put the parents, and below them each round, beside each other as one picture."""
    across = max(map(len, rows))
    sheet = Image.new("RGB", (across * (SIDE + GAP) + GAP, len(rows) * (SIDE + GAP) + GAP), PAPER)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            if picture := picture_of(text["content"], SIDE):
                sheet.paste(picture, (GAP + column * (SIDE + GAP), GAP + row * (SIDE + GAP)))
    sheet.save(into, quality=85)
