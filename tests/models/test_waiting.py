"""Waits for a server: told wherever they come, to whoever listens, and never in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import pytest

from flourishing import breeding, errors, sync
from flourishing.breeding import BreedRequest, finished
from flourishing.breeding.brood import Asked, Brood
from flourishing.cli.saving import exact_prompt
from flourishing.core.sampling import Sampling
from flourishing.models import Completion, Waiting, probing
from flourishing.models.endpoint import Endpoint
from flourishing.models.retry import MOST_WAITING, pause
from flourishing.models.waiting import MergedWaits, report_waits_to, wait
from flourishing.settings import NamedModel
from tests.models.server import Server

pytestmark = pytest.mark.timeout(60)

SHORT = Sampling(max_tokens=8)


@pytest.fixture
def strained(server: Server) -> Endpoint:
    """Give a model whose server is asked too often by every first question on a path."""
    server.calls.pop("strained", None)
    return Endpoint(NamedModel(endpoint=server.base("strained"), model="babble"))


def breed(model: Endpoint) -> Any:
    request = BreedRequest(
        parents=["fog", "rain"], n=2, pattern="list", model=model, sampling=SHORT
    )
    return breeding.breed(request)


@pytest.mark.parametrize(
    ("ask", "times"),
    [
        (lambda model: model.load(), 1),
        (lambda model: model.prompt_room(8, 30), 1),
        (lambda model: model.count_tokens("a wolf"), 2),
        (lambda model: model.next_token("a wolf", k=3), 2),
        (lambda model: model.logprobs("a wolf", [" howls", " sleeps"]), 2),
    ],
    ids=["what it is", "its context", "tokens", "next token", "scores"],
)
def test_whatever_is_asked_too_often_counts_down_to_whoever_listens(
    strained: Endpoint,
    ask: Callable[[Endpoint], Coroutine[Any, Any, object]],
    times: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[Waiting] = []
    with report_waits_to(told.append):
        sync.run(ask(strained))
    assert [each.seconds for each in told].count(0) == times, "each wait has an end"
    assert all(0 <= each.seconds <= 0.1 and "slow down" in each.why for each in told)
    assert len(told) >= 2 * times
    assert capsys.readouterr().err == ""


def test_where_nobody_listens_a_wait_is_said_on_stderr(
    strained: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asyncio.run(strained.count_tokens("a wolf")) == 6
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2
    assert all("answered 429: slow down. 0 s …" in line for line in lines)


def test_waits_while_a_prompt_is_fitted_come_in_the_stream_of_the_brood(
    strained: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    events: list[object] = []
    assert len(sync.run(finished(breed(strained), events.append))) == 2
    asked = next(at for at, each in enumerate(events) if isinstance(each, Asked))
    before = [each for each in events[:asked] if isinstance(each, Waiting)]
    assert [each.seconds for each in before].count(0) == 2, "for the list of models, and for tokens"
    assert any(isinstance(each, Waiting) for each in events[asked:]), "for the completions"
    assert isinstance(events[-1], Brood)
    assert capsys.readouterr().err == ""


def test_waits_before_a_completion_come_in_its_stream(
    strained: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    async def listen() -> list[object]:
        events = strained.complete("|cat|dog|", n=1, sampling=SHORT, stop=("|",), seed=1)
        async with aclosing(events):
            return [each async for each in events]

    events = sync.run(listen())
    ends = [each for each in events if isinstance(each, Waiting) and not each.seconds]
    assert len(ends) == 3, "for the list of models, for tokens, for the completion"
    assert any(isinstance(each, Completion) for each in events)
    assert capsys.readouterr().err == ""


def test_waits_for_a_prompt_that_is_only_shown_are_said_on_stderr(
    strained: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "fog" in exact_prompt(breed(strained))
    assert "slow down" in capsys.readouterr().err


def test_waits_of_a_probe_are_told_whatever_it_asks(
    strained: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str | Waiting] = []
    sync.run(probing.probe(strained, notify=told.append))
    ends = [each for each in told if isinstance(each, Waiting) and not each.seconds]
    assert len(ends) == 2, "for the list of models, and for the first completion"
    assert capsys.readouterr().err == ""


def test_a_server_that_wants_to_be_left_alone_for_hours_is_not_waited_for(server: Server) -> None:
    model = Endpoint(NamedModel(endpoint=server.base("limited_for_hours"), model="babble"))
    told: list[Waiting] = []
    with report_waits_to(told.append), pytest.raises(errors.RateLimitError):
        sync.run(model.next_token("a wolf", k=3))
    assert told == []


def test_where_several_wait_at_once_one_of_them_counts() -> None:
    async def several() -> None:
        await asyncio.gather(*(wait(0.01, "Busy.") for _ in range(5)))

    told: list[Waiting] = []
    with report_waits_to(told.append):
        sync.run(several())
    assert told[-1] == Waiting(0, "Busy.")
    assert [each.seconds for each in told].count(0) == 1


def test_two_who_listen_hear_their_own_waits() -> None:
    def listen(why: str) -> tuple[list[Waiting], Coroutine[Any, Any, None]]:
        told: list[Waiting] = []

        async def listening() -> None:
            with report_waits_to(told.append):
                await wait(0.01, why)

        return told, listening()

    async def both() -> None:
        await asyncio.gather(first, second)

    (one, first), (other, second) = listen("One."), listen("Other.")
    sync.run(both())
    assert {each.why for each in one} == {"One."}
    assert {each.why for each in other} == {"Other."}


def test_leaving_work_that_is_overheard_stops_it() -> None:
    stopped = []

    async def work() -> None:
        try:
            await wait(3600, "For ever.")
        finally:
            stopped.append(True)

    async def leave() -> None:
        async with aclosing(MergedWaits(work()).waits()) as waits:
            assert (await anext(waits)).why == "For ever."

    sync.run(leave())
    assert stopped == [True]


def test_what_work_that_is_overheard_raises_is_raised() -> None:
    async def work() -> None:
        raise errors.InputError("No.", hint="Try.")

    async def listen() -> None:
        async for _ in MergedWaits(work()).waits():
            pass

    with pytest.raises(errors.InputError):
        sync.run(listen())


@pytest.mark.parametrize("seconds", [0.0, 0.1, None])
def test_each_wait_is_longer_than_the_one_before(seconds: float | None) -> None:
    error = errors.RateLimitError("Slow down.", hint="Wait.", seconds=seconds)
    waits = [pause(error, times) for times in range(12)]
    assert all(later > before or later == 30 for before, later in pairwise(waits))
    until_it_gives_up = [sum(waits[:times]) <= MOST_WAITING for times in range(1, 13)]
    assert until_it_gives_up[0]
    # Of a server that asks for no wait at all, there were 276 requests in 30 seconds.
    assert sum(sum(waits[:times]) <= 30 for times in range(1, 13)) <= 9


def test_a_longer_wait_that_the_server_asks_for_is_kept() -> None:
    error = errors.RateLimitError("Slow down.", hint="Wait.", seconds=42.0)
    assert [pause(error, times) for times in range(3)] == [42, 42, 42]
