"""What is told of a brood while it comes, as server-sent events."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, Field

from flourishing.core.operation import ModelOperation
from flourishing.studio.problems import Problem
from flourishing.studio.schemas.texts import BroodBody, Said, TextBody


class BegunBody(Said):
    """The event `brood`: what is about to be sent, and who stands in it."""

    key: str
    bed: int | None
    kind: ModelOperation
    n: int
    start: str
    prompt: str
    parents: list[TextBody]
    left_out: list[TextBody]
    note: str


class ReadingBody(Said):
    """The event `reading`: how far the model has read the prompt, in tokens."""

    read: int
    total: int


class TokenBody(Said):
    """The event `token`: some new text of one offspring."""

    index: int
    text: str


class OffspringBody(Said):
    """The event `offspring`: one is whole; and `flawed`: one is, and may be replaced."""

    index: int
    text: TextBody


class AgainBody(Said):
    """The event `again`: a flawed one is being replaced."""

    index: int
    reason: str


class WaitingBody(Said):
    """The event `waiting`: a server is waited for."""

    seconds: float
    why: str


class NoticeBody(Said):
    """The event `notice`: what a person should know."""

    words: str


class DoneBody(Said):
    """The event `done`: the brood as it was saved; None if nothing came before it was stopped."""

    brood: BroodBody | None


class ChangedBody(Said):
    """The event `changed` of a bed: how it stands now.

    A new name is no act: it does not change the revision.
    """

    revision: int
    name: str
    running: str | None = Field(description="The key of the brood on its way.")


EVENTS: Final[dict[str, type[BaseModel]]] = {
    "brood": BegunBody,
    "reading": ReadingBody,
    "waiting": WaitingBody,
    "notice": NoticeBody,
    "token": TokenBody,
    "flawed": OffspringBody,
    "again": AgainBody,
    "offspring": OffspringBody,
    "done": DoneBody,
    "error": Problem,
}
"""What is told of a brood, and as what."""

EVENT: Final = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "event": {"enum": list(EVENTS)},
        "data": {"type": "string", "description": "The event's body, as JSON."},
    },
    "required": ["id", "event", "data"],
}
"""One of them, as those who read descriptions of streams take it."""
