"""Import and export over HTTP: files, backups, chapbooks, and what is shared.

A chapbook is markup that we make of texts that anybody may have written. So it is shown under a
policy of its own, which lets it do nothing but look like itself.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import quote

from fastapi import Query, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from flourishing import blocking
from flourishing.app import export_files
from flourishing.app.import_file import ImportRequest, ImportResult, import_texts
from flourishing.app.share import Gathered, contents, gather, make_file
from flourishing.app.text_query import find_texts
from flourishing.errors import InputError
from flourishing.formats.chapbook import (
    Chapbook,
    require_fonts,
    to_epub,
    to_html,
    to_pages,
    to_pdf,
)
from flourishing.formats.detect import Take
from flourishing.garden import AsyncGarden, Garden, Stored
from flourishing.studio.app_state import CurrentState
from flourishing.studio.breeding_jobs import BreedingJobs
from flourishing.studio.library import find_collection
from flourishing.studio.problems import make_router
from flourishing.studio.schemas.library import (
    Book,
    ChapbookRequest,
    ExportRequest,
    FileChange,
    ImportResponse,
    Line,
    SharedContents,
    ShareQuery,
    TextsRequest,
)
from flourishing.studio.schemas.texts import MOST_AT_ONCE, Label, Number
from flourishing.studio.serializers import serialize_texts
from flourishing.studio.texts import find_text

NO_NAME: Final = re.compile(r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|]+')
"""What stands in the name of no file."""
LONGEST_NAME: Final = 60
_SHOWN: Final = 100
_NAMED: Final = 20
"""The most problems that are named one by one."""


def to_import_response(result: ImportResult) -> ImportResponse:
    """Give what came of an import, with the first of its texts.

    Args:
        result: What came of it.
    """
    return ImportResponse(
        format=result.format,
        count=result.count,
        texts=[] if result.kind == "pages" else serialize_texts(result.texts[:_SHOWN]),
        ids=[each.id for each in result.texts if isinstance(each, Stored)],
        fresh=list(result.fresh),
        known=result.known,
        notes=_notes(result),
        changes=[
            FileChange(kind=each.kind, name=str(each.path), content=each.content)
            for each in result.changes[:_SHOWN]
        ],
        stored=result.stored,
        act=result.act,
    )


def _notes(result: ImportResult) -> list[str]:
    """Say all that a person should know: the page shows it in one place."""
    problems = list(result.problems)
    if result.kind == "pages":
        nothing = [] if result.changes else ["Nothing in them is new or was changed."]
        return [*nothing, *result.notes, *problems]
    notes = list(result.notes)
    if result.kind == "garden":
        notes.insert(0, "They bring with them all that they came from.")
    if known := result.known_in_words():
        notes.append(known)
    if problems:
        words = f"{len(problems):,} of its records cannot be brought in:"
        notes += [words, *problems[:_NAMED]]
    return notes


def safe_file_name(given: str) -> str:
    """Make of a name from outside one that is safe here: only its end and its suffix matter.

    Args:
        given: The name, as it was sent.
    """
    last = re.split(r"[/\\]", given)[-1]
    path = Path(NO_NAME.sub(" ", last).strip(" ."))
    stem, suffix = path.stem[:LONGEST_NAME].strip(" ."), path.suffix[:10]
    return f"{stem or 'file'}{suffix}"


C = TypeVar("C", bound=TextsRequest)
T = TypeVar("T")

router = make_router("/api", "exchange")

_BOOK_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
)
_PAGES_POLICY: Final = f"img-src data:; {_BOOK_POLICY}"
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
_SHARED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/png", "text/html", "text/plain")
        },
    }
}
_BOOKS: Final[dict[str, tuple[str, Callable[[Chapbook], bytes]]]] = {
    "html": ("text/html; charset=utf-8", lambda book: to_html(book).encode("utf-8")),
    "epub": ("application/epub+zip", to_epub),
    "pdf": ("application/pdf", to_pdf),
}


@router.post("/import", openapi_extra=_ANY_FILE)
async def import_file(
    state: CurrentState,
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
    by: Line = "",
    mine: bool | None = None,
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
        by=by,
        mine=mine,
    )
    call = state.garden.read if preview else state.garden.write
    return to_import_response(await call(import_texts, asked))


@router.post("/export", response_class=Response, responses=_DOWNLOAD)
async def export(state: CurrentState, asked: ExportRequest) -> Response:
    """Write texts out, as one file: a zip of Markdown pages, lines of JSON, or plain text."""
    return await _with_texts(state.garden, _export, asked)


@router.post("/garden/backup", response_class=FileResponse, responses=_DOWNLOAD)
async def back_up(state: CurrentState) -> FileResponse:
    """Give the whole garden as one file, with what came and could not be stored until now."""
    made = await blocking.run(_folder)
    try:
        path = await state.garden.read(_backed_up, state.jobs, Path(made.name))
    except BaseException:
        await blocking.run(made.cleanup)
        raise
    return FileResponse(
        path,
        filename=f"flourishing-{datetime.now(UTC):%Y-%m-%d}.db",
        media_type="application/vnd.sqlite3",
        background=BackgroundTask(blocking.run, made.cleanup),
    )


@router.post("/chapbook", response_class=Response, responses=_DOWNLOAD)
async def print_chapbook(state: CurrentState, bound: ChapbookRequest) -> Response:
    """Print a chapbook: the texts, in this order."""
    book = await _with_texts(state.garden, _book, bound)
    return await blocking.run(_printed, book, bound)


@router.get("/chapbook", response_class=Response)
async def preview_chapbook(
    state: CurrentState,
    ids: Annotated[str, Query(pattern=r"^[1-9][0-9]{0,17}(,[1-9][0-9]{0,17})*$")],
    title: Line = "",
    by: Line = "",
    note: Annotated[str, Query(max_length=10_000)] = "",
    form: Book = "html",
) -> Response:
    """Show a chapbook as it would be printed, as a page that may do nothing but be looked at.

    Of a PDF the pages are shown as they are set.
    """
    numbers = [int(each) for each in ids.split(",")]
    if len(numbers) > MOST_AT_ONCE:
        raise InputError("These are too many texts for one book.", hint="Bind fewer of them.")
    title = title if title.strip() else "Untitled"
    book = await state.garden.read(
        lambda garden: export_files.chapbook(
            garden, garden.texts(numbers), title=title, by=by, note=note
        )
    )
    return Response(
        await blocking.run(to_pages if form == "pdf" else to_html, book),
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": _PAGES_POLICY if form == "pdf" else _BOOK_POLICY,
            "Cache-Control": "no-store",
        },
    )


@router.get("/texts/{text_id}/share", response_class=Response, responses=_SHARED)
async def share_text(
    state: CurrentState, text_id: Number, asked: Annotated[ShareQuery, Query()]
) -> Response:
    """Share a text or its family: as a picture, a page for another garden, or plain text."""
    gathered = await state.garden.read(_gathered, text_id, asked)
    file = await state.renderers.run(make_file, gathered)
    answer = _file(file.data, file.name, file.media_type)
    answer.headers["Content-Security-Policy"] = _BOOK_POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/texts/{text_id}/share/contents")
async def show_shared_contents(
    state: CurrentState, text_id: Number, asked: Annotated[ShareQuery, Query()]
) -> SharedContents:
    """Say what a file to share would have in it: how many texts, and which names."""
    gathered = await state.garden.read(_gathered, text_id, asked)
    found = contents(gathered)
    return SharedContents(texts=found.texts, names=list(found.names), models=list(found.models))


def _gathered(garden: Garden, text_id: int, asked: ShareQuery) -> Gathered:
    find_text(garden, text_id)  # one that is missing is a 404
    return gather(garden, asked.request(text_id))


async def _with_texts(garden: AsyncGarden, make: Callable[[Garden, C], T], chosen: C) -> T:
    """Make something of the texts that were chosen; what only ships gets numbers first."""
    if chosen.collection is not None:
        return await garden.write(make, chosen)
    return await garden.read(make, chosen)


def _export(garden: Garden, asked: ExportRequest) -> Response:
    if asked.form == "preferences":
        lines = "".join(
            f"{line}\n" for line in export_files.to_preferences(garden, passed=asked.passed)
        )
        return _file(lines.encode("utf-8"), "flourishing-preferences.jsonl", "application/x-ndjson")
    texts = _find(garden, asked)
    if not texts:
        raise InputError("There is nothing to export.", hint="Keep a text first, or choose some.")
    today = f"flourishing-{datetime.now(UTC):%Y-%m-%d}"
    if asked.form == "markdown":
        return _file(_zipped(garden, texts), f"{today}.zip", "application/zip")
    if asked.form == "plain":
        words = export_files.to_plain(texts).encode()
        return _file(words, f"{today}.txt", "text/plain; charset=utf-8")
    lines = "".join(
        f"{line}\n" for line in export_files.to_jsonl(garden.export([text.id for text in texts]))
    )
    return _file(lines.encode("utf-8"), f"{today}.jsonl", "application/x-ndjson")


def _book(garden: Garden, bound: ChapbookRequest) -> Chapbook:
    texts = _find(garden, bound, oldest_first=True)
    return export_files.chapbook(garden, texts, title=bound.title, by=bound.by, note=bound.note)


def _printed(book: Chapbook, bound: ChapbookRequest) -> Response:
    kind, write = _BOOKS[bound.form]
    if bound.form == "pdf":
        require_fonts(book)
    name = f"{NO_NAME.sub(' ', bound.title).strip(' .')[:LONGEST_NAME] or 'chapbook'}.{bound.form}"
    answer = _file(write(book), name, kind)
    answer.headers["Content-Security-Policy"] = _BOOK_POLICY
    return answer


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="flourishing-")


def _backed_up(garden: Garden, jobs: BreedingJobs, folder: Path) -> Path:
    path = folder / "garden.db"
    garden.back_up(path)
    if garden.read_only:
        return path
    with Garden(path) as copy:
        jobs.store_in(copy)
        whole = folder / "whole.db"
        copy.back_up(whole)
    return whole


def _zipped(garden: Garden, texts: list[Stored]) -> bytes:
    buffer = io.BytesIO()
    with (
        tempfile.TemporaryDirectory(prefix="flourishing-") as made,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for path in export_files.write_folder(garden, texts, Path(made)):
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
