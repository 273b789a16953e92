"""What goes out of the garden and what comes in, over the wire: files, and chapbooks.

A chapbook is markup that we make of texts that anybody may have written. So it is shown under a
policy of its own, which lets it do nothing but look like itself.
"""

from __future__ import annotations

import asyncio
import io
import re
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from flourishing.chapbook import Chapbook, require_fonts, to_epub, to_html, to_pdf
from flourishing.errors import InputError
from flourishing.exchange.paths import Take
from flourishing.garden import Garden, Stored
from flourishing.studio.bodies import MOST_AT_ONCE, Label, Number
from flourishing.studio.bodies_library import (
    ChapbookRequest,
    ExportRequest,
    ImportResponse,
    Line,
    TextsRequest,
)
from flourishing.studio.house import House, InHouse
from flourishing.studio.importing import (
    LONGEST_NAME,
    NO_NAME,
    safe_file_name,
    to_import_response,
)
from flourishing.studio.library import find_collection
from flourishing.workshop import passing
from flourishing.workshop.import_file import ImportRequest, import_texts
from flourishing.workshop.text_query import find_texts

router = APIRouter(prefix="/api", tags=["exchange"])

_BOOK_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
)
_ANY_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_DOWNLOAD: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_BOOKS: Final[dict[str, tuple[str, Callable[[Chapbook], bytes]]]] = {
    "html": ("text/html; charset=utf-8", lambda book: to_html(book).encode("utf-8")),
    "epub": ("application/epub+zip", to_epub),
    "pdf": ("application/pdf", to_pdf),
}


@router.post("/import", openapi_extra=_ANY_FILE)
async def import_file(
    house: InHouse,
    request: Request,
    name: Annotated[str, Query(max_length=1_000)] = "",
    preview: bool = False,
    form: Annotated[str | None, Query(max_length=40)] = None,
    take: Take = "marked",
    separator: Annotated[str | None, Query(max_length=200)] = None,
    column: Annotated[str | None, Query(max_length=200)] = None,
    delimiter: Annotated[str | None, Query(max_length=20)] = None,
    encoding: Annotated[str | None, Query(max_length=40)] = None,
    unescape: bool = False,
    into: Label | None = None,
) -> ImportResponse:
    """Bring in the texts of a file: a loom's, plain text, CSV, JSON, or what was exported here.

    Of Markdown pages, one or a zip, what was changed since they were exported becomes edits, and
    others become new texts.
    """
    asked = ImportRequest(
        source=await request.body(),
        name=safe_file_name(name),
        form=form,
        take=take,
        separator=separator,
        column=column,
        delimiter=delimiter,
        encoding=encoding,
        unescape=unescape,
        preview=preview,
        into=into,
    )
    return to_import_response(await asyncio.to_thread(import_texts, house.garden, asked))


@router.post("/import/{act}/undo", status_code=204)
def undo_import(house: InHouse, act: Number) -> None:
    """Take back all that a file brought; the texts stay in the garden, no longer kept."""
    house.garden.undo_import(act)


@router.post("/export", response_class=Response, responses=_DOWNLOAD)
def export(house: InHouse, asked: ExportRequest) -> Response:
    """Write texts out, as one file: a zip of Markdown pages, lines of JSON, or plain text."""
    garden = house.garden
    if asked.form == "preferences":
        lines = "".join(f"{line}\n" for line in passing.to_preferences(garden, passed=asked.passed))
        return _file(lines.encode("utf-8"), "flourishing-preferences.jsonl", "application/x-ndjson")
    texts = _find(garden, asked)
    if not texts:
        raise InputError("There is nothing to export.", hint="Keep a text first, or choose some.")
    today = f"flourishing-{datetime.now(UTC):%Y-%m-%d}"
    if asked.form == "markdown":
        return _file(_zipped(garden, texts), f"{today}.zip", "application/zip")
    if asked.form == "plain":
        words = passing.to_plain(texts).encode()
        return _file(words, f"{today}.txt", "text/plain; charset=utf-8")
    lines = "".join(
        f"{line}\n" for line in passing.to_jsonl(garden.export([text.id for text in texts]))
    )
    return _file(lines.encode("utf-8"), f"{today}.jsonl", "application/x-ndjson")


@router.post("/garden/backup", response_class=FileResponse, responses=_DOWNLOAD)
async def back_up(house: InHouse) -> FileResponse:
    """Give the whole garden as one file, with what came and could not be stored until now."""
    made = tempfile.TemporaryDirectory(prefix="flourishing-")
    try:
        path = await asyncio.to_thread(_backed_up, house, Path(made.name))
    except BaseException:
        made.cleanup()
        raise
    return FileResponse(
        path,
        filename=f"flourishing-{datetime.now(UTC):%Y-%m-%d}.db",
        media_type="application/vnd.sqlite3",
        background=BackgroundTask(made.cleanup),
    )


@router.post("/chapbook", response_class=Response, responses=_DOWNLOAD)
def print_chapbook(house: InHouse, bound: ChapbookRequest) -> Response:
    """Print a chapbook: the texts, in this order."""
    kind, write = _BOOKS[bound.form]
    texts = _find(house.garden, bound, oldest_first=True)
    book = passing.chapbook(house.garden, texts, title=bound.title, by=bound.by, note=bound.note)
    if bound.form == "pdf":
        require_fonts(book)
    name = f"{NO_NAME.sub(' ', bound.title).strip(' .')[:LONGEST_NAME] or 'chapbook'}.{bound.form}"
    answer = _file(write(book), name, kind)
    answer.headers["Content-Security-Policy"] = _BOOK_POLICY
    return answer


@router.get("/chapbook", response_class=Response)
def preview_chapbook(
    house: InHouse,
    ids: Annotated[str, Query(pattern=r"^[1-9][0-9]{0,17}(,[1-9][0-9]{0,17})*$")],
    title: Line = "",
    by: Line = "",
    note: Annotated[str, Query(max_length=10_000)] = "",
) -> Response:
    """Show a chapbook as it would be printed, as a page that may do nothing but be looked at."""
    numbers = [int(each) for each in ids.split(",")]
    if len(numbers) > MOST_AT_ONCE:
        raise InputError("These are too many texts for one book.", hint="Bind fewer of them.")
    texts = house.garden.texts(numbers)
    title = title if title.strip() else "Untitled"
    book = passing.chapbook(house.garden, texts, title=title, by=by, note=note)
    return Response(
        to_html(book),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _BOOK_POLICY, "Cache-Control": "no-store"},
    )


def _backed_up(house: House, folder: Path) -> Path:
    path = folder / "garden.db"
    house.garden.back_up(path)
    if house.garden.read_only:
        return path
    with Garden(path) as copy:
        house.broods.store_in(copy)
        whole = folder / "whole.db"
        copy.back_up(whole)
    return whole


def _zipped(garden: Garden, texts: list[Stored]) -> bytes:
    buffer = io.BytesIO()
    with (
        tempfile.TemporaryDirectory(prefix="flourishing-") as made,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for path in passing.write_folder(garden, texts, Path(made)):
            archive.write(path, f"flourishing/{path.name}")
    return buffer.getvalue()


def _find(garden: Garden, asked: TextsRequest, *, oldest_first: bool = False) -> list[Stored]:
    if asked.collection is not None:
        find_collection(garden, asked.collection)  # one that is missing is a 404
    return find_texts(garden, asked.query(), oldest_first=oldest_first)


def _file(content: bytes, name: str, kind: str) -> Response:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=kind, headers={"Content-Disposition": disposition})
