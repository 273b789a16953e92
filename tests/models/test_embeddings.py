"""Embeddings of texts, from every kind of model that gives them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flourishing as fl
from flourishing import sync
from flourishing.errors import AnswerError, EngineError, InputError, PromptTooLongError, ServerError
from flourishing.models import BaseModel
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.endpoint import Endpoint
from flourishing.models.protocol import WithEmbeddings
from flourishing.models.worker import WorkerModel
from flourishing.settings import NamedModel
from tests.models.cost.served import month
from tests.talker import Refusal, Talker, describe, talking

SEA = ["the waves break on the grey shore", "grey waves are breaking on a shore"]
TAX = "the form must be returned by the tenth of April"


def nearness(rows: np.ndarray[Any, np.dtype[np.float32]]) -> list[float]:
    """Give the cosines of the first row with each of the others."""
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return [float(units[0] @ other) for other in units[1:]]


class Silent(BaseModel):
    """A model that writes, and has no states."""

    name = "silent"

    def complete(self, *_: object, **__: object) -> AsyncGenerator[fl.Event]:
        raise NotImplementedError


# The echo model.


def test_texts_that_share_words_lie_near_each_other() -> None:
    rows = fl.embed([*SEA, TAX], model="echo")
    assert rows.dtype == np.float32
    assert rows.shape == (3, 64)
    alike, other = nearness(rows)
    assert alike > 0.5 > other


def test_the_same_text_has_the_same_embedding_wherever_it_stands() -> None:
    rows = fl.embed([*SEA, SEA[0], SEA[0].upper()], model="echo")
    assert (rows[0] == rows[2]).all()
    assert (rows[0] == rows[3]).all()
    assert (fl.embed(iter(SEA), model="echo") == rows[:2]).all()


@pytest.mark.parametrize("text", ["a", " ", "\n", "漢", "👩‍👩‍👧‍👦", "\0", "x" * 100_000])
def test_any_text_but_an_empty_one_has_one(text: str) -> None:
    (row,) = fl.embed([text], model="echo")
    assert np.isfinite(row).all()
    assert row.any()


def test_no_texts_give_no_rows() -> None:
    assert fl.embed([], model="echo").shape == (0, 64)


def test_texts_with_an_origin_are_taken_too() -> None:
    text = fl.library("imagists").texts[0]
    assert (fl.embed([text], model="echo") == fl.embed([text.content], model="echo")).all()


def test_asynchronous_code_has_the_same() -> None:
    rows = asyncio.run(fl.aio.embed(SEA, model="echo"))
    assert (rows == fl.embed(SEA, model="echo")).all()


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        (["fog", ""], "Text 2"),
        (["fog", "\ud800"], "Text 2"),
        (["fog", None], "Text 2"),
        ("fog", "single text"),
        (None, "None"),
    ],
)
def test_what_is_no_text_is_refused_in_words(texts: Any, word: str) -> None:
    with pytest.raises(InputError, match=word) as refusal:
        fl.embed(texts, model="echo")
    assert refusal.value.hint


def test_a_model_without_states_says_so() -> None:
    with pytest.raises(EngineError, match="'silent' gives no embeddings") as refusal:
        fl.embed(SEA, model=Silent())
    assert "local" in refusal.value.hint


def test_a_model_of_ones_own_may_have_them() -> None:
    class Lengths(Silent):
        async def embed(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
            return np.array([[len(text)] for text in texts], np.float32)

    assert isinstance(Lengths(), WithEmbeddings)
    assert fl.embed(["a", "bcd"], model=Lengths()).tolist() == [[1], [3]]


# The embedded model.


@pytest.mark.engine
@pytest.mark.timeout(200)
def test_the_embedded_model_gives_the_means_of_its_states(local: BaseModel) -> None:
    rows = fl.embed([*SEA, TAX], model=local)
    assert rows.dtype == np.float32
    assert rows.shape == (3, 640)
    alike, other = nearness(rows)
    assert alike > other
    (alone,) = fl.embed(SEA[:1], model=local)
    assert np.allclose(alone, rows[0], rtol=1e-2, atol=1e-2 * np.abs(rows[0]).max())
    assert fl.embed([], model=local).shape == (0, 640)


@pytest.mark.engine
@pytest.mark.slow  # its parts are of 2,048 tokens each
@pytest.mark.timeout(200)
def test_a_long_text_is_the_mean_of_its_parts(local: BaseModel) -> None:
    (whole,) = fl.embed([" sea" * 2_500], model=local)
    first, second = fl.embed([" sea" * 2_048, " sea" * 452], model=local)
    mean = (first * 2_048 + second * 452) / 2_500
    assert np.allclose(whole, mean, rtol=1e-2, atol=1e-2 * np.abs(mean).max())


@pytest.mark.engine
@pytest.mark.timeout(200)
def test_what_nobody_could_read_is_refused(local: BaseModel) -> None:
    with pytest.raises(PromptTooLongError):
        fl.embed(["x" * 10**7], model=local)


@pytest.mark.engine
@pytest.mark.timeout(200)
def test_a_model_whose_states_cannot_be_read_says_so(tiny_weights: Path) -> None:
    model = EmbeddedModel.from_file(tiny_weights)
    with pytest.raises(EngineError, match="gives no embeddings") as refusal:
        fl.embed(SEA, model=model)
    assert "local" in refusal.value.hint
    sync.run(model._loaded()).close()


# Behind an address.


def serving(width: int = 2) -> Callable[[str, dict[str, Any]], Refusal]:
    """Answer as OpenAI does, but in reverse order: the length of a text, and ones."""

    def reply(path: str, body: dict[str, Any]) -> Refusal:
        assert path == "/v1/embeddings"
        data = [
            {"object": "embedding", "index": at, "embedding": [len(text), *[1.0] * (width - 1)]}
            for at, text in enumerate(body["input"])
        ]
        return 200, {"object": "list", "data": data[::-1], "usage": {"prompt_tokens": 5}}

    return reply


def endpoint(talker: Talker) -> Endpoint:
    return Endpoint(NamedModel(endpoint=talker.base, model="m"))


def test_a_server_is_asked_for_some_at_a_time() -> None:
    texts = ["x" * (1 + at) for at in range(70)]
    with talking(serving()) as talker:
        rows = fl.embed(texts, model=endpoint(talker))
        assert [len(body["input"]) for body in talker.bodies("/embeddings")] == [32, 32, 6]
    assert rows.dtype == np.float32
    assert rows.tolist() == [[len(text), 1] for text in texts]


def test_a_server_is_not_asked_about_nothing() -> None:
    with talking(serving()) as talker:
        assert fl.embed([], model=endpoint(talker)).shape == (0, 0)
        assert talker.bodies("/embeddings") == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (501, "This server does not support embeddings. Start it with `--embeddings`"),
        (400, "Pooling type 'none' is not OAI compatible."),
        (400, "The model does not support Embeddings API"),
    ],
)
def test_a_server_without_them_says_so_in_its_own_words(status: int, words: str) -> None:
    with talking(lambda *_: (status, {"error": {"message": words}})) as talker:
        with pytest.raises(EngineError, match="gives no embeddings") as refusal:
            fl.embed(SEA, model=endpoint(talker))
        assert words.rstrip(".") in str(refusal.value)
        assert "--embeddings" in refusal.value.hint


def test_a_server_that_fails_is_not_taken_to_have_none() -> None:
    with talking(lambda *_: (500, {"error": "CUDA error"})) as talker, pytest.raises(ServerError):
        fl.embed(SEA, model=endpoint(talker))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        [{"embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}],
        [{"embedding": [[1.0]]}, {"embedding": [[1.0]]}],
        [{"embedding": []}, {"embedding": []}],
        [{"embedding": [float("nan")]}, {"embedding": [1.0]}],
        [{"embedding": [1e300]}, {"embedding": [1.0]}],
        [{"embedding": ["a"]}, {"embedding": ["b"]}],
        [{"embedding": "AAAA"}, {"embedding": "AAAA"}],
        [{"index": [], "embedding": None}, {"index": {}, "embedding": {}}],
        [{"embedding": [10**400]}, {"embedding": [1]}],
    ],
)
def test_what_are_no_embeddings_is_refused_in_words(data: Any) -> None:
    with talking(lambda *_: (200, {"data": data})) as talker:
        with pytest.raises(AnswerError) as refusal:
            fl.embed(SEA, model=endpoint(talker))
        assert refusal.value.hint


def test_rows_of_different_widths_are_refused() -> None:
    def reply(path: str, body: dict[str, Any]) -> Refusal:
        return serving(2 if len(body["input"]) == 32 else 3)(path, body)

    with talking(reply) as talker, pytest.raises(AnswerError, match="different widths"):
        fl.embed(["a"] * 33, model=endpoint(talker))


def test_a_chat_model_gives_none() -> None:
    with pytest.raises(EngineError, match="chat model"):
        fl.embed(SEA, model=Endpoint(NamedModel(model="chat:openai/m")))


PRICED = "context = 4096\ninput_price = 1000\noutput_price = 1000\n"


def test_what_they_may_cost_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_KEY", "planted")
    with talking(serving()) as talker:
        describe("far", talker, PRICED)
        fl.embed(SEA, model="far")
    assert 0 < month() < 1


def test_a_server_without_them_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_KEY", "planted")
    with talking(lambda *_: (404, {})) as talker:
        describe("far", talker, PRICED)
        with pytest.raises(EngineError):
            fl.embed(SEA, model="far")
    assert month() == 0


# In a process of its own.


@pytest.mark.process
@pytest.mark.timeout(100)
def test_they_come_out_of_a_worker_process_unchanged(tmp_path: Path) -> None:
    from tests.models.test_worker import told

    model = WorkerModel("told", told(tmp_path))
    try:
        assert (fl.embed([*SEA, TAX], model=model) == fl.embed([*SEA, TAX], model="echo")).all()
        assert fl.embed([], model=model).shape == (0, 64)
    finally:
        model.close()
