"""Models over the wire: the catalogue, pulls, files and servers that are added, and trying them.

Whoever is let in may look, and try a prompt on a model that is listed. To pull, add, choose a
default and forget changes what is on this machine, what it asks of others, and which file or
address is opened; so that is for whoever started the studio, and for nobody on the network: the
studio must listen on this machine alone, and ask for its token (`Door.is_private`).
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from typing import Annotated, TypeAlias

from fastapi import Depends, Query, Request
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import SecretStr

from flourishing import blocking, settings
from flourishing.app import models as use_cases
from flourishing.errors import FlourishingError
from flourishing.models import catalogue
from flourishing.models.catalogue import Model
from flourishing.models.catalogue.configuration import located_if_there
from flourishing.models.catalogue.download import free_room
from flourishing.models.catalogue.entries import described
from flourishing.models.catalogue.overview import without_secret
from flourishing.models.catalogue.speed import cores
from flourishing.models.endpoint import Address
from flourishing.models.endpoint.server import ServerModels
from flourishing.models.gguf import names_file, seems_instruct
from flourishing.models.probe_results import Probed, recalled
from flourishing.models.weights import EMBEDDED_NAMES
from flourishing.settings import NamedModel
from flourishing.studio.app_state import AppState, CurrentState, Session
from flourishing.studio.beds import find_bed
from flourishing.studio.engines import title
from flourishing.studio.problems import NotYoursError, make_router
from flourishing.studio.schemas.models import (
    AddedBody,
    CatalogueBody,
    CatalogueModel,
    DefaultAsked,
    DefaultBody,
    DescribedModel,
    FileAsked,
    FileBody,
    FolderBody,
    FoundBody,
    HubTokenAsked,
    HubTokenBody,
    KeptBody,
    KeyAsked,
    ListedModel,
    PromptTried,
    PullBody,
    PullsBody,
    ReportBody,
    ServerAdded,
    ServerAsked,
    ServerBody,
    ServerModel,
    SpeedBody,
    TriedBody,
)
from flourishing.studio.schemas.texts import Label, ModelBody, Number

router = make_router("/api/models", "models")

_EVENTS = "text/event-stream"
_STILL_HERE = 15.0
"""Seconds of silence after which a connection is shown to be alive."""
_HUB = "https://huggingface.co/"


async def _owned(request: Request) -> None:
    """Refuse whoever may not be the person that started the studio."""
    if not request.app.state.door.is_private:
        raise NotYoursError(
            "Models can be pulled, added and forgotten only where the studio listens on this "
            "machine alone and asks for its token.",
            hint="Start it without --host and --trust-local, or use flourishing models in a "
            "terminal.",
        )


OWNER = Depends(_owned)
Name: TypeAlias = Annotated[str, Query(max_length=4_000)]


@router.get("")
async def list_models(state: CurrentState) -> list[ModelBody]:
    """List the base models that can be chosen, and how it is with each."""
    return await state.engines.all()


@router.post("/load")
async def load_model(state: CurrentState, name: str) -> ModelBody:
    """Begin to load a model."""
    await state.engines.load(name)
    return await state.engines.show(name)


@router.get("/catalogue")
async def show_catalogue(request: Request, state: CurrentState) -> CatalogueBody:
    """Show what there is, what could be pulled, and what fits this machine; nobody is asked."""
    may_change = bool(request.app.state.door.is_private)
    return await blocking.run(_catalogue, state, state.pulls.bodies(), may_change)


@router.get("/kept")
async def show_kept(state: CurrentState, bed: Number | None = None) -> list[KeptBody]:
    """Show how many of each model's offspring are kept in a bed, or in the whole garden."""
    its = None if bed is None else await state.garden.read(find_bed, bed)
    return [
        KeptBody(
            title=title(without_secret(each.model)),
            seen=each.seen,
            kept=each.kept,
            dropped=each.dropped,
            parents=each.parents,
            share=each.share.value,
            low=each.share.low,
            high=each.share.high,
        )
        for each in await state.garden.read(lambda garden: garden.kept_by_model(its))
    ]


@router.post("/default", dependencies=[OWNER])
async def choose_default(state: CurrentState, asked: DefaultAsked) -> DefaultBody:
    """Make a listed model the one that is used where none is named, now and from the next start."""
    name = await state.engines.require(asked.name)
    used = await blocking.finish(catalogue.use, name)
    state.engines.choose(name)
    return DefaultBody(name=name, instruct_sign=used.instruct_sign, fixed=_fixed())


