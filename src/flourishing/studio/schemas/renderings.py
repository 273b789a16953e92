"""What a page needs to play a picture, an animation or a sound itself."""

from __future__ import annotations

from pydantic import Field

from flourishing.formulas.forms import RenderedMedium
from flourishing.studio.schemas.texts import ResponseBody


class NumberBody(ResponseBody):
    """A number that is written in a text, and how far it may be moved."""

    name: str = Field(description="The uniform of the shader, or the input of the tape.")
    begin: int = Field(description="Its first character, from 0.")
    end: int = Field(description="The character after its last.")
    value: float
    least: float
    most: float
    step: float


class TapeBody(ResponseBody):
    """A formula as a list of steps, for an interpreter."""

    version: int
    form: str
    inputs: list[str]
    steps: list[list[str | float]] = Field(
        description="Each an input, a constant, or an operation and the numbers of its steps."
    )
    result: list[int]


class FormsBody(ResponseBody):
    """In which forms of files a text can be saved."""

    medium: RenderedMedium
    forms: list[str] = Field(description="The ends of their names; the usual one first.")


class LiveBody(ResponseBody):
    """A text as what plays it: a shader of WebGL 2, or the steps of a sound."""

    medium: RenderedMedium
    shader: str | None = Field(description="Of a picture or an animation, in GLSL ES 3.00.")
    tape: TapeBody | None = Field(description="Of a sound.")
    cost: float = Field(description="How many additions take as long as it does for one point.")
    seconds: float = Field(description="How long it lasts as a file.")
    numbers: list[NumberBody] = Field(
        description="Its numbers as inputs, where they were asked for; empty where it plays only "
        "with the numbers that it has."
    )
