"""Chat models that are made to continue texts: exactly n, said to be such, and never a key."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

import flourishing as fl
from flourishing import errors, settings, sync
from flourishing.core.sampling import Sampling
from flourishing.errors import FlourishingError
from flourishing.models import Completion, Notice, Piece, Usage, probing
from flourishing.models.endpoint import Endpoint
from flourishing.models.endpoint.chat import PROVIDERS, chat_dialect
from flourishing.models.endpoint.tokens import estimate
from flourishing.settings import NamedModel
from tests.models.behaviours import SPELLINGS
from tests.models.conftest import KEY
from tests.models.cost.served import month
from tests.models.test_endpoint import everything_of
from tests.talker import Refusal, Reply, Talker, talking

PROMPT = "|cat|elephant|rabbit|dog|"
CHAT = "/chat/completions"
pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def own_key(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Plant a key, and look for it in all that is logged."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    yield
    shown = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert KEY not in shown


@dataclass(slots=True)
class Outcome:
    """What a person gets of one call."""

    events: list[object] = field(default_factory=list)
    error: FlourishingError | None = None

    @property
    def completions(self) -> list[Completion]:
        found = [each for each in self.events if isinstance(each, Completion)]
        return sorted(found, key=lambda each: each.index)

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.completions]


def chat(talker: Talker, model: str = "openai/m", **more: Any) -> Endpoint:
    return Endpoint(NamedModel(model=f"chat:{model}", endpoint=talker.base, **more))


def ask(
    talker: Talker,
    n: int = 1,
    *,
    prompt: str = PROMPT,
    stop: tuple[str, ...] = ("|",),
    sampling: Sampling | None = None,
    reproducible: bool = False,
    model: str = "openai/m",
    **more: Any,
) -> Outcome:
    outcome = Outcome()
    opened = chat(talker, model, **more)

    async def listen() -> None:
        events = opened.complete(
            prompt,
            n=n,
            sampling=sampling or Sampling(max_tokens=16),
            stop=stop,
            seed=40,
            reproducible=reproducible,
        )
        async with aclosing(events):
            async for event in events:
                outcome.events.append(event)

    try:
        sync.run(listen())
    except FlourishingError as error:
        outcome.error = error
    assert KEY not in everything_of(outcome.error)
    return outcome


def saying(*texts: str) -> Reply:
    """Say one text after the other, then the last one for ever."""
    left, lock = list(texts), threading.Lock()

    def reply(_path: str, _body: dict[str, Any]) -> list[str] | Refusal:
        with lock:
            return [left.pop(0) if len(left) > 1 else left[0]]

    return reply


@pytest.mark.parametrize("n", [1, 3, 20])
def test_exactly_n_come_by_as_many_requests(n: int) -> None:
    with talking(saying("wolf|owl|")) as talker:
        outcome = ask(talker, n)
    assert outcome.texts == ["wolf"] * n
    assert [each.seed for each in outcome.completions] == list(range(40, 40 + n))
    assert len(talker.bodies(CHAT)) == n
    assert all("n" not in body for body in talker.bodies(CHAT))
    assert isinstance(outcome.events[-1], Usage)


def test_no_more_requests_are_under_way_than_are_allowed() -> None:
    def slowly(*_: object) -> list[str]:
        time.sleep(0.05)  # as long as others could come in between
        return ["wolf|"]

    with talking(slowly) as talker:
        ask(talker, 8, parallel=2)
    assert talker.together == 2


def test_a_brood_says_that_it_is_a_chat_models() -> None:
    with talking(saying("fog\non little feet", "a wet\nblack bough", "snow\nat dusk")) as talker:
        model = chat(talker)
        brood = fl.breed(["rain\non tin", "wind\nin reeds"], n=2, model=model)
    assert {each.origin.model for each in brood} == {"chat:openai/m"}
    assert [note for note in brood.notes if "a chat model, not a base model" in note]


def test_lines_stay_lines() -> None:
    with talking(saying("the fog comes\non little cat feet\nand then moves on")) as talker:
        assert ask(talker, stop=()).texts == [
            "the fog comes\non little cat feet\nand then moves on"
        ]


def test_a_prompt_that_is_repeated_first_is_cut_off() -> None:
    with talking(saying(PROMPT + "wolf|")) as talker:
        assert ask(talker).texts == ["wolf"]


def test_a_last_line_that_is_repeated_first_is_cut_off_each_time() -> None:
    prompt = "a poem:\nexiled prophets --"
    with talking(saying("gone", "exiled prophets -- gone", "exiled prophets --\ngone")) as talker:
        texts = [ask(talker, prompt=prompt, stop=()).texts[0] for _ in range(3)]
    assert texts == ["gone", " gone", "\ngone"]


@pytest.mark.parametrize(
    ("prompt", "said", "text"),
    [
        ("once upon", "a time", " a time"),
        ("once upon", " a time", " a time"),
        ("once upon a time,", "there was", " there was"),
        ("fog\n---\n", "rain", "rain"),
        ("|cat|", "dog", "dog"),
        ("once upon", ", and", ", and"),
    ],
)
def test_a_space_that_is_left_out_after_a_word_is_put_back(
    prompt: str, said: str, text: str
) -> None:
    with talking(saying(said)) as talker:
        assert ask(talker, prompt=prompt, stop=()).texts == [text]


def test_pieces_join_to_what_is_whole() -> None:
    with talking(saying("a long-legged heron|owl")) as talker:
        outcome = ask(talker)
    pieces = [each.text for each in outcome.events if isinstance(each, Piece)]
    assert "".join(pieces).lstrip(" ") == outcome.texts[0] == "a long-legged heron"
    assert len(pieces) > 1


def test_the_sampling_is_sent_as_far_as_chat_models_have_it() -> None:
    with talking(saying("wolf|")) as talker:
        drawn = Sampling(max_tokens=9, temperature=0.5, top_p=0.9, top_k=5, min_p=0.1)
        ask(talker, sampling=drawn)
    (body,) = talker.bodies(CHAT)
    assert (body["max_tokens"], body["temperature"], body["top_p"]) == (9, 0.5, 0.9)
    assert not {"top_k", "min_p", "seed", "stop"} & set(body)


def test_what_of_the_sampling_chat_models_do_not_have_is_said() -> None:
    with talking(saying("wolf|")) as talker:
        notices = [
            each.words
            for each in ask(talker, sampling=Sampling(top_k=5, min_p=0.1)).events
            if isinstance(each, Notice)
        ]
    assert any("has no top_k and no min_p" in words for words in notices)


@pytest.mark.parametrize(("said", "finish"), [("stop", "stop"), ("length", "length")])
def test_the_finish_reason_is_the_providers(said: str, finish: str) -> None:
    with talking(saying("wolf"), finish=said) as talker:
        (completion,) = ask(talker).completions
    assert completion.finish == finish


def test_a_filtered_answer_is_told_as_such() -> None:
    with talking(saying("wolf"), finish="content_filter") as talker:
        assert isinstance(ask(talker).error, errors.FilteredError)


def test_a_model_that_takes_no_temperature_and_another_name_for_the_length_is_asked_so() -> None:
    def newer(_path: str, body: dict[str, Any]) -> list[str] | Refusal:
        for name in ("temperature", "max_tokens"):
            if name in body:
                words = f"Unsupported parameter: '{name}' is not supported with this model."
                return 400, {"error": {"message": words, "param": name}}
        return ["wolf|"]

    with talking(newer) as talker:
        outcome = ask(talker, 3)
    assert outcome.texts == ["wolf"] * 3
    assert talker.bodies(CHAT)[-1]["max_completion_tokens"] == 16


def test_the_answer_of_an_earlier_claude_is_begun_with_the_end_of_the_prompt() -> None:
    prompt = "the fog comes\non little cat feet\n"
    with talking(saying("and then moves on")) as talker:
        ask(
            talker, prompt=prompt, stop=(), model="anthropic/claude-opus-4-5", key_env="PLANTED_KEY"
        )
    *_, last = talker.bodies(CHAT)[0]["messages"]
    assert last == {"role": "assistant", "content": prompt[-20:].rstrip()}


def test_seeds_are_sent_where_the_same_is_wanted_again() -> None:
    with talking(saying("wolf|")) as talker:
        ask(talker, 3, reproducible=True)
    assert sorted(body["seed"] for body in talker.bodies(CHAT)) == [40, 41, 42]


def wait_until_left(talker: Talker) -> None:
    """Wait until the server saw that nobody listens any more; the test's time limit bounds it."""
    while not talker.left:
        time.sleep(0.01)