@router.delete("", status_code=204, dependencies=[OWNER])
async def forget_model(state: CurrentState, name: Name) -> Response:
    """Forget a model: what was pulled is removed, a file of a person's own stays where it is."""
    if any(each.name == name and each.state != "done" for each in state.pulls.bodies()):
        await state.pulls.remove(name)
    else:
        await state.engines.forget(name)
        await state.pulls.drop(name)
    return Response(status_code=204)


@router.post("/pulls", status_code=202, dependencies=[OWNER])
async def pull_model(state: CurrentState, name: Name) -> PullBody:
    """Begin to pull a model from the hub, or resume a pull."""
    return await state.pulls.begin(name)


@router.post("/pulls/pause", dependencies=[OWNER])
async def pause_pull(state: CurrentState, name: Name) -> PullBody:
    """Pause a pull; what came is kept."""
    return await state.pulls.pause(name)


@router.get("/pulls/events", response_class=StreamingResponse)
async def follow_pulls(state: CurrentState, session: Session) -> Response:
    """Follow all pulls, as server-sent events named `pulls`."""
    state.streams.require_room(session)

    async def events() -> AsyncGenerator[bytes]:
        before: list[PullBody] | None = None
        async for pulls in state.pulls.changes(at_least_every=_STILL_HERE):
            if pulls == before:
                yield format_sse_event(comment="still here")
            else:
                before = pulls
                data = PullsBody(pulls=pulls).model_dump_json()
                yield format_sse_event(event="pulls", data_str=data)

    following = state.streams.follow(session, events())
    return StreamingResponse(following, media_type=_EVENTS, headers={"Cache-Control": "no-store"})


@router.get("/folders", dependencies=[OWNER])
async def list_folder(folder: Name = "") -> FolderBody:
    """List the folders and GGUF files of a folder; without a path, where models usually are."""
    found = await blocking.run(use_cases.list_folder, folder)
    return FolderBody(
        path=found.path,
        parent=found.parent,
        folders=list(found.folders),
        files=[FileBody(path=file, size=size) for file, size in found.files],
        more=found.more,
    )


@router.post("/files", status_code=201, dependencies=[OWNER])
async def add_file(asked: FileAsked) -> AddedBody:
    """List a GGUF file of this machine; it stays where it is."""
    added = await blocking.finish(catalogue.add_file, asked.path)
    return AddedBody(name=str(added), key_kept=None)


@router.post("/servers/look", dependencies=[OWNER])
async def look_at_server(asked: ServerAsked) -> ServerBody:
    """Ask a server for its models."""
    return _server(await use_cases.look_at_server(asked.endpoint, _secret(asked.key)))


@router.post("/servers/find", dependencies=[OWNER])
async def find_servers() -> FoundBody:
    """Look for servers of models on this machine, at the ports where they usually listen."""
    found = await use_cases.find_servers()
    return FoundBody(
        servers=[_server(models, program) for program, models in found],
        asked=[f"{program} at {port}" for port, program in use_cases.LOCAL_PORTS.items()],
    )


@router.post("/servers", status_code=201, dependencies=[OWNER])
async def add_server(state: CurrentState, asked: ServerAdded) -> AddedBody:
    """List a model of a server; its key goes into the system's keyring."""
    added = await use_cases.add_server(
        asked.endpoint, asked.model, name=asked.name, key=_secret(asked.key)
    )
    state.engines.refresh(added.name)
    return AddedBody(name=added.name, key_kept=added.key_kept)


@router.post("/servers/key", dependencies=[OWNER])
async def give_key(state: CurrentState, asked: KeyAsked) -> AddedBody:
    """Give the key of a model's server anew."""
    kept = await blocking.finish(use_cases.give_key, asked.name, asked.key.get_secret_value())
    state.engines.refresh(asked.name)
    return AddedBody(name=asked.name, key_kept=kept)


@router.put("/hub/token", dependencies=[OWNER])
async def give_hub_token(asked: HubTokenAsked) -> HubTokenBody:
    """Keep a token for the hub in the system's keyring; "" removes it. It is in no answer."""
    await blocking.finish(use_cases.give_hub_token, asked.token.get_secret_value())
    return HubTokenBody(state=await blocking.run(use_cases.hub_token_state))


