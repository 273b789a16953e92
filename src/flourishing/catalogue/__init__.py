"""The catalogue: base models that can be had, and having them.

- `entries`: what is in it (`entries.py`, with its data in `models.toml`).
- `overview`: what is here, what could be, and what fits this machine (`overview.py`, `memory.py`).
- `pull`: from the Hugging Face hub, resumed and checked (`pulling.py`, `hub.py`, `parts.py`).
- `use`: as the default from now on (`using.py`).
"""

from flourishing.catalogue.entries import Entry, entries
from flourishing.catalogue.overview import Model, Overview, overview
from flourishing.catalogue.pulled import Pulled, folder, pulled
from flourishing.catalogue.pulling import Progress, pull
from flourishing.catalogue.using import Used, use

__all__ = [
    "Entry",
    "Model",
    "Overview",
    "Progress",
    "Pulled",
    "Used",
    "entries",
    "folder",
    "overview",
    "pull",
    "pulled",
    "use",
]
