"""Runs on the page: begun, followed, steered and gone on with, by keyboard and by pointer."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from flourishing.core.text import Text
from flourishing.evolution import opening
from flourishing.garden import Garden
from flourishing.garden.runs import Judged
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import GULL, SALT, TIDE, ask, bed_of, begin, fits, wait_until
from tests.studio.conftest import Studio

OWN = "\n".join(f"a lantern goes by the {word}" for word in "abcdefghijklmno")
"""So many lines as nothing else has: its square is empty."""


def start(studio: Studio, **asked: Any) -> dict[str, Any]:
    given = {"texts": [GULL, TIDE, SALT], "kind": "poem", "seed": 1, "name": "one"}
    answer = studio.ask("POST", "/api/runs", json={**given, "budget": {"completions": 16}, **asked})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def run_of(studio: Studio, id: int) -> Any:
    return ask(studio, f"/api/runs/{id}")


def done(page: Page, studio: Studio, **asked: Any) -> int:
    """Begin a run, and open its page once it is at its end."""
    id = int(start(studio, **asked)["id"])
    wait_until(page, lambda: not run_of(studio, id)["here"])
    page.goto(f"{studio.url}/runs/one")
    expect(page.get_by_text("Done.")).to_be_visible()
    return id


def the_map(page: Page) -> Locator:
    return page.get_by_role("application")


def click(page: Page, run: Any, x: int, y: int) -> None:
    """Click on a square of the map, whose first row is the lowest."""
    box = the_map(page).bounding_box()
    assert box is not None
    side = box["width"] / run["columns"]
    place = {"x": (x + 0.5) * side, "y": (run["rows"] - y - 0.5) * side}
    the_map(page).click(position=place)  # type: ignore[arg-type]


def test_a_run_is_begun_read_and_marked_by_keys(open_page: Open, studio: Studio) -> None:
    page = open_page(f"{studio.url}/runs")
    expect(page.get_by_text("No run was begun yet")).to_be_visible()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Up the map")).to_have_value("mean-word-length")
    page.keyboard.type("by keys")
    dialog.get_by_label("Completions in all").fill("16")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="by keys", level=1)).to_be_visible()
    expect(page.get_by_text("Done.")).to_be_visible()
    expect(page.get_by_text("16 of 16 completions")).to_be_visible()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="The text", exact=True)
    expect(panel.get_by_text("a machine’s choice. You have not kept it.")).to_be_visible()
    page.keyboard.press("k")
    expect(panel.get_by_text("You kept it as well.")).to_be_visible()
    page.keyboard.press("Shift+P")
    expect(panel.get_by_role("button", name="Pinned")).to_be_visible()
    (kept,) = ask(studio, "/api/texts?mark=keep")
    id = ask(studio, "/api/runs")[0]["id"]
    page.keyboard.press("x")
    expect(panel.get_by_text("You kept it as well.")).to_have_count(0)
    run = run_of(studio, id)
    assert run["dropped"] == [kept["id"]]
    assert kept["id"] not in run["elites"]["text"]
    page.get_by_role("button", name="Undo").click()
    expect(panel.get_by_text("You kept it as well.")).to_be_visible()
    assert kept["id"] in run_of(studio, id)["elites"]["text"]
    page.get_by_role("application").focus()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("o")
    expect(page.get_by_text("Kept by the run by keys: a machine’s choice.")).to_be_visible()


@pytest.mark.slow
def test_arrows_stay_on_the_map_and_say_what_is_there(open_page: Open, studio: Studio) -> None:
    page = open_page(studio.url, viewport=PHONE, has_touch=True, is_mobile=True)
    done(page, studio)
    about = page.get_by_text("texts kept in").bounding_box()
    cost = page.get_by_role("button", name="Details of").bounding_box()
    assert about is not None
    assert cost is not None
    assert cost["height"] >= 44  # for a thumb
    assert cost["y"] >= about["y"] + about["height"]  # and so on a line of its own
    fits(page)
    where = page.locator("#square")
    for key in ("ArrowLeft", "ArrowDown"):
        for _ in range(12):
            page.keyboard.press(key)
    expect(where).to_contain_text("lines 0 to 2, mean word length 2 to 2.5")
    expect(where).to_contain_text("Empty")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(where).to_contain_text("lines 2 to 4, mean word length 2.5 to 3")


@pytest.mark.slow
def test_texts_are_adopted_as_parents_of_a_new_bed_and_of_the_open_one(
    open_page: Open, studio: Studio
) -> None:
    bed = begin(studio, GULL, name="open")
    page = open_page(studio.url)
    id = done(page, studio)
    elites = run_of(studio, id)["elites"]
    assert len(elites["text"]) > 1
    page.keyboard.press("p")
    page.keyboard.press("m")
    page.keyboard.press("1")
    expect(page).to_have_url(f"{studio.url}/beds/{bed + 1}")
    (parent,) = bed_of(studio, bed + 1)["parents"]
    assert parent["id"] in elites["text"]
    page.goto(f"{studio.url}/runs/one")
    expect(page.get_by_text("Done.")).to_be_visible()
    page.get_by_role("button", name="As a list").click()
    page.get_by_role("table").get_by_role("button").last.click()
    page.get_by_role("button", name="Adopt as parents").click()
    page.get_by_role("button", name="The open bed").click()
    wait_until(
        page, lambda: len(bed_of(studio, bed + 1)["parents"]) == 2
    )  # the last that was tended
    assert bed_of(studio, bed + 1)["parents"][-1]["id"] in elites["text"]


@pytest.mark.slow
def test_a_run_is_clicked_bent_given_a_text_and_goes_on(open_page: Open, studio: Studio) -> None:
    page = open_page(studio.url)
    id = done(page, studio)
    run = run_of(studio, id)
    elites = run["elites"]
    click(page, run, elites["x"][0], elites["y"][0])
    panel = page.get_by_role("region", name="The text", exact=True)
    expect(panel).to_contain_text(elites["line"][0].split()[0])
    panel.get_by_role("button", name="Bend towards here").click()
    expect(panel.get_by_role("button", name="Bent towards here")).to_be_visible()
    assert run_of(studio, id)["bends"] == [[elites["x"][0], elites["y"][0]]]
    page.get_by_role("button", name="Put a text in").click()
    page.get_by_role("dialog").get_by_role("textbox").fill(OWN)
    page.get_by_role("button", name="Put it in").click()
    expect(page.get_by_text("1 text of yours to be measured")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Completions in all").fill("24")
    dialog.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("24 of 24 completions")).to_be_visible()
    expect(page.get_by_text("Done.")).to_be_visible()
    page.get_by_role("button", name="As a list").click()
    row = page.get_by_role("row").filter(has_text="a lantern goes by")
    expect(row).to_contain_text("your own")


@pytest.mark.slow
def test_a_text_for_a_run_is_kept_until_it_is_put_in(open_page: Open, studio: Studio) -> None:
    page = open_page(studio.url)
    done(page, studio)
    dialog = page.get_by_role("dialog", name="A text of your own")
    page.keyboard.press("n")
    dialog.get_by_role("textbox").fill("the red moon")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("n")
    expect(dialog.get_by_role("textbox")).to_have_value("the red moon")
    page.route("**/api/runs/*/texts", lambda route: route.abort())
    page.keyboard.press("ControlOrMeta+Enter")
    expect(dialog.get_by_text("The studio does not answer")).to_be_visible()
    expect(dialog.get_by_role("textbox")).to_have_value("the red moon")
    page.unroute("**/api/runs/*/texts")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text("It is measured when the run goes on.")).to_be_visible()
    page.keyboard.press("n")
    expect(dialog.get_by_role("textbox")).to_have_value("")


@pytest.mark.slow
def test_a_run_is_followed_interrupted_and_stopped_by_its_key(
    open_page: Open, slow_studio: Studio
) -> None:
    start(slow_studio)
    page = open_page(f"{slow_studio.url}/runs/one")
    expect(page.get_by_text("On its way.")).to_be_visible()
    page.close()
    slow_studio.kill()
    slow_studio.start()
    page = open_page(f"{slow_studio.url}/runs/one")
    expect(page.get_by_text("Interrupted.", exact=True)).to_be_visible()
    page.keyboard.press("s")
    page.get_by_role("dialog").get_by_role("button", name="Go on").click()
    expect(page.get_by_text("On its way.")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()
    assert ask(slow_studio, "/api/runs")[0]["state"] == "stopped"


@pytest.mark.slow
def test_which_texts_are_alike_is_asked_and_made_into_a_measure(
    open_page: Open, studio: Studio
) -> None:
    page = open_page(studio.url)
    id = done(page, studio, texts=[GULL, TIDE, SALT, OWN, "sea\nsea"])
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    odd = dialog.get_by_role("button", name="This one")
    expect(odd).to_have_count(3)
    expect(dialog.get_by_text("0 answers so far; a measure needs 3 more.")).to_be_visible()
    make = dialog.get_by_role("button", name="Make a measure")
    expect(make).to_be_disabled()
    page.keyboard.press("3")
    expect(dialog.get_by_text("1 answer so far")).to_be_visible()
    odd.nth(0).click()
    expect(dialog.get_by_text("2 answers so far")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Which are alike?").click()
    expect(dialog.get_by_text("2 answers so far")).to_be_visible()
    page.keyboard.press("2")
    expect(dialog.get_by_text("3 answers so far, enough for a measure")).to_be_visible()
    with Garden(studio.garden) as garden:
        assert len(garden.likenesses.of_run(id)) == 3
    dialog.get_by_label("The name of the measure").fill("like-the-sea")
    make.click()
    expect(page.get_by_text("The measure “like-the-sea” is made")).to_be_visible()
    page.goto(f"{studio.url}/runs")
    expect(page.get_by_text("16 of 16 completions")).to_be_visible()
    page.get_by_role("button", name="New run").click()
    dialog.get_by_label("Up the map").select_option("like-the-sea")
    dialog.get_by_label("Completions in all").fill("8")
    page.keyboard.press("Enter")
    expect(page.get_by_text("8 of 8 completions")).to_be_visible()
    newest = ask(studio, "/api/runs")[0]["id"]
    assert "like-the-sea" in run_of(studio, newest)["measures"]


@pytest.mark.slow
def test_a_run_that_is_not_there_is_said_to_be_missing(open_page: Open, studio: Studio) -> None:
    page = open_page(f"{studio.url}/runs/nowhere")
    expect(page.get_by_role("heading", name="No such run")).to_be_visible()


@pytest.mark.slow
def test_of_thousands_of_squares_the_one_that_is_clicked_opens(
    open_page: Open, studio: Studio
) -> None:
    with Garden(studio.garden) as garden:
        large = fill(garden, 40)
    page = open_page(f"{studio.url}/runs/large")
    expect(page.get_by_text("1,600 texts kept")).to_be_visible()
    click(page, {"columns": 40, "rows": 40}, 17, 29)
    panel = page.get_by_role("region", name="The text", exact=True)
    expect(panel).to_contain_text("square 17 29")
    assert large


def fill(garden: Garden, side: int) -> int:
    """Store a run whose archive has a text in each of so many squares along two measures."""
    evolution = opening.begin([GULL], bins=side, model="echo", garden=garden, name="large", seed=1)
    plan = evolution.plan
    run = garden.runs.begin("large", plan.as_dict(), evolution.seeds).id
    texts = [Text(f"square {x} {y}") for x in range(side) for y in range(side)]
    stored = garden.runs.put(run, texts, emitter="you")
    widths = [(axis.high - axis.low) / side for axis in plan.axes]
    judged = [
        Judged(
            text=text.id,
            place=cell,
            outcome="new",
            quality=cell / len(stored),
            measures=tuple(
                axis.low + width * (part + 0.5)
                for axis, width, part in zip(plan.axes, widths, divmod(cell, side), strict=True)
            ),
            cell=cell,
        )
        for cell, text in enumerate(stored)
    ]
    garden.runs.tell(run, 0, [])
    garden.runs.tell(run, 1, judged)
    return run


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["poem", "picture", "prompt"])
def test_on_the_embedded_model_a_run_is_watched_bent_killed_and_goes_on(
    open_page: Open, local_studio: Studio, kind: str
) -> None:
    asked: dict[str, Any] = {"texts": [], "kind": kind, "budget": {"completions": 32}}
    if kind == "prompt":
        measures = local_studio.folder / "measures"
        measures.mkdir()
        words = 'answers = [["France:", "Paris"], ["Italy:", "Rome"]]\n'
        (measures / "capitals.toml").write_text(words, encoding="utf-8")
        asked["quality"] = "capitals"
    id = int(start(local_studio, **asked)["id"])
    page = open_page(f"{local_studio.url}/runs/one")
    expect(page.get_by_text("On its way.")).to_be_visible()
    wait_until(page, lambda: run_of(local_studio, id)["completions"] >= 8)
    run = run_of(local_studio, id)
    click(page, run, run["elites"]["x"][0], run["elites"]["y"][0])
    panel = page.get_by_role("region", name="The text", exact=True)
    panel.get_by_role("button", name="Bend towards here").click()
    expect(panel.get_by_role("button", name="Bent towards here")).to_be_visible()
    bends = run_of(local_studio, id)["bends"]
    assert len(bends) == 1
    local_studio.kill()
    page.close()
    local_studio.start()
    page = open_page(f"{local_studio.url}/runs/one")
    expect(page.get_by_text("Interrupted.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("dialog").get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Done.")).to_be_visible(timeout=200_000)
    run = run_of(local_studio, id)
    assert (run["completions"], run["model"], run["bends"]) == (32, "local", bends)
    with Garden(local_studio.garden) as garden:
        assert garden.verify() == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_stand_in_their_squares(open_page: Open, studio: Studio, scheme: str) -> None:
    page = open_page(studio.url, color_scheme=scheme)
    asked = {"texts": [], "kind": "picture", "budget": {"completions": 8}}
    with page.expect_request("**/render?format=png&size=*"):
        done(page, studio, **asked)
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="The text", exact=True)
    expect(panel.get_by_role("button", name="Keep")).to_be_visible()
    expect(panel.get_by_role("img").first).to_be_visible()
