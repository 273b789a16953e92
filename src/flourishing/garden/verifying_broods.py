"""Checking what a garden says of its broods, beyond what the identities of their texts say.

A brood that was saved says how many offspring were asked for; one that only holds together texts
that came alone (an edit, an import) does not, and its kind follows from their origin. What cannot
be known is not checked: that fewer came than were asked for is no damage, since a person may have
stopped it, or emptied the garden since.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from flourishing.garden.problems import UNREADABLE, Problem, batches
from flourishing.garden.reading import as_pattern, as_usage, read, rows_in
from flourishing.garden.schema import bed_states, brood_parents, broods, chain_texts, texts
from flourishing.operation import MODEL_OPERATIONS, Operation

Row: TypeAlias = sa.Row[*tuple[Any, ...]]

_CHAINED: Final = {Operation.REFINE, Operation.WORSEN}


def check_broods(connection: sa.Connection) -> Iterator[Problem]:
    """Say what is wrong with the broods."""
    beds = _beds(connection)
    versions = _versions(connection)
    for rows in batches(connection, sa.select(broods), broods.c.id):
        ids = [row.id for row in rows]
        offspring, its_parents = _offspring(connection, ids), _parents(connection, ids)
        for row in rows:
            wrong = [
                *_unreadable(row),
                *_kind(connection, row, offspring[row.id]),
                *_asked(row, offspring[row.id]),
                *_chains(row, its_parents[row.id], versions),
            ]
            if row.bed_id is not None and row.bed_id not in beds[row.id]:
                wrong.append(f"bed {row.bed_id} does not know of it")
            yield from (Problem(f"brood {row.id}", what) for what in wrong)


def _unreadable(row: Row) -> Iterator[str]:
    """What no text's identity says of a brood can be read all the same."""
    try:
        json.loads(row.notes or "[]")
        as_usage(row.usage)
    except UNREADABLE as error:
        yield f"cannot be read: {error}"


def _kind(connection: sa.Connection, row: Row, offspring: list[Row]) -> Iterator[str]:
    """Its kind is one that it can be of."""
    if row.asked is None:
        # All of its texts have one origin but for what each has of its own.
        for text in read(connection, [each.id for each in offspring[:1]]):
            if row.kind != (said := text.origin.operation):
                yield f"it is said to be {row.kind}, and its texts say {said}"
        return
    try:
        chained = bool(as_pattern(row.pattern).link)
    except UNREADABLE:
        chained = row.kind in _CHAINED  # its texts tell what is wrong
    if (
        row.kind not in MODEL_OPERATIONS
        or (row.kind in _CHAINED and not chained)
        or (row.kind == Operation.BREED and row.examples)
    ):
        yield f"it is said to be {row.kind}, and its pattern and its examples say otherwise"


def _asked(row: Row, offspring: list[Row]) -> Iterator[str]:
    """As many were asked for as came, at the least."""
    if any((text.place is None) != (row.asked is None) for text in offspring):
        yield "its texts say otherwise whether a number of them was asked for"
    elif row.asked is None:
        if row.seed is not None:
            yield "it does not say how many were asked for"
    elif (came := sum(not text.aside for text in offspring)) > row.asked:
        yield f"it is said to be of {row.asked}, and {came} came"


def _chains(row: Row, its: list[Row], versions: dict[int, list[int]]) -> Iterator[str]:
    """Its examples, and what was under work, are the chains that they are said to be."""
    roles = Counter(each.role for each in its)
    if row.asked is not None and roles["example"] not in {0, row.examples}:
        yield f"it has {roles['example']} texts as examples, and should have {row.examples}"
        return
    for role in ("example", "parent"):
        named = [(each.chain_id, each.text_id) for each in its if each.role == role]
        needed = role == "example" and row.asked is not None
        if (needed or any(chain for chain, _ in named)) and not _told(named, versions):
            yield f"a chain among its {role}s is not the one that it is said to be"


def _told(named: list[tuple[int | None, int]], versions: dict[int, list[int]]) -> bool:
    """Say whether texts in their places are whole chains, one after the other."""
    at = 0
    while at < len(named):
        chain = named[at][0]
        whole = versions.get(chain, []) if chain is not None else []
        if not whole or named[at : at + len(whole)] != [(chain, text) for text in whole]:
            return False
        at += len(whole)
    return True


def _versions(connection: sa.Connection) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    query = sa.select(chain_texts).order_by(chain_texts.c.chain_id, chain_texts.c.place)
    for row in connection.execute(query):
        found[row.chain_id].append(row.text_id)
    return found


def _beds(connection: sa.Connection) -> dict[int, set[int]]:
    """Give for each brood the beds that ever showed it."""
    found: dict[int, set[int]] = defaultdict(set)
    for rows in batches(connection, sa.select(bed_states), bed_states.c.id):
        for row in rows:
            try:
                brood = json.loads(row.state)["brood"]
            except (*UNREADABLE, AttributeError):
                continue  # it is named where the beds are checked
            if isinstance(brood, int):
                found[brood].add(row.bed_id)
    return found


def _offspring(connection: sa.Connection, ids: list[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    query = sa.select(texts.c.id, texts.c.brood_id, texts.c.place, texts.c.aside)
    for row in rows_in(connection, query, texts.c.brood_id, ids):
        found[row.brood_id].append(row)
    return found


def _parents(connection: sa.Connection, ids: list[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    query = sa.select(brood_parents).order_by(brood_parents.c.place)
    for row in rows_in(connection, query, brood_parents.c.brood_id, ids):
        found[row.brood_id].append(row)
    return found
