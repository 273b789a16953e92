"""A small hub on the loopback interface.

It lists repositories, and serves their files as huggingface-hub expects: `/api/models/…` with sizes
and SHA-256, `…/resolve/…` with the headers of a large file and a redirect to another host (here
another port), which knows ranges. And it can misbehave: break off, change bytes, lose files, ask
for a token.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the hub, or the host of its files, was sent."""

    host: str
    path: str
    token: str
    range: str


@dataclass(slots=True)
class Hub:
    """What the hub has, how it behaves, and what it was asked.

    Attributes:
        files: The bytes of each file, by "owner/name/path".
        served: Other bytes than those that are listed, for the same key.
        token: What must be shown to download; empty for nothing.
        status: Answered to every listing, where it is not 200.
        page: Answered to every listing instead of JSON.
        breaks: After how many bytes each of the next downloads breaks off.
        hangs: After how many bytes a download stops without ending.
        slowly: Seconds between two blocks of 8 kB of a download.
        ranges: Whether the host of the files knows ranges.
        hashes: Whether the listing has checksums.
        down: Whether downloads are answered at all.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    served: dict[str, bytes] = field(default_factory=dict)
    token: str = ""
    status: int = 200
    page: str = ""
    breaks: list[int] = field(default_factory=list)
    hangs: int | None = None
    slowly: float = 0.0
    ranges: bool = True
    hashes: bool = True
    down: bool = False
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    host: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def downloads(self) -> list[Asked]:
        """Give what the host of the files was asked."""
        return [each for each in self.asked if each.host == "files"]


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Run a hub while the block runs."""
    hub = Hub()
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _answering(hub, each)) for each in _KINDS]
    hub.url, hub.host = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    threads = [
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        for server in servers
    ]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        hub.ended.set()
        for server in servers:
            server.shutdown()
            server.server_close()


class _Answer(BaseHTTPRequestHandler):
    hub: Hub
    kind: str
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
        """Be silent."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        headers = self.headers
        self.hub.asked.append(
            Asked(self.kind, self.path, headers["Authorization"] or "", headers["Range"] or "")
        )
        path = unquote(urlsplit(self.path).path)
        if self.kind == "files":
            self.file(path.removeprefix("/"))
        elif found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/.*)?", path):
            self.listing(found[1])
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self.resolve(f"{found[1]}/{found[3]}", found[2])
        else:
            self.say(404)

    def listing(self, repository: str) -> None:
        hub = self.hub
        if hub.page or hub.status != 200:
            self.say(hub.status, hub.page.encode())
            return
        mine = {
            key.removeprefix(f"{repository}/"): content
            for key, content in hub.files.items()
            if key.startswith(f"{repository}/")
        }
        if not mine:
            self.say(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        siblings = [
            {"rfilename": name, "size": len(content), "blobId": "0" * 40}
            | (
                {"lfs": {"sha256": digest(content), "size": len(content), "pointerSize": 134}}
                if hub.hashes
                else {}
            )
            for name, content in mine.items()
        ]
        self.say(
            200, json.dumps({"id": repository, "sha": REVISION, "siblings": siblings}).encode()
        )

    def resolve(self, key: str, revision: str) -> None:
        hub = self.hub
        if hub.token and self.headers["Authorization"] != f"Bearer {hub.token}":
            self.say(401, b"", {"X-Error-Code": "GatedRepo"})
        elif key not in hub.files or revision != REVISION:
            self.say(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            content = hub.files[key]
            self.say(
                302,
                b"",
                {
                    "Location": f"{hub.host}/{key}",
                    "X-Repo-Commit": REVISION,
                    "X-Linked-Size": str(len(content)),
                    "X-Linked-Etag": f'"{digest(content)}"',
                },
            )

    def file(self, key: str) -> None:
        hub = self.hub
        if hub.down:
            self.close_connection = True
            return
        content = hub.served.get(key, hub.files.get(key, b""))
        start = 0
        if hub.ranges and (found := re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")):
            start = int(found[1])
        if start and start >= len(content):
            self.say(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        if hub.hangs is not None:
            self.wfile.write(rest[: hub.hangs])
            self.wfile.flush()
            hub.ended.wait(60)
            self.close_connection = True
        elif hub.breaks:
            self.wfile.write(rest[: hub.breaks.pop(0)])
            self.close_connection = True
        elif hub.slowly:
            for begin in range(0, len(rest), 8_192):
                self.wfile.write(rest[begin : begin + 8_192])
                self.wfile.flush()
                hub.ended.wait(hub.slowly)
        else:
            self.wfile.write(rest)

    def say(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_KINDS = ("hub", "files")


def _answering(hub: Hub, kind: str) -> type[_Answer]:
    return type("_Answering", (_Answer,), {"hub": hub, "kind": kind})


def digest(content: bytes) -> str:
    """Give the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
