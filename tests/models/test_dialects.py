"""What is asked of a server in each dialect, how its answer is read, and what a refusal shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flourishing
from flourishing.core.sampling import Sampling
from flourishing.models.endpoint import Address, Server, ServerCapabilities
from flourishing.models.endpoint.chat import chat_dialect
from flourishing.models.endpoint.dialect import Chunk, Dialect, Part, Request, completion_body
from flourishing.models.endpoint.ollama import OLLAMA
from flourishing.models.endpoint.openai import KOBOLDCPP, LLAMA_CPP, OPENAI, SGLANG, TEXTGEN, VLLM
from flourishing.models.endpoint.refusals import (
    FieldElimination,
    RefusedError,
    most_n_allowed,
    refused_setting,
)
from flourishing.models.endpoint.transport import Transport
from flourishing.settings import NamedModel

MODEL = NamedModel(endpoint="http://h/v1", model="m")


def body(
    known: ServerCapabilities, sampling: Sampling, stop: tuple[str, ...] = ()
) -> dict[str, object]:
    request = Request(
        prompt="a",
        tokens=None,
        n=1,
        sampling=sampling,
        stop=stop,
        seed=7,
        reproducible=True,
    )
    address = Address("http://h/v1", "m")
    transport = Transport(address, None, 1.0)
    server = Server(address=address, settings=MODEL, capabilities=known, transport=transport)
    return completion_body(server, request, [0])


PLAIN = Sampling(min_p=0)
SET = {"temperature": 0.5, "top_p": 0.9, "top_k": 7, "min_p": 0.1}


@pytest.mark.parametrize(
    ("dialect", "top_k", "min_p"),
    [(OPENAI, None, None), (LLAMA_CPP, 0, 0), (VLLM, -1, 0), (SGLANG, -1, 0), (KOBOLDCPP, 0, 0)],
)
def test_a_program_with_defaults_of_its_own_is_asked_for_neutral_settings(
    dialect: Dialect, top_k: int | None, min_p: float | None
) -> None:
    asked = body(ServerCapabilities(dialect), PLAIN)
    assert (asked.get("top_k"), asked.get("min_p")) == (top_k, min_p)


def test_ollama_is_asked_to_repeat_as_the_model_would() -> None:
    options = body(ServerCapabilities(OLLAMA), PLAIN)["options"]
    assert isinstance(options, dict)
    assert {"repeat_penalty": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0, "seed": 7}.items() <= (
        options.items()
    )


def test_what_was_refused_is_left_out() -> None:
    assert "min_p" not in body(ServerCapabilities(refuses={"min_p"}), Sampling(min_p=0.1))


@pytest.mark.parametrize("dialect", [OPENAI, LLAMA_CPP, VLLM, KOBOLDCPP, OLLAMA, chat_dialect("m")])
def test_each_sampling_setting_is_sent_or_named_as_unsupported(dialect: Dialect) -> None:
    drawn = Sampling(temperature=0.5, top_p=0.9, top_k=7, min_p=0.1)
    mapped = dialect.sampling_fields(drawn)
    missing = {name for name, value in SET.items() if mapped.fields.get(name) != value}
    assert set(mapped.unsupported) == missing


def test_settings_at_their_neutral_value_are_not_unsupported() -> None:
    neutral = Sampling(temperature=1, top_p=1, top_k=0, min_p=0)
    assert chat_dialect("m").sampling_fields(neutral).unsupported == ()


def test_koboldcpp_writes_null_while_a_completion_goes_on_and_makes_up_counts() -> None:
    piece = {"choices": [{"index": 0, "finish_reason": "null", "text": "wolf"}]}
    assert KOBOLDCPP.read(piece) == Chunk((Part(0, "wolf", None),))
    whole = {
        "choices": [{"finish_reason": "length", "text": "wolf"}],
        "usage": {"prompt_tokens": 100},
    }
    assert KOBOLDCPP.read(whole) == Chunk((Part(0, "wolf", "length"),))


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("Field 'n': Value must be between 1 <= value <= 4, but got 9", 4),
        ("body.n: Input should be less than or equal to 8", 8),
        ("n must be between 1 and 128, got 200", 128),
        ("200 is greater than the maximum of 128 - 'n'", 128),
        ("Only n = 1 is supported: `n` is not implemented", 1),
        ("temperature must be at most 2", None),
        ("can't be done; an unknown token", None),
        ("max_tokens is too large", None),
    ],
)
def test_how_many_at_once_are_allowed_is_read_off_a_refusal(words: str, most: int | None) -> None:
    assert most_n_allowed(words) == most


@pytest.mark.parametrize(
    ("words", "trials"),
    [
        ("Unrecognized request argument supplied: min_p", [["min_p"]]),
        ("Unrecognized: min_p, top_k", [["min_p"], ["top_k"], ["min_p", "top_k"]]),
        ("body.top_k: Extra inputs are not permitted", [["top_k"]]),
        (
            "unexpected fields",
            [
                *[[name] for name in OPENAI.droppable],
                ["min_p", "top_k"],
                ["min_p", "top_k", "stream_options"],
                ["min_p", "top_k", "stream_options", "seed"],
            ],
        ),
        ("The moon is wrong", []),
        ("max_tokens: too large", []),
    ],
)
def test_what_a_refusal_may_be_about_is_left_out_one_after_the_other(
    words: str, trials: list[list[str]]
) -> None:
    known = ServerCapabilities(LLAMA_CPP)
    fields, tried = FieldElimination(known), []
    refused = RefusedError("no", hint="none", words=words)
    while fields.try_next(refused, body(known, PLAIN, stop=("|",))):
        tried.append(sorted(fields.without, key=OPENAI.droppable.index))
    assert tried == trials
    assert fields.confirm() == []
    assert known.refuses == set(), "what did not help is not remembered"


def test_fields_that_are_refused_one_after_the_other_are_all_left_out() -> None:
    known = ServerCapabilities(LLAMA_CPP)
    fields = FieldElimination(known)
    for name in ("min_p", "top_k"):
        refused = RefusedError("no", hint="none", words=f"{name} is not supported")
        assert fields.try_next(refused, body(known, PLAIN))
    assert fields.without == {"min_p", "top_k"}
    assert fields.confirm() == ["min_p", "top_k"]
    assert known.refuses == {"min_p", "top_k"}


SOURCE = Path(flourishing.__file__).parent
AT_HOME = {f"{name}.py" for name in ("dialect", "server", "openai", "chat", "address")}
COMPARED = re.compile(
    r"""(?:==|!=|\bin\b|\bcase\b)\s*[({]?\s*["']"""
    r"""(?:llamacpp|vllm|sglang|koboldcpp|tabbyapi|textgen|ollama)["']"""
)


def test_no_module_but_the_dialects_compares_the_name_of_a_server() -> None:
    """What differs between servers is a member of the dialect, and not a comparison elsewhere."""
    found = [
        f"{path.relative_to(SOURCE)}: {match[0]}"
        for path in SOURCE.rglob("*.py")
        if path.name not in AT_HOME
        for match in COMPARED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_only_servers_and_addresses_choose_a_dialect() -> None:
    chosen = re.compile(r"\b(?:OLLAMA|KOBOLDCPP|LLAMA_CPP|VLLM|SGLANG)\b")
    found = {
        path.name
        for path in SOURCE.rglob("*.py")
        if chosen.search(path.read_text(encoding="utf-8"))
    }
    assert found == {
        "address.py",
        "ollama.py",
        "openai.py",
        "server.py",
    }


# Settings that not every server has.


@pytest.mark.parametrize(
    ("dialect", "setting"),
    [(VLLM, "dry"), (SGLANG, "xtc"), (OLLAMA, "top_n_sigma"), (KOBOLDCPP, "top_n_sigma")],
)
def test_a_setting_that_a_program_does_not_have_is_named(dialect: Dialect, setting: str) -> None:
    mapped = dialect.sampling_fields(Sampling(**{setting: 1}))
    assert mapped.unsupported == (setting,)
    assert mapped.uncertain == ()


@pytest.mark.parametrize("dialect", [LLAMA_CPP, TEXTGEN])
def test_a_program_that_has_them_is_sent_them_under_its_names(dialect: Dialect) -> None:
    sent = {
        "top_n_sigma": 1.5,
        "dry_multiplier": 0.8,
        "xtc_probability": 0.5,
        "xtc_threshold": 0.1,
    }
    asked = body(ServerCapabilities(dialect), Sampling(top_n_sigma=1.5, dry=0.8, xtc=0.5))
    assert sent.items() <= asked.items()


def test_of_an_unknown_server_it_is_said_that_it_may_not_have_them() -> None:
    mapped = OPENAI.sampling_fields(Sampling(dry=0.8, min_p=0.1))
    assert mapped.uncertain == ("dry",)
    assert mapped.fields["dry_multiplier"] == 0.8
    names = {"dry_multiplier", "xtc_probability", "top_n_sigma"}
    assert not names & body(ServerCapabilities(), PLAIN).keys()


def test_a_refusal_names_the_setting_and_not_only_the_field() -> None:
    sampling = Sampling(dry=0.8)
    words = "Unrecognized request argument supplied: dry_multiplier"
    error = refused_setting(RefusedError("no", hint="", words=words), sampling, "http://h/v1")
    assert error is not None
    assert "refuses the setting 'dry'" in str(error)
    assert words in str(error)
    other = RefusedError("no", hint="", words="the prompt is too long")
    assert refused_setting(other, sampling, "") is None
    assert refused_setting(RefusedError("no", hint="", words=words), PLAIN, "") is None
