"""A base model in a worker process.

Loading the engine keeps the whole interpreter waiting for seconds, and a crash inside it ends the
process. A server can afford neither, so there the embedded model is run by a child:

- `model.py`: `WorkerModel`, a base model like any other, and the connection to its child process.
- `child.py`: what runs in the child.
- `frames.py`: what goes between the two, as one line of JSON each.
"""

from flourishing.models.worker.model import WorkerModel

__all__ = ["WorkerModel"]
