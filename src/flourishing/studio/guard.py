"""Who is let in, for how long, and what a page may do.

Three things could reach the server from this machine's own browser: another site, through a form or
a script (found by `Origin` and `Sec-Fetch-Site`), a host name that was made to point here (found by
`Host`), and a text that acts as markup (the content security policy forbids). And every other
account and program of the machine can reach its port, as can the network where it listens there: so
everybody has to show a token, in the address, as a bearer or in the form, before anything is
answered. The person who started the server with `--trust-local` has done without.

Somebody who opens connections and sends half a request on each must not keep others out. So the
beginning of a request and its body have a time limit each, and where too many connections have not
yet been let in, the one that has waited longest makes room for the next: a browser sends its
request at once, and is never the one that has waited longest. What is no HTTP at all is answered as
every other mistake is, as problem+json with all headers.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import h11
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from flourishing.studio import login
from flourishing.studio.login import LASTS, Sessions, TooManyWrongError
from flourishing.studio.problems import Problem, answer

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger: Final = logging.getLogger("flourishing.studio")

SESSION: Final = "flourishing.session"
"""Where a request's scope has the key of its session: "token" for a bearer, "here" for none."""
CONNECTION: Final = "flourishing.connection"
"""Where a request's scope has the connection on which it came."""
LARGEST_BODY: Final = 64 * 2**20
"""Bytes; an import may be this large."""
LARGEST_JSON: Final = 16 * 2**20
"""Bytes; anything else that is sent may be this large."""
MOST_CHANGES: Final = 600
"""So many requests that change something are answered in a minute."""
_MINUTE: Final = 60.0
_WEB: Final = 80
_CHANGING: Final = {"POST", "PUT", "PATCH", "DELETE"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; "
    "font-src 'self'; connect-src 'self'; frame-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    # Only Svelte's own templates, which hold no text of anybody, may become markup.
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html"
)
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where the server listens, and who may come in.

    Attributes:
        host: The address that it listens on.
        port: The port.
        token: What has to be shown; None where all of this machine are trusted.
    """

    host: str
    port: int
    token: str | None = field(default=None, repr=False)

    @property
    def cookie(self) -> str:
        """The name of the cookie; browsers share them between the ports of a host."""
        return f"flourishing-{self.port}"

    @property
    def is_private(self) -> bool:
        """Whether only whoever started the server comes in: with the token, on this machine."""
        return self.token is not None and is_here(self.host)

    @property
    def names(self) -> frozenset[str] | None:
        """The names by which it may be called, with their port; None for any."""
        if not is_here(self.host):
            return None
        hosts = ("localhost", "127.0.0.1", "[::1]", _bracketed(self.host))
        port = "" if self.port == _WEB else f":{self.port}"
        return frozenset(host + port for host in hosts)


def is_here(host: str) -> bool:
    """Say whether an address is of this machine alone.

    Args:
        host: The address, or a name.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class BrokenAnswerError(Exception):
    """An answer that was begun cannot be finished, so that its connection has to end."""


