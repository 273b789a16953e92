"""`flourishing models`: what there is; pull, use, add, forget, probe; and which you keep from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from flourishing import sync
from flourishing.app.bed_operations import find_bed
from flourishing.app.progress import notify_visibly
from flourishing.cli.options import garden_option
from flourishing.cli.show import messages, printable, say, show_json
from flourishing.errors import InputError
from flourishing.garden import open_garden
from flourishing.models import catalogue
from flourishing.models.catalogue import Model, Progress
from flourishing.models.catalogue.download import Report
from flourishing.models.catalogue.entries import find_entry
from flourishing.models.catalogue.overview import machine_memory, needed, warning
from flourishing.models.protocol import Waiting

_WHERE = {"embedded": "built in", "catalogue": "pulled", "pulled": "pulled", "file": "a file"}
_FITS = {"yes": "fits", "tight": "tight", "no": "too big", None: "?"}


@click.group("models", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Base models: what there is and what fits, pull one, use it, forget it, probe a server.

    Without a subcommand, list them.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(listed)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def listed(as_json: bool = False) -> None:
    """List the embedded model, the catalogue, what else was pulled, and what you have named.

    With the size of each file, the memory it needs to run, and whether this machine has that.
    """
    found = catalogue.overview()
    if as_json:
        show_json(found.as_dict())
        return
    width = max(map(len, [*(each.name for each in found.models), *found.named]))
    click.echo(f"  {'':<{width}}  {'size':>8}  {'memory':>8}  {'':<7}  {'':<8}  licence")
    for each in found.models:
        click.echo(_line(each, width))
    for name, about in found.named.items():
        mark = "*" if name == found.configured else " "
        click.echo(printable(f"{mark} {name:<{width}}  {about}"))
    memory = f"{_size(found.memory)} of memory" if found.memory else "memory unknown"
    click.echo(f"\nThis machine: {memory}. Used: {printable(found.configured)}", err=True)
    if not all(each.checked for each in found.models):
        click.echo("~ its file's name could not be checked beforehand", err=True)
    click.echo("Pull one: flourishing models pull NAME. They go into", err=True, nl=False)
    click.echo(f" {catalogue.folder()}", err=True)


@command.command("pull")
@click.argument("name")
@click.option("--quant", default="", help='Another quantisation, such as "Q8_0".')
def pulled(name: str, quant: str) -> None:
    """Pull the model NAME from the hub, or go on with a pull that broke off.

    NAME is one of the list, or hf:owner/name/file.gguf for any GGUF file on the Hugging Face hub;
    hf:owner/name with --quant will do too. The model's path is written to stdout.
    """
    try:
        with _progress() as show:
            path = catalogue.pull(name, quant=quant, report=_warning_first(name, show))
    except KeyboardInterrupt:
        click.echo("What came is kept: the same command goes on from there.", err=True)
        raise
    click.echo(path)
    click.echo(f"Use it from now on: flourishing models use {_asked(name, quant)}", err=True)


@command.command("use")
@click.argument("name")
@click.option("--quant", default="", help="Which quantisation, where several were pulled.")
def used(name: str, quant: str) -> None:
    """Use the model NAME from now on: write it into the configuration.

    NAME is "local" for the embedded model, "echo", a pulled model, a model that the configuration
    names, the path of a .gguf file, or an endpoint's address.
    """
    done = catalogue.use(name, quant=quant)
    click.echo(f"{done.config} says now: model = {printable(done.model)!r}", err=True)
    if done.instruct_sign:
        sign = printable(done.instruct_sign)
        click.echo(
            f"It seems to be an instruct model ({sign}). Base models breed better.", err=True
        )
    if done.overridden:
        click.echo(
            f"But FLOURISHING_MODEL is set, and goes before it: {printable(done.overridden)}",
            err=True,
        )


@command.command("add")
@click.argument("path")
def added(path: str) -> None:
    """List the .gguf file at PATH, so that the studio can choose it; it stays where it is.

    Its whole path is written to stdout.
    """
    click.echo(printable(str(catalogue.add_file(path))))


@command.command("forget")
@click.argument("name")
def forgotten(name: str) -> None:
    """Forget the model NAME: what was pulled of it is removed, a file of your own stays.

    NAME is a pulled model, whole or not, a path that was added, or a model that the configuration
    describes; its key is removed from the keyring where it was put there by the studio.
    """
    freed = catalogue.forget(name)
    click.echo(f"{_size(freed)} removed." if freed else "It is listed no more.", err=True)


@command.command("kept")
@click.option("--bed", "bed_name", help="Only what was bred in this bed.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def kept(bed_name: str | None, as_json: bool, place: str | None) -> None:
    """Say which models you really keep from.

    For each model: how many of its offspring you saw, kept, dropped and bred from, and the share of
    those you kept, with the interval that holds the true share 95 times of a hundred.
    """
    with open_garden(place) as garden:
        bed = find_bed(garden, bed_name)
        if bed_name is not None and bed is None:
            raise InputError(f"There is no bed {bed_name!r}.", hint="See: flourishing garden beds")
        found = garden.kept_by_model(bed)
    if as_json:
        show_json([each.as_dict() for each in found])
        return
    if not found:
        say("No model has written anything here yet.")
        return
    width = max(len("model"), *(len(printable(each.model)) for each in found))
    click.echo(
        f"{'model':<{width}}  {'seen':>5}  {'kept':>5}  {'dropped':>7}  {'parents':>7}  share"
    )
    for each in found:
        share = each.share
        click.echo(
            f"{printable(each.model):<{width}}  {each.seen:>5,}  {each.kept:>5,}  "
            f"{each.dropped:>7,}  {each.parents:>7,}  "
            f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"
        )


@command.command("probe")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def probed(name: str, as_json: bool) -> None:
    """Find out what the server of the model NAME honours, and remember it.

    NAME is a model that the configuration describes with an endpoint, or an address
    https://host/v1#model-id. It takes a dozen requests of a few tokens; what that costs at most is
    said before. What is found is used from then on.
    """
    from flourishing.models import probing  # here, since the other subcommands need no HTTP client
    from flourishing.models.opening import open_endpoint

    endpoint = open_endpoint(name)
    cost = probing.most_cost(endpoint.settings)
    say(f"{endpoint.name}: at most {cost}")
    found = sync.run(probing.probe(endpoint, notify=_say))
    if as_json:
        show_json(found.as_dict())
        return
    context = f"{found.context:,} tokens" if found.context else "it does not say"
    nature = {"base": "like a base model", "instruct": "like an instruct model", None: "unclear"}
    click.echo(printable(found.line))
    click.echo(f"context: {context}")
    click.echo(f"answers: {nature[found.nature]}")
    for words in found.why:
        click.echo(printable(f"  {words}"))
    click.echo(f"\nSeen in {found.requests} requests:", err=True)
    for capability, finding in found.findings.items():
        click.echo(printable(f"  {finding.mark} {capability:<8}  {finding.saw}"), err=True)


def _say(event: str | Waiting) -> None:
    if isinstance(event, Waiting):
        notify_visibly(event)
    else:
        say(event, style="yellow")


def _line(model: Model, width: int) -> str:
    where = _WHERE[model.kind] if model.here else "in part" if model.unfinished else ""
    marks = [model.licence, "accept its terms on the hub" if model.gated else ""]
    return printable(
        f"{'*' if model.chosen else ' '} {model.name:<{width}}{' ' if model.checked else '~'} "
        f"{_size(model.size):>8}  {_size(model.memory):>8}  {_FITS[model.fits]:<7}  {where:<8}  "
        f"{', '.join(mark for mark in marks if mark)}"
    ).rstrip()


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"


def _asked(name: str, quant: str) -> str:
    return f"{name} --quant {quant}" if quant else name


def _warning_first(name: str, show: Report) -> Report:
    """Say that a model will not fit as soon as its size is known, and before most of it came."""
    said = False

    def report(at: Progress) -> None:
        nonlocal said
        if not said:
            said = True
            need = needed(at.size, find_entry(name))
            if words := warning(need, machine_memory()):
                say(words, style="yellow")
        show(at)

    return report


@contextmanager
def _progress() -> Iterator[Report]:
    """Show a pull on stderr: a bar for a terminal, a line for each file otherwise."""
    if not sys.stderr.isatty():
        shown: set[tuple[str, str]] = set()

        def notify(at: Progress) -> None:
            if (at.stage, at.file) not in shown:
                shown.add((at.stage, at.file))
                done = f"{_size(at.done)} of {_size(at.size)} are here"
                click.echo(f"{at.stage} {printable(at.file)} ({done})", err=True)

        yield notify
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=messages(), transient=True) as bar:
        task = bar.add_task("asking the hub", total=None)

        def show(at: Progress) -> None:
            words = f"{at.stage} {printable(at.file)}"
            bar.update(task, description=words, completed=at.done, total=at.size)

        yield show
