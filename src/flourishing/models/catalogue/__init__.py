"""The catalogue: base models that can be had, and having them.

- `entries.py`: what is in it, with its data in `models.toml`; the Hugging Face hub, and which files
  of a repository make up a model.
- `download.py`: pulling a model, resumed and checked, and what has been pulled.
- `overview.py`: what is here, what could be, and what fits this machine; the model that is used
  from now on, and the models that may be named.
"""

from flourishing.models.catalogue.download import Progress, Pulled, folder, pull, pulled
from flourishing.models.catalogue.entries import Entry, entries
from flourishing.models.catalogue.overview import Model, Overview, Used, overview, use

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
