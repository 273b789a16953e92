"""What asking a server costs beside the bare HTTP library, and beside basemode's client.

Run `python benchmarks/endpoints.py` on a quiet machine (a minute or two on two cores), or with
`--quick` for a fifth of the broods. It prints one Markdown table and asserts nothing. The server
is this script, in a process of its own on the loopback interface; it answers at once with poems
of 40 tokens, a chunk for each token, so that all that is measured is the work around a model.
What is compared is interleaved (A, B, A, B, …) in one run, ten broods at a time; a ratio is the
median of the ratios of these turns.

basemode (PyPI) is measured where `--peer-python` names the Python of an environment that has it,
since it wants another HTTP library than ours; its rows are left out otherwise.

What the rows mean:

- *Requests a second, a brood in one request*: 8 completions of one request, as servers give them
  that honour `n`, through our endpoint, over the same through bare httpx2: a streamed POST on one
  client, whose lines are taken apart as JSON and joined. *Milliseconds* are those of a whole
  brood, and compared is what ours takes longer.
- *A brood in eight requests*: the same on a server that gives one completion a request; eight
  requests are under way at once on each side. Beside basemode it is its `branch_text` with n = 8,
  which asks so of any server.
- *fl.breed*: the whole of it, with the prompt, the parsing and the search for flaws.
- *Peak memory*: resident, of a fresh process that has 1,000 requests under way, each of which has
  brought its first words, beside that of one that has a single one under way.
- *Milliseconds until the connection is free*: from the moment in which a brood is let go of, until
  the server sees its connections closed; the worst of the repeats.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from functools import partial
from importlib.metadata import version
from itertools import starmap
from statistics import median
from typing import Any, Final

import httpx2
import psutil

import flourishing as fl
from flourishing import sync
from flourishing.models import Completion, Event, Piece
from flourishing.models.endpoint import Endpoint
from flourishing.settings import NamedModel

BROODS: Final = 200
TURN: Final = 10
"""Broods between two of what is compared."""
OFFSPRING: Final = 8
TOKENS: Final = 40
IN_FLIGHT: Final = 1_000
LETTING_GO: Final = 20
MOST_MEGABYTES: Final = 300
MOST_MILLISECONDS: Final = 100
PROMPT: Final = "a poem:\nthe fog comes\n---\na poem:\nthe sea\n---\na poem:\n"
EVENTS: Final = "text/event-stream"

PEER: Final = """
import asyncio, json, sys, time
from basemode import branch_text

async def brood(base, prompt, n, tokens):
    came = [0] * n
    more = {"api_base": base, "api_key": "none"}
    model = "text-completion-openai/bench"
    async for index, token in branch_text(
        prompt, model, n=n, max_tokens=tokens, strategy="completion", **more
    ):
        came[index] += len(token)
    assert all(came), came

async def main():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        base, prompt, n, tokens, broods = json.loads(line)
        begun = time.perf_counter()
        for _ in range(broods):
            await brood(base, prompt, n, tokens)
        print(time.perf_counter() - begun, flush=True)

asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, in the words in which it is printed."""

    measured: str
    ours: str
    beside: str
    compared: str
    target: str = ""
    holds: str = ""


# The server.


class Answering(asyncio.Protocol):
    """A connection of a server that answers at once; its path says how.

    "/together" gives n completions, "/singly" always one; "/hangs" gives the first words of one
    and falls silent. "/gone" says when the last connection that hung was closed, and how many are.
    """

    hanging = 0
    closed_at = 0.0

    def __init__(self) -> None:
        self._read = b""
        self._hangs = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        """Remember when it was."""
        if self._hangs:
            Answering.hanging -= 1
            Answering.closed_at = time.monotonic()

    def data_received(self, data: bytes) -> None:
        """Answer every request that is there whole."""
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end].decode().lower()
            _, _, length = head.partition("content-length:")
            whole = end + 4 + int(length.split("\r\n")[0] or 0)
            if len(self._read) < whole:
                return
            body, self._read = self._read[end + 4 : whole], self._read[whole:]
            self._answer(head.split(" ")[1], body)

    def _answer(self, path: str, body: bytes) -> None:
        if path == "/gone":
            told = {"hanging": Answering.hanging, "closed_at": Answering.closed_at}
            self._whole(json.dumps(told).encode())
        elif not path.endswith("/completions"):
            entry = {"id": "bench", "max_model_len": 32_768}
            self._whole(json.dumps({"data": [entry]}).encode())
        elif path.startswith("/hangs"):
            self._hangs = True
            Answering.hanging += 1
            self._transport.write(head_of(EVENTS) + chunked(streamed(0, "the")))
        else:
            n = json.loads(body).get("n", 1) if path.startswith("/together") else 1
            self._transport.write(ANSWERS[n])

    def _whole(self, body: bytes) -> None:
        length = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(length.encode() + body)


def head_of(kind: str) -> bytes:
    """Write the head of a streamed answer."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()


