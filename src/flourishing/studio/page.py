"""The page itself, and what belongs to it.

The page names its parts by their contents, so a browser keeps them for ever and only asks for the
page anew. They are read and compressed once: a first visit asks for all of them in one moment, in
which nothing else should be waited for.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import MutableMapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from flourishing import blocking
from flourishing.studio.problems import MissingError

STATIC: Final = Path(__file__).with_name("static")
_ADDRESSES: Final = (
    "/",
    "/refine",
    "/library",
    "/beds",
    "/library/{_:path}",
    "/texts/{_}",
    "/lineage",
    "/lineage/{_}",
)
_ASKED_ANEW: Final = "no-cache"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_PACKED: Final = frozenset({".js", ".css", ".html", ".svg"})
"""What compressing makes smaller; faces are compressed already."""


def serve(app: FastAPI) -> None:
    """Serve the page under each of its addresses, and its parts.

    Args:
        app: The application.
    """

    async def page(request: Request) -> Response:
        return await blocking.run(_page, request.headers)

    for path in _ADDRESSES:
        app.add_api_route(path, page, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/", _Parts(directory=STATIC, check_dir=False), name="static")


class _Parts(StaticFiles):
    """What belongs to the page."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """Give a part; to a person who went astray, the page, which says so in its own way.

        Args:
            path: The path of the file below the folder of the page.
            scope: The scope of the request.
        """
        return await blocking.run(self._part, path, scope)

    def _part(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        headers = Headers(scope=scope)
        try:
            full, found = self.lookup_path(path)
        except (ValueError, OSError):  # a NUL, or a name that is too long for any file
            full, found = "", None
        if found is None or not S_ISREG(found.st_mode):
            if not _for_a_person(scope, headers):
                raise HTTPException(HTTPStatus.NOT_FOUND)
            return _page(headers, status=HTTPStatus.NOT_FOUND)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        lasts = _FOR_EVER if path.startswith("assets/") else _ASKED_ANEW
        return _answer(_read(full, found.st_mtime_ns), headers, lasts)


class _Part(NamedTuple):
    kind: str
    plain: bytes
    packed: bytes | None


@cache
def _read(path: str, _changed: int) -> _Part:
    """Read a part, once for each time at which it was changed."""
    plain = Path(path).read_bytes()
    packed = gzip.compress(plain, 9, mtime=0) if Path(path).suffix in _PACKED else None
    return _Part(mimetypes.guess_type(path)[0] or "application/octet-stream", plain, packed)


def _page(headers: Headers, status: HTTPStatus = HTTPStatus.OK) -> Response:
    index = STATIC / "index.html"
    if not index.is_file():
        raise MissingError(
            "The page is not built.", hint="Install the package again: pip install -e ."
        )
    part = _read(str(index), index.stat().st_mtime_ns)
    return _answer(part, headers, _ASKED_ANEW, status=status)


def _answer(
    part: _Part, headers: Headers, lasts: str, *, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    sent = {"Cache-Control": lasts, "Vary": "Accept-Encoding"}
    body = part.plain
    if part.packed is not None and "gzip" in headers.get("accept-encoding", ""):
        sent["Content-Encoding"] = "gzip"
        body = part.packed
    return Response(body, status_code=status, headers=sent, media_type=part.kind)


def _for_a_person(scope: MutableMapping[str, Any], headers: Headers) -> bool:
    """Say whether a browser asks for a page to show, and not a part of one or an answer."""
    return "text/html" in headers.get("accept", "") and not scope["path"].startswith("/api/")