def test_an_endless_talker_is_cut_and_left() -> None:
    with talking(saying("on and " * 500_000)) as talker:
        (completion,) = ask(talker, stop=()).completions
        wait_until_left(talker)
    assert completion.finish == "length"
    assert len(completion.text) < 1000


def test_what_comes_after_the_stop_is_not_listened_to() -> None:
    with talking(saying("wolf|" + "on and " * 500_000)) as talker:
        assert ask(talker, sampling=Sampling(max_tokens=1_000_000)).texts == ["wolf"]
        wait_until_left(talker)


def test_what_broke_off_after_words_were_shown_is_not_asked_again() -> None:
    with talking(saying("wolf and owl"), breaks=True) as talker:
        outcome = ask(talker)
    assert len(talker.asked) == 1
    assert [each.text.strip() for each in outcome.events if isinstance(each, Piece)] == ["wolf"]
    assert outcome.completions == []
    assert isinstance(outcome.error, errors.EndpointError)


def test_letting_go_leaves_the_provider() -> None:
    async def one_piece() -> Piece:
        model = chat(talker)
        sampling = Sampling(max_tokens=1_000_000)
        events = model.complete(PROMPT, n=1, sampling=sampling, stop=(), seed=1)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Piece):
                    return event
        raise AssertionError("something comes")

    with talking(saying("on and " * 500_000)) as talker:
        assert sync.run(one_piece()).text
        wait_until_left(talker)


