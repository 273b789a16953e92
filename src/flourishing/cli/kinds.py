"""`flourishing kinds`: which kinds of text there are."""

from __future__ import annotations

import click

from flourishing.cli.show import printable, show_json
from flourishing.kinds import kind, usable_kinds
from flourishing.settings import kinds_path


@click.command("kinds")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def command(name: str | None, as_json: bool) -> None:
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
    click.echo(f"\nYour own go into {kinds_path()}", err=True)
