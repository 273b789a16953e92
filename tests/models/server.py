"""A server of models that misbehaves on purpose, one way for each name.

It listens on the loopback interface, in a thread of its own. The address of a behaviour is
`server.address("name")`; what was asked of it is in `server.calls["name"]`. Behaviours are the
functions of `BEHAVIOURS`, which get a `Call` and answer it in their own way; "good" is what the
others spoil: a server like vLLM, with the echo model behind it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from flourishing.core.sampling import Sampling
from flourishing.models.echo import EchoModel
from flourishing.models.protocol import Completion, Piece, Usage
from tests.models.hostile import HOSTILE

ECHO = EchoModel()
CONTEXT = 32_768
EVENTS = "text/event-stream"
ANSWERING_ALL = ("restricted", "koboldcpp_", "ollama_behind")
"""Beginnings of behaviours that answer what is not about completions, too."""


@dataclass(slots=True)
class Call:
    """One request, and the way to answer it."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    writer: asyncio.StreamWriter
    server: Server
    number: int = 0
    as_proxy: bool = False
    begun: bool = False
    ended: bool = False
    pause: float = 0

    @property
    def is_completion(self) -> bool:
        return self.path.endswith(("/v1/completions", "/api/generate"))

    async def answer(
        self,
        status: int,
        body: Any,
        headers: dict[str, str] | None = None,
        kind: str = "application/json",
    ) -> None:
        """Answer whole."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self.head(status, {"Content-Length": str(len(content)), **(headers or {})}, kind)
        self.writer.write(content)
        await self.writer.drain()
        self.ended = True

    async def head(self, status: int, headers: dict[str, str], kind: str) -> None:
        self.begun = True
        lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.writer.drain()

    async def raw(self, content: bytes, kind: str = EVENTS) -> None:
        """Send bytes of a streamed answer."""
        if not self.begun:
            await self.head(200, {"Transfer-Encoding": "chunked"}, kind)
        self.writer.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        await self.writer.drain()

    async def event(self, body: Any) -> None:
        await self.raw(f"data: {body if isinstance(body, str) else json.dumps(body)}\n\n".encode())

    async def words(
        self,
        *texts: str,
        index: int = 0,
        finish: str | None = "stop",
        goes_on: str | None = None,
    ) -> None:
        """Stream a completion; `goes_on` is the finish reason of what is not its end."""
        for text in texts:
            await self.event(said(text, index, goes_on))
        if finish:
            await self.event(said("", index, finish))

    async def end(self, *, done: bool = True) -> None:
        if done:
            await self.event("[DONE]")
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()
        self.ended = True

    def drop(self) -> None:
        """Break the connection off."""
        self.writer.transport.abort()

    async def hang(self) -> None:
        """Say nothing until the other side goes away."""
        await asyncio.sleep(3600)


def said(text: str, index: int = 0, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": index, "text": text, "finish_reason": finish}]}


@dataclass(slots=True)
class Server:
    """The server; use `start` and `close`."""

    calls: dict[str, list[Call]] = field(default_factory=lambda: defaultdict(list), repr=False)
    connections: int = 0
    accepted: int = 0
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _listening: asyncio.Server | None = None
    _thread: threading.Thread | None = None

    def start(self) -> Server:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        assert self._thread is not None
        self._thread.join()
        self._loop.close()

    def base(self, name: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{name}/v1"

    def completions(self, name: str) -> list[Call]:
        return [call for call in self.calls[name] if call.is_completion]

    async def _listen(self) -> None:
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._listening is not None
        self._listening.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.accepted += 1
        try:
            while (call := await _request(reader, writer, self)) is not None:
                await self._serve(call, reader)
                if not call.ended:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self.connections -= 1
            writer.close()

    async def _serve(self, call: Call, reader: asyncio.StreamReader) -> None:
        """Answer, unless the other side goes away first."""
        name = call.path.split("/")[1]
        self.calls[name].append(call)
        call.number = len([each for each in self.calls[name] if each.path == call.path])
        everything = call.is_completion or name.startswith(ANSWERING_ALL)
        behave = BEHAVIOURS[name] if everything else _around
        work = asyncio.create_task(behave(call))
        gone = asyncio.create_task(_gone(reader))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, gone):
                task.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await work
            with suppress(asyncio.CancelledError, ConnectionError):
                await gone


async def _gone(reader: asyncio.StreamReader) -> None:
    while not reader.at_eof():  # noqa: ASYNC110 - a reader tells nobody that it ended
        await asyncio.sleep(0.005)


async def _request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server
) -> Call | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    method, path, _ = first.split(" ")
    bare = re.sub(r"^https?://[^/]+", "", path)  # a proxy is asked with the whole address
    call = Call(method, bare, headers, json.loads(content or b"{}"), writer, server)
    call.as_proxy = bare != path
    return call


# Good behaviour.


async def _around(call: Call) -> None:
    """Answer what is not about completions."""
    name = call.path.split("/")[1]
    if name == "drops_at_first" and call.number == 1:
        call.drop()
    elif name == "strained" and call.number == 1:
        await _slow_down(call)
    elif call.path.endswith("/v1/models") and name in {"good", "ignores_n", "strained", "whole"}:
        entry = {"id": "babble", "owned_by": "vllm", "max_model_len": CONTEXT}
        await call.answer(200, {"object": "list", "data": [entry]})
    elif call.path.endswith("/tokenize") and name in {"good", "ignores_n", "strained"}:
        await call.answer(200, {"count": len(call.body["prompt"]), "max_model_len": CONTEXT})
    else:
        await call.answer(404, {"detail": "Not Found"})


async def good(call: Call) -> None:
    """Do as vLLM does, with the echo model."""
    body = call.body
    if len(body["prompt"]) + body.get("max_tokens", 16) > CONTEXT:
        await call.answer(400, {"error": {"message": "maximum context length exceeded"}})
    elif body.get("echo"):
        await call.answer(200, await _echoed(body["prompt"]))
    elif body.get("logprobs"):
        await call.answer(200, await _next(body["prompt"], body["logprobs"]))
    else:
        await _stream(call, body.get("n", 1))


async def _stream(call: Call, n: int) -> None:
    body = call.body
    events = ECHO.complete(
        body["prompt"],
        n=n,
        sampling=Sampling(
            max_tokens=body["max_tokens"],
            temperature=body["temperature"],
            top_p=body["top_p"],
            top_k=max(0, body.get("top_k", 0)),
            min_p=body.get("min_p", 0.0),
        ),
        stop=body.get("stop", []),
        seed=body["seed"] if "seed" in body else next(_SEEDS),
    )
    async with aclosing(events):
        async for event in events:
            match event:
                case Piece(index, text):
                    for letter in text:  # a token a chunk
                        await call.event(said(letter, index))
                        await asyncio.sleep(call.pause)
                case Completion():
                    await call.event(said("", event.index, event.finish))
                case Usage():
                    counts = {"prompt_tokens": event.prompt, "completion_tokens": event.completion}
                    await call.event({"choices": [], "usage": counts})
    await call.end()


_SEEDS = itertools.count(1000, 100)


async def slow(call: Call) -> None:
    """Take its time: one offspring after the other, a few letters at a time."""
    call.pause = 0.02
    await good(call)


async def _echoed(text: str) -> dict[str, Any]:
    (score,) = await ECHO.logprobs(text[:1], [text[1:]])
    (last,) = await ECHO.next_token(text, k=1)
    told = {
        "tokens": [*text, last.token],
        "token_logprobs": [None, *(each.logprob for each in score.tokens), last.logprob],
    }
    return {"choices": [{"index": 0, "text": text + last.token, "logprobs": told}]}


async def _next(prompt: str, k: int) -> dict[str, Any]:
    tops = {each.token: each.logprob for each in await ECHO.next_token(prompt, k=k)}
    return {"choices": [{"index": 0, "text": "", "logprobs": {"top_logprobs": [tops]}}]}


# Bad behaviour.


async def ignores_n(call: Call) -> None:
    if call.body.get("echo") or call.body.get("logprobs"):
        await good(call)
    else:
        await _stream(call, 1)


async def limits_n(call: Call) -> None:
    if (n := call.body.get("n", 1)) > 2:
        words = f"Field 'n': Value must be between 1 <= value <= 2, but got {n}"
        await call.answer(400, {"error": {"code": 400, "message": words}})
    else:
        await _stream(call, n)


async def refuses_n(call: Call) -> None:
    if "n" in call.body:
        await call.answer(422, {"detail": [{"loc": ["body", "n"], "msg": "n must be 1"}]})
    else:
        await _stream(call, 1)


async def unauthorised(call: Call) -> None:
    words = f"Incorrect API key provided: {call.headers.get('authorization')}"
    await call.answer(401, {"error": {"message": words, "type": "invalid_request_error"}})


async def poor(call: Call) -> None:
    await call.answer(402, {"error": {"message": "Insufficient credits"}})


async def unknown(call: Call) -> None:
    await call.answer(404, {"error": {"message": "The model `babble` does not exist"}})


async def strained(call: Call) -> None:
    """Be good, but asked too often whenever something is asked for the first time."""
    await (_slow_down(call) if call.number == 1 else good(call))


async def _slow_down(call: Call) -> None:
    await call.answer(429, {"error": {"message": "slow down"}}, {"Retry-After": "0.1"})


async def ignores_seed(call: Call) -> None:
    call.body.pop("seed", None)
    await good(call)


async def refuses_seed(call: Call) -> None:
    if "seed" in call.body:
        words = "Unrecognized request argument supplied: seed"
        await call.answer(400, {"error": {"message": words}})
    else:
        await _stream(call, call.body.get("n", 1))


async def limited(call: Call) -> None:
    await _limited(call, {"Retry-After": "0.1"})


async def limited_by_date(call: Call) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)  # a date has whole seconds
    await _limited(call, {"Retry-After": format_datetime(soon, usegmt=True)})


async def limited_without_word(call: Call) -> None:
    await _limited(call, {})


async def _limited(call: Call, headers: dict[str, str]) -> None:
    if call.number == 1:
        await call.answer(429, {"error": {"message": "slow down"}}, headers)
    else:
        await _stream(call, call.body.get("n", 1))


async def busy(call: Call) -> None:
    if call.number == 1:
        await call.answer(503, {"error": "loading the model"}, {"Retry-After": "0.1"})
    else:
        await _stream(call, call.body.get("n", 1))


async def limited_for_hours(call: Call) -> None:
    await call.answer(429, {"error": {"message": "quota"}}, {"Retry-After": "9999"})


async def fails_once(call: Call) -> None:
    if call.number == 1:
        await call.answer(500, {"error": {"message": "out of memory"}})
    else:
        await _stream(call, call.body.get("n", 1))


async def fails_always(call: Call) -> None:
    await call.answer(500, {"error": {"message": "out of memory"}})


async def one_single_fails_once(call: Call) -> None:
    """Give one at a time, and fail on the third request."""
    if call.number == 3:
        await call.answer(503, b"busy", kind="text/plain")
    else:
        await _stream(call, 1)


async def silent(call: Call) -> None:
    await call.raw(b": keeping the line open\n\n")
    await call.hang()


async def stalls(call: Call) -> None:
    await call.words("a wolf", index=0)
    await call.words("half an", index=1, finish=None)
    await call.hang()


async def drops(call: Call) -> None:
    await call.words("a wolf", index=0)
    await call.words("half an", index=1, finish=None)
    await call.raw(b'data: {"choices": [{"index": 1, "te')
    call.drop()


async def drops_after_the_end(call: Call) -> None:
    await call.words("a wolf", index=0)
    call.drop()


async def drops_at_first(call: Call) -> None:
    if call.number < 3:
        call.drop()
    else:
        await _stream(call, call.body.get("n", 1))


async def ends_early(call: Call) -> None:
    await call.words("a wolf", index=0)
    await call.words("half an", index=1, finish=None)
    await call.end(done=False)


async def breaks_within(call: Call) -> None:
    await call.words("a wolf", index=0)
    await call.event({"error": {"message": "CUDA error", "type": "server_error"}})
    await call.end()


async def broken_json(call: Call) -> None:
    await call.words("a wolf", index=0)
    await call.event('{"choices": [{"index": 1, "text": "ow]}')
    await call.end()


async def broken_utf8(call: Call) -> None:
    """Split one character, send one that is none, and one in two halves of JSON."""
    whole = b"data: " + json.dumps(said("\u6f22"), ensure_ascii=False).encode() + b"\n\n"
    middle = whole.index("\u6f22".encode()) + 1
    await call.raw(whole[:middle])
    await call.raw(whole[middle:])
    await call.raw(b'data: {"choices": [{"index": 0, "text": "a\xffb"}]}\n\n')
    await call.raw(b'data: {"choices": [{"index": 0, "text": "\\ud83c"}]}\n\n')
    await call.raw(b'data: {"choices": [{"index": 0, "text": "\\udf0a"}]}\n\n')
    await call.words()
    await call.end()


async def endless(call: Call) -> None:
    while True:
        await call.event(said("on and "))


async def endless_line(call: Call) -> None:
    await call.raw(b'data: {"choices": [{"text": "')
    while True:
        await call.raw(b"a" * 1_000_000)


async def disordered(call: Call) -> None:
    """Mix the indices, tell the cost first, and go on after the end."""
    await call.event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 4}})
    await call.event(said("owl", 1))
    await call.event(said("wo", 0))
    await call.event(said("", 1, "stop"))
    await call.event(said("nobody asked", 7))
    await call.event(said("after the end", 1))
    await call.event(said("lf", 0))
    await call.event(said("", 0, "stop"))
    await call.end()


async def web_page(call: Call) -> None:
    page = b"<!DOCTYPE html><html><title>Log in</title><script>alert(1)</script></html>"
    await call.answer(200, page, kind="text/html")


async def web_page_error(call: Call) -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head></html>"
    await call.answer(502, page, kind="text/html")


async def no_choice(call: Call) -> None:
    await call.event({"choices": []})
    await call.end()


async def no_choice_once(call: Call) -> None:
    await (no_choice(call) if call.number == 1 else _stream(call, 1))


async def blank_choice(call: Call) -> None:
    await call.event({"choices": [{}]})
    await call.event({"choices": [{"index": 0, "text": None, "finish_reason": "stop"}]})
    await call.end()


async def chat(call: Call) -> None:
    await call.answer(200, {"id": "1", "object": "greeting", "content": "Hello!"})


async def echoes_prompt(call: Call) -> None:
    prompt = call.body["prompt"]
    for index in range(call.body.get("n", 1)):
        await call.words(prompt[:5], prompt[5:] + "wo", "lf", index=index)
    await call.end()


async def closes_idle(call: Call) -> None:
    """Answer, and close the connection without having said so."""
    await _stream(call, call.body.get("n", 1))
    call.drop()


async def whole(call: Call) -> None:
    """Answer at once and as plain text, though asked to stream; every choice is number 0."""
    choices = [
        {"index": 0, "text": text, "finish_reason": "stop"}
        for text in ("wolf", "owl", "elk")[: call.body.get("n", 1)]
    ]
    answer = json.dumps({"choices": choices, "usage": {"prompt_tokens": 9}}, indent=2)
    await call.answer(200, answer.encode(), kind="text/plain")


async def elsewhere(call: Call) -> None:
    """Redirect to another host, which is this server under another name."""
    await call.answer(307, b"", {"Location": call.server.base("good", "localhost")})


async def next_door(call: Call) -> None:
    await call.answer(308, b"", {"Location": "/good/v1/completions"})


async def in_circles(call: Call) -> None:
    await call.answer(307, b"", {"Location": call.path})


async def refuses_unknown(call: Call) -> None:
    """Do as OpenAI does, one field after the other."""
    for name in ("min_p", "top_k", "dry_multiplier"):
        if name in call.body:
            words = f"Unrecognized request argument supplied: {name}"
            return await call.answer(400, {"error": {"message": words}})
    return await _stream(call, call.body.get("n", 1))


async def refuses_without_word(call: Call) -> None:
    if "stream_options" in call.body:
        await call.answer(422, {"detail": "extra fields are not permitted"})
    else:
        await _stream(call, call.body.get("n", 1))


async def refuses_all(call: Call) -> None:
    await call.answer(400, {"error": {"message": "The moon is wrong"}})


async def few_logprobs(call: Call) -> None:
    if call.body.get("logprobs", 0) > 5:
        await call.answer(400, {"error": {"message": "logprobs must be at most 5"}})
    else:
        await call.answer(200, await _next(call.body["prompt"], call.body["logprobs"]))


async def too_long(call: Call) -> None:
    words = "This model's maximum context length is 2048 tokens"
    await call.answer(400, {"error": {"message": words, "code": "context_length_exceeded"}})


async def misses_stops(call: Call) -> None:
    for index in range(call.body.get("n", 1)):
        await call.words("wo", "lf|", "owl|elk", index=index)
    await call.end()


async def tells_the_key(call: Call) -> None:
    key = call.headers["authorization"].removeprefix("Bearer ")
    for index in range(call.body.get("n", 1)):
        await call.words("a wolf ", key[:5], key[5:] + " howls", index=index)
    await call.end()


async def hostile(call: Call) -> None:
    """Say what is meant to break a page, some of it in the middle of a tag."""
    for index, text in zip(range(call.body.get("n", 1)), HOSTILE.values(), strict=False):
        await call.words(text[:9], text[9:], index=index)
    await call.end()


async def ollama(call: Call) -> None:
    """Do as Ollama does on its own path."""
    for word in ("wo", "lf"):
        await call.raw(json.dumps({"response": word, "done": False}).encode() + b"\n")
    last = {"response": "", "done": True, "done_reason": "length", "eval_count": 2}
    await call.raw(json.dumps({**last, "prompt_eval_count": 5}).encode() + b"\n")
    await call.end(done=False)


BEHAVIOURS: dict[str, Callable[[Call], Coroutine[Any, Any, None]]] = {
    behave.__name__: behave
    for behave in (
        good,
        slow,
        ignores_n,
        limits_n,
        refuses_n,
        unauthorised,
        poor,
        unknown,
        strained,
        ignores_seed,
        refuses_seed,
        limited,
        limited_by_date,
        limited_without_word,
        limited_for_hours,
        busy,
        fails_once,
        fails_always,
        one_single_fails_once,
        silent,
        stalls,
        drops,
        drops_after_the_end,
        drops_at_first,
        ends_early,
        breaks_within,
        broken_json,
        broken_utf8,
        endless,
        endless_line,
        disordered,
        web_page,
        web_page_error,
        no_choice,
        no_choice_once,
        blank_choice,
        chat,
        echoes_prompt,
        closes_idle,
        whole,
        elsewhere,
        next_door,
        in_circles,
        refuses_unknown,
        refuses_without_word,
        refuses_all,
        few_logprobs,
        too_long,
        misses_stops,
        tells_the_key,
        hostile,
        ollama,
    )
}
