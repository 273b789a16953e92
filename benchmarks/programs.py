"""How many offspring of each kind of program can be shown, and how fast they are.

Run `python benchmarks/programs.py`; it prints Markdown tables and asserts nothing. `--model` names
another base model, `--broods` how many broods of 8 each row has, `--only` one table, `--plot` a
file for a picture of the yields.

- *yield*: broods of 8 from 1, 3 and 6 parents, or from `--parents`, drawn anew from the kind's
  shelf for each brood, and none asked for again. *Good* is what no flaw marks: it parses, has
  nothing that is not allowed, is not flat, still, silent or without numbers, and looks or sounds
  like none of its parents, nor the same as a sibling. *New* is what can be shown, moving or not,
  and says no parent word for word.
- *speed*: the least of several runs, measured by turns; by the clock, and of all processors
  together, which says more on a machine that does other things, too.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias

import numpy as np

import flourishing as fl
from flourishing.formulas import pixels
from flourishing.formulas.rendering import render
from flourishing.formulas.translation import translate
from flourishing.kinds import kind
from flourishing.kinds.rendered import problem
from flourishing.library import library
from flourishing.programs.rendering import render_program
from flourishing.programs.sandbox import run

_KINDS: Final = ("picture", "animation", "sound", "program", "drawing")
_PARENTS: Final = (1, 3, 6)
_N: Final = 8
_STILL: Final = "it does not move"

Row: TypeAlias = tuple[object, ...]


def _print_table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    print(f"| {' | '.join(heading)} |\n|{'---|' * len(heading)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)
    print()


def _yield(
    name: str, parents: int, model: str | None, broods: int, head: str, *, show: bool
) -> Row:
    shelf = [each for each in library(kind(name).library).texts if each.content.startswith(head)]
    flaws: Counter[str] = Counter()
    count = new = seconds = 0.0
    for seed in range(broods):
        drawn = Random(1_000 * parents + seed).sample(shelf, parents)
        begun = time.perf_counter()
        brood = fl.breed(drawn, _N, kind=name, seed=100 * seed, refills=0, model=model)
        seconds += time.perf_counter() - begun
        count += len(brood)
        said = {text.content.strip() for text in drawn}
        shown = (text for text in brood if _problem(name, text.content) in ("", _STILL))
        new += sum(text.content.strip() not in said for text in shown)
        flaws.update(_reason(text) for text in brood if text.flaws)
        for text in brood if show else ():
            print(f"{text.content}\n   {'; '.join(flaw.reason for flaw in text.flaws)}\n")
    good = 1 - flaws.total() / count
    marked = ", ".join(f"{reason} {many}" for reason, many in flaws.most_common()) or "none"
    shares = f"{good:.0%}", f"{new / count:.0%}"
    return name, parents, int(count), *shares, marked, f"{seconds / count:.2f}"


def _problem(name: str, content: str) -> str:
    medium = kind(name).rendered
    return problem(content, medium) if medium else ""


def _plot(rows: Sequence[Row]) -> str:
    """Draw the share of good ones of each row as a bar, with its number."""
    high, parts = 26 * len(rows) + 10, []
    for at, (name, parents, _, good, *_) in enumerate(rows):
        y, share = 26 * at + 10, float(str(good).rstrip("%"))
        label = f"{name}, {parents} parent{'s' if parents != 1 else ''}"
        parts += [
            f'<text x="150" y="{y + 13}" text-anchor="end">{label}</text>',
            f'<rect x="160" y="{y}" width="300" height="18" fill="#e5e5e5"/>',
            f'<rect x="160" y="{y}" width="{3 * share:g}" height="18" fill="#588157"/>',
            f'<text x="468" y="{y + 13}">{good}</text>',
        ]
    head = '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="13"'
    return "\n".join([f'{head} width="510" height="{high}" fill="#444">', *parts, "</svg>\n"])


def _reason(text: fl.Offspring) -> str:
    flaw = text.flaws[0]
    return flaw.reason.partition(":")[0][:40] if str(flaw.kind) == "malformed" else str(flaw.kind)


def _by_hand(size: int) -> Any:
    line = (2 * np.arange(size) + 1 - size) / size
    x, y = line[None, :], -line[:, None]
    r = np.hypot(x, y)
    a = np.arctan2(y, x)
    shown = 0.5 + 0.5 * np.sin(9 * r - 3 * a) * np.cos(5 * x)
    grey = (np.clip(shown, 0, 1) * 255 + 0.5).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


_SAME: Final = (
    "def pixel(x, y):\n    r = hypot(x, y)\n    a = atan2(y, x)\n"
    "    return 0.5 + 0.5*sin(9*r - 3*a)*cos(5*x)"
)


def _best(calls: Sequence[Callable[[], object]], times: int) -> list[tuple[float, float]]:
    """Give the least time of each call, and of the processors, in seconds, measured by turns."""
    best = [(float("inf"), float("inf"))] * len(calls)
    for _ in range(times):
        for place, call in enumerate(calls):
            begun, used = time.perf_counter(), time.process_time()
            call()
            took = time.perf_counter() - begun, time.process_time() - used
            best[place] = min(best[place][0], took[0]), min(best[place][1], took[1])
    return best


def _row(name: str, took: tuple[float, float], beside: str = "") -> Row:
    return name, f"{1e3 * took[0]:,.1f}", f"{1e3 * took[1]:,.1f}", beside


def _speed() -> Iterable[Row]:
    def anew() -> object:
        translate.cache_clear()
        return pixels.draw(translate(_SAME), 128)

    formula = translate(_SAME)
    calls = (lambda: _by_hand(128), lambda: pixels.draw(formula, 128), anew)
    hand, ours, translated = _best(calls, 60)
    yield _row("picture of 128 pixels, numpy by hand", hand)
    yield _row("the same from its formula", ours, f"{ours[1] / hand[1]:.2f} × by hand")
    yield _row("the same, translated anew", translated, f"{translated[1] / hand[1]:.2f} × by hand")
    shelf = [text.content for text in library("pictures").texts]
    (twelve,) = _best([lambda: [pixels.draw(translate(each), 128) for each in shelf[:12]]], 10)
    yield _row("twelve shipped pictures of 128 pixels", twelve)
    for name, text in (("", _SAME), (", the slowest that ships", max(shelf, key=_cost))):
        large = render(text, size=4_096)
        (drawn,) = _best([partial(getattr, large, "image")], 1)
        (written,) = _best([partial(large.encode, "png")], 1)
        whole = drawn[0] + written[0], drawn[1] + written[1]
        yield _row(f"PNG of 4,096 pixels{name}", whole, f"{1e3 * drawn[1]:,.0f} of it to compute")
    waves = [text.content for text in library("sounds").texts]
    times = _best([partial(_sound, each) for each in waves], 2)
    yield _row("ten seconds of sound as WAV, the slowest that ships", max(times))
    moving = [text.content for text in library("animations").texts]
    times = _best([partial(_moving, each) for each in moving], 1)
    yield _row("100 pictures of 256 pixels as WebP, the slowest that ships", max(times))


def _by_workers() -> Iterable[Row]:
    """Run and draw each shipped program often, in one, two and four threads."""
    shelf = [text.content for text in library("programs").texts]
    alone = 0.0
    for threads in (1, 2, 4):
        with ThreadPoolExecutor(threads) as pool:
            for work, name in ((run, "run"), (_drawn, "run and drawn at 48 pixels")):
                list(pool.map(work, shelf[: 2 * threads]))  # starts the workers
                begun = time.perf_counter()
                list(pool.map(work, 4 * shelf))
                rate = 4 * len(shelf) / (time.perf_counter() - begun)
                alone = rate if threads == 1 and work is run else alone
                beside = f"{rate / alone:.2f} × run alone"
                yield f"shipped programs {name}, {threads} at a time", f"{rate:,.0f}", beside


def _drawn(text: str) -> bytes:
    return render_program(text, size=48).encode("png")


def _sound(text: str) -> bytes:
    return render(text, seconds=10).encode("wav")


def _moving(text: str) -> bytes:
    return render(text, size=256).encode("webp")


def _cost(text: str) -> float:
    return translate(text).cost


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--model", help="the base model; the configured one by default")
    parser.add_argument("--broods", type=int, default=5)
    parser.add_argument("--only", choices=("yield", "speed"))
    parser.add_argument("--kind", choices=_KINDS, action="append", help="only this kind")
    parser.add_argument("--parents", type=int, action="append", help="only this many parents")
    parser.add_argument("--head", default="", help="only parents that begin so, as 'f(t, i, x, y)'")
    parser.add_argument("--plot", type=Path, help="write the yields as a picture, as SVG")
    parser.add_argument("--show", action="store_true", help="show each offspring")
    asked = parser.parse_args()
    if asked.only != "speed":
        heading = ("kind", "parents", "offspring", "good", "new", "flaws", "seconds each")
        rows = []
        for name in asked.kind or _KINDS:
            for parents in asked.parents or _PARENTS:
                its = name, parents, asked.model, asked.broods, asked.head
                rows.append(_yield(*its, show=asked.show))
                print(*rows[-1], flush=True)
        _print_table(heading, rows)
        if asked.plot:
            asked.plot.write_text(_plot(rows), encoding="utf-8")
    if asked.only != "yield":
        _print_table(("work", "ms", "ms of processors", "beside"), _speed())
        _print_table(("work", "a second", "beside"), _by_workers())


if __name__ == "__main__":
    _main()
