"""Giving what a garden has as records for another garden, or as data to learn from.

Texts come in the order of their numbers, so parents before their children, and each brood after the
last of its texts, one that several models shared after its parts. Little is in memory at a time.
What is damaged is left out and named, with what came from it: no other garden could take it in.

Preference pairs are what a person chose, and over what.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from flourishing.core.operation import Operation
from flourishing.formats.jsonl.records import (
    BedRecord,
    BroodRecord,
    ChainRecord,
    CollectionRecord,
    Labelled,
    Mark,
    MarkRecord,
    OffspringRecord,
    OtherRecord,
    ParentRecord,
)
from flourishing.formats.jsonl.transfer import text_table
from flourishing.garden.beds import read_bed
from flourishing.garden.collections import standing_on
from flourishing.garden.database import Database
from flourishing.garden.rows import (
    PRICES,
    UNREADABLE,
    Stored,
    as_operation,
    as_source,
    as_usage,
    is_sound,
    legible_places,
    require_sound,
)
from flourishing.garden.run_transfer import run_records
from flourishing.garden.schema import (
    acts,
    bed_states,
    beds,
    brood_parents,
    broods,
    chain_texts,
    chains,
    collections,
    marks,
    standing,
    texts,
)
from flourishing.garden.text_reader import MARKS, not_undone, read, rows_in

_AT_ONCE = 500
"""How many texts are read at a time."""


class Export:
    """The records of a garden, given once.

    Args:
        database: The garden's.
        ids: The numbers of the texts that are asked for, which bring their lineage, their broods
            and chains, their marks, and their places in collections; None for everything.

    Attributes:
        chosen: How many of the texts that were asked for were given.
        identities: The identities of all texts that were given.
        left_out: What could not be given, each with its reason.
    """

    def __init__(self, database: Database, ids: Sequence[int] | None) -> None:
        self._database = database
        self._chosen = None if ids is None else set(ids)
        self._numbers: dict[int, str] = {}
        self._chains: set[int] = set()
        self._broods: set[int] = set()
        self.chosen = 0
        self.identities: set[str] = set()
        self.left_out: list[str] = []

    def __iter__(self) -> Iterator[OtherRecord | dict[str, object]]:
        with self._database.reading() as connection:
            everyone = _lineage(connection, self._chosen)
            due = _due(connection, None if self._chosen is None else everyone)
            for at in range(0, len(everyone), _AT_ONCE):
                some = everyone[at : at + _AT_ONCE]
                yield from self._texts(connection, some)
                ripe = sorted(brood for brood, last in due.items() if last <= some[-1])
                yield from self._some_broods(connection, ripe)
                for brood in ripe:
                    del due[brood]
            yield from self._some_broods(connection, sorted(due))
            yield from self._shared_broods(connection)
            yield from self._collections(connection)
            if self._chosen is None:
                yield from self._beds(connection)
                yield from run_records(connection, self._numbers, self._broods)
            yield from self._marks(connection)

    def _texts(self, connection: sa.Connection, ids: list[int]) -> Iterator[dict[str, object]]:
        for text in read(connection, ids):
            gone = [each for each in text.origin.parents if each.identity not in self.identities]
            if text.damage:
                self.left_out.append(text.damage)
            elif gone:
                before = gone[0].id if isinstance(gone[0], Stored) else 0
                why = f"it came from text {before}, which is left out"
                self.left_out.append(f"Text {text.id} is left out: {why}.")
            else:
                asked = self._chosen is None or text.id in self._chosen
                self._numbers[text.id] = text.identity
                self.identities.add(text.identity)
                self.chosen += asked
                yield text_table(text, brood=text.brood, chosen=asked, brought_in=text.brought_in)

    def _some_broods(self, connection: sa.Connection, ids: list[int]) -> Iterator[OtherRecord]:
        """Give broods, each after the chains that stood in its prompt."""
        born: dict[int, list[OffspringRecord]] = defaultdict(list)
        query = sa.select(texts.c.id, texts.c.brood_id, texts.c.place, texts.c.aside)
        order = (texts.c.aside, texts.c.place, texts.c.id)
        for row in rows_in(connection, query.order_by(*order), texts.c.brood_id, ids):
            if row.id in self._numbers:
                its = OffspringRecord(
                    text=self._numbers[row.id], place=row.place, aside=bool(row.aside)
                )
                born[row.brood_id].append(its)
        stood: dict[int, list[Any]] = defaultdict(list)
        query = sa.select(brood_parents).order_by(brood_parents.c.place)
        for row in rows_in(connection, query, brood_parents.c.brood_id, ids):
            stood[row.brood_id].append(row)
        named = {row.chain_id for rows in stood.values() for row in rows} - {None}
        yield from self._some_chains(connection, named)
        rows = {row.id: row for row in rows_in(connection, sa.select(broods), broods.c.id, ids)}
        for id in ids:
            try:
                record = self._brood(rows[id], stood[id], born[id])
            except UNREADABLE as error:
                self.left_out.append(f"Brood {id} is left out: {type(error).__name__}: {error}.")
                continue
            if record.offspring or record.asked is not None:
                self._broods.add(id)
                yield record

    def _shared_broods(self, connection: sa.Connection) -> Iterator[BroodRecord]:
        """Give the broods that several models shared, of which all that came was given."""
        query = sa.select(broods.c.id, broods.c.part_of).where(broods.c.part_of.is_not(None))
        parts: dict[int, list[int]] = defaultdict(list)
        for row in connection.execute(query.order_by(broods.c.id)):
            if row.id in self._broods:
                parts[row.part_of].append(row.id)
        query = sa.select(broods).order_by(broods.c.id)
        for row in rows_in(connection, query, broods.c.id, sorted(parts)):
            self._broods.add(row.id)
            yield BroodRecord(
                key=row.id,
                kind=Operation(row.kind),
                at=row.at,
                offspring=(),
                asked=row.asked,
                bed=row.bed_id if self._chosen is None else None,
                seed=row.seed,
                reproducible=bool(row.reproducible),
                notes=tuple(json.loads(row.notes or "[]")),
                first=legible_places(row.shown_first),
                parts=tuple(parts[row.id]),
            )

    def _brood(
        self, row: sa.Row[Any], parents: list[Any], born: list[OffspringRecord]
    ) -> BroodRecord:
        offspring = tuple(born)
        if row.asked is None:
            # That of its texts which they have in common stands in each of them.
            return BroodRecord(key=row.id, kind=Operation(row.kind), at=row.at, offspring=offspring)
        require_sound(row.prompt, row.start, row.model, row.notes)
        if any(each.text_id not in self._numbers for each in parents if each.role != "left out"):
            raise ValueError("one of its parents is left out")
        usage = json.loads(row.usage or "{}")
        return BroodRecord(
            key=row.id,
            kind=as_operation(row.kind, row.pattern),
            at=row.at,
            offspring=offspring,
            asked=row.asked,
            bed=row.bed_id if self._chosen is None and row.part_of is None else None,
            parents=tuple(
                ParentRecord(
                    text=self._numbers[each.text_id],
                    role=each.role,
                    chain=each.chain_id if each.chain_id in self._chains else None,
                )
                for each in parents
                if each.text_id in self._numbers
            ),
            prompt=row.prompt,
            pattern=json.loads(row.pattern) if row.pattern else None,
            start=row.start,
            model=row.model,
            sampling=json.loads(row.sampling) if row.sampling else None,
            seed=row.seed,
            reproducible=bool(row.reproducible),
            notes=tuple(json.loads(row.notes or "[]")),
            usage=as_usage(row.usage),
            prices=usage.get(PRICES),
            first=legible_places(row.shown_first),
        )

    def _some_chains(self, connection: sa.Connection, ids: Iterable[int]) -> Iterator[ChainRecord]:
        ids = sorted(set(ids) - self._chains)
        versions: dict[int, list[int]] = defaultdict(list)
        query = sa.select(chain_texts).order_by(chain_texts.c.place)
        for row in rows_in(connection, query, chain_texts.c.chain_id, ids):
            versions[row.chain_id].append(row.text_id)
        for row in rows_in(connection, sa.select(chains), chains.c.id, ids):
            if not all(id in self._numbers for id in versions[row.id]):
                continue  # of some texts' export, or damaged, which is named already
            try:
                source = as_source(row.source)
            except UNREADABLE:
                self.left_out.append(f"The source of chain {row.id} is damaged, and left out.")
                source = None
            self._chains.add(row.id)
            identities = tuple(self._numbers[id] for id in versions[row.id])
            yield ChainRecord(key=row.id, versions=identities, source=source)

    def _collections(self, connection: sa.Connection) -> Iterator[OtherRecord]:
        for row in connection.execute(sa.select(collections).order_by(collections.c.id)).all():
            items = standing_on(connection, row.id)
            its_chains = [chain for _, chain in items if chain is not None]
            its_texts = [text for text, _ in items if text is not None]
            if self._chosen is not None:
                its_texts = [id for id in its_texts if id in self._chosen]
            yield from self._some_chains(connection, its_chains)
            record = CollectionRecord(
                name=row.name,
                title=row.title,
                pattern=row.pattern,
                kind=row.kind,
                texts=tuple(self._numbers[id] for id in its_texts if id in self._numbers),
                chains=tuple(id for id in its_chains if id in self._chains),
            )
            if record.texts or record.chains:
                yield record

    def _beds(self, connection: sa.Connection) -> Iterator[BedRecord]:
        """Give the beds, the last changed last, so that they are in this order there, too."""
        last = (
            sa.select(sa.func.max(bed_states.c.id))
            .join(acts, acts.c.id == bed_states.c.act_id)
            .where(bed_states.c.bed_id == beds.c.id, acts.c.undone.is_(False))
            .scalar_subquery()
        )
        query = sa.select(beds.c.id).order_by(sa.func.coalesce(last, 0), beds.c.id)
        for id in connection.execute(query).scalars().all():
            bed = read_bed(connection, id)
            if bed.settings.unknown:
                names = ", ".join(sorted(bed.settings.unknown))
                self.left_out.append(f"Settings of the bed {bed.name!r} are left out: {names}.")
            yield BedRecord(
                key=bed.id,
                name=bed.name,
                at=bed.at.isoformat(timespec="microseconds"),
                parents=self._named(bed.parents),
                shown=tuple(self._numbers.get(each) for each in bed.shown),
                chain=self._named(bed.chain),
                brood=bed.brood if bed.brood in self._broods else None,
                pattern=bed.pattern,
                kind=bed.kind,
                start=bed.start,
                n=bed.n,
                settings=replace(bed.settings, unknown={}),
                away=bed.away,
            )

    def _named(self, ids: Iterable[int]) -> tuple[str, ...]:
        return tuple(self._numbers[id] for id in ids if id in self._numbers)

    def _marks(self, connection: sa.Connection) -> Iterator[MarkRecord]:
        """Give the marks of the texts that were asked for, in the order of their events."""
        marked: dict[tuple[int, Mark | Labelled, str], int] = {}
        for row in connection.execute(sa.select(standing)):
            for kind in MARKS:
                if (event := getattr(row, kind)) is not None:
                    marked[row.text_id, kind, ""] = event
        query = sa.select(marks).where(marks.c.kind == "tag", not_undone(marks))
        for row in connection.execute(query.order_by(marks.c.id)):
            if row.given:
                marked[row.text_id, "tag", row.label] = row.id
            else:
                marked.pop((row.text_id, "tag", row.label), None)
        titles = sa.select(marks).where(marks.c.kind == "title", not_undone(marks))
        latest = {row.text_id: row for row in connection.execute(titles.order_by(marks.c.id))}
        marked |= {(id, "title", row.label): row.id for id, row in latest.items() if row.label}
        for id, mark, label in sorted(marked, key=marked.__getitem__):
            if id in self._numbers and (self._chosen is None or id in self._chosen):
                yield MarkRecord(text=self._numbers[id], mark=mark, label=label)


def _lineage(connection: sa.Connection, chosen: set[int] | None) -> list[int]:
    """Give the numbers of texts and of all that they came from; of everything for None."""
    if chosen is None:
        return list(connection.execute(sa.select(texts.c.id).order_by(texts.c.id)).scalars())
    found: set[int] = set()
    looked: set[int] = set()
    fresh = set(chosen)
    of_text = sa.select(texts.c.brood_id)
    of_brood = sa.select(brood_parents.c.text_id).where(brood_parents.c.role != "left out")
    while fresh:
        found |= fresh
        from_broods = {row.brood_id for row in rows_in(connection, of_text, texts.c.id, fresh)}
        from_broods -= looked | {None}
        looked |= from_broods
        rows = rows_in(connection, of_brood, brood_parents.c.brood_id, from_broods)
        fresh = {row.text_id for row in rows} - found
    return sorted(found)


def _due(connection: sa.Connection, ids: list[int] | None) -> dict[int, int]:
    """Say after which text each brood can be given: the last of its offspring and its parents."""
    due: dict[int, int] = defaultdict(int)
    if ids is None:
        shared = sa.select(broods.c.part_of).where(broods.c.part_of.is_not(None))
        own = sa.select(broods.c.id).where(broods.c.id.not_in(shared))
        due |= dict.fromkeys(connection.execute(own).scalars(), 0)
        stood = sa.select(brood_parents.c.brood_id, brood_parents.c.text_id)
        for brood, text in connection.execute(stood):
            due[brood] = max(due[brood], text)
        born: Iterable[Any] = connection.execute(sa.select(texts.c.brood_id, texts.c.id))
    else:
        born = rows_in(connection, sa.select(texts.c.brood_id, texts.c.id), texts.c.id, ids)
    for brood, text in born:
        if brood is not None:
            due[brood] = max(due[brood], text)
    return due


Why: TypeAlias = Literal["kept over dropped", "kept over passed by", "edited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Of two continuations of one prompt, the one that a person chose.

    Attributes:
        prompt: The exact prompt.
        chosen: The one that was chosen, as it follows the prompt.
        rejected: The other.
        why: How it is known.
        chosen_id: The number of the chosen text.
        rejected_id: The number of the other.
    """

    prompt: str
    chosen: str
    rejected: str
    why: Why
    chosen_id: int
    rejected_id: int

    def as_dict(self) -> dict[str, object]:
        """Give the pair as plain data for JSON."""
        return asdict(self)


