"""One HTTP client for all servers, how a request is sent, and how many at once.

It follows a redirect only on the same host, since a key must not go to another. It knows two times:
for the connection, and, for a small question, until its whole answer is there; a long answer is
timed by who reads it (`response.py`), since only words count there and not bytes.

The limit is lowered while a server has no room for more (`ConcurrencyLimit`).

An HTTP client belongs to one event loop, and a process has several: the studio's, a notebook's,
those of `asyncio.run`. So that connections are shared and none outlives its loop, everything that
touches the network runs on the loop of `sync`, which lives as long as the process
(`iterate_on_sync_loop`, `await_on_sync_loop`). What comes is handed to the caller's loop.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import urljoin, urlsplit

from flourishing import sync
from flourishing.errors import (
    AnswerError,
    EndpointError,
    ModelNotFoundError,
    RedirectError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.endpoint.address import Address, Discreet, Hiding, Key
from flourishing.models.endpoint.refusals import refusal, server_words
from flourishing.models.retry import retried

if TYPE_CHECKING:
    import httpx2


_SUCCESSES: Final = 4
"""So many times the present limit of requests must succeed before one more is tried."""


class ConcurrencyLimit:
    """As many concurrent requests as a person allows, and fewer while the server refuses them.

    Args:
        most: The most requests at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = most
        self._used = 0
        self._successes = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def now(self) -> int:
        """The present limit of concurrent requests."""
        return self._now

    def reduce(self, at: int) -> None:
        """Allow half as many, because the server had no room.

        Args:
            at: How many were allowed when the request was sent: of several that were refused
                together, only the first has an effect.
        """
        if at == self._now:
            self._now, self._successes = max(1, at // 2), 0

    def succeeded(self) -> None:
        """Allow one more, if enough requests succeeded since the last change."""
        self._successes += 1
        if self._now < self._most and self._successes >= _SUCCESSES * self._now:
            self._now, self._successes = self._now + 1, 0
            self._wake()

    async def __aenter__(self) -> int:
        while self._used >= self._now:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            except BaseException:
                self._waiting = deque(each for each in self._waiting if each is not future)
                self._wake()  # it may have been this one's turn
                raise
        self._used += 1
        return self._now

    async def __aexit__(self, *_: object) -> None:
        self._used -= 1
        self._wake()

    def _wake(self) -> None:
        free = self._now - self._used
        while self._waiting and free > 0:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                free -= 1


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class _Relay(Generic[T]):
    """Moves the items of a generator on the loop of `sync` into a queue on the caller's."""

    def __init__(self, items: AsyncGenerator[T]) -> None:
        self.queue: asyncio.Queue[T | _End] = asyncio.Queue()
        self._items = items
        self._home = asyncio.get_running_loop()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[object] | None = None
        self._unwanted = False

    async def run(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        error: BaseException | None = None
        try:
            async with aclosing(self._items) as items:
                if not self._unwanted:
                    async for item in items:
                        self._hand(item)
        except BaseException as raised:  # noqa: BLE001 - handed over, and raised there
            error = raised
        self._hand(_End(error))

    def stop(self) -> None:
        """Stop; called on the caller's loop."""
        self._unwanted = True
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)

    def _hand(self, item: T | _End) -> None:
        if self._home is self._loop:
            self.queue.put_nowait(item)
        elif not self._home.is_closed():
            self._home.call_soon_threadsafe(self.queue.put_nowait, item)
        elif not isinstance(item, _End):
            raise asyncio.CancelledError  # nobody is there any more


async def iterate_on_sync_loop(items: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """Iterate a generator that runs on the loop of `sync`.

    Leaving the iteration, or cancelling it, closes the generator there before it returns.

    Args:
        items: The generator.
    """
    relay = _Relay(items)
    sync.start(relay.run())
    ended = False
    try:
        while True:
            item = await relay.queue.get()
            if isinstance(item, _End):
                ended = True
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        if not ended:
            relay.stop()
            while not isinstance(await relay.queue.get(), _End):
                pass


async def await_on_sync_loop(work: Coroutine[object, object, T]) -> T:
    """Await a coroutine that runs on the loop of `sync`.

    Args:
        work: The coroutine.
    """

    async def one() -> AsyncGenerator[T]:
        yield await work

    try:
        async with aclosing(iterate_on_sync_loop(one())) as items:
            async for item in items:
                return item
    finally:
        if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
            work.close()  # cancelled before it began, which is no oversight
    raise AssertionError("a coroutine returns")


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
        """Ask a small question, and give the answer's JSON, again where that may help.

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

    async def fetch(self, url: str, *, most: int, seconds: float) -> bytes:
        """Fetch a file from the server, once.

        Args:
            url: The whole address, on the same server.
            most: The most bytes.
            seconds: How long it may take.

        Raises:
            EndpointError: As in `post`.
            AnswerError: It is larger.
            TooSlowError: It took longer.
        """
        try:
            with self.hiding():
                async with asyncio.timeout(seconds), self._send("GET", url, None) as response:
                    whole = await _read(response, most + 1)
        except TimeoutError:
            raise TooSlowError(
                f"{self._address.base} did not send a file within {seconds:g} seconds.",
                hint="Try again, or raise timeouts.first_token.",
            ) from None
        if len(whole) > most:
            raise AnswerError(
                f"{self._address.base} sends a file of more than {most // 2**20} MB.",
                hint="Ask for a smaller one.",
            )
        return whole

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
