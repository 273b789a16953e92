"""The garden: everything that one person or group has, and what they do with it.

`AsyncGarden` is a garden as coroutines use it, and the only place from which a garden's work goes
to threads. Reading and writing have threads of their own. A writer may have to wait for half a
minute until another program has released the database; readers need not, and go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeAlias, TypeVar

import sqlalchemy as sa

from flourishing import blocking, sync
from flourishing.arguments import as_instance
from flourishing.breeding.brood import Brood, Offspring
from flourishing.core.chain import Chain
from flourishing.core.text import Span, Text, require_unicode
from flourishing.errors import InputError, OverloadedError, StorageError
from flourishing.formats.jsonl.transfer import Reader
from flourishing.garden import beds, journal, meaning
from flourishing.garden.beds import Bed, as_bed, read_bed, settle
from flourishing.garden.brood_writer import (
    grow_brood,
    note_born,
    note_brought,
    plant_brood,
    put_first,
)
from flourishing.garden.collections import shelve
from flourishing.garden.costs import configured_prices, models_of, newest_brood, note_prices
from flourishing.garden.database import back_up
from flourishing.garden.importer import Importer
from flourishing.garden.journal import Act, Event
from flourishing.garden.purge import Emptied, empty
from flourishing.garden.reader import SEARCH_HINT, GardenReader, newest_text
from flourishing.garden.rows import LONGEST_TITLE, Imported, Mark, Stored, StoredBrood, as_title
from flourishing.garden.schema import acts, standing, texts
from flourishing.garden.search import Near
from flourishing.garden.taste import LearnedTaste, learn
from flourishing.garden.text_reader import read, read_brood, rows_in
from flourishing.garden.text_writer import note_brought_in, plant
from flourishing.kinds import DEFAULT, Kind, kind_of, kind_of_versions
from flourishing.kinds import kind as find_kind
from flourishing.library import known_kind
from flourishing.models import BaseModel
from flourishing.models.cost import Prices

T = TypeVar("T")
Which: TypeAlias = Text | int
"""A text, or the number that it has in the garden."""


_OPPOSITES: Final[Mapping[Mark, Mark]] = {"keep": "drop", "drop": "keep"}
"""What a person says of a text replaces the opposite that they said before."""


class Garden(GardenReader):
    """Texts, broods, beds and marks, to read and to write.

    Whatever a method that changes something returns from is on the disk. Every such act can be
    undone and redone. Usable from several threads, and from several processes at once.

    Args:
        place: The path of an SQLite file, made if it is not there, or a `postgresql://` URL.

    Attributes:
        name: The path, or the URL without its password.
        read_only: Whether the file can only be read where it is.
        beds: The beds.
        shelves: The collections that grow here.
        search: Finding texts.
        lineage: What texts came from, and what came of them.
        costs: What broods, beds and kept texts have cost.
        runs: What was evolved here by a machine.
        likenesses: Which two of three texts of a run a person found alike.
        pictures: The pictures that models made of texts.

    Raises:
        GardenError: It is no garden, is damaged, belongs to a newer version or cannot be reached.
        StorageError: There is no room or no permission to make it.
    """

    # What a person does.

    @contextmanager
    def one_act(self, kind: journal.Kind) -> Iterator[journal.Together]:
        """Make one act of all that this thread does within.

        It is stored whole or not at all, and one undo takes it back; texts that came with it are
        then put away. Other writers wait for it.

        Args:
            kind: What the act is.
        """
        with (
            self._database.together() as connection,
            journal.one_act(connection, kind) as together,
        ):
            newest = newest_text(connection)
            yield together
            note_brought(connection, together, newest)

    def save(
        self,
        brood: Brood,
        *,
        bed: Bed | None = None,
        prices: Prices | None = None,
        places: Sequence[int] | None = None,
    ) -> StoredBrood:
        """Save a brood: all of its offspring, its parents in order and the exact prompt.

        Args:
            brood: The brood. Saved once, however often it is given; one that has grown since it
                was given last is brought up to date.
            bed: The bed in which it was bred, which shows it from now on.
            prices: What its tokens cost; by default what the configuration says of its model. Of
                several models, each has the prices that the configuration says.
            places: The place of each offspring, from 0, where not all that were asked for came.

        Returns:
            The brood, with numbers.

        Raises:
            InputError: It is no brood, or the bed is none.
        """
        as_instance(brood, Brood, "The brood", hint="Give what was bred; a text alone: garden.add.")
        if brood.parts:
            priced = {part.model: configured_prices(part.model) for part in brood.parts}
        else:
            priced = {brood.model: prices or configured_prices(brood.model)}
        bed_id = _id(bed)
        with self._database.writing() as connection:
            before_it = newest_brood(connection)
            stood = None if bed_id is None else read_bed(connection, bed_id)
            newest = newest_text(connection)
            grows = beds.Grows(connection, stood)
            id = plant_brood(connection, brood, bed_id, places)
            # What was saved before keeps its own prices.
            for number, model in models_of(connection, id):
                its = priced.get(model)
                if its is not None and number > before_it:
                    note_prices(connection, number, its)
            if stood is None:
                note_born(connection, id, newest)
            elif stood.brood == id and grows.act is not None:
                grows.show(connection, id)
            else:
                act = journal.begin(connection, "breed", stood.id)
                shown = beds.of_brood(connection, id, grows.showed if stood.brood == id else {})
                settle(connection, act, stood, replace(stood, brood=id, shown=shown))
        return self.brood(id)  # not while other writers wait

    def grow(
        self, brood: int, come: Mapping[int, Offspring], *, bed: Bed | None = None
    ) -> dict[int, Stored]:
        """Save what came of a brood since it was saved, which takes as long however large it is.

        Save the whole brood at its end: its notes and its cost are known only then.

        Args:
            brood: The number of the brood.
            come: Its new offspring, by their places; one that stood there before is set aside.
            bed: The bed in which it is bred, which shows them if it still shows the brood.

        Returns:
            The offspring with their numbers, by their places.

        Raises:
            InputError: There is no such brood any more.
        """
        bed_id = _id(bed)
        with self._database.writing() as connection:
            stood = None if bed_id is None else read_bed(connection, bed_id)
            newest = newest_text(connection)
            grows = beds.Grows(connection, stood)
            ids = grow_brood(connection, brood, come)
            if stood is None:
                note_born(connection, brood, newest)
            elif stood.brood == brood and grows.act is not None:
                grows.show(connection, brood)
            return dict(zip(ids, read(connection, list(ids.values())), strict=True))

    def show_first(self, brood: int, ids: Sequence[int], *, note: str = "") -> StoredBrood:
        """Note which offspring of a brood are shown first; the rest stays, to be asked for.

        Args:
            brood: The number of the brood.
            ids: The numbers of the offspring in the order in which they are to be shown; none to
                show all in their places.
            note: What a person should know of the choice, in words; it joins the brood's notes.

        Returns:
            The brood as it is now.

        Raises:
            InputError: There is no such brood, or one of the texts is none of its offspring.
        """
        with self._database.writing() as connection:
            put_first(connection, brood, ids, note)
            return read_brood(connection, brood)

    def note_brought_in(self, *given: Which) -> None:
        """Note that people elsewhere wrote what no model did in some texts.

        Args:
            *given: Texts that an import has just added, or their numbers.
        """
        with self._database.writing() as connection:
            note_brought_in(connection, self._ids(connection, given))

    def add(self, *given: str | Text, keep: bool = True) -> list[Stored]:
        """Add texts that came from somewhere else, with all that is known of where.

        Args:
            *given: Strings that a person wrote, or texts.
            keep: Whether they count as kept.
        """
        with self._database.writing() as connection:
            ids = plant(
                connection, (each if isinstance(each, Text) else Text(each) for each in given)
            )
            if keep and ids:
                _choose(connection, journal.begin(connection, "add"), ids, "keep")
            return read(connection, ids)

    def keep(self, *given: Which, bed: Bed | None = None, seen: Sequence[int] = ()) -> None:
        """Keep texts: they are what a person wants to have, and no longer dropped.

        In a bed, a text that was dropped stands in its place of the brood again.

        Args:
            *given: Texts, or their numbers.
            bed: The bed in which it is done; None for the garden as a whole.
            seen: The numbers of the offspring in the order in which the person saw them; by default
                those that the bed shows first, in their order, or all in that of their places.
                Where each one stood is kept, to see whether that matters.
        """
        self._mark("keep", given, bed, seen=seen)

    def drop(self, *given: Which, bed: Bed | None = None, seen: Sequence[int] = ()) -> None:
        """Say of texts that they are not wanted, and no longer kept.

        They stay in the garden, out of the sight of their bed.

        Args:
            *given: Texts, or their numbers.
            bed: The bed in which it is done, and out of whose sight they go; None for the garden as
                a whole.
            seen: As in `keep`.
        """
        self._mark("drop", given, bed, seen=seen)

    def pin(self, *given: Which, bed: Bed | None = None) -> None:
        """Hold texts in view.

        Args:
            *given: Texts, or their numbers.
            bed: The bed in which it is done; None for the garden as a whole.
        """
        self._mark("pin", given, bed)

    def put_away(self, *given: Which) -> None:
        """Delete texts, so that they can be brought back until the garden is emptied.

        Args:
            *given: Texts, or their numbers.
        """
        self._mark("away", given, None)

    def take_back(self, mark: Mark, *given: Which, bed: Bed | None = None) -> None:
        """Take a mark back; "away" brings texts back that were put away.

        In a bed, a text that is no longer dropped stands in its place of the brood again.

        Args:
            mark: The mark.
            *given: Texts, or their numbers.
            bed: The bed in which it is done; None for the garden as a whole.
        """
        self._mark(mark, given, bed, given=False)

    def tag(self, label: str, *given: Which, on: bool = True) -> None:
        """Put a word on texts, or take it off them.

        Args:
            label: The word.
            *given: Texts, or their numbers.
            on: Whether to put it on (the default), or take it off.

        Raises:
            InputError: The word is blank.
        """
        if not label.strip():
            raise InputError("A tag cannot be blank.", hint="Give a word, such as: sea")
        if not given:
            return
        with self._database.writing() as connection:
            act = journal.begin(connection, "tag")
            ids = self._ids(connection, given)
            journal.mark(connection, act, ids, "tag", given=on, label=label.strip())

    def entitle(self, text: Which, title: str, *, bed: Bed | None = None) -> Stored:
        """Call a text something; its words stay as they are.

        Args:
            text: The text, or its number.
            title: What it is called, in one line of at most 200 characters; "" for nothing.
            bed: The bed in which it is done; None for the garden as a whole.

        Raises:
            InputError: The title is too long, or has a line break or another control character.
            TextError: The title has a lone surrogate.
        """
        require_unicode(title, "The title")
        title = title.strip()
        if title != as_title(title):
            raise InputError(
                f"A text cannot be called {title[:40]!r}.",
                hint=f"Give it one line of at most {LONGEST_TITLE} characters.",
            )
        with self._database.writing() as connection:
            before = read(connection, self._ids(connection, [text]))[0]
            if title == before.title:
                return before
            act = journal.begin(connection, "title", _id(bed))
            journal.mark(connection, act, [before.id], "title", label=title)
            return read(connection, [before.id])[0]

    def edit(
        self, text: Which, content: str, *, bed: Bed | None = None, spans: Sequence[Span] = ()
    ) -> Stored:
        """Store a person's edit of a text as a new text, kept; the edited one stays as it is.

        In a bed, the edit takes the place of the edited text among the parents and the versions.

        Args:
            text: The text, or its number.
            content: What the text says after the edit.
            bed: The bed in which it is edited; None for the garden as a whole.
            spans: Who wrote which stretch of it, where not all that is new is the person's; by
                default that follows from what was changed.

        Raises:
            TextError: The content has a lone surrogate.
        """
        with self._database.writing() as connection:
            before = read(connection, self._ids(connection, [text]))[0]
            if content == before.content:
                return before
            (id,) = plant(connection, [before.edited(content, spans=tuple(spans))])
            act = journal.begin(connection, "edit", _id(bed))
            _choose(connection, act, [id], "keep")
            if bed is not None:
                stood = read_bed(connection, bed.id)
                settle(connection, act, stood, stood.with_edit(before.id, id))
            return read(connection, [id])[0]

    def accept(
        self,
        chain: Chain,
        *,
        poems: str | None = None,
        refinements: str | None = None,
        kind: str | None = None,
        bed: Bed | None = None,
    ) -> Stored:
        """Call a chain finished, as the post does: it and its last version feed the library.

        Args:
            chain: The versions, worst first. Of a chain of one, only the text is shelved.
            poems: The collection that its last version joins; by default that of its kind, such
                as "poems".
            refinements: The collection that the chain joins; by default that of its kind, such as
                "refinements".
            kind: The kind of the text; by default that of the bed, or else of the text itself.
            bed: The bed in which it was refined.

        Returns:
            The last version, kept.
        """
        as_instance(chain, Chain, "The chain", hint="Give fl.Chain with its versions.")
        named, its = _accepted_kind(chain, kind, bed)
        with self._database.writing() as connection:
            act = journal.begin(connection, "accept", _id(bed))
            shelve(connection, act, poems or its.finished, [chain.best], kind=named)
            if len(chain) > 1:
                shelve(connection, act, refinements or its.refinements, [chain])
            (id,) = plant(connection, [chain.best])
            _choose(connection, act, [id], "keep")
            if bed is not None:  # it is no longer under work
                before = read_bed(connection, bed.id)
                settle(connection, act, before, replace(before, chain=()))
            return read(connection, [id])[0]

    def undo(self, bed: Bed | None = None) -> Act | None:
        """Take back what was done last.

        Args:
            bed: Only what was done in this bed; None for all of the garden.

        Returns:
            The act; None if there is nothing to undo.
        """
        with self._database.writing() as connection:
            return journal.turn(connection, undone=True, bed=_id(bed))

    def events_of(self, act: Act) -> list[Event]:
        """Give what an act did with texts, in the order in which it was done.

        Args:
            act: The act.
        """
        with self._database.reading() as connection:
            return journal.events_of(connection, act.id)

    def change_of(self, act: Act) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give the state of a bed before an act of it, and the one that the act made, as stored.

        Args:
            act: The act; one of the garden as a whole has no such states.
        """
        with self._database.reading() as connection:
            return journal.change_of(connection, act)

    def undo_act(self, act: int) -> Act:
        """Take back one act, also where other things were done after it.

        Args:
            act: The number of the act.

        Raises:
            InputError: There is no such act of the garden as a whole, or it is undone already.
        """
        with self._database.writing() as connection:
            query = sa.select(acts.c.id).where(
                acts.c.id == act, acts.c.bed_id.is_(None), acts.c.undone.is_(False)
            )
            if connection.execute(query).first() is None:
                raise InputError(
                    f"There is no act {act} that could be taken back.",
                    hint="It was taken back already, or it was done in a bed, which has an undo.",
                )
            return journal.turn_one(connection, act, undone=True)

    def texts_of_act(self, act: int, *, limit: int) -> list[Stored]:
        """Give the texts that an act brought or marked, as they are now, in order.

        Args:
            act: The number of the act.
            limit: The most texts.
        """
        with self._database.reading() as connection:
            ids = journal.texts_of(connection, act, limit=limit)
        return self.texts(ids)

    def redo(self, bed: Bed | None = None) -> Act | None:
        """Do again what was undone last; None if there is nothing to redo.

        Args:
            bed: Only what was done in this bed; None for all of the garden.
        """
        with self._database.writing() as connection:
            return journal.turn(connection, undone=False, bed=_id(bed))

    # To and from other gardens.

    def bring_in(self, reader: Reader, *, mine: bool = False) -> Imported:
        """Take in the records of another garden; what is here already stays as it is.

        Args:
            reader: The records.
            mine: Whether that is a garden of the same people, as where one is moved: what a person
                wrote in it is then a person's here. By default it is by people elsewhere.

        Raises:
            InputError: They are of a newer version.
        """
        with self._database.writing() as connection:
            return Importer(connection, reader, mine=mine).run()

    # What a model says of its texts. These wait for the model: coroutines use `meaning` instead.

    def embed_missing(
        self,
        model: str | BaseModel | None = None,
        *,
        limit: int | None = None,
        ids: Sequence[int] | None = None,
    ) -> meaning.Embedded:
        """Embed texts that have no embedding yet, the newest first; what is done stays.

        Args:
            model: The base model, by name or itself; by default the one that is configured.
            limit: How many texts at most; None for all.
            ids: Only texts with these numbers; None for all that are not put away.

        Returns:
            How many are done.

        Raises:
            EngineError: The model gives no embeddings.
            StorageError: The garden cannot be written.
        """
        return _with_model(self, partial(meaning.embed_missing, model=model, limit=limit, ids=ids))

    def similar(
        self,
        to: str | Text | int,
        *,
        n: int = 20,
        model: str | BaseModel | None = None,
        mark: Mark | None = None,
        tag: str | None = None,
        bed: Bed | None = None,
    ) -> list[Near]:
        """Find the texts that are most like a text in meaning, the nearest first.

        Only texts that have an embedding are found. The text itself is left out.

        Args:
            to: A text, its number in the garden, or words.
            n: How many at most, at least 1; by default 20.
            model: The base model, by name or itself; by default the one that is configured.
            mark: Only texts with this mark; None for all that are not put away.
            tag: Only texts with this tag.
            bed: Only texts that were bred, edited or marked in this bed.

        Raises:
            InputError: There is no such text, it is blank, or no text has an embedding yet.
            EngineError: The model gives no embeddings.
        """
        find = partial(meaning.similar, to=to, n=n, model=model, mark=mark, tag=tag, bed=bed)
        return _with_model(self, find)

    def taste(
        self,
        model: str | BaseModel | None = None,
        *,
        bed: Bed | None = None,
        kind: str | None = None,
        likelihood: bool = False,
    ) -> LearnedTaste:
        """Learn from the marks what the person likes, and how well that can be predicted.

        Texts that were marked and have no embedding yet are embedded first. After that it takes
        less than a second. It changes nothing, and nothing uses it by itself.

        Args:
            model: The base model, by name or itself; by default the one that is configured.
            bed: Only marks of texts that were bred, edited or marked in this bed; None for all.
            kind: Only marks of texts that were bred, edited or marked in beds of this kind of text,
                by its name, such as "poem"; None for all.
            likelihood: Whether to try the likelihood of a text after what was kept, set against
                that after what was dropped, and to use it if it predicts better. The model then
                reads every marked text twice, and ten prompts of up to 20 texts: some minutes
                for 40 poems.

        Returns:
            The taste; `score` gives a number for each text, `choose` those to show first, and
            `accuracy` and `sentence` say what it is worth.

        Raises:
            EngineError: The model gives no embeddings, or no log-probabilities where these are
                wanted.
        """
        find = partial(learn, model=model, bed=bed, kind=kind, likelihood=likelihood)
        return _with_model(self, find)

    # The garden itself.

    def empty(self) -> Emptied:
        """Remove for good what was put away; ask the person first."""
        return empty(self._database)

    def back_up(self, target: str | Path, *, force: bool = False) -> None:
        """Copy the garden into one file that is whole by itself, while others may write.

        Args:
            target: The path of the copy. Only an older backup of this garden is replaced there.
            force: Whether to replace any other file too.

        Raises:
            InputError: The garden is on a server, or the target is not to be replaced.
            StorageError: There is no room or no permission to write there.
        """
        back_up(self._database, Path(target), force=force)

    def _mark(
        self,
        mark: Mark,
        which: Sequence[Which],
        bed: Bed | None,
        *,
        given: bool = True,
        seen: Sequence[int] = (),
    ) -> None:
        if not which:
            return
        with self._database.writing() as connection:
            act = journal.begin(connection, mark, _id(bed))
            ids = self._ids(connection, which)
            stood = None if bed is None else read_bed(connection, bed.id)
            if given:
                seen = seen or beds.seen_first(connection, stood)
                replaced = _choose(connection, act, ids, mark, seen)
            else:
                journal.mark(connection, act, ids, mark, given=False)
                replaced = ids if mark == "drop" else []
            if stood is None:
                return
            if given and mark == "drop":
                settle(connection, act, stood, stood.without(ids))
            elif mark != "pin" and replaced:
                settle(connection, act, stood, beds.with_again(connection, stood, replaced))

    def _ids(self, connection: sa.Connection, which: Iterable[Which]) -> list[int]:
        which = list(which)
        for each in which:
            if not isinstance(each, int):
                as_instance(each, Text, "A text", hint="Give a text of the garden, or its number.")
        numbers = [each for each in which if isinstance(each, int)]
        query = sa.select(texts.c.id)
        there = {row.id for row in rows_in(connection, query, texts.c.id, numbers)}
        for number in numbers:
            if number not in there:
                raise InputError(
                    f"There is no text {number} in {self.name}.",
                    hint=SEARCH_HINT,
                )
        return [each if isinstance(each, int) else plant(connection, [each])[0] for each in which]


