"""What the same work costs in the nearest peer, basemode-loom 0.8; run by the Python that has it.

`garden.py` starts it, and gives it on stdin which garden to take the texts from and what to do, as
JSON; it answers likewise, with milliseconds. Its nodes have one parent, so each text hangs on the
last of its parents. Nothing of Flourishing is imported.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from basemode_loom.retrieval.keyword import build_fts_index
from basemode_loom.retrieval.search import KeywordBackend
from basemode_loom.store import GenerationStore

TEXTS = """
    SELECT texts.id, texts.at, texts.content, (
        SELECT text_id FROM brood_parents WHERE brood_parents.brood_id = texts.brood_id
        ORDER BY place DESC LIMIT 1
    ) FROM texts ORDER BY texts.id
"""
NODE = """
    INSERT INTO nodes (id, tree_id, parent_id, kind, text, model, strategy, max_tokens,
        temperature, checked_out, created_at, metadata_json)
    VALUES (?, ?, ?, ?, ?, 'gemma3-270m', 'poems', 160, 1.0, 0, ?, '{}')
"""
TREE = "INSERT INTO trees (id, current_node_id, created_at, updated_at) VALUES (?, ?, ?, ?)"


def make_loom(path: Path, garden: str) -> None:
    """Make a loom of the texts of a garden, with its index of words."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    GenerationStore(unfinished)
    with closing(sqlite3.connect(garden)) as source, closing(sqlite3.connect(unfinished)) as loom:
        trees: list[tuple[str, str, str, str]] = []
        with loom:
            loom.executemany(NODE, _nodes(source, trees))
            loom.executemany(TREE, trees)
    build_fts_index(unfinished)
    unfinished.rename(path)


def _nodes(
    source: sqlite3.Connection, trees: list[tuple[str, str, str, str]]
) -> Iterator[tuple[object, ...]]:
    tree_of: dict[int, str] = {}
    for id, at, content, parent in source.execute(TEXTS):
        tree_of[id] = node(id) if parent is None else tree_of[parent]
        above = None if parent is None else node(parent)
        if parent is None:
            trees.append((node(id), node(id), at, at))
        kind = "root" if parent is None else "text"
        yield node(id), tree_of[id], above, kind, content, at


def node(id: int) -> str:
    """Give the id that the text of this number has in the loom."""
    return f"{id:032x}"


def timed(work: Callable[[Any], object], inputs: Iterable[Any]) -> list[float]:
    """Give the milliseconds that each of the inputs took."""
    took = []
    for each in inputs:
        begun = time.perf_counter()
        work(each)
        took.append(1000 * (time.perf_counter() - begun))
    return took


def main() -> None:
    """Do what is asked, and answer."""
    asked = json.load(sys.stdin)
    kept = Path(asked["loom"])
    if not kept.exists():
        make_loom(kept, asked["garden"])
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        path = Path(folder) / "loom.db"
        shutil.copyfile(kept, path)  # what is kept for the next time stays what it is
        works = works_of(path)
        json.dump({name: timed(work, asked[name]) for name, work in works.items()}, sys.stdout)


def works_of(path: Path) -> dict[str, Callable[[Any], object]]:
    """Give what is done in a loom, by name; each takes one input."""
    store = GenerationStore(path)
    search = KeywordBackend(store)

    def below(id: int) -> object:
        return store.nodes_by_ids([each for each, _ in store.subtree_edges(node(id))])

    def save(brood: tuple[int, list[str]]) -> object:
        return store.save_continuations(
            "",
            brood[1],
            model="gemma3-270m",
            strategy="poems",
            max_tokens=160,
            temperature=1.0,
            parent_id=node(brood[0]),
        )

    return {
        "open": lambda _: GenerationStore(path),
        "page": lambda _: store.recent(50),
        "words": lambda words: search.search(words, limit=50),
        "up": lambda id: store.lineage(node(id)),
        "down": below,
        "save": save,
    }


if __name__ == "__main__":
    main()
