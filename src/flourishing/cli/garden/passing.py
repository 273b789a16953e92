"""What goes out of a garden, and what comes in."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from flourishing import chapbook as binding
from flourishing.cli.options import NUMBER, garden_option
from flourishing.cli.show import printable, say, show_json
from flourishing.errors import InputError, StorageError
from flourishing.exchange.reading import FORMS, read
from flourishing.exchange.transfer import FORMAT, from_lines
from flourishing.garden import Garden, Stored, open_garden
from flourishing.workshop import passing, shelving

_ALL: Final = 1_000_000
_SHOWN: Final = 5


@click.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.argument("numbers", nargs=-1, type=NUMBER)
@click.option(
    "--as",
    "form",
    type=click.Choice(["markdown", "jsonl", "preferences"]),
    help="[jsonl for a name that ends so, else markdown]",
)
@click.option("--collection", help="The texts of this collection.")
@click.option("--everything", is_flag=True, help="All texts, not only those that are kept.")
@click.option("--passed", is_flag=True, help="Of preferences, also over what was not marked.")
@garden_option
def export(
    target: Path,
    numbers: tuple[int, ...],
    form: str | None,
    collection: str | None,
    everything: bool,
    passed: bool,
    place: str | None,
) -> None:
    """Write texts to TARGET: those with these NUMBERS, or else what is kept.

    \b
    markdown      a folder with a file for each text, to edit and to read back
    jsonl         one file with all that is known of each, for another garden
    preferences   one file of what was chosen over what, with the prompts
    """
    form = form or ("jsonl" if target.suffix in {".jsonl", ".json"} else "markdown")
    if form == "preferences" and (numbers or collection or everything):
        raise click.UsageError("Preferences are of all that was chosen: leave the texts out.")
    if passed and form != "preferences":
        raise click.UsageError("--passed goes with --as preferences.")
    with open_garden(place) as garden:
        if form == "preferences":
            count = _write_lines(target, passing.to_preferences(garden, passed=passed))
        else:
            texts = _chosen(garden, numbers, collection, everything=everything)
            if form == "markdown":
                count = len(passing.write_folder(texts, target))
            else:
                ids = [text.id for text in texts]
                count = _write_lines(target, passing.to_jsonl(garden, ids))
    click.echo(printable(f"{count:,} written to {target}"), err=True)


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--as", "form", type=click.Choice(FORMS), help="What it is. [found out]")
@click.option(
    "--take",
    type=click.Choice(["marked", "leaves", "current", "split"]),
    default="marked",
    show_default=True,
    help="Of a loom, which paths become texts.",
)
@click.option("--separator", help="What stands between the texts of a plain file. [a line ---]")
@click.option("--column", help="Of a table, the column with the texts.")
@click.option("--unescape", is_flag=True, help=r"Take the backslashes of \< and \[ away.")
@click.option("--preview", is_flag=True, help="Only show what would become a text.")
@click.option("--into", help="Also put them into this collection.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def import_(
    source: Path,
    form: str | None,
    take: str,
    separator: str | None,
    column: str | None,
    unescape: bool,
    preview: bool,
    into: str | None,
    as_json: bool,
    place: str | None,
) -> None:
    """Bring in texts from SOURCE: a loom's file, plain text, CSV, JSON, or a Markdown folder.

    A folder that was exported is read back: what you changed in it becomes edits. Keys that stand
    in other tools' files are left behind.
    """
    with open_garden(place) as garden:
        if source.is_dir():
            if into:
                raise click.UsageError("--into does not go with a folder, which is read back.")
            _read_folder(garden, source, preview=preview, as_json=as_json)
            return
        if _is_ours(source):
            _read_ours(garden, source, preview=preview, into=into, as_json=as_json)
            return
        found = read(
            source,
            take=take,  # type: ignore[arg-type]  # click has checked it
            separator=separator,
            column=column,
            unescape=unescape,
            form=form,
        )
        if as_json:
            show_json(found.as_dict())
        else:
            _show_found([text.content for text in found.texts], f"{found.format}:")
            for note in found.notes:
                say(note, style="yellow")
        if not preview:
            if into:
                shelving.require_kind(into, garden, chains=False)
            stored = garden.add(*found.texts)
            if into and stored:
                garden.shelves.put(into, *stored)
            click.echo(f"{len(stored):,} brought in.", err=True)


@click.command("chapbook")
@click.argument("target", type=click.Path(path_type=Path))
@click.argument("numbers", nargs=-1, type=NUMBER)
@click.option("--title", required=True, help="What the book is called.")
@click.option("--by", default="", help="Who made it.")
@click.option("--note", default="", help="A dedication or a motto.")
@click.option("--collection", help="The texts of this collection. [what is kept]")
@garden_option
def chapbook(
    target: Path,
    numbers: tuple[int, ...],
    title: str,
    by: str,
    note: str,
    collection: str | None,
    place: str | None,
) -> None:
    """Print a chapbook to TARGET (.pdf, .epub or .html): the texts with these NUMBERS, in order."""
    with open_garden(place) as garden:
        texts = _chosen(garden, numbers, collection, everything=False)
        if not numbers and collection is None:
            texts = texts[::-1]  # in a book, what was kept first comes first
        book = passing.chapbook(garden, texts, title=title, by=by, note=note)
        binding.write(book, target)
    poems = "1 poem" if len(book.poems) == 1 else f"{len(book.poems):,} poems"
    click.echo(f"{poems} in {target}", err=True)


def _chosen(
    garden: Garden, numbers: tuple[int, ...], collection: str | None, *, everything: bool
) -> list[Stored]:
    if numbers:
        return garden.texts(list(numbers))
    if collection is not None:
        shelf = shelving.collection(collection, garden)
        texts = shelf.texts or tuple(chain.best for chain in shelf.chains)
        return garden.add(*texts, keep=False)
    return garden.search.page(None if everything else "keep", limit=_ALL)


def _write_lines(target: Path, lines: Iterable[str]) -> int:
    """Write lines under a name that the file gets only when it is whole; give how many."""
    unfinished = target.with_name(target.name + ".part")
    count = 0
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            for line in lines:
                file.write(line + "\n")
                count += 1
        unfinished.replace(target)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error.strerror}.", hint="Name another file."
        ) from error
    return count


def _read_folder(garden: Garden, folder: Path, *, preview: bool, as_json: bool) -> None:
    changes = passing.read_folder(garden, folder, preview=preview)
    if as_json:
        show_json(
            [
                {"kind": each.kind, "path": str(each.path), "content": each.content}
                for each in changes
            ]
        )
        return
    for change in changes:
        click.echo(f"{change.kind:<7} {printable(change.path.name)}")
    click.echo(f"{len(changes)} changes" + (", nothing done." if preview else "."), err=True)


def _is_ours(source: Path) -> bool:
    """Say whether a file is of our own format, by its beginning."""
    try:
        with source.open("rb") as file:
            beginning = file.read(64).removeprefix(BOM_UTF8)
            return beginning.startswith(f'{{"format": "{FORMAT}"'.encode())
    except OSError:
        return False  # reading it says in words why not


def _read_ours(
    garden: Garden, source: Path, *, preview: bool, into: str | None, as_json: bool
) -> None:
    try:
        lines = source.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{source} cannot be read: {error}.", hint="Export it again, or copy it again."
        ) from error
    if preview:
        chosen = [text for text, more in from_lines(lines) if "marks" in more]
        if as_json:
            show_json([text.as_dict() for text in chosen])
        else:
            head = "Texts of another garden, which bring their lineage:"
            _show_found([text.content for text in chosen], head)
        return
    stored = passing.from_jsonl(garden, lines)
    if into and stored:
        garden.shelves.put(into, *stored)
    if as_json:
        show_json([text.as_dict() for text in stored])
    click.echo(f"{len(stored):,} brought in, with all that they came from.", err=True)


def _show_found(contents: list[str], head: str) -> None:
    click.echo(f"{head} {len(contents):,} texts", err=True)
    shown = contents if len(contents) <= _SHOWN or not sys.stdout.isatty() else contents[:_SHOWN]
    click.echo("\n---\n".join(printable(each) if sys.stdout.isatty() else each for each in shown))
    if len(shown) < len(contents):
        click.echo(f"… and {len(contents) - len(shown):,} more", err=True)


COMMANDS: Final = (export, import_, chapbook)
