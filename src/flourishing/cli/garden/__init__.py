"""`flourishing garden`: everything that was bred and kept."""

from __future__ import annotations

import click

from flourishing.cli.garden import changes, display, import_export
from flourishing.cli.options import garden_option
from flourishing.cli.show import show_json
from flourishing.garden import open_garden


@click.group("garden", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
@click.pass_context
def command(ctx: click.Context, as_json: bool, place: str | None) -> None:
    """Everything that was bred and kept; nothing in it is lost.

    Without a subcommand, say where it is and what it has.
    """
    if ctx.invoked_subcommand is not None:
        # What is said before a subcommand counts for it.
        said = {"place": place, **({"as_json": True} if as_json else {})}
        ctx.default_map = dict.fromkeys(command.commands, said)
        return
    with open_garden(place, make=False) as garden:
        counts = garden.counts()
        if as_json:
            show_json({"garden": garden.name, **counts})
            return
        click.echo(garden.name)
        for name, count in counts.items():
            click.echo(f"{count:>9,} {name}")


for module in (display, changes, import_export):
    for each in module.COMMANDS:
        command.add_command(each)
