"""What models make of a text: answers to a prompt, and a picture; and how long it should be."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.studio.browser.conftest import Open
from tests.studio.browser.walk import ask, bed_of, begin, breed, card, wait_until
from tests.studio.conftest import ForkedStudio, Studio, free_port
from tests.talker import Talker, talking

PROMPTS = ("Say the opposite of {input}:", "{input} is not", "The opposite of {input} is")


@pytest.fixture
def painter() -> Iterator[Talker]:
    """Give a server that draws one small picture for everybody."""
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file, "PNG")
    entry = {"b64_json": base64.b64encode(file.getvalue()).decode()}
    with talking(lambda _, __: (200, {"data": [entry]})) as talker:
        yield talker


@pytest.fixture
def painted_studio(tmp_path: Path, painter: Talker) -> Iterator[Studio]:
    """Give a studio whose configuration describes a model for pictures."""
    (tmp_path / "config.toml").write_text(
        f'[models.image]\nendpoint = "{painter.base}"\nmodel = "m"\n', encoding="utf-8"
    )
    studio = ForkedStudio(tmp_path, free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.mark.slow
def test_a_prompt_shows_what_the_model_answers(open_page: Open, full_studio: Studio) -> None:
    bed = begin(full_studio, *PROMPTS, name="prompts", n=2)
    full_studio.ask("PATCH", f"/api/beds/{bed}", json={"kind": "prompt"})
    breed(full_studio, bed)
    page = open_page(f"{full_studio.url}/beds/{bed}")
    here, parents = card(page, 1), page.locator(".parent")
    page.get_by_label("Task").select_option("antonyms")
    here.get_by_role("button", name="Show answers").press("Space")  # Enter breeds, also from here
    expect(here.get_by_text("Expected answers:")).to_be_visible()
    expect(here.locator("dt")).to_have_count(3)
    expect(parents.filter(has_text="a token")).to_have_count(3)
    page.get_by_label("Task").select_option("plurals")
    expect(here.get_by_text("Expected answers:")).to_have_count(0)
    expect(parents.filter(has_text="a token")).to_have_count(0)
    card(page, 2).focus()
    page.keyboard.press("q")
    expect(card(page, 2).get_by_text("Expected answers:")).to_be_visible()
    expect(here.get_by_text("Expected answers:")).to_have_count(0)
    page.keyboard.press("Shift+Q")
    expect(here.get_by_text("Expected answers:")).to_be_visible()
    expect(page.get_by_role("button", name="Show all answers")).to_be_disabled()
    page.reload()
    expect(page.get_by_label("Task")).to_have_value("plurals")
    expect(here.get_by_text("Expected answers:")).to_be_visible()
    expect(parents.filter(has_text="a token")).to_have_count(3)


@pytest.mark.slow
def test_the_exact_prompt_is_shown_as_each_model_gets_it(
    open_page: Open, full_studio: Studio
) -> None:
    bed = begin(full_studio, *PROMPTS, name="two models", models=["echo", "local"])
    page = open_page(f"{full_studio.url}/beds/{bed}")
    expect(page.get_by_role("heading", name="two models")).to_be_visible()
    with page.expect_response(re.compile(rf"/api/beds/{bed}/prompt\?.*model=echo")):
        page.keyboard.press("v")
    drawer = page.get_by_role("dialog", name="The exact prompt")
    expect(drawer.get_by_role("region", name="The prompt")).to_contain_text(PROMPTS[-1])
    models = drawer.get_by_role("group", name="As which model gets it").get_by_role("radio")
    expect(models).to_have_count(2)
    expect(models.first).to_be_checked()
    with page.expect_response(re.compile(rf"/api/beds/{bed}/prompt\?.*model=local")):
        models.first.press("ArrowDown")
    expect(models.last).to_be_checked()


@pytest.mark.slow
def test_a_model_makes_a_picture_of_a_text(
    open_page: Open, painted_studio: Studio, painter: Talker
) -> None:
    bed = begin(painted_studio, "an owl of glass", name="owls")
    id = bed_of(painted_studio, bed)["parents"][0]["id"]
    page = open_page(f"{painted_studio.url}/texts/{id}")
    page.get_by_role("button", name="A picture by a model").click()
    expect(page.get_by_role("img", name="Made by a model of: an owl of glass")).to_be_visible()
    page.get_by_role("button", name="Another picture by a model").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="Made by a model of: an owl of glass")).to_have_count(2)
    assert len(painter.asked) == 2
    page.reload()
    expect(page.get_by_role("img", name="Made by a model of: an owl of glass")).to_have_count(2)


@pytest.mark.slow
def test_without_a_model_for_them_no_picture_is_offered(
    open_page: Open, full_studio: Studio
) -> None:
    bed = begin(full_studio, "an owl of stone", name="stone")
    id = bed_of(full_studio, bed)["parents"][0]["id"]
    page = open_page(f"{full_studio.url}/texts/{id}")
    expect(page.get_by_role("button", name="Share")).to_be_visible()
    expect(page.get_by_role("button", name="by a model")).to_have_count(0)


@pytest.mark.slow
def test_a_length_is_asked_for(open_page: Open, full_studio: Studio) -> None:
    bed = begin(full_studio, name="long")
    page = open_page(f"{full_studio.url}/beds/{bed}")
    expect(page.get_by_role("heading").first).to_be_visible()
    page.keyboard.press("s")
    page.get_by_role("dialog").get_by_label("Length in words").fill("40")
    page.keyboard.press("Tab")
    wait_until(page, lambda: ask(full_studio, f"/api/beds/{bed}")["settings"]["words"] == 40)
