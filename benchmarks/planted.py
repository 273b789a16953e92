"""A garden as large as one likes, like one that a person has tended for years.

Everything is stored by the garden's own functions, only in one transaction that is not
synchronised, so that what is measured later was written as it always is. Words are drawn as often
as words are (Zipf), two thousand from the library and the rest made up; offspring repeat runs of
their parents' words and set phrases, and in one bed they all have the same start, since that is
what search and the originality check have to bear. The same seed gives the same texts.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from pathlib import Path
from random import Random
from typing import Any, Final

import sqlalchemy as sa

import flourishing as fl
from flourishing.breeding.brood import Brood, Offspring
from flourishing.core.flaws import Flaw, FlawKind
from flourishing.core.operation import Operation
from flourishing.core.text import Origin
from flourishing.garden import Bed, Garden, Mark, Stored, journal
from flourishing.garden.brood_writer import plant_brood
from flourishing.garden.database import Database
from flourishing.garden.rows import to_bytes
from flourishing.garden.text_reader import known_as
from flourishing.garden.text_writer import find, plant
from flourishing.library import library, names
from flourishing.models import Usage
from flourishing.patterns.form import PATTERNS

OFFSPRING: Final = 8
PARENTS: Final = 6
GENERATIONS: Final = 220
"""How long the line is in which each text is bred from the one before it."""
_RECENT: Final = 24
"""Parents are chosen among so many texts that were kept last in their bed."""
_WORDS: Final = 20_000
_BEGUN: Final = datetime(2024, 1, 1, tzinfo=UTC)
_START: Final = "exiled prophets of the --"
_CUT: Final = Flaw(FlawKind.CUT_OFF, "it has 160 tokens and no end")
_BEDS: Final = ("night", "prophets", "sea", "letters", "winter", "bells", "small things", "roads")
_MARKS: Final[dict[Mark, float]] = {"keep": 0.1, "drop": 0.03, "pin": 0.003}


class Words:
    """Words in the proportions of a language, and verse made of them."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        self.words = _vocabulary(draw)
        self._share = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        self._phrases = [" ".join(self.some(5)) for _ in range(200)]

    def some(self, count: int) -> list[str]:
        """Draw words, common ones often."""
        return self._draw.choices(self.words, cum_weights=self._share, k=count)

    def verse(self, parents: Sequence[str] = (), start: str = "") -> str:
        """Write 20 to 60 words on several lines, with something of a parent now and then."""
        words = self.some(self._draw.randint(20, 55))
        if self._draw.random() < 0.15:
            at = min(199, int(self._draw.paretovariate(1)) - 1)
            self._put(words, [self._phrases[at]])
        if parents and self._draw.random() < 0.3:
            theirs = self._draw.choice(parents).split()
            at = self._draw.randrange(max(1, len(theirs) - 8))
            self._put(words, theirs[at : at + self._draw.randint(4, 8)])
        lines = []
        while words:
            breath = self._draw.randint(3, 8)
            lines.append(" ".join(words[:breath]))
            del words[:breath]
        return f"{start} " * bool(start) + ",\n".join(lines) + "."

    def _put(self, words: list[str], run: list[str]) -> None:
        at = self._draw.randrange(len(words))
        words[at:at] = run


def plant_garden(path: Path, size: int, seed: int = 1913) -> None:
    """Make a garden of so many texts, 12 broods for each 100 of them.

    Args:
        path: Where it is to be; nothing may be there.
        size: How many texts; 20,000 or more have the whole line of 220 generations.
        seed: What everything is drawn by.
    """
    broods = size * 12 // 100
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with Garden(unfinished) as garden:
        beds = [garden.beds.open(name) for name in (*_BEDS, "the line")]
    with _writing(unfinished) as connection:
        gardener = _Gardener(connection, Random(seed), beds)
        gardener.begin()
        for number in range(broods):
            gardener.breed(number)
            edits = (size - OFFSPRING * broods) * (number + 1) // broods - gardener.beside
            for _ in range(edits):
                gardener.edit(number)
    with Garden(unfinished) as garden:
        _tend(garden, size, Random(seed))
    unfinished.rename(path)


