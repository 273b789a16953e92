"""Base models: what turns a prompt into completions and into log-probabilities.

- `BaseModel`: the protocol, and the events that a completion consists of (`protocol.py`).
- `EmbeddedModel`: a GGUF file, run inside the process (`embedded.py`, `engine.py`, `weights.py`).
- `EchoModel`: deterministic and instant, for tests and demonstrations (`echo.py`).
- `open_model`: a model by name (`opening.py`).
"""

from flourishing.models.echo import EchoModel
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.opening import open_model
from flourishing.models.protocol import (
    BaseModel,
    Completion,
    Event,
    Piece,
    Reading,
    Score,
    TokenLogprob,
    Usage,
)

__all__ = [
    "BaseModel",
    "Completion",
    "EchoModel",
    "EmbeddedModel",
    "Event",
    "Piece",
    "Reading",
    "Score",
    "TokenLogprob",
    "Usage",
    "open_model",
]
