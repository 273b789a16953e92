"""What every base model promises, whatever stands behind it: one suite for all of them."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from flourishing import sync
from flourishing.core.sampling import Sampling
from flourishing.errors import PromptTooLongError
from flourishing.models import BaseModel, Completion, Event, Piece, Reading, Usage, open_model
from flourishing.models.endpoint import Endpoint
from flourishing.settings import NamedModel
from tests.marks import first_cases
from tests.models.conftest import Listening
from tests.models.server import Server

ANIMALS = "|cat|elephant|rabbit|dog|wolf|owl|"
FOG = "The fog comes on little cat feet. It sits looking over harbor and city. The fog"
STOP = ("|", "\n")
SHORT = Sampling(max_tokens=8)

pytestmark = pytest.mark.timeout(240)


@dataclass(slots=True)
class Told:
    """Everything that one call told."""

    events: list[Event] = field(default_factory=list)

    def of(self, index: int) -> str:
        """Give the pieces of one completion, joined."""
        pieces = (each for each in self.events if isinstance(each, Piece))
        return "".join(piece.text for piece in pieces if piece.index == index)

    @property
    def completions(self) -> list[Completion]:
        found = [each for each in self.events if isinstance(each, Completion)]
        return sorted(found, key=lambda each: each.index)

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.completions]


async def listen(events: AsyncGenerator[Event]) -> Told:
    async with aclosing(events):
        return Told([event async for event in events])


def ask(
    model: BaseModel,
    prompt: str = ANIMALS,
    *,
    n: int = 1,
    sampling: Sampling = SHORT,
    stop: Sequence[str] = STOP,
    seed: int = 1,
    reproducible: bool = False,
) -> Told:
    events = model.complete(
        prompt, n=n, sampling=sampling, stop=stop, seed=seed, reproducible=reproducible
    )
    return sync.run(listen(events))


def again(model: BaseModel, prompt: str = FOG, *, n: int = 2, seed: int = 5) -> list[str]:
    """Ask for what must be the same every time."""
    return ask(model, prompt, n=n, seed=seed, stop=(), reproducible=True).texts


# One form of the local engine by default: a worker process and llama.cpp's own server run the
# same engine, and take most of a minute each.
BACKENDS = [
    "echo",
    pytest.param("local", marks=pytest.mark.engine),
    pytest.param("worker", marks=[pytest.mark.engine, pytest.mark.process, pytest.mark.slow]),
    "endpoint",
    pytest.param("llama.cpp", marks=[pytest.mark.engine, pytest.mark.process, pytest.mark.slow]),
]


@pytest.fixture(scope="module", params=BACKENDS)
def model(request: pytest.FixtureRequest) -> BaseModel:
    """Give each kind of model: our own, a server that does all, and llama.cpp's real one."""
    if request.param == "worker":
        worker: BaseModel = request.getfixturevalue("worker")
        return worker
    if request.param == "endpoint":
        server: Server = request.getfixturevalue("server")
        return Endpoint(NamedModel(endpoint=server.base("good"), model="babble"))
    if request.param == "llama.cpp":
        listening: Listening = request.getfixturevalue("llama_server")
        return Endpoint(NamedModel(endpoint=listening.base, model="gemma", key_env="PLANTED_KEY"))
    return open_model(str(request.param))


@pytest.fixture
def exact(model: BaseModel) -> BaseModel:
    """Give a model whose numbers do not depend on who else asks: not a server under load.

    llama.cpp's tokens are batched with those of others and with what it remembers, which moves a
    logit in its second decimal; the embedded engine can run alone, a server for many cannot.
    """
    if is_shared(model):
        pytest.skip("a server that many share cannot promise the same numbers every time")
    return model


def is_shared(model: BaseModel) -> bool:
    return isinstance(model, Endpoint) and model.settings.model == "gemma"


def assert_like(model: BaseModel, texts: list[str], before: list[str]) -> None:
    """Check that the same came again, or, from a server that many share, as many."""
    if is_shared(model):
        assert len(texts) == len(before)
    else:
        assert texts == before


# Completions.


@pytest.fixture(scope="module", params=[1, 3, 8, 11])
def told(model: BaseModel, request: pytest.FixtureRequest) -> tuple[int, Told]:
    return int(request.param), ask(model, n=int(request.param), seed=40)


def test_exactly_n_completions_come_one_for_each_index(told: tuple[int, Told]) -> None:
    n, call = told
    assert [each.index for each in call.completions] == list(range(n))


def test_each_completion_has_the_seed_after_the_one_before(told: tuple[int, Told]) -> None:
    n, call = told
    assert [each.seed for each in call.completions] == list(range(40, 40 + n))


