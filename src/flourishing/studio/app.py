"""The application: the API, and the page that uses it.

Every endpoint and every dependency is a coroutine, and what blocks goes through `AsyncGarden` or
`blocking`. FastAPI would call plain functions in AnyIO's threads, which are 40 for everything: as
many writers as that wait for a locked garden, and the server answers nobody.

The page names its parts by their contents, so a browser keeps them for ever and only asks for the
page anew. They are read and compressed once: a first visit asks for all of them in one moment, in
which nothing else should be waited for.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import AsyncGenerator, MutableMapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cache, partial
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from flourishing import blocking
from flourishing.app import bed_operations
from flourishing.core.sampling import PRESETS, SETTINGS
from flourishing.errors import InputError, PatternError
from flourishing.garden import AsyncGarden, Bed, Garden
from flourishing.kinds import named_pattern, usable_kinds
from flourishing.models.images import IMAGE
from flourishing.patterns import PATTERNS
from flourishing.settings import named_models, own_patterns
from flourishing.studio import (
    acts,
    beds,
    broods,
    import_export,
    library,
    likenesses,
    models,
    problems,
    prompts,
    renderings,
    runs,
    texts,
)
from flourishing.studio.app_state import AppState, CurrentState, Session
from flourishing.studio.engines import Engines
from flourishing.studio.guard import Door, Guard
from flourishing.studio.login import Sessions
from flourishing.studio.problems import MissingError
from flourishing.studio.schemas.beds import PresetBody, SettingBody, StudioBody
from flourishing.studio.schemas.models import PullsBody
from flourishing.studio.schemas.runs import RUN_EVENTS
from flourishing.studio.schemas.texts import EVENTS, ChangedBody, KindBody, PatternBody
from flourishing.studio.serializers import serialize_kind

STATIC: Final = Path(__file__).with_name("static")
_ADDRESSES: Final = (
    "/",
    "/refine",
    "/library",
    "/beds",
    "/beds/{_:int}",
    "/beds/{_:int}/refine",
    "/models",
    "/library/{_:path}",
    "/texts/{_}",
    "/finished/{_}",
    "/lineage",
    "/lineage/{_}",
    "/runs",
    "/runs/{_:path}",
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
        app.add_route(path, page, methods=["GET"], include_in_schema=False)
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


_ROUTERS: Final = (
    acts.router,
    beds.router,
    broods.router,
    texts.router,
    texts.lineage_router,
    renderings.router,
    prompts.router,
    library.router,
    texts.origins_router,
    import_export.router,
    models.router,
    runs.router,
    likenesses.router,
)

_VERSION: Final = version("flourishing")

router = problems.make_router("/api", "studio")


@router.get("/studio")
async def show_studio(state: CurrentState, session: Session) -> StudioBody:
    """Say what the page has to know first; on the first visit, a bed is made ready."""
    garden = state.garden
    last = await garden.read(_last_bed)
    if last is not None:
        bed = last
    elif garden.read_only:
        bed = Bed(id=0, name="", at=datetime.now(UTC))  # nothing can be bred
    else:
        bed = await bed_operations.first_bed(garden, await state.engines.open("echo"))
    if bed.id:
        await beds.read_ahead(state, bed)
    return StudioBody(
        version=_VERSION,
        garden=garden.name,
        bed=await beds.body_of(state, bed),
        first_visit=last is None,
        can_log_out=session not in {"here", "token"},
        models=await state.engines.all(),
        patterns=await blocking.run(_patterns),
        settings=[SettingBody.of(each) for each in SETTINGS.values()],
        presets=[
            PresetBody(name=name, about=preset.about, settings=preset.options.as_dict())
            for name, preset in PRESETS.items()
        ],
        kinds=await blocking.run(_kinds),
        draws=await blocking.run(_draws),
    )


@router.post("/logout", status_code=204)
async def log_out(
    request: Request, state: CurrentState, session: Session, everywhere: bool = False
) -> Response:
    """End the session of this browser, and its streams of events; or the sessions of all."""
    sessions: Sessions = request.app.state.sessions
    for each in sessions.keys() if everywhere else [session]:
        sessions.end(each)
        state.streams.end(each)
    answer = Response(status_code=204)
    answer.delete_cookie(request.app.state.door.cookie, httponly=True, samesite="strict")
    return answer


@router.get("/kinds")
async def list_kinds() -> list[KindBody]:
    """List the kinds of text that can be bred: those that ship, and the person's own."""
    return await blocking.run(_kinds)


def _draws() -> bool:
    """Say whether pictures of texts can be asked for; a faulty configuration is said elsewhere."""
    try:
        return IMAGE in named_models()
    except InputError:
        return False


def make_app(garden: Garden, *, door: Door, model: str | None = None) -> FastAPI:
    """Make the studio's application.

    Args:
        garden: Where everything is; closed by whoever opened it.
        door: Who is let in.
        model: The base model where a bed names none; None for the one that is configured.
    """

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncGenerator[None]:
        app.state.shared = AppState(AsyncGarden(garden), Engines(model))
        yield
        await app.state.shared.close()

    app = FastAPI(
        title="Flourishing",
        version=_VERSION,
        description="Breed text with base language models.",
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=True,
    )
    problems.install(app)
    for each in (router, *_ROUTERS):
        # Not `include_router`, which builds every route once more, at its first request.
        app.router.routes.extend(each.routes)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's own way
    serve(app)
    app.add_middleware(GZipMiddleware, minimum_size=2_000, compresslevel=5)
    app.state.door, app.state.sessions = door, Sessions(door.token)
    app.add_middleware(Guard, door=door, sessions=app.state.sessions)
    return app


def describe(app: FastAPI) -> dict[str, Any]:
    """Give the description of the API, with what server-sent events hold, which OpenAPI lacks.

    Args:
        app: The application.
    """
    if app.openapi_schema is None:
        description = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            separate_input_output_schemas=True,
        )
        bodies: list[type[BaseModel]] = [
            *dict.fromkeys((*EVENTS.values(), *RUN_EVENTS.values())),
            ChangedBody,
            PullsBody,
        ]
        _, events = models_json_schema(
            [(each, "serialization") for each in bodies],
            ref_template="#/components/schemas/{model}",
        )
        schemas = description["components"]["schemas"]
        for name, schema in events["$defs"].items():
            schemas.setdefault(name, schema)
        app.openapi_schema = description
    return app.openapi_schema


def _last_bed(garden: Garden) -> Bed | None:
    return garden.beds.last()


def _kinds() -> list[KindBody]:
    return [serialize_kind(each) for each in usable_kinds()]


def _patterns() -> list[PatternBody]:
    """Give the patterns that can be used; a broken file must not close the whole studio."""
    found = {}
    for name in (*PATTERNS, *own_patterns()):
        with suppress(PatternError):
            found[name] = named_pattern(name)
    return [
        PatternBody(name=name, about=each.description, chains=bool(each.link))
        for name, each in found.items()
    ]
