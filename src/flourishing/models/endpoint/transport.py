"""One HTTP client for all servers, and how a request is sent.

It follows a redirect only on the same host, since a key must not go to another. It knows two
times: for the connection, and, for a small question, until its whole answer is there; a long
answer is timed by who reads it (`response.py`), since only words count there and not bytes.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from flourishing.errors import (
    AnswerError,
    EndpointError,
    ModelNotFoundError,
    RedirectError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.keys import Discreet, Hiding, Key
from flourishing.models.endpoint.refusals import refusal, server_words
from flourishing.models.retry import retried

if TYPE_CHECKING:
    import httpx2

_REDIRECTS: Final = {301, 302, 303, 307, 308}
_MOST_REDIRECTS: Final = 5
_MOST_WORDS: Final = 64 * 1024
"""Bytes of a refusal that are read."""
_MOST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of a small question's answer."""
_ATTEMPTS: Final = 3
_MOST_WAITING: Final = 60.0
"""Seconds; a server that wants to be left alone for longer is not asked a small question again."""
_AROUND: Final = b"\xef\xbb\xbf \r\n\t"
"""What may stand around an answer: blanks, and the mark of UTF-8."""
_KEPT: Final = 30.0
"""Seconds for which an idle connection is kept."""


@cache
def _client() -> httpx2.AsyncClient:
    """Give the client of the process; it lives on the loop of `sync`."""
    import httpx2  # here, since it is heavy and most people breed with the embedded model

    # At their most talkative, these write every header into the log: the key, too, which a server
    # may send back. What is left passes through a filter.
    for name in ("hpack", "httpcore2"):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.getLogger("httpx2").addFilter(Discreet())
    limits = httpx2.Limits(
        max_connections=None, max_keepalive_connections=100, keepalive_expiry=_KEPT
    )
    return httpx2.AsyncClient(
        http2=True,
        follow_redirects=False,
        limits=limits,
        # No proxy stands between this machine and itself.
        mounts={
            f"all://{host}": httpx2.AsyncHTTPTransport(http2=True, limits=limits)
            for host in ("localhost", "127.0.0.1", "[::1]")
        },
    )


