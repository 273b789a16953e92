"""What is said over the wire of a family: light, as a family can have thousands of texts."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from flourishing.diff import Change
from flourishing.family import Edge
from flourishing.family.layout import Measures
from flourishing.studio.bodies import Mark, Said

Way: TypeAlias = Literal["both", "ancestors", "descendants"]


class RelativeBody(Said):
    """A text of a family, by its first words; ask for the text itself to read it."""

    id: int
    name: str = Field(description="Its first words.")
    kind: Literal["person", "model", "source"] = Field(
        description="Who wrote it: a person here, a model, or someone whose book it was found in."
    )
    by: str = Field(description="Who made it, in a few words.")
    layer: int = Field(description="One below the lowest of its parents, from 0.")
    marks: list[Mark]
    flawed: bool
    x: float = Field(description="Where its middle stands, in CSS pixels.")
    y: float


class FamilyBody(Said):
    """The family of a text."""

    root: int
    way: Way
    measures: Measures = Field(description="How large the texts are drawn, and how far apart.")
    whole: bool = Field(description="Whether these are all; else the nearest of them.")
    texts: list[RelativeBody] = Field(description="By layers, and in each by their numbers.")
    edges: list[Edge] = Field(description="Those of a child in the order of its prompt.")


class DiffBody(Said):
    """What one text has of another, word by word."""

    id: int
    to: int
    changes: list[Change] = Field(
        description="What only the other has is gone, what only this one has is new."
    )


class LastKeptBody(Said):
    """The text that was kept last."""

    id: int | None
