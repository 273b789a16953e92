"""Every page and every dialog, by day and by night: nothing that axe-core objects to.

And those who do not see the page, or bear no motion, have all that the others have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import FilePayload, Page, ViewportSize, expect

from flourishing.garden import Garden
from tests.garden.broods import tended
from tests.marks import slow_cases
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import (
    bed_of,
    begin,
    breed,
    card,
    cards,
    change,
    grow,
    mark,
    parents,
    put_under_work,
    repeat,
    require_no_objections,
    tend,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port

WIDE: ViewportSize = {"width": 1440, "height": 900}
BREEDING, REFINING, FRESH, FINISHED, REPEATING, CHOSEN, CHIPS = 1, 2, 3, 4, 5, 6, 7


@pytest.fixture(scope="module")
def grown_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio with a bed where much was done, one where a text is refined, and a new one."""
    studio = ForkedStudio(tmp_path_factory.mktemp("grown"), free_port())
    studio.start()
    assert begin(studio, name="grown", n=5) == BREEDING
    first = breed(studio, BREEDING)
    second = breed(studio, BREEDING, start="the sea")
    mark(studio, BREEDING, "keep", first[0], second[0], second[1])
    mark(studio, BREEDING, "drop", second[2])
    change(studio, BREEDING, parents=[text["id"] for text in (first[1], second[0])])
    assert begin(studio, name="under work", n=3) == REFINING
    put_under_work(studio, REFINING, second[1])
    better = breed(studio, REFINING)
    change(studio, REFINING, chain=[second[1]["id"], better[0]["id"]])
    assert begin(studio, name="new") == FRESH
    assert begin(studio, name="finished") == FINISHED
    assert begin(studio, name="repeating") == REPEATING
    repeat(studio, REPEATING)
    with Garden(studio.garden) as garden:
        assert tended(garden, "chosen").id == CHOSEN
    change(studio, CHOSEN, n=3, settings={"candidates": 8})
    breed(studio, CHOSEN)
    breed(studio, CHOSEN)
    chips = {"name": "chips", "kind": "word", "parents": ["cat", "dog", "wolf"]}
    assert studio.ask("POST", "/api/beds", json=chips).json()["id"] == CHIPS
    mark(studio, CHIPS, "keep", breed(studio, CHIPS)[0])
    run = {"texts": ["a gull", "the tide"], "name": "one", "budget": {"completions": 8}, "seed": 1}
    assert studio.ask("POST", "/api/runs", json=run).status_code == 201
    yield studio
    studio.kill()


@dataclass(frozen=True, slots=True)
class Place:
    """A page, or something that opens on it."""

    path: str
    open: Callable[[Page], object]
    bed: int = BREEDING


