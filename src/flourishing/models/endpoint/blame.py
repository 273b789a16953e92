"""Finding out which field a server refuses, by leaving fields out until it takes the request.

A refusal seldom names one field: it may name none, or list all that it knows. So one field after
the other is left out, and only if none alone was the trouble, several. What did not help is put
back, and only what helped is remembered for the server: a setting that it takes is not lost to a
refusal that was about something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from flourishing.models.endpoint.learnt import Learnt
from flourishing.models.endpoint.refusals import RefusedError

DROPPABLE: Final[tuple[str, ...]] = ("min_p", "top_k", "stream_options", "seed", "stop", "top_p")
"""Fields that a server may refuse and that a request can do without, the likeliest first."""
_SELDOM: Final = {"stop", "top_p"}
"""Fields that nearly all servers take: they are left out alone, not with others on suspicion."""
_UNKNOWN: Final = re.compile(
    r"unrecogni[sz]ed|unknown|unsupported|not supported|unexpected|not permitted|not allowed|extra"
    r"|invalid (?:param|arg|field|request)",
    re.IGNORECASE,
)
_CHANGING: Final = re.compile(r"[0-9a-f-]{6,}|\d+", re.IGNORECASE)
"""Numbers of requests, and the like, which differ from one refusal to the next."""


class Blame:
    """What is left out of one request because the server may refuse it.

    Args:
        learnt: What is known of the server; what it refuses is added once that is sure.

    Attributes:
        without: The fields that are left out for now.
    """

    def __init__(self, learnt: Learnt) -> None:
        self.without: frozenset[str] = frozenset()
        self._learnt = learnt
        self._sure: frozenset[str] = frozenset()
        self._about: object = None
        self._trials: Iterator[frozenset[str]] = iter(())

    def shift(self, error: RefusedError, body: dict[str, Any]) -> bool:
        """Choose what to leave out next.

        Args:
            error: The refusal of a request for one completion.
            body: That request.

        Returns:
            Whether there is something left to try.
        """
        about = _about(error)
        if about != self._about:  # another trouble: what was left out last had helped
            self._about, self._sure = about, self.without
            self._trials = iter(_trials(error, [name for name in DROPPABLE if name in body]))
        trial = next(self._trials, None)
        self.without = self._sure if trial is None else self._sure | trial
        return trial is not None

    def helped(self) -> list[str]:
        """Remember what had to be left out, since the server took the request without it.

        Returns:
            What is newly known to be refused.
        """
        new = [name for name in DROPPABLE if name in self.without - self._learnt.refuses]
        self._learnt.refuses.update(new)
        return new


def _about(error: RefusedError) -> object:
    named = [name for name in DROPPABLE if _names(error, name)]
    return named or _CHANGING.sub("", error.words)


def _trials(error: RefusedError, present: list[str]) -> Iterable[frozenset[str]]:
    named = [name for name in present if _names(error, name)]
    if not named and not _UNKNOWN.search(error.words):
        return
    candidates = named or present
    for name in candidates:
        yield frozenset({name})
    together = named or [name for name in present if name not in _SELDOM]
    for many in range(2, len(together) + 1):
        yield frozenset(together[:many])


def _names(error: RefusedError, name: str) -> bool:
    return error.param == name or bool(re.search(rf"(?<!\w){name}(?!\w)", error.words))
