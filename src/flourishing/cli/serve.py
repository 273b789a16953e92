"""`flourishing serve`: the studio in the browser."""

from __future__ import annotations

import signal
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
@click.option(
    "--trust-local",
    is_flag=True,
    help="Ask for no token: every account and program of this machine can then read and change "
    "the garden, and breed at your cost.",
)
@garden_option
def command(
    host: str,
    port: int | None,
    no_browser: bool,
    model: str | None,
    trust_local: bool,
    place: str | None,
) -> None:
    """Serve the studio, and open it in the browser.

    The address that it prints has a token, which has to be shown once; scripts send it as
    "Authorization: Bearer TOKEN". It is made at each start, or is that of FLOURISHING_TOKEN.
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
            trust_local=trust_local,
            say=lambda words: click.echo(printable(words), err=True),
        )
        # What is left is to close the garden; to ask for it once more would only break that off.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