class Transport:
    """Sends requests to one server.

    Args:
        address: The server, and the model there.
        key: Its key, if it wants one.
        connect: Seconds until there must be a connection.
    """

    def __init__(self, address: Address, key: Key | None, connect: float) -> None:
        self._address = address
        self._key = key
        self._connect = connect

    @property
    def has_key(self) -> bool:
        """Whether a key goes along."""
        return self._key is not None

    @property
    def stops(self) -> tuple[str, ...]:
        """What no text may hold: the key, which a hostile server could write into one."""
        return self._key.stops if self._key else ()

    def hide(self, words: str) -> str:
        """Give words without the key in them.

        Args:
            words: The words.
        """
        return self._key.hide(words) if self._key else words

    def hiding(self) -> Hiding:
        """Hide the key in every error that leaves, and in all that hangs on it."""
        return Hiding(self.hide)

    @asynccontextmanager
    async def post(self, url: str, body: dict[str, Any]) -> AsyncGenerator[httpx2.Response]:
        """Send a request whose answer is then read as it comes.

        Args:
            url: The whole address.
            body: The body, as JSON.

        Raises:
            EndpointError: There is no connection, it breaks, or the server refuses.
            ModelNotFoundError: The server has no such path or model.
        """
        with self.hiding():
            async with self._send("POST", url, body) as response:
                yield response

    async def ask(
        self, method: str, url: str, body: dict[str, Any] | None = None, *, seconds: float
    ) -> Any:
        """Ask a small question, and give the answer's JSON, again where that may help (`retry.py`).

        Args:
            method: GET or POST.
            url: The whole address.
            body: The body, as JSON.
            seconds: How long it may take, beside what the server has us wait.

        Raises:
            EndpointError: As in `post`, or the answer is no JSON.
            TooSlowError: It took longer.
        """
        asking = partial(self._asked, method, url, body, seconds)
        with self.hiding():
            return await retried(asking, most_attempts=_ATTEMPTS, most=_MOST_WAITING)

    async def _asked(
        self, method: str, url: str, body: dict[str, Any] | None, seconds: float
    ) -> Any:
        whole = (await self._whole(method, url, body, seconds)).strip(_AROUND)
        try:
            return json.loads(whole)
        except (ValueError, RecursionError):
            pass  # an error of that would hold all that the server sent
        if whole.startswith((b"{", b"[")) and not whole.endswith((b"}", b"]")):
            raise UnreachableError(
                f"{self._address.base} ended its answer in the middle.",
                hint="Try again; look at the server's log.",
            )
        words = server_words(whole, self.hide)
        raise AnswerError(
            f"{self._address.base} answered with what is no JSON: {words}.",
            hint="Check that the address is that of a model server's API.",
        )

    async def _whole(
        self, method: str, url: str, body: dict[str, Any] | None, seconds: float
    ) -> bytes:
        try:
            async with asyncio.timeout(seconds), self._send(method, url, body) as response:
                return await _read(response, _MOST_ANSWER)
        except TimeoutError:
            raise TooSlowError(
                f"{self._address.base} did not answer within {seconds:g} seconds.",
                hint="Try again; it may be loading the model, or have many before you.",
            ) from None

    @asynccontextmanager
    async def _send(
        self, method: str, url: str, body: dict[str, Any] | None
    ) -> AsyncGenerator[httpx2.Response]:
        import httpx2

        try:
            for _ in range(_MOST_REDIRECTS):
                request = _client().build_request(
                    method,
                    url,
                    content=None if body is None else json.dumps(body).encode(),
                    headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
                    timeout=httpx2.Timeout(None, connect=self._connect),
                )
                response = await _client().send(request, stream=True, auth=self._auth())
                try:
                    if response.status_code not in _REDIRECTS:
                        await self._require_success(response)
                        yield response
                        return
                    url = self._redirected(url, response.headers.get("location", ""))
                finally:
                    await response.aclose()
            raise RedirectError(
                f"{self._address.base} redirects in a circle.", hint="Check the address."
            )
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise self._unreachable(error) from self._bare(error)

    def _bare(self, error: Exception) -> Exception:
        """Give an exception of the HTTP library without its request and frames, with no key."""
        request = getattr(error, "_request", None)
        if request is not None:
            request.headers.pop("Authorization", None)
        error.args = tuple(self.hide(str(each)) for each in error.args)
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)

    def _auth(self) -> httpx2.Auth | None:
        import httpx2

        if self._key is None:
            return None
        key = self._key

        class Bearer(httpx2.Auth):
            auth_flow = staticmethod(key.auth_flow)

        return Bearer()

    async def _require_success(self, response: httpx2.Response) -> None:
        if response.is_success:
            return
        raise refusal(
            response.status_code,
            await _read(response, _MOST_WORDS),
            {name.lower(): value for name, value in response.headers.items()},
            where=self._address.base,
            model=self._address.model,
            hide=self.hide,
        )

    def _redirected(self, url: str, location: str) -> str:
        try:
            target = urljoin(url, location)
            old, new = urlsplit(url), urlsplit(target)
            ports = old.port, new.port
        except ValueError:
            raise RedirectError(
                f"{self._address.base} redirects to what is no address.",
                hint="Check the address.",
            ) from None
        safer = new.scheme == old.scheme or (old.scheme, new.scheme) == ("http", "https")
        if (
            new.hostname != old.hostname
            or not safer
            or (new.scheme == old.scheme and ports[0] != ports[1])
        ):
            raise RedirectError(
                f"{self._address.base} redirects to another host, "
                f"{new.scheme}://{new.hostname or '?'}; nothing was sent there.",
                hint="If you trust that host with your key and your texts, use its address.",
            )
        return target

    def _unreachable(self, error: Exception) -> EndpointError | ModelNotFoundError:
        import httpx2

        where = self._address.base
        words = self.hide(str(error)) or type(error).__name__
        if isinstance(error, httpx2.ConnectTimeout):
            return UnreachableError(
                f"No connection to {where} within {self._connect:g} seconds.",
                hint="Check the address and the network, or raise timeouts.connect.",
            )
        if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
            return UnreachableError(
                f"{where} cannot be reached: {words}.",
                hint="Check that the server runs, its address, the network, and the proxy's "
                "variables (HTTPS_PROXY, NO_PROXY).",
            )
        if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
            return EndpointError(f"{where} is no address: {words}.", hint="Check the address.")
        return UnreachableError(
            f"The connection to {where} broke: {words}.",
            hint="Try again; look at the server's log.",
        )


async def _read(response: httpx2.Response, most: int) -> bytes:
    read = bytearray()
    async for part in response.aiter_bytes():
        read += part
        if len(read) > most:
            break
    return bytes(read[:most])
