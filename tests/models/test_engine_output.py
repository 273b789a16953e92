"""Control words of a model end a text, and never stand in one."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import flourishing as fl
from flourishing.models import Completion, Piece, TokenLogprob
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.engine import Engine
from flourishing.models.engine_output import ChunkReader, without_control_words
from tests.conftest import ScriptedModel


@pytest.mark.parametrize(
    "word",
    [
        *("</s>", "<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<eos>"),
        *("<end_of_turn>", "<start_of_image>", "<unused12>", "<bos>", "<｜end▁of▁sentence｜>"),
    ],
)
def test_what_a_server_ends_a_completion_with_is_cut_off(word: str) -> None:
    assert without_control_words(f"the sea{word}", prompt="a poem:\n") == "the sea"
    assert without_control_words(f"the sea{word}\n", prompt="a poem:\n") == "the sea"
    said = f"the sea{word} and more"
    assert fl.base_model("|cat|dog|", model=ScriptedModel([f"wolf{word}"])) == "wolf"
    if word != "</s>":  # which may also end a line that is struck through
        assert without_control_words(said, prompt="a poem:\n") == "the sea"


@pytest.mark.parametrize("text", ["a < b > c", "<table>", "x[0]", "<i>so</i>", "a|b", "", "<3"])
def test_what_is_no_control_word_stays(text: str) -> None:
    assert without_control_words(text, prompt="") == text


def test_what_a_person_wrote_in_a_parent_stays_as_it_is() -> None:
    parents = ["the token <|im_end|> sleeps", "a token dreams"]
    brood = fl.breed(
        parents, 2, model=ScriptedModel(["here <|im_end|> rests", "gone<|endoftext|>"])
    )
    assert [each.content for each in brood] == ["here <|im_end|> rests", "gone"]
    assert [each.content for each in brood.parents] == parents
    assert brood[1].origin.raw == "gone<|endoftext|>"


def test_behind_a_control_word_nothing_belongs_to_the_text() -> None:
    reader = ChunkReader(offset=0, seed=1)

    def choice(text: str, finish: str | None = None, **more: Any) -> dict[str, Any]:
        return {"choices": [{"index": 0, "text": text, "finish_reason": finish, **more}]}

    events = [
        event
        for chunk in (
            choice("cat"),
            choice("s", control=True),
            choice("dog"),
            choice("", "length"),
        )
        for event in reader.read(chunk)
    ]
    assert events == [Piece(0, "cat"), Piece(0, "s"), Completion(0, "cats", "stop", 1, 0)]


def test_the_log_probabilities_end_where_the_text_ends() -> None:
    reader = ChunkReader(offset=2, seed=1)

    def choice(text: str, logprob: float | None, finish: str | None = None, **more: Any) -> Any:
        entry = {"id": 5, "token": text, "bytes": list(text.encode()), "logprob": logprob}
        given = None if logprob is None else {"content": [entry]}
        told = {"index": 0, "text": text, "logprobs": given, "finish_reason": finish, **more}
        return {"choices": [told]}

    chunks = [choice("cat", -1.5), choice("", -9, control=True), choice("dog", -2)]
    events = [
        event for chunk in [*chunks, choice("", None, "stop")] for event in reader.read(chunk)
    ]
    assert events == [
        Piece(2, "cat"),
        Completion(2, "cat", "stop", 3, 0, logprobs=(TokenLogprob("cat", -1.5),)),
    ]


def test_a_stop_is_no_part_of_what_the_log_probabilities_are_of() -> None:
    def completion(finish: str) -> Completion:
        reader = ChunkReader(offset=0, seed=1)
        for text, logprob in (("cat", -1.5), ("", -1), ("\nsat", -2), ("", -3), ("", -4)):
            entry = {"id": 5, "token": text, "bytes": list(text.encode()), "logprob": logprob}
            given = {"content": [entry]}
            choice = {"index": 0, "text": text, "logprobs": given, "finish_reason": None}
            reader.read({"choices": [choice]})
        last = {"index": 0, "text": "", "logprobs": None, "finish_reason": finish}
        (found,) = reader.read({"choices": [last]})
        assert isinstance(found, Completion)
        return found

    stopped, cut = completion("stop").logprobs, completion("length").logprobs
    assert stopped is not None
    assert cut is not None
    assert [each.logprob for each in stopped] == [-1.5, -1, -2]
    assert [each.logprob for each in cut] == [-1.5, -1, -2, -3, -4]


@pytest.fixture
def engine(english: EmbeddedModel) -> Engine:
    """Give the engine itself, whose tokens can be forced."""
    assert english._engine is not None
    return english._engine


@pytest.mark.engine
@pytest.mark.parametrize(
    "word",
    ["<eos>", "<bos>", "<unused12>", "<start_of_image>", "<end_of_turn>", "<start_of_turn>"],
)
def test_the_engine_ends_a_text_where_the_model_writes_a_control_token(
    engine: Engine, word: str
) -> None:
    assert engine.is_control(word)
    body = {"content": word, "add_special": False, "parse_special": True}
    (token,) = engine._ask("POST", "/tokenize", body)["tokens"]
    assert written(engine, token) == ""


@pytest.mark.engine
def test_a_tag_that_is_a_token_is_no_control_word(engine: Engine) -> None:
    (token,) = engine.tokens("<table>", beginning=False)
    assert not engine.is_control("<table>")
    assert written(engine, token).startswith("<table>")


@pytest.mark.engine
@pytest.mark.parametrize("word", ["<eos>", "<unused12>", "<bos>"])
def test_a_control_word_that_a_person_wrote_is_read_as_its_characters(
    engine: Engine, word: str
) -> None:
    assert len(engine.tokens(word, beginning=False)) > 1


def written(engine: Engine, token: int) -> str:
    """Give the text of a completion in which the model writes one token over and over."""
    body: dict[str, Any] = {
        "prompt": engine.tokens("|cat|dog|"),
        "n": 1,
        "max_tokens": 3,
        "temperature": 0.0,
        "logit_bias": [[token, 100.0]],
    }
    reader = ChunkReader(offset=0, seed=1)
    events: list[object] = []
    engine.stream(
        body, lambda chunk: events.extend(reader.read(chunk)), threading.Event(), alone=False
    )
    (text,) = [event.text for event in events if isinstance(event, Completion)]
    return text
