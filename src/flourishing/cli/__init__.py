"""The command line: parse, one call to the workshop, show.

Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 usage. This module
turns an error into its message, its hint and its exit code; no other does.
"""

# ruff: noqa: ARG002 - click hands its context to methods that do not need it

from __future__ import annotations

import importlib
import sys
from typing import Final

import click

from flourishing.cli.help_format import with_whole_commands
from flourishing.errors import FlourishingError, InputError

_COMMANDS: Final = {
    "breed": ("flourishing.cli.breed", "Breed offspring from texts, once or step by step."),
    "complete": ("flourishing.cli.complete", "Continue a prompt with a base model."),
    "contrast": (
        "flourishing.cli.contrast",
        "The same prompt to a base model and to an instruct model.",
    ),
    "garden": ("flourishing.cli.garden", "Everything that was bred and kept: look, tend, export."),
    "library": ("flourishing.cli.library", "Collections: list, show, add to them."),
    "models": ("flourishing.cli.models", "Base models: what fits, pull one, use it."),
    "patterns": ("flourishing.cli.patterns", "List patterns, or show what one makes of texts."),
    "refine": ("flourishing.cli.refine", "Write the next version of a text."),
    "serve": ("flourishing.cli.serve", "The studio in the browser; what no command opens, too."),
}


class _Commands(click.Group):
    """Commands that are imported only when they are run, so that --help comes at once.

    The signatures are click's, which hands over a context that no method here needs.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return with_whole_commands(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in sorted(_COMMANDS.items())])


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Without a command, the studio opens in the browser. In the terminal, begin with:  "
    "flourishing breed --interactive",
)
@click.version_option(package_name="flourishing")
@click.pass_context
def app(ctx: click.Context) -> None:
    """Breed text with base language models.

    Pick a few texts; a base model answers with offspring in their spirit; keep, edit and drop; put
    the best back, and go on. Runs on this machine, without a key, unless you choose otherwise.
    """
    if ctx.invoked_subcommand is None:
        from flourishing.cli.serve import command  # here, since no other command needs it

        ctx.invoke(command)


with_whole_commands(app)


def main() -> None:
    """Run the command line and end the process."""
    try:
        app.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except FlourishingError as error:
        _say(f"{error}\n{error.hint}")
        sys.exit(2 if isinstance(error, InputError) else 1)
    except UnicodeEncodeError as error:
        wrong = ascii(error.object[error.start])
        _say(f"{wrong} cannot be written in {error.encoding}.\nGive all arguments in UTF-8.")
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read our output has had enough, as in `flourishing complete … | head -1`.
        sys.stderr.close()
        sys.exit(0)


def _say(words: str) -> None:
    """Say what went wrong; it may quote what is hostile."""
    from flourishing.cli.show import printable  # here, since nearly always nothing goes wrong

    click.echo(printable(words), err=True)