def preferences(connection: sa.Connection, *, passed: bool = False) -> Iterator[Preference]:
    """Give the pairs that follow from what was kept, dropped and edited, brood by brood.

    What was put away is in none of them; nor are two that read the same, or what is damaged.

    Args:
        connection: The garden's.
        passed: Also pairs of a kept one and one that was neither kept nor dropped: it may have been
            overlooked. Of a brood of which some were shown first, only these.
    """
    shared = broods.alias("shared")
    query = (
        sa.select(
            texts.c.id,
            texts.c.brood_id,
            texts.c.content,
            texts.c.raw,
            texts.c.place,
            broods.c.prompt,
            sa.func.coalesce(shared.c.shown_first, broods.c.shown_first).label("shown_first"),
            standing.c.keep,
            standing.c.drop,
        )
        .join(broods, broods.c.id == texts.c.brood_id)
        .outerjoin(shared, shared.c.id == broods.c.part_of)
        .outerjoin(standing, standing.c.text_id == texts.c.id)
        .where(broods.c.prompt.is_not(None), texts.c.aside.is_(False), standing.c.away.is_(None))
        .order_by(texts.c.brood_id, texts.c.place, texts.c.id)
    )
    for _, rows in groupby(connection.execute(query), key=lambda row: row.brood_id):
        brood = [row for row in rows if is_sound(_continuation(row)) and is_sound(row.prompt)]
        for kept in (row for row in brood if row.keep is not None and row.drop is None):
            for other in (row for row in brood if row.keep is None):
                if other.drop is None and not (passed and _was_shown(other)):
                    continue
                if other.content == kept.content:
                    continue
                yield Preference(
                    prompt=kept.prompt,
                    chosen=_continuation(kept),
                    rejected=_continuation(other),
                    why="kept over passed by" if other.drop is None else "kept over dropped",
                    chosen_id=kept.id,
                    rejected_id=other.id,
                )
    yield from _edits(connection)


