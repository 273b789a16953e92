"""Running the server: its address, its browser, its end, and what it prints of its own errors.

An error that nobody foresaw is one line that says where it was. Its traceback would fill the
terminal, and can quote what is secret.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
import time
import webbrowser
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import quote

import uvicorn
from fastapi import FastAPI

from flourishing.errors import InputError, where
from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import BrokenAnswerError, Connection, Door, is_here

_LOGGERS: Final = ("uvicorn.error", "asyncio", "flourishing.studio")
_MOST: Final = 20
"""So many lines are printed in a minute."""
_MINUTE: Final = 60.0


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        words = (record.getMessage().strip().splitlines() or [""])[0]
        error = record.exc_info[1] if record.exc_info else None
        return words if error is None else f"{words} ({where(error)})"


class _Seldom(logging.Filter):
    """Lets so many lines pass in a minute, and none once the server is about to end."""

    def __init__(self) -> None:
        super().__init__()
        self.ending = False
        self._printed: deque[float] = deque()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if self.ending or isinstance(error, BrokenAnswerError | asyncio.CancelledError):
            return False
        now = time.monotonic()
        while self._printed and now - self._printed[0] > _MINUTE:
            self._printed.popleft()
        if len(self._printed) >= _MOST:
            return False
        self._printed.append(now)
        return True


_seldom: Final = _Seldom()


def set_up() -> None:
    """Print errors of the server from now on, each in a line on stderr."""
    _seldom.ending = False
    handler = logging.StreamHandler()
    handler.setLevel(logging.ERROR)
    handler.setFormatter(_OneLine())
    handler.addFilter(_seldom)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False


def quiet() -> None:
    """Print nothing more: the server ends, and what it breaks off is no error."""
    _seldom.ending = True


_TURN: Final = 0.0005
"""Seconds; Python's own turn is ten times as long."""
PORT: Final = 8420
TOKEN: Final = "FLOURISHING_TOKEN"  # noqa: S105 - the variable's name
"""The variable of the environment that can hold the token, for scripts that have to know it."""
_TRIES: Final = 20
_BACKLOG: Final = 128
"""So many connections are taken at once; each of them is a file before it can be counted."""
_FILES: Final = 4096
"""So many files may be open, where the system lets us say so."""
_READ_BY_THEN: Final = 60.0
"""Seconds after which the browser has read the file that leads it here."""


def serve(
    garden: Garden,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    model: str | None = None,
    browser: bool = True,
    trust_local: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the studio until it is interrupted.

    Args:
        garden: Where everything is.
        host: The address to listen on.
        port: The port; None for 8420, or the next that is free.
        model: The base model where a bed names none.
        browser: Whether to open the page.
        trust_local: Whether to ask nobody for a token; only where the address is of this machine
            alone.
        say: Called with where the page is, and with what is at risk.

    Raises:
        InputError: The port is taken, the address is none of this machine, the token of the
            environment cannot be one, or others than this machine would be trusted.
    """
    if trust_local and not is_here(host):
        raise InputError(
            f"{host} can be reached from other machines, so that a token is needed.",
            hint="Leave out --trust-local, or listen on 127.0.0.1.",
        )
    token = None if trust_local else _token()
    asked = threading.Event()
    # From here on, being asked to end is remembered. An exception, which stops the other commands,
    # is lost where it comes while Python collects garbage.
    with listen(host, port) as listening, _handling(lambda *_: asked.set()):
        door = Door(host=host, port=listening.getsockname()[1], token=token)
        address = _address(door)
        if warning := _risk(door, garden.name):
            say(warning)
        say(f"The studio is at {address}")
        set_up()
        _allow_files()
        server = _Server(make_app(garden, door=door, model=model))
        # Gardens are read in threads: the loop, which answers everybody else, gets its turn soon.
        sys.setswitchinterval(_TURN)
        with (
            _opening(server, address, wanted=browser and _can_open()),
            server.capture_signals(),
        ):
            if not asked.is_set():
                server.run(sockets=[listening])


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], object]) -> Generator[None]:
    """Answer each signal that asks a program to end, as whoever closes the terminal does."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    wanted = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {each: signal.getsignal(each) for each in wanted}
    # What is ignored, as after nohup, stays ignored.
    for each in wanted:
        if before[each] is not signal.SIG_IGN or each is signal.SIGINT:
            signal.signal(each, handler)
    try:
        yield
    finally:
        for each in wanted:
            signal.signal(each, before[each])


class _Server(uvicorn.Server):
    """A server that saves what is on its way before it ends, and that ends once it is asked to.

    Args:
        app: What it serves.
    """

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                ws="none",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=_BACKLOG,
                timeout_graceful_shutdown=3,
                lifespan="on",
            )
        )
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin; where it was asked to end meanwhile, end as it does later.

        Args:
            sockets: The sockets that were given to the server.
        """
        await super().startup(sockets)
        gc.freeze()  # what was imported stays; looking through it again would only hold us up
        if self.should_exit and self.started:  # uvicorn would only leave, with tasks on their way
            await self.shutdown(sockets)
            self.started = False  # or a newer uvicorn would shut down once more

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Save the broods and end all streams, which pages would keep open; then end.

        Args:
            sockets: The sockets that were given to the server.
        """
        quiet()
        await self._app.state.shared.leave()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's own
        """End; to ask for it again is no reason to lose what is being saved.

        Args:
            sig: The number of the signal.
            frame: Where the signal interrupted the program.
        """
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """End on each signal that asks for it."""
        with _handling(self.handle_exit):
            yield


