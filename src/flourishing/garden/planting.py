"""Writing texts, chains and broods into a garden: each once, after all that it came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from flourishing.brood import Brood, Offspring
from flourishing.chain import Chain
from flourishing.garden.database import now
from flourishing.garden.schema import (
    brood_parents,
    broods,
    chain_texts,
    chains,
    fingerprints,
    texts,
)
from flourishing.garden.stored import Stored
from flourishing.originality import fingerprints as prints_of
from flourishing.pattern import Pattern
from flourishing.sampling import Sampling
from flourishing.text import DIGEST_PREFIX, Origin, Source, Text

Kind: TypeAlias = Literal["bred", "refined", "worsened", "edited", "found"]
"""How the texts of a brood came to be."""

MANY = 5_000
"""How many values go into one statement; SQLite takes 32,766."""


def plant(connection: sa.Connection, given: Iterable[Text]) -> list[int]:
    """Store the texts that are not there yet, and all that they came from.

    Returns:
        Their numbers, in the order given.
    """
    wanted = list(given)
    known = find(connection, (text.identity for text in wanted))
    if any(text.identity not in known for text in wanted):
        wanted = [text if text.identity in known else _rooted(text) for text in wanted]
        for generation in _missing(connection, wanted, known):
            known |= _insert_apart(connection, generation, known)
    return [known[text.identity] for text in wanted]


def plant_brood(connection: sa.Connection, brood: Brood, kind: Kind, bed: int | None) -> int:
    """Store a brood: its parents, the exact prompt, and every offspring, those set aside too.

    Returns:
        Its number.
    """
    there = find(connection, (each.identity for each in (*brood.offspring, *brood.set_aside)))
    if len(brood) and brood[0].identity in there:  # saved before
        of = sa.select(texts.c.brood_id).where(texts.c.id == there[brood[0].identity])
        return int(connection.execute(of).scalar_one())
    chain_ids = [plant_chain(connection, chain) for chain in brood.examples]
    of_place = [id for id, chain in zip(chain_ids, brood.examples, strict=True) for _ in chain]
    parents = plant(connection, [*brood.parents, *brood.left_out])
    origin = brood[0].origin if len(brood) else None
    number = _insert_brood(
        connection,
        kind=kind,
        bed_id=bed,
        **_said(brood.prompt, brood.pattern, brood.start, brood.model, brood.sampling),
        seed=brood.seed,
        reproducible=brood.reproducible,
        asked=brood.asked,
        examples=origin.examples if origin else 0,
        notes=_json(brood.notes),
        usage=_json(asdict(brood.usage)),
    )
    _insert_parents(connection, number, parents, len(brood.parents), origin, of_place)
    rows = [
        _row(each, number) | {"place": place, "aside": aside}
        for aside, group in ((False, brood.offspring), (True, brood.set_aside))
        for place, each in enumerate(group)
        if each.identity not in there
    ]
    _insert_texts(connection, rows)
    return number


def plant_chain(connection: sa.Connection, chain: Chain) -> int:
    """Store a chain that is not there yet; give its number."""
    identity = chain_identity(chain)
    found = connection.execute(sa.select(chains.c.id).where(chains.c.identity == identity)).scalar()
    if found is not None:
        return int(found)
    ids = plant(connection, chain)
    number = _new_key(
        connection.execute(
            chains.insert().values(at=now(), identity=identity, source=_source(chain.source))
        )
    )
    connection.execute(
        chain_texts.insert(),
        [{"chain_id": number, "place": place, "text_id": id} for place, id in enumerate(ids)],
    )
    return number


def chain_identity(chain: Chain) -> bytes:
    """Give what tells chains apart: the identities of the versions, and the source."""
    told = _json([[text.identity for text in chain], _source(chain.source)])
    return hashlib.blake2b(told.encode(), digest_size=32).digest()


def find(connection: sa.Connection, identities: Iterable[str]) -> dict[str, int]:
    """Give the numbers of those texts that are there."""
    keys = list(dict.fromkeys(identities))
    found: dict[str, int] = {}
    for at in range(0, len(keys), MANY):
        some = [to_bytes(key) for key in keys[at : at + MANY]]
        query = sa.select(texts.c.identity, texts.c.id).where(texts.c.identity.in_(some))
        found |= {from_bytes(row.identity): row.id for row in connection.execute(query)}
    return found


def to_bytes(digest: str) -> bytes:
    """Write a digest as its 32 bytes."""
    return bytes.fromhex(digest.removeprefix(DIGEST_PREFIX))


def from_bytes(digest: bytes) -> str:
    """Read a digest back."""
    return DIGEST_PREFIX + bytes(digest).hex()


def _rooted(text: Text) -> Text:
    """Make a text of another garden our own, whose lineage there is not at hand."""
    if not isinstance(text, Stored):
        return text
    parents = tuple(Text(each.content, each.origin) for each in text.origin.parents)
    return Text(text.content, replace(text.origin, parents=parents))


def _missing(
    connection: sa.Connection, wanted: Sequence[Text], known: dict[str, int]
) -> list[list[Text]]:
    """Collect what is not there, as generations: every text after all of its parents."""
    missing: dict[str, Text] = {}
    frontier = {text.identity: text for text in wanted if text.identity not in known}
    while frontier:
        missing |= frontier
        parents = {
            parent.identity: parent for text in frontier.values() for parent in text.origin.parents
        }
        known |= find(connection, (key for key in parents if key not in known))
        frontier = {
            key: text for key, text in parents.items() if key not in known and key not in missing
        }
    return _generations(missing)


def _generations(missing: dict[str, Text]) -> list[list[Text]]:
    waiting = {
        key: {each.identity for each in text.origin.parents} & missing.keys()
        for key, text in missing.items()
    }
    children: dict[str, list[str]] = {}
    for key, parents in waiting.items():
        for parent in parents:
            children.setdefault(parent, []).append(key)
    ready = [key for key, parents in waiting.items() if not parents]
    generations = []
    while ready:
        generations.append([missing[key] for key in ready])
        after = []
        for key in ready:
            for child in children.get(key, ()):
                waiting[child].discard(key)
                if not waiting[child]:
                    after.append(child)
        ready = after
    return generations


def _insert_apart(
    connection: sa.Connection, generation: list[Text], known: dict[str, int]
) -> dict[str, int]:
    """Insert texts that were not saved with a brood; those of one act come into one."""
    numbers: dict[str, int] = {}
    rows = []
    for text in generation:
        origin = text.origin
        number = None
        if origin.parents or origin.model or origin.prompt is not None:
            told = replace(origin, seed=None, raw=None, finish=None, spans=(), source=None)
            key = _json([told.as_dict(), [each.identity for each in origin.parents]])
            if key not in numbers:
                numbers[key] = _brood_of(connection, origin, known)
            number = numbers[key]
        rows.append(_row(text, number) | {"place": None, "aside": False})
    _insert_texts(connection, rows)
    return find(connection, (text.identity for text in generation))


def _insert_texts(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Insert texts, and the fingerprints of contents that the garden did not have."""
    if not rows:
        return
    fresh = {row["digest"]: row for row in rows}
    digests = list(fresh)
    for at in range(0, len(digests), MANY):
        query = sa.select(texts.c.digest).where(texts.c.digest.in_(digests[at : at + MANY]))
        for digest in connection.execute(query).scalars():
            fresh.pop(bytes(digest), None)
    connection.execute(texts.insert(), rows)
    identities = [from_bytes(row["identity"]) for row in fresh.values()]
    ids = find(connection, identities)
    prints = [
        {"print": each, "text_id": ids[identity]}
        for identity, row in zip(identities, fresh.values(), strict=True)
        for each in prints_of(row["content"])
    ]
    if prints:
        connection.execute(fingerprints.insert(), prints)


