"""Pictures that live on the page: they move, fill the screen, show their code, and are moved.

And sounds play where they are asked to, one at a time.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from flourishing.garden import open_garden
from tests.garden.broods import bred
from tests.marks import slow_cases
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import (
    ask,
    bed_of,
    card,
    cards,
    fits,
    mark,
    parents,
    require_no_objections,
    tend,
    wait_until,
)
from tests.studio.conftest import ForkedStudio, Studio, free_port

WIDE: ViewportSize = {"width": 1440, "height": 900}
RIPPLE = "pixel(x, y, t) = hsv(0.55, 0.5, 0.6 + 0.4*sin(5*t - 30*hypot(x, y)))"
MOVING: Final = (
    "pixel(x, y, t) = hsv(0.15, 0.5, 0.6 + 0.4*sin(5*t - 20*hypot(x, y)))",
    "f(t, i, x, y) = sin(3*t - hypot(x - 7.5, y - 7.5))",
    *(f"pixel(x, y, t) = 0.5 + 0.5*sin({n}*x + 3*t)" for n in range(3, 13)),
)
TONES: Final = ("wave(t) = sin(440*tau*t)*exp(-2*t)", "wave(t) = 0.4*sin(220*tau*t)")
MELODIES: Final = (
    "def draw():\n    for i in range(60):\n        note(60 + i % 8)",
    "def draw():\n    for i in range(60):\n        note(72 - i % 8)",
    "def draw():\n    circle(0, 0, 3)",
    "def draw():\n    note(60)\n    rect(0, 0, 3, 4)",
)
MOVES, TONE, TUNE = 1, 2, 3
WITHOUT_WEBGL = """() => {
    const get = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...how) {
        return kind.startsWith("webgl") ? null : get.call(this, kind, ...how);
    };
}"""
COUNTED = """() => {
    window.made = { webgl: 0, audio: 0 };
    const get = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...how) {
        if (kind.startsWith("webgl")) window.made.webgl++;
        return get.call(this, kind, ...how);
    };
    const Own = AudioContext;
    window.AudioContext = class extends Own {
        constructor(...how) { super(...how); window.made.audio++; }
    };
}"""
PIXELS = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    for (let at = 0; at < data.length; at++) sum = (sum * 31 + data[at]) | 0;
    const colours = new Set();
    for (let at = 0; at < data.length && colours.size < 9; at += 4)
        colours.add(`${data[at]} ${data[at + 1]} ${data[at + 2]}`);
    return [sum, colours.size];
}"""
"""A sum of all that is drawn, and how many colours it has, up to nine."""
OUTSIDE = """(acts) => {
    const card = acts.closest("[data-card]").getBoundingClientRect();
    return [...acts.querySelectorAll("button")].filter((each) => {
        const its = each.getBoundingClientRect();
        return its.left < card.left || its.right > card.right || its.bottom > card.bottom;
    }).map((each) => each.textContent);
}"""
"""The buttons of a card that reach past it."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio with a bed of animations and one of sounds."""
    studio = ForkedStudio(tmp_path_factory.mktemp("living"), free_port())
    studio.start()
    beds = (
        ("moves", "animation", RIPPLE),
        ("tones", "sound", TONES[0]),
        ("tunes", "program", MELODIES[0]),
    )
    for name, kind, parent in beds:
        asked = {"name": name, "kind": kind, "parents": [parent]}
        assert studio.ask("POST", "/api/beds", json=asked).is_success
    with open_garden(studio.garden) as garden:
        for number, offspring in ((MOVES, MOVING), (TONE, TONES), (TUNE, MELODIES)):
            bed = garden.beds.get(number)
            garden.save(bred(garden.texts(bed.parents), offspring), bed=bed)
    yield studio
    studio.kill()


def open_bed(open_page: Open, studio: Studio, bed: int, script: str = "", **how: Any) -> Page:
    tend(studio, bed)
    page = open_page(f"{studio.url}/beds/{bed}", **how)
    if script:
        page.add_init_script(f"({script})()")
        page.reload()
    expect(cards(page)).to_have_count(len({MOVES: MOVING, TONE: TONES, TUNE: MELODIES}[bed]))
    return page


