"""`flourishing judge`: how far a judge is right, by texts that you have labelled."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import click

from flourishing import app, sync
from flourishing.app.progress import open_visibly
from flourishing.cli.options import spend_option
from flourishing.cli.show import printable, show_json
from flourishing.errors import InputError
from flourishing.formats.labelled import read_labelled
from flourishing.models.cost import open_budget
from flourishing.selection.judge import EACH, Judge
from flourishing.selection.judgement import JudgeCheck


@click.group("judge")
def command() -> None:
    """Judges: a question about a text, answered by how likely a base model finds each answer."""


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("labelled", type=click.Path(path_type=Path), required=False)
@click.option("--question", help="The question, where FILE is no judge but labelled texts.")
@click.option("--chosen", help="The answer whose probability is the measure. [the first]")
@click.option(
    "--each",
    type=click.IntRange(min=1),
    default=EACH,
    show_default=True,
    help="How many labelled texts of each answer become examples where the judge has none.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Draws these examples.")
@click.option("--model", help="The base model. [the one that is configured]")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@spend_option
def check(
    file: Path,
    labelled: Path | None,
    question: str | None,
    chosen: str | None,
    each: int,
    seed: int,
    model: str | None,
    as_json: bool,
    spend: Decimal | None,
) -> None:
    """Say how far the judge in FILE agrees with texts that you have labelled.

    FILE is a TOML file with question, answers and examples, each a pair of a text and its answer;
    the texts to check with stand in it as labelled, or in the file LABELLED: a table or JSON with
    "text" and "answer". Or FILE is such a table itself, and --question says what was asked. Texts
    that are examples are left out of the check; label about 40 others.

    \b
    flourishing judge check sea.toml
    flourishing judge check sea.toml labelled.csv
    flourishing judge check labelled.csv --question "Is it about the sea?"
    """
    asked, pairs = _read(file, labelled, question, chosen)
    checked = sync.run(
        app.check_judge(
            asked,
            pairs,
            model=open_visibly(model),
            each=each,
            seed=seed,
            budget=open_budget(spend),
        )
    )
    if (found := checked.check) is None:
        raise AssertionError("A judge that was checked says nothing of it.")
    if as_json:
        show_json({**checked.as_dict(), "check": found.as_dict()})
    else:
        _show(checked, found)


def _read(
    file: Path, labelled: Path | None, question: str | None, chosen: str | None
) -> tuple[Judge, Sequence[tuple[str, str]]]:
    """Read the judge, or make one of labelled texts; and what to check it with."""
    if file.suffix.lower() == ".toml":
        if question is not None:
            raise InputError(
                f"{file} has a question of its own.", hint="Leave --question out, or change it."
            )
        judge = Judge.from_file(file)
        return judge.with_chosen(chosen), read_labelled(labelled or file)
    if question is None or labelled is not None:
        raise InputError(
            f"{file} is no judge: its name does not end in .toml.",
            hint="Give the TOML file of the judge first; or the labelled texts alone, with "
            "--question.",
        )
    pairs = read_labelled(file)
    judge = Judge(question=question, answers=tuple(dict.fromkeys(label for _, label in pairs)))
    return judge.with_chosen(chosen), pairs


def _show(judge: Judge, found: JudgeCheck) -> None:
    click.echo(found.sentence)
    click.echo(f"Without calibration: {found.before}.")
    if found.without_labels is not None and found.offsets is not None:
        click.echo(f"Calibrated on texts without content: {found.without_labels}.")
    if found.order is not None:
        click.echo(
            printable(
                f"By the probability of “{judge.chosen}”, it puts {found.order.value:.0%} "
                f"({found.order.low:.0%} to {found.order.high:.0%}) of all pairs in order."
            )
        )
    click.echo(printable(f"Judged by {found.model} after {len(judge.examples)} examples.\n"))
    rows = [(right, *row.values()) for right, row in found.confusion().items()]
    _show_table(["you say", *(f"it says {each}" for each in judge.answers)], rows)
    shares = [(each, *(f"{share:.0%}" for share in row)) for each, row in found.bias().items()]
    _show_table(["answer", "you", "it, uncalibrated", "it, calibrated"], shares)


def _show_table(heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    cells = [[printable(str(cell)) for cell in row] for row in (heading, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for first, *others in cells:
        padded = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        click.echo("   ".join([f"{first:<{widths[0]}}", *padded]))
    click.echo()
