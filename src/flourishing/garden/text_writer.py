"""Writing texts into a garden: each once, after all that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from flourishing.breeding.brood import Offspring
from flourishing.core.originality import fingerprints as prints_of
from flourishing.core.text import Origin, Text
from flourishing.garden.database import now
from flourishing.garden.rows import (
    Stored,
    as_json,
    from_bytes,
    new_key,
    origin_columns,
    row_of,
    to_bytes,
)
from flourishing.garden.schema import brood_parents, broods, fingerprints, texts

MANY = 5_000
"""How many values go into one statement; SQLite takes 32,766."""


def plant(connection: sa.Connection, given: Iterable[Text]) -> list[int]:
    """Store the texts that are not there yet, and all that they came from.

    Args:
        connection: The writer's connection.
        given: The texts.

    Returns:
        Their numbers, in the order given.
    """
    wanted = list(given)
    known, own = plant_all(connection, wanted)
    return [known[own.get(text.identity, text).identity] for text in wanted]


def plant_all(
    connection: sa.Connection, wanted: list[Text]
) -> tuple[dict[str, int], dict[str, Text]]:
    """Store texts; give the numbers of all, and by its identity what each became here.

    Args:
        connection: The writer's connection.
        wanted: The texts.
    """
    known = find(connection, (text.identity for text in wanted))
    own: dict[str, Text] = {}
    if all(text.identity in known for text in wanted):
        return known, own
    for generation in _missing(connection, wanted, known):
        own |= {text.identity: rooted(text, own) for text in generation}
        ours = {(each := own[text.identity]).identity: each for text in generation}
        known |= find(connection, ours)
        fresh = [text for key, text in ours.items() if key not in known]
        known |= _insert_apart(connection, fresh, known)
    return known, own


def find(connection: sa.Connection, identities: Iterable[str]) -> dict[str, int]:
    """Give the numbers of those texts that are there.

    Args:
        connection: A connection to the garden.
        identities: The identities.
    """
    keys = list(dict.fromkeys(identities))
    found: dict[str, int] = {}
    for at in range(0, len(keys), MANY):
        some = [to_bytes(key) for key in keys[at : at + MANY]]
        query = sa.select(texts.c.identity, texts.c.id).where(texts.c.identity.in_(some))
        found |= {from_bytes(row.identity): row.id for row in connection.execute(query)}
    return found


def note_brought_in(connection: sa.Connection, ids: Iterable[int], *, on: bool = True) -> None:
    """Note that people elsewhere wrote what no model did in some texts.

    Args:
        connection: The writer's connection.
        ids: The numbers of the texts.
        on: False to note that a person here did.
    """
    ids = list(ids)
    for at in range(0, len(ids), MANY):
        some = texts.c.id.in_(ids[at : at + MANY])
        connection.execute(texts.update().where(some).values(brought_in=on))


def rooted(text: Text, own: Mapping[str, Text]) -> Text:
    """Give what a text is here, of whose parents some may be others here.

    A text of another garden comes with its parents, but without theirs; so they have no parents
    here, and are other texts than those there.

    Args:
        text: The text.
        own: What stands here in place of a text, by its identity.
    """
    before = text.origin.parents
    parents = tuple(own.get(each.identity, each) for each in before)
    if parents == before and not isinstance(text, Stored):
        return text
    origin = replace(text.origin, parents=parents)
    if not isinstance(text, Offspring):
        return Offspring(text.content, origin)
    return Offspring(text.content, origin, text.flaws, text.mean_logprob)


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
        shared = replace(origin, seed=None, raw=None, finish=None, spans=(), source=None)
        if shared != Origin(author=origin.author, at=origin.at):
            key = as_json([shared.as_dict(), [each.identity for each in origin.parents]])
            if key not in numbers:
                numbers[key] = _brood_of(connection, origin, known)
            number = numbers[key]
        rows.append(row_of(text, number) | {"place": None, "aside": False})
    insert_texts(connection, rows)
    return find(connection, (text.identity for text in generation))


def _brood_of(connection: sa.Connection, origin: Origin, known: dict[str, int]) -> int:
    number = insert_brood(
        connection,
        kind=origin.operation,
        **origin_columns(
            origin.prompt, origin.pattern, origin.start, origin.model, origin.sampling
        ),
        reproducible=origin.reproducible,
        examples=origin.examples,
    )
    ids = [known[each.identity] for each in origin.parents]
    insert_parents(connection, number, ids, len(ids), origin.examples, [])
    return number


def insert_texts(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Insert texts, and the fingerprints of contents that the garden did not have.

    Args:
        connection: The writer's connection.
        rows: Their rows.
    """
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


def insert_brood(connection: sa.Connection, **values: Any) -> int:
    """Insert the row of a brood; give its number.

    Args:
        connection: The writer's connection.
        **values: Its columns.
    """
    return new_key(connection.execute(broods.insert().values(at=now(), **values)))


def insert_parents(
    connection: sa.Connection,
    brood: int,
    parents: list[int],
    shown: int,
    examples: int,
    chain_ids: list[int],
) -> None:
    """Insert the parents of a brood, in their places and roles.

    Args:
        connection: The writer's.
        brood: The number of the brood.
        parents: The numbers of all that were given, left out or not.
        shown: How many of them, from the first, stood in the prompt.
        examples: How many of these, from the first, were examples.
        chain_ids: For each of the first, the number of the chain that it is a version of: the
            examples, and what was under work where its chain says more than its texts do.
    """
    rows = []
    for place, parent in enumerate(parents):
        role = "example" if place < examples else "parent" if place < shown else "left out"
        chain = chain_ids[place] if place < min(shown, len(chain_ids)) else None
        rows.append(
            {"brood_id": brood, "place": place, "text_id": parent, "role": role, "chain_id": chain}
        )
    if rows:
        connection.execute(brood_parents.insert(), rows)
