"""How texts and what is said of them are written in the rows of a garden."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import sqlalchemy as sa

from flourishing import canonical
from flourishing.brood import Offspring
from flourishing.pattern import Pattern
from flourishing.sampling import Sampling
from flourishing.text import DIGEST_PREFIX, Source, Text


def row_of(text: Text, brood: int | None) -> dict[str, Any]:
    """Write a text, as one of a brood, or of none."""
    origin = text.origin
    return {
        "at": origin.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "identity": to_bytes(text.identity),
        "digest": to_bytes(text.digest),
        "content": text.content,
        "author": origin.author,
        "brood_id": brood,
        "seed": origin.seed,
        "raw": origin.raw,
        "finish": origin.finish,
        "source": source_as_json(origin.source),
        "spans": as_json([[span.author, span.length] for span in origin.spans])
        if origin.spans
        else None,
        "flaws": _flaws(text),
    }


def said(
    prompt: str | None,
    pattern: Pattern | None,
    start: str,
    model: str | None,
    sampling: Sampling | None,
) -> dict[str, Any]:
    """Write what all texts of a brood have in common of how they came."""
    return {
        "prompt": prompt,
        "pattern": as_json(pattern.as_dict()) if pattern else None,
        "start": start,
        "model": model,
        "sampling": as_json(sampling.as_dict()) if sampling else None,
    }


def source_as_json(source: Source | None) -> str | None:
    """Write where something was found."""
    return as_json(source.as_dict()) if source else None


def _flaws(text: Text) -> str | None:
    flaws = text.flaws if isinstance(text, Offspring) else ()
    return as_json([flaw.as_dict() for flaw in flaws]) if flaws else None


def as_json(value: object) -> str:
    """Write plain data, always in the same way."""
    return canonical.encode(value)


def new_key(result: sa.CursorResult[Any]) -> int:
    """Give the number of the row that was just inserted."""
    key = result.inserted_primary_key
    return int(key[0]) if key else 0


def to_bytes(digest: str) -> bytes:
    """Write a digest as its 32 bytes."""
    return bytes.fromhex(digest.removeprefix(DIGEST_PREFIX))


def from_bytes(digest: bytes) -> str:
    """Read a digest back."""
    return DIGEST_PREFIX + bytes(digest).hex()
