"""Scoring texts that exist already, on the embedded model and on others."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from statistics import mean

import pytest

import flourishing as fl
from flourishing import sync
from flourishing.errors import EngineError, InputError, PromptTooLongError
from flourishing.models import BaseModel
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.gemma3 import can_read
from flourishing.models.scorer import Scorer
from tests.marks import first_cases

pytestmark = [pytest.mark.engine, pytest.mark.timeout(200)]

POEMS = [text.content for text in fl.library("imagists").texts]
PROMPT = fl.format_poems(POEMS[:3])


@pytest.fixture
def scorer(english: EmbeddedModel) -> Scorer:
    scorer = sync.run(english._scorer())
    assert scorer is not None
    return scorer


def test_what_it_says_agrees_with_the_writing_engine(english: EmbeddedModel) -> None:
    text = POEMS[4][:120]
    (score,) = fl.logprobs(PROMPT, [text], model=english)
    engine = sync.run(english._loaded())
    before = engine.tokens(PROMPT)
    tail = engine.tokens(PROMPT + text)[len(before) :]
    written = engine.score(before, tail, threading.Event())
    assert [each.token for each in score.tokens] == [each.token for each in written]
    apart = [a.logprob - b.logprob for a, b in zip(score.tokens, written, strict=True)]
    assert max(map(abs, apart)) < 0.8
    assert mean(map(abs, apart)) < 0.2
    assert abs(mean(apart)) < 0.1


@pytest.mark.slow
def test_many_texts_are_scored_as_each_by_itself(local: BaseModel) -> None:
    texts = [poem[:60] for poem in POEMS[:12]]
    together = fl.logprobs(PROMPT, texts, model=local)
    assert [score.text for score in together] == texts
    for at in (0, 11):
        (alone,) = fl.logprobs(PROMPT, [texts[at]], model=local)
        assert alone.logprob == pytest.approx(together[at].logprob, abs=1e-2)


@pytest.mark.slow
def test_a_beginning_that_prompts_share_changes_no_number(local: BaseModel) -> None:
    prompts = [f"{PROMPT}{poem[:60]}\n" for poem in POEMS[4:8]]
    alone = [fl.logprobs(prompt, ["sea"], model=local)[0].logprob for prompt in prompts]
    fl.logprobs(PROMPT, [], model=local)
    shared = [fl.logprobs(prompt, ["sea"], model=local)[0].logprob for prompt in prompts]
    assert shared == pytest.approx(alone, abs=1e-2)


def test_calls_that_wait_are_answered_together_as_each_by_itself(scorer: Scorer) -> None:
    asked = [([2, 50, 60 + at], [[70, 80 + at], [70], [], [90, 91, 92]]) for at in range(4)]
    asked.append(([3, 4], [[5]]))  # begins otherwise, and is read by itself
    alone = [scorer.score(*each, threading.Event()) for each in asked]
    with ThreadPoolExecutor(len(asked)) as pool:
        with scorer._turn(threading.Event()):  # all of them wait
            calls = [pool.submit(scorer.score, *each, threading.Event()) for each in asked]
            while len(scorer._waiting) < len(asked):
                time.sleep(0.01)
            assert [len(scorer._alike(each)) for each in scorer._waiting].count(4) == 4
        together = [call.result() for call in calls]
    for one, other in zip(alone, together, strict=True):
        assert [len(each) for each in one] == [len(each) for each in other]
        assert list(chain(*one)) == pytest.approx(list(chain(*other)), abs=1e-3)


def test_a_text_of_the_prompt_is_likelier_after_it(local: BaseModel) -> None:
    (after,) = fl.logprobs(PROMPT, [POEMS[0]], model=local)
    (first,) = fl.logprobs("", [POEMS[0]], model=local)
    assert after.logprob > first.logprob
    assert "".join(token.token for token in first.tokens) == POEMS[0]


def test_nothing_is_scored_as_nothing(local: BaseModel) -> None:
    assert fl.logprobs("", [], model=local) == ()
    (score,) = fl.logprobs("", [""], model=local)
    assert (score.tokens, score.logprob, score.mean) == ((), 0, None)


@pytest.mark.slow  # the whole vocabulary is loaded, beside the Latin one
@pytest.mark.parametrize(
    "text", first_cases(1, ["Привет, как дела?", "漢字の詩", "שלום עולם", "👩‍👩‍👧‍👦🌊", "\0\u202e"])
)
def test_any_script_can_be_scored(local: BaseModel, text: str) -> None:
    (score,) = fl.logprobs("", [text], model=local)
    assert score.tokens
    assert score.logprob < 0


def test_what_does_not_fit_into_the_context_is_refused_in_words(local: BaseModel) -> None:
    for prompt, text in (("", "the sea " * 12_500), ("the sea " * 12_500, "a"), ("", "x" * 10**7)):
        with pytest.raises(PromptTooLongError) as refusal:
            fl.logprobs(prompt, ["short", text], model=local)
        assert refusal.value.hint


@pytest.mark.slow
def test_breeding_goes_on_while_texts_are_scored(local: BaseModel, english: EmbeddedModel) -> None:
    async def both() -> tuple[tuple[fl.Score, ...], fl.Brood]:
        scorer = await english._scorer()
        assert scorer is not None
        with scorer._turn(threading.Event()):  # it reads, and does not end before we do
            scoring = asyncio.create_task(fl.aio.logprobs(PROMPT, POEMS[:3], model=local))
            brood = await fl.aio.breed(POEMS[:3], 2, model=local, max_tokens=8, refills=0)
            assert not scoring.done()
        return await scoring, brood

    scores, brood = sync.run(both())
    assert len(scores) == 3
    assert brood.usage.completion > 0


@pytest.mark.slow
def test_a_caller_who_has_left_stops_it(scorer: Scorer) -> None:
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(EngineError, match="stopped"):
        scorer.score([2], [[5, 6, 7]], stopped)
    assert len(scorer.score([2], [[5, 6, 7]], threading.Event())[0]) == 3


def test_a_model_of_another_architecture_is_scored_by_its_engine(tiny_weights: Path) -> None:
    assert not can_read(tiny_weights)
    assert not can_read(Path(__file__))
    model = EmbeddedModel.from_file(tiny_weights)
    scores = fl.logprobs("a", ["b", "bc"], model=model)
    assert [score.text for score in scores] == ["b", "bc"]
    assert all(score.logprob < 0 for score in scores)
    sync.run(model._loaded()).close()


def test_a_model_that_gives_none_says_so() -> None:
    class Silent(BaseModel):
        name = "silent"

    with pytest.raises(EngineError, match="silent") as refusal:
        fl.logprobs("a", ["b"], model=Silent())  # type: ignore[abstract]
    assert refusal.value.hint


@pytest.mark.parametrize("text", ["\ud800", None, 5])
def test_what_is_no_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError) as refusal:
        fl.logprobs("a", [text], model="echo")
    assert refusal.value.hint
