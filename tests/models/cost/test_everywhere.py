"""Whatever asks a model that costs money keeps to the budget, from wherever it is called."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

import flourishing as fl
from flourishing.cli import app
from flourishing.errors import AuthError, InputError
from flourishing.settings import config_path
from tests.models.cost.served import folder, month
from tests.talker import Talker, talking

PROMPT = "|cat|elephant|rabbit|dog|"
PRICES = "input_price = 1000\noutput_price = 1000\n"

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def talker(monkeypatch: pytest.MonkeyPatch) -> Generator[Talker]:
    monkeypatch.delenv("FLOURISHING_API_KEY", raising=False)
    with talking(lambda *_: ["wolf"]) as talker:
        yield talker


def describe(talker: Talker, budget: str) -> None:
    config_path().parent.mkdir(parents=True, exist_ok=True)
    tables = [
        f'[models.{name}]\nendpoint = "{talker.base}"\nmodel = "m"\ncontext = 4096\n{PRICES}'
        for name in ("far", "instruct")
    ]
    config_path().write_text("\n".join([f"budget = {budget}", *tables]))


def command(*words: str) -> Callable[[], object]:
    return lambda: app.main(words, standalone_mode=False)


CALLS: dict[str, Callable[[], object]] = {
    "complete": command("complete", PROMPT, "--model", "far"),
    "contrast": command("contrast", PROMPT, "--base", "far"),
    "breed": command("breed", "cat", "dog", "-n", "1", "--model", "far"),
    "refine": command("refine", "a dove", "-n", "1", "--model", "far"),
    "probe": command("models", "probe", "far"),
    "fl.base_model": lambda: fl.base_model(PROMPT, model="far"),
    "fl.breed": lambda: fl.breed(["cat", "dog"], n=1, pattern="list", model="far"),
    "fl.refine": lambda: fl.refine("a dove", n=1, model="far"),
    "fl.worsen": lambda: fl.worsen("a dove", n=1, model="far"),
    "fl.instruct": lambda: fl.instruct(PROMPT, responses=2),
    "fl.next_token": lambda: fl.next_token(PROMPT, model="far"),
    "fl.logprobs": lambda: fl.logprobs(PROMPT, ["wolf"], model="far"),
    "fl.embed": lambda: fl.embed([PROMPT], model="far"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_might_pass_the_budget_is_refused_before_a_request_goes_out(
    talker: Talker, call: Callable[[], object]
) -> None:
    describe(talker, "0.0001")
    with pytest.raises(InputError, match="month's budget") as refusal:
        call()
    assert "Raise budget in" in refusal.value.hint
    assert talker.asked == []
    assert month() == 0


@pytest.mark.parametrize("words", [("complete", "--model"), ("contrast", "--base")])
def test_completing_and_contrasting_have_a_bound_of_their_own(
    talker: Talker, words: tuple[str, str]
) -> None:
    describe(talker, "1000")
    with pytest.raises(InputError, match="--spend"):
        app.main([words[0], PROMPT, words[1], "far", "--spend", "0.01"], standalone_mode=False)
    assert talker.asked == []
    app.main([words[0], PROMPT, words[1], "far", "--spend", "100"], standalone_mode=False)
    assert talker.asked


@pytest.mark.parametrize("name", ["complete", "contrast", "breed", "fl.base_model", "fl.instruct"])
def test_what_was_paid_for_is_remembered_though_nothing_is_saved(talker: Talker, name: str) -> None:
    describe(talker, "1000")
    CALLS[name]()
    # The server tells 7 tokens in and 3 out of each answer.
    assert month() == len(talker.asked) * Decimal((7 + 3) * 1000) / 1_000_000


def test_a_probe_is_remembered_at_its_most(talker: Talker) -> None:
    describe(talker, "1000")
    CALLS["probe"]()
    assert month() >= len(talker.asked) * Decimal((7 + 1) * 1000) / 1_000_000


def test_an_answer_whose_cost_is_not_told_counts_at_its_most() -> None:
    silent = {"choices": [{"message": {"content": "Hello."}}]}
    with talking(lambda *_: (200, silent)) as talker:
        describe(talker, "1000")
        fl.instruct("1 2", responses=2, max_tokens=50)
    assert 2 * 50 * 1000 < month() * 1_000_000 < 2 * (50 + 30) * 1000


@pytest.mark.parametrize("status", [400, 401])
def test_an_answer_that_is_refused_costs_nothing(status: int) -> None:
    with talking(lambda *_: (status, {"error": "no"})) as talker:
        describe(talker, "1000")
        with pytest.raises(fl.ModelError) as refusal:
            fl.instruct("1 2")
    assert isinstance(refusal.value, AuthError) == (status == 401)
    assert month() == 0


def test_a_base_half_that_is_free_comes_though_the_other_is_refused(
    talker: Talker, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(talker, "0.0001")
    with pytest.raises(InputError, match="month's budget"):
        app.main(["contrast", PROMPT, "--base", "echo"], standalone_mode=False)
    assert capsys.readouterr().out.startswith("base model: echo\n")
    assert talker.asked == []


def test_calls_from_many_threads_cannot_pass_the_budget_together() -> None:
    silent = {"choices": [{"message": {"content": "Hello."}}]}

    def call(_: int) -> bool:
        try:
            fl.instruct("1 2 3", max_tokens=70)
        except InputError:
            return False
        return True

    with talking(lambda *_: (200, silent)) as talker, ThreadPoolExecutor(12) as threads:
        describe(talker, "0.35")  # each of them counts at its most, which is above 0.08
        came = list(threads.map(call, range(24)))
    assert sum(came) == len(talker.asked) == 3
    assert month() <= Decimal("0.35")


def test_no_garden_is_made_to_keep_the_budget(talker: Talker) -> None:
    describe(talker, "1000")
    CALLS["complete"]()
    CALLS["fl.breed"]()
    assert [path.name for path in folder().parent.iterdir()] == [folder().name]
