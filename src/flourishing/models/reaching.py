"""Reaching a server for something else than breeding: to probe it, or to talk to it.

`Endpoint` hides what a server refuses and makes up for what it cannot; whoever wants to see that,
or asks on another path, sends single requests of their own. They find the server, its key and its
time limits here as the endpoint does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flourishing.errors import InputError
from flourishing.models.endpoint import Address, Endpoint
from flourishing.models.endpoint.wire import Wire
from flourishing.models.opening import open_model
from flourishing.models.protocol import BaseModel
from flourishing.settings import NamedModel

_OPEN_WAY: Final = (
    "The key for {} is sent over plain http, where others on the way can read it; use https if "
    "the server has it."
)


@dataclass(frozen=True, slots=True)
class Reached:
    """A server, and the way to it.

    Attributes:
        endpoint: The model there, as `open_model` gives it.
    """

    endpoint: Endpoint

    @property
    def wire(self) -> Wire:
        """Sends single requests, with the key."""
        return self.endpoint.wire

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.endpoint.address

    @property
    def described(self) -> NamedModel:
        """How a person has described it."""
        return self.endpoint.settings

    @property
    def warning(self) -> str:
        """What to say before the key is sent; empty where nobody on the way can read it."""
        in_the_open = self.address.is_open and self.wire.has_key
        return _OPEN_WAY.format(self.address.base) if in_the_open else ""


def reach(model: str | BaseModel) -> Reached:
    """Find the server of a model.

    Args:
        model: A name in the configuration, an address `http(s)://host/v1#model-id`, or a model.

    Raises:
        InputError: The model is not behind an address.
        ModelNotFoundError: There is no such model.
        AuthError: The place that was named for its key has none.
    """
    opened = open_model(model)
    if not isinstance(opened, Endpoint):
        raise InputError(
            f"{opened.name} is not behind an address.",
            hint="Give an address https://host/v1#model-id, or the name of a model that the "
            "configuration describes with an endpoint.",
        )
    return Reached(opened)
