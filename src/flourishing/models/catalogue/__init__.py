"""The catalogue: base models that can be had, and having them.

- `entries.py`: what is in it, with its data in `models.toml`; the Hugging Face hub, and which files
  of a repository make up a model.
- `download.py`: pulling a model, resumed and checked, and what has been pulled.
- `overview.py`: what is here, what could be, and what fits this machine; the models that may be
  named. `speed.py`: how fast a model writes here.
- `configuration.py`: the model that is used from now on; files and servers that are added, and
  forgotten.
"""

from flourishing.models.catalogue.configuration import Used, add_file, add_server, forget, use
from flourishing.models.catalogue.download import Progress, Pulled, folder, pull, pulled
from flourishing.models.catalogue.entries import Entry, entries
from flourishing.models.catalogue.overview import Model, Overview, overview

__all__ = [
    "Entry",
    "Model",
    "Overview",
    "Progress",
    "Pulled",
    "Used",
    "add_file",
    "add_server",
    "entries",
    "folder",
    "forget",
    "overview",
    "pull",
    "pulled",
    "use",
]
