"""`flourishing serve`: the studio in the browser."""

from __future__ import annotations

from contextlib import suppress

import click

from flourishing.cli.options import garden_option
from flourishing.cli.show import printable
from flourishing.garden import open_garden


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port. [8420, or the next free]")
@click.option("--no-browser", is_flag=True, help="Only serve; open nothing.")
@click.option("--model", help="The base model where a bed names none. [the configured one]")
@garden_option
def command(
    host: str, port: int | None, no_browser: bool, model: str | None, place: str | None
) -> None:
    """Serve the studio, and open it in the browser.

    On another address than this machine's own, it prints a token that has to be shown once.
    """
    from flourishing.studio.serving import serve  # here, since --help need not wait for a server

    # Ctrl-C is how one leaves, and no failure.
    with open_garden(place) as garden, suppress(KeyboardInterrupt):
        serve(
            garden,
            host=host,
            port=port,
            model=model,
            browser=not no_browser,
            say=lambda words: click.echo(printable(words), err=True),
        )