def test_what_the_provider_counted_is_what_it_cost() -> None:
    with talking(saying("wolf")) as talker:
        usage = ask(talker, 2).events[-1]
    assert isinstance(usage, Usage)
    assert (usage.prompt, usage.completion) == (14, 6)
    assert usage.first_token is not None


def test_what_was_cut_is_not_told_of_and_is_reckoned_upwards() -> None:
    with talking(saying("wolf|" + "on and " * 500_000)) as talker:
        *_, notice, usage = ask(talker, 3).events
    assert isinstance(notice, Notice)
    assert "what 3 of the answers took" in notice.words
    assert isinstance(usage, Usage)
    (body, *_) = talker.bodies(CHAT)
    assert usage.prompt >= 3 * estimate("".join(each["content"] for each in body["messages"]))
    assert usage.completion >= 3 * estimate("wolf|")


def test_what_broke_off_is_paid_for_as_far_as_it_was_heard() -> None:
    with talking(saying("wolf and owl"), breaks=True) as talker:
        usage = ask(talker).events[-1]
    assert isinstance(usage, Usage)
    assert usage.prompt > estimate(PROMPT)
    assert usage.completion >= estimate("wolf")


def test_what_was_refused_took_nothing() -> None:
    with talking(lambda *_: (400, {"error": "no"})) as talker:
        usage = ask(talker, 2).events[-1]
    assert isinstance(usage, Usage)
    assert (usage.prompt, usage.completion) == (0, 0)


