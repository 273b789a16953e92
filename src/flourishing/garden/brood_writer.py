"""Writing broods and chains into a garden: each once, with the texts that they are made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from flourishing.breeding.brood import Brood, Offspring
from flourishing.core.chain import Chain
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.garden import journal
from flourishing.garden.database import now
from flourishing.garden.rows import (
    as_json,
    legible_places,
    new_key,
    origin_columns,
    row_of,
    source_as_json,
)
from flourishing.garden.schema import acts, brood_parents, broods, chain_texts, chains, marks, texts
from flourishing.garden.text_reader import in_brood, rows_in
from flourishing.garden.text_writer import (
    find,
    insert_brood,
    insert_parents,
    insert_texts,
    plant_all,
    rooted,
)
from flourishing.stored_form import USAGE, write_fields


def plant_brood(
    connection: sa.Connection,
    brood: Brood,
    bed: int | None,
    places: Sequence[int] | None = None,
) -> int:
    """Store a brood: its parents, the exact prompt, and every offspring, those set aside too.

    One that is there, and has grown since, is brought up to date.

    Args:
        connection: The writer's.
        brood: The brood.
        bed: The number of its bed.
        places: The place of each offspring, where not all came; by default one after the other.

    Returns:
        Its number.
    """
    if brood.parts:
        return _plant_parts(connection, brood, bed, places or range(len(brood)))
    chain_ids = [plant_chain(connection, chain) for chain in brood.examples]
    of_place = [id for id, chain in zip(chain_ids, brood.examples, strict=True) for _ in chain]
    if brood.operation.continues and brood.chain is not None and brood.chain.source is not None:
        # Its versions are parents anyway; where they were found, only the chain says.
        of_place += [plant_chain(connection, brood.chain)] * len(brood.chain)
    stood = [*brood.parents, *brood.left_out]
    known, own = plant_all(connection, stood)
    parents = [known[own.get(text.identity, text).identity] for text in stood]
    born = {
        (ours := rooted(each, own)).identity: (ours, {"place": place, "aside": aside})
        for aside, group, at in (
            (False, brood.offspring, places or range(len(brood))),
            (True, brood.set_aside, range(len(brood.set_aside))),
        )
        for place, each in zip(at, group, strict=True)
    }
    there = find(connection, born)
    if (saved := saved_brood(connection, there.values())) is not None:
        _grow(connection, saved, brood, born, there)
        return saved
    # What the texts say of it, as their identities do; where none came, the brood itself.
    examples = brood[0].origin.examples if len(brood) else sum(map(len, brood.examples))
    number = insert_brood(
        connection,
        kind=brood.operation,
        bed_id=bed,
        **origin_columns(brood.prompt, brood.pattern, brood.start, brood.model, brood.sampling),
        seed=brood.seed,
        reproducible=brood.reproducible,
        asked=brood.asked,
        examples=examples,
        notes=as_json(brood.notes),
        usage=as_json(write_fields(brood.usage, USAGE)),
    )
    insert_parents(connection, number, parents, len(brood.parents), examples, of_place)
    fresh = [row_of(text, number) | at for key, (text, at) in born.items() if key not in there]
    insert_texts(connection, fresh)
    _adopt(connection, number, {id: born[key][1] for key, id in there.items()})
    return number


def _plant_parts(
    connection: sa.Connection, brood: Brood, bed: int | None, places: Sequence[int]
) -> int:
    """Store what each of several models gave as a brood, and the brood that they are parts of."""
    at = {text.identity: place for place, text in zip(places, brood, strict=True)}
    giving = [part for part in brood.parts if part.offspring or part.set_aside]
    ids = [
        plant_brood(connection, part, bed, [at[text.identity] for text in part]) for part in giving
    ]
    query = sa.select(broods.c.part_of).where(broods.c.id.in_(ids), broods.c.part_of.is_not(None))
    number = connection.execute(query.limit(1)).scalar()
    notes = as_json(brood.notes)
    if number is None:
        number = insert_brood(
            connection,
            kind=brood.operation,
            bed_id=bed,
            seed=brood.seed,
            reproducible=brood.reproducible,
            asked=brood.asked,
            notes=notes,
        )
    else:
        connection.execute(broods.update().where(broods.c.id == number).values(notes=notes))
    # By its texts a part is known again; one without any, by its model.
    of_it = sa.select(broods.c.model).where(broods.c.part_of == number)
    known = set(connection.execute(of_it).scalars())
    ids += [
        plant_brood(connection, part, bed)
        for part in brood.parts
        if part not in giving and part.model not in known
    ]
    join_parts(connection, number, ids)
    return int(number)


def join_parts(connection: sa.Connection, number: int, ids: Sequence[int]) -> None:
    """Note that broods are what several models gave of one.

    Args:
        connection: The writer's.
        number: The number of the brood that the models shared.
        ids: The numbers of its parts.
    """
    connection.execute(broods.update().where(broods.c.id.in_(ids)).values(part_of=number))


def grow_brood(
    connection: sa.Connection, number: int, come: Mapping[int, Offspring]
) -> dict[int, int]:
    """Add offspring to a stored brood while it still comes; nothing else of it is looked at.

    What stood in their places is set aside.

    Args:
        connection: The writer's.
        number: The number of the brood.
        come: The offspring, by their places. Of a brood that several models share, something of
            each of these models was saved before.

    Returns:
        Their numbers, by their places.

    Raises:
        InputError: The brood is not there.
    """
    its = sa.or_(broods.c.id == number, broods.c.part_of == number)
    rows = connection.execute(sa.select(broods.c.id, broods.c.part_of, broods.c.model).where(its))
    numbers = {row.model: row.id for row in rows}
    if number not in numbers.values():
        raise InputError(f"There is no brood {number}.", hint="Save the whole brood again.")
    stood = {each.identity: each for text in come.values() for each in text.origin.parents}
    _, own = plant_all(connection, list(stood.values()))
    born = {
        (ours := rooted(each, own)).identity: (ours, {"place": place, "aside": False})
        for place, each in come.items()
    }
    there = find(connection, born)
    its_brood = {key: numbers.get(text.origin.model, number) for key, (text, _) in born.items()}
    insert_texts(
        connection,
        [row_of(text, its_brood[key]) | at for key, (text, at) in born.items() if key not in there],
    )
    for part in set(its_brood.values()):
        known = {id: born[key][1] for key, id in there.items() if its_brood[key] == part}
        _adopt(connection, part, known)
    ids = find(connection, born)
    connection.execute(
        texts.update()
        .where(
            in_brood(number),
            texts.c.place.in_(list(come)),
            texts.c.aside.is_(False),
            texts.c.id.not_in(list(ids.values())),
        )
        .values(aside=True)
    )
    return {at["place"]: ids[key] for key, (_, at) in born.items()}


def places_of(connection: sa.Connection, number: int) -> dict[int, int]:
    """Give the numbers of the offspring of a brood, by their places.

    Args:
        connection: A connection to the garden.
        number: The number of the brood.
    """
    query = sa.select(texts.c.place, texts.c.id).where(
        in_brood(number), texts.c.aside.is_(False), texts.c.place.is_not(None)
    )
    return {row.place: row.id for row in connection.execute(query)}


def put_first(connection: sa.Connection, number: int, ids: Sequence[int], note: str = "") -> None:
    """Note which offspring of a brood are shown first, the others only where they are asked for.

    Args:
        connection: The writer's.
        number: The number of the brood.
        ids: The numbers of the offspring in the order in which they are shown; none for all.
        note: What a person should know of the choice, which joins the notes of the brood.

    Raises:
        InputError: The brood is not there, or one of them is none of its offspring.
    """
    at = {id: place for place, id in places_of(connection, number).items()}
    if strangers := [id for id in ids if id not in at]:
        raise InputError(
            f"The text {strangers[0]} is no offspring of the brood {number}.",
            hint="Choose among the offspring of the brood, without those set aside.",
        )
    notes = connection.execute(sa.select(broods.c.notes).where(broods.c.id == number)).scalar()
    told = [*json.loads(notes or "[]"), *([note] if note else [])]
    places = as_json([at[id] for id in dict.fromkeys(ids)]) if ids else None
    connection.execute(
        broods.update().where(broods.c.id == number).values(shown_first=places, notes=as_json(told))
    )


def first_shown(connection: sa.Connection, number: int | None) -> tuple[int, ...]:
    """Give the places of a brood that are shown first, in their order; none where all are.

    Args:
        connection: A connection to the garden.
        number: The number of the brood; None for none.
    """
    query = sa.select(broods.c.shown_first).where(broods.c.id == number)
    return legible_places(connection.execute(query).scalar())


def note_born(connection: sa.Connection, brood: int, newest: int) -> None:
    """Note that offspring came without a bed, so that it can be undone: they are put away by that.

    In a bed, undoing a brood only takes it out of the bed's sight.

    Args:
        connection: The writer's.
        brood: The number of the brood.
        newest: The number of the newest text before it was saved. What was there before is not
            put away, unless it was when an earlier saving of it was undone.
    """
    ids = set(places_of(connection, brood).values())
    acts_of_it, fresh = _born_before(connection, ids, newest)
    if fresh:
        act = max(acts_of_it, default=0) or journal.begin(connection, "breed")
        journal.mark(connection, act, fresh, "born")


def note_brought(connection: sa.Connection, act: journal.Together, newest: int) -> None:
    """Note which texts came with an act, such as an import: they are put away where it is undone.

    Args:
        connection: The writer's.
        act: The act.
        newest: The number of the newest text before it. What was there before is not put away,
            unless it was when an earlier import of it was undone.
    """
    come = sa.select(texts.c.id).where(texts.c.id > newest)
    marked = sa.select(marks.c.text_id).where(marks.c.act_id == act.id)
    ids = {id for query in (come, marked) for id in connection.execute(query).scalars()}
    _, fresh = _born_before(connection, ids | act.texts, newest)
    if fresh:
        act.used = True
        journal.mark(connection, act.id, fresh, "born")


def _born_before(
    connection: sa.Connection, ids: Iterable[int], newest: int
) -> tuple[list[int], list[int]]:
    """Give the acts that hold with which texts came, and the texts that came with none of them."""
    query = sa.select(marks.c.text_id, acts.c.id, acts.c.undone).join(
        acts, acts.c.id == marks.c.act_id
    )
    ids = sorted(ids)
    # The last one counts: a text that came again after an undo has an event of each time.
    query = query.where(marks.c.kind == journal.BORN).order_by(marks.c.id)
    known = {row.text_id: row for row in rows_in(connection, query, marks.c.text_id, ids)}
    fresh = [id for id in ids if (known[id].undone if id in known else id > newest)]
    return [row.id for row in known.values() if not row.undone], fresh


def saved_brood(connection: sa.Connection, ids: Iterable[int]) -> int | None:
    """Give the brood with which one of these texts was saved.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the texts.
    """
    query = (
        sa.select(broods.c.id)
        .join(texts, texts.c.brood_id == broods.c.id)
        .where(texts.c.id.in_(list(ids)), broods.c.asked.is_not(None))
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def _grow(
    connection: sa.Connection,
    number: int,
    brood: Brood,
    born: dict[str, tuple[Text, dict[str, Any]]],
    there: dict[str, int],
) -> None:
    """Bring a stored brood up to date with one that has all of its texts, and perhaps more.

    A brood that is saved while it still comes is saved again with each offspring.
    """
    query = sa.select(texts.c.id).where(texts.c.brood_id == number)
    ours = set(connection.execute(query).scalars())
    if not ours <= set(there.values()):
        return  # a part of it was given
    insert_texts(
        connection,
        [row_of(text, number) | at for key, (text, at) in born.items() if key not in there],
    )
    _adopt(connection, number, {id: born[key][1] for key, id in there.items()})
    row = connection.execute(sa.select(broods.c.usage).where(broods.c.id == number)).scalar()
    usage = json.loads(row or "{}") | write_fields(brood.usage, USAGE)  # the prices beside it stay
    connection.execute(
        broods.update()
        .where(broods.c.id == number)
        .values(seed=brood.seed, notes=as_json(brood.notes), usage=as_json(usage))
    )


def _adopt(connection: sa.Connection, brood: int, places: dict[int, dict[str, Any]]) -> None:
    """Give a brood those of its texts that were here before it, because they were kept at once."""
    query = sa.select(texts.c.id, texts.c.brood_id, texts.c.place, texts.c.aside)
    before = set()
    for row in list(rows_in(connection, query, texts.c.id, places)):
        before.add(row.brood_id)
        now = {"brood_id": brood, **places[row.id]}
        if now != {"brood_id": row.brood_id, "place": row.place, "aside": row.aside}:
            connection.execute(texts.update().where(texts.c.id == row.id).values(**now))
    before -= {brood}
    if not before:
        return
    left = sa.select(texts.c.brood_id).where(texts.c.brood_id.in_(before))
    before -= set(connection.execute(left).scalars())
    connection.execute(brood_parents.delete().where(brood_parents.c.brood_id.in_(before)))
    connection.execute(broods.delete().where(broods.c.id.in_(before)))


def plant_chain(connection: sa.Connection, chain: Chain) -> int:
    """Store a chain that is not there yet; give its number.

    Args:
        connection: The writer's connection.
        chain: The chain.
    """
    known, own = plant_all(connection, list(chain))
    ours = [own.get(text.identity, text) for text in chain]
    identity = chain_identity(Chain(tuple(ours), chain.source))
    found = connection.execute(sa.select(chains.c.id).where(chains.c.identity == identity)).scalar()
    if found is not None:
        return int(found)
    number = new_key(
        connection.execute(
            chains.insert().values(at=now(), identity=identity, source=source_as_json(chain.source))
        )
    )
    connection.execute(
        chain_texts.insert(),
        [
            {"chain_id": number, "place": place, "text_id": known[text.identity]}
            for place, text in enumerate(ours)
        ],
    )
    return number


def chain_identity(chain: Chain) -> bytes:
    """Give the digest by which chains differ: the identities of the versions, and the source.

    Args:
        chain: The chain.
    """
    canonical = as_json([[text.identity for text in chain], source_as_json(chain.source)])
    return hashlib.blake2b(canonical.encode(), digest_size=32).digest()
