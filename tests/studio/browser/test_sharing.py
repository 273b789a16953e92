"""Sharing by keys and by pointer, and its page without scripts and without a network."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Locator, Page, expect

from flourishing.garden import Garden
from tests.marks import slow_cases
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import GULL, SALT, TIDE, ask, begin, breed, card, edit, fits, mark
from tests.studio.conftest import ForkedStudio, Studio, free_port

HOSTILE = "</script><script>document.title = 'owned'</script>"
EDIT = f"a gull over the harbour\n{HOSTILE}\n\u202egreen\u202c sea"


@pytest.fixture(scope="module")
def sharing_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio with a family of three generations, the last of them by hand."""
    studio = ForkedStudio(tmp_path_factory.mktemp("sharing"), free_port())
    studio.start()
    bed = begin(studio, GULL, TIDE, SALT)
    offspring = breed(studio, bed)
    mark(studio, bed, "keep", offspring[0])
    edit(studio, bed, offspring[0], EDIT)
    yield studio
    studio.kill()


def number_of(studio: Studio, words: str) -> int:
    (found, *_) = ask(studio, f"/api/texts?words={words}")
    return int(found["id"])


@pytest.fixture
def text(sharing_studio: Studio) -> int:
    return number_of(sharing_studio, "harbour")


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def preview(page: Page) -> Locator:
    return dialog(page).get_by_role("region", name="What is shared")


def picture(page: Page) -> Locator:
    return preview(page).get_by_role("img")


def save(page: Page) -> Download:
    with page.expect_download() as coming:
        dialog(page).get_by_role("button", name="Download").click()
    return coming.value


