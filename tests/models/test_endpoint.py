"""Endpoints: whatever a server does, the right result or one clear error, and never a key."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
import time
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

import flourishing as fl
from flourishing import errors, settings, sync
from flourishing.core.sampling import Sampling
from flourishing.errors import EndpointError, FlourishingError
from flourishing.models import BaseModel, Completion, Notice, Piece, Usage, Waiting
from flourishing.models.endpoint import Endpoint
from flourishing.settings import NamedModel, Timeouts
from tests.marks import first_cases
from tests.models.behaviours import SPELLINGS
from tests.models.conftest import KEY
from tests.models.server import Server

PROMPT = "|cat|elephant|rabbit|dog|wolf|owl|"
SHORT = Sampling(max_tokens=8)

pytestmark = pytest.mark.timeout(60)


@dataclass(slots=True)
class Outcome:
    """What a person gets of one call: what was told, and the error, if there was one."""

    endpoint: Endpoint
    events: list[object] = field(default_factory=list)
    error: FlourishingError | None = None

    @property
    def completions(self) -> list[Completion]:
        found = [each for each in self.events if isinstance(each, Completion)]
        return sorted(found, key=lambda each: each.index)

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.completions]

    @property
    def notices(self) -> list[str]:
        return [each.words for each in self.events if isinstance(each, Notice)]

    @property
    def usage(self) -> Usage:
        (usage,) = (each for each in self.events if isinstance(each, Usage))
        return usage

    def of(self, index: int) -> str:
        pieces = (each for each in self.events if isinstance(each, Piece))
        return "".join(piece.text for piece in pieces if piece.index == index)


Ask = Callable[..., Outcome]


@pytest.fixture
def ask(server: Server, caplog: pytest.LogCaptureFixture) -> Iterator[Ask]:
    """Give a function that asks a server that behaves in a given way, and looks for leaks."""
    caplog.set_level(logging.DEBUG)
    outcomes: list[Outcome] = []

    def ask(
        behaviour: str,
        n: int = 1,
        *,
        endpoint: Endpoint | None = None,
        sampling: Sampling = SHORT,
        stop: tuple[str, ...] = ("|",),
        prompt: str = PROMPT,
        reproducible: bool = False,
        **settings: Any,
    ) -> Outcome:
        server.calls.pop(behaviour, None)
        given = {"endpoint": server.base(behaviour), "model": "babble", "key_env": "PLANTED_KEY"}
        outcome = Outcome(
            endpoint or Endpoint(NamedModel(**(given | {"context": 9000} | settings)))
        )
        outcomes.append(outcome)

        async def listen() -> None:
            events = outcome.endpoint.complete(
                prompt, n=n, sampling=sampling, stop=stop, seed=40, reproducible=reproducible
            )
            async with aclosing(events):
                async for event in events:
                    outcome.events.append(event)

        try:
            sync.run(listen())
        except FlourishingError as error:
            outcome.error = error
        return outcome

    yield ask
    shown = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    for outcome in outcomes:
        shown += repr(outcome) + everything_of(outcome.error)
    for spelling in spellings(KEY):
        at = shown.lower().find(spelling)
        assert at < 0, shown[max(0, at - 300) : at + 50]


def spellings(key: str) -> set[str]:
    """Give the ways, in small letters, in which a key could be read off what is shown."""
    return {spell(key).lower() for spell in SPELLINGS.values()} | {
        b64encode(b"Bearer " + key.encode()).decode()[12:-4].lower(),
        repr(key.encode())[2:-1].lower(),
    }


def everything_of(error: FlourishingError | None) -> str:
    """Write down an error with all that hangs on it, the variables of each frame included."""
    if error is None:
        return ""
    told = list(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    link: BaseException | None = error
    while link is not None:
        told += [str(link), repr(link), str(vars(link))]
        if (request := getattr(link, "_request", None)) is not None:
            told.append(str(request.headers.raw))
        link = link.__cause__ or link.__context__
    return "\n".join([error.hint, *told])


# Exactly n.


def test_a_good_server_gives_n_for_one_request(ask: Ask, server: Server) -> None:
    outcome = ask("good", 5)
    assert [each.index for each in outcome.completions] == [0, 1, 2, 3, 4]
    assert len(server.completions("good")) == 1
    assert outcome.endpoint.capabilities.honours_n is True


def test_where_a_server_ignores_n_the_rest_is_asked_for_one_by_one(
    ask: Ask, server: Server
) -> None:
    outcome = ask("ignores_n", 5)
    assert [each.index for each in outcome.completions] == [0, 1, 2, 3, 4]
    assert ["n" in call.body for call in server.completions("ignores_n")] == [True] + [False] * 4
    again = ask("ignores_n", 3, endpoint=outcome.endpoint)
    assert len(again.texts) == 3
    assert not any("n" in call.body for call in server.completions("ignores_n"))


@pytest.mark.parametrize(("behaviour", "most"), [("limits_n", 2), ("refuses_n", 1)])
def test_a_server_that_gives_fewer_at_once_is_asked_for_fewer(
    ask: Ask, behaviour: str, most: int
) -> None:
    outcome = ask(behaviour, 5)
    assert len(outcome.texts) == 5
    assert outcome.endpoint.capabilities.most_n == most


def test_single_requests_stay_within_the_limit(ask: Ask, server: Server) -> None:
    before = server.accepted
    outcome = ask("ignores_n", 12, parallel=2)
    assert len(outcome.texts) == 12
    assert server.accepted - before <= 2


def test_a_single_failure_is_made_good(ask: Ask, server: Server) -> None:
    outcome = ask("one_single_fails_once", 5)
    assert [each.index for each in outcome.completions] == [0, 1, 2, 3, 4]
    assert len(server.completions("one_single_fails_once")) == 6


def test_seeds_follow_one_another_and_are_sent_only_to_reproduce(ask: Ask, server: Server) -> None:
    drawn = ask("ignores_n", 3)
    assert [each.seed for each in drawn.completions] == [40, 41, 42]
    assert not any("seed" in call.body for call in server.completions("ignores_n"))
    ask("ignores_n", 3, reproducible=True)
    sent = [call.body["seed"] for call in server.completions("ignores_n")]
    assert sorted(sent) == [40, 41, 42]


def test_n_by_one_request_and_by_singles_give_the_same_for_the_same_seed(ask: Ask) -> None:
    together, singly = (ask(each, 4, reproducible=True) for each in ("good", "ignores_n"))
    assert together.texts == singly.texts


@pytest.mark.parametrize("behaviour", ["ignores_seed", "refuses_seed"])
def test_a_brood_of_a_server_without_seeds_says_so_and_is_not_called_reproducible(
    server: Server, behaviour: str
) -> None:
    model = Endpoint(NamedModel(endpoint=server.base(behaviour), model="babble", context=9000))
    if behaviour == "ignores_seed":
        model.capabilities.honours_seed = False  # as probing finds out
    for _ in range(2):
        brood = fl.breed(["fog", "rain"], n=2, model=model, max_tokens=8, seed=7)
        assert any("seed" in note for note in brood.notes)
        assert not brood.reproducible
        assert not any(each.origin.reproducible for each in brood)
    unasked = fl.breed(["fog", "rain"], n=2, model=model, max_tokens=8)
    assert not any("seed" in note for note in unasked.notes)


def test_a_brood_of_a_server_that_keeps_to_seeds_is_reproducible(server: Server) -> None:
    model = Endpoint(NamedModel(endpoint=server.base("good"), model="babble", context=9000))
    model.capabilities.honours_seed = True
    brood = fl.breed(["fog", "rain"], n=2, model=model, max_tokens=8, seed=7)
    assert brood.reproducible
    assert not any("seed" in note for note in brood.notes)


# Refusals.


@pytest.mark.parametrize(
    ("behaviour", "kind", "said"),
    [
        ("unauthorised", errors.AuthError, "401"),
        ("poor", errors.NoMoneyError, "Insufficient credits"),
        ("unknown", errors.ModelNotFoundError, "`babble` does not exist"),
        ("limited_for_hours", errors.RateLimitError, "429: quota"),
        ("fails_always", errors.ServerError, "500: out of memory"),
        ("web_page", errors.AnswerError, "a web page, 'Log in'"),
        ("web_page_error", errors.ServerError, "502 Bad Gateway"),
        ("chat", errors.AnswerError, "no completion"),
        ("no_choice", errors.AnswerError, "without a completion"),
        ("endless_line", errors.AnswerError, "no JSON"),
        ("elsewhere", errors.RedirectError, "another host, http://localhost"),
        ("in_circles", errors.RedirectError, "circle"),
        ("refuses_all", errors.EndpointError, "The moon is wrong"),
        ("too_long", errors.PromptTooLongError, "maximum context length"),
    ],
)
@pytest.mark.parametrize("n", [1, 3])
def test_a_refusal_is_one_clear_error_with_a_hint(
    ask: Ask, behaviour: str, kind: type[FlourishingError], said: str, n: int
) -> None:
    outcome = ask(behaviour, n)
    assert isinstance(outcome.error, kind)
    assert said in str(outcome.error)
    assert outcome.error.hint
    assert outcome.texts == []


def test_a_web_page_is_not_shown_as_markup(ask: Ask) -> None:
    assert "<" not in str(ask("web_page").error)


def test_the_key_does_not_follow_a_redirect_to_another_host(ask: Ask, server: Server) -> None:
    server.calls.pop("good", None)
    ask("elsewhere")
    assert server.calls["good"] == []
    assert server.completions("elsewhere")[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_wait_is_told_where_a_person_sees_it(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    described = NamedModel(endpoint=server.base("limited"), model="babble", context=9000)
    server.calls.pop("limited", None)
    assert fl.base_model("|cat|dog|", model=Endpoint(described))
    assert " s …" in capsys.readouterr().err


def test_a_text_ends_before_the_key_that_a_server_writes_into_it(ask: Ask) -> None:
    outcome = ask("tells_the_key", 2)
    assert [text.rstrip() for text in outcome.texts] == ["a wolf", "a wolf"]


def test_a_redirect_on_the_same_host_is_followed_with_the_key(ask: Ask, server: Server) -> None:
    server.calls.pop("good", None)
    assert len(ask("next_door", 2).texts) == 2
    assert server.completions("good")[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_server_that_is_not_there_is_an_error_with_a_hint(ask: Ask) -> None:
    outcome = ask(
        "gone", endpoint=Endpoint(NamedModel(endpoint="http://127.0.0.1:9/v1", model="m"))
    )
    assert isinstance(outcome.error, errors.UnreachableError)
    assert "http://127.0.0.1:9/v1 cannot be reached" in str(outcome.error)


# What passes.


def test_a_failure_that_passes_is_not_seen(ask: Ask, server: Server) -> None:
    assert len(ask("fails_once", 3).texts) == 3
    assert len(server.completions("fails_once")) == 2
    assert len(ask("drops_at_first", 3).texts) == 3
    assert len(ask("no_choice_once", 1).texts) == 1


@pytest.mark.parametrize(
    "behaviour", first_cases(2, ["limited", "limited_by_date", "limited_without_word", "busy"])
)
def test_asked_too_often_it_waits_and_counts_down(ask: Ask, behaviour: str) -> None:
    outcome = ask(behaviour, 2)
    assert len(outcome.texts) == 2
    waits = [each for each in outcome.events if isinstance(each, Waiting)]
    left = [each.seconds for each in waits]
    assert left == sorted(left, reverse=True)
    assert 0 < left[0] <= 2
    assert ("503: loading the model" if behaviour == "busy" else "too often") in waits[0].why


def test_an_idle_connection_that_was_closed_is_opened_again(ask: Ask) -> None:
    outcome = ask("closes_idle", 2)
    for _ in range(3):
        assert len(ask("closes_idle", 2, endpoint=outcome.endpoint).texts) == 2


def test_connections_are_used_again(ask: Ask, server: Server) -> None:
    outcome = ask("good")
    before = server.accepted
    for _ in range(4):
        ask("good", endpoint=outcome.endpoint)
    assert server.accepted == before


# Broken answers: what came whole is kept.


@pytest.mark.parametrize(
    ("behaviour", "kind", "said"),
    [
        ("stalls", errors.TooSlowError, "fell silent for 0.2 seconds"),
        ("drops", errors.UnreachableError, "broke"),
        ("ends_early", errors.UnreachableError, "in the middle"),
    ],
)
def test_what_came_whole_is_kept_before_the_error(
    ask: Ask, behaviour: str, kind: type[FlourishingError], said: str, server: Server
) -> None:
    outcome = ask(behaviour, 2, timeouts=Timeouts(between_tokens=0.2))
    assert outcome.texts == ["a wolf"]
    assert isinstance(outcome.error, kind)
    assert said in str(outcome.error)
    assert outcome.error.hint
    assert len(server.completions(behaviour)) == 1, "words were seen: it must not be asked again"
    assert outcome.usage.completion > 0


@pytest.mark.parametrize("behaviour", ["breaks_within", "broken_json"])
def test_what_never_began_is_asked_for_singly_after_an_error_within(
    ask: Ask, behaviour: str, server: Server
) -> None:
    outcome = ask(behaviour, 2)
    assert (outcome.texts, outcome.error) == (["a wolf", "a wolf"], None)
    assert ["n" in call.body for call in server.completions(behaviour)] == [True, False]


def test_a_connection_that_drops_once_all_has_come_is_no_matter(ask: Ask) -> None:
    outcome = ask("drops_after_the_end")
    assert (outcome.texts, outcome.error) == (["a wolf"], None)


def test_a_server_that_never_begins_is_left_though_it_keeps_the_line_open(ask: Ask) -> None:
    outcome = ask("silent", timeouts=Timeouts(first_token=0.2))
    assert isinstance(outcome.error, errors.TooSlowError)
    assert "wrote nothing for 0.2 seconds" in str(outcome.error)


def test_an_endless_answer_is_cut_off_and_said_so(ask: Ask) -> None:
    outcome = ask("endless", stop=())
    assert outcome.error is None
    assert outcome.completions[0].finish == "length"
    assert len(outcome.texts[0]) < 10_000
    assert "cut off" in outcome.notices[0]


def test_characters_in_halves_are_joined_and_broken_ones_replaced(ask: Ask) -> None:
    outcome = ask("broken_utf8", stop=())
    assert outcome.texts == ["\u6f22a\ufffdb\U0001f30a"]
    assert outcome.of(0) == outcome.texts[0]


def test_chunks_in_any_order_make_the_right_texts(ask: Ask) -> None:
    outcome = ask("disordered", 2)
    assert outcome.texts == ["wolf", "owl"]
    assert [outcome.of(0), outcome.of(1)] == ["wolf", "owl"]
    assert (outcome.usage.prompt, outcome.usage.completion) == (7, 4)


def test_a_blank_choice_is_a_blank_completion(ask: Ask) -> None:
    assert ask("blank_choice").texts == [""]


def test_a_whole_answer_of_another_type_is_read(ask: Ask) -> None:
    outcome = ask("whole", 3)
    assert outcome.texts == ["wolf", "owl", "elk"]
    assert outcome.usage.prompt == 9


def test_a_prompt_that_is_repeated_is_taken_off(ask: Ask) -> None:
    outcome = ask("echoes_prompt", 2)
    assert outcome.texts == ["wolf", "wolf"]
    assert outcome.of(1) == "wolf"
    assert outcome.endpoint.capabilities.echoes is True


def test_a_text_that_begins_like_the_prompt_is_no_echo(ask: Ask) -> None:
    assert ask("whole", prompt="wolverines at dawn,").texts == ["wolf"]


def test_stops_that_the_server_misses_are_cut_here(ask: Ask) -> None:
    outcome = ask("misses_stops", 2)
    assert outcome.texts == ["wolf", "wolf"]
    assert outcome.of(0) == "wolf"
    assert {each.finish for each in outcome.completions} == {"stop"}


def test_no_more_than_four_stops_are_sent_and_all_are_heeded(ask: Ask, server: Server) -> None:
    outcome = ask("misses_stops", stop=("1", "2", "3", "4", "lf"))
    assert server.completions("misses_stops")[0].body["stop"] == ["1", "2", "3", "4"]
    assert outcome.texts == ["wo"]


# Fields.


def test_a_field_that_is_refused_is_left_out_and_said_so_once(ask: Ask, server: Server) -> None:
    outcome = ask("refuses_unknown", 2, sampling=replace(SHORT, top_k=5))
    assert len(outcome.texts) == 2
    assert [words.split(";")[0] for words in outcome.notices] == [
        "The server does not take min_p",
        "The server does not take top_k",
    ]
    again = ask("refuses_unknown", 2, endpoint=outcome.endpoint)
    assert again.notices == []
    assert len(server.completions("refuses_unknown")) == 1


def test_many_requests_that_are_refused_at_once_say_it_once(ask: Ask, server: Server) -> None:
    endpoint = Endpoint(NamedModel(endpoint=server.base("refuses_unknown"), model="m", context=99))
    endpoint.capabilities.honours_n = False
    outcome = ask("refuses_unknown", 4, endpoint=endpoint)
    assert len(outcome.texts) == 4
    assert len(outcome.notices) == 1


def test_a_refusal_without_a_name_leaves_out_what_can_be(ask: Ask) -> None:
    assert len(ask("refuses_without_word", 2).texts) == 2


def test_neutral_settings_are_not_sent_to_a_server_that_nobody_knows(
    ask: Ask, server: Server
) -> None:
    ask("next_door", sampling=replace(SHORT, min_p=0))
    body = server.completions("next_door")[0].body
    assert not {"min_p", "top_k", "seed", "n"} & set(body)
    ask("next_door", sampling=replace(SHORT, top_k=3))
    assert {"min_p": 0.05, "top_k": 3}.items() <= server.completions("next_door")[0].body.items()


def test_a_setting_that_a_server_refuses_is_named(ask: Ask) -> None:
    error = ask("refuses_unknown", sampling=replace(SHORT, dry=0.8)).error
    assert isinstance(error, errors.InputError)
    assert "refuses the setting 'dry'" in str(error)
    assert "Leave it out" in error.hint


def test_that_a_server_may_not_have_a_setting_is_said(ask: Ask, server: Server) -> None:
    outcome = ask("next_door", sampling=replace(SHORT, xtc=0.5))
    assert any("'xtc'" in words for words in outcome.notices)
    assert server.completions("next_door")[0].body["xtc_probability"] == 0.5


def test_extra_fields_go_along(ask: Ask, server: Server) -> None:
    ask("next_door", extra_body={"top_a": 0.2, "provider": {"order": ["x"]}})
    assert server.completions("next_door")[0].body["provider"] == {"order": ["x"]}


# Ollama.


def test_ollama_is_asked_raw_on_its_own_path(ask: Ask, server: Server) -> None:
    outcome = ask("ollama", 2, kind="ollama", endpoint=None)
    assert outcome.texts == ["wolf", "wolf"]
    assert [(each.finish, each.tokens) for each in outcome.completions] == [("length", 2)] * 2
    calls = server.completions("ollama")
    assert {call.path for call in calls} == {"/ollama/api/generate"}
    assert calls[0].body["raw"] is True
    assert calls[0].body["truncate"] is False
    assert calls[0].body["options"]["num_ctx"] == 9000
    assert (outcome.usage.prompt, outcome.usage.completion) == (10, 4)


# What it costs.


def test_the_clock_is_read(ask: Ask) -> None:
    usage = ask("good", 2).usage
    assert usage.first_token is not None
    assert 0 < usage.first_token <= usage.seconds


def test_two_usages_add_up_with_the_first_ones_first_token() -> None:
    both = Usage(1, 0, 2, None, 1.0) + Usage(10, 5, 20, 0.5, 2.0) + Usage(1, 1, 1, 0.1, 1.0)
    assert both == Usage(12, 6, 23, 0.5, 4.0)


# Warnings.


def test_a_key_over_plain_http_to_another_machine_is_warned_of_before_it_is_sent(
    server: Server,
) -> None:
    # The address is of a network for documents (RFC 5737): nobody answers there.
    named = NamedModel(
        endpoint="http://192.0.2.1/v1",
        model="m",
        key_env="PLANTED_KEY",
        timeouts=Timeouts(connect=0.05),
    )
    endpoint = Endpoint(named)
    assert sync.run(endpoint.count_tokens("a wolf")) > 0, "no key goes out for this"

    async def first() -> object:
        async with aclosing(endpoint.complete("a", n=1, sampling=SHORT, stop=(), seed=1)) as events:
            return await anext(events)

    notice = sync.run(first())
    assert isinstance(notice, Notice)
    assert "plain http" in notice.words


def test_a_key_over_plain_http_to_this_machine_is_no_matter(ask: Ask) -> None:
    assert ask("good").notices == []


def test_notices_stand_in_the_notes_of_a_brood(server: Server) -> None:
    model = Endpoint(NamedModel(endpoint=server.base("refuses_unknown"), model="babble"))
    brood = fl.breed(["fog", "rain"], n=2, model=model, max_tokens=8)
    assert len(brood) == 2
    assert any("min_p" in note for note in brood.notes)
    assert any("4,096" in note for note in brood.notes)


# Letting go.


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait for what happens on another thread."""
    for _ in range(1000):
        if holds():
            return True
        time.sleep(0.005)
    return False


