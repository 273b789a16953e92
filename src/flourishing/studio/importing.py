"""A file that was sent to be imported: its name made safe, and what came of it as a response."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from flourishing.studio.bodies_library import FileChange, ImportResponse
from flourishing.studio.telling import tell_texts
from flourishing.workshop.import_file import ImportResult

NO_NAME: Final = re.compile(r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|]+')
"""What stands in the name of no file."""
LONGEST_NAME: Final = 60
_SHOWN: Final = 100
_NAMED: Final = 20
"""The most problems that are named one by one."""


def to_import_response(result: ImportResult) -> ImportResponse:
    """Give what came of an import, with the first of its texts.

    Args:
        result: What came of it.
    """
    return ImportResponse(
        format=result.format,
        count=result.count,
        texts=[] if result.kind == "pages" else tell_texts(result.texts[:_SHOWN]),
        fresh=list(result.fresh),
        known=result.known,
        notes=_notes(result),
        changes=[
            FileChange(kind=each.kind, name=str(each.path), content=each.content)
            for each in result.changes[:_SHOWN]
        ],
        stored=result.stored,
        act=result.act,
    )


def _notes(result: ImportResult) -> list[str]:
    """Say all that a person should know: the page shows it in one place."""
    problems = list(result.problems)
    if result.kind == "pages":
        nothing = [] if result.changes else ["Nothing in them is new or was changed."]
        return [*nothing, *result.notes, *problems]
    notes = list(result.notes)
    if result.kind == "garden":
        notes.insert(0, "They bring with them all that they came from.")
    if known := result.known_in_words():
        notes.append(known)
    if problems:
        words = f"{len(problems):,} of its records cannot be brought in:"
        notes += [words, *problems[:_NAMED]]
    return notes


def safe_file_name(given: str) -> str:
    """Make of a name from outside one that is safe here: only its end and its suffix matter.

    Args:
        given: The name, as it was sent.
    """
    last = re.split(r"[/\\]", given)[-1]
    path = Path(NO_NAME.sub(" ", last).strip(" ."))
    stem, suffix = path.stem[:LONGEST_NAME].strip(" ."), path.suffix[:10]
    return f"{stem or 'file'}{suffix}"
