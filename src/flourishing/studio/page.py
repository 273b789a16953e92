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

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from flourishing.studio.problems import MissingError

STATIC: Final = Path(__file__).with_name("static")
_ASSETS: Final = "assets"
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
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_PACKED: Final = frozenset({".js", ".css", ".svg"})
"""What compressing makes smaller; faces are compressed already."""


def serve(app: FastAPI) -> None:
    """Serve the page under each of its addresses, and its parts."""

    def page() -> Response:
        if not (STATIC / "index.html").is_file():
            raise MissingError(
                "The page is not built.", hint="Install the package again: pip install -e ."
            )
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    for path in _ADDRESSES:
        app.add_api_route(path, page, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount(f"/{_ASSETS}", _Assets(directory=STATIC / _ASSETS, check_dir=False), name="assets")
    app.mount("/", _Parts(directory=STATIC, check_dir=False), name="static")


class _Parts(StaticFiles):
    """What belongs to the page under a name that stays."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """Give a part; to a person who went astray, the page, which says so in its own way."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != HTTPStatus.NOT_FOUND or not _for_a_person(scope):
                raise
            return FileResponse(STATIC / "index.html", status_code=404)
        response.headers["Cache-Control"] = "no-cache"
        return response


class _Assets(_Parts):
    """What is named after its contents."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """Give a part out of the memory."""
        full, found = self.lookup_path(path)
        if scope["method"] not in {"GET", "HEAD"} or found is None or not S_ISREG(found.st_mode):
            return await super().get_response(path, scope)
        asset = _read(full)
        headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
        body = asset.plain
        if asset.packed is not None and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = asset.packed
        return Response(body, headers=headers, media_type=asset.kind)


class _Asset(NamedTuple):
    kind: str
    plain: bytes
    packed: bytes | None


@cache
def _read(path: str) -> _Asset:
    plain = Path(path).read_bytes()
    packed = gzip.compress(plain, 9, mtime=0) if Path(path).suffix in _PACKED else None
    return _Asset(mimetypes.guess_type(path)[0] or "application/octet-stream", plain, packed)


def _for_a_person(scope: MutableMapping[str, Any]) -> bool:
    """Say whether a browser asks for a page to show, and not a part of one or an answer."""
    wanted = "text/html" in Headers(scope=scope).get("accept", "")
    return wanted and not scope["path"].startswith("/api/") and (STATIC / "index.html").is_file()
