"""A small server of models on the loopback interface that says what a test tells it to.

Unlike `models/server.py`, which has one misbehaviour for each name, it is told what to answer: a
function from the path and the body of a request to the texts of an answer, or to a status with
words. It streams where it was asked to, unless it is told not to.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from flourishing.settings import config_path

Refusal: TypeAlias = tuple[int, Any]
Reply: TypeAlias = Callable[[str, dict[str, Any]], "list[str] | Refusal"]


@dataclass(slots=True)
class Talker:
    """The server.

    Attributes:
        reply: What it answers with.
        streams: Whether it streams where it is asked to.
        finish: The finish reason of what it says.
        reasons: Whether it writes down its reasoning before.
        breaks: Whether it breaks off a stream after the first words.
        halves: Of how many whole answers it sends half.
        listed: What stands in its list of models.
        listing: What it answers instead of a list of models; None for that list.
        files: What it has to be fetched, by path.
        fetched: The paths that were asked for with GET.
        asked: The bodies of what was asked, with the path.
        keys: The keys that came along.
    port: Where it listens; by default a port that is free.
    together: The most requests that were under way at once.
    left: How many streams the other side left before their end.
    """

    reply: Reply
    streams: bool = True
    finish: str = "stop"
    reasons: bool = False
    breaks: bool = False
    halves: int = 0
    listed: list[dict[str, Any]] = field(default_factory=list)
    listing: Any = None
    files: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list, repr=False)
    together: int = 0
    left: int = 0
    port: int = 0
    _under_way: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a request as under way."""
        with self._counting:
            self._under_way += 1
            self.together = max(self.together, self._under_way)
        try:
            yield
        finally:
            with self._counting:
                self._under_way -= 1

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def bodies(self, path: str = "/completions") -> list[dict[str, Any]]:
        return [body for asked, body in self.asked if asked == f"/v1{path}"]


def describe(name: str, talker: Talker, more: str = "", *, key: bool = True) -> None:
    """Describe the server in the configuration, under a name."""
    table = [f"[models.{name}]", f'endpoint = "{talker.base}"', 'model = "m"']
    config_path().parent.mkdir(parents=True, exist_ok=True)
    keys = ['key_env = "PLANTED_KEY"'] if key else []
    config_path().write_text("\n".join([*table, *keys, more]))


@contextmanager
def talking(reply: Reply, **more: Any) -> Iterator[Talker]:
    """Let a server talk."""
    talker = Talker(reply, **more)

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing on stderr."""

        def do_GET(self) -> None:
            talker.fetched.append(self.path)
            if (content := talker.files.get(self.path)) is not None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return
            listed = {"object": "list", "data": talker.listed}
            self._whole(200, listed if talker.listing is None else talker.listing)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            talker.asked.append((self.path, body))
            talker.keys.append(self.headers.get("Authorization", ""))
            with talker.counted():
                said = talker.reply(self.path, body)
            if isinstance(said, tuple):
                self._whole(*said)
            elif body.get("stream") and talker.streams:
                self._stream(said, chat="chat" in self.path)
            else:
                self._whole(200, _answer(said, chat="chat" in self.path))

        def _whole(self, status: int, body: Any) -> None:
            content = json.dumps(body).encode()
            if talker.halves and self.command == "POST":
                talker.halves -= 1
                content = content[: len(content) // 2]
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _stream(self, texts: list[str], *, chat: bool) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                if talker.reasons:
                    delta = {"role": "assistant", "content": None, "reasoning_content": "Hm."}
                    self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
                for index, text in enumerate(texts):
                    for at in range(0, len(text), 4):
                        self._event(_piece(index, text[at : at + 4], None, chat=chat))
                        if talker.breaks:
                            self._event({"error": {"message": "CUDA error", "code": 500}})
                            return
                    self._event(_piece(index, "", talker.finish, chat=chat))
                usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
                self._event({**_piece(0, "", None, chat=chat), "choices": [], "usage": usage})
                self.wfile.write(b"data: [DONE]\n\n")
            except (BrokenPipeError, ConnectionResetError):
                talker.left += 1

        def _event(self, body: Any) -> None:
            self.wfile.write(f"data: {json.dumps(body)}\n\n".encode())
            self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", talker.port), Answering)
    server.daemon_threads = True
    talker.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield talker
    finally:
        server.shutdown()
        server.server_close()


def _answer(texts: list[str], *, chat: bool) -> dict[str, Any]:
    choices = [
        {"index": index, "finish_reason": "stop"}
        | ({"message": {"role": "assistant", "content": text}} if chat else {"text": text})
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return {"id": "1", "object": "answer", "created": 1, "choices": choices, "usage": usage}


def _piece(index: int, text: str, finish: str | None, *, chat: bool) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": index, "finish_reason": finish}
    choice |= {"delta": {"role": "assistant", "content": text}} if chat else {"text": text}
    kind = "chat.completion.chunk" if chat else "text_completion"
    return {"id": "1", "object": kind, "created": 1, "model": "m", "choices": [choice]}
