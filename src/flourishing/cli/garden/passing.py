"""What goes out of a garden, and what comes in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from flourishing import chapbook as binding
from flourishing.cli.options import NUMBER, garden_option
from flourishing.cli.show import printable, say, show_json
from flourishing.errors import InputError
from flourishing.exchange.reading import FORMS, read
from flourishing.exchange.rows import Rows, find_rows
from flourishing.exchange.transfer import Reader
from flourishing.exchange.vault import Vault
from flourishing.garden import Garden, Stored, open_garden
from flourishing.kinds import counted
from flourishing.workshop import imports, passing, shelving
from flourishing.workshop.markdown_import import find_pages, import_pages

_ALL: Final = 1_000_000
_SHOWN: Final = 5
_NAMED: Final = 20
"""How many problems are named one by one."""


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
@click.option("--force", is_flag=True, help="Replace a file that has texts which this has not.")
@garden_option
def export(
    target: Path,
    numbers: tuple[int, ...],
    form: str | None,
    collection: str | None,
    everything: bool,
    passed: bool,
    force: bool,
    place: str | None,
) -> None:
    """Write texts to TARGET: those with these NUMBERS, or else what is kept.

    \b
    markdown      a folder with a file for each text, to edit and to read back
    jsonl         one file for another garden, or as a backup: texts with their lineage, broods,
                  marks and collections; with --everything the whole garden, beds too
    preferences   one file of what was chosen over what, with the prompts
    """
    form = form or ("jsonl" if target.suffix in {".jsonl", ".json"} else "markdown")
    if form == "preferences" and (numbers or collection or everything):
        raise click.UsageError("Preferences are of all that was chosen: leave the texts out.")
    if passed and form != "preferences":
        raise click.UsageError("--passed goes with --as preferences.")
    with open_garden(place, make=False) as garden:
        if form == "preferences":
            count = passing.write_preferences(garden, target, passed=passed, force=force)
            _say_written(f"{count:,}", target, [])
        elif form == "jsonl":
            ids = None
            if not everything or numbers or collection:
                texts = _chosen(garden, numbers, collection, everything=False)
                ids = [text.id for text in texts]
            done = passing.write_jsonl(garden, target, ids, force=force)
            what = f"{done.chosen:,} with all that they came from"
            _say_written(what if ids is not None else f"{done.chosen:,}", target, done.left_out)
        else:
            texts = _chosen(garden, numbers, collection, everything=everything)
            if not texts:
                raise InputError("There is nothing to export.", hint="Keep a text first.")
            left_out = [text.damage for text in texts if text.damage]
            count = len(passing.write_folder(garden, texts, target))
            _say_written(f"{count:,}", target, left_out)


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
@click.option("--column", help="Of a table, the column with the texts: its name, or its number.")
@click.option("--delimiter", help='What stands between the cells of a table, or "tab". [found out]')
@click.option("--encoding", help="Of a text that is not Unicode, such as windows-1252.")
@click.option("--unescape", is_flag=True, help=r"Take the backslashes of \< and \[ away.")
@click.option(
    "--preview",
    is_flag=True,
    help="Only show what would become a text, and which files would be written.",
)
@click.option(
    "--sync",
    is_flag=True,
    help="Write into exported pages that you edited which text they are now.",
)
@click.option("--into", help="Also put them into this collection.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def import_(
    source: Path,
    form: str | None,
    take: str,
    separator: str | None,
    column: str | None,
    delimiter: str | None,
    encoding: str | None,
    unescape: bool,
    preview: bool,
    sync: bool,
    into: str | None,
    as_json: bool,
    place: str | None,
) -> None:
    """Bring in texts from SOURCE: a loom's file, plain text, CSV, JSON, or Markdown.

    Markdown is a folder with all folders in it, a zip of one, or a single page with front matter.
    What you changed in a page that was exported becomes an edit; any other file is a new text,
    and its title and author become its source.

    SOURCE is only read. With --sync, the pages that were exported from this very garden, and that
    you edited, get the number of their edit; no other file is ever written. Keys that stand in
    other tools' files are left behind. "garden undo" takes back one import as a whole.
    """
    plain = (form, separator, column, delimiter) != (None, None, None, None)
    if form is None and (rows := find_rows(source)) is not None:
        if sync:
            raise click.UsageError("--sync goes with Markdown pages.")
        _read_ours(place, rows, preview=preview, into=into, as_json=as_json)
        return
    with open_garden(place) as garden:
        pages = None if plain and not source.is_dir() else find_pages(source)
        if pages is not None:
            if into:
                raise click.UsageError("--into does not go with Markdown pages.")
            if sync and not pages.on_disk:
                raise click.UsageError("--sync goes with a folder or a page, not with a zip.")
            _import_pages(garden, pages, source, preview=preview, sync=sync, as_json=as_json)
            return
        if sync:
            raise click.UsageError("--sync goes with Markdown pages.")
        found = read(
            source,
            take=take,  # type: ignore[arg-type]  # click has checked it
            separator=separator,
            column=column,
            delimiter=delimiter,
            encoding=encoding,
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
            before = garden.newest()
            stored = imports.bring_in(garden, found.texts, into=into)
            old = sum(text.id <= before for text in stored)
            here = f" {old:,} of them were here already." if old else ""
            click.echo(f"{len(stored):,} brought in.{here}", err=True)


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
    """Print a chapbook to TARGET (.pdf, .epub or .html): the texts with these NUMBERS, in order.

    A PDF is set with the fonts of this computer; signs that none of them has are named.
    """
    passing.require_same_form(target)
    with open_garden(place, make=False) as garden:
        texts = _chosen(garden, numbers, collection, everything=False)
        if not numbers and collection is None:
            texts = texts[::-1]  # in a book, what was kept first comes first
        book = passing.chapbook(garden, texts, title=title, by=by, note=note)
        binding.write(book, target)
    if target.suffix.lower() == ".pdf":
        for sentence in binding.lacking_in_words(binding.without_font(book)):
            say(sentence, style="yellow")
    for damage in (text.damage for text in texts if text.damage):
        say(damage, style="red")
    click.echo(f"{counted([poem.text for poem in book.poems])} in {target}", err=True)


def _chosen(
    garden: Garden, numbers: tuple[int, ...], collection: str | None, *, everything: bool
) -> list[Stored]:
    if numbers:
        return garden.texts(list(numbers))
    if collection is not None:
        shelf = shelving.collection(collection, garden)
        texts = shelf.texts or tuple(chain.best for chain in shelf.chains)
        if garden.read_only:  # what only ships cannot be given a number
            return [each for each in texts if isinstance(each, Stored)]
        return garden.add(*texts, keep=False)
    return garden.search.page(None if everything else "keep", limit=_ALL)


def _say_written(what: str, target: Path, left_out: Sequence[str]) -> None:
    """Say what was written; what is damaged was left out, and makes it a failure."""
    click.echo(printable(f"{what} written to {target}"), err=True)
    _fail_for(left_out, "could not be written")


def _fail_for(problems: Sequence[str], what: str) -> None:
    for problem in problems[:_NAMED]:
        say(problem, style="red")
    if len(problems) > _NAMED:
        click.echo(f"… and {len(problems) - _NAMED:,} more", err=True)
    if problems:
        click.echo(f"{len(problems):,} {what}.", err=True)
        sys.exit(1)


def _import_pages(
    garden: Garden, pages: Vault, source: Path, *, preview: bool, sync: bool, as_json: bool
) -> None:
    if pages.refused and not pages.pages:
        raise pages.refused[0]
    done = import_pages(garden, pages, preview=preview, sync=sync)
    if as_json:
        show_json(
            [
                {
                    "kind": each.kind,
                    "path": str(each.path),
                    "content": each.content,
                    "written": each.path in done.written,
                }
                for each in done.changes
            ]
        )
    else:
        for change in done.changes:
            click.echo(f"{change.kind:<7} {_named(change.path, source)}")
    for note in done.notes:
        say(note, style="yellow")
    for error in done.refused:
        say(f"Not read: {error}", style="red")
    count = len(done.changes)
    changes = "1 change" if count == 1 else f"{count:,} changes"
    click.echo(f"{changes}, nothing done." if preview else f"{changes}.", err=True)
    written = ", ".join(_named(path, source) for path in done.written) or "none"
    click.echo(f"Files that {'would be' if preview else 'were'} written: {written}.", err=True)
    if done.refused:
        count = len(done.refused)
        files = "1 file was" if count == 1 else f"{count:,} files were"
        click.echo(f"{files} not read; the rest was.", err=True)
        sys.exit(1)


def _named(path: Path, source: Path) -> str:
    """Give the name of a file as it is in the folder that was read."""
    inside = path.is_relative_to(source) and path != source
    return printable(str(path.relative_to(source)) if inside else str(path))


def _read_ours(
    place: str | None, rows: Rows, *, preview: bool, into: str | None, as_json: bool
) -> None:
    reader = Reader(rows)
    if preview:
        chosen, problems = passing.preview_jsonl(reader)
        if as_json:
            show_json([text.as_dict() for text in chosen])
        else:
            head = "Texts of another garden, which bring their lineage:"
            _show_found([text.content for text in chosen], head)
        _fail_for(problems, "cannot be brought in")
        return
    with open_garden(place) as garden:
        with garden.one_act("import"):
            before = garden.newest()
            done = garden.bring_in(reader)
            if into and done.ids:
                garden.shelves.put(into, *garden.texts(done.ids))
        if as_json:
            show_json([text.as_dict() for text in garden.texts(done.ids)])
    for note in done.notes:
        say(note, style="yellow")
    old = sum(id <= before for id in done.ids)
    here = f" {old:,} of them were here already." if old else ""
    click.echo(f"{len(done.ids):,} brought in, with all that they came from.{here}", err=True)
    _fail_for(done.problems, "could not be brought in")


def _show_found(contents: list[str], head: str) -> None:
    click.echo(f"{head} {len(contents):,} texts", err=True)
    shown = contents if len(contents) <= _SHOWN or not sys.stdout.isatty() else contents[:_SHOWN]
    click.echo("\n---\n".join(printable(each) if sys.stdout.isatty() else each for each in shown))
    if len(shown) < len(contents):
        click.echo(f"… and {len(contents) - len(shown):,} more", err=True)


COMMANDS: Final = (export, import_, chapbook)
