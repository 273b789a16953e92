"""`flourishing evolve`, a run on its way; and `flourishing runs`, what runs came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

import click

from flourishing import sync
from flourishing.app.progress import notify_visibly, open_visibly
from flourishing.arguments import as_number
from flourishing.cli.breed import find_parents
from flourishing.cli.options import (
    garden_option,
    model_options,
    spend_option,
    take_sampling,
)
from flourishing.cli.show import messages, printable, say, show_json
from flourishing.core.words import quantity
from flourishing.errors import FlourishingError, InputError
from flourishing.evolution import opening
from flourishing.evolution.archives import Elite, Form
from flourishing.evolution.emitters import EMITTERS, emitter
from flourishing.evolution.evolve import Evolution
from flourishing.evolution.history import History, is_best_only
from flourishing.evolution.plan import BATCH, COMPLETIONS, EMITTER, PARENTS, RunBudget
from flourishing.evolution.plot import plot
from flourishing.evolution.run import Run, Step
from flourishing.garden import Garden, open_garden
from flourishing.library.choosing import Choice
from flourishing.models.protocol import Notice

_SHOWN: Final = 5
"""So many of the best texts are shown."""


@click.command("evolve")
@click.argument("seeds", nargs=-1)
@click.option(
    "--from",
    "sources",
    multiple=True,
    help='A collection, a file of texts with "---" between, or "-" for stdin; may be given more '
    "than once. [what ships of the kind, such as imagists, and what you have finished of it]",
)
@click.option(
    "--measure",
    "measures",
    multiple=True,
    help="A measure that spans the archive, by name or a .toml file; may be given more than once. "
    "See: flourishing runs measures. [those of the kind]",
)
@click.option("--quality", help="The measure by which texts compete in a cell. [that of the kind]")
@click.option(
    "--budget", type=int, help=f"How many completions are asked for in all. [{COMPLETIONS}]"
)
@click.option("--tokens", type=int, help="The most tokens, read and written. [no bound]")
@click.option("--minutes", type=float, help="The most minutes. [no bound]")
@click.option("--kind", help="The kind of text, by name or a .toml file. [as the seeds]")
@click.option("--start", default="", help="Words that every text begins with.")
@click.option("--name", help="What the run is called. [the kind and a number]")
@click.option("--resume", help="Go on with the run of this name; a budget may be a new one.")
@click.option(
    "--archive",
    type=click.Choice(get_args(Form)),
    default="grid",
    show_default=True,
    help="Cells of a grid, of a tessellation, or none but what is far from all others.",
)
@click.option("--bins", type=int, help="Cells along each measure; of a cvt in all. [10; 100]")
@click.option(
    "--emitter",
    type=click.Choice(EMITTERS),
    default=EMITTER,
    show_default=True,
    help="What chooses the texts of the next prompt.",
)
@click.option(
    "--parents", type=int, default=PARENTS, show_default=True, help="How many texts in a prompt."
)
@click.option(
    "--batch", type=int, default=BATCH, show_default=True, help="How many completions of a prompt."
)
@click.option("--json", "as_json", is_flag=True, help="Write the run as one JSON document.")
@spend_option
@garden_option
@model_options
def command(
    seeds: tuple[str, ...],
    sources: tuple[str, ...],
    measures: tuple[str, ...],
    quality: str | None,
    budget: int | None,
    tokens: int | None,
    minutes: float | None,
    kind: str | None,
    start: str,
    name: str | None,
    resume: str | None,
    archive: str,
    bins: int | None,
    emitter: str,
    parents: int,
    batch: int,
    as_json: bool,
    spend: Decimal | None,
    place: str | None,
    **options: Any,
) -> None:
    """Evolve texts that are good and differ; a machine chooses the parents.

    It begins with SEEDS, which are texts or numbers of texts in the garden; without them, with all
    texts of a collection or a file. Everything is kept in the garden as it happens, so that a run
    that was stopped, or killed, goes on with --resume. What a run keeps is never marked as kept by
    you.

    \b
    flourishing evolve --from imagists --measure lines --measure mean-word-length --name first
    flourishing evolve --resume first --budget 600
    flourishing evolve --kind picture --budget 100 --emitter bandit
    """
    if seeds and sources:
        raise click.UsageError("Give SEEDS, or --from, not both.")
    if resume is not None and (seeds or sources or measures or quality or name):
        raise click.UsageError("--resume goes on with the seeds and the measures of the run.")
    sampling = take_sampling(options)
    bounds = _bounds(budget, tokens, minutes, spend)
    with open_garden(place, make=resume is None) as garden:
        if resume is not None:
            evolution = opening.resume(resume, garden, budget=bounds, model=options["model"])
        else:
            choice = Choice(how="all")
            texts, its = find_parents(garden, seeds, sources, kind, None, choice, options["model"])
            evolution = opening.begin(
                texts,
                kind=kind or its.kind or None,
                measures=measures or None,
                quality=quality,
                budget=bounds or COMPLETIONS,
                seed=options["seed"],
                model=options["model"],
                garden=garden,
                name=name,
                archive=archive,
                bins=bins,
                emitter=emitter,
                parents=parents,
                batch=batch,
                sampling=sampling,
                start=start,
            )
        evolution.model = open_visibly(evolution.model or evolution.plan.model or None)
        run = _watch(evolution)
    if as_json:
        show_json(run.as_dict())
    else:
        _show(run)


def _bounds(
    budget: int | None, tokens: int | None, minutes: float | None, spend: Decimal | None
) -> RunBudget | None:
    """Give the budget that a person named; None for none."""
    if all(bound is None for bound in (budget, tokens, minutes, spend)):
        return None
    if minutes is not None and as_number(minutes, "--minutes") <= 0:
        raise InputError(f"A run cannot have a budget of {minutes:g} minutes.", hint="Give more.")
    return RunBudget(
        completions=budget,
        tokens=tokens,
        money=spend,
        seconds=None if minutes is None else 60 * minutes,
    )


def _watch(evolution: Evolution) -> Run:
    """Go through a run, with its progress on stderr; where it ends early, say how to go on."""
    run = evolution.run
    events = sync.iterate(evolution.events())
    try:
        with _progress() as show:
            for event in events:
                if isinstance(event, Step):
                    show(_line(event))
                elif isinstance(event, Notice):
                    notify_visibly(event)
    except (KeyboardInterrupt, FlourishingError):
        events.close()
        if evolution.id:  # else nothing of it was written
            say(
                f"It came to {quantity(run.completions, 'completion')}, all kept. Go on with: "
                f"flourishing evolve --resume {run.name}"
            )
        raise
    return run


@contextmanager
def _progress() -> Iterator[Any]:
    """Give what shows a line: in place of the last one in a terminal, else below it."""
    console = messages()
    if not console.is_terminal:
        yield lambda line: console.print(line, markup=False, soft_wrap=True)
        return
    from rich.live import Live
    from rich.text import Text as Line

    with Live(console=console, transient=True, refresh_per_second=4) as live:
        yield lambda line: live.update(Line(line))


def _line(step: Step) -> str:
    """Say how far a run is: rate, QD score, coverage, best, and the time left."""
    best = "none" if step.best is None else f"{step.best.quality:.3f}"
    left = "" if step.left is None else f", about {_time(step.left)} left"
    trouble = f"; nothing came: {step.error}" if step.error else ""
    return printable(
        f"{quantity(step.completions, 'completion')}, {step.rate:.0f} a minute; QD score "
        f"{step.qd_score:.2f}, coverage {step.coverage:.0%}, {step.kept:,} kept, best {best}"
        f"{left}{trouble}"
    )


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _show(run: Run) -> None:
    """Say what a run came to, with its best texts."""
    archive, plan = run.archive, run.plan
    measures = " × ".join(axis.name for axis in plan.axes)
    counts = run.as_dict()["outcomes"]
    lines = [
        f"{run.name}: {run.state}. {run.reason}".strip(),
        (
            f"{quantity(run.completions, 'completion')}, {quantity(run.tokens, 'token')}, "
            f"{_time(run.seconds)}; {plan.model}, seed {plan.seed}, parents by {plan.emitter}"
        ),
        (
            f"QD score {archive.qd_score:.2f}, coverage {archive.coverage:.0%}: {len(archive):,} "
            f"of {archive.cells:,} cells ({measures}), by {plan.quality.name}; yield "
            f"{archive.yield_:,}"
        ),
        "What came: "
        + (", ".join(f"{many:,} {name}" for name, many in counts.items()) or "nothing"),
    ]
    click.echo(printable("\n".join(lines)))
    best = sorted(archive, key=lambda elite: -elite.quality)[:_SHOWN]
    for elite in best:
        click.echo(printable(f"\n{_heading(elite)}\n{elite.content}"))


def _heading(elite: Elite) -> str:
    number = getattr(elite.text, "id", None)
    found = ", ".join(f"{name} {value:.3g}" for name, value in elite.measures.items())
    return f"{f'{number}  ' if number is not None else ''}quality {elite.quality:.3f}, {found}"


@click.group("runs")
def runs_command() -> None:
    """Runs: what was evolved, and what came of it."""


@runs_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def list_runs(as_json: bool, place: str | None) -> None:
    """List the runs of the garden, the newest first."""
    with open_garden(place, make=False) as garden:
        found = [_record(garden, stored.name) for stored in garden.runs.all()]
    if as_json:
        show_json(found)
        return
    if not found:
        click.echo("There are no runs yet. Begin one with: flourishing evolve")
        return
    columns = ("name", "state", "kind", "completions", "qd_score", "coverage", "kept", "emitter")
    _table(columns, found)


@runs_command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def show_run(name: str, as_json: bool, place: str | None) -> None:
    """Show what the run NAME came to: its numbers, and its best texts."""
    with open_garden(place, make=False) as garden:
        run = opening.load(name, garden)
    if as_json:
        history = [step.as_dict() for step in run.steps]
        texts = [elite.as_dict() for elite in run.archive]
        show_json({**run.as_dict(), "texts": texts, "history": history})
    else:
        _show(run)


@runs_command.command("compare")
@click.argument("names", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def compare_runs(names: tuple[str, ...], as_json: bool, place: str | None) -> None:
    """Compare the runs NAMES, at as many completions as the shortest of them has.

    What they have in common is said once. QD scores can be compared only where the measures, the
    archive and the quality are the same.
    """
    with open_garden(place, make=False) as garden:
        found = [opening.load(name, garden) for name in names]
    least = min(run.completions for run in found)
    rows = [_at(run, least) for run in found]
    if as_json:
        show_json({"completions": least, "runs": rows})
        return
    click.echo(f"At {quantity(least, 'completion')}:")
    _table(("name", "emitter", "seed", "qd_score", "coverage", "kept", "best", "yield"), rows)
    spans = {(run.plan.axes, run.plan.quality, run.plan.archive, run.plan.bins) for run in found}
    if len(spans) > 1:
        say("Their archives differ, so their QD scores cannot be compared.")


@runs_command.command("plot")
@click.argument("name")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    help="The file to write; its name ends in .svg or .png. [NAME.svg]",
)
@garden_option
def plot_run(name: str, target: Path | None, place: str | None) -> None:
    """Draw the archive of the run NAME as a map, and how its QD score grew."""
    with open_garden(place, make=False) as garden:
        run = opening.load(name, garden)
    say(f"The map is in {plot(run, target or Path(f'{name}.svg'))}")


@runs_command.command("measures")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def list_measures(as_json: bool) -> None:
    """List the measures: what each says of a text, its range and its unit."""
    from flourishing.evolution import measures  # here, since its name is that of an option

    found = [each.as_dict() for each in measures().values()]
    if as_json:
        show_json(found)
        return
    for each in found:
        unit = f" {each['unit']}" if each["unit"] else ""
        span = f"{each['low']:g} to {each['high']:g}{unit}"
        click.echo(printable(f"{each['name']:<18} {span:<26} {each['about']}"))


def _record(garden: Garden, name: str) -> dict[str, Any]:
    """Give what a list shows of a run; one of another version has no numbers."""
    try:
        return opening.load(name, garden).as_dict()
    except FlourishingError as error:
        stored = garden.runs.get(name)
        return {"name": name, "state": stored.state, "reason": str(error)}


def _at(run: Run, completions: int) -> dict[str, Any]:
    """Give a run as it stood when so many completions had been asked for."""
    early = [step for step in run.steps if step.completions <= completions]
    archive = run.plan.empty_archive()
    history, its_emitter = History(archive), emitter(run.plan.emitter)
    for step in early:
        alone = is_best_only(its_emitter, step.number, step.emitter)
        history.replay(step.texts, best_only=alone)
    history.drop(run.dropped)
    then = replace(run, steps=early, kept=archive)
    best = archive.best
    return {
        "name": run.name,
        "emitter": run.plan.emitter,
        "seed": run.plan.seed,
        "completions": early[-1].completions if early else 0,
        "qd_score": then.archive.qd_score,
        "coverage": archive.coverage,
        "kept": len(archive),
        "best": None if best is None else best.quality,
        "yield": archive.yield_,
    }


def _table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    def cell(name: str, value: object) -> str:
        if value is None:
            return "–"
        if name == "coverage" and isinstance(value, float):
            return f"{value:.0%}"
        return f"{value:.2f}" if isinstance(value, float) else printable(str(value))

    cells = [[name.replace("_", " ").replace("qd", "QD") for name in columns]]
    cells += [[cell(name, row.get(name)) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (f"{each:<{width}}" for each, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip())
