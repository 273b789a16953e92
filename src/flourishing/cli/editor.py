"""A person's own editor, as EDITOR names it."""

from __future__ import annotations

import click

from flourishing.errors import InputError


def edit_by_hand(content: str) -> str | None:
    """Let a person edit a text in their editor.

    Args:
        content: The text.

    Returns:
        The text as they left it, without empty lines at its end; None if they changed nothing, or
        left nothing.

    Raises:
        InputError: The editor cannot be run, or what it wrote is not UTF-8.
    """
    given = content + "\n"
    try:
        edited = click.edit(given, extension=".txt", require_save=False) or ""
    except (click.ClickException, UnicodeDecodeError) as error:
        why = error.message if isinstance(error, click.ClickException) else str(error)
        raise InputError(
            f"The editor gave no text: {why}.", hint="Name one that works in EDITOR."
        ) from error
    # An editor's file keeps neither carriage returns before ends of lines nor a leading mark.
    if edited == given.replace("\r\n", "\n").removeprefix("\ufeff") or not edited.strip():
        return None
    edited = edited.rstrip("\n")
    return None if edited == content else edited
