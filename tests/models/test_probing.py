"""Probing: what a server honours is seen in what it answers, and is known from then on."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flourishing as fl
from flourishing import errors, sync
from flourishing.models import open_model, probe_results, probing
from flourishing.models.endpoint import Address, Endpoint, ServerCapabilities
from flourishing.models.probe_results import CAPABILITIES, Finding, Probed
from flourishing.models.probing import CAPITALS, INSTRUCTION, NUMBERS, judge
from flourishing.models.protocol import Waiting
from flourishing.settings import NamedModel
from tests.marks import first_cases
from tests.models.conftest import KEY, Listening, llama_server, no_pauses
from tests.talker import Refusal, Talker, describe, talking

__all__ = ["llama_server", "no_pauses"]  # fixtures, used by name

ANIMALS = ("wolf|", "owl|", "elk|", "boar|", "hen|", "carp|", "newt|", "ant|")
GREEDY = {
    NUMBERS: " 6 7 8 9 10 11 12",
    CAPITALS: "topeka, texas:austin, maine:",
    INSTRUCTION: "\nWrite a song about a river.\nWrite",
}
CHATTY = {
    NUMBERS: "It seems like you're listing numbers sequentially.",
    CAPITALS: "The capital of Kansas is Topeka.",
    INSTRUCTION: "Certainly! Here is a stanza.",
}

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOURISHING_API_KEY", raising=False)
    monkeypatch.setenv("PLANTED_KEY", KEY)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of the test's own for what is remembered."""
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Model:
    """What a server does with a body, but for what it does not honour."""

    def __init__(self, *ignores: str, says: dict[str, str] = GREEDY, greedy: bool = False) -> None:
        self.ignores = ignores
        self.says = says
        self.greedy = greedy

    def __call__(self, _path: str, body: dict[str, Any]) -> list[str] | Refusal:
        heeded = {name: value for name, value in body.items() if name not in self.ignores}
        if "logprobs" in heeded:
            return self._scored(heeded)
        n = heeded.get("n", 1)
        seed = heeded.get("seed", random.random())
        return [self._text(heeded, f"{seed}/{index}") for index in range(n)]

    def _text(self, body: dict[str, Any], seed: str) -> str:
        tame = self.greedy or not body["temperature"] or body.get("min_p", 0) > 0.9
        draw = random.Random(seed)
        text = self.says.get(body["prompt"], "")
        text = text or "".join(ANIMALS[0] if tame else draw.choice(ANIMALS) for _ in range(9))
        for stop in body.get("stop", []):
            text = text.partition(stop)[0]
        return text

    def _scored(self, body: dict[str, Any]) -> Refusal:
        told: dict[str, Any] = {"top_logprobs": [{" 6": -0.5, " 7": -2.0}]}
        if body.get("echo"):
            told = {"tokens": [body["prompt"][:-2], " 6"], "token_logprobs": [None, -0.5]}
        return 200, {"choices": [{"index": 0, "text": "", "logprobs": told}]}


def probe(talker: Talker, **settings: Any) -> Probed:
    model = Endpoint(NamedModel(endpoint=talker.base, model="m", **settings))
    return sync.run(probing.probe(model))


def marks(found: Probed) -> dict[str, bool | None]:
    return {name: finding.holds for name, finding in found.findings.items()}


def test_a_server_that_does_all_is_seen_to_do_all(kept: Path) -> None:
    with talking(Model(), listed=[{"id": "m", "max_model_len": 4096}]) as talker:
        found = probe(talker)
    assert marks(found) == dict.fromkeys(CAPABILITIES, True)
    assert found.context == 4096
    assert found.nature == "base"
    assert found.line == "n ✓; seed ✓; stop ✓; logprobs ✓; echo ✓; min_p ✓; stream ✓"


