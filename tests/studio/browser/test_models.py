"""The page of models, by pointer and by keyboard: pulled, added, tried, chosen, forgotten.

Against a hub and a server on the loopback interface; no model is asked of anybody else.
"""

from __future__ import annotations

import shutil
import socket
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from flourishing.app.models import LOCAL_PORTS
from flourishing.models import catalogue
from tests.models.catalogue.conftest import hub, tiny
from tests.models.catalogue.server import Hub
from tests.models.test_probing import Model
from tests.studio.browser.conftest import PHONE, Open
from tests.studio.browser.walk import all_parts_are_there, ask, begin, grow, wait_until
from tests.studio.conftest import ForkedStudio, Studio, free_port
from tests.talker import talking

__all__ = ["hub", "tiny"]  # fixtures of the catalogue's tests, used by name

ENTRY = "smollm2-360m"
TITLE = "SmolLM2 360M"
KEY = "sk-typed-on-the-page"


@pytest.fixture
def studio(
    hub: Hub, tiny: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Studio]:
    """Give a studio whose hub has one model of the catalogue, on a system without a keyring."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("FLOURISHING_API_KEY", raising=False)
    (entry,) = (each for each in catalogue.entries() if each.name == ENTRY)
    hub.files[f"{entry.repository}/{entry.file}"] = tiny
    studio = ForkedStudio(tmp_path, free_port())
    studio.start()
    yield studio
    studio.kill()


def row(page: Page, title: str) -> Locator:
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("li[data-model]").filter(has=heading)


def press(page: Page, title: str, name: str) -> None:
    row(page, title).get_by_role("button", name=f"{name}", exact=False).first.click()


def configured(studio: Studio) -> dict[str, object]:
    path = studio.folder / "config.toml"
    return tomllib.loads(path.read_text()) if path.exists() else {}


def test_a_better_model_is_had_without_a_terminal(
    open_page: Open, hub: Hub, studio: Studio, tiny: bytes
) -> None:
    hub.slowly = 0.15
    page = open_page(f"{studio.url}/models")
    press(page, TITLE, "Pull")
    bar = row(page, TITLE).get_by_role("progressbar")
    wait_until(page, lambda: float(bar.get_attribute("value") or 0) > 0)
    press(page, TITLE, "Pause")
    expect(row(page, TITLE)).to_contain_text("paused")
    wait_until(page, lambda: "paused" in str(ask(studio, "/api/models/catalogue")["pulls"]))
    hub.slowly = 0.0
    press(page, TITLE, "Resume")
    press(page, TITLE, "Use as default")
    expect(row(page, TITLE)).to_contain_text("the default")
    (path,) = (each.path for each in catalogue.pulled())
    assert path.read_bytes() == tiny
    assert configured(studio)["model"] == str(path)
    expect(page.get_by_text(f"{TITLE} is the default now.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()  # the studio was started with the echo model
    expect(row(page, TITLE).get_by_role("button", name="Use as default")).to_be_visible()
    press(page, TITLE, "Forget")
    page.get_by_role("dialog").get_by_role("button", name="Forget it").click()
    expect(row(page, TITLE).get_by_role("button", name="Pull")).to_be_visible()
    assert not path.exists()


@pytest.mark.slow
def test_by_keyboard_a_model_is_pulled_paused_and_resumed(
    open_page: Open, hub: Hub, studio: Studio
) -> None:
    hub.slowly = 0.15
    page = open_page(studio.url)
    expect(page.get_by_role("button", name="Breed").first).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_focused()
    place = row(page, TITLE)
    expect(place).to_be_visible()
    page.keyboard.press("l")
    while "current" not in (place.get_attribute("class") or ""):
        page.keyboard.press("l")
    expect(place.get_by_role("heading")).to_be_focused()
    page.keyboard.press("Enter")
    expect(place.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("Enter")
    expect(place.get_by_role("button", name="Resume")).to_be_visible()
    hub.slowly = 0.0
    page.keyboard.press("Enter")
    expect(place.get_by_role("button", name="Use as default")).to_be_visible()
    page.keyboard.press("x")
    dialog = page.get_by_role("dialog", name=f"Forget {TITLE}?")
    expect(dialog).to_contain_text("can be pulled again")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert catalogue.pulled()


@pytest.mark.slow
def test_a_pull_is_given_up_only_after_a_question(
    open_page: Open, hub: Hub, studio: Studio
) -> None:
    hub.slowly = 0.15
    page = open_page(f"{studio.url}/models")
    press(page, TITLE, "Pull")
    press(page, TITLE, "Pause")
    press(page, TITLE, "Give up")
    page.get_by_role("dialog").get_by_role("button", name="Leave it").click()
    expect(row(page, TITLE).get_by_role("button", name="Resume")).to_be_visible()
    press(page, TITLE, "Give up")
    page.get_by_role("dialog").get_by_role("button", name="Give it up").click()
    expect(row(page, TITLE).get_by_role("button", name="Pull")).to_be_visible()
    assert [*catalogue.folder().rglob("*.part")] == []


@pytest.mark.slow
def test_what_was_paused_can_be_resumed_after_a_restart(
    open_page: Open, hub: Hub, studio: Studio
) -> None:
    hub.hangs = 60_000
    page = open_page(f"{studio.url}/models")
    press(page, TITLE, "Pull")
    wait_until(page, lambda: [p for p in catalogue.folder().rglob("*.part") if p.stat().st_size])
    all_parts_are_there(page)
    studio.kill()
    hub.hangs = None
    studio.start()
    page = open_page(f"{studio.url}/models")
    expect(row(page, TITLE)).to_contain_text("of it are here")
    press(page, TITLE, "Resume")
    expect(row(page, TITLE).get_by_role("button", name="Use as default")).to_be_visible()
    assert hub.downloads()[-1].range


@pytest.mark.slow
def test_what_went_wrong_is_on_the_page_with_what_to_do(
    open_page: Open, hub: Hub, studio: Studio, tiny: bytes
) -> None:
    (file,) = (key for key in hub.files if "SmolLM2-360M" in key)
    hub.served[file] = tiny[:-1] + b"!"
    page = open_page(f"{studio.url}/models", viewport=PHONE)
    press(page, TITLE, "Pull")
    expect(row(page, TITLE).get_by_role("alert")).to_contain_text("It was removed. Pull it again.")
    del hub.served[file]
    press(page, TITLE, "Resume")
    expect(row(page, TITLE).get_by_role("button", name="Use as default")).to_be_visible()


@pytest.mark.slow
def test_a_file_is_found_among_the_folders_or_by_its_path(
    open_page: Open, studio: Studio, tmp_path: Path, tiny_weights: Path
) -> None:
    folder = tmp_path / "models of mine"
    (folder / "deeper").mkdir(parents=True)
    shutil.copy(tiny_weights, folder / "deeper" / "one.gguf")
    shutil.copy(tiny_weights, folder / "two.gguf")
    page = open_page(f"{studio.url}/models")
    expect(page.get_by_role("heading", name="Here")).to_be_visible()
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog")
    path = dialog.get_by_label("The path of a .gguf file")
    expect(path).to_be_focused()
    path.fill(str(folder / "nothing.gguf"))
    page.keyboard.press("Enter")
    expect(dialog.locator("[id$=-problem]")).to_contain_text("nothing.gguf")
    path.fill(str(folder / "deeper" / "one.gguf"))
    page.keyboard.press("Enter")
    expect(row(page, "one").get_by_role("button", name="Use as default")).to_be_visible()
    assert configured(studio)["files"] == [str(folder / "deeper" / "one.gguf")]
    press(page, "one", "Forget")
    page.get_by_role("dialog").get_by_role("button", name="Forget it").click()
    expect(row(page, "one")).to_have_count(0)
    assert (folder / "deeper" / "one.gguf").exists()


def test_a_server_is_added_with_a_key_that_is_never_shown_again(
    open_page: Open, studio: Studio, tmp_path: Path
) -> None:
    listed = [{"id": "org/Base-7B-Instruct"}, {"id": "org/Base-7B", "max_model_len": 4096}]
    with talking(Model("n"), listed=listed) as talker:
        page = open_page(f"{studio.url}/models")
        answers: list[str] = []
        page.on("response", lambda answer: answers.append(_text(answer)))
        page.get_by_role("button", name="Add a server").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Its address").fill(talker.base)
        dialog.get_by_label("Its key").fill(KEY)
        page.keyboard.press("Enter")
        # The first that does not seem to be an instruct model is suggested.
        expect(dialog.get_by_label("Its model")).to_have_value("org/Base-7B")
        page.keyboard.press("Enter")
        place = row(page, "org/Base-7B")
        expect(place).to_contain_text("this system has no keyring")
        press(page, "org/Base-7B", "Probe")
        expect(place).to_contain_text("It goes on with a text, as a base model does.")
        assert set(talker.keys) == {f"Bearer {KEY}"}
        page.reload()
        expect(place).to_contain_text("a brood of 8 takes 8")
        page.get_by_role("button", name="Add a server").click()
        expect(page.get_by_role("dialog").get_by_label("Its key")).to_have_value("")
        assert KEY not in page.content()
    assert KEY not in "".join(answers)
    kept = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert not [each for each in kept if KEY.encode() in each.read_bytes()]


@pytest.mark.slow
def test_servers_of_this_machine_are_found_when_a_person_asks(
    open_page: Open, studio: Studio
) -> None:
    port, program = _usual_port()
    with talking(Model("n"), listed=[{"id": "org/Base-7B"}], port=port) as talker:
        page = open_page(f"{studio.url}/models")
        expect(page.get_by_role("heading", name="Here")).to_be_visible()
        page.keyboard.press("a")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Its address")).to_be_visible()
        assert talker.together == 0  # nobody is asked before
        dialog.get_by_role("button", name="Look on this machine").click()
        found = dialog.get_by_role("list", name="Found on this machine")
        found.get_by_role("button", name=f"{program} at {talker.base}").click()
        expect(dialog.get_by_label("Its address")).to_have_value(talker.base)
        expect(dialog.get_by_label("Its model")).to_have_value("org/Base-7B")
        dialog.get_by_role("button", name="List it").click()
        expect(
            row(page, "org/Base-7B").get_by_role("button", name="Use as default")
        ).to_be_visible()


def _usual_port() -> tuple[int, str]:
    """Give a port where servers of models usually listen, and nobody does now."""
    for port, program in LOCAL_PORTS.items():
        with suppress(OSError), socket.socket() as trying:
            trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trying.bind(("127.0.0.1", port))
            return port, program
    pytest.skip("Something listens at all of the usual ports.")


@pytest.mark.slow
def test_a_token_for_the_hub_is_typed_once_and_shown_nowhere(
    open_page: Open, hub: Hub, studio: Studio
) -> None:
    hub.token = KEY
    page = open_page(f"{studio.url}/models")
    press(page, TITLE, "Pull")
    problem = row(page, TITLE).get_by_role("alert")
    expect(problem).to_contain_text("give it on the studio's page of models")
    expect(problem).not_to_contain_text("HF_TOKEN")
    page.get_by_text("Your token for the hub").click()
    page.get_by_label("The token").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_text("It is kept until the studio ends")).to_be_visible()
    press(page, TITLE, "Resume")
    expect(row(page, TITLE).get_by_role("button", name="Use as default")).to_be_visible()
    assert KEY not in page.content()
    page.get_by_role("button", name="Forget the token").click()
    expect(page.get_by_label("The token")).to_have_value("")


def _text(answer: object) -> str:
    from playwright.sync_api import Error, Response

    assert isinstance(answer, Response)
    if "event-stream" in answer.headers.get("content-type", "") or answer.status in {204, 303}:
        return ""
    try:
        return answer.text()
    except Error:  # the page was left before it was read
        return ""


@pytest.mark.slow
def test_one_prompt_is_tried_on_two_models_side_by_side(open_page: Open, studio: Studio) -> None:
    begin(studio)
    with talking(Model(), listed=[{"id": "m"}]) as talker:
        asked = {"endpoint": talker.base, "model": "m"}
        assert studio.ask("POST", "/api/models/servers", json=asked).status_code == 201
        page = open_page(f"{studio.url}/models")
        expect(page.get_by_role("heading", name="Here")).to_be_visible()
        page.keyboard.press("t")
        dialog = page.get_by_role("dialog")
        # The prompt of the open bed.
        prompt = dialog.get_by_label("The prompt, exactly as it is sent")
        expect(prompt).not_to_have_value("")
        assert "a gull over the grey harbour" in prompt.input_value()
        dialog.get_by_role("combobox", name="The first model").select_option("echo")
        dialog.get_by_role("combobox", name="The second model").select_option("m")
        prompt.fill("1 2 3 4 5")
        dialog.get_by_role("button", name="Let both write").click()
        expect(dialog.get_by_text("6 7 8 9").first).to_be_visible()
        for side in ("The first model", "The second model"):
            expect(dialog.get_by_role("region", name=side).locator("p.aside").first).to_be_visible()


@pytest.mark.slow
def test_at_the_first_visit_a_line_leads_to_better_models(
    open_page: Open, hub: Hub, tmp_path: Path
) -> None:
    studio = ForkedStudio(tmp_path, free_port(), model="local")
    studio.start()
    try:
        page = open_page(studio.url)
        page.get_by_role("link", name="better ones are here").click()
        expect(page.get_by_role("heading", name="To be had")).to_be_visible()
        expect(page.get_by_text("a good one for this machine")).to_have_count(1)
        assert hub.asked == []  # nobody is asked before a person presses a button
    finally:
        studio.kill()


@pytest.mark.slow
def test_whoever_may_not_change_models_sees_that_and_why(open_page: Open, tmp_path: Path) -> None:
    studio = ForkedStudio(tmp_path, free_port())
    studio.start("--trust-local")
    try:
        page = open_page(f"{studio.url}/models")
        expect(page.get_by_text("Only on the machine itself")).to_be_visible()
        expect(page.get_by_role("button", name="Pull")).to_have_count(0)
        page.keyboard.press("f")
        expect(page.get_by_role("dialog")).to_have_count(0)
    finally:
        studio.kill()


@pytest.mark.slow
def test_models_share_a_brood_and_a_table_says_which_of_them_is_kept_from(
    open_page: Open, studio: Studio
) -> None:
    begin(studio, n=4)
    with talking(Model(), listed=[{"id": "m"}]) as talker:
        asked = {"endpoint": talker.base, "model": "m"}
        assert studio.ask("POST", "/api/models/servers", json=asked).status_code == 201
        page = open_page(studio.url)
        page.get_by_role("button", name="The model: Echo").click()
        page.get_by_role("menuitemcheckbox", name="Share each brood with m").click()
        expect(page.get_by_role("button", name="The models: Echo")).to_contain_text(" + m")
        brood = grow(page, studio, lambda: page.keyboard.press("Enter"))["brood"]
        assert [each["origin"]["model"] == "echo" for each in brood["offspring"]] == [
            *(True, False, True, False)
        ]
        page.keyboard.press("Shift+Digit1")
        page.goto(f"{studio.url}/models")
        table = page.get_by_role("table", name="What you keep from each")
        expect(table.get_by_role("row", name="Echo")).to_contain_text("50 % (9 % to 91 %)")
        page.get_by_label("Bred in").select_option("sea")
        expect(table.get_by_role("row")).to_have_count(3)
