"""Pictures, animations and sounds of texts over HTTP.

A formula has no loop, and what it costs is bounded before it is computed (`pixels.MOST_WORK`, some
seconds of one processor), as are the size and the length; a program runs in a sandbox, for less
than a second. That is done in threads of its own, so that neither the event loop nor the garden
waits for it. A text never changes, so a browser that has
a file already is answered with 304.
"""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from flourishing.app.render import render
from flourishing.core.text import Text
from flourishing.errors import OverloadedError
from flourishing.formulas.forms import FILE_FORMS, LARGEST, LONGEST, USUAL
from flourishing.garden import Garden
from flourishing.studio.app_state import CurrentState
from flourishing.studio.schemas.texts import Number
from flourishing.studio.texts import find_text

router = APIRouter(prefix="/api", tags=["texts"])

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


@router.get("/texts/{text_id}/render", response_class=Response, responses=_FILE)
async def render_text(
    state: CurrentState,
    text_id: Number,
    form: Annotated[
        str | None,
        Query(
            alias="format",
            max_length=10,
            description=f"The form of the file: {', '.join(FILE_FORMS)}; by default PNG for a "
            "picture, WebP for an animation, WAV for a sound.",
        ),
    ] = None,
    size: Annotated[
        int | None, Query(ge=1, le=LARGEST, description="The side of a picture, in pixels.")
    ] = None,
    seconds: Annotated[
        float | None, Query(gt=0, le=LONGEST, description="How long it lasts.")
    ] = None,
    has: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Response:
    """Render a text: a formula is translated, a program run in a sandbox, a drawing built anew."""
    text = await state.garden.read(_content, text_id)
    tag = f'"{blake2b(repr((text, form, size, seconds)).encode(), digest_size=16).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if has == tag:
        return Response(status_code=304, headers=headers)
    try:
        async with asyncio.timeout(_SECONDS):
            media_type, data = await state.renderers.run(_rendered, text, form, size, seconds)
    except TimeoutError as error:
        raise OverloadedError(
            f"It was not rendered within {_SECONDS} seconds.",
            hint="Too much is being rendered: wait a little, or ask for a smaller size.",
        ) from error
    if not media_type.startswith(_WORDS):
        # Compressed already: to compress megabytes again would hold up the event loop.
        headers["Content-Encoding"] = "identity"
    return Response(data, media_type=media_type, headers=headers)


def _content(garden: Garden, id: int) -> str:
    return find_text(garden, id).content


def _rendered(
    text: str, form: str | None, size: int | None, seconds: float | None
) -> tuple[str, bytes]:
    rendering = render(Text(text), size=size, seconds=seconds)
    form = form or USUAL[rendering.medium]
    data = rendering.encode(form)  # which refuses a form that there is not
    return FILE_FORMS[form.lower().removeprefix(".")].media_type, data
