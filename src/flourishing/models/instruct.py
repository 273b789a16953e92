"""Asking an instruct model, to set its answer beside what a base model writes.

The same prompt goes as one message of a conversation to `/v1/chat/completions`, with nothing
around it: no instructions of ours stand before it, so that what comes is what anybody gets who
types the prompt into a chat. Nothing here breeds; texts come from base models.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from flourishing.arguments import as_number, as_whole, as_words
from flourishing.core.sampling import first_seed
from flourishing.core.text import require_unicode
from flourishing.errors import AnswerError, InputError, TooSlowError
from flourishing.models.cost import REFUSALS, Budget, most_written, open_budget
from flourishing.models.endpoint import Endpoint
from flourishing.models.endpoint.refusals import RefusedError, failure, server_words
from flourishing.models.endpoint.tokens import estimate
from flourishing.models.endpoint.transport import await_on_sync_loop
from flourishing.models.opening import open_endpoint
from flourishing.models.protocol import Usage, Waiting
from flourishing.models.retry import retried
from flourishing.models.waiting import report_waits_to

MOST_TOKENS: Final = 256
"""The most tokens of an answer, where nobody says otherwise."""
MOST_ANSWERS: Final = 100
_DROPPABLE: Final = ("seed", "temperature")
_LONGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer that are read."""
_AROUND: Final = 16
"""Tokens that a server puts around a message, and rather too many."""
_NEWER: Final = "max_completion_tokens"


async def instruct(
    prompt: str,
    *,
    model: str,
    n: int = 1,
    max_tokens: int = MOST_TOKENS,
    temperature: float | None = None,
    seed: int | None = None,
    notify: Callable[[str | Waiting], None] | None = None,
    budget: Budget | None = None,
) -> list[str]:
    """Give an instruct model a prompt as what a person says to it.

    Args:
        prompt: The message to the model.
        model: A name in the configuration, or an address `http(s)://host/v1#model-id`.
        n: How many answers, from 1 to 100; each is asked for by itself.
        max_tokens: The most tokens of an answer.
        temperature: How freely it draws; None for what the server does of its own.
        seed: The seed of the first answer, for servers that keep to seeds.
        notify: Called with what a person should know beforehand, and with waits; None leaves waits
            to whoever listens (`models.waiting`).
        budget: Bounds what it may cost; None for the month's budget alone.

    Returns:
        Exactly n answers.

    Raises:
        InputError: The prompt is empty, a number is out of its range, the model is not behind an
            address, or it might cost more than it may.
        ModelError: The model cannot be found or reached, or gives no answer.
    """
    n, max_tokens = as_whole(n, "responses"), as_whole(max_tokens, "max_tokens")
    temperature = None if temperature is None else as_number(temperature, "temperature")
    _require(as_words(prompt, "The prompt"), n, max_tokens, temperature)
    endpoint = open_endpoint(model)
    if notify is not None and endpoint.warning:
        notify(endpoint.warning)
    first = first_seed(seed) if seed is not None else None
    written = most_written(endpoint.settings, max_tokens)
    one = Usage(prompt=estimate(prompt) + _AROUND, completion=written)
    call = _InstructCall(endpoint, one)
    body = {
        "model": endpoint.address.model,
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": max_tokens,
    }
    if temperature is not None:
        body["temperature"] = temperature
    bodies = [body | ({} if first is None else {"seed": first + at}) for at in range(n)]
    with report_waits_to(notify):
        return await _within_budget(call, bodies, budget or open_budget(), notify)


async def _within_budget(
    call: _InstructCall,
    bodies: list[dict[str, Any]],
    budget: Budget,
    notify: Callable[[str], None] | None,
) -> list[str]:
    """Ask for all answers, with the most that they can cost set aside until they are here."""
    endpoint, n = call.endpoint, len(bodies)
    most = Usage(prompt=n * call.most.prompt, completion=n * call.most.completion)
    charge = budget.charge(endpoint.address.name, endpoint.settings, most, notify=notify)
    async with charge as reservation:
        try:
            answers = await await_on_sync_loop(call.answers(bodies))
        except (RefusedError, *REFUSALS):
            if reservation is not None:
                await reservation.settle(call.usage)
            raise
        if reservation is not None:
            await reservation.settle(call.usage)
        return answers


