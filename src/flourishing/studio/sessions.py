"""Who has shown the token: a browser that did so has a session, and a cookie that names it.

The cookie is not the token: what a browser keeps opens this one server, until it ends, the person
logs out, or a month has passed. Only the digest of a session's name is kept here, so that nobody
who sees the memory of the server, or a dump of it, can take a session over.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import deque
from typing import Final

from flourishing.errors import FlourishingError

LASTS: Final = 30 * 24 * 60 * 60
"""Seconds that a session lasts."""
MOST_SESSIONS: Final = 500
"""So many sessions are remembered; beyond them the oldest ends."""
MOST_WRONG: Final = 30
"""So many wrong tokens are looked at in a minute, where the token is short enough to be guessed."""
_SHORT: Final = 16
_MINUTE: Final = 60.0


class TooManyWrongError(FlourishingError):
    """Too many wrong tokens were shown for another to be looked at."""


class Sessions:
    """The sessions of one server.

    Args:
        token: What has to be shown; None where nobody is asked for one.
    """

    def __init__(self, token: str | None) -> None:
        self._token = None if token is None else token.encode("utf-8", "replace")
        self._ends: dict[str, float] = {}
        self._wrong: deque[float] = deque()

    def is_token(self, shown: str) -> bool:
        """Say whether this is the token.

        A token that was made by chance cannot be guessed. A short one, which a person chose, could
        be: while too many wrong ones came, none is looked at.

        Args:
            shown: What was shown.

        Raises:
            TooManyWrongError: Too many wrong ones were shown in the last minute.
        """
        if self._token is None or not shown:
            return False
        now = time.monotonic()
        while self._wrong and now - self._wrong[0] > _MINUTE:
            self._wrong.popleft()
        if len(self._token) < _SHORT and len(self._wrong) >= MOST_WRONG:
            raise TooManyWrongError("Too many wrong tokens were shown.", hint="Wait for a minute.")
        if hmac.compare_digest(shown.encode("utf-8", "replace"), self._token):
            return True
        if len(self._wrong) < MOST_WRONG:
            self._wrong.append(now)
        return False

    def begin(self) -> str:
        """Begin a session; gives the name that its cookie carries."""
        now = time.monotonic()
        self._ends = {key: ends for key, ends in self._ends.items() if ends > now}
        while len(self._ends) >= MOST_SESSIONS:
            del self._ends[next(iter(self._ends))]
        name = secrets.token_urlsafe(32)
        self._ends[_key(name)] = now + LASTS
        return name

    def find(self, name: str) -> str | None:
        """Give the key of the session of this name; None if there is none, or it has ended.

        Args:
            name: The name, as the cookie has it.
        """
        key = _key(name)
        return key if name and self._ends.get(key, 0.0) > time.monotonic() else None

    def end(self, key: str) -> None:
        """End the session of this key.

        Args:
            key: The key of the session.
        """
        self._ends.pop(key, None)

    def keys(self) -> list[str]:
        """Give the keys of all sessions."""
        return list(self._ends)


def _key(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