def _brood_of(connection: sa.Connection, origin: Origin, known: dict[str, int]) -> int:
    kind: Kind = "bred"
    if origin.author == "person":
        kind = "edited"
    elif not origin.parents:
        kind = "found"
    elif origin.examples or (origin.pattern and origin.pattern.link):
        kind = "refined"
    number = _insert_brood(
        connection,
        kind=kind,
        **_said(origin.prompt, origin.pattern, origin.start, origin.model, origin.sampling),
        reproducible=origin.reproducible,
        examples=origin.examples,
    )
    ids = [known[each.identity] for each in origin.parents]
    _insert_parents(connection, number, ids, len(ids), origin, [])
    return number


def _insert_brood(connection: sa.Connection, **values: Any) -> int:
    return _new_key(connection.execute(broods.insert().values(at=now(), **values)))


def _insert_parents(
    connection: sa.Connection,
    brood: int,
    parents: list[int],
    shown: int,
    origin: Origin | None,
    chain_ids: list[int],
) -> None:
    examples = origin.examples if origin else 0
    rows = []
    for place, parent in enumerate(parents):
        role = "example" if place < examples else "parent" if place < shown else "left out"
        chain = chain_ids[place] if place < min(examples, len(chain_ids)) else None
        rows.append(
            {"brood_id": brood, "place": place, "text_id": parent, "role": role, "chain_id": chain}
        )
    if rows:
        connection.execute(brood_parents.insert(), rows)


def _row(text: Text, brood: int | None) -> dict[str, Any]:
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
        "source": _source(origin.source),
        "spans": _json([[span.author, span.length] for span in origin.spans])
        if origin.spans
        else None,
        "flaws": _flaws(text),
    }


def _said(
    prompt: str | None,
    pattern: Pattern | None,
    start: str,
    model: str | None,
    sampling: Sampling | None,
) -> dict[str, Any]:
    return {
        "prompt": prompt,
        "pattern": _json(pattern.as_dict()) if pattern else None,
        "start": start,
        "model": model,
        "sampling": _json(asdict(sampling)) if sampling else None,
    }


def _source(source: Source | None) -> str | None:
    return _json(asdict(source)) if source else None


def _flaws(text: Text) -> str | None:
    flaws = text.flaws if isinstance(text, Offspring) else ()
    return _json([flaw.as_dict() for flaw in flaws]) if flaws else None


def _new_key(result: sa.CursorResult[Any]) -> int:
    key = result.inserted_primary_key
    return int(key[0]) if key else 0


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
