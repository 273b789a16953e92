"""Each key does what its button says, and each button says its key."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import (
    POEMS,
    bed_of,
    begin,
    breed,
    card,
    cards,
    grow,
    grown,
    here,
    parents,
    prompt_of,
    put_under_work,
    saying,
    wait_until,
)
from tests.studio.conftest import TOKEN, ForkedStudio, Studio, free_port

KEPT, PARENT = saying("kept"), saying("parent")


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio for all of these; each has a bed of its own in it."""
    studio = ForkedStudio(tmp_path_factory.mktemp("shared"), free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture
def page(open_page: Open, shared_studio: Studio, request: pytest.FixtureRequest) -> Page:
    """Give a page on a bed with a brood of three."""
    bed = begin(shared_studio, name=request.node.name)
    breed(shared_studio, bed)
    page = open_page(shared_studio.url)
    expect(cards(page)).to_have_count(3)
    return page


@pytest.fixture
def work(open_page: Open, shared_studio: Studio, request: pytest.FixtureRequest) -> Page:
    """Give a page on which a text is refined, with three candidates."""
    bed = begin(shared_studio, name=request.node.name)
    put_under_work(shared_studio, bed, bed_of(shared_studio, bed)["parents"][0])
    breed(shared_studio, bed)
    page = open_page(f"{shared_studio.url}/refine")
    expect(candidate(page, 3)).to_be_visible()
    return page


def candidate(page: Page, place: int) -> Locator:
    return page.locator(f'[data-spot="candidate-{place - 1}"]')


def version(page: Page, number: int) -> Locator:
    return page.get_by_role("article", name=re.compile(rf"^Version {number}\b"))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


# Breed.


@pytest.mark.slow
def test_enter_breeds_and_the_brood_before_goes_below(page: Page, shared_studio: Studio) -> None:
    first = card(page, 1).get_by_role("paragraph").first.inner_text()
    grow(page, shared_studio, lambda: press(page, "Enter"))
    expect(page.get_by_role("heading", level=3)).to_have_count(1)
    earlier = page.locator('article[data-card$="-0"]').nth(1)
    expect(earlier).to_contain_text(first)


@pytest.mark.slow
def test_digits_p_and_space_make_parents(page: Page) -> None:
    for keys, place in ((["2"], 2), (["l", "l", "p"], 3), (["j", "j", "Space"], 1)):
        press(page, *keys)
        expect(card(page, place)).to_have_accessible_name(PARENT)
    expect(parents(page)).to_have_count(6)
    press(page, "1", "2", "3")
    expect(parents(page)).to_have_count(3)


@pytest.mark.slow
def test_k_keeps_and_is_another_thing_than_a_parent(page: Page, shared_studio: Studio) -> None:
    press(page, "k")
    expect(card(page, 1)).to_have_accessible_name(KEPT)
    expect(card(page, 1)).not_to_have_accessible_name(PARENT)
    wait_until(page, lambda: bed_of(shared_studio)["shown"][0]["marks"] == ["keep"])
    press(page, "k")
    expect(card(page, 1)).not_to_have_accessible_name(KEPT)


def test_x_drops_and_it_is_taken_back_to_its_place(page: Page, shared_studio: Studio) -> None:
    words = card(page, 2).get_by_role("paragraph").first.inner_text()
    press(page, "l", "l", "j", "x")
    expect(card(page, 2)).to_contain_text("dropped")
    expect(card(page, 3)).not_to_contain_text("dropped")
    wait_until(page, lambda: bed_of(shared_studio)["shown"][1] is None)
    card(page, 2).get_by_role("button", name="Take back").click()
    expect(card(page, 2)).to_contain_text(words)
    wait_until(page, lambda: bed_of(shared_studio)["shown"][1] is not None)


def test_an_edit_is_a_child_with_its_diff(page: Page, shared_studio: Studio) -> None:
    before = bed_of(shared_studio)["shown"][0]
    press(page, "e")
    expect(here(page)).to_have_role("textbox")
    press(page, "Control+End")
    page.keyboard.type(" again and again")
    press(page, "Control+Enter")
    expect(card(page, 1)).to_contain_text("again and again")
    expect(card(page, 1)).to_be_focused()
    wait_until(page, lambda: bed_of(shared_studio)["shown"][0]["id"] != before["id"])
    after = bed_of(shared_studio)["shown"][0]
    assert after["origin"]["author"] == "person"
    assert after["origin"]["parents"] == [before["id"]]
    press(page, "d")
    expect(card(page, 1).locator("ins")).to_contain_text("again and again")
    press(page, "d")
    expect(card(page, 1).locator("ins")).to_have_count(0)


@pytest.mark.slow
def test_escape_leaves_an_edit_as_it_was(page: Page, shared_studio: Studio) -> None:
    before = bed_of(shared_studio)["shown"][0]["id"]
    press(page, "e")
    page.keyboard.type("something else")
    press(page, "Escape")
    expect(card(page, 1).get_by_role("textbox")).to_have_count(0)
    expect(card(page, 1)).not_to_contain_text("something else")
    assert bed_of(shared_studio)["shown"][0]["id"] == before


@pytest.mark.slow
def test_m_breeds_more_like_it(page: Page, shared_studio: Studio) -> None:
    like = bed_of(shared_studio)["shown"][0]
    bed = grow(page, shared_studio, lambda: press(page, "m"))
    assert bed["parents"][-1]["id"] == like["id"]
    assert like["content"] in prompt_of(shared_studio, bed)


@pytest.mark.slow
def test_c_copies(page: Page, shared_studio: Studio) -> None:
    press(page, "c")
    expect(card(page, 1)).to_contain_text("copied: ")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == bed_of(shared_studio)["shown"][0]["content"]


def test_r_and_z_show_something_before_the_server_has_answered(
    page: Page, shared_studio: Studio
) -> None:
    text = bed_of(shared_studio)["shown"][0]
    held: list[Route] = []
    page.route(re.compile(r"/(refine/\d+|undo)$"), lambda route: held.append(route))
    press(page, "r")
    expect(page.get_by_role("main")).to_contain_text(text["content"])
    expect(page.get_by_text("Looking for its versions")).to_be_visible()
    held.pop().continue_()
    expect(version(page, 1)).to_contain_text(text["content"])
    press(page, "z")
    expect(page.get_by_text("Undoing …")).to_be_visible()
    assert bed_of(shared_studio)["chain"]
    held.pop().continue_()
    expect(page.get_by_text("Undone: ").first).to_be_visible()
    expect(page.get_by_text("Undoing …")).to_be_hidden()
    assert not bed_of(shared_studio)["chain"]


def test_enter_after_r_refines_as_soon_as_the_versions_are_there(
    page: Page, shared_studio: Studio
) -> None:
    before = bed_of(shared_studio)["brood"]["id"]
    held: list[Route] = []
    page.route(re.compile(r"/refine/\d+$"), lambda route: held.append(route))
    press(page, "r")
    expect(page.get_by_text("Looking for its versions")).to_be_visible()
    press(page, "w")
    press(page, "Enter")
    assert bed_of(shared_studio)["brood"]["id"] == before
    grow(page, shared_studio, lambda: held.pop().continue_())
    assert bed_of(shared_studio)["brood"]["operation"] == "refined"


def test_a_key_acts_that_is_pressed_before_there_is_any_page(page: Page) -> None:
    # The page waits 120 ms for the first answer, and is then drawn without it.
    page.add_init_script(
        "const later = setTimeout;"
        "window.setTimeout = (run, ms) => later(run, ms === 120 ? 60_000 : ms);"
    )
    held: list[Route] = []
    page.route("**/api/studio", lambda route: held.append(route))
    page.reload()
    press(page, "?")
    assert page.get_by_role("banner").count() == 0
    for each in held:
        each.continue_()
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.slow
def test_r_puts_it_under_work(page: Page, shared_studio: Studio) -> None:
    text = bed_of(shared_studio)["shown"][0]
    press(page, "r")
    expect(version(page, 1)).to_contain_text(text["content"])
    assert page.url.endswith("/refine")
    assert bed_of(shared_studio)["chain"][-1]["id"] == text["id"]


@pytest.mark.slow
def test_arrows_and_j_and_l_move_and_nothing_else_does(page: Page) -> None:
    for key, place in (("l", 2), ("ArrowRight", 3), ("ArrowRight", 3), ("j", 2), ("ArrowLeft", 1)):
        press(page, key)
        expect(card(page, place)).to_be_focused()
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_timeout(500)  # until the cards stand in one column, which nothing tells
    press(page, "ArrowDown")
    expect(card(page, 2)).to_be_focused()
    press(page, "ArrowUp")
    expect(card(page, 1)).to_be_focused()


@pytest.mark.slow
def test_z_undoes_across_a_reload_and_a_restart(open_page: Open, studio: Studio) -> None:
    bed = begin(studio)
    breed(studio, bed)
    page = open_page(studio.url)
    expect(cards(page)).to_have_count(3)
    press(page, "1", "k")
    expect(card(page, 1)).to_have_accessible_name(KEPT)
    wait_until(page, lambda: bed_of(studio)["undo"] == "keep")
    studio.stop()
    studio.start()
    page.goto(f"{studio.url}/?token={TOKEN}")  # a session ends with its server
    expect(card(page, 1)).to_have_accessible_name(KEPT)
    press(page, "z")
    expect(card(page, 1)).not_to_have_accessible_name(KEPT)
    press(page, "z")
    expect(card(page, 1)).not_to_have_accessible_name(PARENT)
    expect(parents(page)).to_have_count(3)
    wait_until(page, lambda: bed_of(studio)["redo"])
    page.reload()
    expect(cards(page)).to_have_count(3)
    press(page, "Shift+Z", "Shift+Z")
    expect(card(page, 1)).to_have_accessible_name(PARENT)
    expect(card(page, 1)).to_have_accessible_name(KEPT)
    expect(parents(page)).to_have_count(4)


@pytest.mark.slow
def test_start_words_begin_every_offspring(page: Page, shared_studio: Studio) -> None:
    press(page, "b")
    page.keyboard.type("the moon")
    bed = grow(page, shared_studio, lambda: press(page, "Enter"))
    assert all(text["content"].startswith("the moon") for text in bed["shown"])
    expect(card(page, 1)).to_contain_text("the moon")


@pytest.mark.slow
def test_slash_searches_the_library(page: Page) -> None:
    press(page, "/")
    expect(page.get_by_role("heading", name="Library", level=1)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.slow
def test_the_question_mark_lists_every_key(page: Page) -> None:
    press(page, "?")
    dialog = page.get_by_role("dialog", name="Keys")
    for words in ("Breed", "Keep, or no longer", "Drop", "Undo", "Search the library", "Copy"):
        listed = dialog.get_by_role("definition").filter(has_text=re.compile(rf"^\s*{words}\b"))
        expect(listed.first).to_be_visible()


@pytest.mark.slow
def test_settings_are_kept_and_can_be_taken_back(page: Page, shared_studio: Studio) -> None:
    press(page, "s")
    field = page.get_by_role("dialog").get_by_label("Temperature")
    field.fill("1.35")
    field.blur()
    wait_until(page, lambda: bed_of(shared_studio)["settings"]["temperature"] == 1.35)
    field.fill("-1")
    field.blur()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("")
    field.blur()
    wait_until(page, lambda: bed_of(shared_studio)["settings"]["temperature"] is None)
    page.get_by_role("dialog").get_by_label("Pattern").select_option("lines")
    wait_until(page, lambda: bed_of(shared_studio)["pattern"] == "lines")


@pytest.mark.slow
def test_one_choice_goes_from_tame_to_wild(page: Page, shared_studio: Studio) -> None:
    press(page, "s")
    dialog = page.get_by_role("dialog")
    choice = dialog.get_by_role("group", name="How freely")
    expect(choice.get_by_role("button", name="usual")).to_have_attribute("aria-pressed", "true")
    choice.get_by_role("button", name="wild").click()
    expect(choice.get_by_role("button", name="wild")).to_have_attribute("aria-pressed", "true")
    expect(dialog.get_by_label("Temperature")).to_have_value("1.5")
    wait_until(page, lambda: bed_of(shared_studio)["settings"]["temperature"] == 1.5)
    choice.get_by_role("button", name="usual").click()
    wait_until(page, lambda: bed_of(shared_studio)["settings"]["temperature"] is None)


@pytest.mark.slow
def test_a_setting_shows_what_is_usual_for_the_kind(page: Page) -> None:
    press(page, "s")
    field = page.get_by_role("dialog").get_by_label("Against repetition (DRY)")
    expect(field).to_have_attribute("placeholder", "2")


@pytest.mark.slow
def test_the_prompt_is_written_once_and_for_good_and_grows_again(
    page: Page, shared_studio: Studio
) -> None:
    press(page, "v")
    drawer = page.get_by_role("dialog", name="The exact prompt")
    expect(drawer.get_by_role("region", name="The prompt")).to_contain_text(POEMS[0])
    expect(drawer).to_contain_text(saying("tokens"))

    def send_once() -> None:
        drawer.get_by_role("button", name="Write it myself").click()
        drawer.get_by_label("The prompt, written by you").fill("once\n")
        drawer.get_by_role("button", name=saying("once")).click()

    bed = grow(page, shared_studio, send_once)
    assert prompt_of(shared_studio, bed) == "once\n"
    assert bed["settings"]["prompt"] is None

    if not drawer.is_visible():
        page.get_by_role("button", name="prompt").last.click()
    drawer.get_by_role("button", name="Write it myself").click()
    drawer.get_by_label("The prompt, written by you").fill("for good\n")
    drawer.get_by_role("button", name="Keep it for good").click()
    wait_until(page, lambda: bed_of(shared_studio)["settings"]["prompt"] == "for good\n")
    expect(page.get_by_role("complementary")).to_contain_text("fixed by hand")
    page.get_by_role("complementary").get_by_role("button", name="Let it grow again").click()
    expect(drawer.get_by_role("region", name="The prompt")).to_contain_text(POEMS[0])
    wait_until(page, lambda: bed_of(shared_studio)["settings"]["prompt"] is None)


@pytest.mark.slow
def test_parents_are_reordered_by_alt_and_arrows(page: Page, shared_studio: Studio) -> None:
    parents(page).nth(2).get_by_role("button", name="Parent 3 of 3").focus()
    press(page, "Alt+ArrowUp", "Alt+ArrowUp")
    expect(parents(page).first).to_contain_text(POEMS[2])
    press(page, "Alt+ArrowDown")
    wait_until(page, lambda: _contents(shared_studio) == [POEMS[0], POEMS[2], POEMS[1]])
    expect(parents(page).nth(1)).to_contain_text(POEMS[2])


@pytest.mark.slow
def test_parents_are_reordered_by_dragging(page: Page, shared_studio: Studio) -> None:
    grip = parents(page).first.get_by_role("button", name="Parent 1 of 3").bounding_box()
    last = parents(page).nth(2).bounding_box()
    assert grip
    assert last
    page.mouse.move(grip["x"] + 8, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, grip["y"] + 60, steps=4)
    page.mouse.move(grip["x"] + 8, last["y"] + last["height"] - 2, steps=8)
    page.mouse.up()
    expect(parents(page).nth(2)).to_contain_text(POEMS[0])
    wait_until(page, lambda: _contents(shared_studio) == [POEMS[1], POEMS[2], POEMS[0]])


@pytest.mark.slow
def test_parents_are_taken_out_edited_and_written(page: Page, shared_studio: Studio) -> None:
    parents(page).first.get_by_role("button", name="Take it out").click()
    expect(parents(page)).to_have_count(2)
    parents(page).first.get_by_role("button", name="Edit this parent").click()
    parents(page).get_by_role("textbox").fill("an edited parent")
    press(page, "Control+Enter")
    expect(parents(page).first).to_contain_text("an edited parent")
    press(page, "n")
    page.get_by_role("dialog").get_by_role("textbox").fill("written by hand")
    press(page, "Control+Enter")
    expect(parents(page).nth(2)).to_contain_text("written by hand")
    wanted = ["an edited parent", POEMS[2], "written by hand"]
    wait_until(page, lambda: _contents(shared_studio) == wanted)


@pytest.mark.slow
def test_several_poems_are_pasted_at_once(page: Page, shared_studio: Studio) -> None:
    page.evaluate("navigator.clipboard.writeText('one\\nline\\n---\\ntwo\\n---\\nthree')")
    press(page, "Control+v")
    dialog = page.get_by_role("dialog", name="Bring in what you pasted")
    expect(dialog.get_by_role("region", name="What is in it")).to_contain_text("3 texts")
    dialog.get_by_role("button", name="Bring in 3 texts").click()
    expect(parents(page)).to_have_count(6)
    wait_until(page, lambda: _contents(shared_studio)[3:] == ["one\nline", "two", "three"])


@pytest.mark.slow
def test_parents_are_taken_from_the_library(page: Page, shared_studio: Studio) -> None:
    press(page, "t")
    dialog = page.get_by_role("dialog", name="Take parents from the library")
    dialog.get_by_role("checkbox", name="haiku").check()
    dialog.get_by_label("How many").fill("2")
    dialog.get_by_role("button", name="Add them").click()
    expect(parents(page)).to_have_count(5)
    press(page, "z")
    expect(parents(page)).to_have_count(3)


def test_every_key_of_breed_has_a_button_that_says_it(page: Page) -> None:
    for key, name in {
        "Enter": "Breed",
        "k": "keep",
        "x": "drop",
        "e": "edit",
        "r": "refine",
        "m": "more",
        "Shift+s": "share",
        "z": "Undo",
        "Shift+z": "Redo",
        "n": "Write or paste",
        "t": "Take from the library",
        "f": "Fresh parents…",
    }.items():
        _says(page.get_by_role("main").get_by_role("button", name=name), key)
    _says(card(page, 1).get_by_role("button", name="parent"), "1")


@pytest.mark.slow
def test_a_tooltip_shows_the_key(page: Page) -> None:
    card(page, 1).get_by_role("button", name="keep").hover()
    expect(page.locator(".tip")).to_contain_text("Keep, or no longer")
    expect(page.locator(".tip kbd")).to_have_text("K", ignore_case=True)


def test_single_keys_rest_where_a_person_types(page: Page, shared_studio: Studio) -> None:
    page.get_by_label("beginning with").focus()
    page.keyboard.type("kx1z")
    expect(page.get_by_label("beginning with")).to_have_value("kx1z")
    expect(card(page, 1)).not_to_have_accessible_name(KEPT)
    assert len(bed_of(shared_studio)["parents"]) == 3


# Refine.


def test_refine_chooses_goes_back_and_forward(work: Page, shared_studio: Studio) -> None:
    press(work, "2")
    expect(candidate(work, 2)).to_have_accessible_name(saying("version 2"))
    expect(version(work, 2)).to_be_visible()
    press(work, "h")
    expect(version(work, 2)).to_have_accessible_name(saying("waits"))
    press(work, "f")
    expect(version(work, 2)).to_have_accessible_name(saying("the last"))
    press(work, "z")
    expect(version(work, 2)).to_have_accessible_name(saying("waits"))
    press(work, "Shift+Z")
    expect(version(work, 2)).to_have_accessible_name(saying("the last"))
    wait_until(work, lambda: len(bed_of(shared_studio)["chain"]) == 2)


@pytest.mark.slow
def test_refine_chooses_where_one_is_and_drops(work: Page) -> None:
    candidate(work, 3).focus()
    press(work, "Space")
    expect(candidate(work, 3)).to_have_accessible_name(saying("version 2"))
    candidate(work, 1).focus()
    press(work, "x")
    expect(work.get_by_text("1, dropped")).to_be_visible()


@pytest.mark.slow
def test_refine_keeps_copies_and_opens(work: Page, shared_studio: Studio) -> None:
    text = bed_of(shared_studio)["shown"][0]
    candidate(work, 1).focus()
    press(work, "k")
    expect(candidate(work, 1)).to_have_accessible_name(KEPT)
    press(work, "c")
    expect(candidate(work, 1)).to_contain_text("copied: ")
    assert work.evaluate("navigator.clipboard.readText()") == text["content"]
    press(work, "o")
    expect(work.get_by_role("region", name="Refining")).to_have_count(0)
    expect(work.get_by_role("main")).to_contain_text(text["content"])
    assert work.url.endswith(f"/texts/{text['id']}")


@pytest.mark.slow
def test_refine_edits_a_version_in_place(work: Page, shared_studio: Studio) -> None:
    version(work, 1).focus()
    press(work, "e")
    expect(here(work)).to_have_role("textbox")
    here(work).fill("another beginning")
    press(work, "Control+Enter")
    expect(version(work, 1)).to_contain_text("another beginning")
    wait_until(work, lambda: bed_of(shared_studio)["chain"][0]["content"] == "another beginning")


@pytest.mark.slow
def test_refine_makes_worse_to_go_before_the_first(work: Page, shared_studio: Studio) -> None:
    bed = grow(work, shared_studio, lambda: press(work, "w"))
    expect(work.get_by_role("heading", name="Which is worse in the right way?")).to_be_visible()
    press(work, "1")
    expect(version(work, 1)).to_contain_text(bed["shown"][0]["content"])
    wait_until(work, lambda: len(bed_of(shared_studio)["chain"]) == 2)
    assert bed_of(shared_studio)["chain"][0]["id"] == bed["shown"][0]["id"]


def test_refine_shows_changes_in_three_ways(work: Page) -> None:
    version(work, 1).focus()
    press(work, "e")
    here(work).fill(POEMS[0].replace("grey", "silent"))
    work.get_by_role("button", name="As the next version").click()
    expect(version(work, 2).locator("ins")).to_contain_text("silent")
    expect(version(work, 2).locator("del")).to_have_count(0)
    press(work, "d")
    expect(version(work, 2).locator("del")).to_contain_text("grey")
    press(work, "d")
    expect(version(work, 2).locator("ins, del")).to_have_count(0)


@pytest.mark.slow
def test_refine_draws_other_examples(work: Page, shared_studio: Studio) -> None:
    def drawn() -> list[int]:
        chains = bed_of(shared_studio)["examples"]
        return [version["content"] for chain in chains for version in chain["versions"]]

    before = drawn()
    press(work, "u")
    expect(work.get_by_role("button", name="Draw others")).to_be_visible()
    press(work, "y")
    wait_until(work, lambda: drawn() != before)


@pytest.mark.slow
def test_refine_accepts_into_both_collections_at_once(work: Page, shared_studio: Studio) -> None:
    press(work, "1")
    expect(version(work, 2)).to_be_visible()
    press(work, "a")
    expect(work.get_by_role("heading", name="Finished.")).to_be_visible()
    expect(work.get_by_role("main").get_by_role("link", name="poems")).to_be_visible()
    expect(work.get_by_role("main").get_by_role("link", name="refinements")).to_be_visible()
    assert bed_of(shared_studio)["chain"] == []
    work.get_by_role("main").get_by_role("button", name="Undo").click()
    expect(version(work, 2)).to_be_visible()
    assert work.url.endswith("/refine")


@pytest.mark.slow
def test_refine_is_left(work: Page, shared_studio: Studio) -> None:
    press(work, "q")
    expect(work.get_by_role("button", name="Breed", exact=True)).to_be_visible()
    wait_until(work, lambda: bed_of(shared_studio)["chain"] == [])


@pytest.mark.slow
def test_every_key_of_refine_has_a_button_that_says_it(work: Page) -> None:
    press(work, "1", "h")
    expect(version(work, 2)).to_have_accessible_name(saying("waits"))
    for key, name in {
        "Enter": "Refine",
        "w": "Make worse",
        "a": "Accept",
        "d": "New words marked",
        "h": "Back",
        "f": "Forward",
        "z": "Undo",
        "Shift+z": "Redo",
        "e": "Edit",
        "c": "Copy",
        "x": "Drop",
        "k": "Keep",
    }.items():
        _says(work.get_by_role("main").get_by_role("button", name=name), key)


@pytest.mark.slow
def test_a_refining_brood_is_enough_on_escape(open_page: Open, slow_studio: Studio) -> None:
    bed = begin(slow_studio, n=20)
    put_under_work(slow_studio, bed, bed_of(slow_studio, bed)["parents"][0])
    page = open_page(f"{slow_studio.url}/refine")
    expect(version(page, 1)).to_be_visible()
    press(page, "Enter")
    expect(candidate(page, 1).get_by_role("button", name="Edit")).to_be_visible()
    press(page, "Escape")
    came = [text for text in grown(page, slow_studio)["shown"] if text]
    assert 1 <= len(came) < 20
    expect(candidate(page, 1)).to_contain_text(came[0]["content"])


def test_a_key_on_an_offspring_that_is_not_whole_says_so(
    open_page: Open, silent_studio: Studio
) -> None:
    bed = begin(silent_studio)
    page = open_page(silent_studio.url)
    expect(parents(page)).to_have_count(len(POEMS))
    press(page, "Enter")
    expect(cards(page)).to_have_count(3)
    press(page, "2")
    expect(page.get_by_text("Offspring 2 is still being written.")).to_be_visible()
    press(page, "ArrowLeft", "k")
    expect(page.get_by_text("Offspring 1 is still being written.")).to_be_visible()
    assert len(bed_of(silent_studio, bed)["parents"]) == len(POEMS)


def _says(buttons: Locator, key: str) -> None:
    """Some button of this name says the key, and is there to be seen."""
    saying_it = buttons.and_(buttons.page.locator(f'[aria-keyshortcuts="{key}"]'))
    expect(saying_it.first, key).to_be_visible()


def _contents(studio: Studio) -> list[str]:
    return [text["content"] for text in bed_of(studio)["parents"]]