def bytes_of(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def size_of(download: Download) -> tuple[int, int]:
    with Image.open(io.BytesIO(bytes_of(download))) as image:
        return image.size


@pytest.mark.slow
def test_an_offspring_is_shared_as_a_picture_by_keys(
    open_page: Open, sharing_studio: Studio
) -> None:
    page = open_page(sharing_studio.url)
    expect(card(page, 2)).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Shift+S")
    expect(picture(page)).to_be_visible()
    dialog(page).get_by_label("Size").select_option("square")
    dialog(page).get_by_label("dark").press("Space")
    expect(preview(page)).to_have_attribute("aria-busy", "false")
    file = save(page)
    assert file.suggested_filename.endswith(".png")
    assert size_of(file) == (1080, 1080)
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(card(page, 2)).to_be_visible()


def test_what_a_text_shows_or_plays_is_saved_as_a_file_by_keys(
    open_page: Open, sharing_studio: Studio
) -> None:
    begin(sharing_studio, "f(t, i, x, y) = sin(t + x)", "wave(t) = sin(440*tau*t)", name="files")
    animation, sound = (number_of(sharing_studio, words) for words in ("i, x, y", "440"))
    page = open_page(f"{sharing_studio.url}/texts/{animation}")
    expect(page.get_by_role("button", name="Share")).to_be_visible()
    page.keyboard.press("Shift+S")
    expect(dialog(page).get_by_label("File")).to_have_value("webp")
    dialog(page).get_by_label("File").select_option("gif")
    dialog(page).get_by_label("Size").select_option("256")
    gif = save(page)
    assert gif.suggested_filename == f"text-{animation}.gif"
    assert size_of(gif) == (256, 256)
    dialog(page).get_by_label("File").select_option("png")
    dialog(page).get_by_label("Size").select_option("1024")
    assert size_of(save(page)) == (1_024, 1_024)
    page.goto(f"{sharing_studio.url}/texts/{sound}")
    page.get_by_role("button", name="Share").press("Enter")
    expect(dialog(page).get_by_label("File")).to_have_value("wav")
    expect(dialog(page).get_by_label("Size")).to_have_count(0)
    assert bytes_of(save(page)).startswith(b"RIFF")


@pytest.mark.slow
def test_a_text_is_shared_by_pointer_and_names_whom_one_says(
    open_page: Open, sharing_studio: Studio, text: int
) -> None:
    page = open_page(f"{sharing_studio.url}/texts/{text}")
    page.get_by_role("button", name="Share").click()
    dialog(page).get_by_label("plain text").check()
    expect(preview(page)).to_contain_text("It names nobody.")
    dialog(page).get_by_label("By", exact=True).fill("Ada")
    expect(preview(page).get_by_role("listitem")).to_have_text(["Ada"])
    expect(preview(page)).to_contain_text("— Ada")
    assert bytes_of(save(page)).decode() == f"{EDIT}\n\n— Ada\n"
    dialog(page).get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == f"{EDIT}\n\n— Ada\n"


@pytest.mark.slow
def test_what_has_no_room_is_said_and_not_cut(open_page: Open, sharing_studio: Studio) -> None:
    with Garden(sharing_studio.garden) as garden:
        (long,) = garden.add("a line of a very long poem\n" * 120)
    page = open_page(f"{sharing_studio.url}/texts/{long.id}", viewport=PHONE)
    page.get_by_role("button", name="Share").click()
    expect(preview(page).get_by_role("alert")).to_contain_text("too long")
    expect(dialog(page).get_by_role("button", name="Download")).to_be_disabled()
    dialog(page).get_by_label("Size").select_option("long")
    expect(picture(page)).to_be_visible()
    fits(page)


@pytest.mark.slow
def test_a_family_is_shared_from_its_page(
    open_page: Open, sharing_studio: Studio, text: int
) -> None:
    page = open_page(f"{sharing_studio.url}/lineage/{text}")
    expect(page.get_by_role("application")).to_be_visible()
    page.keyboard.press("Shift+S")
    expect(picture(page)).to_be_visible()
    assert size_of(save(page))[0] >= 1080
    dialog(page).get_by_label("a page").check()
    expect(preview(page)).to_contain_text("to breed from")
    assert save(page).suggested_filename == "a gull over the harbour.html"


def shared_page(page: Page, folder: Path) -> Path:
    page.get_by_role("button", name="Share").click()
    dialog(page).get_by_label("a page").check()
    expect(preview(page)).to_contain_text("in it")
    path = folder / "shared.html"
    save(page).save_as(path)
    return path


@pytest.mark.parametrize("scripts", [*slow_cases([False]), True])
def test_its_page_is_read_with_and_without_scripts_and_without_a_network(
    open_page: Open,
    chromium: Browser,
    sharing_studio: Studio,
    text: int,
    tmp_path: Path,
    scripts: bool,
) -> None:
    path = shared_page(open_page(f"{sharing_studio.url}/texts/{text}"), tmp_path)
    context = chromium.new_context(java_script_enabled=scripts, offline=True)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(path.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("a gull over the harbour")
    shown = page.locator(f"#t{text} .text")
    assert shown.text_content() == EDIT
    expect(page.get_by_role("navigation", name="The family by generations")).to_be_visible()
    expect(page.get_by_text("Breed from this")).to_be_attached()
    assert page.title() == "a gull over the harbour"
    assert asked == [path.as_uri()]
    context.close()


@pytest.mark.slow
def test_another_studio_breeds_from_its_page(
    open_page: Open, sharing_studio: Studio, text: int, tmp_path: Path
) -> None:
    path = shared_page(open_page(f"{sharing_studio.url}/texts/{text}"), tmp_path)
    other = ForkedStudio(tmp_path, free_port())
    other.start()
    try:
        page = open_page(f"{other.url}/library")
        page.get_by_role("button", name="Bring in a file").click()
        page.locator("#import-file").set_input_files(path)
        inside = dialog(page).get_by_role("region", name="What is in it")
        expect(inside).to_contain_text("They bring with them all that they came from.")
        dialog(page).get_by_role("button", name="Bring in 1 text", exact=True).click()
        expect(page.locator("article[data-thing]").filter(has_text="harbour")).to_be_visible()
        there = number_of(other, "harbour")
        family = ask(other, f"/api/texts/{there}/family")
        ours = ask(sharing_studio, f"/api/texts/{text}/family?way=ancestors")
        assert len(family["texts"]) == len(ours["texts"])
        page.get_by_role("region", name="Notices").get_by_role("button", name="Undo").click()
        expect(page.locator("article[data-thing]")).to_have_count(0)
    finally:
        other.kill()
