"""What is asked of a server, and what is learnt from its refusing it."""

from __future__ import annotations

import pytest

from flourishing.errors import InputError
from flourishing.models.endpoint import Address, Learnt
from flourishing.models.endpoint.blame import DROPPABLE, Blame
from flourishing.models.endpoint.bodies import (
    Request,
    completion_body,
    most_n_allowed,
    refused_setting,
    settings_not_known,
)
from flourishing.models.endpoint.learnt import Program
from flourishing.models.endpoint.refusals import RefusedError
from flourishing.sampling import Sampling
from flourishing.settings import NamedModel

MODEL = NamedModel(endpoint="http://h/v1", model="m")
ADDRESS = Address("http://h/v1", "m", "openai")


def body(
    learnt: Learnt, sampling: Sampling, kind: str = "openai", stop: tuple[str, ...] = ()
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
    address = Address("http://h/v1", "m", "ollama" if kind == "ollama" else "openai")
    return completion_body(request, [0], address=address, model=MODEL, learnt=learnt)


PLAIN = Sampling(min_p=0)


@pytest.mark.parametrize(
    ("learnt", "top_k", "min_p"),
    [
        (Learnt(), None, None),
        (Learnt(program="llamacpp"), 0, 0),
        (Learnt(program="vllm"), -1, 0),
        (Learnt(program="sglang"), -1, 0),
        (Learnt(program="koboldcpp"), 0, 0),
    ],
)
def test_a_program_with_defaults_of_its_own_is_told_to_have_none(
    learnt: Learnt, top_k: int | None, min_p: float | None
) -> None:
    asked = body(learnt, PLAIN)
    assert (asked.get("top_k"), asked.get("min_p")) == (top_k, min_p)


def test_ollama_is_told_to_repeat_as_the_model_would() -> None:
    options = body(Learnt(), PLAIN, "ollama")["options"]
    assert isinstance(options, dict)
    assert {"repeat_penalty": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0, "seed": 7}.items() <= (
        options.items()
    )


def test_what_was_refused_is_left_out() -> None:
    assert "min_p" not in body(Learnt(refuses={"min_p"}), Sampling(min_p=0.1))


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
                *[[name] for name in DROPPABLE],
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
    learnt = Learnt(program="llamacpp")
    blame, tried = Blame(learnt), []
    refused = RefusedError("no", hint="none", words=words)
    while blame.shift(refused, body(learnt, PLAIN, stop=("|",))):
        tried.append(sorted(blame.without, key=DROPPABLE.index))
    assert tried == trials
    assert blame.helped() == []
    assert learnt.refuses == set(), "what did not help is not remembered"


def test_fields_that_are_refused_one_after_the_other_are_all_left_out() -> None:
    learnt = Learnt(program="llamacpp")
    blame = Blame(learnt)
    for name in ("min_p", "top_k"):
        refused = RefusedError("no", hint="none", words=f"{name} is not supported")
        assert blame.shift(refused, body(learnt, PLAIN))
    assert blame.without == {"min_p", "top_k"}
    assert blame.helped() == ["min_p", "top_k"]
    assert learnt.refuses == {"min_p", "top_k"}


# Settings that not every server has.


@pytest.mark.parametrize(
    ("program", "setting"),
    [("vllm", "dry"), ("sglang", "xtc"), ("ollama", "top_n_sigma"), ("koboldcpp", "top_n_sigma")],
)
def test_a_setting_that_a_program_does_not_have_is_refused_by_its_name(
    program: Program, setting: str
) -> None:
    sampling = Sampling(**{setting: 1})
    with pytest.raises(InputError, match=f"no setting '{setting}': {program}") as refusal:
        settings_not_known(sampling, address=ADDRESS, learnt=Learnt(program=program))
    assert "Leave it out" in refusal.value.hint


@pytest.mark.parametrize("program", ["llamacpp", "textgen"])
def test_a_program_that_has_them_is_sent_them_under_its_names(program: Program) -> None:
    sampling = Sampling(top_n_sigma=1.5, dry=0.8, xtc=0.5)
    learnt = Learnt(program=program)
    assert settings_not_known(sampling, address=ADDRESS, learnt=learnt) == []
    sent = {
        "top_n_sigma": 1.5,
        "dry_multiplier": 0.8,
        "xtc_probability": 0.5,
        "xtc_threshold": 0.1,
    }
    assert sent.items() <= body(learnt, sampling).items()


def test_of_an_unknown_server_it_is_said_that_it_may_not_have_them() -> None:
    sampling = Sampling(dry=0.8, min_p=0.1)
    assert settings_not_known(sampling, address=ADDRESS, learnt=Learnt()) == ["dry"]
    assert body(Learnt(), sampling)["dry_multiplier"] == 0.8
    assert not {"dry_multiplier", "xtc_probability", "top_n_sigma"} & body(Learnt(), PLAIN).keys()


def test_a_refusal_names_the_setting_and_not_only_the_field() -> None:
    sampling = Sampling(dry=0.8)
    words = "Unrecognized request argument supplied: dry_multiplier"
    error = refused_setting(words, "", sampling=sampling, base="http://h/v1")
    assert error is not None
    assert "refuses the setting 'dry'" in str(error)
    assert words in str(error)
    assert refused_setting("the prompt is too long", "", sampling=sampling, base="") is None
    assert refused_setting(words, "", sampling=PLAIN, base="") is None
