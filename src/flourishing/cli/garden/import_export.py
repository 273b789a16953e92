"""What goes out of a garden, and what comes in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import click

from flourishing.app import export_files
from flourishing.app.import_file import ImportRequest, ImportResult, import_texts
from flourishing.app.text_query import find_texts
from flourishing.cli.options import NUMBER, garden_option, query_options, take_query
from flourishing.cli.show import printable, say, show_json
from flourishing.core.words import quantity
from flourishing.formats import chapbook as binding
from flourishing.formats.detect import FORMS
from flourishing.garden import garden_exists, open_garden
from flourishing.kinds import counted

_FORMS: Final = {".jsonl": "jsonl", ".json": "jsonl", ".txt": "plain"}
"""The form of a file by the end of its name."""
_SHOWN: Final = 5
_NAMED: Final = 20
"""How many problems are named one by one."""


@click.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.argument("numbers", nargs=-1, type=NUMBER)
@click.option(
    "--as",
    "form",
    type=click.Choice(["markdown", "jsonl", "plain", "preferences"]),
    help="[jsonl for a name that ends so, plain for .txt, else markdown]",
)
@query_options
@click.option("--everything", is_flag=True, help="All texts, not only those that are kept.")
@click.option("--passed", is_flag=True, help="Of preferences, also over what was not marked.")
@click.option("--force", is_flag=True, help="Replace a file that has texts which this has not.")
@garden_option
def export(
    target: Path,
    numbers: tuple[int, ...],
    form: str | None,
    everything: bool,
    passed: bool,
    force: bool,
    place: str | None,
    **options: Any,
) -> None:
    """Write texts to TARGET: those with these NUMBERS, or else what is kept.

    \b
    markdown      a folder with a file for each text, to edit and to read back
    jsonl         one file for another garden, or as a backup: texts with their lineage, broods,
                  marks and collections; with --everything the whole garden, beds and runs too
    plain         one file of the words alone, with a line --- between two texts
    preferences   one file of what was chosen over what, with the prompts
    """
    form = form or _FORMS.get(target.suffix, "markdown")
    named = bool(numbers) or any(value is not None for value in options.values())
    if form == "preferences" and (named or everything):
        raise click.UsageError("Preferences are of all that was chosen: leave the texts out.")
    if passed and form != "preferences":
        raise click.UsageError("--passed goes with --as preferences.")
    query = take_query(options, numbers, which="all" if everything else "kept")
    with open_garden(place, make=False) as garden:
        if form == "preferences":
            count = export_files.write_preferences(garden, target, passed=passed, force=force)
            _say_written(f"{count:,}", target, [])
            return
        if form == "jsonl":
            whole = everything and not named
            ids = None if whole else [text.id for text in find_texts(garden, query)]
            done = export_files.write_jsonl(garden, target, ids, force=force)
            what = f"{done.chosen:,}" if whole else f"{done.chosen:,} with all that they came from"
            _say_written(what, target, done.left_out)
            return
        texts = find_texts(garden, query)
        left_out = [text.damage for text in texts if text.damage]
        if form == "plain":
            count = export_files.write_plain(texts, target, force=force)
        else:
            count = len(export_files.write_folder(garden, texts, target))
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
@click.option("--by", default="", help="Who wrote the texts of a plain file that does not say it.")
@click.option(
    "--mine/--theirs",
    default=None,
    help="Who wrote what a person wrote in that garden or those pages. [theirs; yours, where a "
    "garden comes into one without texts]",
)
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
    by: str,
    mine: bool | None,
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
    request = ImportRequest(
        source=source,
        form=form,
        take=take,  # type: ignore[arg-type]  # click has checked it
        separator=separator,
        column=column,
        delimiter=delimiter,
        encoding=encoding,
        unescape=unescape,
        preview=preview,
        sync=sync,
        into=into,
        by=by,
        mine=mine,
    )
    with open_garden(place) if not preview or garden_exists(place) else nullcontext() as garden:
        result = import_texts(garden, request)
    if as_json:
        show_json(_as_json(result))
    elif result.kind == "pages":
        for change in result.changes:
            click.echo(f"{change.kind:<7} {_named(change.path, source)}")
    else:
        head = "Texts of another garden, which bring their lineage:"
        head = head if result.kind == "garden" else f"{result.format}:"
        if preview or result.kind == "texts":
            _show_found([text.content for text in result.texts], head)
    for note in result.notes:
        say(note, style="yellow")
    _say_imported(result, source)


@click.command("chapbook")
@click.argument("target", type=click.Path(path_type=Path))
@click.argument("numbers", nargs=-1, type=NUMBER)
@click.option("--title", required=True, help="What the book is called.")
@click.option("--by", default="", help="Who made it.")
@click.option("--note", default="", help="A dedication or a motto.")
@query_options
@garden_option
def chapbook(
    target: Path,
    numbers: tuple[int, ...],
    title: str,
    by: str,
    note: str,
    place: str | None,
    **options: Any,
) -> None:
    """Print a chapbook to TARGET (.pdf, .epub or .html): the texts with these NUMBERS, in order.

    Without numbers, print what is kept, the first kept first.

    A PDF is set with the fonts of this computer; signs that none of them has are named.
    """
    query = take_query(options, numbers, which="kept")
    export_files.require_same_form(target)
    with open_garden(place, make=False) as garden:
        texts = find_texts(garden, query, oldest_first=True)
        book = export_files.chapbook(garden, texts, title=title, by=by, note=note)
        binding.write(book, target)
    if target.suffix.lower() == ".pdf":
        for sentence in binding.lacking_in_words(binding.without_font(book)):
            say(sentence, style="yellow")
    for damage in (text.damage for text in texts if text.damage):
        say(damage, style="red")
    click.echo(f"{counted([poem.text for poem in book.poems])} in {target}", err=True)


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


def _as_json(result: ImportResult) -> object:
    """Give what came of an import as plain data for JSON."""
    if result.kind == "pages":
        return [
            {
                "kind": each.kind,
                "path": str(each.path),
                "content": each.content,
                "written": each.path in result.written,
            }
            for each in result.changes
        ]
    texts = [text.as_dict() for text in result.texts]
    if result.kind == "garden":
        return texts
    return {"format": result.format, "texts": texts, "notes": list(result.notes)}


def _say_imported(result: ImportResult, source: Path) -> None:
    """Say how much was imported; what could not be makes it a failure."""
    if result.kind == "pages":
        changes = "1 change" if result.count == 1 else f"{result.count:,} changes"
        click.echo(f"{changes}." if result.stored else f"{changes}, nothing done.", err=True)
        written = ", ".join(_named(path, source) for path in result.written) or "none"
        were = "were" if result.stored else "would be"
        click.echo(f"Files that {were} written: {written}.", err=True)
        were = "file was" if len(result.problems) == 1 else "files were"
        _fail_for(result.problems, f"{were} not read; the rest was")
        return
    known = f" {result.known_in_words()}".rstrip()
    if result.stored:
        lineage = ", with all that they came from" if result.kind == "garden" else ""
        click.echo(f"{result.count:,} brought in{lineage}.{known}", err=True)
    elif known:
        click.echo(known.strip(), err=True)
    could = "could not" if result.stored else "cannot"
    _fail_for(result.problems, f"{could} be brought in")


def _named(path: Path, source: Path) -> str:
    """Give the name of a file as it is in the folder that was read."""
    inside = path.is_relative_to(source) and path != source
    return printable(str(path.relative_to(source)) if inside else str(path))


def _show_found(contents: list[str], head: str) -> None:
    click.echo(f"{head} {quantity(len(contents), 'text')}", err=True)
    shown = contents if len(contents) <= _SHOWN or not sys.stdout.isatty() else contents[:_SHOWN]
    click.echo("\n---\n".join(printable(each) if sys.stdout.isatty() else each for each in shown))
    if len(shown) < len(contents):
        click.echo(f"… and {len(contents) - len(shown):,} more", err=True)


COMMANDS: Final = (export, import_, chapbook)
