"""Pictures of a text by a model, as servers with OpenAI's `/v1/images/generations` give them.

A server sends the picture in its answer or names where it is. It is fetched from there only where
that is the host that the person chose: another one would learn that somebody looks, and when. What
comes must be a PNG, JPEG, WebP or GIF of bounded size; a drawing that can hold scripts is none. It
is asked once: a request that broke off may have been made, and paid for.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from flourishing import blocking
from flourishing.arguments import as_words
from flourishing.core.text import require_unicode
from flourishing.errors import AnswerError, InputError, ModelNotFoundError, TooSlowError
from flourishing.files import write_whole
from flourishing.models.cost import Budget, open_budget
from flourishing.models.endpoint.refusals import RefusedError, failure
from flourishing.models.endpoint.transport import await_on_sync_loop
from flourishing.models.opening import open_endpoint
from flourishing.models.protocol import Usage
from flourishing.settings import config_path, named_models

if TYPE_CHECKING:
    from flourishing.models.endpoint.endpoint import Endpoint
    from flourishing.settings import NamedModel

MOST_BYTES: Final = 20 * 2**20
"""The most bytes of a picture."""
MOST_PIXELS: Final = 8_192
"""The most pixels of a side of a picture."""
MOST_WORDS: Final = 30_000
"""The most characters of a text that is sent."""
_MOST_ANSWER: Final = 2 * MOST_BYTES
_SIZE: Final = re.compile(r"[1-9]\d{1,3}x[1-9]\d{1,3}|auto")
_FORMS: Final = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}
MEDIA_TYPES: Final = tuple(_FORMS.values())
"""What a picture can be."""
_IN_ANSWER: Final = "response_format"
"""Asks for the picture in the answer itself; newer models send it so, and refuse the field."""
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelImage:
    """A picture that a model made of a text.

    Attributes:
        media_type: "image/png", "image/jpeg", "image/webp" or "image/gif".
        data: The bytes of the file.
        width: Its width in pixels.
        height: Its height in pixels.
        model: The name of the model.
        prompt: What was sent.
    """

    media_type: str
    data: bytes = field(repr=False)
    width: int
    height: int
    model: str
    prompt: str = field(repr=False)

    @property
    def ending(self) -> str:
        """The usual ending of the name of its file, such as ".png"."""
        return "." + self.media_type.removeprefix("image/").replace("jpeg", "jpg")

    def save(self, path: str | Path) -> Path:
        """Write it to a file, which is replaced as a whole or left as it was.

        Args:
            path: Where to; where its name has no ending, the usual one is added.

        Returns:
            The path of the file.

        Raises:
            StorageError: It cannot be written.
        """
        target = Path(path)
        target = target if target.suffix else target.with_suffix(self.ending)
        write_whole(target, self.data)
        return target

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        shown = base64.b64encode(self.data).decode()
        return {self.media_type: shown, "text/plain": repr(self)}


IMAGE: Final = "image"
"""What the configuration calls the model that is used when none is named."""


async def draw_image(
    prompt: str,
    *,
    model: str | None = None,
    size: str = "1024x1024",
    budget: Budget | None = None,
    notify: Callable[[str], None] | None = None,
) -> ModelImage:
    """Ask a model for a picture of a text.

    Args:
        prompt: What is sent, up to 30,000 characters.
        model: A name in the configuration, or an address `http(s)://host/v1#model-id`; None for
            the model that the configuration calls "image".
        size: Width and height in pixels, such as "1024x1024", or "auto"; a model has sizes of its
            own, and refuses others.
        budget: Bounds what it may cost; None for the month's budget alone.
        notify: Called with what a person should know; None reports nothing.

    Raises:
        InputError: The prompt is blank or too long, the size is none, the model is not behind an
            address, or it might cost more than it may.
        EndpointError: The server cannot be reached, or refuses.
        AnswerError: What it gives is no picture.
    """
    words = as_words(prompt, "The text")
    require_unicode(words, "The text")
    if not words.strip():
        raise InputError("The text is blank.", hint="Choose another: there is nothing to draw.")
    if len(words) > MOST_WORDS:
        raise InputError(
            f"The text has {len(words):,} characters, and {MOST_WORDS:,} at the most are sent.",
            hint="Choose a shorter text.",
        )
    if not _SIZE.fullmatch(as_words(size, "The size")):
        raise InputError(
            f"A picture cannot have the size {size[:40]!r}.", hint='Give it as "1024x1024".'
        )
    endpoint = await blocking.run(_open, model)  # it reads the configuration and a keyring
    if notify is not None and endpoint.warning:
        notify(endpoint.warning)
    if budget is None:
        budget = await blocking.run(open_budget)
    charge = budget.charge(
        endpoint.address.name,
        _priced(endpoint.settings),
        Usage(completion=1),
        notify=notify,
        wants="image_price",
    )
    async with charge as reservation:
        try:
            image = await await_on_sync_loop(_drawn(endpoint, words, size))
        except RefusedError:
            if reservation is not None:
                await reservation.settle(Usage())
            raise
        if reservation is not None:
            await reservation.settle(Usage(completion=1))
        return image


def _open(model: str | None) -> Endpoint:
    if model is not None:
        return open_endpoint(model)
    if IMAGE in named_models():
        return open_endpoint(IMAGE)
    raise ModelNotFoundError(
        "There is no model to make pictures with.",
        hint="Name one: --model https://host/v1#model-id (its key in FLOURISHING_API_KEY), or "
        f"describe one as [models.{IMAGE}] in {config_path()}, with endpoint, model, key_env and "
        "image_price.",
    )


def _priced(settings: NamedModel) -> NamedModel:
    """Give the settings of a model that takes the price of a picture for one token written."""
    price = settings.image_price
    if price is None:
        return replace(settings, input_price=None, output_price=None, cached_price=None)
    return replace(settings, input_price=0.0, output_price=price * _MILLION, cached_price=None)


async def _drawn(endpoint: Endpoint, prompt: str, size: str) -> ModelImage:
    body = {"model": endpoint.address.model, "prompt": prompt, "n": 1, "size": size}
    seconds = endpoint.settings.timeouts.first_token
    try:
        async with asyncio.timeout(seconds):
            try:
                found = await _ask(endpoint, {**body, _IN_ANSWER: "b64_json"})
            except RefusedError as error:
                if _IN_ANSWER not in error.words:
                    raise
                found = await _ask(endpoint, body)
            data = await _data_of(endpoint, found, seconds)
    except TimeoutError:
        raise TooSlowError(
            f"{endpoint.address.base} gave no picture within {seconds:g} seconds.",
            hint="Try again, or raise timeouts.first_token.",
        ) from None
    return _checked(endpoint, data, prompt)


async def _ask(endpoint: Endpoint, body: dict[str, Any]) -> dict[str, Any]:
    address, transport = endpoint.address, endpoint.transport
    url = f"{address.base}/images/generations"
    asked = {**body, **endpoint.settings.extra_body}
    whole = bytearray()
    async with transport.post(url, asked) as response:
        async for part in response.aiter_bytes():
            whole += part
            if len(whole) > _MOST_ANSWER:
                raise _no_picture(endpoint, f"more than {_MOST_ANSWER // 2**20} MB")
    try:
        found = json.loads(whole)
    except (ValueError, RecursionError):
        found = None  # an error of that would hold all that the server sent
    if isinstance(found, dict) and found.get("error"):
        raise failure(found, where=address.base, model=address.model, hide=transport.hide)
    return found if isinstance(found, dict) else {}


async def _data_of(endpoint: Endpoint, found: dict[str, Any], seconds: float) -> bytes:
    entries = found.get("data")
    entry = entries[0] if isinstance(entries, list) and entries else None
    if not isinstance(entry, dict):
        raise _no_picture(endpoint, "an answer without a picture")
    if isinstance(encoded := entry.get("b64_json"), str):
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise _no_picture(endpoint, "what is no picture") from None
    if not isinstance(url := entry.get("url"), str):
        raise _no_picture(endpoint, "an answer without a picture")
    return await endpoint.transport.fetch(
        _same_host(endpoint, url), most=MOST_BYTES, seconds=seconds
    )


def _same_host(endpoint: Endpoint, url: str) -> str:
    """Give the address of a picture, if it is on the host that the person chose."""
    base = endpoint.address.base
    try:
        target = urljoin(base, url)
        ours, theirs = urlsplit(base), urlsplit(target)
        same = (ours.scheme, ours.hostname, ours.port) == (
            theirs.scheme,
            theirs.hostname,
            theirs.port,
        )
    except ValueError:
        same = False
    if not same or theirs.username or theirs.password:
        raise AnswerError(
            f"{base} says that the picture is on another host, which you did not choose.",
            hint='Have it send the picture itself: extra_body = {response_format = "b64_json"}.',
        )
    return target


def _checked(endpoint: Endpoint, data: bytes, prompt: str) -> ModelImage:
    from PIL import Image, UnidentifiedImageError  # here, since it is heavy

    if len(data) > MOST_BYTES:
        raise _no_picture(endpoint, f"a picture of more than {MOST_BYTES // 2**20} MB")
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_FORMS)) as opened:
            form, (width, height) = opened.format, opened.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise _no_picture(endpoint, "what is no PNG, JPEG, WebP or GIF") from None
    if max(width, height) > MOST_PIXELS:
        raise _no_picture(endpoint, f"a picture of {width:,} by {height:,} pixels")
    return ModelImage(
        media_type=_FORMS[str(form)],
        data=data,
        width=width,
        height=height,
        model=endpoint.address.name,
        prompt=prompt,
    )


def _no_picture(endpoint: Endpoint, what: str) -> AnswerError:
    return AnswerError(
        f"{endpoint.address.base} gave {what}.",
        hint="Check that the model makes pictures, and that the address is that of its API.",
    )
