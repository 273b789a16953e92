"""Asking a server what it is, once: its program, and how long a prompt may be.

All that have `/v1/models` say whose the model is, and programs that people run themselves give
their own name there. That is enough to know whether it has a tokenizer, and what it takes.
"""

from __future__ import annotations

from typing import Any, Final

from flourishing.errors import FlourishingError, RateLimitError, UnreachableError
from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.learnt import Learnt, Program
from flourishing.models.endpoint.wire import Wire

_PROGRAMS: Final[dict[str, Program]] = {
    "llamacpp": "llamacpp",
    "vllm": "vllm",
    "sglang": "sglang",
    "koboldcpp": "koboldcpp",
    "tabbyapi": "tabbyapi",
    "user": "textgen",
    "library": "ollama",
}
"""By what stands in `owned_by`, in small letters."""
_LIMITS: Final = ("max_model_len", "context_length", "context_window", "max_context_length")
_SECONDS: Final = 10.0


async def introduce(wire: Wire, address: Address, learnt: Learnt) -> None:
    """Ask a server what it is, if that is not known yet.

    A key may be allowed to complete and not to list models; so a refusal here is none of the
    completion itself. A server that is still busy is asked again the next time.

    Raises:
        UnreachableError: There is no connection.
    """
    if learnt.asked:
        return
    if address.kind == "ollama":
        learnt.program, learnt.asked, learnt.honours_n = "ollama", True, False
        return
    try:
        answer = await _answer(wire, "GET", f"{address.base}/models")
    except RateLimitError:
        return
    entry = _entry(answer, address.model)
    learnt.program = _PROGRAMS.get(str(entry.get("owned_by", "")).lower())
    learnt.context = _context(entry) or learnt.context
    try:
        await _ask_more(wire, address, learnt)
    except RateLimitError:
        return
    learnt.asked = True


async def _ask_more(wire: Wire, address: Address, learnt: Learnt) -> None:
    """Ask what only some programs say."""
    if learnt.program == "llamacpp":
        props = await _answer(wire, "GET", f"{address.root}/props")
        if isinstance(props, dict):
            learnt.most_n = _whole(props.get("total_slots")) or learnt.most_n
    elif learnt.program == "koboldcpp":
        told = await _answer(wire, "GET", f"{address.root}/api/extra/true_max_context_length")
        learnt.context = (isinstance(told, dict) and _whole(told.get("value"))) or learnt.context


async def _answer(wire: Wire, method: str, url: str) -> Any:
    try:
        return await wire.ask(method, url, seconds=_SECONDS)
    except (RateLimitError, UnreachableError):
        raise
    except FlourishingError:
        return None  # not every server says; the request itself will tell what is wrong


def _entry(answer: Any, model: str) -> dict[str, Any]:
    """Find the entry of a model in a server's list; the only one may have any name."""
    listed = answer.get("data") if isinstance(answer, dict) else answer
    entries = (
        [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    )
    named = [each for each in entries if each.get("id") == model]
    return next(iter(named or (entries if len(entries) == 1 else [])), {})


def _context(entry: dict[str, Any]) -> int | None:
    tables = [entry, entry.get("meta"), entry.get("parameters")]
    names = (*_LIMITS, "n_ctx", "max_seq_len")
    found = (
        _whole(table.get(name)) for table in tables if isinstance(table, dict) for name in names
    )
    return next(filter(None, found), None)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