def _was_shown(row: sa.Row[*tuple[Any, ...]]) -> bool:
    """Say whether a person saw an offspring without asking for the rest of its brood."""
    first = legible_places(row.shown_first)
    return not first or row.place in first


def _edits(connection: sa.Connection) -> Iterator[Preference]:
    """Give the pairs of what came and a person's edit of it, where that follows the prompt too."""
    before, its, edit, act, gone = (
        texts.alias("before"),
        broods.alias("its"),
        texts.alias("edit"),
        broods.alias("act"),
        standing.alias("gone"),
    )
    query = (
        sa.select(
            before.c.id,
            before.c.content,
            before.c.raw,
            its.c.prompt,
            its.c.start,
            edit.c.id.label("edit_id"),
            edit.c.content.label("edited"),
        )
        .join(act, sa.and_(act.c.id == edit.c.brood_id, act.c.kind == Operation.EDIT))
        .join(brood_parents, brood_parents.c.brood_id == act.c.id)
        .join(before, before.c.id == brood_parents.c.text_id)
        .join(its, its.c.id == before.c.brood_id)
        .join(standing, standing.c.text_id == edit.c.id)
        .outerjoin(gone, gone.c.text_id == before.c.id)
        .where(
            its.c.prompt.is_not(None),
            standing.c.keep.is_not(None),
            standing.c.drop.is_(None),
            standing.c.away.is_(None),
            gone.c.away.is_(None),
        )
        .order_by(edit.c.id)
    )
    for row in connection.execute(query):
        chosen = _from_prompt(row, row.edited)
        if chosen is None or not all(map(is_sound, (chosen, _continuation(row), row.prompt))):
            continue
        yield Preference(
            prompt=row.prompt,
            chosen=chosen,
            rejected=_continuation(row),
            why="edited",
            chosen_id=row.edit_id,
            rejected_id=row.id,
        )


def _continuation(row: sa.Row[*tuple[Any, ...]]) -> str:
    return str(row.raw if row.raw is not None else row.content)


def _from_prompt(row: sa.Row[*tuple[Any, ...]], edited: str) -> str | None:
    """Give an edit as it would follow the prompt, which ends with the start words.

    Returns:
        It without these, with the blanks around what the model wrote; None if it begins otherwise.
    """
    start, raw = row.start.rstrip(" "), _continuation(row)
    if not edited.startswith(start):
        return None
    if start:
        return str(edited[len(start) :])
    before = raw[: len(raw) - len(raw.lstrip())]
    after = raw[len(raw.rstrip()) :]
    return f"{before}{edited}{after}"
