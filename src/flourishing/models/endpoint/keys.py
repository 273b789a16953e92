"""Keys in the system's keyring, where a page puts them: under the address of their server.

Some systems have no keyring, such as a server without a desktop. There a key is kept in the memory
of this process, until it ends, and the answer says so. It is written into no file.
"""

from __future__ import annotations

import threading
from typing import Final

from flourishing.errors import AuthError, InputError

_OURS: Final = "flourishing:"
"""With this begins the place of a key that was put into the keyring by us."""
_for_this_run: dict[str, str] = {}
_changing = threading.Lock()


def place_of(base: str) -> str:
    """Give the place in the keyring, as `service:user`, of the key of a server.

    Args:
        base: The address of the server, as `Address.base` has it.
    """
    return f"{_OURS}{base}"


def is_ours(place: str) -> bool:
    """Say whether a place in the keyring is one of a server whose key was kept by us.

    Args:
        place: The place, as `service:user`.
    """
    return place.startswith((f"{_OURS}http://", f"{_OURS}https://"))


def is_for_this_run(place: str) -> bool:
    """Say whether the key of a place is in the memory of this process alone.

    Args:
        place: The place, as `service:user`.
    """
    return place in _for_this_run


def clean(key: str, place: str) -> str:
    """Give a key without the blanks around it.

    Args:
        key: The key, as a person gave it.
        place: Where it is, for the error.

    Raises:
        InputError: It cannot be sent as a key.
    """
    key = key.strip()
    if not key.isascii() or not key.isprintable():
        raise InputError(
            f"What is in {place} has characters that no key has.",
            hint="Copy the key again, without anything around it.",
        )
    return key


def find(place: str) -> str | None:
    """Give the key in a place of the keyring, or the one of this run; None where there is none.

    Args:
        place: The place, as `service:user`.

    Raises:
        AuthError: The keyring cannot be asked.
    """
    if (found := _for_this_run.get(place)) is not None:
        return found
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise AuthError(
            "The package keyring is not installed.", hint="Run: pip install keyring"
        ) from error
    service, _, user = place.partition(":")
    try:
        return keyring.get_password(service, user)
    except KeyringError as error:
        raise AuthError(
            f"The system's keyring did not give the key {place!r}: {error}.",
            hint="Unlock the keyring, give the key again on the studio's page of models, or use "
            "key_env in the configuration.",
        ) from error


def keep_key(place: str, key: str) -> bool:
    """Keep a key in the keyring, or, where the system has none, until this process ends.

    Args:
        place: The place, as `service:user`.
        key: The key.

    Returns:
        Whether it is in the keyring, and there for the next start.

    Raises:
        InputError: It cannot be sent as a key.
    """
    key = clean(key, "the field")
    kept = _in_keyring(place, key)
    with _changing:
        _for_this_run.pop(place, None)
        if not kept:
            _for_this_run[place] = key
    return kept


def remove_key(place: str) -> None:
    """Remove a key, from the keyring and from memory; one that is not there is no error.

    Args:
        place: The place, as `service:user`.
    """
    with _changing:
        _for_this_run.pop(place, None)
    service, _, user = place.partition(":")
    try:
        import keyring
        from keyring.errors import KeyringError

        keyring.delete_password(service, user)
    except (ImportError, KeyringError):
        pass  # it was not there, or the system has no keyring


def _in_keyring(place: str, key: str) -> bool:
    service, _, user = place.partition(":")
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return False
    try:
        keyring.set_password(service, user, key)
        return keyring.get_password(service, user) == key  # one backend keeps nothing, silently
    except KeyringError:
        return False