def _choose(
    connection: sa.Connection,
    act: int,
    ids: Iterable[int],
    mark: Mark,
    seen: Sequence[int] = (),
) -> list[int]:
    """Mark texts, and take the opposite mark back; give those from which it was taken."""
    ids = list(ids)
    journal.mark(connection, act, ids, mark, seen=seen)
    opposite = _OPPOSITES.get(mark)
    if opposite is None:
        return []
    query = sa.select(standing.c.text_id).where(standing.c[opposite].is_not(None))
    found = [row.text_id for row in rows_in(connection, query, standing.c.text_id, ids)]
    journal.mark(connection, act, found, opposite, given=False)
    return found


def _accepted_kind(chain: Chain, kind: str | None, bed: Bed | None) -> tuple[str, Kind]:
    """Give the kind of an accepted text, and how it is named: by its name or its file."""
    if kind is not None:
        return kind, find_kind(kind)
    if bed is None:
        its = known_kind(chain) or find_kind(DEFAULT)
        return its.name, its
    its = kind_of_versions(bed.pattern, bed.kind, chain)
    return (bed.kind if kind_of(bed.pattern, bed.kind) == its else "") or its.name, its


def _id(bed: Bed | None) -> int | None:
    return None if bed is None else as_bed(bed).id


def as_garden(garden: object) -> Garden:
    """Take a garden.

    Args:
        garden: What was given.

    Raises:
        InputError: It is no garden, such as the path of one.
    """
    return as_instance(
        garden, Garden, "The garden", hint="Open it first: fl.open_garden(its path)."
    )


