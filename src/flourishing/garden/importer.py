"""Taking the records of another garden in: texts, broods, chains, collections, beds, marks, runs.

All of it is one act, so that undo takes back its marks, the members that it added to collections,
and its beds; a run is nothing that could be undone, and stays. What is here already stays as it is:
the same text, brood, chain or run is not taken twice, marks and members of collections are added
and none is taken away, and a bed of this garden is never changed, whatever its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa

from flourishing.breeding.brood import Brood
from flourishing.core.chain import Chain
from flourishing.core.operation import Operation
from flourishing.core.text import Text
from flourishing.errors import FlourishingError
from flourishing.formats.jsonl.records import (
    BedRecord,
    BroodRecord,
    ChainRecord,
    CollectionRecord,
    LikenessRecord,
    MarkRecord,
    OffspringRecord,
    Record,
    RunRecord,
    StepRecord,
    TextRecord,
    Unreadable,
    as_pattern,
    as_sampling,
)
from flourishing.formats.jsonl.transfer import Reader
from flourishing.garden import journal
from flourishing.garden.beds import LONGEST_NAME, Bed, of_brood, read_bed, settle
from flourishing.garden.brood_writer import (
    join_parts,
    places_of,
    plant_brood,
    plant_chain,
    put_first,
    saved_brood,
)
from flourishing.garden.collections import shelve, standing_on
from flourishing.garden.costs import newest_brood, note_prices
from flourishing.garden.reader import newest_text
from flourishing.garden.rows import UNREADABLE, Imported, as_json, as_title, free_names, is_path
from flourishing.garden.run_transfer import RunImporter
from flourishing.garden.schema import beds, broods, collections, marks, standing, texts
from flourishing.garden.text_reader import MARKS, labels_of, rows_in
from flourishing.garden.text_writer import find, insert_brood, note_brought_in, plant
from flourishing.kinds import DEFAULT, named_kind
from flourishing.models.cost import Prices

_AT_ONCE: Final = 500
"""How many texts are written at a time."""
_MISSING: Final = "needs a text that is not in the file before it, or cannot be read."


class _DamagedError(Exception):
    """A record that cannot be taken in; it says why."""


class Importer:
    """Takes records in, within one transaction.

    Args:
        connection: The writer's.
        reader: The records.
        mine: Whether a person here wrote what a person wrote there; else people elsewhere did.
    """

    def __init__(self, connection: sa.Connection, reader: Reader, *, mine: bool) -> None:
        self._connection = connection
        self._reader = reader
        self._mine = mine
        self._theirs: set[str] = set()
        self._waiting: dict[str, Text] = {}
        self._order: dict[str, int] = {}
        self._ready: list[str] = []
        self._chosen: dict[str, None] = {}
        self._chains: dict[int, Chain] = {}
        self._numbers: dict[int, int] = {}
        self._fresh: dict[int, list[int]] = {}
        self._marks: list[MarkRecord] = []
        self._act_number: int | None = None
        self._done = Imported()
        self._runs = RunImporter(connection)

    def run(self) -> Imported:
        """Take everything in."""
        before, newest = self._count(), newest_text(self._connection)
        for where, record in self._reader:
            if isinstance(record, Unreadable):
                self._done.problems.append(str(record))
                continue
            try:
                self._take(record)
            except _DamagedError as error:
                self._done.problems.append(f"{where} {error}")
            except UNREADABLE as error:
                hint = error.hint if isinstance(error, FlourishingError) else type(error).__name__
                self._done.problems.append(f"{where} cannot be taken in: {error} ({hint})")
        self._plant(list(self._waiting))
        self._mark(self._marks)
        about = find(self._connection, self._reader.identities)
        journal.be_about(self._connection, about.values())
        self._note_writers(about, newest)
        numbers = find(self._connection, self._chosen)
        self._done.ids = [numbers[each] for each in self._chosen if each in numbers]
        self._done.texts = self._count() - before
        for kind, count in self._reader.unknown.items():
            what = f"records of the kind {kind!r}, which this version does not know"
            self._done.notes.append(f"Left out: {count:,} {what}.")
        return self._done

    def _note_writers(self, about: dict[str, int], newest: int) -> None:
        """Note of which texts the people who wrote in them are people elsewhere.

        Args:
            about: The numbers of all texts of the file, by their identities.
            newest: The number of the newest text before; what was here stays whose it was, unless
                it came before as of people elsewhere and is said to be of a person here now.
        """
        theirs = self._theirs if self._mine else about.keys()
        fresh = (id for key, id in about.items() if key in theirs and id > newest)
        note_brought_in(self._connection, fresh)
        if self._mine:
            own = (id for key, id in about.items() if key not in theirs)
            note_brought_in(self._connection, own, on=False)

    def _count(self) -> int:
        query = sa.select(sa.func.count()).select_from(texts)
        return int(self._connection.execute(query).scalar_one())

    def _take(self, record: Record) -> None:
        match record:
            case TextRecord():
                self._text(record)
            case ChainRecord():
                versions = [self._known(each) for each in record.versions]
                self._chains[record.key] = Chain(tuple(versions), record.source)
            case BroodRecord():
                self._brood(record)
            case CollectionRecord():
                with self._connection.begin_nested():
                    self._collection(record)
            case BedRecord():
                with self._connection.begin_nested():
                    self._bed(record)
            case MarkRecord():
                self._known(record.text)
                self._marks.append(record)
            case RunRecord():
                self._runs.begin(record, self._done)
            case StepRecord():
                self._step(record)
            case LikenessRecord():
                named = (record.one, record.two, record.odd)
                self._plant(self._known(each).identity for each in named)
                if not self._runs.like(record, find(self._connection, named)):
                    raise _DamagedError("is of a run that is not in the file before it.")

    def _text(self, record: TextRecord) -> None:
        text = record.text
        self._waiting[text.identity] = text
        self._order[text.identity] = len(self._order)
        if record.chosen:
            self._chosen[text.identity] = None
        if record.brought_in:
            self._theirs.add(text.identity)
        for mark in record.marks:
            if mark in MARKS:
                self._marks.append(MarkRecord(text=text.identity, mark=mark))
        for tag in record.tags:
            self._marks.append(MarkRecord(text=text.identity, mark="tag", label=tag))
        # The others wait: for their brood, or of version 1 for all that came with them.
        if record.brood is None and record.complete:
            self._ready.append(text.identity)
            if len(self._ready) >= _AT_ONCE:
                self._plant(self._ready)

    def _known(self, identity: str) -> Text:
        text = self._reader.known(identity)
        if text is None:
            raise _DamagedError(_MISSING)
        return text

    def _plant(self, identities: Iterable[str]) -> None:
        """Write texts that wait, with those that wait among what they came from."""
        wanted: dict[str, Text] = {}
        looking = [*self._ready, *identities]
        self._ready = []
        while looking:
            text = self._waiting.pop(looking.pop(), None)
            if text is not None:
                wanted[text.identity] = text
                looking += [each.identity for each in text.origin.parents]
        plant(
            self._connection, sorted(wanted.values(), key=lambda each: self._order[each.identity])
        )

    def _shared_brood(self, record: BroodRecord) -> None:
        """Take in a brood that several models shared; its parts are in already."""
        if any(key not in self._numbers for key in record.parts):
            raise _DamagedError("has parts that are not in the file before it.")
        parts = [self._numbers[key] for key in record.parts]
        query = sa.select(broods.c.part_of).where(broods.c.id.in_(parts)).distinct()
        there = set(self._connection.execute(query).scalars()) - {None}
        if len(there) > 1:
            raise _DamagedError("has parts that belong to several broods here.")
        number = next(iter(there), None)
        if number is None:
            number = insert_brood(
                self._connection,
                kind=record.kind,
                asked=record.asked,
                seed=record.seed,
                reproducible=record.reproducible,
                notes=as_json(record.notes),
            )
            self._connection.execute(
                broods.update().where(broods.c.id == number).values(at=record.at)
            )
            join_parts(self._connection, number, parts)
            self._show_first(record, number)
        else:
            join_parts(self._connection, number, parts)
        self._numbers[record.key] = number
        self._show_in_bed(record, number)

    def _show_first(self, record: BroodRecord, number: int) -> None:
        its = places_of(self._connection, number)
        if first := [its[at] for at in record.first if at in its]:
            put_first(self._connection, number, first)

    def _show_in_bed(self, record: BroodRecord, number: int) -> None:
        query = sa.select(broods.c.bed_id).where(broods.c.id == number)
        if record.bed is not None and self._connection.execute(query).scalar() is None:
            self._fresh.setdefault(record.bed, []).append(number)

    def _brood(self, record: BroodRecord) -> None:
        if record.parts:
            self._shared_brood(record)
            return
        born = [each for each in record.offspring if self._reader.known(each.text) is not None]
        if record.asked is None:
            self._plant(each.text for each in born)
            return
        stood = [each for each in record.parents if each.role != "left out"]
        self._plant(each.text for each in record.parents)
        for chain in {each.chain for each in stood} - {None}:
            if chain not in self._chains:
                raise _DamagedError("needs a chain that is not in the file before it.")
        brood = self._made(record)
        prices = None if record.prices is None else Prices.from_dict(dict(record.prices))
        self._require_agreement(brood)
        before = newest_brood(self._connection)
        number = self._here(record, born)
        if number is None:
            places = [each.place or 0 for each in born if not each.aside]
            with self._connection.begin_nested():
                number = plant_brood(self._connection, brood, None, places)
        for each in born:
            self._waiting.pop(each.text, None)
        self._numbers[record.key] = number
        if number > before:
            self._done.broods += 1
            self._connection.execute(
                broods.update().where(broods.c.id == number).values(at=record.at)
            )
            if prices is not None:
                note_prices(self._connection, number, prices)
            self._show_first(record, number)
        self._show_in_bed(record, number)

    def _here(self, record: BroodRecord, born: Sequence[OffspringRecord]) -> int | None:
        """Give the brood that is here already with all that came in this one."""
        there = find(self._connection, (each.text for each in born))
        if born:
            whole = len(there) == len({each.text for each in born})
            return saved_brood(self._connection, there.values()) if whole else None
        query = sa.select(broods.c.id).where(
            broods.c.at == record.at,
            broods.c.kind == record.kind,
            broods.c.prompt == record.prompt,
            broods.c.model == record.model,
        )
        return self._connection.execute(query).scalar()

    def _made(self, record: BroodRecord) -> Brood:
        """Make the brood that a record describes."""
        if record.pattern is None or record.sampling is None or record.prompt is None:
            raise _DamagedError("does not say how the brood was bred.")
        if record.kind is Operation.EDIT or record.kind is Operation.IMPORT:
            raise _DamagedError(f"is said to be {record.kind}, and a number of them was asked for.")
        of_role = {
            role: tuple(self._known(each.text) for each in record.parents if each.role == role)
            for role in ("example", "parent", "left out")
        }
        offspring: dict[bool, list[Any]] = {False: [], True: []}
        for each in record.offspring:
            text = self._waiting.get(each.text) or self._reader.known(each.text)
            if text is not None:
                offspring[each.aside].append(text)
        chained = {each.chain: each.role for each in record.parents if each.chain is not None}
        source = next((self._chains[c].source for c in chained if chained[c] == "parent"), None)
        return Brood(
            operation=record.kind,
            offspring=tuple(offspring[False]),
            asked=record.asked or 0,
            parents=(*of_role["example"], *of_role["parent"]),
            left_out=of_role["left out"],
            set_aside=tuple(offspring[True]),
            notes=record.notes,
            prompt=record.prompt,
            pattern=as_pattern(record.pattern),
            start=record.start,
            model=record.model or "",
            sampling=as_sampling(record.sampling),
            seed=record.seed or 0,
            reproducible=record.reproducible,
            usage=record.usage,
            examples=tuple(self._chains[c] for c in chained if chained[c] == "example"),
            chain=Chain(of_role["parent"], source) if record.kind.continues else None,
        )

    def _require_agreement(self, brood: Brood) -> None:
        """Refuse a brood that says otherwise of its texts than their identities vouch for."""
        for text in (*brood.offspring, *brood.set_aside):
            origin = text.origin
            if text.identity in self._waiting and (
                origin.parents != brood.parents
                or (origin.prompt, origin.start) != (brood.prompt, brood.start)
                or (origin.model or "") != brood.model
                or (origin.pattern, origin.sampling) != (brood.pattern, brood.sampling)
                or origin.reproducible != brood.reproducible
            ):
                raise _DamagedError("says otherwise of how its texts came to be than they do.")

    def _collection(self, record: CollectionRecord) -> None:
        items: list[Text | Chain] = [self._known(each) for each in record.texts]
        if record.chains:
            if items or any(key not in self._chains for key in record.chains):
                raise _DamagedError("has other items than texts, or than chains before it.")
            items = [self._chains[key] for key in record.chains]
        self._plant(
            [*record.texts, *(v.identity for c in items if isinstance(c, Chain) for v in c)]
        )
        name = self._shelf_name(record)
        there = set(self._standing(name) or ())
        fresh = [each for each in items if self._item(each) not in there]
        if fresh:
            shelve(
                self._connection,
                self._act(),
                name,
                fresh,
                kind="" if is_path(record.kind) else record.kind,
                pattern="" if is_path(record.pattern) else record.pattern,
                title=record.title,
            )
            self._done.collections += 1
        if name != record.name:
            self._done.notes.append(
                f"The collection {record.name!r} is {name!r} here: "
                "the one of that name has chains and not texts, or texts and not chains."
            )

    def _step(self, record: StepRecord) -> None:
        known = [each for each in record.texts if self._reader.known(each.text) is not None]
        self._plant(each.text for each in known)
        ids = find(self._connection, (each.text for each in known))
        brood = None if record.brood is None else self._numbers.get(record.brood)
        if not self._runs.add(record, ids, brood):
            raise _DamagedError("is a step of a run that is not in the file before it.")

    def _shelf_name(self, record: CollectionRecord) -> str:
        """Give the name under which a collection comes: another where texts would meet chains."""
        for name in free_names(record.name, LONGEST_NAME):
            there = self._standing(name)
            if not there or (there[0][1] is not None) == bool(record.chains):
                return name
        return record.name

    def _standing(self, name: str) -> list[tuple[int | None, int | None]] | None:
        query = sa.select(collections.c.id).where(collections.c.name == name)
        shelf = self._connection.execute(query).scalar()
        return None if shelf is None else standing_on(self._connection, shelf)

    def _item(self, item: Text | Chain) -> tuple[int | None, int | None]:
        if isinstance(item, Chain):
            return None, plant_chain(self._connection, item)
        return plant(self._connection, [item])[0], None

    def _bed(self, record: BedRecord) -> None:
        query = sa.select(beds.c.id).where(beds.c.at == record.at)
        number = self._connection.execute(query).scalar()
        if number is None:
            number = self._new_bed(record)
        bred = self._fresh.pop(record.key, [])
        if not bred:
            return
        # The bed showed these broods; its present state is written again, to stay the last.
        stands = read_bed(self._connection, number)
        for brood in bred:
            shown = of_brood(self._connection, brood, {})
            state = replace(stands, brood=brood, shown=shown).state()
            journal.put_state(self._connection, self._act(), number, state)
            self._connection.execute(
                broods.update()
                .where(sa.or_(broods.c.id == brood, broods.c.part_of == brood))
                .values(bed_id=number)
            )
        journal.put_state(self._connection, self._act(), number, stands.state())

    def _new_bed(self, record: BedRecord) -> int:
        """Begin a bed as it stood; one of the same name that is here stays as it is."""
        named = [each for each in (*record.parents, *record.shown, *record.chain) if each]
        self._plant(named)
        ids = find(self._connection, named)
        query = sa.select(beds.c.name)
        taken = set(self._connection.execute(query).scalars())
        name = next(each for each in free_names(record.name, LONGEST_NAME) if each not in taken)
        self._connection.execute(beds.insert().values(name=name, at=record.at))
        query = sa.select(beds.c.id).where(beds.c.name == name)
        empty = read_bed(self._connection, self._connection.execute(query).scalar_one())
        pattern, kind = record.pattern, record.kind
        if is_path(pattern) or is_path(kind):  # a file does not choose what is opened
            usual = named_kind(DEFAULT)
            what = "pattern" if is_path(pattern) else "kind"
            pattern, kind = usual.pattern.name, usual.name
            words = (
                f"The bed {name!r} used a {what} file, which is not opened; "
                f"it has {usual.plural} now."
            )
            self._done.notes.append(words)
        settle(
            self._connection,
            self._act(),
            empty,
            Bed(
                id=empty.id,
                name=name,
                at=empty.at,
                parents=tuple(ids[each] for each in record.parents if each in ids),
                pattern=pattern,
                kind=kind,
                start=record.start,
                n=record.n,
                settings=record.settings,
                brood=None if record.brood is None else self._numbers.get(record.brood),
                shown=tuple(ids.get(each, 0) if each else 0 for each in record.shown),
                chain=tuple(ids[each] for each in record.chain if each in ids),
                away=record.away,
            ),
        )
        self._done.beds += 1
        if name != record.name:
            self._done.notes.append(
                f"The bed {record.name!r} is {name!r} here: there was another of that name."
            )
        return empty.id

    def _mark(self, records: Sequence[MarkRecord]) -> None:
        """Mark texts, in the order of the file, as far as they are not marked so already."""
        ids = find(self._connection, (each.text for each in records))
        query = sa.select(standing)
        there: set[tuple[int, str, str]] = {
            (row.text_id, kind, "")
            for row in rows_in(self._connection, query, standing.c.text_id, ids.values())
            for kind in MARKS
            if getattr(row, kind) is not None
        }
        # What an undone act put away is not put away by a person.
        born = sa.select(marks.c.text_id).where(marks.c.kind == journal.BORN)
        its_away = born.join(standing, standing.c.away == marks.c.id)
        for row in rows_in(self._connection, its_away, marks.c.text_id, ids.values()):
            there.discard((row.text_id, "away", ""))
        tags, titled = labels_of(self._connection, ids.values())
        for id, labels in tags.items():
            there |= {(id, "tag", label) for label in labels}
        fresh = dict.fromkeys(
            (ids[each.text], each.mark, _label(each))
            for each in records
            if each.text in ids and (each.mark in MARKS or _label(each))
        )
        wanted = [
            each
            for each in fresh
            if each not in there and not (each[1] == "title" and each[0] in titled)
        ]
        for (mark, label), some in groupby(wanted, key=lambda each: each[1:]):
            its = [id for id, *_ in some]
            journal.mark(self._connection, self._act(), its, mark, label=label)
        self._done.marks = len(wanted)

    def _act(self) -> int:
        """Give the act to which everything belongs, begun when there is something to say."""
        if self._act_number is None:
            self._act_number = journal.begin(self._connection, "add")
        return self._act_number


def _label(record: MarkRecord) -> str:
    """Give the word of a tag or of a title; "" for every other mark."""
    if record.mark == "title":
        return as_title(record.label)
    return record.label.strip() if record.mark == "tag" else ""
