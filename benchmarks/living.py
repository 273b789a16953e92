"""How soon twelve pictures stand on the studio's page, and how smoothly they move, in Chromium.

Run `python benchmarks/living.py`; it prints one Markdown table and asserts nothing. Chromium
without windows has no graphics card: it computes WebGL with the processor (SwiftShader), so the
figures are a lower bound. The twelve are the first that ship, on their cards in the library, 128
pixels a side.

- *Frames*: how many frames a second the page has while all twelve move, and the longest of them.
- *Each animation*: how often a second each is drawn anew. Where it takes too long to draw all in
  one frame, some wait for the next, so that the page stays quick.
- *On screen*: until each of the twelve stands there, from when the page has their texts, and from
  the beginning of the navigation. The page is loaded anew for each of several measurements, of
  which the least is given; the first one is left out, since the browser's cache is empty then.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

import flourishing as fl
from flourishing.garden import Garden
from studio import opened, serving

_NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_COUNT: Final = 12
_TIMES: Final = 5
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
    if (all.filter((each) => each.width > 64).length < count) return requestAnimationFrame(look);
    const asked = performance.getEntriesByType("resource");
    const texts = asked.filter(({ name }) => new URL(name).pathname === "/api/texts");
    done([performance.now() - texts.at(-1).responseEnd, performance.now()]);
  };
  look();
})
"""


def main() -> None:
    """Measure, and print the table."""
    path = next(filter(None, map(shutil.which, _NAMES)))
    with tempfile.TemporaryDirectory() as kept:
        with Garden(Path(kept) / "garden.db") as garden:
            garden.add(*(text.content for text in fl.library("animations").texts[:_COUNT]))
        with serving(Path(kept), "echo") as url, sync_playwright() as playwright:
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=path, args=sandbox)
            context = opened(browser, url)
            page = context.new_page()
            page.set_viewport_size({"width": 1920, "height": 1600})
            stood = []
            for _ in range(_TIMES + 1):
                page.goto(f"{url}/library?which=all", wait_until="commit")
                stood.append(page.evaluate(_STAND, _COUNT))
            page.wait_for_timeout(1_000)
            told: dict[str, Any] = page.evaluate(_MEASURE, 5_000)
            browser.close()
    seconds = sum(told["frames"]) / 1000
    print("| measured | figure |\n|---|---:|")
    print(f"| frames a second | {len(told['frames']) / seconds:.0f} |")
    print(f"| longest frame | {max(told['frames']):.0f} ms |")
    print(f"| each animation drawn, times a second | {sum(told['drawn']) / _COUNT / seconds:.0f} |")
    since_texts, since_navigation = (min(times) for times in zip(*stood[1:], strict=True))
    print(f"| all on screen, after their texts | {since_texts:.0f} ms |")
    print(f"| all on screen, after the navigation began | {since_navigation:.0f} ms |")


if __name__ == "__main__":
    main()
