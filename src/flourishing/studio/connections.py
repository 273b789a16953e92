"""Connections that take their time: each has so long for a request, and there are only so many.

Somebody who opens connections and sends half a request on each must not keep others out. So the
beginning of a request and its body have a time limit each, and where too many connections have not
yet been let in, the one that has waited longest makes room for the next: a browser sends its
request at once, and is never the one that has waited longest. What is no HTTP at all is answered
as every other mistake is, as problem+json with all headers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from flourishing.studio.guard import CONNECTION, HEADERS
from flourishing.studio.problems import Problem

HEAD_SECONDS: Final = 10.0
"""So long may the beginning of a request take, from its first byte or from the connection on."""
BODY_SECONDS: Final = 20.0
"""So long may a body take, and a second more for each that came of the size below."""
BODY_RATE: Final = 16 * 2**10
"""Bytes."""
MOST_WAITING: Final = 128
"""So many connections may be open that were not let in."""
MOST_OPEN: Final = 512
"""So many connections may be open at all."""


class Connection(H11Protocol):
    """A connection, with limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.app = self._known_to(self.app)
        self.admitted = False
        self._since = 0.0
        self._received = 0
        self._limit_is_of_head = True
        self._limit: asyncio.TimerHandle | None = None

    def admit(self) -> None:
        """Note that a request of this connection was let in."""
        self.admitted = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, if there is room or it can be made.

        Args:
            transport: The transport of the connection.
        """
        self._make_room()
        super().connection_made(transport)
        if len(self.connections) > MOST_OPEN:
            self._refuse(503, "Too many connections", "Close some tabs, or try again.")
            return
        self._begin_limit()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; no limit is left behind.

        Args:
            exc: Why it was lost; None where it was closed.
        """
        self._end_limit()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see that what is still to come has its limit.

        Args:
            data: What came.
        """
        if self.transport.is_closing():
            return
        self._received += len(data)
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._watch()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP.

        Args:
            msg: What is wrong with it.
        """
        self._refuse(400, msg, "See /openapi.json for what can be asked.")

    def _known_to(self, app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def with_connection(scope: Any, receive: Any, send: Any) -> None:
            scope[CONNECTION] = self
            await app(scope, receive, send)

        return with_connection

    def _make_room(self) -> None:
        waiting = [
            each
            for each in self.connections
            if isinstance(each, Connection)
            and not each.admitted
            and not each.transport.is_closing()
        ]
        if len(waiting) >= MOST_WAITING:
            min(waiting, key=lambda each: each._since).transport.abort()
        elif len(self.connections) >= MOST_OPEN:
            idle = [
                each for each in self.connections if isinstance(each, Connection) and each.is_idle
            ]
            if idle:
                min(idle, key=lambda each: each._since).transport.abort()

    @property
    def is_idle(self) -> bool:
        """Whether no request of it is on its way."""
        return self.cycle is None or self.cycle.response_complete

    def _watch(self) -> None:
        """Limit the time for what is still to come of a request, and only for that."""
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            if self._limit is None or self._limit_is_of_head:
                self._begin_limit(body=True)
        elif state is h11.IDLE and self.conn.trailing_data[0]:
            if self._limit is None:
                self._begin_limit()
        else:
            self._end_limit()

    def _begin_limit(self, *, body: bool = False) -> None:
        self._end_limit()
        self._since, self._received = self.loop.time(), 0
        self._limit_is_of_head = not body
        self._limit = self.loop.call_later(BODY_SECONDS if body else HEAD_SECONDS, self._too_slow)

    def _end_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _too_slow(self) -> None:
        self._limit = None
        if not self._limit_is_of_head:
            left = self._since + BODY_SECONDS + self._received / BODY_RATE - self.loop.time()
            if left > 0:
                self._limit = self.loop.call_later(left, self._too_slow)
                return
        if self.is_idle and self.conn.trailing_data[0]:
            self._refuse(408, "It took too long", "Send the whole request at once.")
        elif self.is_idle:
            self.transport.close()  # a browser opens connections ahead, and need not use them
        else:
            self.transport.abort()

    def _refuse(self, status: int, title: str, hint: str) -> None:
        """Answer without the application, and end the connection."""
        self._end_limit()
        phrase = HTTPStatus(status).phrase
        problem = Problem(title=title, status=status, detail=f"{title}.", hint=hint)
        body = json.dumps(problem.model_dump()).encode()
        lines = [
            f"HTTP/1.1 {status} {phrase}",
            "Content-Type: application/problem+json",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *(f"{name}: {value}" for name, value in HEADERS.items()),
        ]
        self.transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        self.transport.close()
