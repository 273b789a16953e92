"""A process that has imported the command line, and forks for each command that `client.py` brings.

A fork costs a fifth of a start. What it skips is how Python and the imports begin: tests of that
start the real program.
"""

from __future__ import annotations

import atexit
import importlib
import io
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, Final, cast

from flourishing import cli
from flourishing.cli import app

EACH: Final = "--each"
"""Before a list of commands as JSON, which are run one after the other."""
END: Final = "-- end --"
_CLIENT: Final = Path(__file__).with_name("client.py")


class Forking:
    """The process, with the way to hand it a command.

    Args:
        folder: Where its socket is put; the path must be short.
    """

    def __init__(self, folder: Path) -> None:
        self._place = folder / "s"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.forking", str(self._place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    @property
    def command(self) -> list[str]:
        """The beginning of a command line, in the place of `python -m flourishing`."""
        return [sys.executable, "-I", "-S", str(_CLIENT), str(self._place)]

    def close(self) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


class _Server:
    def __init__(self, place: str) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(place)
        self._listening.listen(64)
        self._clients: dict[int, socket.socket] = {}
        self._woken, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector = selectors.DefaultSelector()
        for each in (self._listening, self._woken, 0):
            self._selector.register(each, selectors.EVENT_READ)

    def serve(self) -> None:
        """Fork until the tests end."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj == 0:
                    return
                if key.fileobj == self._woken:
                    os.read(self._woken, 4096)
                    self._tell_ends()
                elif key.fileobj is self._listening:
                    self._accept(self._listening.accept()[0])
                else:
                    self._left(cast(socket.socket, key.fileobj))

    def _accept(self, client: socket.socket) -> None:
        head, streams, _, _ = socket.recv_fds(client, 4, 3)
        content = b""
        while len(content) < int.from_bytes(head, "big"):
            content += client.recv(65_536)
        pid = os.fork()
        if not pid:
            self._selector.close()
            self._listening.close()
            client.close()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _run(json.loads(content), streams)
        for stream in streams:
            os.close(stream)
        self._clients[pid] = client
        self._selector.register(client, selectors.EVENT_READ)
        client.sendall(pid.to_bytes(4, "big"))

    def _tell_ends(self) -> None:
        while self._clients:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            client = self._clients.pop(pid)
            if client in self._selector.get_map():  # it was not killed
                self._selector.unregister(client)
            code = os.waitstatus_to_exitcode(status)
            with client:
                try:
                    client.sendall(code.to_bytes(4, "big", signed=True))
                except ConnectionError:
                    continue  # the client was killed

    def _left(self, client: socket.socket) -> None:
        """End the fork of a client that was killed."""
        for pid, each in self._clients.items():
            if each is client:
                self._selector.unregister(client)
                os.kill(pid, signal.SIGKILL)


def _run(asked: dict[str, Any], streams: list[int]) -> None:
    """Run a command as `python -m flourishing` does, and end this process."""
    code: object = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        sys.argv[1:] = asked["words"]
        sys.stdin = _text(0, "r", sys.stdin)
        sys.stdout = _text(1, "w", sys.stdout)
        sys.stderr = _text(2, "w", sys.stderr)
        code = _command()
    except BaseException:  # noqa: BLE001 - as Python shows it at the end
        traceback.print_exc()
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for written in (sys.stdout, sys.stderr):
            written.flush()
    finally:
        os._exit(code if isinstance(code, int) else 1)


def _command() -> object:
    try:
        if sys.argv[1] == EACH:
            for words in json.loads(sys.argv[2]):
                app.main(words, standalone_mode=False)
                print(END, flush=True)
            return 0
        cli.main()
    except SystemExit as end:
        return end.code or 0
    return 0


def _text(number: int, mode: str, like: Any) -> Any:
    """Open a stream as Python does when it begins."""
    raw = open(number, f"{mode}b", closefd=False)  # noqa: SIM115 - for as long as the process
    return io.TextIOWrapper(
        raw,
        encoding=like.encoding,
        errors=like.errors,
        line_buffering=number == 2 or (mode == "w" and os.isatty(number)),
    )


if __name__ == "__main__":
    for command, _ in cli._COMMANDS.values():
        importlib.import_module(command.partition(":")[0])
    server = _Server(sys.argv[1])
    print("ready", flush=True)
    server.serve()