def drawn(place: Locator) -> int:
    """Wait until something is drawn there, and give the sum of it."""
    canvas = place.locator("canvas")
    wait_until(place.page, lambda: canvas.evaluate(PIXELS)[1] > 1)
    return int(canvas.evaluate(PIXELS)[0])


def changes(place: Locator, before: int) -> None:
    """Wait until something else is drawn there."""
    wait_until(place.page, lambda: place.locator("canvas").evaluate(PIXELS)[0] != before)


def stays(place: Locator, before: int) -> None:
    place.page.wait_for_timeout(300)
    assert place.locator("canvas").evaluate(PIXELS)[0] == before


@pytest.mark.slow
def test_twelve_animations_move_at_once_and_share_one_context(
    open_page: Open, studio: Studio
) -> None:
    page = open_bed(open_page, studio, MOVES, COUNTED, reduced_motion="no-preference")
    for place in range(1, len(MOVING) + 1):
        card(page, place).scroll_into_view_if_needed()
        changes(card(page, place), drawn(card(page, place)))
    assert page.evaluate("window.made.webgl") == 1


@pytest.mark.slow
def test_what_is_out_of_view_is_not_drawn(open_page: Open, studio: Studio) -> None:
    small: ViewportSize = {"width": 390, "height": 500}
    page = open_bed(open_page, studio, MOVES, viewport=small, reduced_motion="no-preference")
    last = card(page, len(MOVING)).locator("canvas")
    card(page, 1).scroll_into_view_if_needed()
    drawn(card(page, 1))
    assert last.evaluate(PIXELS)[1] == 1
    last.scroll_into_view_if_needed()
    drawn(card(page, len(MOVING)))