class Guard:
    """Lets in whom the door lets in, and puts the headers on every answer.

    Args:
        app: What is guarded.
        door: Who may come in.
        sessions: Who has shown the token.
    """

    def __init__(self, app: App, *, door: Door, sessions: Sessions) -> None:
        self._app = app
        self._door = door
        self._sessions = sessions
        self._changes: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse to."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":  # there are none
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        headers = Headers(scope=scope)
        refusal = self._refuse(scope, headers)
        if refusal is None and self._door.token is not None:
            refusal = await self._ask_for_token(scope, headers, receive)
        if refusal is not None:
            # Who is not let in keeps no connection.
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, send)
            return
        scope.setdefault(SESSION, "here")
        if (connection := scope.get(CONNECTION)) is not None:
            connection.admit()
        refusal = _too_large(scope, headers) or self._too_often(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._answer(scope, _limited(receive, _most(scope)), send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer; an error that nobody foresaw is an answer, too."""
        begun = False

        async def send_noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except ClientDisconnect:
            pass
        except Exception:
            logger.exception("An error in the studio, please report it")
            if begun:
                raise BrokenAnswerError from None
            failed = _no(
                500,
                "It failed",
                "The studio met an error that it did not expect.",
                "Try again; the terminal in which it runs says where it failed.",
            )
            await failed(scope, receive, send)

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        names, host = self._door.names, headers.get("host", "")
        if names is not None and host.lower() not in names:
            return _no(421, "The wrong host", f"There is no {host[:80]!r} here.", "Use localhost.")
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site", "none")
        if (origin is not None and _netloc(origin) != host.lower()) or (
            scope["method"] in _CHANGING and site not in {"none", "same-origin"}
        ):
            return _no(
                403, "Another site", "Another site asked for this.", "Open the studio itself."
            )
        return None

    async def _ask_for_token(
        self, scope: Scope, headers: Headers, receive: Receive
    ) -> Response | None:
        """Let in who shows the token, or a cookie that was given for it; answer all others."""
        reading = scope["method"] in {"GET", "HEAD"}
        shown, path = _token_in(scope)
        try:
            if shown and reading and self._sessions.is_token(shown):
                return self._open(path)
            if scope["path"] == login.PATH and not reading:
                return await self._log_in(receive)
            scheme, _, bearer = headers.get("authorization", "").partition(" ")
            if scheme.lower() == "bearer" and self._sessions.is_token(bearer.strip()):
                scope[SESSION] = "token"
                return None
        except TooManyWrongError as error:
            return _no(429, "Too many wrong tokens", str(error), error.hint)
        key = self._sessions.find(_cookie(headers, self._door.cookie))
        if key is not None:
            scope[SESSION] = key
            return RedirectResponse("/", 303) if scope["path"] == login.PATH else None
        if not reading or scope["path"].startswith("/api/") or not _wants_page(headers):
            return _token_wanted()
        if headers.get("sec-fetch-site") in {"cross-site", "same-site"} and not shown:
            return login.again()
        out = scope["path"] == login.PATH and scope["query_string"] == b"out"
        return login.page(path, login.WRONG if shown else login.OUT if out else "")

    async def _log_in(self, receive: Receive) -> Response:
        body = bytearray()
        more = True
        while more and len(body) <= login.LARGEST_FORM:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        token, path = login.read_form(bytes(body[: login.LARGEST_FORM]))
        if self._sessions.is_token(token):
            return self._open(path)
        return login.page(path, login.WRONG)

    def _open(self, path: str) -> Response:
        """Begin a session, and lead on to the address without the token."""
        opened = RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})
        opened.set_cookie(
            self._door.cookie,
            self._sessions.begin(),
            max_age=LASTS,
            httponly=True,
            samesite="strict",
            path="/",
        )
        return opened

    def _too_often(self, scope: Scope) -> Response | None:
        if scope["method"] not in _CHANGING:
            return None
        now = time.monotonic()
        while self._changes and now - self._changes[0] > _MINUTE:
            self._changes.popleft()
        if len(self._changes) >= MOST_CHANGES:
            return _no(
                429, "Too often", f"More than {MOST_CHANGES} changes a minute.", "Wait a little."
            )
        self._changes.append(now)
        return None


def _too_large(scope: Scope, headers: Headers) -> Response | None:
    length, most = headers.get("content-length", "0"), _most(scope)
    if length.isascii() and length.isdecimal() and int(length[:20]) <= most:
        return None
    return _no(413, "Too large", _said_too_large(most), "Send it in parts.")


def _most(scope: Scope) -> int:
    return LARGEST_BODY if scope["path"] == "/api/import" else LARGEST_JSON


def _said_too_large(most: int) -> str:
    return f"It has more than {most:,} bytes."


def _limited(receive: Receive, most: int) -> Receive:
    """Stop reading a body that says nothing of its size, and does not end."""
    size = 0

    async def receive_some() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(413, _said_too_large(most))
        return message

    return receive_some


def _with_headers(send: Send) -> Send:
    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with


def _no(status: int, title: str, detail: str, hint: str) -> Response:
    return answer(Problem(title=title, status=status, detail=detail, hint=hint))


def _token_wanted() -> Response:
    wanted = _no(
        401,
        "A token is wanted",
        "This studio asks for its token.",
        "Open the address that the terminal printed, which ends in ?token=…, or send the token as "
        "Authorization: Bearer. After a restart there is a new one.",
    )
    wanted.headers["WWW-Authenticate"] = "Bearer"
    return wanted


def _token_in(scope: Scope) -> tuple[str, str]:
    """Give the token in an address, and the address without it."""
    query = scope["query_string"].decode("latin-1")
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        fields = []
    shown = next((value for name, value in fields if name == "token"), "")
    rest = urlencode([(name, value) for name, value in fields if name != "token"])
    path = login.here(quote(scope["path"]))
    return shown, path + (f"?{rest}" if rest else "")


def _wants_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _cookie(headers: Headers, name: str) -> str:
    """Find a cookie among those that other servers of this machine have set, in any form."""
    for line in headers.getlist("cookie"):
        for part in line.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value.strip('"')
    return ""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


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
