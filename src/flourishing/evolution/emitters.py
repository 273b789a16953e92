"""Emitters: which texts stand in the next prompt.

Each is asked for parents, and told later how much of what came of them was kept. All chance comes
from a generator that the run makes for each step, so that a run which is resumed asks the same.

- "near": a text of the archive, and others near its cell with the weight 1/(1 + d³) (Bradley et al.
  2023, arXiv:2310.13032).
- "replace": the last prompt with one of its texts replaced by one of the archive (Meyerson et al.
  2023, arXiv:2302.12170).
- "uniform": texts of the archive, each as likely as any other.
- "novelty": texts of the archive, more often those that are far from the others.
- "quality": the best of all texts, wherever they belong.
- "prompts": the prompts themselves are individuals: those that brought much are changed and used
  again.
- "person": what a person kept or pinned of the run; near where there is nothing yet.
- "fixed", "shuffled", "random", "best-of-n": baselines. The first texts in their order; in random
  order; any text that came, kept or not; the first texts, of whose offspring the best alone counts.
- "bandit": one of the first four each time, by what they brought so far (UCB1, Auer et al. 2002).
"""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.evolution.archives import Archive, Elite

_POOL: Final = 100
"""The texts of the best quality among which "quality" draws."""
_PROMPTS: Final = 12
"""The most prompts that are kept as individuals."""


@dataclass(slots=True)
class Population:
    """What emitters may choose from.

    Attributes:
        seeds: The texts that the run began with, in their order.
        archive: What is kept.
        came: All texts that were measured, with their quality, in the order in which they came.
        picked: What a person kept or pinned of the run, the newest last.
    """

    seeds: Sequence[Text]
    archive: Archive
    came: list[tuple[Text, float]] = field(default_factory=list)
    picked: Sequence[Text] = ()


class Emitter(ABC):
    """What chooses parents.

    Attributes:
        name: What it is called.
        best_only: Whether of the offspring of one step the best alone may be kept.
    """

    name = ""
    best_only = False

    @abstractmethod
    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        """Choose parents for a step, the one that counts most last.

        Args:
            step: The number of the step.
            population: What there is to choose from.
            n: How many, at most.
            draw: All chance.
        """

    def tell(self, step: int, reward: float) -> None:  # noqa: B027 - most take no note
        """Take note of what came of a step.

        Args:
            step: The number of the step.
            reward: The share of its offspring that was kept, from 0 to 1.
        """

    def chosen(self, step: int) -> str:
        """Give the name of the emitter that chose the parents of a step.

        Args:
            step: The number of the step.
        """
        del step
        return self.name


class _Near(Emitter):
    name = "near"

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        del step
        if not len(population.archive):  # all of it is dropped
            return list(population.seeds[-n:])
        first = population.archive.draw(draw)
        others = population.archive.near(first.cell, n - 1, draw)
        return _filled([first, *others], population, n)


class _Uniform(Emitter):
    name = "uniform"

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        del step
        cells = population.archive.filled
        drawn = draw.sample(cells, min(n, len(cells)))
        return _filled([population.archive.elite(cell) for cell in drawn], population, n)


class _Novelty(Emitter):
    name = "novelty"

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        del step
        apart = population.archive.apart()
        drawn: list[int] = []
        while apart and len(drawn) < n:
            weights = [each + 1e-9 for each in apart.values()]
            (cell,) = draw.choices(list(apart), weights)
            del apart[cell]
            drawn.append(cell)
        return _filled([population.archive.elite(cell) for cell in drawn], population, n)


class _Replace(Emitter):
    name = "replace"

    def __init__(self) -> None:
        self._prompt: list[Text] = []

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        del step
        if not self._prompt:
            self._prompt = list(population.seeds[-n:])
            return list(self._prompt)
        self._prompt = _with_another(self._prompt, population, draw)
        return list(self._prompt)


class _Quality(Emitter):
    name = "quality"

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        del step
        best = sorted(population.came, key=lambda each: -each[1])[:_POOL]
        drawn = draw.sample(best, min(n, len(best)))
        drawn.sort(key=lambda each: each[1])
        return [text for text, _ in drawn]


class _Random(Emitter):
    name = "random"

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        del step
        came = [text for text, _ in population.came]
        return draw.sample(came, min(n, len(came)))


class _Fixed(Emitter):
    name = "fixed"

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        del step, draw
        return list(population.seeds[:n])