def _token() -> str:
    """Give the token: the one of the environment, or a new one.

    Raises:
        InputError: What is in the environment cannot be sent as a token.
    """
    token = os.environ.get(TOKEN, "")
    if not token:
        return secrets.token_urlsafe(24)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise InputError(
            f"What is in {TOKEN} has characters that no token can have.",
            hint="Use letters, digits and signs, without blanks; or leave it unset, and a token is "
            "made at each start.",
        )
    return token


def _risk(door: Door, garden: str) -> str:
    """Say what others can do; nothing where only who has the token can do anything."""
    can = f"can read and change all of {garden}, and breed at your cost"
    if door.token is None:
        return f"No token is asked for: every account and every program of this machine {can}."
    if not is_here(door.host):
        return (
            f"Everybody who can reach this address and has the token {can}. "
            "What is sent is not encrypted."
        )
    return ""


def listen(host: str, port: int | None) -> socket.socket:
    """Listen on a port: the one that is named, or the first from ours on that is free.

    Args:
        host: The address to listen on.
        port: The port; None for 8420, or the next of twenty that is free.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wanted = range(PORT, PORT + _TRIES) if port is None else [port]
    problem: OSError | None = None
    for each in wanted:
        # asyncio sends at once, without waiting for more, only where the protocol is named.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":  # there it would let two servers share the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host.strip("[]"), each))
            listening.listen(_BACKLOG)
        except (OSError, OverflowError, UnicodeError) as error:
            listening.close()
            problem = error if isinstance(error, OSError) else OSError(str(error))
            continue
        return listening
    which = f"port {port}" if port is not None else f"ports {PORT} to {PORT + _TRIES - 1}"
    raise InputError(
        f"The studio cannot listen on {host}, {which}: {problem}.",
        hint="Name another with --port or --host; perhaps a studio is open already.",
    ) from problem


def _address(door: Door) -> str:
    host = f"[{door.host}]" if ":" in door.host else door.host
    host = socket.gethostname() if host in {"0.0.0.0", "[::]"} else host  # noqa: S104 - it is only named
    query = "" if door.token is None else f"?token={quote(door.token, safe='')}"
    return f"http://{host}:{door.port}/{query}"


def _allow_files() -> None:
    """Let as many files be open as connections need; some systems begin with few."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _can_open() -> bool:
    """Say whether there is a screen; without one, a browser would take the terminal."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


@contextmanager
def _opening(server: uvicorn.Server, address: str, *, wanted: bool) -> Generator[None]:
    """Open the page as soon as the server answers.

    Other accounts see with which arguments a browser is started. So it is given a file that only
    this account can read, and which leads to the address with the token.
    """
    if not wanted:
        yield
        return
    handle, name = tempfile.mkstemp(prefix="flourishing-", suffix=".html")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(
            '<!doctype html><meta charset="utf-8"><title>Flourishing</title>'
            '<meta name="referrer" content="no-referrer">'
            f'<meta http-equiv="refresh" content="0; url={escape(address)}">'
            f'<p><a href="{escape(address)}">Open the studio</a></p>'
        )
    leads = Path(name)
    done = threading.Event()

    def open_page() -> None:
        while not server.started:
            if done.wait(0.05):
                return
        webbrowser.open(leads.as_uri())
        done.wait(_READ_BY_THEN)
        leads.unlink(missing_ok=True)

    threading.Thread(target=open_page, daemon=True).start()
    try:
        yield
    finally:
        done.set()
        leads.unlink(missing_ok=True)