@pytest.mark.parametrize("model", ["m", "claude-3-opus"])
def test_no_more_stands_around_a_prompt_than_is_estimated(model: str) -> None:
    dialect = chat_dialect(model)
    sent = "".join(each["content"] for each in dialect.messages(PROMPT))
    assert dialect.most_usage(model, estimate(PROMPT), 9).prompt >= estimate(sent)


@pytest.mark.parametrize(
    ("model", "reasons"),
    [("m", False), ("gpt-4o", False), ("gemini-2.5-pro", True), ("claude-sonnet-5", True)],
)
def test_a_model_that_reasons_is_given_tokens_for_it(model: str, reasons: bool) -> None:
    with talking(saying("wolf")) as talker:
        ask(talker, model=f"openai/{model}", sampling=Sampling(max_tokens=50))
        most = sync.run(chat(talker, f"openai/{model}").most_usage(PROMPT, 50))
    (body,) = talker.bodies(CHAT)
    assert body["max_tokens"] == most.completion
    assert (most.completion > 50) == reasons


def test_a_model_that_does_not_use_its_tokens_to_reason_is_cut_all_the_same() -> None:
    with talking(saying("on and " * 2_000)) as talker:
        (completion,) = ask(talker, model="openai/gemini-2.5-pro", stop=()).completions
    assert completion.finish == "length"
    assert len(completion.text) < 500


def test_reasoning_alone_is_not_a_text() -> None:
    with talking(saying(""), reasons=True) as talker:
        outcome = ask(talker)
    assert outcome.completions == []
    assert "reasons" in str(outcome.error)


PRICED = """
[models.mine]
model = "chat:openai/m"
endpoint = "{}"
input_price = 1000
output_price = 1000
currency = "EUR"
"""


def describe(talker: Talker, more: str = "") -> None:
    path = settings.config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{more}\n{PRICED.format(talker.base)}")


@pytest.mark.parametrize("name", ["mine", "chat:openai/m"])
def test_a_described_chat_model_has_prices_under_both_its_names(name: str) -> None:
    with talking(saying("wolf")) as talker:
        describe(talker)
        assert fl.base_model(PROMPT, stop=[], model=name).strip() == "wolf"
    assert month("EUR") == Decimal((7 + 3) * 1000) / 1_000_000


def test_it_is_not_asked_for_more_than_the_budget_allows() -> None:
    with talking(saying("wolf")) as talker:
        describe(talker, "budget = 0.1")
        with pytest.raises(errors.InputError, match="month's budget"):
            fl.base_model(PROMPT, stop=[], max_tokens=4, model="mine")
        assert talker.asked == []
        describe(talker, "budget = 0.2")  # for what stands around the prompt, too
        fl.base_model(PROMPT, stop=[], max_tokens=4, model="mine")
        assert len(talker.asked) == 1


def test_one_that_nobody_described_is_said_not_to_be_bounded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with talking(saying("wolf")) as talker:
        describe(talker, "budget = 0")
        fl.base_model(PROMPT, stop=[], model=chat(talker))
    assert "chat:openai/m has no input_price and output_price" in capsys.readouterr().err


def test_to_be_refused_log_probabilities_costs_nothing() -> None:
    with talking(saying("wolf")) as talker:
        describe(talker, "budget = 0")
        with pytest.raises(errors.EngineError):
            fl.next_token("1 2 3", model="mine")
        with pytest.raises(errors.EngineError):
            fl.logprobs("1 2 3", [" 4"], model="mine")
    assert month("EUR") == 0


def test_a_brood_of_it_is_stored_with_its_prices() -> None:
    with talking(saying("fog\non little feet", "a wet\nblack bough")) as talker:
        describe(talker)
        brood = fl.breed(["rain\non tin", "wind\nin reeds"], n=2, refills=0, model="mine")
        with fl.open_garden() as garden:
            (money,) = garden.costs.brood(garden.save(brood).id).money
    assert (money.amount, money.currency) == (month("EUR"), "EUR")