def test_for_who_wants_no_motion_nothing_moves_until_it_is_started(
    open_page: Open, studio: Studio
) -> None:
    page = open_bed(open_page, studio, MOVES)
    before = drawn(card(page, 1))
    stays(card(page, 1), before)
    card(page, 1).focus()
    page.keyboard.press("y")
    changes(card(page, 1), before)
    card(page, 1).get_by_role("button", name="Stop it").click()
    page.wait_for_timeout(100)
    stays(card(page, 1), drawn(card(page, 1)))
    card(page, 2).get_by_role("button", name="Let it move").click()
    changes(card(page, 2), drawn(card(page, 2)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wish", "form"), [("reduce", "png"), *slow_cases([("no-preference", "webp")])]
)
def test_without_webgl_the_server_draws(
    open_page: Open, studio: Studio, wish: str, form: str
) -> None:
    page = open_bed(open_page, studio, MOVES, WITHOUT_WEBGL, reduced_motion=wish)
    image = card(page, 1).get_by_role("img")
    assert (image.get_attribute("src") or "").endswith(f"format={form}")
    wait_until(page, lambda: image.evaluate("(image) => image.complete && image.naturalWidth > 0"))


@pytest.mark.slow
def test_a_sign_stands_where_the_server_draws_and_words_where_it_cannot(
    open_page: Open, studio: Studio
) -> None:
    held: list[Route] = []
    tend(studio, TONE)
    page = open_page(f"{studio.url}/beds/{TONE}")
    page.add_init_script(f"({WITHOUT_WEBGL})()")
    page.route("**/render?*", lambda route: held.append(route))
    page.goto(f"{studio.url}/beds/{MOVES}")
    place = card(page, 1)
    expect(place.locator(".wait")).to_be_visible()
    asked = place.get_by_role("img").get_attribute("src") or ""
    wait_until(page, lambda: any(asked in route.request.url for route in held))
    for route in held:
        if asked in route.request.url:
            route.fulfill(status=500)
        else:
            route.continue_()
    expect(place.get_by_text("It cannot be drawn.")).to_be_visible()
    expect(place.locator(".wait")).to_have_count(0)
    expect(card(page, 2).locator(".wait")).to_have_count(0)


@pytest.mark.slow
def test_what_can_be_done_with_a_picture_lies_over_nothing(open_page: Open, studio: Studio) -> None:
    page = open_bed(open_page, studio, MOVES)
    for width in (390, 820, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        fits(page)
        for place in (1, 2):
            card(page, place).focus()
            acts = card(page, place).get_by_role("group", name="What to do with it", exact=True)
            expect(acts.get_by_role("button")).to_have_count(8)
            assert acts.evaluate(OUTSIDE) == []
        tops = [box["y"] for box in map(Locator.bounding_box, cards(page).all()) if box]
        assert tops == sorted(tops)


@pytest.mark.slow
def test_one_fills_the_screen_and_the_arrows_lead_on(open_page: Open, studio: Studio) -> None:
    page = open_bed(open_page, studio, MOVES)
    card(page, 2).focus()
    page.keyboard.press("Shift+F")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_accessible_name(saying_of(MOVING[1]))
    before = drawn(dialog)
    page.keyboard.press("Space")
    changes(dialog, before)
    page.keyboard.press("ArrowRight")
    expect(dialog).to_have_accessible_name(saying_of(MOVING[2]))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(card(page, 2)).to_be_focused()
    card(page, 3).get_by_role("button", name="Full screen").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Leave the full screen").click()
    expect(dialog).to_have_count(0)


def saying_of(text: str) -> str:
    return f"Full screen: {text.partition(' = ')[2]}"


@pytest.mark.slow
def test_the_code_says_what_it_changed_of_its_parent(open_page: Open, studio: Studio) -> None:
    page = open_bed(open_page, studio, MOVES)
    card(page, 1).focus()
    page.keyboard.press("i")
    code = card(page, 1).get_by_role("region", name="Its code")
    expect(code.locator("del").first).to_contain_text("55")
    expect(code.locator("ins").first).to_contain_text("15")
    code.get_by_role("button", name="Plain").click()
    expect(code.locator(".verse")).to_have_text(MOVING[0])
    page.keyboard.press("i")
    expect(code).to_have_count(0)
    card(page, 1).get_by_role("button", name="Its code and its numbers").click()
    expect(code).to_be_visible()


def test_a_number_is_seen_while_it_is_moved_and_is_an_edit_where_it_is_let_go(
    open_page: Open, studio: Studio
) -> None:
    page = open_bed(open_page, studio, MOVES)
    stood = bed_of(studio, MOVES)["shown"][0]
    before = drawn(card(page, 1))
    card(page, 1).focus()
    page.keyboard.press("i")
    slider = card(page, 1).get_by_role("slider").first
    expect(slider).to_have_attribute("aria-valuetext", "0.15")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.25")
    changes(card(page, 1), before)
    assert bed_of(studio, MOVES)["shown"][0]["id"] == stood["id"]  # nothing is stored yet
    page.keyboard.press("Enter")
    wait_until(page, lambda: bed_of(studio, MOVES)["shown"][0]["id"] != stood["id"])
    edit = bed_of(studio, MOVES)["shown"][0]
    assert edit["content"] == MOVING[0].replace("0.15", "0.25")
    assert edit["origin"]["parents"] == [stood["id"]]
    expect(slider).to_be_focused()
    card(page, 1).focus()
    page.keyboard.press("z")
    wait_until(page, lambda: bed_of(studio, MOVES)["shown"][0]["id"] == stood["id"])


@pytest.mark.slow
def test_a_number_is_dragged_and_esc_takes_back(open_page: Open, studio: Studio) -> None:
    page = open_bed(open_page, studio, MOVES)
    stood = bed_of(studio, MOVES)["shown"][2]
    card(page, 3).get_by_role("button", name="Its code and its numbers").click()
    slider = card(page, 3).get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(slider).to_have_attribute("aria-valuetext", "0.5")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, middle, steps=4)
    page.mouse.up()
    wait_until(page, lambda: bed_of(studio, MOVES)["shown"][2]["id"] != stood["id"])
    edit = bed_of(studio, MOVES)["shown"][2]
    assert edit["origin"]["parents"] == [stood["id"]]  # one edit, not one for each step
    page.keyboard.press("z")
    wait_until(page, lambda: bed_of(studio, MOVES)["shown"][2]["id"] == stood["id"])


def lasting_a_minute(route: Route) -> None:
    """Let a sound last until it is stopped, however slow the machine."""
    answer = route.fetch()
    route.fulfill(response=answer, json={**answer.json(), "seconds": 60})


def test_sounds_play_one_at_a_time_and_never_by_themselves(open_page: Open, studio: Studio) -> None:
    page = open_bed(open_page, studio, TONE, COUNTED)
    page.route("**/live?*", lasting_a_minute)
    page.reload()
    drawn(card(page, 1))
    drawn(card(page, 2))
    assert page.evaluate("window.made.audio") == 0
    card(page, 1).focus()
    page.keyboard.press("y")
    expect(card(page, 1).get_by_role("button", name="Stop it")).to_be_visible()
    card(page, 2).get_by_role("button", name="Play the sound").click()
    expect(card(page, 2).get_by_role("button", name="Stop it")).to_be_visible()
    expect(card(page, 1).get_by_role("button", name="Play the sound")).to_be_visible()
    card(page, 2).focus()
    page.keyboard.press("y")
    expect(card(page, 2).get_by_role("button", name="Play the sound")).to_be_visible()
    assert page.evaluate("window.made.audio") == 1


@pytest.mark.slow
def test_a_sound_comes_to_its_end(open_page: Open, studio: Studio) -> None:
    page = open_bed(open_page, studio, TONE)
    page.evaluate(
        """() => {
            const stops = () => document.querySelector("[aria-label='Stop it']") !== null;
            new MutationObserver(() => (window.played ||= stops()))
                .observe(document.body, { subtree: true, childList: true, attributes: true });
        }"""
    )
    card(page, 1).focus()
    page.keyboard.press("y")
    wait_until(page, lambda: page.evaluate("window.played === true"))
    expect(card(page, 1).get_by_role("button", name="Play the sound")).to_be_visible()


@pytest.mark.slow
def test_the_melody_of_a_program_is_heard_one_at_a_time(open_page: Open, studio: Studio) -> None:
    page = open_bed(open_page, studio, TUNE)
    with page.expect_response(lambda answer: "format=wav" in answer.url) as heard:
        card(page, 1).get_by_role("button", name="Play the sound").click()
    assert heard.value.headers["content-type"].startswith("audio/")
    expect(card(page, 1).get_by_role("button", name="Stop it")).to_be_visible()
    card(page, 2).focus()
    page.keyboard.press("y")
    expect(card(page, 2).get_by_role("button", name="Stop it")).to_be_visible()
    expect(card(page, 1).get_by_role("button", name="Play the sound")).to_be_visible()
    page.keyboard.press("y")
    expect(card(page, 2).get_by_role("button", name="Play the sound")).to_be_visible()
    expect(card(page, 3).get_by_role("button", name="Full screen")).to_be_visible()
    expect(card(page, 3).get_by_role("button", name="Play the sound")).to_have_count(0)
    card(page, 4).get_by_role("button", name="Play the sound").click()
    expect(page.get_by_text("cannot be written as 'wav'")).to_be_visible()
    expect(card(page, 4).get_by_role("button", name="Play the sound")).to_be_visible()


@pytest.mark.slow
def test_the_kept_pictures_are_saved_as_a_contact_sheet(open_page: Open, studio: Studio) -> None:
    page = open_bed(open_page, studio, MOVES)
    shown = bed_of(studio, MOVES)["shown"]
    mark(studio, MOVES, "keep", shown[0], shown[1])
    saves_a_sheet(page, lambda: page.keyboard.press("Shift+C"))
    saves_a_sheet(page, lambda: page.get_by_role("button", name="Contact sheet").click())


def saves_a_sheet(page: Page, act: Callable[[], None]) -> None:
    with page.expect_download() as saved:
        act()
    assert saved.value.suggested_filename == "contact-sheet.png"
    assert Image.open(io.BytesIO(saved.value.path().read_bytes())).width > 2 * 256


@pytest.mark.slow
def test_pictures_are_pictures_wherever_they_stand(open_page: Open, studio: Studio) -> None:
    shown = bed_of(studio, MOVES)["shown"]
    page = open_page(f"{studio.url}/library?which=all")
    article = page.locator("article").filter(has_text="sin(12*x")
    drawn(article)
    page.goto(f"{studio.url}/texts/{shown[0]['id']}")
    drawn(page.get_by_role("main").locator(".large"))
    expect(page.get_by_role("region", name="Parents").locator("canvas")).to_have_count(1)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{studio.url}/lineage/{shown[0]['id']}")
    drawn(page.get_by_role("region", name="The text"))
    wanted = f"/api/texts/{shown[0]['id']}/render?size=128&format=png"
    wait_until(page, lambda: any(url.endswith(wanted) for url in asked))
    page.goto(f"{studio.url}/lineage/{shown[0]['id']}?view=list")
    drawn(page.locator(f"#relative-{shown[0]['id']}"))


@pytest.mark.parametrize(
    "shelf", ["animations", *slow_cases(["pictures", "drawings", "programs", "sounds"])]
)
def test_a_shelf_shows_what_stands_on_it(open_page: Open, studio: Studio, shelf: str) -> None:
    newest = studio.ask("GET", "/api/texts?limit=1").json()
    page = open_page(f"{studio.url}/library/{shelf}")
    first = page.locator("article[data-thing]").first
    shows(first)
    first.focus()
    if shelf == "sounds":
        page.keyboard.press("y")
        expect(first.get_by_role("button", name="Stop it")).to_be_visible()
        page.keyboard.press("y")
        expect(first.get_by_role("button", name="Play the sound")).to_be_visible()
    else:
        page.keyboard.press("Shift+F")
        dialog = page.get_by_role("dialog")
        shows(dialog)
        name = dialog.get_attribute("aria-label") or ""
        page.keyboard.press("ArrowRight")
        expect(dialog).not_to_have_accessible_name(name)
        shows(dialog)
        page.keyboard.press("Escape")
        expect(first).to_be_focused()
    # To look at what ships brings none of it into the garden.
    assert studio.ask("GET", "/api/texts?limit=1").json() == newest


def shows(place: Locator) -> None:
    """Wait until the page or the server has drawn something there."""
    seen = place.locator("canvas, img")
    expect(seen).to_be_visible()
    look = f"(it) => it instanceof HTMLImageElement ? [0, it.naturalWidth] : ({PIXELS})(it)"
    wait_until(place.page, lambda: seen.evaluate(look)[1] > 1)


VIEWS = {
    "grid": (MOVES, ""),
    "code": (MOVES, "i"),
    "full": (MOVES, "Shift+F"),
    "sounds": (TONE, "i"),
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [WIDE, *slow_cases([PHONE])], ids=["wide", "phone"])
@pytest.mark.parametrize("view", ["code", *slow_cases(view for view in VIEWS if view != "code")])
def test_axe_objects_to_nothing(
    open_page: Open, studio: Studio, view: str, size: ViewportSize
) -> None:
    bed, key = VIEWS[view]
    page = open_bed(open_page, studio, bed, viewport=size, color_scheme="light")
    drawn(card(page, 1))
    card(page, 1).focus()
    if key:
        page.keyboard.press(key)
    if key == "i":
        expect(card(page, 1).get_by_role("slider").first).to_be_visible()
    if key == "Shift+F":
        expect(page.get_by_role("dialog")).to_be_visible()
    fits(page)
    require_no_objections(page)
    page.emulate_media(color_scheme="dark")
    require_no_objections(page, only="color-contrast")


@pytest.mark.slow
def test_a_brood_that_comes_is_seen_as_it_comes(open_page: Open, studio: Studio) -> None:
    page = open_bed(open_page, studio, MOVES)
    expect(parents(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(cards(page)).to_have_count(bed_of(studio, MOVES)["n"])
    wait_until(page, lambda: ask(studio, f"/api/beds/{MOVES}")["running"] is None)
    shown = bed_of(studio, MOVES)["shown"]
    whole = [text["medium"] == "animation" for text in shown]
    expect(cards(page).locator("canvas")).to_have_count(sum(whole))
    broken = next((place for place, is_whole in enumerate(whole, start=1) if not is_whole), None)
    if broken:  # what is no formula stands there as what it is
        expect(card(page, broken).locator(".verse")).to_have_text(shown[broken - 1]["content"])
