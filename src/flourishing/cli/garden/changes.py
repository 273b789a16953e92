"""Changing a garden: marks, edits, tags and undo; verifying, backing up and emptying it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from flourishing.app.progress import open_visibly
from flourishing.cli.options import NUMBER, garden_option
from flourishing.cli.show import show_json
from flourishing.cli.terminal import edit_by_hand, read_words
from flourishing.core.text import normalize_line_ends
from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.garden import Garden, Mark, open_garden


def _marking(name: str, mark: Mark, words: str, done: str) -> click.Command:
    """Make the command that marks texts, and takes the mark back."""

    @click.command(name, help=f"{words} the texts with these NUMBERS.")
    @click.argument("numbers", nargs=-1, required=True, type=NUMBER)
    @click.option("--back", is_flag=True, help="Take it back.")
    @garden_option
    def marking(numbers: tuple[int, ...], back: bool, place: str | None) -> None:
        acts: dict[Mark, Callable[[Garden], Callable[..., None]]] = {
            "keep": lambda garden: garden.keep,
            "drop": lambda garden: garden.drop,
            "pin": lambda garden: garden.pin,
            "away": lambda garden: garden.put_away,
        }
        with open_garden(place, make=False) as garden:
            if back:
                garden.take_back(mark, *numbers)
            else:
                acts[mark](garden)(*numbers)
        some = ", ".join(str(number) for number in numbers)
        click.echo(f"No longer {done.lower()}: {some}" if back else f"{done}: {some}", err=True)

    return marking


@click.command("add")
@click.argument("texts", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def add(texts: tuple[str, ...], as_json: bool, place: str | None) -> None:
    """Add TEXTS that you wrote; "-" reads one from stdin. They are kept."""
    given = [
        read_words("-").strip("\n") if text == "-" else normalize_line_ends(text) for text in texts
    ]
    if not all(text.strip() for text in given):
        raise InputError("One of the texts is blank.", hint="Leave it out.")
    with open_garden(place) as garden:
        stored = garden.add(*given)
    if as_json:
        show_json([text.as_dict() for text in stored])
    else:
        click.echo("Added: " + ", ".join(str(text.id) for text in stored), err=True)


@click.command("edit")
@click.argument("number", type=NUMBER)
@click.option("--text", "content", help='The new text; "-" reads it from stdin. [your editor]')
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def edit(number: int, content: str | None, as_json: bool, place: str | None) -> None:
    """Edit the text NUMBER: the edit is a new text, kept, and the old one stays as it is."""
    with open_garden(place, make=False) as garden:
        before = garden.text(number)
        if content is None:
            content = edit_by_hand(before.content)
        else:
            content = read_words("-") if content == "-" else normalize_line_ends(content)
            content = content.rstrip("\n")
        if content is None or not content.strip() or content == before.content:
            click.echo(f"Number {number} stays as it is.", err=True)
            return
        after = garden.edit(before, content)
    if as_json:
        show_json(after.as_dict())
    else:
        click.echo(f"Saved as {after.id}.", err=True)


@click.command("tag")
@click.argument("label")
@click.argument("numbers", nargs=-1, required=True, type=NUMBER)
@click.option("--back", is_flag=True, help="Take it off.")
@garden_option
def tag(label: str, numbers: tuple[int, ...], back: bool, place: str | None) -> None:
    """Put the word LABEL on the texts with these NUMBERS."""
    with open_garden(place, make=False) as garden:
        garden.tag(label, *numbers, on=not back)


@click.command("embed")
@click.option("--model", help="The model that embeds. [the one that is configured]")
@click.option("-n", "limit", type=NUMBER, help="How many at most. [all]")
@garden_option
def embed(model: str | None, limit: int | None, place: str | None) -> None:
    """Embed texts that have no embedding yet, so that they are found by meaning.

    It may be stopped at any time: what is done stays, and the next call goes on from there.
    """
    with open_garden(place, make=False) as garden:
        done = garden.embed_missing(open_visibly(model), limit=limit)
    click.echo(f"Embedded: {done.new:,}. {done.done:,} of {done.all:,} texts are done.", err=True)


@click.command("undo")
@click.option("--bed", "bed_name", help="Only what was done in this bed.")
@garden_option
def undo(bed_name: str | None, place: str | None) -> None:
    """Take back what was done last, also in an earlier session."""
    _turn("undo", bed_name, place)


@click.command("redo")
@click.option("--bed", "bed_name", help="Only what was done in this bed.")
@garden_option
def redo(bed_name: str | None, place: str | None) -> None:
    """Do again what was undone last."""
    _turn("redo", bed_name, place)


def _turn(way: str, bed_name: str | None, place: str | None) -> None:
    with open_garden(place, make=False) as garden:
        beds = {bed.name: bed for bed in garden.beds.all()}
        if bed_name is not None and bed_name not in beds:
            raise InputError(f"There is no bed {bed_name!r}.", hint="See: flourishing garden beds")
        bed = beds.get(bed_name) if bed_name is not None else None
        act = garden.undo(bed) if way == "undo" else garden.redo(bed)
    if act is None:
        click.echo(f"There is nothing to {way}.", err=True)
    else:
        done = "Undone" if way == "undo" else "Redone"
        click.echo(f"{done}: {act.kind}, of {act.at.astimezone():%Y-%m-%d %H:%M}", err=True)


@click.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def verify(as_json: bool, place: str | None) -> None:
    """Check that every text is what its digests say, and that no link is broken."""
    with open_garden(place, make=False) as garden:
        problems = garden.verify()
        if as_json:
            show_json([{"where": each.where, "what": each.what} for each in problems])
        else:
            for problem in problems:
                click.echo(str(problem))
            texts = garden.counts()["texts"]
            click.echo(
                f"{quantity(len(problems), 'problem')} in {quantity(texts, 'text')}.", err=True
            )
    if problems:
        sys.exit(1)


@click.command("backup")
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace whatever FILE is.")
@garden_option
def backup(target: Path, force: bool, place: str | None) -> None:
    """Copy the whole garden into FILE, while the studio may go on.

    FILE is whole by itself: it can be opened as a garden, copied and kept anywhere. One that is
    there is replaced only if it is an older backup of this garden.
    """
    with open_garden(place) as garden:
        garden.back_up(target, force=force)
        texts = garden.counts()["texts"]
    click.echo(f"Backed up: {quantity(texts, 'text')} in {target}", err=True)


@click.command("empty")
@click.option("--yes", is_flag=True, help="Do not ask.")
@garden_option
def empty(yes: bool, place: str | None) -> None:
    """Remove for good what was put away. There is no way back, so it asks."""
    with open_garden(place, make=False) as garden:
        away = garden.counts()["away"]
        if not away:
            click.echo("Nothing is put away.", err=True)
            return
        what = "1 text" if away == 1 else f"{away:,} texts"
        if not yes and not click.confirm(f"Remove {what} for good?", err=True):
            click.echo("Nothing was removed.", err=True)
            sys.exit(1)
        done = garden.empty()
    stayed = f"; {done.stayed} stay, since something came from them" if done.stayed else ""
    click.echo(f"{done.gone} gone{stayed}.", err=True)


COMMANDS: Final = (
    _marking("keep", "keep", "Keep", "Kept"),
    _marking("drop", "drop", "Say that you do not want", "Dropped"),
    _marking("pin", "pin", "Hold in view", "Pinned"),
    _marking("away", "away", "Delete, until you empty the garden,", "Put away"),
    add,
    edit,
    tag,
    embed,
    undo,
    redo,
    verify,
    backup,
    empty,
)