@pytest.mark.parametrize("behaviour", ["silent", "endless", "stalls"])
def test_leaving_frees_the_connections(server: Server, behaviour: str) -> None:
    model = Endpoint(NamedModel(endpoint=server.base(behaviour), model="babble", context=10**6))
    sampling = Sampling(max_tokens=100_000)
    idle = server.connections

    async def leave() -> None:
        events = model.complete(PROMPT, n=1, sampling=sampling, stop=(), seed=1)

        async def listen() -> None:
            async for _ in events:
                pass

        task = asyncio.create_task(listen())
        while not server.completions(behaviour):  # noqa: ASYNC110 - from another thread
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        await events.aclose()

    server.calls.pop(behaviour, None)
    asyncio.run(leave())
    assert eventually(lambda: server.connections <= idle)


def test_any_loop_and_any_thread_may_ask(server: Server) -> None:
    model = Endpoint(NamedModel(endpoint=server.base("good"), model="babble"))

    async def texts() -> int:
        events = model.complete(PROMPT, n=3, sampling=SHORT, stop=("|",), seed=1)
        async with aclosing(events):
            return len([each async for each in events if isinstance(each, Completion)])

    def run(number: int) -> int:
        return asyncio.run(texts()) if number % 2 else sync.run(texts())

    before = threading.active_count()
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(run, range(12))) == [3] * 12
    assert threading.active_count() < before + 12


