"""`flourishing taste`: what a person's marks say of what they like, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console

from flourishing.app.bed_operations import find_bed
from flourishing.app.progress import open_visibly
from flourishing.cli.options import garden_option
from flourishing.cli.show import printable, show_json, show_numbered
from flourishing.errors import InputError
from flourishing.garden import LearnedTaste, Stored, open_garden, ranked
from flourishing.kinds import kind as find_kind


@click.command("taste")
@click.option("--bed", "bed_name", help="Only what was bred, edited or marked in this bed.")
@click.option(
    "--kind", help="Only what was bred, edited or marked in beds of this kind, such as poem."
)
@click.option("--model", help="The model that reads the texts. [the one that is configured]")
@click.option(
    "--likelihood",
    is_flag=True,
    help="Also try how likely a text is after those kept; takes some minutes.",
)
@click.option(
    "-n",
    "many",
    type=click.IntRange(0, 50),
    default=3,
    show_default=True,
    help="How many of the best and of the worst texts to show.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def command(
    bed_name: str | None,
    kind: str | None,
    model: str | None,
    likelihood: bool,
    many: int,
    as_json: bool,
    place: str | None,
) -> None:
    """Say what your marks tell of what you like, and how well that predicts texts unseen.

    It learns from what you kept, dropped, edited and bred from. The texts are read by the model on
    this machine unless you chose another. It only says: nothing is kept, dropped or sorted by it.
    With breed --candidates, what it says with --kind chooses which offspring are shown first.
    """
    with open_garden(place, make=False) as garden:
        bed = None
        if bed_name is not None and (bed := find_bed(garden, bed_name)) is None:
            raise InputError(f"There is no bed {bed_name!r}.", hint="See: flourishing garden beds")
        taste = garden.taste(
            open_visibly(model),
            bed=bed,
            kind=None if kind is None else find_kind(kind).name,
            likelihood=likelihood,
        )
        order = ranked(garden, taste) if taste.may_choose else []
    many = min(many, len(order) // 2)
    best, worst = order[:many], order[len(order) - many :]
    if as_json:
        ends = {
            name: [{**text.as_dict(), "score": score} for text, score in some]
            for name, some in (("best", best), ("worst", worst))
        }
        show_json(taste.as_dict() | ends)
        return
    _show(taste, best, worst)


def _show(
    taste: LearnedTaste,
    best: Sequence[tuple[Stored, float]],
    worst: Sequence[tuple[Stored, float]],
) -> None:
    click.echo(printable(taste.sentence))
    click.echo(taste.basis)
    click.echo(taste.position)
    console = Console(highlight=False)
    for title, some in (("What you would like best:", best), ("And least:", worst)):
        if some:
            console.print(title, style="bold", markup=False)
        for text, score in some:
            show_numbered(console, text.id, text, marks=[f"{score:+.2f}", *sorted(text.marks)])