def chunked(content: bytes) -> bytes:
    """Write a part of a streamed answer."""
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def streamed(index: int, text: str, finish: str | None = None) -> bytes:
    """Write an event with some words of a completion."""
    choice = {"index": index, "text": text, "logprobs": None, "finish_reason": finish}
    told = {"id": "cmpl-1", "object": "text_completion", "model": "bench", "choices": [choice]}
    return b"data: " + json.dumps(told).encode() + b"\n\n"


def answer(n: int) -> bytes:
    """Write a whole answer of n poems, their tokens in turn, an event to a part."""
    events = [
        streamed(index, f" w{index}x{token * 7 % 31}", "length" if token == TOKENS - 1 else None)
        for token in range(TOKENS)
        for index in range(n)
    ]
    counts = {"prompt_tokens": 20, "completion_tokens": n * TOKENS, "total_tokens": n * TOKENS + 20}
    usage = {"id": "cmpl-1", "object": "text_completion", "choices": [], "usage": counts}
    events += [b"data: " + json.dumps(usage).encode() + b"\n\n", b"data: [DONE]\n\n"]
    return head_of(EVENTS) + b"".join(map(chunked, events)) + b"0\r\n\r\n"


ANSWERS: Final = {n: answer(n) for n in (1, OFFSPRING)}


