"""What a person chose over what, as data to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from flourishing.core.operation import Operation
from flourishing.garden.rows import is_sound
from flourishing.garden.schema import brood_parents, broods, standing, texts

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
            overlooked.
    """
    query = (
        sa.select(
            texts.c.id,
            texts.c.brood_id,
            texts.c.content,
            texts.c.raw,
            broods.c.prompt,
            standing.c.keep,
            standing.c.drop,
        )
        .join(broods, broods.c.id == texts.c.brood_id)
        .outerjoin(standing, standing.c.text_id == texts.c.id)
        .where(broods.c.prompt.is_not(None), texts.c.aside.is_(False), standing.c.away.is_(None))
        .order_by(texts.c.brood_id, texts.c.place, texts.c.id)
    )
    for _, rows in groupby(connection.execute(query), key=lambda row: row.brood_id):
        brood = [row for row in rows if is_sound(_continuation(row)) and is_sound(row.prompt)]
        for kept in (row for row in brood if row.keep is not None and row.drop is None):
            for other in (row for row in brood if row.keep is None):
                if (other.drop is None and not passed) or other.content == kept.content:
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