@dataclass(slots=True)
class _InstructCall:
    endpoint: Endpoint
    most: Usage
    """The most tokens of one answer; an answer without token counts counts so much."""
    usage: Usage = field(default_factory=Usage)
    _refuses: set[str] = field(default_factory=set)
    """Fields that the server does not take, and that are left out since."""

    async def answers(self, bodies: list[dict[str, Any]]) -> list[str]:
        slots = asyncio.Semaphore(self.endpoint.settings.parallel)

        async def one(body: dict[str, Any]) -> str:
            async with slots:
                return await self._answer(body)

        tasks = [asyncio.create_task(one(body)) for body in bodies]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _answer(self, body: dict[str, Any]) -> str:
        while True:
            asked = self._without_refused(body)
            try:
                with self.endpoint.transport.hiding():
                    found = await retried(partial(self._ask, asked))
            except RefusedError as error:
                self._adapt(error, asked)
            else:
                self.usage += _usage_of(found) or self.most
                return self._read(found)

    async def _ask(self, body: dict[str, Any]) -> Any:
        address, seconds = self.endpoint.address, self.endpoint.settings.timeouts.first_token
        url = self.endpoint.capabilities.dialect.chat_url(address)
        try:
            async with asyncio.timeout(seconds):
                whole = await self._whole(url, body)
        except TimeoutError:
            raise TooSlowError(
                f"{address.base} did not answer within {seconds:g} seconds.",
                hint="Try again, ask for fewer tokens, or raise timeouts.first_token.",
            ) from None
        hide = self.endpoint.transport.hide
        try:
            found = json.loads(whole)
        except (ValueError, RecursionError):
            pass  # an error of that would hold all that the server sent
        else:
            if isinstance(found, dict) and found.get("error"):
                raise failure(found, where=address.base, model=address.model, hide=hide)
            return found
        words = server_words(whole, hide)
        raise AnswerError(
            f"{address.base} answered with what is no JSON: {words}.",
            hint="Check that the address is that of a model server's API.",
        )

    async def _whole(self, url: str, body: dict[str, Any]) -> bytes:
        whole = bytearray()
        async with self.endpoint.transport.post(url, body) as response:
            async for part in response.aiter_bytes():
                whole += part
                if len(whole) > _LONGEST:
                    break
        return bytes(whole)

    def _without_refused(self, body: dict[str, Any]) -> dict[str, Any]:
        asked = {name: value for name, value in body.items() if name not in self._refuses}
        if "max_tokens" in self._refuses:
            asked[_NEWER] = body["max_tokens"]
        return asked | dict(self.endpoint.settings.extra_body)

    def _adapt(self, error: RefusedError, asked: dict[str, Any]) -> None:
        """Learn from a refusal what to leave out, or raise it."""
        newer = ["max_tokens"] if _NEWER in error.words else []
        other = [name for name in _DROPPABLE if re.search(rf"(?<!\w){name}(?!\w)", error.words)]
        refused = {name for name in newer or other if name in asked}
        if not refused:
            raise error
        self._refuses |= refused

    def _read(self, found: Any) -> str:
        try:
            choice = found["choices"][0]
            content = choice["message"]["content"]
        except (LookupError, TypeError):
            content, choice = None, {}
        if isinstance(content, list):  # in parts, of which some may be no text
            content = "".join(str(part.get("text") or "") for part in content)
        if isinstance(content, str) and content.strip():
            return self.endpoint.transport.hide(content)
        if isinstance(choice, dict) and choice.get("finish_reason") == "length":
            raise AnswerError(
                f"{self.endpoint.address.name} had used up its tokens before it answered.",
                hint="It thinks before it speaks: ask with more max_tokens.",
            )
        raise AnswerError(
            f"{self.endpoint.address.name} answered without words.",
            hint="Try again; if it stays so, check that it is a model for conversations.",
        )


def _usage_of(found: Any) -> Usage | None:
    """Read what an answer took; None where the server does not report it."""
    table = found.get("usage") if isinstance(found, dict) else None
    if not isinstance(table, dict):
        return None
    read, written = table.get("prompt_tokens"), table.get("completion_tokens")
    if not isinstance(read, int) or not isinstance(written, int) or min(read, written) < 0:
        return None
    details = table.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(read, cached if isinstance(cached, int) else 0, written)


def _require(prompt: str, n: int, max_tokens: int, temperature: float | None) -> None:
    require_unicode(prompt, "The prompt")
    if not prompt.strip():
        raise InputError("The prompt is empty.", hint="Say something to the model.")
    if not 1 <= n <= MOST_ANSWERS:
        raise InputError(f"There cannot be {n:,} answers.", hint=f"Ask for 1 to {MOST_ANSWERS}.")
    if max_tokens < 1:
        raise InputError(f"max_tokens cannot be {max_tokens}.", hint="Give 1 or more.")
    if temperature is not None and not 0 <= temperature <= 2:
        raise InputError(f"temperature cannot be {temperature}.", hint="Give a number from 0 to 2.")