def _with_model(garden: Garden, work: Callable[[AsyncGarden], Coroutine[Any, Any, T]]) -> T:
    """Run work of a garden and a model together to its end."""

    async def whole() -> T:
        shared = AsyncGarden(garden)
        try:
            return await work(shared)
        finally:
            await shared.close()

    return sync.run(whole())


P = ParamSpec("P")

READERS: Final = 4
"""The number of threads that read. With the writers they are fewer than the connections there may
be to a database, so that no thread waits for one."""
WRITERS: Final = 4
"""The number of threads that write. One would do for SQLite, which lets one write at a time; but
then a large import would hold up whoever keeps a text, while the import is still being read."""
_MOST_WAITING: Final = 1_000


class AsyncGarden:
    """A garden for coroutines.

    ```python
    text = await garden.read(Garden.text, 12)
    await garden.write(Garden.keep, text, bed=bed)
    ```

    Args:
        garden: The garden, which is closed by whoever opened it.

    Attributes:
        name: The path of the garden, or its URL without its password.
        read_only: Whether it can only be read.
    """

    def __init__(self, garden: Garden) -> None:
        self.name = garden.name
        self.read_only = garden.read_only
        self._garden = garden
        self._readers = blocking.Workers(
            "flourishing-reader", threads=READERS, most_waiting=_MOST_WAITING
        )
        self._writers = blocking.Workers(
            "flourishing-writer", threads=WRITERS, most_waiting=_MOST_WAITING
        )

    async def read(
        self, function: Callable[Concatenate[Garden, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a function that only reads; a caller that is cancelled does not wait for its end.

        Args:
            function: A method of `Garden`, or any function that takes the garden first.
            *args: Its further positional arguments.
            **kwargs: Its keyword arguments.

        Returns:
            What the function returns.

        Raises:
            OverloadedError: Too many calls are waiting.
        """
        return await self._readers.run(function, self._garden, *args, **kwargs)

    async def write(
        self, function: Callable[Concatenate[Garden, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a function that writes, wholly or not at all.

        Where the caller is cancelled, what was begun is finished first, and what was not begun is
        left out.

        Args:
            function: A method of `Garden`, or any function that takes the garden first.
            *args: Its further positional arguments.
            **kwargs: Its keyword arguments.

        Returns:
            What the function returns.

        Raises:
            StorageError: Too many calls are waiting, or the garden cannot be written.
        """
        try:
            return await self._writers.finish(function, self._garden, *args, **kwargs)
        except OverloadedError as error:
            raise StorageError(str(error), hint=error.hint) from error

    def require_writable(self) -> None:
        """Refuse to begin what could not be kept; this waits for nothing.

        Raises:
            StorageError: The garden can only be read where it is.
        """
        self._garden.require_writable()

    async def close(self) -> None:
        """Wait until all calls have ended, and end the threads."""
        await blocking.run(self._close)

    def _close(self) -> None:
        self._readers.close()
        self._writers.close()
