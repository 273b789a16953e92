"""Pictures, animations and sounds of texts over the wire: as they are asked for, or a problem."""

from __future__ import annotations

import base64
import io
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import soundfile
from fastapi.testclient import TestClient
from PIL import Image

from tests.marks import first_cases
from tests.programs.test_attacks import sandboxes
from tests.talker import describe, talking

PICTURE = "def pixel(x, y):\n    return 0.5 + 0.5*sin(9*x*y)"
ANIMATION = "f(t, i, x, y) = sin(t + x)"
SOUND = "wave(t) = 0.5*sin(440*tau*t)"


def written(client: TestClient, text: str) -> str:
    (told,) = client.post("/api/texts", json={"texts": [text]}).json()
    return f"/api/texts/{told['id']}/render"


def test_a_picture_is_a_png(client: TestClient) -> None:
    answer = client.get(written(client, PICTURE), params={"size": 48})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert Image.open(io.BytesIO(answer.content)).size == (48, 48)


def test_a_file_is_not_compressed_again(client: TestClient) -> None:
    url, accepts = written(client, PICTURE), {"Accept-Encoding": "gzip"}
    picture = client.get(url, params={"size": 200}, headers=accepts)
    assert len(picture.content) > 2_000
    assert picture.headers["content-encoding"] == "identity"
    shader = client.get(url, params={"format": "glsl"}, headers=accepts)
    assert shader.headers.get("content-encoding") in {None, "gzip"}


def test_an_animation_and_a_sound_have_the_form_and_length_that_are_asked_for(
    client: TestClient,
) -> None:
    asked: dict[str, Any] = {"format": "gif", "size": 16, "seconds": 0.4}
    answer = client.get(written(client, ANIMATION), params=asked)
    assert answer.headers["content-type"] == "image/gif"
    assert Image.open(io.BytesIO(answer.content)).format == "GIF"
    answer = client.get(written(client, SOUND), params={"seconds": 0.5})
    assert answer.headers["content-type"] == "audio/wav"
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    assert len(samples) == rate / 2


@pytest.mark.parametrize(
    ("text", "medium", "forms"),
    [
        (PICTURE, "image", ["png", "webp"]),
        (ANIMATION, "animation", ["webp", "png", "gif"]),
        (SOUND, "sound", ["wav", "flac"]),
        ("def draw():\n    note('C4')", "sound", ["wav", "flac", "mid", "png", "svg"]),
    ],
)
def test_the_forms_of_files_are_those_that_a_person_can_save(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, text: str, medium: str, forms: list[str]
) -> None:
    monkeypatch.setenv("PATH", "")  # without ffmpeg
    url = written(client, text).removesuffix("render") + "forms"
    assert client.get(url).json() == {"medium": medium, "forms": forms}


def test_a_file_has_a_name(client: TestClient) -> None:
    answer = client.get(written(client, PICTURE), params={"size": 8, "format": "webp"})
    assert re.fullmatch(r'inline; filename="text-\d+\.webp"', answer.headers["content-disposition"])


def test_what_the_page_plays_live_is_sent_as_data(client: TestClient) -> None:
    shader = client.get(written(client, PICTURE), params={"format": "glsl"})
    assert shader.headers["content-type"] == "text/plain; charset=utf-8"
    assert shader.text.startswith("#version 300 es")
    tape = client.get(written(client, SOUND), params={"format": "json"})
    assert tape.json()["inputs"] == ["t"]


