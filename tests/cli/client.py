"""Hands its arguments, folder, environment and streams to `forking.py`, and ends as its fork does.

Run with `python -I -S`, which is up at once. What it is sent, it sends on.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType

SENT_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    place, *words = sys.argv[1:]
    early: list[int] = []
    pid = 0

    def send_on(number: int, _: FrameType | None) -> None:
        if not pid:
            early.append(number)
            return
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(pid, number)

    for number in SENT_ON:
        signal.signal(number, send_on)
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(place)
        asked = {"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109
        content = json.dumps(asked).encode()
        socket.send_fds(server, [len(content).to_bytes(4, "big")], [0, 1, 2])
        server.sendall(content)
        pid = int.from_bytes(server.recv(4), "big")
        for came in early:
            os.kill(pid, came)
        code = int.from_bytes(server.recv(4), "big", signed=True)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