# What it can take.


def test_a_context_that_is_configured_goes_before_what_the_server_says(ask: Ask) -> None:
    small = ask("good", context=100).endpoint
    assert sync.run(small.prompt_room(8, 30)) == 70
    asked = ask("good", context=None).endpoint
    assert sync.run(asked.prompt_room(8, 30)) == 32_738
    unknown = ask("next_door", context=None)
    assert sync.run(unknown.endpoint.prompt_room(8, 96)) == 4000
    assert "4,096" in unknown.notices[0]


def test_what_a_server_does_not_say_does_not_undo_what_is_known(ask: Ask) -> None:
    endpoint = ask("next_door").endpoint
    assert endpoint.capabilities.context == 9000
    probed = Endpoint(NamedModel(endpoint=endpoint.address.base, model="babble"))
    probed.capabilities.context = 2048  # as probing found out
    assert sync.run(probed.prompt_room(1, 48)) == 2000
    assert probed.capabilities.discovered


def test_a_server_that_gives_no_log_probabilities_is_an_error_with_a_hint(server: Server) -> None:
    model = Endpoint(NamedModel(endpoint=server.base("whole"), model="babble"))
    for work in (model.next_token("a", k=3), model.logprobs("a", ["b"])):
        with pytest.raises(errors.EngineError) as refusal:
            sync.run(work)
        assert "embedded model" in refusal.value.hint