def test_what_the_browser_has_is_not_sent_again(client: TestClient) -> None:
    url = written(client, PICTURE)
    tag = client.get(url, params={"size": 8}).headers["etag"]
    again = client.get(url, params={"size": 8}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(url, params={"size": 9}, headers={"If-None-Match": tag})
    assert other.status_code == 200


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("text", "asked", "said"),
    first_cases(
        3,
        [
            ("the fog comes", {}, "does not begin"),
            ("import os", {}, "an import"),
            ("wave(t) = eval('t')", {}, "no function"),
            (PICTURE, {"format": "wav"}, "cannot be written as 'wav'"),
            (PICTURE, {"format": "exe"}, "cannot be written as 'exe'"),
            (PICTURE, {"size": 10**9}, "size"),
            (SOUND, {"seconds": 3600}, "seconds"),
            (ANIMATION, {"size": 4096}, "cannot have 4,096 pixels"),
        ],
    ),
)
def test_what_cannot_be_rendered_is_a_problem_with_a_hint(
    client: TestClient, text: str, asked: dict[str, Any], said: str
) -> None:
    answer = client.get(written(client, text), params=asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert answer.json()["hint"]


def test_a_text_that_is_not_there_is_missing(client: TestClient) -> None:
    assert client.get("/api/texts/999/render").status_code == 404


PROGRAM = "def draw():\n    circle(0, 0, 3)\n    line(0, 0, 9, 9)"
DRAWING = '<svg viewBox="0 0 9 9"><circle r="9" fill="red"/><text>x</text></svg>'
HARM = DRAWING.replace("<text>", "<script>").replace("</text>", "</script>")


@pytest.mark.parametrize("text", [PROGRAM, DRAWING])
def test_a_program_and_a_drawing_are_a_picture_and_clean_svg(client: TestClient, text: str) -> None:
    url = written(client, text)
    answer = client.get(url, params={"size": 24})
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (24, 24)
    answer = client.get(url, params={"format": "svg"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.text.startswith("<svg")
    assert "text" not in answer.text


def test_a_melody_is_a_sound_and_a_picture_of_its_notes(client: TestClient) -> None:
    url = written(client, "def draw():\n    note(60)\n    note('E4')")
    assert client.get(url).headers["content-type"] == "audio/wav"
    assert client.get(url, params={"format": "png"}).headers["content-type"] == "image/png"
    assert client.get(url, params={"format": "mid"}).content.startswith(b"MThd")


def body(*lines: str) -> str:
    return "def draw():\n" + "\n".join(f"    {line}" for line in lines)


def svg(inside: str, before: str = "") -> str:
    return f'{before}<svg viewBox="0 0 9 9"><circle r="9" fill="red"/>{inside}</svg>'


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ATTACKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "an endless loop": (body("while True:", "    pass"), {}, "too slow"),
    "an enormous power": (body("x = 10**(10**7)"), {}, "too slow"),
    "a script": (HARM, {}, "<script>"),
    "an entity bomb": (
        svg("&l9;", f'<!DOCTYPE svg [<!ENTITY l0 "ha">{LAUGHS}]>'),
        {},
        "an entity",
    ),
    "an import of os": (body("import os"), {}, "imports os"),
    "a power of powers": ("pixel(x, y) = x**x**x", {}, "a power in an exponent"),
    "100,000 nodes": ("wave(t) = " + "+".join("t" * 50_000), {}, "characters"),
    "endless recursion": (body("draw()"), {}, "deep"),
    "ten gigabytes": (body("x = [0]*10**10"), {}, "MB"),
    "a string of a terabyte": (body("x = 'a'*10**12"), {}, "MB"),
    "open": (body("open('/etc/passwd')"), {}, "names open"),
    "a walk over classes": (body("().__class__.__base__.__subclasses__()"), {}, "names __"),
    "eval": (body("eval('1')"), {}, "names eval"),
    "printing without end": (
        body("while True:", "    print('x'*1000)"),
        {},
        "prints without end",
    ),
    "a wrong shape": (body("return [('bomb', 1)]"), {}, "no shape"),
    "a wrong type": (body("circle('here', 0, 1)"), {}, "needs 2 numbers"),
    "an external image": (svg('<image href="http://127.0.0.1/x.png"/>'), {}, "<image>"),
    "a regular expression bomb": (svg(f'<g style="{"fill:url( " * 1_000}"/>'), {}, "outside"),
    "a billion pixels": (svg(""), {"size": 10**9}, "size"),
    "a sound of an hour": (SOUND, {"format": "wav", "seconds": 3600}, "seconds"),
}


@pytest.mark.slow  # that each is an error is shown in tests/programs; here, through the API
@pytest.mark.parametrize("name", [*ATTACKS])
def test_an_attack_is_a_problem_on_its_card_while_another_card_is_shown(
    client: TestClient, name: str
) -> None:
    text, asked, said = ATTACKS[name]
    attack, other = written(client, text), written(client, PROGRAM)
    with ThreadPoolExecutor(1) as pool:
        attacked = pool.submit(client.get, attack, params={"format": "png"} | asked)
        assert client.get(other, params={"size": 16}).status_code == 200
    answer = attacked.result()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert answer.json()["hint"]
    assert client.get(other, params={"size": 17}).status_code == 200


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_worker_that_dies_is_no_end_of_other_cards(client: TestClient) -> None:
    url = written(client, PROGRAM)
    assert client.get(url, params={"size": 18}).status_code == 200
    workers = sandboxes()
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    # The first may still find the worker that died.
    assert client.get(url, params={"size": 19}).status_code in {200, 422, 503}
    assert client.get(url, params={"size": 20}).status_code == 200


@pytest.mark.parametrize("name", first_cases(1, ["vec3", "gl_FragCoord", "n0", "hsv", "main"]))
def test_a_name_of_a_shader_or_of_ours_is_only_a_name(client: TestClient, name: str) -> None:
    url = written(client, f"def pixel(x, y):\n    {name} = x*y\n    return {name}")
    assert client.get(url, params={"size": 8}).status_code == 200
    own = client.get(url, params={"format": "glsl"}).text
    plain = written(client, "def pixel(x, y):\n    a = x*y\n    return a")
    assert own == client.get(plain, params={"format": "glsl"}).text


def test_what_plays_a_picture_has_its_numbers_where_they_are_asked_for(client: TestClient) -> None:
    url = written(client, PICTURE).replace("/render", "/live")
    told = client.get(url).json()
    assert (told["medium"], told["tape"], told["numbers"]) == ("image", None, [])
    assert "uniform float n0" not in told["shader"]
    told = client.get(url, params={"numbers": True}).json()
    assert [PICTURE[each["begin"] : each["end"]] for each in told["numbers"]] == ["0.5", "0.5", "9"]
    assert "uniform float n0" in told["shader"]


def test_what_plays_a_sound_is_a_tape(client: TestClient) -> None:
    url = written(client, SOUND).replace("/render", "/live")
    told = client.get(url, params={"numbers": True}).json()
    assert (told["medium"], told["shader"]) == ("sound", None)
    assert told["tape"]["inputs"] == ["t", "n0", "n1"]


@pytest.mark.parametrize("shelf", ["pictures", "animations", "sounds", "drawings", "programs"])
def test_what_stands_on_a_shelf_is_rendered_before_it_is_in_a_garden(
    client: TestClient, shelf: str
) -> None:
    [item, *_] = client.get(f"/api/collections/{shelf}").json()["items"]
    assert item["text"]["id"] == 0
    its = f"/api/collections/{shelf}/items/0"
    asked = {"size": 32, "seconds": 0.2}
    here = client.get(f"{its}/render", params=asked)
    assert here.status_code == 200, here.json()
    there = client.get(written(client, item["text"]["content"]), params=asked)
    assert (here.content, here.headers["ETag"]) == (there.content, there.headers["ETag"])
    has = {"If-None-Match": here.headers["ETag"]}
    assert client.get(f"{its}/render", params=asked, headers=has).status_code == 304
    live = client.get(f"{its}/live")
    if shelf in {"drawings", "programs"}:
        assert live.status_code == 422
        assert live.json()["detail"].startswith(f"It is a {shelf.removesuffix('s')}")
    else:
        assert live.status_code == 200


def test_a_shelf_of_ones_own_may_have_a_slash_in_its_name_and_hold_chains(
    client: TestClient,
) -> None:
    (first,) = client.post("/api/texts", json={"texts": [PICTURE]}).json()
    better = PICTURE.replace("9", "4")
    edit = client.post(f"/api/texts/{first['id']}/edits", json={"content": better}).json()
    texts = {"refinements": edit["id"], "own/blue sky": first["id"]}
    for name, text in texts.items():
        put = client.post(f"/api/collections/{name}/items", json={"ids": [text]})
        assert put.status_code == 200, put.json()
        at = put.json()["items"] - 1
        here = client.get(f"/api/collections/{name}/items/{at}/render", params={"size": 16})
        there = client.get(f"/api/texts/{text}/render", params={"size": 16})
        assert (here.status_code, here.content) == (200, there.content)


@pytest.mark.parametrize("what", ["render", "live"])
def test_an_item_that_there_is_not_is_missing(client: TestClient, what: str) -> None:
    for its in ("pictures/items/9999", "nowhere/items/0"):
        assert client.get(f"/api/collections/{its}/{what}").status_code == 404
    assert client.get(f"/api/collections/pictures/items/-1/{what}").status_code == 422


def test_a_poem_cannot_be_played(client: TestClient) -> None:
    answer = client.get(written(client, "the fog comes").replace("/render", "/live"))
    assert answer.status_code == 422
    assert answer.json()["detail"] == "It does not begin as a formula does."
    assert answer.json()["hint"]


def test_a_text_says_what_it_can_be_rendered_as(client: TestClient) -> None:
    read = ["the fog comes", "pixel(x, y) = open(x)", HARM, "def draw():\n    import os"]
    texts = [PICTURE, ANIMATION, SOUND, PROGRAM, DRAWING, *read]
    told = client.post("/api/texts", json={"texts": texts}).json()
    shown = ["image", "animation", "sound", "program", "drawing"]
    assert [each["medium"] for each in told] == [*shown, *[None] * len(read)]


def test_a_contact_sheet_has_what_was_kept_of_a_bed(client: TestClient) -> None:
    bed = client.post("/api/beds", json={"name": "pictures", "parents": []}).json()["id"]
    asked = {"texts": [PICTURE, ANIMATION, SOUND, "fog"], "bed": bed, "keep": True}
    ids = [each["id"] for each in client.post("/api/texts", json=asked).json()]
    client.post("/api/texts", json={"texts": ["pixel(x, y) = x"], "bed": bed, "keep": False})
    answer = client.get("/api/contact-sheet", params={"bed": bed, "size": 32})
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (2 * 32 + 3 * 2, 32 + 2 * 2)
    named = client.get("/api/contact-sheet", params={"text": ids[:1], "size": 32})
    assert Image.open(io.BytesIO(named.content)).size == (32 + 2 * 2, 32 + 2 * 2)


def test_a_contact_sheet_of_nothing_is_refused(client: TestClient) -> None:
    answer = client.get("/api/contact-sheet", params={"text": []})
    assert answer.status_code == 422
    assert "no picture" in answer.json()["detail"]
    assert client.get("/api/contact-sheet", params={"brood": 9999}).status_code == 404


def test_a_picture_by_a_model_is_kept_with_its_text(client: TestClient) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file, "PNG")
    entry = {"b64_json": base64.b64encode(file.getvalue()).decode()}
    with talking(lambda _, __: (200, {"data": [entry]})) as talker:
        describe("image", talker, key=False)
        url = written(client, "an owl of glass").replace("/render", "/pictures")
        assert client.get(url).json() == []
        made = client.post(url, json={}).json()
        assert (made["width"], made["height"], made["model"]) == (8, 6, f"{talker.base}#m")
        refused = client.post(url, json={"model": f"{talker.base}#other"})
        assert refused.status_code == 422
        assert len(talker.asked) == 1
    assert client.get(url).json() == [made]
    answer = client.get(f"/api/pictures/{made['id']}")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content == file.getvalue()
    assert client.get("/api/pictures/99").status_code == 404
