"""The garden: the store of everything that a person has, from which nothing is lost.

```python
with open_garden() as garden:
    brood = garden.save(fl.breed(fl.library("imagists")[:6]))
    garden.keep(brood[2])
    garden.undo()
```

The modules:

- `garden`: `Garden`, all that a person can do, and `AsyncGarden`, the same for coroutines; `reader`
  is the part of it that only reads.
- `beds`: working sets, how each stands now, and what it shows of its brood.
- `collections`: named shelves of texts and chains.
- `kept`: which models a person really keeps from.
- `embeddings`, `meaning`: what texts are about, as a model has it, and which are alike.
- `taste`: what the marks say of what a person likes.
- `search`, `lineage`, `costs`: finding texts, families, and what broods cost.
- `run_locks`: that a process is carrying a run; `run_transfer`: runs in JSONL.
- `likenesses`: which two of three texts of a run a person found alike.
- `pictures`: pictures that models made of texts.
- `text_writer`, `brood_writer`, `text_reader`: writing texts and broods, and reading them back;
  `rows`: the values that are read, with their numbers and marks, and the form of the columns.
- `runs`: what was evolved by a machine, step by step, and what it kept.
- `journal`: acts, which can be undone and redone.
- `exporter`, `importer`: records for other gardens, and from them; data to train on.
- `purge`, `verification`: removing for good, and checking a garden; backups are in `database`.
- `database`, `dialects`, `files`, `schema`, `migrations`: transactions, SQLite and PostgreSQL, the
  files on the disk, the tables, and the steps between schemas.
"""

from __future__ import annotations

from pathlib import Path

from flourishing.errors import GardenError
from flourishing.garden.beds import Bed
from flourishing.garden.collections import Shelf, Yield
from flourishing.garden.exporter import Export
from flourishing.garden.garden import AsyncGarden, Garden, as_garden
from flourishing.garden.journal import Act
from flourishing.garden.meaning import Embedded
from flourishing.garden.purge import Emptied
from flourishing.garden.rows import Imported, Mark, Stored, StoredBrood
from flourishing.garden.search import Near
from flourishing.garden.taste import LearnedTaste, Opinion, ranked
from flourishing.garden.verification import Problem
from flourishing.settings import default_garden


def open_garden(place: str | Path | None = None, *, make: bool = True) -> Garden:
    """Open a garden, and make it if it is not there.

    Args:
        place: The path of a file, or a `postgresql://` URL; None for the one that is configured:
            FLOURISHING_GARDEN, `garden` in `config.toml`, or the file in the person's folder.
        make: Whether to make it if it is not there: False to look at one, where a mistyped name
            must not give an empty garden in place of an error.

    Raises:
        GardenError: It is no garden, is damaged, belongs to a newer version or cannot be reached;
            or it is not there, and is not to be made.
        StorageError: There is no room or no permission to make it.
    """
    place = place if place is not None else default_garden()
    if not make and not garden_exists(place):
        raise GardenError(
            f"There is no garden at {place}.",
            hint="Check the name. A garden is made by the first thing that is put into it, "
            "such as by: flourishing garden add",
        )
    return Garden(place)


def garden_exists(place: str | Path | None = None) -> bool:
    """Say whether there may be a garden; why one cannot be reached, opening it says in words.

    Args:
        place: As in `open_garden`.
    """
    place = place if place is not None else default_garden()
    try:
        return "://" in str(place) or Path(place).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return True


__all__ = [
    "Act",
    "AsyncGarden",
    "Bed",
    "Embedded",
    "Emptied",
    "Export",
    "Garden",
    "Imported",
    "LearnedTaste",
    "Mark",
    "Near",
    "Opinion",
    "Problem",
    "Shelf",
    "Stored",
    "StoredBrood",
    "Yield",
    "as_garden",
    "garden_exists",
    "open_garden",
    "ranked",
]