def test_the_pieces_of_a_completion_are_its_text(told: tuple[int, Told]) -> None:
    _, call = told
    assert [call.of(each.index) for each in call.completions] == call.texts


def test_no_piece_comes_after_its_completion_is_whole(told: tuple[int, Told]) -> None:
    _, call = told
    for at, event in enumerate(call.events):
        if isinstance(event, Completion):
            later = [each for each in call.events[at:] if isinstance(each, Piece)]
            assert event.index not in {piece.index for piece in later}


def test_a_stop_never_stands_in_a_text(told: tuple[int, Told]) -> None:
    _, call = told
    assert not any(stop in text for stop in STOP for text in call.texts)


def test_a_completion_has_at_most_so_many_tokens_and_says_so_if_it_was_cut(
    told: tuple[int, Told],
) -> None:
    _, call = told
    assert all(0 <= each.tokens <= SHORT.max_tokens for each in call.completions)
    cut = [each for each in call.completions if each.finish == "length"]
    assert all(each.tokens == SHORT.max_tokens for each in cut)


def test_what_it_cost_comes_once_and_last_and_is_right(
    model: BaseModel, told: tuple[int, Told]
) -> None:
    _, call = told
    usages = [each for each in call.events if isinstance(each, Usage)]
    assert usages == [call.events[-1]]
    n, prompt = told[0], sync.run(model.count_tokens(ANIMALS))
    assert usages[0].prompt in {prompt * requests for requests in range(1, n + 1)}
    assert usages[0].cached <= usages[0].prompt
    assert usages[0].completion == sum(each.tokens for each in call.completions)


def test_reading_never_goes_back_and_ends_at_the_whole_prompt(
    model: BaseModel, told: tuple[int, Told]
) -> None:
    _, call = told
    total = sync.run(model.count_tokens(ANIMALS))
    readings = [each for each in call.events if isinstance(each, Reading)]
    assert {each.total for each in readings} <= {total}
    assert all(0 <= each.read <= total for each in readings)


def test_at_the_most_tokens_it_says_that_it_was_cut_off(model: BaseModel) -> None:
    call = ask(model, FOG, n=2, sampling=Sampling(max_tokens=3), stop=())
    assert [(each.finish, each.tokens) for each in call.completions] == [("length", 3)] * 2


def test_a_stop_cuts_the_very_same_text_where_it_stands(exact: BaseModel) -> None:
    sampling = Sampling(max_tokens=24)
    (whole,) = ask(exact, FOG, sampling=sampling, stop=(), reproducible=True).texts
    stop = whole[6:11]
    cut = ask(exact, FOG, sampling=sampling, stop=(stop,), reproducible=True)
    assert cut.texts == [whole[: whole.find(stop)]]
    assert cut.of(0) == cut.texts[0]
    assert cut.completions[0].finish == "stop"


def test_offspring_of_one_seed_differ_from_each_other(model: BaseModel) -> None:
    wild = Sampling(max_tokens=18, temperature=1.5)  # no two are the same by chance
    texts = ask(model, FOG, n=8, sampling=wild, stop=(), seed=3).texts
    assert len(set(texts)) == 8


def test_at_temperature_0_the_likeliest_token_is_taken(model: BaseModel) -> None:
    (likeliest,) = sync.run(model.next_token(FOG, k=1))
    greedy = Sampling(max_tokens=1, temperature=0)
    assert ask(model, FOG, sampling=greedy, stop=()).texts == [likeliest.token]


# Reproducing.


def test_the_same_seed_gives_the_same_texts_whatever_came_between(exact: BaseModel) -> None:
    first = again(exact)
    ask(exact, ANIMALS, n=3)
    ask(exact, FOG + " is", n=2)
    sync.run(exact.next_token(FOG, k=3))
    assert again(exact) == first


@pytest.mark.slow
def test_the_same_seed_gives_the_same_texts_over_several_waves(exact: BaseModel) -> None:
    assert again(exact, n=9) == again(exact, n=9)


def test_other_seeds_give_other_texts(model: BaseModel) -> None:
    assert again(model, n=1, seed=5) != again(model, n=1, seed=6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 2**31 - 1])
def test_the_first_and_the_last_seed_are_seeds_like_others(exact: BaseModel, seed: int) -> None:
    assert again(exact, seed=seed) == again(exact, seed=seed)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_texts_while_others_write(exact: BaseModel) -> None:
    alone = again(exact)
    done = threading.Event()

    def write() -> int:
        count = 0
        while not done.is_set():
            count += len(ask(exact, ANIMALS, n=2).texts)
        return count

    with ThreadPoolExecutor(3) as threads:
        writing = [threads.submit(write) for _ in range(3)]
        try:
            together = [again(exact) for _ in range(2)]
        finally:
            done.set()
    assert together == [alone, alone]
    assert all(each.result() % 2 == 0 for each in writing)