@pytest.mark.parametrize(
    ("status", "error", "requests"),
    [
        (400, errors.EndpointError, 1),
        (401, errors.AuthError, 1),
        (402, errors.NoMoneyError, 1),
        (403, errors.AuthError, 1),
        (404, errors.ModelNotFoundError, 1),
        (500, errors.ServerError, 3),
    ],
)
def test_a_refusal_is_one_clear_error_without_the_key(
    status: int, error: type[FlourishingError], requests: int
) -> None:
    def refuse(_path: str, _body: dict[str, Any]) -> Refusal:
        return status, {"error": {"message": f"wrong: {talker.keys[-1]}"}}

    with talking(refuse) as talker:
        outcome = ask(talker)
    assert type(outcome.error) is error or status == 400
    assert isinstance(outcome.error, error)
    assert "wrong: Bearer …" in str(outcome.error)
    assert outcome.error.hint
    assert f"Bearer {KEY}" in talker.keys  # it was sent, and only there
    assert len(talker.asked) == requests


def test_a_prompt_that_is_too_long_is_said_to_be() -> None:
    words = "This model's maximum context length is 8192 tokens"
    body = {"error": {"message": words, "code": "context_length_exceeded"}}
    with talking(lambda *_: (400, body)) as talker:
        assert isinstance(ask(talker).error, errors.PromptTooLongError)


@pytest.mark.parametrize("status", [429, 500])
def test_what_fails_once_is_asked_again(status: int) -> None:
    def once(_path: str, _body: dict[str, Any]) -> list[str] | Refusal:
        return (status, {"error": "busy"}) if len(talker.asked) == 1 else ["wolf|"]

    with talking(once) as talker:
        outcome = ask(talker, 3)
    assert outcome.texts == ["wolf"] * 3
    assert len(talker.asked) == 4


def test_what_came_whole_is_kept_where_one_fails() -> None:
    def one_fails(_path: str, body: dict[str, Any]) -> list[str] | Refusal:
        return (500, {"error": "no"}) if body["seed"] == 41 else ["wolf|"]

    with talking(one_fails) as talker:
        outcome = ask(talker, 3, reproducible=True)
    assert [each.index for each in outcome.completions] == [0, 2]
    assert isinstance(outcome.error, errors.EndpointError)
    assert isinstance(outcome.events[-1], Usage)


def test_silence_is_asked_again_and_then_told() -> None:
    with talking(saying("", "wolf|")) as talker:
        assert ask(talker).texts == ["wolf"]
    with talking(saying("")) as talker:
        assert "without words" in str(ask(talker).error)


def test_without_a_key_it_is_said_where_one_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with talking(saying("wolf|")) as talker:
        outcome = ask(talker)
    assert isinstance(outcome.error, errors.AuthError)
    assert "OPENAI_API_KEY" in outcome.error.hint
    assert talker.asked == []


def test_a_server_that_is_not_there_is_said_not_to_be_reached() -> None:
    outcome = ask(Talker(saying(), port=9))
    assert isinstance(outcome.error, errors.UnreachableError)


@pytest.mark.parametrize("name", ["", "  "])
def test_no_name_is_no_model(name: str) -> None:
    with pytest.raises(errors.ModelNotFoundError):
        Endpoint(NamedModel(model=f"chat:{name}"))


@pytest.mark.parametrize("name", ["babble", "nobody/babble", "openai/"])
def test_a_name_without_a_provider_is_told_how_to_write_it(name: str) -> None:
    with pytest.raises(errors.ModelNotFoundError) as caught:
        fl.base_model("x y z", stop=[], model=f"chat:{name}")
    assert "chat:provider/model" in caught.value.hint


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_provider_has_an_address_and_a_key_of_its_own(name: str) -> None:
    model = Endpoint(NamedModel(model=f"chat:{name}/m"))
    assert model.address.base == PROVIDERS[name].base
    assert model.name == f"chat:{name}/m"
    assert (PROVIDERS[name].key_env or "").endswith("_API_KEY") or name == "ollama"


