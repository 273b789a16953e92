"""The application: the API, and the page that uses it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.middleware.gzip import GZipMiddleware

from flourishing.errors import PatternError
from flourishing.garden import Bed, Garden
from flourishing.kinds import named_pattern, usable_kinds
from flourishing.pattern import PATTERNS
from flourishing.sampling import SETTINGS
from flourishing.settings import own_patterns
from flourishing.studio import (
    beds,
    broods,
    exchange,
    library,
    lineage,
    origins,
    page,
    problems,
    texts,
)
from flourishing.studio.bodies import KindBody, ModelBody, PatternBody
from flourishing.studio.bodies_beds import SettingBody, StudioBody
from flourishing.studio.bodies_events import EVENTS, ChangedBody
from flourishing.studio.engines import Engines
from flourishing.studio.guard import Door, Guard
from flourishing.studio.house import House, InHouse, Session
from flourishing.studio.sessions import Sessions
from flourishing.studio.telling import tell_kind
from flourishing.studio.telling_beds import tell_bed
from flourishing.workshop import tending

_ROUTERS: Final = (
    beds.router,
    broods.router,
    texts.router,
    lineage.router,
    library.router,
    origins.router,
    exchange.router,
)

router = APIRouter(prefix="/api", tags=["studio"])


@router.get("/studio")
async def show_studio(house: InHouse, session: Session) -> StudioBody:
    """Say what the page has to know first; on the first visit, a bed is made ready."""
    garden = house.garden
    known = await asyncio.to_thread(garden.beds.all)
    if known:
        bed = known[0]
    elif garden.read_only:
        bed = Bed(id=0, name="", at=datetime.now(UTC))  # nothing can be bred
    else:
        bed = await tending.first_bed(garden, house.engines.open("echo"))
    if bed.id:
        await beds.read_ahead(house, bed)
    return StudioBody(
        version=version("flourishing"),
        garden=garden.name,
        bed=await asyncio.to_thread(tell_bed, house, bed),
        first_visit=not known,
        can_log_out=session not in {"here", "token"},
        models=house.engines.all(),
        patterns=_patterns(),
        settings=[SettingBody.of(each) for each in SETTINGS.values()],
        kinds=list_kinds(),
    )


@router.post("/logout", status_code=204)
async def log_out(
    request: Request, house: InHouse, session: Session, everywhere: bool = False
) -> Response:
    """End the session of this browser, and its streams of events; or the sessions of all."""
    sessions: Sessions = request.app.state.sessions
    for each in sessions.keys() if everywhere else [session]:
        sessions.end(each)
        house.streams.end(each)
    answer = Response(status_code=204)
    answer.delete_cookie(request.app.state.door.cookie, httponly=True, samesite="strict")
    return answer


@router.get("/kinds")
def list_kinds() -> list[KindBody]:
    """List the kinds of text that can be bred: those that ship, and the person's own."""
    return [tell_kind(each) for each in usable_kinds()]


@router.get("/models")
def list_models(house: InHouse) -> list[ModelBody]:
    """List the base models that can be chosen, and how it is with each."""
    return house.engines.all()


@router.post("/models/load")
async def load_model(house: InHouse, name: str) -> ModelBody:
    """Begin to load a model."""
    house.engines.load(name)
    return house.engines.tell(name)


def make_app(garden: Garden, *, door: Door, model: str | None = None) -> FastAPI:
    """Make the studio's application.

    Args:
        garden: Where everything is; closed by whoever opened it.
        door: Who is let in.
        model: The base model where a bed names none; None for the one that is configured.
    """

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncGenerator[None]:
        app.state.house = House(garden, Engines(model))
        gc.freeze()  # what was imported stays; looking through it again would only hold us up
        yield
        await app.state.house.close()

    app = FastAPI(
        title="Flourishing",
        version=version("flourishing"),
        description="Breed text with base language models.",
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        responses=problems.described(),
        separate_input_output_schemas=True,
    )
    problems.install(app)
    for each in (router, *_ROUTERS):
        app.include_router(each)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's own way
    page.serve(app)
    app.add_middleware(GZipMiddleware, minimum_size=2_000, compresslevel=5)
    app.state.door, app.state.sessions = door, Sessions(door.token)
    app.add_middleware(Guard, door=door, sessions=app.state.sessions)
    return app


def describe(app: FastAPI) -> dict[str, Any]:
    """Give the description of the API, with what server-sent events hold, which OpenAPI lacks."""
    if app.openapi_schema is None:
        told = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            separate_input_output_schemas=True,
        )
        bodies: list[type[BaseModel]] = [*dict.fromkeys(EVENTS.values()), ChangedBody]
        _, events = models_json_schema(
            [(each, "serialization") for each in bodies],
            ref_template="#/components/schemas/{model}",
        )
        schemas = told["components"]["schemas"]
        for name, schema in events["$defs"].items():
            schemas.setdefault(name, schema)
        app.openapi_schema = told
    return app.openapi_schema


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