def brood_of(
    parents: Sequence[fl.Text], words: Words, draw: Random, *, number: int, start: str = ""
) -> Brood:
    """Make a brood of 8, as if a model had written it.

    Args:
        parents: The parents, worst first.
        words: What the offspring are made of.
        draw: What is left to chance is drawn by it.
        number: Which brood it is; its seed, and the minute in which it was bred.
        start: What every offspring begins with.
    """
    pattern = PATTERNS["poems"]
    contents = [each.content for each in parents]
    told: dict[str, Any] = {
        "parents": tuple(parents),
        "prompt": pattern.render(contents) + start,
        "pattern": pattern,
        "start": start,
        "model": "gemma3-270m",
        "sampling": fl.Sampling(max_tokens=pattern.max_tokens),
    }
    offspring = [
        _written(words.verse(contents, start), draw, number + seed, told)
        for seed in range(OFFSPRING)
    ]
    return Brood(
        operation=Operation.BREED,
        offspring=tuple(offspring),
        asked=OFFSPRING,
        left_out=(),
        set_aside=(),
        notes=(),
        seed=number,
        reproducible=False,
        usage=Usage(400, 300, 60 * OFFSPRING),
        **told,
    )


def _written(content: str, draw: Random, seed: int, told: dict[str, Any]) -> Offspring:
    """Make an offspring; one in 25 is cut off."""
    cut = draw.random() < 0.04
    finish, flaws = ("length", (_CUT,)) if cut else ("stop", ())
    origin = Origin(
        author="model",
        at=_BEGUN + timedelta(minutes=seed),
        seed=seed,
        raw=content.removeprefix(told["start"]),
        finish=finish,
        **told,
    )
    return Offspring(content, origin, flaws)


@contextmanager
def _writing(path: Path) -> Iterator[sa.Connection]:
    """Give a writer that is fast because all is lost if it fails."""
    database = Database(path)
    database.close()

    @sa.event.listens_for(database.engine, "connect")
    def _hasten(connection: Any, _: object) -> None:
        for setting in ("synchronous = OFF", "cache_size = -3000000"):
            connection.execute(f"PRAGMA {setting}")

    with database.writing() as connection:
        yield connection
    database.close()


@dataclass(slots=True)
class _Plot:
    """A bed, its parents, and what was kept in it last."""

    bed: Bed
    start: str
    parents: list[Stored] = field(default_factory=list)
    recent: deque[Stored] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def state(self) -> dict[str, object]:
        """Say how the bed stands."""
        parents = [each.id for each in self.parents]
        return {**self.bed.state(), "parents": parents, "start": self.start}


