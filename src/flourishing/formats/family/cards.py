"""What the card of a text says in the picture of its family, and which cards stand in one pile.

Texts of one family often have the same first line: it was given as start words, or an edit changed
something else. So a card shows what its text has alone: what it changed of the version before it,
or the first line that no other text of the family has. What nothing came of, and nobody kept,
stands in one pile with the rest of its round.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from flourishing.core.diff import Change, word_diff
from flourishing.core.text import Text
from flourishing.formats.family.graph import Family

_LINE: Final = 80
_SHARED: Final = 24
"""So many characters at the beginning of a line may be another text's; after more, it is cut."""
_GONE, _NEW, _AROUND = 28, 48, 24
"""The most characters shown of what is gone, of what is new, and of what stands around them."""
_PILE: Final = 2
"""From so many texts of one round on they stand in a pile."""


def version_before(family: Family, id: int) -> tuple[int | None, Text | None]:
    """Give the version of which a text is an edit or a refinement, and its id if it has one.

    Args:
        family: The family.
        id: The number of the text.
    """
    origin = family.texts[id].origin
    parents = [edge.parent for edge in family.came_from(id) if edge.role == "parent"]
    many = max(len(parents), len(origin.parents))
    follows = many == 1 if origin.author == "person" else origin.asked_for.continues
    if not follows or not many:
        return None, None
    if parents:
        return parents[-1], family.texts[parents[-1]]
    return None, origin.parents[-1]


def way_to(family: Family, id: int) -> list[int]:
    """Give the way to a text: each version or best parent before it, the earliest first.

    Args:
        family: The text with what it came from.
        id: The number of the text.
    """
    way = [id]
    while True:
        before, _ = version_before(family, way[-1])
        parents = [edge.parent for edge in family.came_from(way[-1]) if edge.role == "parent"]
        step = before if before is not None else next(reversed(parents), None)
        if step is None or step in way:  # a family from a file may be in a circle
            return way[::-1]
        way.append(step)


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of a text.

    Attributes:
        line: The first line that it has alone, or else its first words; cut to 80 characters.
        difference: The first thing that it changed of the version before it, with a few words
            around; empty where it follows none.
        changes: In how many places it differs from the version before it.
    """

    line: str
    difference: tuple[Change, ...] = ()
    changes: int = 0


def cards_of(family: Family) -> dict[int, Card]:
    """Give the cards of all texts of a family.

    Args:
        family: The family.
    """
    lines = {id: _lines(text.content) for id, text in family.texts.items()}
    having = Counter(line for each in lines.values() for line in set(each))
    in_order = sorted(having)
    found: dict[int, Card] = {}
    for id, text in family.texts.items():
        line = _own_line(lines[id], having, in_order)
        _, before = version_before(family, id)
        if before is None or before.content == text.content:
            found[id] = Card(line)
        else:
            found[id] = Card(line, *_first_change(word_diff(before.content, text.content)))
    return found


def fold(
    family: Family, rounds: Mapping[int, int | None], *, unfolded: Collection[int] = ()
) -> tuple[Family, dict[int, list[int]]]:
    """Give a family with one text for each pile, and by its number the others of the pile.

    The root, what something came of, and what is kept or pinned stand by themselves.

    Args:
        family: The whole family.
        rounds: The number of the brood that each text is of, if it is of one.
        unfolded: The numbers of the broods all of whose texts are shown. By default none.
    """
    piles: dict[int, list[int]] = defaultdict(list)
    for id in sorted(family.texts):
        brood = rounds.get(id)
        alone = (
            id == family.root or family.children(id) or {"keep", "pin"} & set(_marks(family, id))
        )
        if brood is not None and brood not in unfolded and not alone:
            piles[brood].append(id)
    behind: dict[int, list[int]] = {}
    for ids in piles.values():
        if len(ids) >= _PILE:
            face = next((id for id in ids if "drop" not in _marks(family, id)), ids[0])
            behind[face] = [id for id in ids if id != face]
    hidden = {id for ids in behind.values() for id in ids}
    texts = {id: text for id, text in family.texts.items() if id not in hidden}
    return Family(family.root, texts, family.edges, family.marks), behind


def _marks(family: Family, id: int) -> tuple[str, ...]:
    return family.marks.get(id, ())


def _lines(content: str) -> list[str]:
    return [row for line in content.splitlines() if (row := " ".join(line.split()))]


def _own_line(lines: list[str], having: Counter[str], in_order: list[str]) -> str:
    if not lines:
        return "(blank)"
    at = next((at for at, line in enumerate(lines) if having[line] == 1), None)
    if at is None:
        return _cut(lines[0], _LINE)
    line = lines[at]
    place = bisect_left(in_order, line)
    near = in_order[max(place - 1, 0) : place] + in_order[place + 1 : place + 2]
    shared = max((_alike(line, other) for other in near), default=0)
    begin = line.rfind(" ", 0, shared + 1) + 1 if _SHARED < shared < len(line) else 0
    row = _cut(line[begin:], _LINE)
    return f"… {row}" if at or begin else row


def _alike(one: str, other: str) -> int:
    """Give how many characters at the beginning two lines share."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _first_change(changes: tuple[Change, ...]) -> tuple[tuple[Change, ...], int]:
    """Give the first place where words differ, and how many such places there are."""
    places = [
        (is_same, list(stretch))
        for is_same, stretch in groupby(changes, lambda change: change.kind == "same")
    ]
    worded = [
        at
        for at, (is_same, stretch) in enumerate(places)
        if not is_same and any(each.text.strip() for each in stretch)
    ]
    at = worded[0] if worded else next(at for at, (is_same, _) in enumerate(places) if not is_same)
    shown: list[Change] = []
    if at:
        shown.append(Change("same", _last_words(places[at - 1][1][0].text)))
    for change in places[at][1]:
        most = _GONE if change.kind == "gone" else _NEW
        shown.append(Change(change.kind, _flat_cut(change.text, most)))
    if at + 1 < len(places):
        shown.append(Change("same", _flat_cut(places[at + 1][1][0].text, _AROUND)))
    count = len(worded) or 1
    return tuple(each for each in shown if each.text), count


def _flat(text: str) -> str:
    """Write line breaks as a stroke, as verse is quoted."""
    rows = [row for line in text.splitlines() if (row := " ".join(line.split()))]
    inner = " / ".join(rows)
    if not inner:
        return " / " if "\n" in text else text and " "
    begin = text[: len(text) - len(text.lstrip())]
    end = text[len(text.rstrip()) :]
    return f"{_blank(begin)}{inner}{_blank(end)}"


def _blank(space: str) -> str:
    return " / " if "\n" in space else space and " "


def _flat_cut(text: str, most: int) -> str:
    return _cut(_flat(text), most)


def _last_words(text: str) -> str:
    row = _flat(text)
    if len(row) <= _AROUND:
        return row
    begin = row.find(" ", len(row) - _AROUND) + 1
    return f"…{row[begin:]}"


def _cut(row: str, most: int) -> str:
    """Cut a row between two words."""
    if len(row) <= most:
        return row
    end = row.rfind(" ", 0, most)
    return f"{row[: end if end > 0 else most - 1].rstrip()}…"
