"""How smoothly the map of a run with 10,000 squares is drawn and clicked, measured in Chromium.

Run `python benchmarks/map.py`; it prints one Markdown table and asserts nothing. Chromium without
windows draws with the processor, so the figures are a lower bound.

- *Until the map stands*: from the beginning of the navigation until its canvas is drawn.
- *A click*, *an arrow*: from the event until the frame after the page says which square it is.
- *Late frames*: of all frames while squares are clicked and arrows pressed, the share that came a
  whole frame late.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from string import ascii_lowercase
from typing import Final

from playwright.sync_api import sync_playwright

import flourishing as fl
from studio import Row, late, opened, row, serving, show

_NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_SIDE: Final = 100
_WATCH: Final = """
() => {
  const square = document.querySelector("#square");
  const seen = (window.seen = { frames: [], taken: [], begun: undefined });
  let last = performance.now();
  const watch = (now) => {
    seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
  for (const kind of ["keydown", "click"])
    addEventListener(kind, (event) => (seen.begun = event.timeStamp), { capture: true });
  new MutationObserver(() => {
    const { begun } = seen;
    seen.begun = undefined;
    if (begun !== undefined)
      requestAnimationFrame(() => setTimeout(() => seen.taken.push(performance.now() - begun)));
  }).observe(square, { characterData: true, childList: true, subtree: true });
}
"""
"""Takes the time from each event until the frame after the page says which square it is."""
_STANDS: Final = """
() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
})
"""


class Spread(fl.BaseModel):
    """A model whose texts fill a map: each has its own number of words, and of letters in one."""

    name = "spread"

    def __init__(self) -> None:
        self._draw = Random(0)
        self._squares = [(x, y) for x in range(1, _SIDE) for y in range(_SIDE)]
        self._draw.shuffle(self._squares)

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: fl.Sampling,  # noqa: ARG002 - of the protocol
        stop: Sequence[str],  # noqa: ARG002 - of the protocol
        seed: int,
        reproducible: bool = False,  # noqa: ARG002 - of the protocol
    ) -> AsyncGenerator[fl.Event]:
        """Write n texts, for the next n squares."""
        for index in range(n):
            text = self._verse(*self._squares.pop())
            yield fl.Completion(index, text, "stop", seed + index, len(text))
        yield fl.Usage(prompt=len(prompt), completion=n)

    def _verse(self, words: int, high: int) -> str:
        letters = round((2 + 5 * (high + 0.5) / _SIDE) * words)
        lengths = [letters // words + (place < letters % words) for place in range(words)]
        self._draw.shuffle(lengths)
        return " ".join("".join(self._draw.choices(ascii_lowercase, k=each)) for each in lengths)


def fill(path: Path) -> int:
    """Fill the map of a run.

    Args:
        path: Where its garden is made.

    Returns:
        How many of its squares have a text.
    """
    with fl.open_garden(path) as garden:
        run = fl.evolve(
            ["one two", "three four five"],
            kind="line",
            measures=["words", "mean-word-length"],
            quality="distinct-letters",
            bins=_SIDE,
            budget=(_SIDE - 1) * _SIDE,
            batch=200,
            seed=1,
            model=Spread(),
            garden=garden,
            name="full",
        ).finish()
    return len(run.archive)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=40, help="clicks, and arrows")
    times = parser.parse_args().times
    path = next(filter(None, map(shutil.which, _NAMES)))
    draw = Random(1)
    with tempfile.TemporaryDirectory() as kept:
        squares = fill(Path(kept) / "garden.db")
        with serving(Path(kept), "echo") as url, sync_playwright() as playwright:
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=path, args=sandbox)
            page = opened(browser, url).new_page()
            page.set_viewport_size({"width": 1440, "height": 900})
            page.goto(f"{url}/runs/full", wait_until="commit")
            page.wait_for_selector("[role=application] canvas")
            stand = page.evaluate(_STANDS)
            page.wait_for_timeout(1_000)
            page.evaluate(_WATCH)
            canvas = page.get_by_role("application")
            box = canvas.bounding_box()
            assert box is not None
            for _ in range(times):
                at = {"x": draw.random() * box["width"], "y": draw.random() * box["height"]}
                canvas.click(position=at)  # type: ignore[arg-type]
                page.wait_for_timeout(50)
            clicks = page.evaluate("seen.taken.splice(0)")
            for _ in range(times):
                page.keyboard.press(f"Arrow{draw.choice(['Left', 'Right', 'Up', 'Down'])}")
                page.wait_for_timeout(50)
            arrows, frames = page.evaluate("[seen.taken, seen.frames]")
            browser.close()
    show(
        [
            Row("Squares with a text", f"{squares:,}", "", ""),
            row("Until the map stands, ms", [stand], ""),
            row("A click, ms", clicks, "< 50"),
            row("An arrow, ms", arrows, "< 50"),
            Row("Late frames", late(frames), f"{max(frames):.0f} ms", "none"),
            Row("A frame, ms", f"{median(frames):.0f}", "", ""),
        ]
    )


if __name__ == "__main__":
    main()
