"""A base model in a process of its own.

Loading the engine keeps the whole interpreter waiting for seconds, and a crash inside it ends the
process. A server can afford neither, so there the embedded model is run by a child:

- `model.py`: `ModelApart`, a base model like any other, which asks the child.
- `link.py`: the child process, and the threads that write to it and read from it.
- `child.py`: what runs in the child.
- `wire.py`: what goes between the two, as one line of JSON each.
"""

from flourishing.models.apart.model import ModelApart

__all__ = ["ModelApart"]
