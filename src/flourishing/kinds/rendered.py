"""What is asked of texts that are rendered, each medium in its own language.

Formulas are pictures, animations and sounds; programs and drawings have languages of their own.
What needs numpy is imported when it is first asked for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, TypeAlias, get_args

from flourishing.errors import RenderError
from flourishing.formulas import reading as formulas
from flourishing.formulas.reading import Ended
from flourishing.programs import reading as programs

LookMedium: TypeAlias = Literal["image", "animation", "sound", "program", "drawing"]
"""The media whose texts are looked at or listened to."""
RENDERED: Final = get_args(LookMedium)


@lru_cache(maxsize=4_096)
def medium_of(content: str) -> LookMedium | None:
    """Say what a text can be rendered as, whatever kind of text it was bred as.

    Args:
        content: The text.

    Returns:
        The medium; None for a text that is to be read, and for one with a mistake in its form.
    """
    language = language_of(content)
    if language is None and not formulas.head_of(content):
        return None
    try:
        if language is None:
            from flourishing.formulas.forms import MEDIA
            from flourishing.formulas.translation import translate

            return MEDIA[translate(content).form]
        _check(content, language)
    except RenderError:
        return None
    return language


def language_of(content: str) -> Literal["program", "drawing"] | None:
    """Say in which language a text is; None for that of formulas, which say themselves.

    Args:
        content: The text.
    """
    if programs.DRAWING.match(content):
        return "drawing"
    return "program" if programs.PROGRAM.search(content) else None


def gist(text: str, medium: LookMedium) -> str:
    """Give what stands for a text in a list, on one line.

    Args:
        text: The text.
        medium: What it is.
    """
    if medium == "drawing":
        return programs.drawing_gist(text)
    return programs.program_gist(text) if medium == "program" else formulas.gist(text)


def end_of(text: str, medium: LookMedium) -> Ended:
    """Take a text out of what a model wrote.

    Args:
        text: What the model wrote, from the beginning of the text on.
        medium: What it is.
    """
    if medium == "drawing":
        return programs.end_of_drawing(text)
    return programs.end_of_program(text) if medium == "program" else formulas.end_of(text)


def head_of(text: str, medium: LookMedium) -> str:
    """Give the beginning of a text that says what it is; "" where it has none.

    Args:
        text: The text.
        medium: What it is.
    """
    return programs.head_of(text) if is_slow(medium) else formulas.head_of(text)


def is_slow(medium: LookMedium) -> bool:
    """Say whether to look at a text may take long, since another process runs or draws it.

    Args:
        medium: What it is.
    """
    return medium in ("program", "drawing")


def problem(text: str, medium: LookMedium) -> str:
    """Say what is wrong with a text, as the end of a sentence; "" for nothing.

    Args:
        text: The text.
        medium: What it should be.
    """
    if medium == "program" or medium == "drawing":
        from flourishing.programs import judging as of_programs

        return of_programs.problem(text, medium)
    from flourishing.formulas import judging

    return judging.problem(text, medium)


def likeness(text: str, other: str, medium: LookMedium) -> float:
    """Say how like two texts look or sound, from 0 to 1.

    Args:
        text: The one text.
        other: The other.
        medium: What they should be.
    """
    if medium == "program" or medium == "drawing":
        from flourishing.programs import judging as of_programs

        return of_programs.likeness(text, other, medium)
    from flourishing.formulas import judging

    return judging.likeness(text, other, medium)


def key(text: str, medium: LookMedium) -> tuple[str, ...]:
    """Give what makes two texts the same: what they look or sound like.

    Args:
        text: The text.
        medium: What it should be.
    """
    if medium == "program" or medium == "drawing":
        from flourishing.programs import judging as of_programs

        return of_programs.key(text, medium)
    from flourishing.formulas import judging

    return judging.key(text, medium)


def _check(content: str, language: Literal["program", "drawing"]) -> None:
    """Refuse what has not the form of a program or a drawing; nothing is run or drawn."""
    from flourishing.programs.drawing import sanitised
    from flourishing.programs.language import parse

    if language == "program":
        parse(content)
    else:
        sanitised(content)
