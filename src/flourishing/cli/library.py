"""`flourishing library`, `kinds` and `patterns`: what there is to breed from, and in which form."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from rich.console import Console

from flourishing.app import collections
from flourishing.app.bed_operations import lasting_kind
from flourishing.cli.options import NUMBER, as_numbers, garden_option
from flourishing.cli.show import printable, show_changes, show_json, show_numbered, show_texts
from flourishing.core.chain import Chain
from flourishing.core.text import Text, normalize_line_ends
from flourishing.errors import InputError
from flourishing.garden import Garden, Yield, open_garden
from flourishing.kinds import find_pattern, kind, kind_of, usable_kinds
from flourishing.library import Collection, own_path, shipped_names
from flourishing.patterns import PATTERNS, Pattern
from flourishing.programs.wall import kept_out
from flourishing.settings import kinds_path, own_patterns, patterns_path


@click.group("library", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Collections: what ships, your own files, and what grew in the garden.

    Without a subcommand, list them.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(listed)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def listed(as_json: bool = False, place: str | None = None) -> None:
    """List the collections."""
    with open_garden(place, make=place is None) as garden:
        shelves = [
            collections.collection(name, garden) for name in collections.collection_names(garden)
        ]
    if as_json:
        ships = shipped_names()
        show_json(
            [
                {
                    "name": shelf.name,
                    "title": shelf.title,
                    "pattern": shelf.pattern,
                    "kind": kind_of(shelf.pattern, shelf.kind).name,
                    "items": len(shelf),
                    "chains": bool(shelf.chains),
                    "ships": shelf.name in ships,
                }
                for shelf in shelves
            ]
        )
        return
    for shelf in shelves:
        its = kind_of(shelf.pattern, shelf.kind)
        noun = its.noun if len(shelf) == 1 else its.plural
        click.echo(printable(f"{shelf.name:<22} {len(shelf):>4} {noun:<11} {shelf.title}"))
    click.echo(f"\nYour own files go into {own_path()}", err=True)


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def shown(name: str, as_json: bool, place: str | None) -> None:
    """Show the collection NAME, and what came of each text as an example: offspring, and kept."""
    with open_garden(place, make=place is None) as garden:
        shelf = collections.collection(name, garden)
        yields = (
            garden.shelves.yields_of_chains(shelf.chains)
            if shelf.chains
            else garden.shelves.yields_of_texts(shelf.texts)
        )
    if as_json:
        show_json(_told(shelf, yields))
    elif not sys.stdout.isatty() and not shelf.chains:
        show_texts([text.content for text in shelf.texts])
    else:
        _show(shelf, yields)


@command.command("add")
@click.argument("name")
@click.argument("items", nargs=-1, required=True)
@click.option("--chain", is_flag=True, help="The items are versions of one text, worst first.")
@click.option("--kind", "kind_name", help="Of a new collection, the kind of text; see: kinds.")
@garden_option
def add(
    name: str, items: tuple[str, ...], chain: bool, kind_name: str | None, place: str | None
) -> None:
    """Put ITEMS, numbers of texts or texts, into the collection NAME."""
    with open_garden(place) as garden:
        collections.require_kind(name, garden, chains=chain)
        texts = _texts(garden, items)
        its = lasting_kind(kind_name) if kind_name else ""
        garden.shelves.put(name, *([Chain(tuple(texts))] if chain else texts), kind=its)
        now = len(collections.collection(name, garden))
        click.echo(printable(f"“{name}” has {now} now."), err=True)


@command.command("remove")
@click.argument("name")
@click.argument("numbers", nargs=-1, required=True, type=NUMBER)
@garden_option
def remove(name: str, numbers: tuple[int, ...], place: str | None) -> None:
    """Take texts off the collection NAME, by their NUMBERS in the garden; they stay there.

    Of a collection of chains, the chains that end with these texts.
    """
    with open_garden(place, make=place is None) as garden:
        shelf = garden.shelves.get(name)
        items: list[Text | Chain] = [*shelf.texts, *shelf.chains] if shelf else []
        found = [
            item
            for item in items
            if getattr(item.best if isinstance(item, Chain) else item, "id", 0) in numbers
        ]
        if len(found) < len(set(numbers)):
            raise InputError(
                f"Not all of these stand on “{name}” because you put them there.",
                hint=f"What ships, and what is in {own_path()}, stays as it is.",
            )
        garden.shelves.take_off(name, *found)


def _texts(garden: Garden, items: tuple[str, ...]) -> list[Text]:
    if (ids := as_numbers(items)) is not None:
        return [*garden.texts(ids)]
    if not all(item.strip() for item in items):
        raise InputError("One of the texts is blank.", hint="Leave it out.")
    return [*garden.add(*map(normalize_line_ends, items))]


def _told(shelf: Collection, yields: list[Yield]) -> dict[str, object]:
    items: Sequence[Text | Chain] = shelf.items
    return {
        "name": shelf.name,
        "title": shelf.title,
        "pattern": shelf.pattern,
        "kind": kind_of(shelf.pattern, shelf.kind).name,
        "items": [
            {
                **item.as_dict(),
                "source": str(source),
                "offspring": each.offspring,
                "kept": each.kept,
            }
            for item, source, each in zip(items, shelf.sources, yields, strict=True)
        ],
    }


def _show(shelf: Collection, yields: list[Yield]) -> None:
    console = Console(highlight=False)
    items: Sequence[Text | Chain] = shelf.items
    for number, (item, source, each) in enumerate(
        zip(items, shelf.sources, yields, strict=True), start=1
    ):
        marks = [str(source)] if str(source) else []
        if each.offspring:
            marks += [f"helped to give {each.offspring}, of which {each.kept} kept"]
        if isinstance(item, Text):
            show_numbered(console, number, item, marks=marks)
        else:
            console.print(printable("; ".join(marks)), markup=False, soft_wrap=True)
            show_changes(console, item.versions)


@click.command("kinds")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def kinds_command(name: str | None, as_json: bool) -> None:
    """List the kinds of text that can be bred, or show the kind NAME.

    A kind has a pattern, a place in the library, and its own way to be shown, checked and compared.
    NAME may be the path of a .toml file.

    \b
    flourishing kinds
    flourishing kinds haiku
    flourishing breed --kind haiku
    """
    if name is not None:
        its = kind(name)
        if as_json:
            show_json(its.as_dict())
            return
        for key, value in its.as_dict().items():
            click.echo(printable(f"{key:<12} {value!r}"))
        return
    kinds = usable_kinds()
    if as_json:
        show_json([each.as_dict() for each in kinds])
        return
    for each in kinds:
        click.echo(printable(f"{each.name:<12} {each.title}"))
    click.echo(f"\nYour own go into {kinds_path()}\n{kept_out()}", err=True)


@click.command("patterns")
@click.argument("name", required=False)
@click.argument("texts", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def patterns_command(name: str | None, texts: tuple[str, ...], as_json: bool) -> None:
    """List the patterns, or show the pattern NAME and the prompt it makes of TEXTS.

    NAME may be the path of a .toml file. In a pattern of chains, separate versions with its link.

    \b
    flourishing patterns
    flourishing patterns poems "the fog comes" "a wet, black bough"
    """
    if name is None:
        _list(as_json=as_json)
        return
    pattern = find_pattern(name)
    items = [text.split(pattern.link) for text in texts] if pattern.link else list(texts)
    prompt = pattern.render(items) if items else None
    if as_json:
        show_json({**pattern.as_dict(), "prompt": prompt})
    elif prompt is not None:
        click.echo(printable(prompt))
    else:
        for key, value in pattern.as_dict().items():
            click.echo(f"{key:<12} {value!r}")


def _list(*, as_json: bool) -> None:
    patterns: dict[str, Pattern] = PATTERNS | {name: find_pattern(name) for name in own_patterns()}
    if as_json:
        show_json({name: pattern.as_dict() for name, pattern in patterns.items()})
        return
    for name, pattern in patterns.items():
        click.echo(f"{name:<12} {pattern.description}")
    click.echo(f"\nYour own go into {patterns_path()}", err=True)