def test_a_tokenizer_that_does_not_answer_is_replaced_by_an_estimate(server: Server) -> None:
    model = Endpoint(NamedModel(endpoint=server.base("whole"), model="babble"))
    assert 4 <= sync.run(model.count_tokens("the fog comes")) <= 7
    assert model.capabilities.program == "vllm"
    asked = len(server.calls["whole"])
    sync.run(model.count_tokens("the fog comes"))
    assert len(server.calls["whole"]) == asked


def test_a_server_that_gives_few_next_tokens_is_asked_for_these(server: Server) -> None:
    model = Endpoint(NamedModel(endpoint=server.base("few_logprobs"), model="babble"))
    assert len(sync.run(model.next_token(PROMPT, k=50))) == 5
    asked = len(server.completions("few_logprobs"))
    assert len(sync.run(model.next_token(PROMPT, k=50))) == 5
    assert len(server.completions("few_logprobs")) == asked + 1


def test_a_brood_tells_no_key(server: Server) -> None:
    named = NamedModel(endpoint=server.base("good"), model="babble", key_env="PLANTED_KEY")
    brood = fl.breed(["fog", "rain"], n=2, model=Endpoint(named), max_tokens=8, seed=1)
    assert server.completions("good")[-1].headers["authorization"] == f"Bearer {KEY}"
    told = json.dumps(brood.as_dict()) + repr(brood) + repr(named)
    assert KEY not in told
    assert brood.model == f"{server.base('good')}#babble"
    assert brood.usage.seconds > 0


