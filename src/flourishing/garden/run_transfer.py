"""Runs as records for another garden, and those of another garden taken in.

A run goes on in the other garden as it would have done here, so all that it takes to go the same
way again is in its records: its settings, and of each step the brood, what it took, and what was
found of each text.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

import sqlalchemy as sa

from flourishing.errors import InputError
from flourishing.formats.jsonl.records import JudgedRecord, LikenessRecord, RunRecord, StepRecord
from flourishing.garden.rows import Imported, as_json, free_names, is_path, new_key
from flourishing.garden.schema import likenesses, run_steps, run_texts, runs

_LONGEST_NAME: Final = 200
_CUT_OFF: Final = "It was on its way when it was written into a file."


def run_records(
    connection: sa.Connection, texts: Mapping[int, str], broods: set[int]
) -> Iterator[RunRecord | StepRecord | LikenessRecord]:
    """Give all runs, each with its steps, and with what a person found alike in it.

    Texts and broods that were left out are in none.

    Args:
        connection: The garden's.
        texts: The identities of the texts that were given, by their numbers.
        broods: The numbers of the broods that were given.
    """
    for run in connection.execute(sa.select(runs).order_by(runs.c.id)).all():
        yield RunRecord(
            key=run.id,
            name=run.name,
            at=run.at,
            settings=json.loads(run.settings),
            state=run.state,
            reason=run.reason,
        )
        judged: dict[int, list[JudgedRecord]] = defaultdict(list)
        query = sa.select(run_texts).where(run_texts.c.run_id == run.id)
        for row in connection.execute(query.order_by(run_texts.c.step, run_texts.c.place)):
            if row.text_id in texts:
                judged[row.step].append(_judged(row, texts[row.text_id]))
        query = sa.select(run_steps).where(run_steps.c.run_id == run.id)
        for row in connection.execute(query.order_by(run_steps.c.number)):
            yield StepRecord(
                run=run.id,
                number=row.number,
                at=row.at,
                emitter=row.emitter,
                brood=row.brood_id if row.brood_id in broods else None,
                completions=row.completions,
                tokens=row.tokens,
                seconds=row.seconds,
                writing=row.writing,
                error=row.error,
                told=bool(row.told),
                texts=tuple(judged[row.number]),
            )
        yield from _likenesses(connection, run.id, texts)


def _likenesses(
    connection: sa.Connection, run: int, texts: Mapping[int, str]
) -> Iterator[LikenessRecord]:
    query = sa.select(likenesses).where(likenesses.c.run_id == run).order_by(likenesses.c.id)
    for row in connection.execute(query):
        named = (row.one_id, row.two_id, row.odd_id)
        if all(each in texts for each in named):
            one, two, odd = (texts[each] for each in named)
            yield LikenessRecord(run=run, at=row.at, one=one, two=two, odd=odd)


def _judged(row: Any, identity: str) -> JudgedRecord:
    return JudgedRecord(
        text=identity,
        place=row.place,
        outcome=row.outcome,
        quality=row.quality,
        measures=tuple(json.loads(row.measures)),
        cell=row.cell,
        note=row.note,
    )


class RunImporter:
    """Takes runs in, within the transaction of an import.

    Args:
        connection: The writer's.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._numbers: dict[int, int] = {}
        self._axes: dict[int, int] = {}
        self._last: dict[int, int] = {}
        """The numbers of the last steps of runs."""
        self._there: set[int] = set()
        """The keys of the runs that were here before, which stay as they are."""

    def begin(self, record: RunRecord, done: Imported) -> None:
        """Take in a run without its steps, unless it is here already.

        Args:
            record: The record.
            done: Where it is counted, and where is said what a person should know.

        Raises:
            InputError: Its kind is a file, or its settings cannot be those of a run.
        """
        known = sa.select(runs.c.id).where(runs.c.at == record.at)
        if self._connection.execute(known).scalar() is not None:
            self._there.add(record.key)
            return
        settings = dict(record.settings)
        with suppress(KeyError, TypeError, AttributeError):  # said when it is opened
            self._axes[record.key] = len(settings["axes"])
        if is_path(str(settings.get("kind", ""))):
            raise InputError(
                f"the run {record.name!r} is of a kind that is a file, which is not opened.",
                hint="Put the file into the folder kinds, and name the kind.",
            )
        taken = set(self._connection.execute(sa.select(runs.c.name)).scalars())
        name = next(each for each in free_names(record.name, _LONGEST_NAME) if each not in taken)
        if name != record.name:
            done.notes.append(
                f"The run {record.name!r} is {name!r} here: there was another of that name."
            )
        for closed in _closed(settings):
            done.notes.append(
                f"The run {name!r} is measured by the file {closed}, which is not opened; go on "
                "with it in Python, and give the measure."
            )
        is_on_its_way = record.state == "running"
        row = {
            "at": record.at,
            "name": name,
            "settings": as_json(settings),
            "state": "stopped" if is_on_its_way else record.state,
            "reason": _CUT_OFF if is_on_its_way else record.reason,
        }
        self._numbers[record.key] = new_key(self._connection.execute(runs.insert().values(row)))
        done.runs += 1

    def add(self, record: StepRecord, texts: Mapping[str, int], brood: int | None) -> bool:
        """Take in a step.

        Args:
            record: The record.
            texts: The numbers of its texts here, by their identities.
            brood: The number of its brood here, or None.

        Returns:
            Whether its run was in the file before it.

        Raises:
            ValueError: A text has other measures than the run, or the step is not behind the last.
        """
        if record.run in self._there:
            return True
        run = self._numbers.get(record.run)
        if run is None:
            return False
        axes = self._axes.get(record.run)
        if any(each.quality is not None and len(each.measures) != axes for each in record.texts):
            raise ValueError("a text has other measures than the run")
        if record.number <= self._last.get(run, -1):
            raise ValueError("the steps of the run are not in their order")
        self._last[run] = record.number
        step = {
            "run_id": run,
            "number": record.number,
            "at": record.at,
            "emitter": record.emitter,
            "brood_id": brood,
            "completions": record.completions,
            "tokens": record.tokens,
            "seconds": record.seconds,
            "writing": record.writing,
            "error": record.error,
            "told": record.told,
        }
        with self._connection.begin_nested():
            self._connection.execute(run_steps.insert().values(step))
            rows = [
                {
                    "run_id": run,
                    "step": record.number,
                    "place": each.place,
                    "text_id": texts[each.text],
                    "outcome": each.outcome,
                    "quality": each.quality,
                    "measures": as_json(list(each.measures)),
                    "cell": each.cell,
                    "note": each.note,
                }
                for each in record.texts
                if each.text in texts
            ]
            if rows:
                self._connection.execute(run_texts.insert(), rows)
        return True

    def like(self, record: LikenessRecord, texts: Mapping[str, int]) -> bool:
        """Take in what a person found alike.

        Args:
            record: The record.
            texts: The numbers of its texts here, by their identities.

        Returns:
            Whether its run was in the file before it.
        """
        run = self._numbers.get(record.run)
        if run is not None:
            one, two, odd = texts[record.one], texts[record.two], texts[record.odd]
            row = {"at": record.at, "run_id": run, "one_id": one, "two_id": two, "odd_id": odd}
            self._connection.execute(likenesses.insert().values(row))
        return run is not None or record.run in self._there


def _closed(settings: dict[str, Any]) -> Iterator[str]:
    """Have the measures that are files be given by the caller: a file does not choose what opens.

    Yields:
        The path of each.
    """
    with suppress(KeyError, TypeError, AttributeError, ValueError):
        every = [*settings["axes"], settings["quality"]]
        settings["axes"] = [_without_file(axis) for axis in settings["axes"]]
        settings["quality"] = _without_file(settings["quality"])
        yield from (_file_of(axis) for axis in every if _file_of(axis))


def _without_file(axis: Mapping[str, Any]) -> dict[str, Any]:
    return {**axis, "is_function": True, "file": ""} if _file_of(axis) else dict(axis)


def _file_of(axis: Mapping[str, Any]) -> str:
    """Give the file of a measure; "" for one that its name finds."""
    name = str(axis["name"])
    return str(axis.get("file") or (name if is_path(name) else ""))
