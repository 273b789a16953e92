"""The command line: parse, one call to a use case, show.

Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 usage. This module
turns an error into its message, its hint and its exit code; no other does.
"""

# ruff: noqa: ARG002 - click hands its context to methods that do not need it

from __future__ import annotations

import errno
import importlib
import os
import sys
from contextlib import suppress
from typing import Final

import click

from flourishing.cli.terminal import Terminated, stop_on_signals, with_whole_commands
from flourishing.errors import FlourishingError, InputError, where

_DEBUG: Final = "FLOURISHING_DEBUG"
"""The variable with which an error that nobody foresaw shows all of itself."""
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_OF_DISK: Final = "Make room where it is to be written, and try again."
_OF_FILE: Final = "See that the file or folder is there, and that you may use it."
_OF_US: Final = "Please report it; with FLOURISHING_DEBUG=1 it shows all that is known of it."

_COMMANDS: Final = {
    "breed": ("flourishing.cli.breed:command", "Breed offspring from texts, once or step by step."),
    "complete": ("flourishing.cli.complete:command", "Continue a prompt with a base model."),
    "contrast": (
        "flourishing.cli.complete:contrast_command",
        "The same prompt to a base model and to an instruct model.",
    ),
    "evolve": (
        "flourishing.cli.evolve:command",
        "Evolve texts that are good and differ, by a machine.",
    ),
    "garden": (
        "flourishing.cli.garden:command",
        "Everything that was bred and kept: look, tend, export.",
    ),
    "image": ("flourishing.cli.image:command", "A picture of a text by a model."),
    "judge": ("flourishing.cli.judge:command", "Judges: how far one agrees with your labels."),
    "library": ("flourishing.cli.library:command", "Collections: list, show, add to them."),
    "models": ("flourishing.cli.models:command", "Base models: what fits, pull one, use it."),
    "kinds": ("flourishing.cli.library:kinds_command", "List the kinds of text."),
    "patterns": (
        "flourishing.cli.library:patterns_command",
        "List patterns, or show what one makes of texts.",
    ),
    "prompt": (
        "flourishing.cli.prompt:command",
        "Prompts: what a model answers, and how well it knows what is expected.",
    ),
    "render": (
        "flourishing.cli.render:command",
        "Write a text as a picture, an animation or a sound.",
    ),
    "refine": ("flourishing.cli.breed:refine_command", "Write the next version of a text."),
    "runs": ("flourishing.cli.evolve:runs_command", "What was evolved: list, show, compare, plot."),
    "serve": (
        "flourishing.cli.serve:command",
        "The studio in the browser; what no command opens, too.",
    ),
    "share": (
        "flourishing.cli.share:command",
        "A text or its family as a picture, a page or plain text.",
    ),
    "taste": ("flourishing.cli.taste:command", "What your marks say of what you like."),
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
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
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
    stop_on_signals()
    try:
        code = _run()
    except BrokenPipeError:
        # Whoever read our output has had enough, as in `flourishing complete … | head -1`.
        code = 0
    except OSError as error:
        code = 1
        _say(f"It failed: {error}.\n{_OF_DISK if error.errno in _NO_ROOM else _OF_FILE}")
    except KeyboardInterrupt:  # once more, while the first was answered
        code = 130
    _let_go_of_output()
    sys.exit(code)


def _run() -> int:
    """Run the command line; gives the exit code."""
    try:
        app.main(standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where it is still known what to say if it fails
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as stop:
        _say("Stopped.")
        cause = stop.__cause__ or stop  # click makes another error of it
        return 128 + cause.signal if isinstance(cause, Terminated) else 130
    except FlourishingError as error:
        _say(f"{error}\n{error.hint}")
        return 2 if isinstance(error, InputError) else 1
    except UnicodeEncodeError as error:
        wrong = ascii(error.object[error.start])
        _say(f"{wrong} cannot be written in {error.encoding}.\nGive all arguments in UTF-8.")
        return 2
    except SystemExit as end:
        if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            raise BrokenPipeError from end  # click has seen it first
        raise
    except OSError:
        raise
    except Exception as error:
        if os.environ.get(_DEBUG):
            raise
        _say(f"Flourishing met an error that it did not expect: {where(error)}.\n{_OF_US}")
        return 1
    return 0


def _say(words: str) -> None:
    """Say what went wrong; it may quote what is hostile. Where it cannot be shown, it is not."""
    from flourishing.cli.show import printable  # here, since nearly always nothing goes wrong

    with suppress(OSError):
        click.echo(printable(words), err=True)


def _let_go_of_output() -> None:
    """Leave nothing to be written when Python ends, where a failure would print a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            # What cannot be written goes nowhere, and is not tried again.
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