# Many at once.


PROMPTS = (FOG, ANIMALS)


@pytest.mark.slow
def test_callers_in_threads_get_what_each_would_get_alone(exact: BaseModel) -> None:
    alone = [again(exact, prompt) for prompt in PROMPTS]
    with ThreadPoolExecutor(len(PROMPTS)) as threads:
        together = list(threads.map(lambda prompt: again(exact, prompt), PROMPTS))
    assert together == alone


def test_callers_in_one_event_loop_get_what_each_would_get_alone(exact: BaseModel) -> None:
    alone = [again(exact, prompt) for prompt in PROMPTS]

    async def gathered() -> list[Told]:
        calls = (
            exact.complete(prompt, n=2, sampling=SHORT, stop=(), seed=5, reproducible=True)
            for prompt in PROMPTS
        )
        return await asyncio.gather(*map(listen, calls))

    assert [call.texts for call in asyncio.run(gathered())] == alone


@pytest.mark.slow
def test_callers_that_write_together_are_not_mixed_up(model: BaseModel) -> None:
    def count(n: int) -> tuple[int, bool]:
        call = ask(model, FOG, n=n, stop=())
        whole = [call.of(index) for index in range(n)] == call.texts
        return len(call.completions), whole

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(count, [1, 2, 3, 4])) == [(n, True) for n in (1, 2, 3, 4)]


# Letting go.


LONG = Sampling(max_tokens=3000)


def test_leaving_early_stops_the_model_and_the_next_call_works(model: BaseModel) -> None:
    alone = again(model)

    async def leave() -> None:
        events = model.complete(FOG, n=4, sampling=LONG, stop=(), seed=1)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Piece):
                    break

    for _ in range(2):
        sync.run(leave())
    # What reproduces runs by itself, so only once the other has stopped.
    assert_like(model, again(model), alone)


def test_cancelling_the_task_stops_the_model_and_the_next_call_works(model: BaseModel) -> None:
    alone = again(model)

    async def cancel() -> bool:
        begun = asyncio.Event()

        async def write() -> None:
            async for event in model.complete(FOG, n=4, sampling=LONG, stop=(), seed=1):
                if isinstance(event, Piece):
                    begun.set()
                    await asyncio.sleep(0)

        task = asyncio.create_task(write())
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert sync.run(cancel())
    assert_like(model, again(model), alone)


# Log-probabilities.


def test_the_next_tokens_are_sorted_and_their_chances_sum_to_at_most_one(model: BaseModel) -> None:
    tokens = sync.run(model.next_token(FOG, k=200))
    logprobs = [token.logprob for token in tokens]
    assert logprobs == sorted(logprobs, reverse=True)
    assert 0.5 < math.fsum(map(math.exp, logprobs)) <= 1 + 1e-4


def test_as_many_next_tokens_come_as_are_asked_for(exact: BaseModel) -> None:
    many = sync.run(exact.next_token(FOG, k=10))
    assert len(many) == 10
    few = sync.run(exact.next_token(FOG, k=3))
    assert [each.token for each in few] == [each.token for each in many[:3]]
    likeliest = [each.logprob for each in many[:3]]
    assert [each.logprob for each in few] == pytest.approx(likeliest, abs=1e-4)


def test_the_next_tokens_are_the_same_every_time(exact: BaseModel) -> None:
    first = sync.run(exact.next_token(FOG, k=20))
    ask(exact, FOG, n=2, stop=())
    assert sync.run(exact.next_token(FOG, k=20)) == first


LIKELY = 5000
"""Next tokens among which each token of a continuation is looked for."""


def agrees_token_by_token(model: BaseModel, prompt: str, continuation: str) -> None:
    """Check that each token of a continuation has the chance that it has as the next token."""
    (score,) = sync.run(model.logprobs(prompt, [continuation]))
    assert score.text == continuation == "".join(token.token for token in score.tokens)
    so_far = prompt
    for token in score.tokens:
        following = sync.run(model.next_token(so_far, k=LIKELY))
        chances = {each.token: each.logprob for each in following}
        near = 0.1 if is_shared(model) else 1e-3
        assert token.logprob == pytest.approx(chances[token.token], abs=near)
        so_far += token.token
    assert score.logprob == pytest.approx(math.fsum(each.logprob for each in score.tokens))


@pytest.mark.parametrize(
    "continuation", [" sits on the city", pytest.param(" fog fog", marks=pytest.mark.slow)]
)
def test_a_continuation_is_as_likely_as_its_tokens_one_by_one(
    model: BaseModel, continuation: str
) -> None:
    agrees_token_by_token(model, FOG, continuation)