class _Gardener:
    """Somebody who breeds, keeps and edits, faster than a person."""

    def __init__(self, connection: sa.Connection, draw: Random, beds: Sequence[Bed]) -> None:
        self._connection = connection
        self._draw = draw
        self._words = Words(draw)
        self._plots = [_Plot(bed, _START if bed.name == "prophets" else "") for bed in beds]
        self._founders: list[Stored] = []
        self.beside = 0
        """How many texts there are that are not the offspring of a brood."""

    def begin(self) -> None:
        """Begin every bed with poems of the library."""
        poems = library("imagists").texts
        ids = plant(self._connection, poems)
        self._founders = [_light(text, id) for text, id in zip(poems, ids, strict=True)]
        self.beside += len(ids)
        for plot in self._plots:
            plot.recent.extend(self._draw.sample(self._founders, PARENTS))

    def breed(self, number: int) -> None:
        """Breed one brood, and choose from it."""
        if number % 10 == 0 and number < 10 * GENERATIONS:
            self._breed_on(self._plots[-1], number)
            return
        plot = self._plots[number // 25 % len(_BEDS)]
        if number % 2 or not plot.parents:  # else once more from the same
            # In the order in which they were kept, as a person appends the best.
            chosen = sorted(self._draw.sample(range(len(plot.recent)), PARENTS))
            self._put(plot, [plot.recent[at] for at in chosen])
        saved = self._breed(plot, number)
        for mark, share in _MARKS.items():
            self._mark(plot, mark, [each for each in saved if self._draw.random() < share])

    def edit(self, number: int) -> None:
        """Edit what was kept last in a bed."""
        plot = self._plots[number // 25 % len(_BEDS)]
        before = plot.recent[-1]
        words = before.content.split(" ")
        words[self._draw.randrange(len(words))] = " ".join(self._words.some(2))
        after = before.edited(" ".join(words))
        (id,) = plant(self._connection, [after])
        act = journal.begin(self._connection, "edit", plot.bed.id)
        journal.mark(self._connection, act, [id], "keep")
        self.beside += 1
        plot.recent.append(_light(after, id))

    def _breed_on(self, plot: _Plot, number: int) -> None:
        """Breed from the one text that was kept last, among poems of the library."""
        self._put(plot, [*self._founders[: PARENTS - 1], plot.recent[-1]])
        self._mark(plot, "keep", self._breed(plot, number)[:1])

    def _put(self, plot: _Plot, parents: list[Stored]) -> None:
        """Make texts the parents in a bed."""
        plot.parents = parents
        act = journal.begin(self._connection, "parent", plot.bed.id)
        journal.mark(self._connection, act, [each.id for each in parents[-2:]], "parent")
        journal.put_state(self._connection, act, plot.bed.id, plot.state())

    def _breed(self, plot: _Plot, number: int) -> list[Stored]:
        brood = brood_of(plot.parents, self._words, self._draw, number=number, start=plot.start)
        id = plant_brood(self._connection, brood, plot.bed.id)
        act = journal.begin(self._connection, "breed", plot.bed.id)
        journal.put_state(self._connection, act, plot.bed.id, {**plot.state(), "brood": id})
        ids = find(self._connection, (each.identity for each in brood))
        return [_light(each, ids[each.identity]) for each in brood]

    def _mark(self, plot: _Plot, mark: Mark, marked: Sequence[Stored]) -> None:
        if marked:
            act = journal.begin(self._connection, mark, plot.bed.id)
            journal.mark(self._connection, act, [each.id for each in marked], mark)
        if mark == "keep":
            plot.recent.extend(marked)


def _tend(garden: Garden, size: int, draw: Random) -> None:
    """Do now and then what a person does beside breeding."""
    kept = garden.search.page("keep", limit=400)
    garden.tag("sea", *kept[::2])
    garden.shelves.put("poems", *kept[:40], pattern="poems")
    for text in kept[:40]:
        garden.accept(garden.lineage.versions(text.id))
    for number in draw.sample(range(size // 2, size), 50):
        garden.put_away(number)
    for _ in range(10):
        garden.undo()


def _light(text: fl.Text, id: int) -> Stored:
    """Give a text without its parents, so that no lineage is held in memory."""
    origin = Origin(author=text.origin.author, at=text.origin.at, source=text.origin.source)
    stored = Stored(text.content, origin, id=id)
    known_as(stored, to_bytes(text.identity))
    return stored


def _vocabulary(draw: Random) -> list[str]:
    """Give words, the commonest first: those of the library, and then made-up ones."""
    found: Counter[str] = Counter()
    for name in names():
        for item in library(name).items:
            for text in (item,) if isinstance(item, fl.Text) else item:
                found.update(re.findall(r"[a-z]+", text.content.lower()))
    sounds = [a + b for a, b in product("bdfghklmnprstvw", ("a", "e", "i", "o", "u", "ai", "or"))]
    made = sorted({"".join(draw.choices(sounds, k=3)) for _ in range(2 * _WORDS)} - found.keys())
    draw.shuffle(made)
    return [*(word for word, _ in found.most_common()), *made][:_WORDS]