async def serve() -> None:
    """Listen, say where, and answer until nobody listens to us any more."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=2 * IN_FLIGHT)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


@contextmanager
def served() -> Iterator[str]:
    """Start the server in a process of its own; give its address."""
    command = [sys.executable, __file__, "--only-serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.communicate()


# Speed.


def endpoint(where: str, way: str, parallel: int = OFFSPRING) -> Endpoint:
    """Give our model on the server."""
    return Endpoint(NamedModel(endpoint=f"{where}/{way}/v1", model="bench", parallel=parallel))


def asked(model: Endpoint, n: int) -> AsyncGenerator[Event]:
    """Ask our endpoint for n completions."""
    sampling = fl.Sampling(max_tokens=TOKENS)
    return model.complete(PROMPT, n=n, sampling=sampling, stop=["\n---\n"], seed=1)


async def ours(model: Endpoint) -> None:
    """Ask for a brood through our endpoint."""
    async with aclosing(asked(model, OFFSPRING)) as events:
        came = [event.text async for event in events if isinstance(event, Completion)]
    require(came)


async def bare(client: httpx2.AsyncClient, url: str, n: int) -> None:
    """Ask for a brood with nothing but the HTTP library, in one request or in eight."""
    parts = [bare_request(client, url, n) for _ in range(OFFSPRING // n)]
    require([text for part in await asyncio.gather(*parts) for text in part])


async def bare_request(client: httpx2.AsyncClient, url: str, n: int) -> list[str]:
    """Ask for n completions, and join their words."""
    body = {"model": "bench", "prompt": PROMPT, "n": n, "max_tokens": TOKENS, "stream": True}
    texts = [""] * n
    async with client.stream("POST", url, json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    texts[choice["index"]] += choice["text"]
    return texts


def require(texts: Sequence[str]) -> None:
    """See that a brood came whole."""
    if len(texts) != OFFSPRING or any(text.count(" w") != TOKENS for text in texts):
        raise RuntimeError(f"This is no brood of {OFFSPRING} poems of {TOKENS} tokens: {texts}")


def timed(brood: Callable[[], Any]) -> float:
    """Take the seconds of one turn."""
    begun = time.perf_counter()
    for _ in range(TURN):
        brood()
    return time.perf_counter() - begun


class Peer:
    """basemode, in a process of its own Python."""

    def __init__(self, python: str) -> None:
        own = {"BASEMODE_NO_HEALTH": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        self._process = subprocess.Popen(
            [python, "-c", PEER],
            env=os.environ | own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def turn(self, base: str) -> float:
        """Take the seconds of one turn, as the process sees them."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = json.dumps([base, PROMPT, OFFSPRING, TOKENS, TURN])
        print(asked, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def has_basemode(python: str) -> bool:
    """Say whether a Python has basemode."""
    with suppress(OSError):
        done = subprocess.run([python, "-c", "import basemode"], capture_output=True)
        return done.returncode == 0
    return False


def speed_rows(where: str, turns: int, peer: Peer | None) -> list[Row]:
    """Compare our endpoint with the bare library and with basemode, turn by turn."""
    client = sync.run(bare_client())
    together, singly = endpoint(where, "together"), endpoint(where, "singly")
    url = "{}/{}/v1/completions".format
    works: dict[str, Callable[[], float]] = {
        "ours together": lambda: timed(lambda: sync.run(ours(together))),
        "bare together": lambda: timed(
            lambda: sync.run(bare(client, url(where, "together"), OFFSPRING))
        ),
        "bred": lambda: timed(partial(bred, together)),
        "ours singly": lambda: timed(lambda: sync.run(ours(singly))),
        "bare singly": lambda: timed(lambda: sync.run(bare(client, url(where, "singly"), 1))),
    }
    if peer is not None:
        works["basemode"] = partial(peer.turn, f"{where}/singly/v1")
    took = interleaved(works, turns)
    one, eight = "a brood in one request", "a brood in eight requests"
    rows = [
        *speed(one, "bare httpx2", took["ours together"], took["bare together"], 1),
        *speed(f"{one}, through fl.breed", "bare httpx2", took["bred"], took["bare together"], 1),
        *speed(eight, "bare httpx2", took["ours singly"], took["bare singly"], OFFSPRING),
    ]
    if peer is None:
        return [*rows, Row(f"{eight}, beside basemode", "", "not installed: --peer-python", "")]
    return rows + speed(eight, "basemode", took["ours singly"], took["basemode"], OFFSPRING)


async def bare_client() -> httpx2.AsyncClient:
    """Make a client like ours, on the loop on which it is used."""
    return httpx2.AsyncClient(trust_env=False, timeout=None)


def bred(model: Endpoint) -> None:
    """Breed a brood, all that belongs to it."""
    fl.breed(["the fog comes", "the sea"], OFFSPRING, model=model, refills=0, max_tokens=TOKENS)


def interleaved(works: dict[str, Callable[[], float]], turns: int) -> dict[str, list[float]]:
    """Take turns, the first unmeasured; give the seconds of each."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(turns + 1):
        for name, work in works.items():
            seconds = work()
            if turn:
                took[name].append(seconds)
    return took


def speed(
    name: str, beside: str, ours: Sequence[float], others: Sequence[float], requests: int
) -> list[Row]:
    """Put requests a second, and the milliseconds of a brood, beside those of others."""

    def rate(took: Sequence[float]) -> str:
        return f"{TURN * requests / median(took):,.0f}"

    def each(took: Sequence[float]) -> str:
        return f"{median(took) / TURN * 1000:.2f}"

    ratio = median(b / a for a, b in zip(ours, others, strict=True))
    added = median(a - b for a, b in zip(ours, others, strict=True)) / TURN * 1000
    return [
        Row(
            f"requests a second, {name}, beside {beside}", rate(ours), rate(others), f"{ratio:.2f}"
        ),
        Row(f"milliseconds, {name}, beside {beside}", each(ours), each(others), f"{added:+.2f}"),
    ]


# Many at once.


def peak_row(where: str) -> Row:
    """Compare the peak memory of a thousand requests under way with that of one."""
    many, one = peak(where, IN_FLIGHT), peak(where, 1)
    return Row(
        f"peak MB of {IN_FLIGHT:,} requests in flight, beside one",
        f"{many:.0f}",
        f"{one:.0f}",
        f"{(many - one) * 1000 / IN_FLIGHT:.0f} KB each",
        f"under {MOST_MEGABYTES}",
        yes_or_no(many < MOST_MEGABYTES),
    )


def peak(where: str, requests: int) -> float:
    """Have a fresh process ask so often that all of it is under way; give its peak MB."""
    highest = 0
    command = [sys.executable, __file__, "--only-ask", f"{where} {requests}"]
    with subprocess.Popen(command) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            with suppress(psutil.NoSuchProcess):
                highest = max(highest, watched.memory_info().rss)
            time.sleep(0.02)
    if process.returncode:
        raise RuntimeError(f"{requests} requests at once did not go well.")
    return highest / 1e6


async def ask_at_once(where: str, requests: int) -> None:
    """Ask until so many requests have brought their first words, and hold them for a second."""
    model = endpoint(where, "hangs", parallel=requests)
    model.capabilities.honours_n = False
    heard: set[int] = set()
    async with aclosing(asked(model, requests)) as events:
        async for event in events:
            if isinstance(event, Piece):
                heard.add(event.index)
            if len(heard) == requests:
                await asyncio.sleep(1)
                return


# Letting go.


def cancel_row(where: str) -> Row:
    """Measure how long after letting go the server sees its connections closed."""
    took = [sync.run(let_go(where)) * 1000 for _ in range(LETTING_GO)]
    return Row(
        "milliseconds until the connections of a brood that is let go of are free (worst)",
        f"{max(took):.1f}",
        "",
        f"median {median(took):.1f}",
        f"within {MOST_MILLISECONDS}",
        yes_or_no(max(took) < MOST_MILLISECONDS),
    )


async def let_go(where: str) -> float:
    """Begin a brood of eight requests, let go of it, and give the seconds until all are closed."""
    model = endpoint(where, "hangs")
    model.capabilities.honours_n = False
    heard: set[int] = set()
    events = asked(model, OFFSPRING)
    async for event in events:
        if isinstance(event, Piece):
            heard.add(event.index)
        if len(heard) == OFFSPRING:
            break
    begun = time.monotonic()  # one clock for all processes of a machine
    await events.aclose()
    async with httpx2.AsyncClient(trust_env=False) as client:
        for _ in range(1000):
            told = (await client.get(f"{where}/gone")).json()
            if not told["hanging"]:
                return float(told["closed_at"]) - begun
            await asyncio.sleep(0.005)
    raise RuntimeError("The connections were never closed.")


# The table.


def yes_or_no(holds: bool) -> str:
    """Say whether it does."""
    return "yes" if holds else "no"


def cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def table(rows: Sequence[Row]) -> str:
    """Write rows as a Markdown table."""
    head = tuple(field.name for field in fields(Row))
    lines = [head, ("---",) * len(head), *map(astuple, rows)]
    return "\n".join(starmap(("|" + " {} |" * len(head)).format, lines))


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure what asking a server costs.")
    parser.add_argument("--broods", type=int, default=BROODS, help=f"by default {BROODS}")
    parser.add_argument("--quick", action="store_true", help="a fifth of them, for a rough look")
    parser.add_argument("--peer-python", default="", help="the Python that has basemode")
    parser.add_argument("--only-serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only-ask", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_serve:
        asyncio.run(serve())
        return
    if asked.only_ask:
        where, requests = asked.only_ask.split()
        sync.run(ask_at_once(where, int(requests)))
        return
    turns = max(1, (asked.broods // 5 if asked.quick else asked.broods) // TURN)
    peer = Peer(asked.peer_python) if has_basemode(asked.peer_python) else None
    with served() as where:
        rows = speed_rows(where, turns, peer)
        rows += [peak_row(where), cancel_row(where)]
    if peer is not None:
        peer.close()
    print(table(rows))
    print(
        f"\n{cores()} CPUs, httpx2 {version('httpx2')}, Python {platform.python_version()}, "
        f"{turns * TURN} broods of {OFFSPRING} each"
    )


if __name__ == "__main__":
    main()
