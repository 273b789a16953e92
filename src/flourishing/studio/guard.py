"""Who is let in, and what a page may do.

On this machine alone, three things could still reach the server: another site in the same browser,
through a form or a script (`Origin` and `Sec-Fetch-Site` tell), a host name that was made to point
here (`Host` tells), and a text that acts as markup (the content security policy forbids). On any
other address, everybody who reaches the port: they have to show a token.
"""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from flourishing.studio.problems import Problem, answer

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE: Final = "flourishing"
LARGEST_BODY: Final = 64 * 2**20
"""Bytes; an import may be this large."""
MOST_CHANGES: Final = 600
"""So many requests that change something are answered in a minute."""
_TOO_LARGE: Final = f"It has more than {LARGEST_BODY:,} bytes."
_MINUTE: Final = 60.0
_WEB: Final = 80
_WEEKS: Final = 60 * 60 * 24 * 30
_CHANGING: Final = {"POST", "PUT", "PATCH", "DELETE"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    # Only Svelte's own templates, which hold no text of anybody, may become markup.
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html"
)
_HEADERS: Final = {
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
        token: What has to be shown; None on this machine alone.
    """

    host: str
    port: int
    token: str | None = None

    @property
    def names(self) -> frozenset[str] | None:
        """The names by which it may be called, with their port; None for any."""
        if not is_here(self.host):
            return None
        hosts = ("localhost", "127.0.0.1", "[::1]", _bracketed(self.host))
        port = "" if self.port == _WEB else f":{self.port}"
        return frozenset(host + port for host in hosts)


def is_here(host: str) -> bool:
    """Say whether an address is of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Lets in whom the door lets in, and puts the headers on every answer.

    Args:
        app: What is guarded.
        door: Who may come in.
    """

    def __init__(self, app: App, *, door: Door) -> None:
        self._app = app
        self._door = door
        self._changes: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse to."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":  # there are none
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refuse(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        await self._app(scope, _limited(receive), _with_headers(send))

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        names, host = self._door.names, headers.get("host", "")
        if names is not None and host.lower() not in names:
            return _no(421, "The wrong host", f"There is no {host[:80]!r} here.", "Use localhost.")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return _no(
                403, "Another site", "Another site asked for this.", "Open the studio itself."
            )
        site = headers.get("sec-fetch-site", "none")
        if scope["method"] in _CHANGING and site not in {"none", "same-origin"}:
            return _no(
                403, "Another site", "Another site asked for this.", "Open the studio itself."
            )
        if self._door.token is not None and (other := self._ask_for_token(scope, headers)):
            return other
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > LARGEST_BODY:
            return _no(413, "Too large", _TOO_LARGE, "Send it in parts.")
        return self._too_often(scope)

    def _ask_for_token(self, scope: Scope, headers: Headers) -> Response | None:
        token = self._door.token or ""
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = query.pop("token", [""])[0]
        if shown and _same(shown, token):
            rest = urlencode(query, doseq=True)
            path = "/" + scope["path"].lstrip("/")  # two slashes would lead to another host
            opened = RedirectResponse(path + (f"?{rest}" if rest else ""), status_code=303)
            opened.set_cookie(
                COOKIE, token, max_age=_WEEKS, httponly=True, samesite="strict", path="/"
            )
            return opened
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if _same(bearer, token) or _same(_cookie(headers), token):
            return None
        return _no(
            401,
            "A token is wanted",
            "This studio is open to the network, and wants its token.",
            "Open the address that the terminal printed, which ends in ?token=….",
        )

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


def _limited(receive: Receive) -> Receive:
    """Stop reading a body that says nothing of its size, and does not end."""
    size = 0

    async def receive_some() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise HTTPException(413, _TOO_LARGE)
        return message

    return receive_some


def _with_headers(send: Send) -> Send:
    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with


def _no(status: int, title: str, detail: str, hint: str) -> Response:
    return answer(Problem(title=title, status=status, detail=detail, hint=hint))


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _same(shown: str, token: str) -> bool:
    return hmac.compare_digest(shown.encode(), token.encode())


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