@pytest.mark.parametrize("ignored", ["n", "seed", "stop", "logprobs", "echo", "min_p"])
def test_what_a_server_ignores_in_silence_is_seen(kept: Path, ignored: str) -> None:
    with talking(Model(ignored)) as talker:
        found = probe(talker)
    expected = dict.fromkeys(CAPABILITIES, True) | {ignored: False}
    if ignored == "logprobs":
        expected["echo"] = False
    assert marks(found) == expected
    assert found.findings[ignored].saw


def test_a_server_that_does_not_stream_is_seen(kept: Path) -> None:
    with talking(Model(), streams=False) as talker:
        assert marks(probe(talker)) == dict.fromkeys(CAPABILITIES, True) | {"stream": False}


def test_what_cannot_be_told_is_not_claimed(kept: Path) -> None:
    with talking(Model(greedy=True)) as talker:
        found = probe(talker)
    assert marks(found)["seed"] is None
    assert marks(found)["min_p"] is None
    assert marks(found)["n"] is False  # twice the same is not what anybody wants
    assert "seed ?" in found.line


def test_the_line_says_how_many_requests_a_brood_takes_where_n_is_ignored(kept: Path) -> None:
    with talking(Model("n")) as talker:
        assert probe(talker).line.startswith("n ✗ → 8 requests; seed ✓;")


@pytest.mark.parametrize("name", ["n", "seed", "stop", "min_p", "logprobs"])
def test_what_a_server_refuses_is_left_out_from_then_on(kept: Path, name: str) -> None:
    def reply(path: str, body: dict[str, Any]) -> list[str] | Refusal:
        if name in body:
            words = "n must be 1" if name == "n" else f"Unrecognized request argument: {name}"
            return 400, {"error": {"message": words}}
        return Model()(path, body)

    with talking(reply) as talker:
        found = probe(talker)
        assert marks(found)[name] is False
        refused = len([body for body in talker.bodies() if name in body])
    assert refused <= 4  # of log-probabilities, fewer are asked for first
    assert (name in found.refuses) == (name not in {"n", "logprobs"})


def test_a_server_that_repeats_the_prompt_is_seen(kept: Path) -> None:
    def reply(path: str, body: dict[str, Any]) -> list[str] | Refusal:
        said = Model()(path, body)
        return [body["prompt"] + text for text in said] if isinstance(said, list) else said

    with talking(reply) as talker:
        found = probe(talker)
    assert found.echoes
    assert found.nature == "base"
    assert marks(found) == dict.fromkeys(CAPABILITIES, True)


def test_an_instruct_model_is_known_by_its_talk_and_it_is_said_why(kept: Path) -> None:
    with talking(Model(says=CHATTY)) as talker:
        found = probe(talker)
    assert found.nature == "instruct"
    assert "'It seems like'" in found.why[0]
    assert "The capital of Kansas is Topeka" in found.why[1]
    assert "Certainly" in found.why[2]


@pytest.mark.parametrize(
    ("prompt", "said", "nature"),
    [
        (NUMBERS, " 6 7 8", "base"),
        (NUMBERS, ", 6, 7", "base"),
        (NUMBERS, " 60 70", None),
        (NUMBERS, "<|im_end|>\n<|im_start|>assistant", "instruct"),
        (NUMBERS, " 6 7 8 9 10<end_of_turn>", "instruct"),
        (NUMBERS, "**6**", "instruct"),
        (NUMBERS, "\n\nI'm sorry, but I do not see a question.", "instruct"),
        (CAPITALS, "topeka", "base"),
        (CAPITALS, " Topeka, Texas: Austin", None),
        (CAPITALS, "The capital of Kansas is Topeka.", "instruct"),
        (INSTRUCTION, "\n# 3. Write a stanza about the sky.", None),
        (INSTRUCTION, "Here's a stanza about the sea:", "instruct"),
        (INSTRUCTION, " Use as many of the words as you can.", None),
    ],
)
def test_how_an_answer_is_judged(prompt: str, said: str, nature: str | None) -> None:
    found, why = judge({prompt: said})
    assert found == nature
    assert why