def _key(*keys: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        expect(page.locator("article[data-card], [data-spot], [data-thing]").first).to_be_visible()
        for key in keys:
            page.keyboard.press(key)

    return press


def _nothing(_: Page) -> None:
    return


def _button(*names: str) -> Callable[[Page], None]:
    def click(page: Page) -> None:
        for name in names:
            page.get_by_role("button", name=name).first.click()

    return click


def _dialog(act: Callable[[Page], object]) -> Callable[[Page], None]:
    def open_(page: Page) -> None:
        act(page)
        expect(page.get_by_role("dialog")).to_be_visible()

    return open_


def _other_parents(page: Page) -> None:
    _key("f")(page)
    expect(page.get_by_role("dialog").get_by_role("checkbox").first).to_be_visible()


def _other_words(page: Page) -> None:
    _key("w", "Enter")(page)
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()


def _rounds(page: Page) -> None:
    expect(page.get_by_text("The last round repeats")).to_be_visible()


def _taste(page: Page) -> None:
    _key("s")(page)
    expect(page.get_by_role("dialog").get_by_text("of unseen pairs")).to_be_visible()


def _several_poems(page: Page) -> None:
    page.keyboard.press("n")
    page.get_by_role("dialog").get_by_role("textbox").fill("one\n---\ntwo\n---\nthree")
    expect(page.get_by_role("radio").first).to_be_visible()


def _accept(page: Page) -> None:
    _key("a")(page)
    expect(page.get_by_role("heading", name="Finished.")).to_be_visible()


def _found_in_a_file(page: Page) -> None:
    page.get_by_role("button", name="Bring in a file").click()
    file: FilePayload = {
        "name": "two.txt",
        "mimeType": "text/plain",
        "buffer": b"a gull\n\n---\n\nthe tide\n",
    }
    page.locator("#import-file").set_input_files(file)
    expect(page.get_by_role("region", name="What is in it")).to_be_visible()


def _breed_from_here(page: Page) -> None:
    page.get_by_role("application").press("Enter")
    page.get_by_role("button", name="Breed from here").click()


def _single_poems(page: Page) -> None:
    _key("t")(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("single poems").check()
    expect(dialog.get_by_role("checkbox").first).to_be_visible()


def _share(page: Page) -> None:
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()


def _share_page(page: Page) -> None:
    _share(page)
    page.get_by_role("dialog").get_by_label("a page").check()
    expect(page.get_by_role("dialog").get_by_text("to breed from")).to_be_visible()


def _run_listed(page: Page) -> None:
    expect(page.get_by_role("link", name="one", exact=True)).to_be_visible()


def _run_read(page: Page) -> None:
    expect(page.get_by_text("Done.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Adopt as parents")).to_be_visible()


def _run_adopted(page: Page) -> None:
    _run_read(page)
    page.keyboard.press("m")


def _one_text(studio: Studio) -> int:
    return int(bed_of(studio, BREEDING)["shown"][0]["id"])


PLACES = {
    "breed, first visit": Place("/", _nothing, FRESH),
    "breed": Place("/", _nothing),
    "breed, an edit": Place("/", _key("e")),
    "breed, a diff": Place("/", _nothing, REFINING),
    "breed, word by word": Place("/", _key("w", "ArrowRight")),
    "breed, other words": Place("/", _other_words),
    "breed, parents' lines": Place("/", _key("Shift+L")),
    "breed, chips": Place("/", _key("l"), CHIPS),
    "breed, rounds": Place("/", _rounds, REPEATING),
    "breed, settings": Place("/", _dialog(_key("s"))),
    "breed, chosen by taste": Place("/", _nothing, CHOSEN),
    "breed, all of them": Place("/", _button("Show the other 5"), CHOSEN),
    "breed, the taste": Place("/", _dialog(_taste), CHOSEN),
    "breed, the prompt": Place("/", _dialog(_key("v"))),
    "breed, the prompt by hand": Place("/", _button("prompt", "Write it myself")),
    "breed, the pattern": Place("/", _dialog(_key("Shift+V"))),
    "breed, several poems": Place("/", _several_poems),
    "breed, from the library": Place("/", _dialog(_key("t"))),
    "breed, single poems": Place("/", _dialog(_single_poems)),
    "breed, other parents": Place("/", _other_parents, REPEATING),
    "breed, the model": Place("/", _button("The model:")),
    "breed, all keys": Place("/", _dialog(_key("?"))),
    "refine, to begin": Place("/refine", _nothing),
    "refine": Place("/refine", _nothing, REFINING),
    "refine, an edit": Place("/refine", _key("e"), REFINING),
    "refine, all changes": Place("/refine", _button("New words marked"), REFINING),
    "refine, examples": Place("/refine", _key("u"), REFINING),
    "refine, the prompt": Place("/refine", _dialog(_key("v")), REFINING),
    "refine, accepted": Place("/refine", _accept, FINISHED),
    "library": Place("/library", _nothing),
    "library, some chosen": Place("/library", _key("Control+a")),
    "library, by likeness": Place("/library?which=all&like=1", _key()),
    "library, a tag": Place("/library", _dialog(_key("t"))),
    "library, a shelf": Place("/library", _dialog(_key("s"))),
    "library, a file": Place("/library", _found_in_a_file),
    "library, a chapbook": Place("/library", _dialog(_button("Chapbook"))),
    "a collection": Place("/library/imagists", _nothing),
    "a collection of chains": Place("/library/refinements", _nothing),
    "a text": Place("/texts/{}", _nothing),
    "a text, to share": Place("/texts/{}", _dialog(_share)),
    "a text, an edit": Place("/texts/{}", _button("Edit")),
    "lineage": Place("/lineage/{}", _nothing),
    "lineage, a list": Place("/lineage/{}?view=list", _nothing),
    "lineage, to share": Place("/lineage/{}", _dialog(_share_page)),
    "lineage, the way": Place("/lineage/{}", _dialog(_button("Its way here"))),
    "lineage, breed": Place("/lineage/{}", _dialog(_breed_from_here)),
    "beds": Place("/beds", _nothing),
    "beds, a new one": Place("/beds", _dialog(_button("New bed"))),
    "beds, a name": Place("/beds", _dialog(_button("Rename"))),
    "runs": Place("/runs", _run_listed),
    "runs, a new one": Place("/runs", _dialog(_button("New run"))),
    "a run": Place("/runs/one", _run_read),
    "a run, a list": Place("/runs/one", _button("As a list")),
    "a run, to adopt": Place("/runs/one", _dialog(_run_adopted)),
    "a run, a text": Place("/runs/one", _dialog(_button("Put a text in"))),
    "models": Place("/models", _nothing),
    "models, a file": Place("/models", _dialog(_button("Add a file"))),
    "models, a server": Place("/models", _dialog(_button("Add a server"))),
    "models, two": Place("/models", _dialog(_button("Try two"))),
}


PAGES = {
    "breed",
    "refine",
    "library",
    "a text",
    "lineage",
    "beds",
    "runs",
    "a run",
    "models",
}
"""What is looked at by default, on a wide page; all the rest only with the slow tests."""
LOOKS = [
    pytest.param(
        place,
        size,
        id=f"{name}-{label}",
        marks=[] if label == "wide" and name in PAGES else [pytest.mark.slow],
    )
    for label, size in (("wide", WIDE), ("phone", PHONE))
    for name, place in PLACES.items()
]


@pytest.mark.parametrize(("place", "size"), LOOKS)
def test_axe_objects_to_nothing(
    open_page: Open, grown_studio: Studio, place: Place, size: ViewportSize
) -> None:
    tend(grown_studio, place.bed)
    if place.bed == FINISHED:
        put_under_work(grown_studio, FINISHED, bed_of(grown_studio, FINISHED)["parents"][0])
    address = grown_studio.url + place.path.format(_one_text(grown_studio))
    page = open_page(address, viewport=size, color_scheme="light")
    expect(page.get_by_role("heading").first).to_be_attached()
    expect(page.get_by_text("Opening")).to_have_count(0)
    place.open(page)
    page.evaluate(_ALL_DRAWN)
    # The page below a dialog is a place of its own.
    within = "dialog[open]" if page.get_by_role("dialog").count() else None
    require_no_objections(page, within)
    page.emulate_media(color_scheme="dark")
    page.evaluate(_SETTLED)
    require_no_objections(page, within, only="color-contrast")


_ALL_DRAWN = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { content-visibility: visible !important }");
    document.adoptedStyleSheets.push(sheet);
}"""
"""What is out of sight is looked at too, and in the colours of the hour."""

_SETTLED = """async () => {
    let still = 0;
    while (still < 2) {
        await new Promise(requestAnimationFrame);
        const running = document.getAnimations().filter((each) => each.playState === "running");
        await Promise.allSettled(running.map((each) => each.finished));
        still = running.length ? 0 : still + 1;
    }
}"""
"""Two frames in which nothing moves: the end of one transition may be the start of another."""


def test_a_screen_reader_is_told_of_each_that_comes(open_page: Open, grown_studio: Studio) -> None:
    begin(grown_studio, name="heard", n=3)
    page = open_page(grown_studio.url)
    expect(parents(page)).to_have_count(3)
    page.evaluate(
        """() => {
            window.heard = "";
            for (const region of document.querySelectorAll("[aria-live=polite]"))
                new MutationObserver(() => (window.heard += region.textContent + "\\n"))
                    .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    bed = grow(page, grown_studio, lambda: page.keyboard.press("Enter"))
    wait_until(page, lambda: "3 of 3 came." in page.evaluate("window.heard"))
    heard = page.evaluate("window.heard")
    for place, text in enumerate(bed["shown"], start=1):
        assert f"Offspring {place}: {text['content'].splitlines()[0][:40]}" in heard


@pytest.mark.slow
def test_each_thing_that_is_done_is_said(open_page: Open, grown_studio: Studio) -> None:
    bed = begin(grown_studio, name="said", n=2)
    breed(grown_studio, bed)
    page = open_page(grown_studio.url)
    region = page.locator("[aria-live=polite]")
    expect(cards(page)).to_have_count(2)
    for key, said in (
        ("1", "Parent 4, the last and best."),
        ("k", "Kept."),
        ("k", "No longer kept."),
        ("x", "Dropped."),
        ("z", "Undone: dropped “"),
    ):
        page.keyboard.press(key)
        expect(region.filter(has_text=said)).to_have_count(1)


@pytest.mark.parametrize(
    ("wish", "moves"), [("reduce", False), *slow_cases([("no-preference", True)])]
)
def test_nothing_moves_for_who_wants_no_motion(
    open_page: Open, silent_studio: Studio, wish: str, moves: bool
) -> None:
    begin(silent_studio, n=4)
    page = open_page(silent_studio.url, reduced_motion=wish)
    expect(parents(page)).to_have_count(3)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Enough")).to_be_visible()
    expect(card(page, 1)).to_be_visible()  # which waits for its first word
    settled = "Promise.all(document.getAnimations().map((each) => each.ready))"
    page.evaluate(settled)
    running = "document.getAnimations().some((each) => each.playState === 'running')"
    assert page.evaluate(running) is moves


@pytest.mark.slow
def test_the_focus_goes_to_the_heading_of_a_page_that_is_gone_to(
    open_page: Open, grown_studio: Studio
) -> None:
    page = open_page(grown_studio.url)
    expect(parents(page)).not_to_have_count(0)
    for keys, heading in (("gl", "Library"), ("gd", "Beds"), ("gr", "Refine")):
        page.keyboard.type(keys)
        expect(page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_focused()


def test_a_dialog_holds_the_focus_and_gives_it_back(open_page: Open, grown_studio: Studio) -> None:
    tend(grown_studio, BREEDING)
    page = open_page(grown_studio.url)
    card(page, 2).focus()
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        inside = "document.querySelector('dialog').contains(document.activeElement)"
        assert page.evaluate(f"{inside} || document.activeElement === document.body")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(card(page, 2)).to_be_focused()
