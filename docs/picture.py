"""Draws the picture of the loop in the README, from a session that really takes place.

    python docs/picture.py

A scripted person breeds from the shipped imagists, makes the two offspring that are the longest
without a flaw parents, gives start words and breeds again, on the embedded model.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text as Line

from flourishing.cli.interactive import Interactive
from flourishing.garden import open_garden
from flourishing.library import library
from flourishing.models import open_model

PICTURE = Path(__file__).with_name("loop.svg")
PAPER = TerminalTheme(
    (250, 247, 240),
    (43, 38, 34),
    [
        (43, 38, 34),
        (150, 60, 50),
        (70, 110, 70),
        (150, 110, 40),
        (70, 90, 130),
        (120, 80, 120),
        (60, 110, 120),
        (120, 112, 104),
    ],
)


class Scripted(Console):
    """A console at which a script types, and which records what is seen."""

    session: Interactive

    def __init__(self) -> None:
        super().__init__(record=True, width=76, file=io.StringIO(), highlight=False)
        self._lines = self._script()

    def input(self, *_args: Any, **_options: Any) -> str:
        """Type the next line of the script."""
        line = next(self._lines)
        self.print(Line("> ", style="bold green") + Line(line))
        return line

    def _script(self) -> Iterator[str]:
        yield ""
        bed = self.session.bed
        places = enumerate(self.session.garden.texts(bed.shown), start=1)
        clean = [(len(each.content), number) for number, each in places if not each.flaws]
        chosen = sorted(number for _, number in sorted(clean)[-2:])
        yield " ".join(map(str, chosen))
        yield "s in winter"
        yield ""
        yield "q"


def main() -> None:
    """Run the session and write the picture."""
    console = Scripted()
    poems = library("imagists").texts[2:6]
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        open_garden("garden.db") as garden,
    ):
        parents = tuple(text.id for text in garden.add(*poems, keep=False))
        console.session = Interactive(
            garden=garden,
            bed=garden.beds.open("winter", parents=parents, n=4, settings={"max_tokens": 60}),
            seed=None,
            model=open_model("local"),
            console=console,
        )
        console.session.run()
    picture = console.export_svg(title="flourishing breed --interactive", theme=PAPER)
    # The fonts are whatever the reader has: a picture must ask nothing of another host.
    PICTURE.write_text(
        re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