def test_a_known_model_needs_no_provider() -> None:
    model = Endpoint(NamedModel(model="chat:claude-sonnet-4-5"))
    assert model.address.base == PROVIDERS["anthropic"].base


def test_a_key_may_be_elsewhere_and_more_fields_may_be_sent() -> None:
    with talking(saying("wolf|")) as talker:
        ask(talker, model="nobody/m", key_env="PLANTED_KEY", extra_body={"top_a": 0.2})
    assert talker.bodies(CHAT)[0]["top_a"] == 0.2
    assert talker.keys[-1] == f"Bearer {KEY}"


def test_a_chat_model_is_not_probed() -> None:
    with talking(saying("wolf")) as talker:
        with pytest.raises(errors.InputError, match="chat model"):
            sync.run(probing.probe(chat(talker)))
        assert talker.asked == []


def test_log_probabilities_are_refused_with_what_has_them() -> None:
    model = Endpoint(NamedModel(model="chat:openai/m"))
    with pytest.raises(errors.EngineError) as caught:
        fl.next_token("1 2 3", model=model)
    assert "local" in caught.value.hint
    with pytest.raises(errors.EngineError):
        fl.logprobs("1 2 3", [" 4"], model=model)


@pytest.mark.parametrize(
    ("model", "begun"),
    [
        ("claude-3-opus", True),
        ("claude-opus-4-5-20251101", True),
        ("anthropic/claude-haiku-4.5", True),
        ("claude-opus-4-20250514", True),
        ("claude-opus-4-6", False),
        ("claude-sonnet-5", False),
        ("gpt-4o", False),
    ],
)
def test_only_an_earlier_claude_has_its_answer_begun(model: str, begun: bool) -> None:
    assert chat_dialect(model).begun == begun


# What breaks off, and keys in other spellings.


def break_once(talker: Talker) -> Reply:
    def reply(_path: str, _body: dict[str, Any]) -> list[str] | Refusal:
        talker.breaks = len(talker.asked) == 1
        return ["wolf and owl"]

    return reply


def test_what_nobody_reads_before_it_is_whole_is_asked_again_after_a_break() -> None:
    with talking(saying("")) as talker:
        talker.reply = break_once(talker)
        text = fl.base_model("x y z", stop=[], model=chat(talker))
        assert text.strip() == "wolf and owl"
        assert len(talker.asked) == 2


def test_an_answer_of_a_chat_model_that_broke_off_is_no_end_of_a_brood() -> None:
    with talking(saying("")) as talker:
        talker.reply = break_once(talker)
        brood = fl.breed(["rain on tin", "wind in reeds"], n=1, model=chat(talker))
        assert len(brood) == 1
        assert any("broke off" in note for note in brood.notes)


@pytest.mark.parametrize(
    "spell", [SPELLINGS[name] for name in ("escaped", "percent", "base64", "hex", "html")]
)
def test_a_key_that_a_provider_sends_back_in_another_spelling_is_hidden(
    spell: Callable[[str], str],
) -> None:
    # What is escaped once for JSON is escaped twice within it.
    body = {"error": {"message": f"wrong: {spell(KEY)} is no key"}}
    with talking(lambda *_: (400, body)) as talker:
        outcome = ask(talker)
    assert isinstance(outcome.error, errors.EndpointError)
    assert "wrong: " in str(outcome.error)
    shown = everything_of(outcome.error).lower()
    assert spell(KEY).lower() not in shown
    assert spell(KEY)[12:30].lower() not in shown


def test_a_text_of_a_chat_model_ends_before_a_key() -> None:
    with talking(saying(f"a wolf {KEY} howls")) as talker:
        assert [each.strip() for each in ask(talker, stop=()).texts] == ["a wolf"]
