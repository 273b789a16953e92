"""Pictures of texts by models: from the answer or from the same host, bounded, counted, no key."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import flourishing as fl
from flourishing import sync
from flourishing.errors import AnswerError, InputError, ModelNotFoundError
from flourishing.models.images import MOST_WORDS, ModelImage, draw_image
from tests.models.cost.served import budget
from tests.talker import Refusal, Talker, describe, talking

KEY = "planted-key-of-a-person"


def picture(form: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, form)
    return file.getvalue()


def inside(data: bytes) -> Refusal:
    return 200, {"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_KEY", KEY)


@pytest.fixture
def painter() -> Iterator[Talker]:
    with talking(lambda _, __: inside(picture())) as talker:
        describe("image", talker)
        yield talker


def drawn(talker: Talker, reply: Any, **more: Any) -> ModelImage:
    talker.reply = reply
    return sync.run(draw_image("an owl of glass", **more))


def test_a_picture_comes_in_the_answer(painter: Talker, tmp_path: Path) -> None:
    image = fl.image(fl.Text("an owl of glass"), size="512x512")
    assert (image.media_type, image.width, image.height) == ("image/png", 8, 6)
    assert image.model == f"{painter.base}#m"
    (body,) = painter.bodies("/images/generations")
    assert body == {
        "model": "m",
        "prompt": "an owl of glass",
        "n": 1,
        "size": "512x512",
        "response_format": "b64_json",
    }
    assert painter.keys == [f"Bearer {KEY}"]
    assert image.save(tmp_path / "owl") == tmp_path / "owl.png"
    assert (tmp_path / "owl.png").read_bytes() == image.data == picture()
    assert asyncio.run(fl.aio.image("an owl of glass")) == image


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "GIF"])
def test_other_forms_are_known(painter: Talker, form: str) -> None:
    image = drawn(painter, lambda _, __: inside(picture(form)))
    assert image.media_type == f"image/{form.lower()}"


def test_a_server_that_refuses_the_form_of_the_answer_is_asked_without(painter: Talker) -> None:
    def reply(_: str, body: dict[str, Any]) -> Refusal:
        unknown = {"error": {"message": "Unknown parameter: 'response_format'."}}
        return (400, unknown) if "response_format" in body else inside(picture())

    assert drawn(painter, reply).width == 8
    assert len(painter.asked) == 2


def test_a_picture_is_fetched_from_the_same_host(painter: Talker) -> None:
    painter.files["/files/1.png"] = picture()
    url = f"http://127.0.0.1:{painter.port}/files/1.png"
    assert drawn(painter, lambda _, __: (200, {"data": [{"url": url}]})).height == 6
    assert painter.fetched == ["/files/1.png"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/owl.png",
        "http://example.org/owl.png",
        "http://user:word@127.0.0.1:{port}/owl.png",
        "file:///etc/passwd",
        "http://[broken/owl.png",
    ],
)
def test_nothing_is_fetched_from_another_host(painter: Talker, url: str) -> None:
    entry = {"url": url.format(port=painter.port)}
    with pytest.raises(AnswerError, match="another host") as refusal:
        drawn(painter, lambda _, __: (200, {"data": [entry]}))
    assert "b64_json" in refusal.value.hint
    assert painter.fetched == []


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (inside(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), "no PNG, JPEG"),
        (inside(b""), "no PNG, JPEG"),
        ((200, {"data": [{"b64_json": "not base64!"}]}), "no picture"),
        ((200, {"data": []}), "without a picture"),
        ((200, ["owl"]), "without a picture"),
        (inside(picture("PNG", (8_193, 1))), "8,193 by 1 pixels"),
    ],
)
def test_what_is_no_picture_is_refused(painter: Talker, reply: Refusal, message: str) -> None:
    with pytest.raises(AnswerError, match=message):
        drawn(painter, lambda _, __: reply)


def test_the_key_is_in_no_error_and_in_no_log(
    painter: Talker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(fl.FlourishingError) as refusal:
        drawn(painter, lambda _, __: (400, {"error": {"message": f"no such key {KEY}"}}))
    assert KEY not in f"{refusal.value}{refusal.value.hint}{refusal.value.__cause__}"
    drawn(painter, lambda _, __: inside(picture()))
    assert KEY not in caplog.text


def test_each_picture_costs_its_price_and_a_refused_one_nothing(painter: Talker) -> None:
    describe("image", painter, "image_price = 0.04")
    spent = budget(spend=Decimal("0.1"))
    drawn(painter, lambda _, __: inside(picture()), budget=spent)
    assert spent.spent == {"USD": Decimal("0.04")}
    with pytest.raises(fl.FlourishingError):
        drawn(painter, lambda _, __: (400, {"error": {"message": "no"}}), budget=spent)
    drawn(painter, lambda _, __: inside(picture()), budget=spent)
    assert spent.spent == {"USD": Decimal("0.08")}
    asked = len(painter.asked)
    with pytest.raises(InputError, match="--spend"):
        drawn(painter, lambda _, __: inside(picture()), budget=spent)
    assert len(painter.asked) == asked


def test_a_bounded_budget_says_that_a_price_is_missing(painter: Talker) -> None:
    heard: list[str] = []
    spent = budget(spend=Decimal(1))
    drawn(painter, lambda _, __: inside(picture()), budget=spent, notify=heard.append)
    assert any("no image_price" in words for words in heard)


@pytest.mark.parametrize(
    ("prompt", "size", "message"),
    [
        (" \n", "512x512", "blank"),
        ("a" * (MOST_WORDS + 1), "512x512", "30,001 characters"),
        ("owl", "huge", "size 'huge'"),
        ("owl", "99999x99999", "size"),
        ("owl\ud800", "512x512", "surrogate"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    painter: Talker, prompt: str, size: str, message: str
) -> None:
    with pytest.raises(fl.FlourishingError, match=message):
        fl.image(prompt, size=size)
    assert painter.asked == []


def test_without_a_model_the_remedy_is_named() -> None:
    with pytest.raises(ModelNotFoundError, match="no model to make pictures") as refusal:
        fl.image("an owl")
    assert "[models.image]" in refusal.value.hint
    with pytest.raises(InputError, match="not behind an address"):
        fl.image("an owl", model="echo")
