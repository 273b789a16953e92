"""Every view of the studio, and every dialog: how to come there, and a garden in which all are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from flourishing.garden import Garden
from tests.garden.broods import tended
from tests.studio.browser.walk import (
    bed_of,
    begin,
    breed,
    change,
    mark,
    put_under_work,
    repeat,
    tend,
)
from tests.studio.conftest import Studio

BREEDING, REFINING, FRESH, FINISHED, REPEATING, CHOSEN, CHIPS = 1, 2, 3, 4, 5, 6, 7


def grow_all(studio: Studio) -> None:
    """Begin the beds of the places: where much was done, where a text is refined, a new one."""
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


@dataclass(frozen=True, slots=True)
class Place:
    """A page, or something that opens on it."""

    path: str
    open: Callable[[Page], object]
    bed: int = BREEDING

    def show(self, open_page: Callable[..., Page], studio: Studio, **how: Any) -> Page:
        """Show it on a page of its own."""
        tend(studio, self.bed)
        if self.bed == FINISHED:
            put_under_work(studio, FINISHED, bed_of(studio, FINISHED)["parents"][0])
        page = open_page(studio.url + self.path.format(_one_text(studio)), **how)
        expect(page.get_by_role("heading").first).to_be_attached()
        expect(page.get_by_text("Opening")).to_have_count(0)
        self.open(page)
        return page


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


def _in_the_panel(name: str) -> Callable[[Page], None]:
    def click(page: Page) -> None:
        page.get_by_role("application").press("Enter")  # on a phone the panel is closed
        page.get_by_role("button", name=name).click()

    return click


def _models(page: Page) -> None:
    expect(page.get_by_role("heading", name="To be had")).to_be_visible()


def _chapbook(page: Page) -> None:
    _button("Chapbook")(page)
    expect(page.get_by_role("dialog").get_by_text("Setting the pages")).to_have_count(0)


def _single_texts(page: Page) -> None:
    _key("t")(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("single texts").check()
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
    "breed, single texts": Place("/", _dialog(_single_texts)),
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
    "library, a chapbook": Place("/library", _dialog(_chapbook)),
    "a collection": Place("/library/imagists", _nothing),
    "a collection of chains": Place("/library/refinements", _nothing),
    "a text": Place("/texts/{}", _nothing),
    "a text, to share": Place("/texts/{}", _dialog(_share)),
    "a text, an edit": Place("/texts/{}", _button("Edit")),
    "lineage": Place("/lineage/{}", _nothing),
    "lineage, a list": Place("/lineage/{}?view=list", _nothing),
    "lineage, to share": Place("/lineage/{}", _dialog(_share_page)),
    "lineage, the way": Place("/lineage/{}", _dialog(_in_the_panel("Its way here"))),
    "lineage, breed": Place("/lineage/{}", _dialog(_in_the_panel("Breed from here"))),
    "beds": Place("/beds", _nothing),
    "beds, a new one": Place("/beds", _dialog(_button("New bed"))),
    "beds, a name": Place("/beds", _dialog(_button("Rename"))),
    "runs": Place("/runs", _run_listed),
    "runs, a new one": Place("/runs", _dialog(_button("New run"))),
    "a run": Place("/runs/one", _run_read),
    "a run, a list": Place("/runs/one", _button("As a list")),
    "a run, to adopt": Place("/runs/one", _dialog(_run_adopted)),
    "a run, a text": Place("/runs/one", _dialog(_button("Put a text in"))),
    "models": Place("/models", _models),
    "models, a file": Place("/models", _dialog(_button("Add a file"))),
    "models, a server": Place("/models", _dialog(_button("Add a server"))),
    "models, two": Place("/models", _dialog(_button("Try two"))),
}
