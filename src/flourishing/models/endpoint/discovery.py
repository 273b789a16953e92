"""Finding out which dialect a server speaks: by its address, and by asking it once.

All that have `/v1/models` say whose the model is, and programs that people run themselves give
their own name there. That is enough to know whether it has a tokenizer, and what it takes.
"""

from __future__ import annotations

from typing import Any, Final

from flourishing.errors import RateLimitError
from flourishing.models.endpoint.capabilities import Server
from flourishing.models.endpoint.dialect import Dialect, whole_number
from flourishing.models.endpoint.koboldcpp import KOBOLDCPP
from flourishing.models.endpoint.llama_cpp import LLAMA_CPP
from flourishing.models.endpoint.ollama import OLLAMA
from flourishing.models.endpoint.openai import OPENAI, SGLANG, TABBYAPI, TEXTGEN, VLLM

_BY_OWNER: Final[dict[str, Dialect]] = {
    "llamacpp": LLAMA_CPP,
    "vllm": VLLM,
    "sglang": SGLANG,
    "koboldcpp": KOBOLDCPP,
    "tabbyapi": TABBYAPI,
    "user": TEXTGEN,
}
"""By what stands in `owned_by`, in small letters."""
_OLLAMA_OWNER: Final = "library"
_LIMITS: Final = ("max_model_len", "context_length", "context_window", "max_context_length")


async def discover(server: Server) -> None:
    """Ask a server what it is, if that is not known yet.

    A key may be allowed to complete and not to list models; so a refusal here does not mean that
    completions are refused. A server that is still busy is asked again the next time.

    Args:
        server: The server; its capabilities are filled in.

    Raises:
        UnreachableError: There is no connection.
    """
    capabilities = server.capabilities
    if capabilities.discovered:
        return
    try:
        if capabilities.dialect is OPENAI:
            await _identify(server)
        await capabilities.dialect.discover(server)
    except RateLimitError:
        return
    capabilities.discovered = True


async def _identify(server: Server) -> None:
    """Ask for the list of models, which says what program the server is."""
    capabilities = server.capabilities
    answer = await server.ask_if_possible(f"{server.address.base}/models")
    entry = _entry(answer, server.address.model)
    capabilities.context = _context(entry) or capabilities.context
    owner = str(entry.get("owned_by", "")).lower()
    capabilities.dialect = _BY_OWNER.get(owner, OPENAI)
    if owner == _OLLAMA_OWNER and await _is_ollama(server):
        capabilities.dialect = OLLAMA


async def _is_ollama(server: Server) -> bool:
    """Say whether Ollama's own path is there; a proxy may let through `/v1` alone."""
    answer = await server.ask_if_possible(f"{server.address.root}/api/version")
    return isinstance(answer, dict) and "version" in answer


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
        whole_number(table.get(name))
        for table in tables
        if isinstance(table, dict)
        for name in names
    )
    return next(filter(None, found), None)
