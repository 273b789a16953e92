"""What is asked of a server: the body of a request.

A setting at its neutral value is left out for a server that nobody knows, since some refuse what
they do not know. A program that is known gets it in any case, because several have defaults that
are not neutral: llama.cpp's server takes the 40 likeliest tokens, vLLM what the model's makers
recommend for their instruct models, Ollama repeats less than the model would.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flourishing.errors import InputError
from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.learnt import Learnt
from flourishing.sampling import SETTINGS, Sampling
from flourishing.settings import NamedModel

MOST_STOPS: Final = 4
"""OpenAI and others take no more; what stands beyond is cut on our side."""
SEEDS_EACH: Final = frozenset({"llamacpp", "vllm"})
"""Programs that draw each of several completions with a seed of its own: the first one's, plus its
place. Of others that is not known; where the seed counts, each completion is asked for alone."""
_ALL_TOP_K: Final = {"vllm": -1, "sglang": -1}
"""How a program is told to take all tokens, where it is not 0."""
_ALL_HAVE: Final = frozenset({"max_tokens", "temperature", "top_p", "top_k", "min_p"})
"""Settings that are sent to all, and left out for a server that refuses them."""
_HAS: Final[dict[str, frozenset[str]]] = {
    "llamacpp": frozenset({"top_n_sigma", "dry", "xtc"}),
    "textgen": frozenset({"top_n_sigma", "dry", "xtc"}),
    "koboldcpp": frozenset({"dry", "xtc"}),
    "tabbyapi": frozenset({"dry", "xtc"}),
    "vllm": frozenset(),
    "sglang": frozenset(),
    "ollama": frozenset(),
}
"""Which of the other settings a program has, under the names that llama.cpp's server gives them."""
_LEAVE_OUT: Final = "Leave it out, or use a model that has it, such as the embedded one."
_ABOUT_N: Final = re.compile(
    r"""['"`]n['"`]|(?:^|[\s.(])n ?(?:must|is|=|>|should|cannot|not)|\bn:|\.n\b|: n\b"""
    r"|one (?:completion )?choice|(?:multiple|several) (?:completions|choices)|one completion",
    re.IGNORECASE,
)
_AT_MOST: Final = re.compile(
    r"(?:<=?|at most|maximum(?: of| is)?|up to|and|equal to|than) ?(\d+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for.

    Attributes:
        prompt: The prompt.
        tokens: The prompt's tokens, where the server should be given these instead of the text.
        n: How many completions.
        sampling: How tokens are drawn.
        stop: What ends a completion.
        seed: The seed of the first completion.
        reproducible: Whether the seed is to be sent.
    """

    prompt: str
    tokens: tuple[int, ...] | None
    n: int
    sampling: Sampling
    stop: tuple[str, ...]
    seed: int
    reproducible: bool


def settings_not_known(sampling: Sampling, *, address: Address, learnt: Learnt) -> list[str]:
    """Give the settings of which nobody can say whether the server has them.

    A server that is known not to have a setting would go on without it and say nothing.

    Args:
        sampling: How tokens are to be drawn.
        address: The server.
        learnt: What is known of it.

    Raises:
        InputError: A setting is in use that the server is known not to have.
    """
    wanted = [name for name in sampling.in_use() if name not in _ALL_HAVE]
    if learnt.program is None:
        return wanted
    for name in wanted:
        if name not in _HAS[learnt.program]:
            raise InputError(
                f"{address.base} has no setting {name!r}: {learnt.program} does not know it.",
                hint=_LEAVE_OUT,
            )
    return []


def refused_setting(words: str, param: str, *, sampling: Sampling, base: str) -> InputError | None:
    """Give the error for a setting that a server refuses; None where it refuses something else.

    Args:
        words: What the server said.
        param: Which field it said it is about, if it did.
        sampling: How tokens were to be drawn.
        base: The address of the server.
    """
    for name in sampling.in_use():
        fields = () if name in _ALL_HAVE else SETTINGS[name].llamacpp
        if any(param == each or re.search(rf"(?<!\w){each}(?!\w)", words) for each in fields):
            return InputError(f"{base} refuses the setting {name!r}: {words}", hint=_LEAVE_OUT)
    return None


def completion_body(
    request: Request,
    places: Sequence[int],
    *,
    address: Address,
    model: NamedModel,
    learnt: Learnt,
    without: Collection[str] = (),
) -> dict[str, Any]:
    """Make the body that asks for some of the completions, as far as the server takes it.

    Args:
        request: What a person asked for.
        places: Which of the completions.
        address: The server.
        model: How a person has described the model.
        learnt: What is known of the server: what it refuses is left out.
        without: More fields that are left out.
    """
    seed = request.seed + places[0] if request.reproducible else None
    if address.kind == "ollama":
        body = _ollama(request, seed, address, model)
    else:
        body = _openai(request, len(places), seed, address, learnt)
    body |= model.extra_body
    left_out = learnt.refuses.union(without)
    return {name: value for name, value in body.items() if name not in left_out}


def _openai(
    request: Request, n: int, seed: int | None, address: Address, learnt: Learnt
) -> dict[str, Any]:
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": address.model,
        "prompt": request.prompt if request.tokens is None else list(request.tokens),
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if n > 1:
        body["n"] = n
    if request.stop:
        body["stop"] = list(request.stop[:MOST_STOPS])
    if seed is not None:
        body["seed"] = seed
        if learnt.program == "llamacpp":
            body["cache_prompt"] = False  # what it remembers changes the numbers a little
    if sampling.min_p or learnt.program:
        body["min_p"] = sampling.min_p
    if sampling.top_k or learnt.program:
        body["top_k"] = sampling.top_k or _ALL_TOP_K.get(learnt.program or "", 0)
    wanted = [name for name in sampling.in_use() if name not in _ALL_HAVE]
    return body | (sampling.for_llamacpp(*wanted) if wanted else {})


def _ollama(
    request: Request, seed: int | None, address: Address, model: NamedModel
) -> dict[str, Any]:
    sampling = request.sampling
    options: dict[str, Any] = {
        "num_predict": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "repeat_penalty": 1.0,
        "stop": list(request.stop),
    }
    if seed is not None:
        options["seed"] = seed
    if model.context is not None:
        options["num_ctx"] = model.context
    return {
        "model": address.model,
        "prompt": request.prompt,
        "raw": True,  # without it, a template for conversations is put around the prompt
        "stream": True,
        "truncate": False,  # a prompt that is too long is refused rather than cut in silence
        "shift": False,
        "options": options,
    }


def most_n_allowed(words: str, param: str = "") -> int | None:
    """Find how many completions at once a refusal allows.

    Args:
        words: What the server said.
        param: Which field it said it is about, if it did.

    Returns:
        The number; 1 where it only says that there are too many; None where it is not about that.
    """
    if param != "n" and not _ABOUT_N.search(words):
        return None
    numbers = [int(each) for each in _AT_MOST.findall(words)]
    return max(1, min(numbers)) if numbers else 1