def test_importing_us_does_not_import_what_only_endpoints_need() -> None:
    script = (
        "import sys, flourishing as fl; fl.open_model('echo');"
        "print(sorted({'httpx2', 'stamina', 'pydantic', 'keyring'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_a_proxy_is_honoured_but_not_between_this_machine_and_itself(server: Server) -> None:
    addresses = ["http://models.example/good/v1", server.base("good")]
    server.calls.pop("good", None)
    script = "\n".join(
        ["import flourishing as fl"]
        + [f"fl.base_model('|cat|dog|', model='{each}#proxied')" for each in addresses]
    )
    proxy = f"http://127.0.0.1:{server.port}"
    subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        timeout=60,
        env=os.environ | {"HTTP_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": "", "no_proxy": ""},
    )
    hosts = {(call.headers["host"], call.as_proxy) for call in server.completions("good")}
    assert hosts == {("models.example", True), (f"127.0.0.1:{server.port}", False)}


@pytest.mark.parametrize(
    "waits", first_cases(1, [False, True]), ids=["at once", "while a server is silent"]
)
def test_a_process_that_asked_an_endpoint_ends_quietly(server: Server, waits: bool) -> None:
    # Without its context a model has something to say, which it says in time or not.
    described = "[models.{0}]\nendpoint = '{1}'\nmodel = 'babble'\ncontext = 4096\n"
    path = settings.config_path()
    path.parent.mkdir()
    names = ("ignores_n", "silent")
    path.write_text("".join(described.format(name, server.base(name)) for name in names))
    script = (
        "import threading, flourishing as fl\n"
        "fl.base_model('|cat|dog|', responses=3, model='ignores_n')\n"
        "ask = lambda: fl.base_model('|cat|dog|', model='silent')\n"
        "threading.Thread(target=ask, daemon=True).start()\n"
        f"{waits} and input()\n"
        "print('done')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "default", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while waits and not server.completions("silent"):
            time.sleep(0.05)
        done = process.communicate("\n", timeout=60)
    assert (process.returncode, *done) == (0, "done\n", "")


def test_the_promise_of_the_protocol_is_kept_by_type() -> None:
    model: BaseModel = Endpoint(NamedModel(endpoint="http://localhost/v1", model="m"))
    assert not model.ready
    assert model.name == "http://localhost/v1#m"
    assert issubclass(errors.AuthError, EndpointError)
