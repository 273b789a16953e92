"""Running the server, and opening the page."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import Final

import uvicorn

from flourishing.errors import InputError
from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door, is_here

_TURN: Final = 0.0005
"""Seconds; Python's own turn is ten times as long."""
PORT: Final = 8420
_TRIES: Final = 20


def serve(
    garden: Garden,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    model: str | None = None,
    browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the studio until it is interrupted.

    Args:
        garden: Where everything is.
        host: The address to listen on; one that others can reach wants a token from them.
        port: The port; None for 8420, or the next that is free.
        model: The base model where a bed names none.
        browser: Whether to open the page.
        say: Told where the page is, and what is at risk.

    Raises:
        InputError: The port is taken, or the address is none of this machine.
    """
    listening = listen(host, port)
    door = Door(
        host=host,
        port=listening.getsockname()[1],
        token=None if is_here(host) else secrets.token_urlsafe(24),
    )
    address = _address(door)
    if door.token is not None:
        say(
            "Everybody who can reach this address and has the token can read and change all of "
            f"{garden.name}, and breed at your cost. What is sent is not encrypted.",
        )
    say(f"The studio is at {address}")
    app = make_app(garden, door=door, model=model)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    if browser and _can_open():
        threading.Thread(target=_open, args=(server, address), daemon=True).start()
    # Gardens are read in threads: the loop, which answers everybody else, gets its turn soon.
    sys.setswitchinterval(_TURN)
    with listening:
        server.run(sockets=[listening])


def listen(host: str, port: int | None) -> socket.socket:
    """Listen on a port: the one that is named, or the first from ours on that is free."""
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
            listening.listen(128)
        except (OSError, OverflowError) as error:
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
    return f"http://{host}:{door.port}/" + (f"?token={door.token}" if door.token else "")


def _can_open() -> bool:
    """Say whether there is a screen; without one, a browser would take the terminal."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _open(server: uvicorn.Server, address: str) -> None:
    """Open the page as soon as the server answers."""
    waited = threading.Event()
    while not server.started:
        if server.should_exit or waited.wait(0.05):
            return
    webbrowser.open(address)
