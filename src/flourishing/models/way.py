"""How a chat model is made to continue a text, and what that takes in tokens at the most.

Around the prompt stand instructions or examples, which the provider charges for as well; and of a
model that thinks before it writes, more tokens are asked for than the text is to have. Both are
basemode's doing, so both are reckoned as it does them.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Final

from flourishing.models.endpoint.tokens import estimate
from flourishing.models.protocol import Usage

_AROUND: Final = {"prefill": 80, "system": 160, "few_shot": 320, "fim": 32, "completion": 16}
"""Tokens that stand around a prompt, and rather too many."""
_MOST_AROUND: Final = 512


@dataclass(frozen=True, slots=True)
class Way:
    """How a model is made to continue.

    Attributes:
        name: What basemode calls it: "prefill", "system", "few_shot", "fim" or "completion".
        model: The model, with its provider.
        strategy: Basemode's object for it.
    """

    name: str
    model: str
    strategy: Any

    def asked(self, max_tokens: int, temperature: float, extra: dict[str, Any]) -> Any:
        """Give what is asked for, as basemode takes it."""
        return importlib.import_module("basemode").GenerationParams(
            model=self.model, max_tokens=max_tokens, temperature=temperature, extra=extra
        )

    def most(self, prompt: str, max_tokens: int) -> Usage:
        """Give the most tokens of one completion: with what is around the prompt, and thinking."""
        return Usage(self._read(prompt), 0, max_tokens + self._thinking(max_tokens))

    def billed(
        self, told: dict[str, Any], prompt: str, heard: str, max_tokens: int
    ) -> tuple[Usage, bool]:
        """Give the tokens of one request, and whether the provider told them.

        It tells at the end of its answer; of one that was cut, they are reckoned upwards: as if it
        had thought for as long as it may.

        Args:
            told: What the provider told; empty for nothing.
            prompt: What was to be continued.
            heard: All that was heard of the answer.
            max_tokens: The most tokens of the text.
        """
        if told:
            details = told.get("prompt_tokens_details")
            cached = whole(details, "cached_tokens") if isinstance(details, dict) else 0
            read = whole(told, "prompt_tokens") or self._read(prompt)
            written = whole(told, "completion_tokens") or estimate(heard)
            return Usage(read, cached, written), True
        return Usage(self._read(prompt), 0, estimate(heard) + self._thinking(max_tokens)), False

    def _read(self, prompt: str) -> int:
        return estimate(prompt) + _AROUND.get(self.name, _MOST_AROUND)

    def _thinking(self, max_tokens: int) -> int:
        compat = importlib.import_module("basemode.strategies.compat")
        sent = compat.build_kwargs(self.asked(max_tokens, 1.0, {}))
        most = whole(sent, "max_tokens") or whole(sent, "max_completion_tokens")
        body = sent.get("extra_body")  # with some, what it thinks with is a number of its own
        beside = body.get("thinking") if isinstance(body, dict) else None
        apart = whole(beside, "budget_tokens") if isinstance(beside, dict) else 0
        return max(0, most - max_tokens) + apart


def whole(table: dict[str, Any], key: str) -> int:
    """Give a whole number above 0 out of what somebody else wrote; 0 for anything else."""
    value = table.get(key)
    return value if isinstance(value, int) and value > 0 else 0
