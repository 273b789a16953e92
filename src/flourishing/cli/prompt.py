"""`flourishing prompt`: what a model answers to prompts, and how likely it finds the answers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import click

from flourishing import app, sync
from flourishing.app.progress import open_visibly
from flourishing.app.prompting import MOST_SHOWN, SHOWN, PromptTrial
from flourishing.cli.options import as_numbers, garden_option, spend_option
from flourishing.cli.show import printable, say, show_json
from flourishing.errors import InputError
from flourishing.models.cost import open_budget
from flourishing.selection.prompt_task import prompt_task, prompt_tasks
from flourishing.settings import tasks_path


@click.group("prompt")
def command() -> None:
    """Prompts: what a model answers to them, and how likely it finds the answers expected."""


@command.command("tasks")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def tasks(as_json: bool) -> None:
    """List the tasks: inputs with the answers that are expected."""
    found = [prompt_task(name) for name in prompt_tasks()]
    if as_json:
        show_json([task.as_dict() for task in found])
        return
    width = max(len(task.name) for task in found)
    for task in found:
        click.echo(printable(f"{task.name:<{width}}  {task.title} ({len(task.examples)})"))
    say(f"\nYour own go into {tasks_path()}")


@command.command("measure")
@click.argument("prompts", nargs=-1)
@click.option(
    "--task",
    "task_name",
    required=True,
    help="A task by its name, or a file: an input, a tab and its answer on each line.",
)
@click.option("--by-hand", is_flag=True, help="Measure the task's hand-written prompts, too.")
@click.option(
    "--held-out", is_flag=True, help="Look at the inputs that are kept back from choosing."
)
@click.option(
    "--show",
    "shown",
    type=click.IntRange(0, MOST_SHOWN),
    default=SHOWN,
    show_default=True,
    help="On how many inputs to show an answer.",
)
@click.option("--model", help="The base model. [the one that is configured]")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@spend_option
@garden_option
def measure(
    prompts: Sequence[str],
    task_name: str,
    by_hand: bool,
    held_out: bool,
    shown: int,
    model: str | None,
    as_json: bool,
    spend: Decimal | None,
    place: str | None,
) -> None:
    """Measure PROMPTS by how likely a model finds the expected answers after them.

    PROMPTS are the numbers of texts of the garden, or prompts themselves, with {input} where the
    input stands; "" is no prompt. The best comes first. The figure is the mean log-probability of a
    token: 0 is certain, and less is less likely. Choose by the figures; compare what you chose
    with --held-out.

    \b
    flourishing prompt measure "The opposite of {input} is" --task antonyms
    flourishing prompt measure 12 15 --task plurals --by-hand --held-out
    flourishing prompt measure "{input} in French is" --task french.tsv
    """
    task = prompt_task(task_name)
    given = [*_contents(prompts, place), *(task.by_hand if by_hand else ())]
    if not given:
        raise InputError(
            "There is no prompt to measure.",
            hint='Give one, such as "The opposite of {input} is"; or --by-hand, for the task\'s.',
        )
    trials = sync.run(
        app.measure_prompts(
            given,
            task,
            model=open_visibly(model),
            part="held-out" if held_out else "training",
            shown=shown,
            budget=open_budget(spend),
        )
    )
    trials = tuple(sorted(trials, key=lambda trial: -_figure(trial)))
    if as_json:
        show_json([trial.as_dict() for trial in trials])
        return
    for trial in trials:
        _show(trial)


def _contents(prompts: Sequence[str], place: str | None) -> Sequence[str]:
    if prompts and (numbers := as_numbers(prompts)):
        from flourishing.garden import open_garden  # here, since words need no database

        with open_garden(place, make=False) as garden:
            return [garden.text(number).content for number in numbers]
    return prompts


def _figure(trial: PromptTrial) -> float:
    logprob = trial.figures.logprob
    return float("-inf") if logprob is None else logprob


def _show(trial: PromptTrial) -> None:
    figures = trial.figures
    click.echo(printable(trial.prompt.strip() or "(no prompt)"))
    if figures.logprob is None or figures.accuracy is None:
        say("  It gives all answers away.")
    else:
        count = len(figures.inputs)
        first = sum(each.rank == 1 for each in figures.inputs)
        click.echo(
            f"  {figures.logprob:.2f} a token; the right answer first for {first} of {count}"
        )
    if figures.given_away and figures.inputs:
        away = ", ".join(figures.given_away)
        say(printable(f"  Not counted, since it gives the answer away: {away}"))
    for each in trial.answers:
        mark = "✓" if each.is_right else "·"
        click.echo(printable(f"  {mark} {each.input} → {each.answer}"))
    click.echo()