class _Shuffled(Emitter):
    name = "shuffled"

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        del step
        seeds = list(population.seeds[:n])
        draw.shuffle(seeds)
        return seeds


class _BestOfN(_Fixed):
    name = "best-of-n"
    best_only = True


class _Prompts(Emitter):
    name = "prompts"

    def __init__(self) -> None:
        self._kept: list[tuple[float, list[Text]]] = []
        self._under_way: dict[int, list[Text]] = {}

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        if self._kept:
            pair = [draw.choice(self._kept) for _ in range(2)]
            prompt = _with_another(max(pair, key=lambda each: each[0])[1], population, draw)
        else:
            prompt = draw.sample(list(population.seeds), min(n, len(population.seeds)))
        self._under_way[step] = prompt
        return list(prompt)

    def tell(self, step: int, reward: float) -> None:
        prompt = self._under_way.pop(step, None)
        if prompt is not None:
            self._kept.append((reward, prompt))
            self._kept.sort(key=lambda each: -each[0])
            del self._kept[_PROMPTS:]


class _Person(_Near):
    name = "person"

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        if not population.picked:
            return super().ask(step, population, n, draw)
        drawn = draw.sample(range(len(population.picked)), min(n, len(population.picked)))
        chosen = [population.picked[at] for at in sorted(drawn)]
        near = super().ask(step, population, n, draw)
        others = [text for text in near if text.content not in {each.content for each in chosen}]
        return [*others[: n - len(chosen)], *chosen]


class _Bandit(Emitter):
    name = "bandit"

    def __init__(self) -> None:
        self._arms: list[Emitter] = [_Near(), _Replace(), _Uniform(), _Novelty()]
        self._asked = [0] * len(self._arms)
        self._told = [0] * len(self._arms)
        self._reward = [0.0] * len(self._arms)
        self._of_step: dict[int, int] = {}

    def ask(self, step: int, population: Population, n: int, draw: random.Random) -> list[Text]:
        arm = min(range(len(self._arms)), key=lambda each: (-self._worth(each), each))
        self._asked[arm] += 1
        self._of_step[step] = arm
        return self._arms[arm].ask(step, population, n, draw)

    def tell(self, step: int, reward: float) -> None:
        arm = self._of_step[step]
        self._told[arm] += 1
        self._reward[arm] += reward
        self._arms[arm].tell(step, reward)

    def chosen(self, step: int) -> str:
        return self._arms[self._of_step[step]].name

    def _worth(self, arm: int) -> float:
        if not self._asked[arm]:
            return math.inf
        mean = self._reward[arm] / self._told[arm] if self._told[arm] else 0.0
        return mean + math.sqrt(2 * math.log(sum(self._asked)) / self._asked[arm])


_EMITTERS: Final[dict[str, Callable[[], Emitter]]] = {
    each.name: each
    for each in (
        *(_Near, _Replace, _Uniform, _Novelty, _Quality, _Prompts, _Person, _Bandit),
        *(_Fixed, _Shuffled, _Random, _BestOfN),
    )
}
EMITTERS: Final = tuple(_EMITTERS)
"""The names of all emitters."""


def emitter(name: str) -> Emitter:
    """Give a fresh emitter.

    Args:
        name: Its name, one of `EMITTERS`.

    Raises:
        InputError: There is none of that name.
    """
    if name not in _EMITTERS:
        raise InputError(
            f"There is no emitter {name!r:.60}.", hint=f"There are: {', '.join(EMITTERS)}."
        )
    return _EMITTERS[name]()


def _filled(elites: Sequence[Elite], population: Population, n: int) -> list[Text]:
    """Give the texts, the first of them last, and seeds before them where they are too few."""
    texts = [elite.text for elite in reversed(elites)]
    there = {text.content for text in texts}
    others = [seed for seed in population.seeds if seed.content not in there]
    return [*others[: max(0, n - len(texts))], *texts]


def _with_another(
    prompt: Sequence[Text], population: Population, draw: random.Random
) -> list[Text]:
    """Give a prompt with one of its texts replaced, if there is another in the archive."""
    there = {text.content for text in prompt}
    others = [elite.text for elite in population.archive if elite.content not in there]
    changed = list(prompt)
    if others:
        changed[draw.randrange(len(changed))] = draw.choice(others)
    return changed
