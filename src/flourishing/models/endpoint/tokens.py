"""How many tokens a text has: by the server's own tokenizer, or by an estimate.

The estimate is made to be rather too high than too low, so that a prompt that seems to fit does:
a Latin word costs a token for each four letters begun, a mark, a digit or a blank before one
one, a letter of another
script one to three by its length in UTF-8.
"""

from __future__ import annotations

import re
from typing import Any, Final

from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.learnt import Learnt
from flourishing.models.endpoint.wire import Wire

_PART: Final = re.compile(r"[A-Za-z]+|[^\sA-Za-z]|\n+|[ \t]{2,}| (?=\d)")
_LETTERS: Final = 4
_SECONDS: Final = 30.0
_WAYS: Final = {
    "llamacpp": ("/tokenize", "content", "tokens"),
    "vllm": ("/tokenize", "prompt", "count"),
    "sglang": ("/tokenize", "prompt", "count"),
    "koboldcpp": ("/api/extra/tokencount", "prompt", "value"),
    "tabbyapi": ("/v1/token/encode", "text", "length"),
    "textgen": ("/v1/internal/token-count", "text", "length"),
}
"""By program: the path, the field for the text, and the field with the answer."""


def estimate(text: str) -> int:
    """Estimate how many tokens a text has, with what stands before every prompt."""
    return 1 + sum(map(_cost, _PART.findall(text)))


def _cost(part: str) -> int:
    if part.isascii():
        return -(-len(part) // _LETTERS) if part.isalpha() else 1
    return max(1, len(part.encode("utf-8", "replace")) - 1)


def has_tokenizer(learnt: Learnt) -> bool:
    """Whether a server counts tokens itself."""
    return learnt.program in _WAYS and not learnt.tokenizer_fails


async def ask_tokenizer(
    text: str, *, wire: Wire, address: Address, learnt: Learnt, beginning: bool = True
) -> tuple[int, ...] | int:
    """Ask the server's tokenizer.

    Args:
        text: The text.
        wire: The way to the server.
        address: The server.
        learnt: What it is; has a tokenizer.
        beginning: Whether to count what stands before every prompt.

    Returns:
        The tokens where the server gives them and takes them back, else how many there are.

    Raises:
        EndpointError: The server did not answer as it should.
    """
    path, field, answer_field = _WAYS[learnt.program or ""]
    body: dict[str, Any] = {field: text, "model": address.model}
    if learnt.program == "llamacpp":
        # Without special tokens: a poem may hold "<eos>", and means the letters.
        body |= {"add_special": beginning, "parse_special": False}
    answer = await wire.ask("POST", address.root + path, body, seconds=_SECONDS)
    found = answer.get(answer_field) if isinstance(answer, dict) else None
    if isinstance(found, list) and all(isinstance(each, int) for each in found):
        return tuple(found)
    if isinstance(found, int) and found >= 0:
        return found
    learnt.tokenizer_fails = True
    return estimate(text)
