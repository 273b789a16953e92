"""Single requests to a server that is being probed, of which the answer is seen as it came.

They are made as an endpoint makes them, with what the configuration adds, but nothing is made up
for: no stop is cut here, and what is missing stays missing.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from flourishing.errors import (
    AnswerError,
    ModelNotFoundError,
    ServerError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.endpoint import Learnt
from flourishing.models.endpoint.blame import Blame
from flourishing.models.endpoint.bodies import Request, completion_body
from flourishing.models.endpoint.chunks import Chunk, read_ollama, read_openai, strange
from flourishing.models.endpoint.lines import Lines
from flourishing.models.endpoint.refusals import RefusedError, failure
from flourishing.models.patience import patiently
from flourishing.models.reaching import Reached
from flourishing.sampling import Sampling

_REFUSALS: Final = (RefusedError, ServerError, AnswerError, ModelNotFoundError)
"""So a server may refuse what it is asked for."""
_LONGEST_TOKEN: Final = 64
"""Characters; of more than this for each token no more is read."""


class OneAtATimeError(Exception):
    """The server refuses to give several completions for one request."""


@dataclass(slots=True)
class Heard:
    """An answer as it came.

    Attributes:
        texts: The completions, by their index; blank ones among them.
        pieces: In how many pieces words came.
        streamed: Whether it came as a stream.
        aside: The fields of what came and was no completion.
    """

    texts: dict[int, str] = field(default_factory=dict)
    pieces: int = 0
    streamed: bool = False
    aside: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """The first completion; empty if there was none."""
        return self.texts.get(0, "")

    @property
    def length(self) -> int:
        """How many characters all of it has."""
        return sum(map(len, self.texts.values()))

    def take(self, chunk: Chunk, n: int) -> None:
        """Add what a chunk says about the n completions that were asked for."""
        self.aside = self.aside or chunk.aside
        for part in chunk.parts:
            if 0 <= part.index < n:
                self.texts[part.index] = self.texts.get(part.index, "") + part.text
        self.pieces += any(part.text for part in chunk.parts)


@dataclass(slots=True, kw_only=True)
class Requests:
    """Makes the requests of one probe.

    Attributes:
        reached: The server.
        learnt: What is known of it; refused fields are added to it, and left out from then on.
        made: How many requests were made.
        echoes: Whether the server repeated a prompt before its continuation.
    """

    reached: Reached
    learnt: Learnt
    made: int = 0
    echoes: bool = False

    async def ask(
        self,
        prompt: str,
        *,
        tokens: int,
        n: int = 1,
        temperature: float = 1.0,
        min_p: float = 0.0,
        seed: int | None = None,
        stop: tuple[str, ...] = (),
    ) -> Heard:
        """Have a prompt continued, without the fields that the server is known to refuse.

        Raises:
            OneAtATimeError: The server refuses a request for n of them, for whatever reason.
            EndpointError: It cannot be asked, whatever is left out.
        """
        request = Request(
            prompt=prompt,
            tokens=None,
            n=n,
            sampling=Sampling(max_tokens=tokens, temperature=temperature, min_p=min_p),
            stop=stop,
            seed=seed or 0,
            reproducible=seed is not None,
        )
        blame = Blame(self.learnt)
        while True:
            body = completion_body(
                request,
                range(n),
                address=self.reached.address,
                model=self.reached.described,
                learnt=self.learnt,
                without=blame.without,
            )
            try:
                with self.reached.wire.hiding():
                    heard = await patiently(partial(self._listen, body, n, tokens))
            except _REFUSALS as error:
                if n > 1:
                    raise OneAtATimeError from None
                if not isinstance(error, RefusedError) or not blame.shift(error, body):
                    raise
            else:
                blame.helped()
                return self._without_prompt(heard, prompt)

    def _without_prompt(self, heard: Heard, prompt: str) -> Heard:
        if heard.texts and all(text.startswith(prompt) for text in heard.texts.values()):
            self.echoes = True
            heard.texts = {at: text[len(prompt) :] for at, text in heard.texts.items()}
        return heard

    async def _listen(self, body: dict[str, Any], n: int, tokens: int) -> Heard:
        times = self.reached.described.timeouts
        try:
            async with asyncio.timeout(times.first_token):
                return await self._read(body, n, tokens)
        except TimeoutError:
            raise TooSlowError(
                f"{self.reached.address.base} did not write {tokens} tokens within "
                f"{times.first_token:g} seconds.",
                hint="It may be loading the model: try again, or raise timeouts.first_token.",
            ) from None

    async def _read(self, body: dict[str, Any], n: int, tokens: int) -> Heard:
        address, wire = self.reached.address, self.reached.wire
        path = "/api/generate" if address.kind == "ollama" else "/completions"
        lines, heard = Lines(address.base, wire.hide), Heard()
        self.made += 1
        async with wire.post(address.base + path, body) as response:
            kind = response.headers.get("content-type", "")
            heard.streamed = kind.startswith(("text/event-stream", "application/x-ndjson"))
            async with aclosing(response.aiter_bytes()) as parts:
                async for part in parts:
                    self._take(heard, lines.feed(part), n)
                    if heard.length > _LONGEST_TOKEN * (len(body["prompt"]) + tokens * n):
                        return heard
            self._take(heard, lines.close(), n)
            if lines.is_half:
                raise UnreachableError(
                    f"{address.base} ended its answer in the middle.",
                    hint="Try again; look at the server's log.",
                )
            if not heard.texts and (heard.aside or lines.words):
                raise strange(heard.aside or (lines.words,))
        return heard

    def _take(self, heard: Heard, found: list[dict[str, Any]], n: int) -> None:
        address, wire = self.reached.address, self.reached.wire
        read = read_ollama if address.kind == "ollama" else read_openai
        for each in found:
            chunk = read(each)
            if chunk.error is not None:
                raise failure(chunk.error, where=address.base, model=address.model, hide=wire.hide)
            heard.take(chunk, n)
