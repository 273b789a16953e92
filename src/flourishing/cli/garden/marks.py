"""Keeping a garden sound: verify it, back it up, and empty what was put away."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from flourishing.cli.options import garden_option
from flourishing.cli.show import show_json
from flourishing.garden import open_garden


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
            click.echo(f"{len(problems)} problems in {texts:,} texts.", err=True)
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
    click.echo(f"Backed up: {texts:,} texts in {target}", err=True)


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


COMMANDS: Final = (verify, backup, empty)