def test_a_probe_is_a_dozen_requests_of_few_tokens_and_no_more_than_was_said(kept: Path) -> None:
    model = NamedModel(endpoint="http://h/v1", model="m", input_price=1.0, output_price=2.0)
    most = probing.most_cost(model)
    with talking(Model("n")) as talker:
        found = probe(talker)
        bodies = talker.bodies()
    assert found.requests == len(bodies) <= most.requests <= 14
    assert sum(body["max_tokens"] * body.get("n", 1) for body in bodies) <= most.written <= 200
    assert most.money == pytest.approx((most.read + 2 * most.written) / 1e6)
    assert "USD" in str(most)
    assert probing.most_cost(NamedModel(endpoint="http://h/v1", model="m")).money is None


def test_what_was_found_is_remembered_with_its_date_and_without_a_key(kept: Path) -> None:
    def reply(path: str, body: dict[str, Any]) -> list[str] | Refusal:
        if "logprobs" in body:
            return 400, {"error": {"message": f"not for {talker.keys[-1]}"}}
        return Model(says=CHATTY | {NUMBERS: f"Sure, {KEY} 6 7"})(path, body)

    before = datetime.now(UTC)
    with talking(reply) as talker:
        found = probe(talker, key_env="PLANTED_KEY")
        assert f"Bearer {KEY}" in talker.keys
    assert probe_results.recalled(found.name) == found
    assert before <= found.at <= datetime.now(UTC)
    (file,) = (path for path in kept.rglob("*") if path.is_file())
    assert KEY not in file.read_text()
    assert "not for" in file.read_text()


def test_an_endpoint_begins_with_what_was_found(kept: Path) -> None:
    with talking(Model("n", "echo")) as talker:
        probe(talker)
        known = ServerCapabilities()
        probe_results.recall(Address.of(talker.base, "m"), known)
        assert known.honours_n is False
        assert known.scores_echo is False
        assert known.echoes is False
        talker.asked.clear()
        opened = f"{talker.base}#m"
        assert len(fl.base_model("x y z", responses=3, stop=[], model=opened)) == 3
        assert [body for body in talker.bodies() if "n" in body] == []


def test_a_server_that_was_found_to_ignore_seeds_gives_no_reproducible_brood(kept: Path) -> None:
    with talking(Model("seed")) as talker:
        probe(talker)
        opened = open_model(f"{talker.base}#m")
        assert isinstance(opened, Endpoint)
        assert opened.capabilities.honours_seed is False
        brood = fl.breed(["fog", "rain"], n=2, model=opened, seed=7)
    assert any("ignores seeds" in note for note in brood.notes)
    assert not brood.reproducible


def test_another_model_of_the_same_server_is_not_mixed_up(kept: Path) -> None:
    with talking(Model()) as talker:
        probe(talker)
        known = ServerCapabilities()
        probe_results.recall(Address.of(talker.base, "other"), known)
    assert known == ServerCapabilities()


@pytest.mark.parametrize(
    "content", first_cases(2, ["", "{}", "[]", '{"version": 1}', "\x00", "[" * 100_000])
)
def test_a_damaged_memory_counts_as_none(kept: Path, content: str) -> None:
    with talking(Model()) as talker:
        found = probe(talker)
    (file,) = (path for path in kept.rglob("*") if path.is_file())
    file.write_text(content)
    assert probe_results.recalled(found.name) is None


def test_a_memory_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "file"))
    with talking(Model()) as talker, pytest.raises(errors.StorageError) as caught:
        probe(talker)
    assert "FLOURISHING_CACHE" in caught.value.hint


def test_what_the_server_refuses_altogether_is_told_and_nothing_is_remembered(kept: Path) -> None:
    refusing = talking(lambda *_: (401, {"error": {"message": f"no {KEY}"}}))
    with refusing as talker, pytest.raises(errors.AuthError) as caught:
        probe(talker, key_env="PLANTED_KEY")
    assert KEY not in str(caught.value)
    assert not [path for path in kept.rglob("*") if path.is_file()]


