"""Pictures, animations and sounds of texts over HTTP, and pictures that a model made of them.

A formula has no loop, and what it costs is bounded before it is computed (`pixels.MOST_WORK`, some
seconds of one processor), as are the size and the length; a program runs in a sandbox, for less
than a second, and its frames, and the pictures of a sheet, have one limit of time together. That is
done in threads of its own, so that neither the event loop nor the garden waits for it; since a
thread cannot be stopped from outside, all of these limits are below that of a request. A text never
changes, so a browser that has a file already is answered with 304.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from hashlib import blake2b
from typing import Annotated, Any, Final, ParamSpec, TypeVar

from fastapi import Header, Path, Query
from fastapi.responses import Response

from flourishing import blocking
from flourishing.app.contact_sheet import LARGEST_PICTURE, MOST_PICTURES, contact_sheet
from flourishing.app.render import render
from flourishing.arguments import require_names
from flourishing.core.text import Text
from flourishing.errors import InputError, OverloadedError
from flourishing.formulas.forms import FILE_FORMS, LARGEST, LONGEST, MEDIA, SECONDS, USUAL
from flourishing.formulas.glsl import shader
from flourishing.formulas.numbers import numbers_of
from flourishing.formulas.tape import tape
from flourishing.formulas.translation import translate
from flourishing.garden import Garden, Stored
from flourishing.garden.pictures import KeptPicture
from flourishing.kinds.rendered import language_of
from flourishing.models.images import MEDIA_TYPES, draw_image
from flourishing.settings import named_models
from flourishing.studio.app_state import AppState, CurrentState
from flourishing.studio.beds import find_bed
from flourishing.studio.library import find_items
from flourishing.studio.problems import MissingError, make_router
from flourishing.studio.schemas.library import PictureAsked, PictureBody
from flourishing.studio.schemas.renderings import FormsBody, LiveBody, NumberBody, TapeBody
from flourishing.studio.schemas.texts import Number
from flourishing.studio.texts import find_text

P = ParamSpec("P")
T = TypeVar("T")

router = make_router("/api", "texts")

_SECONDS: Final = 60
"""How long a request may wait, for others and for its own work."""
_WORDS: Final = ("text/", "application/json")
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file.",
        "content": {
            each.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for each in FILE_FORMS.values()
        },
    },
    304: {"description": "The browser has it already."},
}
_SHEET: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The sheet.",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    }
}


_Form = Annotated[
    str | None,
    Query(
        alias="format",
        max_length=10,
        description=f"The form of the file: {', '.join(FILE_FORMS)}; by default PNG for a "
        "picture, WebP for an animation, WAV for a sound.",
    ),
]
_Size = Annotated[
    int | None, Query(ge=1, le=LARGEST, description="The side of a picture, in pixels.")
]
_Seconds = Annotated[float | None, Query(gt=0, le=LONGEST, description="How long it lasts.")]
_Has = Annotated[str | None, Header(alias="If-None-Match")]
_Numbers = Annotated[
    bool, Query(description="Whether the numbers of the text are inputs, to be moved.")
]
_Index = Annotated[int, Path(ge=0, lt=2**31, description="Its place in the collection, from 0.")]


@router.get("/texts/{text_id}/render", response_class=Response, responses=_FILE)
async def render_text(
    state: CurrentState,
    text_id: Number,
    form: _Form = None,
    size: _Size = None,
    seconds: _Seconds = None,
    has: _Has = None,
) -> Response:
    """Render a text: a formula is translated, a program run in a sandbox, a drawing built anew."""
    content = await state.garden.read(_content, text_id)
    return await _file(state, content, f"text-{text_id}", form, size, seconds, has)


@router.get(
    "/collections/{name:path}/items/{index}/render", response_class=Response, responses=_FILE
)
async def render_item(
    state: CurrentState,
    name: str,
    index: _Index,
    form: _Form = None,
    size: _Size = None,
    seconds: _Seconds = None,
    has: _Has = None,
) -> Response:
    """Render an item of a collection, which need not be in the garden; of a chain, the best."""
    content = await state.garden.read(_item, name, index)
    return await _file(state, content, f"item-{index}", form, size, seconds, has)


async def _file(
    state: AppState,
    content: str,
    name: str,
    form: str | None,
    size: int | None,
    seconds: float | None,
    has: str | None,
) -> Response:
    tag = f'"{blake2b(repr((content, form, size, seconds)).encode(), digest_size=16).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if has == tag:
        return Response(status_code=304, headers=headers)
    suffix, media_type, data = await _in_time(state, _rendered, content, form, size, seconds)
    headers["Content-Disposition"] = f'inline; filename="{name}.{suffix}"'
    if not media_type.startswith(_WORDS):
        # Compressed already: to compress megabytes again would hold up the event loop.
        headers["Content-Encoding"] = "identity"
    return Response(data, media_type=media_type, headers=headers)


@router.get("/texts/{text_id}/forms")
async def list_forms(state: CurrentState, text_id: Number) -> FormsBody:
    """List the forms of files in which a text can be rendered here, as what it is."""
    text = await state.garden.read(_content, text_id)
    return await _in_time(state, _forms, text)


@router.get("/texts/{text_id}/live")
async def show_live(state: CurrentState, text_id: Number, numbers: _Numbers = False) -> LiveBody:
    """Give what plays a text on the page: its shader, or the steps of its sound."""
    return await state.garden.read(
        lambda garden: _live(_content(garden, text_id), with_numbers=numbers)
    )


@router.get("/collections/{name:path}/items/{index}/live")
async def show_live_item(
    state: CurrentState, name: str, index: _Index, numbers: _Numbers = False
) -> LiveBody:
    """Give what plays an item of a collection on the page."""
    return await state.garden.read(
        lambda garden: _live(_item(garden, name, index), with_numbers=numbers)
    )


@router.get("/contact-sheet", response_class=Response, responses=_SHEET)
async def show_contact_sheet(
    state: CurrentState,
    bed: Annotated[Number | None, Query(description="Those that are kept of this bed.")] = None,
    brood: Annotated[Number | None, Query(description="Those that are kept of this brood.")] = None,
    text: Annotated[
        list[Number] | None,
        Query(max_length=MOST_PICTURES, description="These texts, in this order."),
    ] = None,
    size: Annotated[
        int, Query(ge=1, le=LARGEST_PICTURE, description="The side of each picture, in pixels.")
    ] = 256,
) -> Response:
    """Give pictures beside each other as one PNG: those named, or the kept ones of a bed or brood.

    An animation is shown by its middle; what is no picture is left out.
    """
    contents = await state.garden.read(_to_be_shown, bed, brood, text or [])
    data = await _in_time(state, contact_sheet, contents, size=size)
    headers = {
        "Content-Encoding": "identity",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="contact-sheet.png"',
    }
    return Response(data, media_type="image/png", headers=headers)


async def _in_time(state: AppState, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    try:
        async with asyncio.timeout(_SECONDS):
            return await state.renderers.run(work, *given, **named)
    except TimeoutError as error:
        raise OverloadedError(
            f"It was not rendered within {_SECONDS} seconds.",
            hint="Too much is being rendered: wait a little, or ask for a smaller size.",
        ) from error


def _to_be_shown(
    garden: Garden, bed: int | None, brood: int | None, ids: Sequence[int]
) -> list[str]:
    if bed is not None:
        its = find_bed(garden, bed)
        kept = garden.search.page("keep", bed=its, limit=MOST_PICTURES)
        return [each.content for each in reversed(kept)]
    if brood is not None:
        try:
            offspring = garden.brood(brood).offspring
        except InputError as error:
            raise MissingError(str(error), hint=error.hint) from error
        return [
            each.content for each in offspring if isinstance(each, Stored) and "keep" in each.marks
        ]
    return [find_text(garden, id).content for id in ids]


def _live(content: str, *, with_numbers: bool) -> LiveBody:
    if (language := language_of(content)) is not None:
        raise InputError(
            f"It is a {language}, which has no shader and no steps.",
            hint="Ask for its file, with /render in place of /live.",
        )
    numbers = numbers_of(content) if with_numbers else ()
    formula = translate(content, numbers=bool(numbers))
    is_sound = formula.form == "sound"
    return LiveBody(
        medium=MEDIA[formula.form],
        shader=None if is_sound else shader(formula),
        tape=TapeBody.model_validate(tape(formula)) if is_sound else None,
        cost=formula.cost,
        seconds=SECONDS,
        numbers=[NumberBody.model_validate(asdict(each)) for each in numbers],
    )


def _content(garden: Garden, id: int) -> str:
    return find_text(garden, id).content


def _item(garden: Garden, name: str, index: int) -> str:
    [item] = find_items(garden, name, [index])
    return item.content


def _rendered(
    text: str, form: str | None, size: int | None, seconds: float | None
) -> tuple[str, str, bytes]:
    rendering = render(Text(text), size=size, seconds=seconds)
    form = (form or USUAL[rendering.medium]).lower().removeprefix(".")
    data = rendering.encode(form)  # which refuses a form that there is not
    return form, FILE_FORMS[form].media_type, data


def _forms(text: str) -> FormsBody:
    rendering = render(Text(text))
    return FormsBody(medium=rendering.medium, forms=list(rendering.file_forms))


@router.post("/texts/{text_id}/pictures", status_code=201)
async def draw_text(state: CurrentState, text_id: Number, asked: PictureAsked) -> PictureBody:
    """Have a model make a picture of a text, and keep it with the text.

    The text is sent to the server of a model that the configuration describes.
    """
    state.garden.require_writable()
    text = await state.garden.read(find_text, text_id)
    if asked.model is not None:
        require_names([asked.model], await blocking.run(named_models), "model in the configuration")
    image = await draw_image(text.content, model=asked.model, size=asked.size)
    kept = await state.garden.write(lambda garden: garden.pictures.put(text_id, image))
    return _picture(kept)


@router.get("/texts/{text_id}/pictures")
async def list_pictures(state: CurrentState, text_id: Number) -> list[PictureBody]:
    """List the pictures that models made of a text, the newest first."""
    await state.garden.read(find_text, text_id)
    kept = await state.garden.read(lambda garden: garden.pictures.of_text(text_id))
    return [_picture(each) for each in kept]


@router.get(
    "/pictures/{picture_id}",
    response_class=Response,
    responses={
        200: {
            "description": "The file.",
            "content": {
                each: {"schema": {"type": "string", "format": "binary"}} for each in MEDIA_TYPES
            },
        }
    },
)
async def show_picture(state: CurrentState, picture_id: Number) -> Response:
    """Give the file of a picture that a model made."""
    try:
        image = await state.garden.read(lambda garden: garden.pictures.get(picture_id))
    except InputError as error:
        raise MissingError(str(error), hint=error.hint) from error
    headers = {"Cache-Control": "private, max-age=3600", "Content-Encoding": "identity"}
    return Response(image.data, media_type=image.media_type, headers=headers)


def _picture(kept: KeptPicture) -> PictureBody:
    return PictureBody(
        id=kept.id,
        at=kept.at,
        model=kept.model,
        media_type=kept.media_type,
        width=kept.width,
        height=kept.height,
    )