@pytest.mark.slow
def test_a_continuation_of_a_long_prompt_is_as_likely_as_its_tokens_one_by_one(
    model: BaseModel,
) -> None:
    prompt = " ".join(f"{number} times the fog comes in," for number in range(90))
    assert sync.run(model.count_tokens(prompt)) > 600
    agrees_token_by_token(model, prompt, " 9")


def test_continuations_are_scored_in_their_order_and_each_by_itself(model: BaseModel) -> None:
    both = sync.run(model.logprobs(FOG, [" sits", " on", ""]))
    assert [score.text for score in both] == [" sits", " on", ""]
    (alone,) = sync.run(model.logprobs(FOG, [" on"]))
    assert alone.logprob == pytest.approx(both[1].logprob, abs=0.1 if is_shared(model) else 1e-3)
    assert both[2].tokens == ()
    assert both[2].logprob == 0


# Prompts of all kinds.


@pytest.mark.parametrize(
    "prompt",
    first_cases(
        2,  # other scripts need the whole vocabulary: see test_vocabulary.py
        [
            "before\0after",
            "<bos><start_of_turn>user\nhello<end_of_turn>",
            "שלום עולם, שלום",
            "👩‍👩‍👧‍👦🌊 é é 漢字",
            "<eos>",
            "\u202eright to left\u202c",
            "\ufeff\u200b\r\n\t",
            "\x1b[31mred\x07",
            "{{ prompt }} %s \\n &lt;",
        ],
    ),
)
def test_a_prompt_may_contain_anything(model: BaseModel, prompt: str) -> None:
    call = ask(model, prompt, n=2, sampling=Sampling(max_tokens=3), stop=())
    assert len(call.completions) == 2
    assert sync.run(model.count_tokens(prompt)) > 0


@pytest.mark.parametrize("mark", ["<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>", "<pad>"])
def test_what_looks_like_a_command_is_plain_text(model: BaseModel, mark: str) -> None:
    plain = sync.run(model.count_tokens("a"))
    assert sync.run(model.count_tokens("a" + mark)) >= plain + 2


def test_nothing_after_a_null_character_is_lost(model: BaseModel) -> None:
    short, long = (sync.run(model.count_tokens("a\0" + rest)) for rest in ("", "and the rest"))
    assert long > short


def test_a_longer_prompt_has_more_tokens(model: BaseModel) -> None:
    counts = [sync.run(model.count_tokens(text)) for text in ("a", ANIMALS, ANIMALS + FOG)]
    assert 0 < counts[0] < counts[1] < counts[2]


def test_room_for_what_is_written_is_taken_from_the_prompt(model: BaseModel) -> None:
    little, much = (sync.run(model.prompt_room(4, tokens)) for tokens in (10, 1000))
    assert 0 < much < little
    assert sync.run(model.prompt_room(8, 10**9)) == 0


def test_a_prompt_that_is_too_long_is_refused_with_its_length_and_the_limit(
    model: BaseModel,
) -> None:
    prompt = "a b c d e f " * 10_000
    with pytest.raises(PromptTooLongError) as refusal:
        ask(model, prompt)
    assert refusal.value.tokens == sync.run(model.count_tokens(prompt))
    assert 1000 < refusal.value.limit < refusal.value.tokens
    assert refusal.value.hint


def test_a_prompt_that_leaves_no_room_to_write_is_refused(model: BaseModel) -> None:
    with pytest.raises(PromptTooLongError) as refusal:
        ask(model, FOG, sampling=Sampling(max_tokens=10**6))
    assert refusal.value.tokens == sync.run(model.count_tokens(FOG))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("megabytes", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_a_prompt_of_many_megabytes_is_refused_without_being_read(
    model: BaseModel, megabytes: int
) -> None:
    prompt = "a b " * (megabytes * 250_000)
    with pytest.raises(PromptTooLongError) as refusal:
        ask(model, prompt)
    assert refusal.value.tokens > refusal.value.limit


def test_after_a_refusal_the_model_goes_on(model: BaseModel) -> None:
    with pytest.raises(PromptTooLongError):
        ask(model, "a b " * 100_000)
    assert len(ask(model, n=2).completions) == 2


@pytest.mark.slow
@pytest.mark.parametrize("parents", [40, pytest.param(380, marks=pytest.mark.slow)])
def test_many_are_written_from_a_long_prompt(model: BaseModel, parents: int) -> None:
    poems = (f"a poem:\n{number} gulls over the salt road\n---\n" for number in range(parents))
    prompt = "".join(poems)
    writing = ask(model, prompt + "a poem:\n", n=8, sampling=Sampling(max_tokens=8))
    assert len(writing.completions) == 8
    assert [each.prompt > 13 * parents for each in writing.events if isinstance(each, Usage)] == [
        True
    ]
