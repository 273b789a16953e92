"""Keys: where one is found, and how it stays out of everything that is shown.

A key comes from the environment or from the system's keyring at the moment of asking, and is put
into the one header that needs it. It is held in an object that does not show it; words of a
server, which may repeat it, are shown without it; an exception of the HTTP library, whose request
has the header, loses it before it is chained.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TYPE_CHECKING

from flourishing.errors import AuthError, InputError
from flourishing.settings import NamedModel

if TYPE_CHECKING:
    import httpx2

OWN_VARIABLE = "FLOURISHING_API_KEY"
"""The variable for a model that is named by its address."""
_HIDDEN = "…"
_SHORTEST = 4
"""Characters; to hide less than this would hide parts of plain words."""


class Key:
    """A secret that is only shown to the server that it is for."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Key(…)"

    @property
    def stops(self) -> tuple[str, ...]:
        """What ends a text before the key, should a server write it into one."""
        return (self._text,) if len(self._text) >= _SHORTEST else ()

    def hide(self, words: str) -> str:
        """Give words without the key in them."""
        return words.replace(self._text, _HIDDEN) if len(self._text) >= _SHORTEST else words

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response]:
        """Put the key into the header of a request, as the HTTP library asks for it."""
        request.headers["Authorization"] = f"Bearer {self._text}"
        yield request


def find_key(model: NamedModel, *, by_address: bool) -> Key | None:
    """Find the key of a model.

    Args:
        model: The model; says where its key is.
        by_address: Whether the person named the model by its address, so that it has no entry in
            the configuration; its key is in FLOURISHING_API_KEY.

    Returns:
        The key; None where the model wants none.

    Raises:
        AuthError: The place that was named has no key.
        InputError: What is there cannot be sent as a key.
    """
    if model.keyring:
        found, place = _from_keyring(model.keyring), f"the keyring's {model.keyring!r}"
    elif variable := model.key_env or (OWN_VARIABLE if by_address else None):
        found, place = os.environ.get(variable), variable
        if not found and not model.key_env:
            return None
    else:
        return None
    if not found or not found.strip():
        raise AuthError(
            f"There is no key in {place} for {model.endpoint}.",
            hint="Put it there, or mend key_env or keyring in the configuration.",
        )
    found = found.strip()
    if not found.isascii() or not found.isprintable():
        raise InputError(
            f"What is in {place} has characters that no key has.",
            hint="Copy the key again, without anything around it.",
        )
    return Key(found)


def _from_keyring(place: str) -> str | None:
    service, _, user = place.partition(":")
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise AuthError(
            "The package keyring is not installed.", hint="Run: pip install keyring"
        ) from error
    try:
        return keyring.get_password(service, user)
    except KeyringError as error:
        raise AuthError(
            f"The system's keyring did not give the key {place!r}: {error}.",
            hint="Unlock the keyring, or use key_env in the configuration.",
        ) from error
