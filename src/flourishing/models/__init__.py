"""Base models: what turns a prompt into completions and into log-probabilities.

- `BaseModel`: the protocol, and the events that a completion consists of (`protocol.py`).
- `open_model`: a model by name (`opening.py`), which imports only what the model needs:
- `embedded.EmbeddedModel`: a GGUF file, run inside the process (`engine.py`, `weights.py`).
- `endpoint.Endpoint`: a model behind an address, on any server with completions.
- `waiting.report_waits_to`: who is told of a wait for a server; `patience.py`: when there is one.
- `echo.EchoModel`: deterministic and instant, for tests and demonstrations.
"""

from flourishing.models.opening import open_model
from flourishing.models.protocol import (
    BaseModel,
    Completion,
    Event,
    Notice,
    Piece,
    Reading,
    Score,
    SeedIgnored,
    TokenLogprob,
    Usage,
    Waiting,
)

__all__ = [
    "BaseModel",
    "Completion",
    "Event",
    "Notice",
    "Piece",
    "Reading",
    "Score",
    "SeedIgnored",
    "TokenLogprob",
    "Usage",
    "Waiting",
    "open_model",
]
