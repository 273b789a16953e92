"""How soon twelve pictures stand on the studio's page, and how smoothly they move, in Chromium.

Run `python benchmarks/living.py`; it prints one Markdown table and asserts nothing. Chromium
without windows has no graphics card: it computes WebGL with the processor (SwiftShader), so the
figures are a lower bound. The twelve of each kind are the first that ship, on their cards in the
library, 128 pixels a side.

- *Frames*: how many frames a second the page has while all twelve move, and the longest of them.
- *Each animation*: how often a second each is drawn anew. Where it takes too long to draw all in
  one frame, some wait for the next, so that the page stays quick.
- *On screen*: from when the page has heard the text of an offspring until its picture stands, in a
  brood of twelve pictures that the embedded model writes: the median of the twelve, and the most.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

import flourishing as fl
from flourishing.garden import Garden
from studio import opened, serving

_NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_COUNT: Final = 12
_MEASURE: Final = """
async (milliseconds) => {
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  const drawn = new Map();
  CanvasRenderingContext2D.prototype.drawImage = function (...how) {
    drawn.set(this.canvas, (drawn.get(this.canvas) ?? 0) + 1);
    return draw.apply(this, how);
  };
  const frames = [];
  const begun = await new Promise(requestAnimationFrame);
  for (let last = begun; last - begun < milliseconds; ) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  CanvasRenderingContext2D.prototype.drawImage = draw;
  return { frames, drawn: [...drawn.values()] };
}
"""
_STAND: Final = """
(count) => new Promise((done) => {
  const look = () => {
    const all = [...document.querySelectorAll("article canvas")];
    if (all.filter(({ width }) => width > 64).length < count) requestAnimationFrame(look);
    else done();
  };
  look();
})
"""
_LISTEN: Final = """
const heard = new Map();
const parse = JSON.parse;
JSON.parse = function (...how) {
  const told = parse.apply(this, how);
  if (told?.text?.content !== undefined && told.index !== undefined)
    heard.set(told.index, { at: performance.now(), before: pictureOf(told.index)?.src });
  return told;
};
const pictureOf = (index) =>
  document.querySelectorAll("[data-card]")[index]?.querySelector("img, canvas") ?? undefined;
const look = () => {
  for (const [index, text] of heard) {
    const picture = pictureOf(index);
    const stands = picture && (picture.naturalWidth ?? picture.width) > 64;
    if (stands && (picture.src === undefined || picture.src !== text.before))
      text.took ??= performance.now() - text.at;
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
window.allTook = () => [...heard.values()].map(({ took }) => took);
"""


def main() -> None:
    """Measure, and print the table."""
    path = next(filter(None, map(shutil.which, _NAMES)))
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        took = _breed_pictures(browser)
        told = _watch_animations(browser)
        browser.close()
    seconds = sum(told["frames"]) / 1000
    print("| measured | figure |\n|---|---:|")
    print(f"| frames a second | {len(told['frames']) / seconds:.0f} |")
    print(f"| longest frame | {max(told['frames']):.0f} ms |")
    print(f"| each animation drawn, times a second | {sum(told['drawn']) / _COUNT / seconds:.0f} |")
    print(f"| a picture on screen, after its text | {median(took):.0f} ms |")
    print(f"| the last of {len(took)} to stand after its text | {max(took):.0f} ms |")


def _breed_pictures(browser: Browser) -> list[float]:
    """Breed twelve pictures, and give how many milliseconds after its text each of them stood."""
    texts = [text.content for text in fl.library("pictures").texts[:4]]
    with _page(browser, texts, "beds/1", "local", _LISTEN) as page:
        page.get_by_role("button", name="Breed", exact=True).click()
        page.get_by_role("button", name="Enough").wait_for()
        page.get_by_role("button", name="Enough").wait_for(state="hidden", timeout=120_000)
        page.wait_for_timeout(1_000)
        took: list[float | None] = page.evaluate("window.allTook()")
    return [each for each in took if each is not None]


def _watch_animations(browser: Browser) -> dict[str, Any]:
    """Watch twelve animations for five seconds: when frames came, how often each was drawn."""
    texts = [text.content for text in fl.library("animations").texts[:_COUNT]]
    with _page(browser, texts, "library?which=all", "echo") as page:
        page.evaluate(_STAND, _COUNT)
        page.wait_for_timeout(1_000)
        told: dict[str, Any] = page.evaluate(_MEASURE, 5_000)
    return told


@contextmanager
def _page(
    browser: Browser, texts: Sequence[str], place: str, model: str, script: str = ""
) -> Iterator[Page]:
    """Open a page of a new studio with some texts, which are the parents of its bed."""
    with tempfile.TemporaryDirectory() as kept:
        with Garden(Path(kept) / "garden.db") as garden:
            parents = [text.id for text in garden.add(*texts)]
            garden.beds.begin("pictures", kind="picture", parents=parents, n=_COUNT)
        with serving(Path(kept), model) as url, opened(browser, url) as context:
            page = context.new_page()
            page.set_viewport_size({"width": 1920, "height": 1600})
            page.add_init_script(script)
            page.goto(f"{url}/{place}")
            yield page


if __name__ == "__main__":
    main()
