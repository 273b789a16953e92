"""How quick the studio is under a person's hands, measured in Chromium against the real server.

Run `python benchmarks/studio.py` on a quiet machine (some ten minutes on two cores, most of it
planting a garden of 100,000 texts), or with `--quick` for fewer repeats and a smaller garden. It
prints one Markdown table and asserts nothing. All figures are of one run, in milliseconds unless
they say otherwise; times in the page are the browser's own.

What the rows mean:

- *From Enter to the first character*: from the key's event until the first character of any
  offspring stands in the page, less the engine's own time to its first token, as the brood tells
  it. On the embedded model, whose prompt was read ahead.
- *From an open page to the first words, cold engine*: from the beginning of the navigation to a
  server that has just started until the first character of an offspring, Enter pressed as soon as
  there is a bed; and from Enter until the page says what it waits for.
- *A key's effect*: from the key's event until the frame after the page has changed where the key
  acts, for each key that the page of a bed lists, but for those of taste and of pictures, those
  that need an edit or a parent in focus, and copying, which is the browser's own. What was
  done is taken back before the next press, and the page rests. `k` shows at once that it keeps;
  its own row tells when it says that this is on the disk. What `z` undoes shows before the server
  has answered. *All keys* has all presses of all of them. `--page` measures these,
  the first page and the round alone.
- *A round in three keys*: two picks and Enter (`1`, `2`, Enter), from the first key's event until
  all offspring stand there, less the engine's own time. On the echo model.
- *First page*: from the beginning of the navigation until the bed stands in the page, from a warm
  server at rest, with an empty cache, beside a garden of 100,000 texts.
- *The page, compressed*: what is loaded until the bed stands there, without fonts, in kB; and all
  that could ever be loaded.
- *Scrolling offspring*: a bed of 10,000 (of 1,000 with `--quick`), scrolled from its beginning at
  reading pace and then at speed; how many frames came a whole frame late, of how many, and the
  longest; beside it, as many verses on a page without scripts. `--scroll 10000` measures this
  alone.
- *What others wait*: one client asks for the studio, for a bed, and adds a text, one after the
  other, at a quiet server and then, in the same run, beside a brood of 1,000 on the echo model,
  which another client follows; the median and the 99th percentile, and how many times those of
  the quiet server they are. `--beside 1000` measures this alone, without a browser.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import httpx2
from planted import Words, brood_of, plant_garden
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from flourishing.garden import Garden
from flourishing.studio.app import STATIC

_NAMES: Final = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
_TOKEN: Final = "a-token-for-what-is-measured"
_SCRIPT: Final = {"Authorization": f"Bearer {_TOKEN}"}
_REST: Final = 1000
"""Milliseconds after which the server has answered all that a page asks for behind its bed."""
_CARD: Final = "article[data-card^=now]"

_KEYS: Final = {
    "k": ("keep", _CARD, "k"),
    "Shift+1": ("keep the first", _CARD, "Shift+1"),
    "1": ("parent", _CARD, "1"),
    "p": ("parent, or no longer", _CARD, "p"),
    "x": ("drop", _CARD, "z"),
    "x z": ("undo what was dropped", _CARD, ""),
    "e": ("edit", _CARD, "Escape"),
    "w": ("word by word", _CARD, "Escape"),
    "l": ("the next one", "#offspring", "j"),
    "ArrowDown": ("the one below", "#offspring", "ArrowUp"),
    "b": ("first words", "body", "Escape"),
    "Shift+l": ("parents' first lines", ".parents", "Shift+l"),
    "s": ("settings", "body", "Escape"),
    "n": ("write parents", "body", "Escape"),
    "t": ("take parents", "body", "Escape"),
    "f": ("fresh blood", "body", "Escape"),
    "v": ("the prompt", "body", "Escape"),
    "Shift+v": ("the pattern", "body", "Escape"),
    "Shift+s": ("share", "body", "Escape"),
    "?": ("all keys", "body", "Escape"),
    "o": ("its page", "main", ""),
    "/": ("search", "main", ""),
    "g l": ("library", "main", ""),
    "g i": ("lineage", "main", ""),
    "g d": ("beds", "main", ""),
    "g u": ("runs", "main", ""),
    "g m": ("models", "main", ""),
    "g r": ("refining", "main", ""),
    "g t": ("day or night", "html", "g t"),
    "Enter": ("breed", "#offspring", ""),
    "m": ("more like it", "#offspring", ""),
    "r": ("refine", "main", ""),
}
"""What each key does, where its effect is seen, and the keys that take it back."""

_FIRST_CHARACTER: Final = """
() => new Promise((resolve) => {
  let pressed;
  const press = (event) => (pressed = event.timeStamp);
  window.addEventListener("keydown", press, { once: true, capture: true });
  const look = () => {
    const cards = [...document.querySelectorAll("article[data-card^=now] .poem")];
    const old = window.before ?? "";
    const now = cards.map((card) => card.textContent.trim()).join("");
    if (pressed !== undefined && window.cleared && now !== "") {
      observer.disconnect();
      resolve(performance.now() - pressed);
    } else if (pressed !== undefined && now === "") window.cleared = true;
  };
  window.cleared = false;
  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
})
"""
_EFFECT: Final = """
([selector, before]) => new Promise((resolve, reject) => {
  let pressed;
  setTimeout(() => reject(new Error(`nothing changed in ${selector}`)), 20_000);
  const press = (event) => {
    if (before-- > 0) return;
    window.removeEventListener("keydown", press, { capture: true });
    pressed = event.timeStamp;
  };
  window.addEventListener("keydown", press, { capture: true });
  const place = document.querySelector(selector);
  const look = () => {
    if (pressed === undefined) return;
    observer.disconnect();
    place.removeEventListener("focusin", look);
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - pressed)));
  };
  const observer = new MutationObserver(look);
  observer.observe(place, {
    attributes: true, attributeFilter: ["class", "data-theme"], characterData: true,
    childList: true, subtree: true,
  });
  place.addEventListener("focusin", look);
})
"""
_KEPT: Final = """
() => new Promise((resolve, reject) => {
  let pressed;
  setTimeout(() => reject(new Error("it never said that it is kept")), 20_000);
  window.addEventListener("keydown", (event) => (pressed = event.timeStamp), { once: true });
  const look = () => {
    const words = document.querySelector("article[data-card^=now] .effect")?.textContent ?? "";
    if (words.startsWith("kept:")) resolve(performance.now() - pressed);
    else requestAnimationFrame(look);
  };
  look();
})
"""
_COLD: Final = """
() => new Promise((resolve) => {
  let pressed, said;
  window.addEventListener("keydown", () => (pressed = performance.now()), { once: true });
  const look = () => {
    const bar = document.querySelector("[role=region][aria-label=Breed]");
    const busy = document.querySelector("#offspring[aria-busy=true]");
    if (pressed !== undefined && said === undefined && busy)
      if (bar.querySelector(".told").textContent.trim() !== "")
        said = performance.now() - pressed;
    const cards = [...document.querySelectorAll("article[data-card^=now] .poem")];
    if (cards.some((card) => card.textContent.trim() !== ""))
      resolve({ words: performance.now(), said: said ?? performance.now() - pressed });
    else requestAnimationFrame(look);
  };
  look();
})
"""
_ROUND: Final = """
() => new Promise((resolve) => {
  let pressed, begun;
  const press = (event) => (pressed = event.timeStamp);
  window.addEventListener("keydown", press, { once: true, capture: true });
  const offspring = document.querySelector("#offspring");
  const look = () => {
    const busy = offspring.getAttribute("aria-busy") === "true";
    if (busy) begun = true;
    else if (begun) {
      observer.disconnect();
      resolve(performance.now() - pressed);
    }
  };
  const observer = new MutationObserver(look);
  observer.observe(offspring, { attributes: true, attributeFilter: ["aria-busy"] });
})
"""
_STANDS: Final = """
() => new Promise((resolve) => {
  const look = () => {
    if (document.querySelector("article[data-card^=now] .poem")) resolve(performance.now());
    else requestAnimationFrame(look);
  };
  look();
})
"""
_SCROLL: Final = """
async (speed) => {
  const frames = [];
  let last = await new Promise(requestAnimationFrame);
  window.scrollTo(0, 0);
  let at = 0;
  while (at < document.documentElement.scrollHeight - innerHeight && frames.length < 1500) {
    at += speed;
    window.scrollTo(0, at);
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  return frames;
}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, in the words in which it is printed."""

    measured: str
    middle: str
    worst: str
    target: str


def ask(method: str, url: str, **asked: Any) -> httpx2.Response:
    """Ask the server as a script does."""
    return httpx2.request(method, url, headers=_SCRIPT, timeout=60, **asked)


def opened(browser: Browser, url: str) -> BrowserContext:
    """Open a browser that has a session and an empty cache."""
    context = browser.new_context()
    context.request.get(f"{url}/?token={_TOKEN}", headers={"Accept": "text/html"})
    return context


@contextmanager
def serving(folder: Path, model: str) -> Iterator[str]:
    """Serve a garden from a process of its own; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "FLOURISHING_DATA": str(folder),
        "FLOURISHING_CONFIG": str(folder / "config.toml"),
        # Not --trust-local: what is measured is what a person has.
        "FLOURISHING_TOKEN": _TOKEN,
    }
    words = ["serve", "--no-browser", "--port", str(port), "--model", model]
    process = subprocess.Popen([sys.executable, "-m", "flourishing", *words], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                ask("GET", f"{url}/api/studio")
                break
            except httpx2.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def first_characters(browser: Browser, url: str, repeats: int) -> list[float]:
    """Measure from Enter to the first character, less the engine's own time."""
    while next(each["state"] for each in models(url) if each["name"] == "local") != "ready":
        time.sleep(0.2)
    bed = ask("GET", f"{url}/api/studio").json()["bed"]["id"]
    settings = {"settings": {"max_tokens": 8, "refills": 0}, "n": 2}
    ask("PATCH", f"{url}/api/beds/{bed}", json=settings)
    page = opened(browser, url).new_page()
    page.goto(url)
    page.wait_for_selector("text=Breed")
    taken = []
    for _ in range(repeats + 1):
        time.sleep(4)  # as long as a person picks, in which the prompt is read ahead
        first = page.evaluate_handle(f"window.first = ({_FIRST_CHARACTER})(), 1")
        page.keyboard.press("Enter")
        shown = page.evaluate("window.first")
        first.dispose()
        while (told := ask("GET", f"{url}/api/beds/{bed}").json())["running"]:
            time.sleep(0.1)
        taken.append(shown - 1000 * told["brood"]["cost"]["first_token"])
    page.context.close()
    return taken[1:]


def cold_starts(browser: Browser, folder: Path, repeats: int) -> tuple[list[float], list[float]]:
    """Measure from an open page to the first words, and from Enter until the page says a word."""
    words, said = [], []
    for number in range(repeats):
        place = folder / str(number)
        place.mkdir(parents=True)
        with serving(place, "local") as url:
            page = opened(browser, url).new_page()
            page.goto(url, wait_until="commit")
            first = page.evaluate_handle(f"window.first = ({_COLD})(), 1")
            page.wait_for_selector("[aria-label=Breed] button:not([aria-disabled])")
            page.keyboard.press("Enter")
            taken = page.evaluate("window.first")
            first.dispose()
            page.context.close()
        words.append(taken["words"])
        said.append(taken["said"])
    return words, said


def bed_page(browser: Browser, url: str) -> Page:
    """Open the bed, in a browser of its own, and wait until its offspring stand there."""
    page = opened(browser, url).new_page()
    page.goto(url)
    page.wait_for_selector(f"{_CARD} .poem")
    return page


def whole_rounds(browser: Browser, url: str, repeats: int) -> list[float]:
    """Measure two picks and Enter until the next brood stands there, less the engine's own time."""
    bed = ask("GET", f"{url}/api/studio").json()["bed"]["id"]
    ask("PATCH", f"{url}/api/beds/{bed}", json={"n": 8, "settings": {"refills": 0}})
    page = bed_page(browser, url)
    taken = []
    for _ in range(repeats):
        page.locator(_CARD).first.focus()
        round_ = page.evaluate_handle(f"window.round = ({_ROUND})(), 1")
        for key in ("1", "2", "Enter"):
            page.keyboard.press(key)
        took = page.evaluate("window.round")
        round_.dispose()
        cost = ask("GET", f"{url}/api/beds/{bed}").json()["brood"]["cost"]
        taken.append(took - 1000 * cost["seconds"])
        page.wait_for_timeout(_REST)
    page.context.close()
    return taken


def models(url: str) -> list[dict[str, Any]]:
    """Give the models and how it is with them."""
    told: list[dict[str, Any]] = ask("GET", f"{url}/api/models").json()
    return told


def effects(browser: Browser, url: str, repeats: int) -> dict[str, list[float]]:
    """Measure how soon a key's effect is on the screen."""
    page = bed_page(browser, url)
    page.wait_for_timeout(3000)  # the files that a key may ask for are loaded
    taken: dict[str, list[float]] = {key: [] for key in _KEYS}
    for key, (_, selector, back) in _KEYS.items():
        for _ in range(repeats):
            page.locator(_CARD).first.focus()
            page.wait_for_timeout(100)
            *before, last = key.split(" ")
            stood = page.url
            asked = [selector, len(before)]
            page.evaluate(f"(asked) => void (window.effect = ({_EFFECT})(asked))", asked)
            for each in before:
                page.keyboard.press(each)
            page.keyboard.press(last)
            taken[key].append(page.evaluate("window.effect"))
            page.wait_for_timeout(150)
            if selector == "main":
                page.wait_for_function("(stood) => location.href !== stood", arg=stood)
                page.go_back()
            for each in back.split():
                page.keyboard.press(each)
            page.wait_for_selector("#offspring:not([aria-busy=true]) [data-card=now-0] .poem")
            page.wait_for_timeout(250)
        print(key, *(f"{each:.0f}" for each in taken[key]), file=sys.stderr, flush=True)
    page.context.close()
    return taken


def confirmations(browser: Browser, url: str, repeats: int) -> list[float]:
    """Measure how soon the page says that a text is kept, which is then on the disk."""
    page = bed_page(browser, url)
    page.wait_for_timeout(_REST)
    taken = []
    for _ in range(repeats):
        page.locator(_CARD).first.focus()
        page.evaluate(f"void (window.kept = ({_KEPT})())")
        page.keyboard.press("k")
        taken.append(page.evaluate("window.kept"))
        page.wait_for_timeout(150)
        page.keyboard.press("k")
        page.wait_for_timeout(250)
    page.context.close()
    return taken


def first_pages(browser: Browser, url: str, repeats: int) -> tuple[list[float], float]:
    """Measure until the bed stands in the page, and what was loaded for it in kB without fonts."""
    taken = []
    size = 0.0
    for _ in range(repeats):
        context = opened(browser, url)
        page = context.new_page()
        page.goto(url, wait_until="commit")
        taken.append(page.evaluate(_STANDS))
        size = page.evaluate(
            "performance.getEntriesByType('resource').filter((each) => "
            "!/woff2?$/.test(each.name) && !/[/]api[/]/.test(each.name))"
            ".reduce((sum, each) => sum + each.encodedBodySize, 0) / 1000"
        )
        page.wait_for_timeout(_REST)
        context.close()
    return taken, size


def whole_page() -> float:
    """Give what could ever be loaded, compressed, in kB, without fonts."""
    parts = [each for each in STATIC.rglob("*") if each.suffix in {".js", ".css", ".html", ".svg"}]
    return sum(len(gzip.compress(each.read_bytes(), 9)) for each in parts) / 1000


def scrolling(browser: Browser, url: str, size: int) -> dict[str, list[float]]:
    """Scroll a bed of many offspring; give how long each frame took."""
    page = bed_page(browser, url)
    still = before = 0
    while before < size and still < 50:  # until all earlier broods are there
        page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_timeout(120)
        now = page.locator("article[data-card]").count()
        still, before = (still + 1 if now == before else 0), now
    print(f"{page.locator('article[data-card]').count():,} cards", file=sys.stderr)
    frames = _scrolled(page)
    page.context.close()
    return frames


def scrolling_plain(browser: Browser, size: int) -> dict[str, list[float]]:
    """Scroll a page of as many verses that has no script and nothing to draw but their letters."""
    words = Words(Random(7))
    verses = "".join(f"<article><pre>{words.verse()}</pre></article>" for _ in range(size))
    page = browser.new_page()
    page.set_content(verses)
    frames = _scrolled(page)
    page.close()
    return frames


def _scrolled(page: Page) -> dict[str, list[float]]:
    frames = {}
    for name, speed in (("reading", 12), ("fast", 90)):
        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_timeout(5 * _REST)  # as somebody who comes to the page, and then scrolls
        frames[name] = page.evaluate(_SCROLL, speed)
    return frames


def bed_of_many(folder: Path, size: int) -> None:
    """Make a garden with one bed of many offspring."""
    draw = Random(7)
    words = Words(draw)
    with Garden(folder / "garden.db") as garden:
        parents = garden.add(*(words.verse() for _ in range(6)))
        bed = garden.beds.open("many", parents=tuple(each.id for each in parents))
        with garden.one_act("add"):  # as one transaction, which is quicker
            for number in range(size // 8):
                garden.save(brood_of(parents, words, draw, number=number), bed=bed)


def waits(url: str, *, until: Callable[[int], bool]) -> list[float]:
    """Measure how long a client waits for each of its requests, in milliseconds.

    Args:
        url: Where the studio is.
        until: Is given how many requests were answered, and says whether that is enough.
    """
    taken: list[float] = []
    with httpx2.Client(base_url=url, headers=_SCRIPT, timeout=600) as client:
        bed = client.get("/api/studio").json()["bed"]["id"]
        asked = (
            lambda: client.get("/api/studio"),
            lambda: client.get(f"/api/beds/{bed}"),
            lambda: client.post("/api/texts", json={"texts": [f"a line {len(taken)}"]}),
        )
        while not until(len(taken)):
            begun = time.perf_counter()
            asked[len(taken) % len(asked)]().raise_for_status()
            taken.append(1000 * (time.perf_counter() - begun))
    return taken


def breed_many(url: str, n: int) -> float:
    """Breed n offspring and follow them to the end; give the seconds that it took."""
    begun = time.perf_counter()
    asked = {"parents": ["a gull over the grey harbour", "salt on the window"], "n": n, "seed": 1}
    headers = {**_SCRIPT, "Accept": "text/event-stream"}
    with httpx2.stream("POST", f"{url}/api/broods", json=asked, headers=headers, timeout=900) as it:
        told = sum(line == "event: offspring" for line in it.iter_lines())
    assert told >= n, f"{told} of {n} came"
    return time.perf_counter() - begun


def beside_a_brood(url: str, n: int) -> list[Row]:
    """Measure what other requests wait at a quiet server, and beside a brood of n."""
    waits(url, until=lambda count: count >= 30)
    quiet = waits(url, until=lambda count: count >= 600)
    with ThreadPoolExecutor(1) as beside:
        brood = beside.submit(breed_many, url, n)
        busy = waits(url, until=lambda _: brood.done())
    print(f"{n:,} offspring in {brood.result():.1f} s, {len(busy):,} others", file=sys.stderr)

    def told(measured: str, part: float) -> Row:
        alone, others = (sorted(some)[int(part * (len(some) - 1))] for some in (quiet, busy))
        figures = f"{others:.0f} beside, {alone:.0f} quiet"
        return Row(measured, figures, f"{max(busy):.0f}", f"{others / alone:.1f} times")

    return [
        told(f"What others wait beside n = {n:,}, median", 0.5),
        told(f"What others wait beside n = {n:,}, 99th percentile", 0.99),
    ]


def row(measured: str, taken: Sequence[float], target: str, unit: str = "") -> Row:
    """Put figures into words: the median, and the worst."""
    return Row(measured, f"{median(taken):.0f}{unit}", f"{max(taken):.0f}{unit}", target)


def key_row(measured: str, taken: Sequence[float]) -> Row:
    """Put the times of a key into words, with their 95th percentile."""
    most = sorted(taken)[round(0.95 * (len(taken) - 1))]
    return Row(measured, f"{median(taken):.0f}, 95th: {most:.0f}", f"{max(taken):.0f}", "95th < 50")


def key_rows(browser: Browser, url: str, repeats: int) -> list[Row]:
    """Measure the effects of all keys."""
    taken = effects(browser, url, repeats)
    rows = [key_row(f"A key's effect: `{key}`, {_KEYS[key][0]}", taken[key]) for key in _KEYS]
    rows.append(key_row("All keys' effects", [time for times in taken.values() for time in times]))
    kept = confirmations(browser, url, repeats)
    return [*rows, row("`k`, until it says that it is on the disk", kept, "")]


def scroll_rows(browser: Browser, folder: Path, size: int) -> list[Row]:
    """Measure how a bed of many offspring scrolls."""
    folder.mkdir()
    bed_of_many(folder, size)
    with serving(folder, "echo") as url:
        ours = scrolling(browser, url, size)
    plain = scrolling_plain(browser, size)
    return [
        Row(f"Scrolling {size:,} {what}, {name}: late frames", late(frames), worst(frames), target)
        for what, scrolled, target in (
            ("offspring", ours, "none"),
            ("verses on a page without scripts", plain, ""),
        )
        for name, frames in scrolled.items()
    ]


def worst(frames: Sequence[float]) -> str:
    """Give the longest frame, in milliseconds."""
    return f"{max(frames):.0f} ms"


def late(frames: Sequence[float]) -> str:
    """Say how many frames came a whole frame late, and which share of all that is."""
    usual = min(median(frames), 17)
    many = sum(each > 2 * usual for each in frames)
    return f"{many} of {len(frames):,} ({many / len(frames):.1%})"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats, a smaller garden")
    parser.add_argument("--page", action="store_true", help="only the first page, keys and rounds")
    parser.add_argument("--beside", type=int, metavar="N", help="only what others wait, beside N")
    parser.add_argument("--scroll", type=int, metavar="N", help="only how N offspring scroll")
    parser.add_argument("--garden", type=Path, help="a garden that is there already, to be copied")
    asked = parser.parse_args()
    repeats = 5 if asked.quick else 20
    if asked.beside:
        with tempfile.TemporaryDirectory() as kept, serving(Path(kept), "echo") as url:
            show(beside_a_brood(url, asked.beside))
        return
    path = next(filter(None, map(shutil.which, _NAMES)))
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as kept:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        if asked.scroll:
            rows = scroll_rows(browser, Path(kept) / "many", asked.scroll)
        elif asked.page:
            rows = page_rows(
                browser, Path(kept) / "large", repeats, asked.garden, quick=asked.quick
            )
        else:
            rows = measure(browser, Path(kept), repeats, asked.garden, quick=asked.quick)
        browser.close()
    show(rows)


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    print("| measured | median | worst | target |\n|---|---:|---:|---|")
    for each in rows:
        print(f"| {each.measured} | {each.middle} | {each.worst} | {each.target} |")


def measure(
    browser: Browser, folder: Path, repeats: int, garden: Path | None, *, quick: bool
) -> list[Row]:
    """Take all measurements, one after the other."""
    rows = []

    def new(name: str) -> Path:
        place = folder / name
        place.mkdir()
        return place

    with serving(new("new"), "local") as url:
        taken = first_characters(browser, url, repeats // 2)
        rows.append(row("From Enter to the first character, less the engine's own", taken, "< 50"))
    words, said = cold_starts(browser, folder / "cold", 2 if quick else 5)
    rows.append(row("From an open page to the first words, cold engine", words, ""))
    rows.append(row("From Enter until the page says what it waits for, cold engine", said, "< 100"))
    rows += page_rows(browser, folder / "large", repeats, garden, quick=quick)
    rows += scroll_rows(browser, folder / "many", 1_000 if quick else 10_000)
    with serving(new("beside"), "echo") as url:
        rows += beside_a_brood(url, 1000)
    return rows


def page_rows(
    browser: Browser, folder: Path, repeats: int, garden: Path | None, *, quick: bool
) -> list[Row]:
    """Measure the first page, keys and rounds beside a large garden."""
    size = 10_000 if quick else 100_000
    folder.mkdir()
    if garden is None:
        plant_garden(folder / "garden.db", size)
    else:
        shutil.copyfile(garden, folder / "garden.db")
    with Garden(folder / "garden.db") as planted:
        size = planted.counts()["texts"]
    with serving(folder, "echo") as url:
        bed = ask("GET", f"{url}/api/studio").json()["bed"]["id"]
        ask("POST", f"{url}/api/broods", json={"bed": bed, "n": 8})
        first_pages(browser, url, 1)
        taken, loaded = first_pages(browser, url, repeats)
        rounds = whole_rounds(browser, url, repeats)
        keys = key_rows(browser, url, repeats)
    return [
        row(f"First page, beside {size:,} texts", taken, "< 300"),
        row("A round in three keys, less the engine's own", rounds, "< 200"),
        *keys,
        Row("The page, compressed, without fonts, kB", f"{loaded:.0f}", "", "< 250"),
        Row("All its parts, compressed, kB", f"{whole_page():.0f}", "", ""),
    ]


if __name__ == "__main__":
    main()