@router.post("/probe", dependencies=[OWNER])
async def probe_model(name: Label) -> ReportBody:
    """Find out what the server of a model does of what it is asked; it takes a dozen requests."""
    return _report(await use_cases.probe_server(name))


@router.post("/try")
async def try_prompt(state: CurrentState, asked: PromptTried) -> TriedBody:
    """Have a listed model continue a prompt, to see what it is like; nothing of it is stored."""
    model = await state.engines.open(asked.name)
    tried = await use_cases.try_prompt(asked.prompt, model, n=asked.n, max_tokens=asked.max_tokens)
    return TriedBody(
        name=asked.name,
        title=title(asked.name),
        texts=list(tried.texts),
        seconds=tried.seconds,
        tokens=tried.tokens,
        notes=list(tried.notes),
    )


def _secret(key: SecretStr | None) -> str | None:
    return None if key is None else key.get_secret_value()


# What follows reads the configuration and looks at files, and so is called in a thread.


def _catalogue(state: AppState, pulls: list[PullBody], may_change: bool) -> CatalogueBody:
    found = catalogue.overview()
    default = state.engines.default
    where = located_if_there(default) if names_file(default) else None
    return CatalogueBody(
        memory=found.memory,
        cores=cores(),
        folder=str(catalogue.folder()),
        free=free_room(),
        models=[_row(each, is_default=_is_default(each, default, where)) for each in found.models],
        servers=[
            _named(name, each, is_default=name == default)
            for name, each in settings.named_models().items()
        ],
        described=[
            DescribedModel(
                title=each.title,
                about=each.about,
                licence=each.licence,
                page=_HUB + each.repository,
                needs=each.needs,
            )
            for each in described()
        ],
        pulls=pulls,
        may_change=may_change,
        fixed=_fixed(),
        hub_token=use_cases.hub_token_state() if may_change else "none",
    )


def _is_default(model: Model, default: str, where: object) -> bool:
    if model.kind == "embedded":
        return default in {"local", *EMBEDDED_NAMES}
    return model.path is not None and located_if_there(str(model.path)) == where


def _row(model: Model, *, is_default: bool) -> CatalogueModel:
    choose = None
    if model.kind == "embedded":
        choose = "local"
    elif model.path is not None:
        choose = model.name if model.kind == "file" else str(model.path)
    missing = model.kind == "file" and model.path is None
    return CatalogueModel(
        name=model.name,
        choose=choose,
        title=model.title,
        kind=model.kind,
        good_at=model.good_at,
        licence=model.licence,
        page=_HUB + model.repository if model.repository else None,
        size=model.size,
        memory=model.memory,
        fits=model.fits,
        speed=None
        if model.speed is None
        else SpeedBody(tokens=model.speed.tokens, seen=model.speed.seen),
        gated=model.gated,
        quant=model.quant,
        unfinished=model.unfinished,
        default=is_default,
        problem="There is no file at this path any more." if missing else None,
    )


def _named(name: str, model: NamedModel, *, is_default: bool) -> ServerModel:
    from flourishing.models.probing import most_cost

    report, where = None, model.endpoint
    try:
        address = Address.of_model(model)
    except FlourishingError:
        where = "an address that cannot be used"
    else:
        where = address.base
        report = None if model.is_chat else recalled(address.name)
    has_prices = model.input_price is not None or model.output_price is not None
    return ServerModel(
        name=name,
        choose=name,
        title=model.model,
        where=where,
        default=is_default,
        key=use_cases.key_state(model),
        is_chat=model.is_chat,
        cost=str(most_cost(model)) if has_prices and not model.is_chat else None,
        report=None if report is None else _report(report),
    )


def _report(probed: Probed) -> ReportBody:
    return ReportBody(
        at=probed.at.isoformat(),
        nature=probed.nature,
        words=list(probed.words),
        why=list(probed.why),
    )


def _server(found: ServerModels, program: str | None = None) -> ServerBody:
    return ServerBody(
        base=found.base,
        program=program or found.program,
        models=[
            ListedModel(
                name=name, context=found.context.get(name), seems_instruct=seems_instruct(name)
            )
            for name in found.models
        ],
        is_open=found.is_open,
    )


def _fixed() -> str | None:
    if not os.environ.get("FLOURISHING_MODEL"):
        return None
    return (
        "FLOURISHING_MODEL is set where the studio was started, and goes before what is chosen "
        "here at the next start."
    )