def test_a_server_that_is_asked_too_often_is_waited_for_with_a_countdown(kept: Path) -> None:
    asked: list[str] = []

    def reply(path: str, body: dict[str, Any]) -> list[str] | Refusal:
        asked.append(path)
        return (429, {"error": {"message": "slow"}}) if len(asked) == 1 else Model()(path, body)

    told: list[str | Waiting] = []
    with talking(reply) as talker:
        model = Endpoint(NamedModel(endpoint=talker.base, model="m"))
        found = sync.run(probing.probe(model, notify=told.append))
    assert found.nature == "base"
    assert [each for each in told if isinstance(each, Waiting) and "slow" in each.why]


def test_a_key_over_an_open_way_is_warned_of() -> None:
    def warning(address: str, key_env: str | None) -> str:
        return Endpoint(NamedModel(endpoint=address, model="m", key_env=key_env)).warning

    assert "plain http" in warning("http://far.example/v1", "PLANTED_KEY")
    assert not warning("https://far.example/v1", "PLANTED_KEY")
    assert not warning("http://127.0.0.1/v1", "PLANTED_KEY")
    assert not warning("http://far.example/v1", None)


def test_a_server_that_breaks_off_is_told_and_nothing_is_remembered(kept: Path) -> None:
    with talking(Model(), breaks=True) as talker, pytest.raises(errors.ServerError, match="CUDA"):
        probe(talker)
    assert not kept.exists()


@pytest.mark.parametrize("name", ["local", "echo"])
def test_what_is_not_behind_an_address_is_not_probed(name: str) -> None:
    with pytest.raises(errors.InputError) as caught:
        sync.run(probing.probe(name))
    assert "address" in caught.value.hint


def test_an_endless_stream_is_left(kept: Path) -> None:
    def reply(path: str, body: dict[str, Any]) -> list[str] | Refusal:
        return ["on and " * 100_000]

    with talking(reply) as talker:
        assert probe(talker).requests <= 14
        assert talker.left


def test_a_name_in_the_configuration_is_probed_with_its_key(kept: Path) -> None:
    with talking(Model()) as talker:
        describe("mine", talker)
        found = sync.run(probing.probe("mine"))
        assert set(talker.keys) == {f"Bearer {KEY}"}
        opened = open_model("mine")
    assert isinstance(opened, Endpoint)
    assert opened.capabilities.honours_n is True
    assert found.name == f"{talker.base}#m"


findings = st.builds(Finding, st.sampled_from([True, False, None]), st.text())
probes = st.builds(
    Probed,
    name=st.text(),
    at=st.datetimes(timezones=st.just(UTC)),
    program=st.none() | st.text(),
    context=st.none() | st.integers(1, 10**7),
    findings=st.dictionaries(st.sampled_from(CAPABILITIES), findings),
    most_n=st.none() | st.integers(1, 128),
    most_logprobs=st.none() | st.integers(1, 128),
    echoes=st.booleans(),
    refuses=st.lists(st.text()).map(tuple),
    nature=st.sampled_from(["base", "instruct", None]),
    why=st.lists(st.text()).map(tuple),
    requests=st.integers(0, 100),
)


@given(probes)
def test_what_is_remembered_is_what_was_found(found: Probed) -> None:
    told = json.loads(json.dumps(found.as_dict()))
    assert probe_results.as_probed(told) == found


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.engine
def test_the_real_server_of_llama_cpp_is_what_it_is(kept: Path, llama_server: Listening) -> None:
    model = Endpoint(NamedModel(endpoint=llama_server.base, model="gemma", key_env="PLANTED_KEY"))
    found = sync.run(probing.probe(model))
    assert found.program == "llamacpp"
    assert found.nature == "base"
    assert "6 7 8" in found.why[0]
    assert marks(found) == dict.fromkeys(CAPABILITIES, True)
    assert "by a grammar" in found.findings["echo"].saw
    assert found.most_n == 4  # as many as it has slots
    assert found.context
