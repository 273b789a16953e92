"""Acts by their numbers: an answer names the act of its change, and each can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from fastapi import Response

from flourishing.garden import Garden
from flourishing.garden.journal import Kind
from flourishing.studio.app_state import AppState, CurrentState
from flourishing.studio.problems import make_router
from flourishing.studio.schemas.texts import MOST_AT_ONCE, Number, UndoneAct
from flourishing.studio.serializers import serialize_texts

router = make_router("/api/acts", "texts")

ACT_HEADER: Final = "Flourishing-Act"
"""The header of an answer with the number of the act that the change was; none if it was none."""

_T = TypeVar("_T")


@router.post("/{act}/undo")
async def undo_act(state: CurrentState, act: Number) -> UndoneAct:
    """Take back one act of the library, also where other things were done after it.

    Texts that came with it, such as by an import, are put away.
    """
    return await state.garden.write(_undo, act)


def _undo(garden: Garden, act: int) -> UndoneAct:
    undone = garden.undo_act(act)
    texts = garden.texts_of_act(act, limit=MOST_AT_ONCE)
    return UndoneAct(kind=undone.kind, texts=serialize_texts(texts, garden))


async def write_act(
    state: AppState,
    response: Response,
    kind: Kind,
    write: Callable[[Garden], object],
    then: Callable[[Garden], _T],
) -> _T:
    """Change the garden by one act, which the header of the answer names.

    Args:
        state: The state of the studio.
        response: The answer.
        kind: What the act is.
        write: Changes the garden.
        then: Gives the answer's body, of the garden as it is afterwards.
    """

    def change(garden: Garden) -> tuple[int | None, _T]:
        with garden.one_act(kind) as act:
            write(garden)
        return act.id if act.used else None, then(garden)

    id, body = await state.garden.write(change)
    if id is not None:
        response.headers[ACT_HEADER] = str(id)
    return body
