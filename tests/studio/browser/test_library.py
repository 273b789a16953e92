"""The library: found as one types, tagged, brought in, bound, and bred from."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.marks import slow_cases
from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import ask, bed_of, begin, breed, mark, parents, wait_until
from tests.studio.conftest import ForkedStudio, Studio, free_port

SEA = ("the sea at night", "a heron over the sea", "the moon and a gull")
POEMS_IN_A_FILE = b"first of a file\nin two lines\n\n---\n\nsecond of a file\n"


@pytest.fixture(scope="module")
def shelved_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio with a bed of three written parents, all of them kept."""
    studio = ForkedStudio(tmp_path_factory.mktemp("shelved"), free_port())
    studio.start()
    bed = begin(studio, *SEA)
    mark(studio, bed, "keep", *bed_of(studio, bed)["parents"])
    breed(studio, bed)
    yield studio
    studio.kill()


@pytest.fixture
def page(open_page: Open, shelved_studio: Studio) -> Page:
    page = open_page(f"{shelved_studio.url}/library")
    expect(found(page)).not_to_have_count(0)
    return page


def found(page: Page) -> Locator:
    return page.get_by_role("list", name="Texts, the newest first").get_by_role("article")


def test_texts_are_found_as_one_types(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("hero", delay=20)
    expect(found(page)).to_have_count(1)
    expect(found(page)).to_contain_text("a heron over the sea")
    expect(page).to_have_url(re.compile("hero$"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    page.get_by_role("button", name="All texts", exact=True).click()
    expect(found(page).filter(has_text="the moon")).not_to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("nothing has these words")
    expect(page.get_by_text("Nothing that you kept has the words")).to_be_visible()


@pytest.mark.slow
def test_a_search_is_found_again_by_its_address(page: Page, shelved_studio: Studio) -> None:
    page.get_by_role("searchbox").fill("heron")
    expect(found(page)).to_have_count(1)
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("heron")
    expect(found(page)).to_have_count(1)
    found(page).get_by_role("link").click()
    expect(page.get_by_role("main")).to_contain_text("a heron over the sea")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("heron")


@pytest.mark.slow
def test_more_like_one_is_found_by_its_key_and_by_its_button(page: Page) -> None:
    alike = page.get_by_role("list", name="Texts, the most alike first").get_by_role("article")
    night = alike.filter(has=page.get_by_text("the sea at night", exact=True))
    heron = found(page).filter(has=page.get_by_text("a heron over the sea", exact=True))
    heron.focus()
    page.keyboard.press("Shift+M")
    expect(page.get_by_text("Most like “a heron over the sea”")).to_be_visible()
    expect(night).to_have_count(1)
    expect(alike.filter(has=page.get_by_text("a heron over the sea", exact=True))).to_have_count(0)
    page.reload()
    expect(night).to_have_count(1)
    page.get_by_role("button", name="All texts", exact=True).click()
    expect(heron).to_have_count(1)
    heron.get_by_role("link").click()
    page.get_by_role("button", name="More like this one").click()
    expect(night).to_have_count(1)
    page.get_by_role("searchbox").fill("heron")
    expect(heron).to_have_count(1)
    expect(page.get_by_text("Most like")).to_have_count(0)


@pytest.mark.slow
def test_what_is_not_kept_is_among_all(page: Page, shelved_studio: Studio) -> None:
    bred = bed_of(shelved_studio)["shown"][0]["content"]
    kept = found(page).count()
    page.get_by_role("radio", name="All").check(force=True)
    expect(found(page)).not_to_have_count(kept)
    expect(found(page).filter(has_text=bred)).not_to_have_count(0)


@pytest.mark.slow
def test_texts_are_tagged_and_found_by_the_tag(page: Page) -> None:
    found(page).filter(has_text="the moon and a gull").focus()
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name="Tag")
    dialog.get_by_role("combobox").or_(dialog.get_by_role("textbox")).fill("birds")
    page.keyboard.press("Enter")
    expect(found(page).filter(has_text="birds")).to_have_count(1)
    page.get_by_label("Tag").select_option("birds")
    expect(found(page)).to_have_count(1)
    expect(found(page)).to_contain_text("the moon and a gull")


@pytest.mark.slow
def test_keeping_is_taken_back_by_z(page: Page) -> None:
    poem = found(page).filter(has_text="a heron over the sea")
    poem.focus()
    page.keyboard.press("k")
    expect(poem).not_to_contain_text("kept")
    page.keyboard.press("z")
    expect(poem).to_contain_text("kept")


@pytest.mark.slow
def test_a_file_is_shown_before_it_is_brought_in(page: Page, shelved_studio: Studio) -> None:
    before = len(_all(shelved_studio))
    page.keyboard.press("i")
    dialog = page.get_by_role("dialog", name="Bring in a file")
    file: FilePayload = {"name": "two.txt", "mimeType": "text/plain", "buffer": POEMS_IN_A_FILE}
    page.locator("#import-file").set_input_files(file)
    inside = dialog.get_by_role("region", name="What is in it")
    expect(inside).to_contain_text("first of a file")
    expect(inside).to_contain_text("2 texts")
    assert len(_all(shelved_studio)) == before
    dialog.get_by_role("button", name="Bring").last.click()
    expect(dialog).to_have_count(0)
    wait_until(page, lambda: len(_all(shelved_studio)) == before + 2)
    page.get_by_role("radio", name="All").check(force=True)
    expect(found(page).filter(has_text="second of a file")).to_have_count(1)


@pytest.mark.slow
def test_what_is_no_text_is_refused_in_words(page: Page) -> None:
    page.keyboard.press("i")
    dialog = page.get_by_role("dialog", name="Bring in a file")
    file: FilePayload = {
        "name": "a.png",
        "mimeType": "image/png",
        "buffer": b"\x89PNG\r\n\x1a\n\0\xff\xfe",
    }
    page.locator("#import-file").set_input_files(file)
    expect(dialog.get_by_role("alert").or_(dialog.locator(".problem")).first).to_be_visible()
    expect(dialog.get_by_role("region", name="What is in it")).to_have_count(0)


@pytest.mark.slow
def test_what_is_chosen_is_exported(page: Page, tmp_path: Path) -> None:
    page.keyboard.press("Control+a")
    expect(page.get_by_role("region", name="What is chosen")).to_be_visible()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Markdown").click()
    file = tmp_path / "texts.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as pages:
        written = "".join(pages.read(name).decode() for name in pages.namelist())
    assert all(poem in written for poem in SEA)


@pytest.mark.parametrize(
    ("form", "beginning"), [("PDF", b"%PDF"), *slow_cases([("EPUB", b"PK"), ("HTML", b"<!")])]
)
def test_a_chapbook_is_seen_and_then_downloaded(
    page: Page, tmp_path: Path, form: str, beginning: bytes
) -> None:
    page.get_by_role("button", name="Chapbook").click()
    dialog = page.get_by_role("dialog", name="A chapbook")
    dialog.get_by_label("Title", exact=True).fill("Gulls")
    dialog.get_by_label("By", exact=True).fill("Somebody")
    book = page.frame_locator("iframe >> nth=-1").locator("body")
    for words in ("Gulls", "Somebody", *SEA):
        expect(book).to_contain_text(words)
    dialog.get_by_role("radio", name=form).check()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    file = tmp_path / "book"
    download.value.save_as(file)
    assert file.read_bytes().lower().startswith(beginning.lower())


@pytest.mark.slow
def test_a_collection_is_read_and_bred_from(page: Page, shelved_studio: Studio) -> None:
    page.get_by_role("navigation", name="Collections").get_by_role("link", name="haiku").click()
    expect(page.get_by_role("heading", name="haiku", level=1)).to_be_visible()
    first = page.get_by_role("list", name="What stands in haiku").get_by_role("article").first
    expect(first).to_be_visible()
    before = [each["id"] for each in bed_of(shelved_studio)["parents"]]
    page.get_by_role("button", name="Breed from these").click()
    expect(page.get_by_role("button", name="Breed", exact=True)).to_be_visible()
    expect(parents(page)).not_to_have_count(0)
    wait_until(page, lambda: [each["id"] for each in bed_of(shelved_studio)["parents"]] != before)


@pytest.mark.slow
def test_texts_go_into_the_bed_and_onto_a_shelf(page: Page, shelved_studio: Studio) -> None:
    bed = begin(shelved_studio, "only one", name="empty")
    found(page).filter(has_text="a heron over the sea").focus()
    page.keyboard.press("p")
    wait_until(page, lambda: len(bed_of(shelved_studio, bed)["parents"]) == 2)
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Put on a shelf")
    dialog.get_by_role("combobox").or_(dialog.get_by_role("textbox")).fill("herons")
    page.keyboard.press("Enter")
    shelf = page.get_by_role("navigation", name="Collections").get_by_role("link", name="herons")
    expect(shelf).to_contain_text("1 text")
    shelf.click()
    expect(page.get_by_role("article")).to_contain_text("a heron over the sea")


@pytest.mark.slow
def test_a_text_has_its_origin_its_prompt_and_its_family(
    open_page: Open, shelved_studio: Studio
) -> None:
    bed = begin(shelved_studio, *SEA, name="origin")
    text = breed(shelved_studio, bed)[0]
    page = open_page(f"{shelved_studio.url}/texts/{text['id']}")
    main = page.get_by_role("main")
    expect(main).to_contain_text(text["content"])
    expect(main).to_contain_text("echo")
    main.get_by_text("The exact prompt").click()
    expect(main.locator("pre").first).to_contain_text(SEA[0])
    relatives = main.get_by_role("region", name="Parents")
    for poem in SEA:
        expect(relatives).to_contain_text(poem)
    page.keyboard.press("k")
    wait_until(page, lambda: ask(shelved_studio, f"/api/texts/{text['id']}")["marks"] == ["keep"])


def _all(studio: Studio) -> list[object]:
    told = ask(studio, "/api/texts?limit=200")
    return list(told if isinstance(told, list) else told["texts"])
