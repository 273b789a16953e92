"""`flourishing models probe`: the cost before, the capabilities in a line, and why it is a base."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Ask, Refuse
from tests.models.test_probing import CHATTY, Model
from tests.talker import describe, talking

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PLANTED_KEY", "sk-planted")
    monkeypatch.delenv("FLOURISHING_API_KEY", raising=False)


def test_the_capabilities_are_a_line_and_the_nature_has_its_reasons(ask: Ask) -> None:
    with talking(Model("n"), listed=[{"id": "m", "max_model_len": 4096}]) as talker:
        said = ask("models", "probe", f"{talker.base}#m")
    line, context, answers, *why = said.out.splitlines()
    assert line == "n ✗ → 8 requests; seed ✓; stop ✓; logprobs ✓; echo ✓; min_p ✓; stream ✓"
    assert context == "context: 4,096 tokens"
    assert answers == "answers: like a base model"
    assert "6 7 8 9" in why[0]
    assert "one request gave 1 of 2" in said.err


def test_an_instruct_model_is_called_so(ask: Ask) -> None:
    with talking(Model(says=CHATTY)) as talker:
        said = ask("models", "probe", f"{talker.base}#m").out
    assert "answers: like an instruct model" in said
    assert "The capital of Kansas" in said


def test_what_it_costs_at_most_is_said_first_where_prices_are_known(ask: Ask) -> None:
    with talking(Model()) as talker:
        describe("mine", talker, "input_price = 1.0\noutput_price = 2.0\ncurrency = 'EUR'")
        first = " ".join(ask("models", "probe", "mine").err.split())
    assert first.startswith(f"{talker.base}#m: at most 14 requests, ")
    assert " EUR " in first.partition("Seen in")[0]


def test_where_no_prices_are_known_no_money_is_spoken_of(ask: Ask) -> None:
    with talking(Model()) as talker:
        assert "USD" not in ask("models", "probe", f"{talker.base}#m").err


def test_as_json_it_is_one_document(ask: Ask) -> None:
    with talking(Model("seed")) as talker:
        document = ask("models", "probe", f"{talker.base}#m", "--json").json
    assert document["findings"]["seed"] == {
        "holds": False,
        "saw": "the same seed gave two texts",
    }
    assert document["nature"] == "base"
    assert document["line"].startswith("n ✓; seed ✗;")
    assert document["at"]


@pytest.mark.parametrize("name", ["local", "echo"])
def test_what_has_no_address_is_not_probed(refuse: Refuse, name: str) -> None:
    assert "address" in refuse("models", "probe", name)


def test_a_name_that_nobody_gave_is_told(refuse: Refuse) -> None:
    assert "configuration" in refuse("models", "probe", "nobody", code=1)
