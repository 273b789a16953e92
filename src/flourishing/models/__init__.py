"""Base models: what turns a prompt into completions and into log-probabilities.

- `protocol.py`: `BaseModel`, the events that a completion consists of, and prompts read ahead.
- `opening.py`: a model by name (`open_model`), which imports only what the model needs.
- `echo.py`: a deterministic and instant model, for tests and demonstrations.
- `embedded.py`: a GGUF file, run inside the process.
- `engine.py`: llama.cpp's engine, which runs it; `engine_lock.py`: who may use it when;
  `engine_output.py`: what it writes.
- `scorer.py`: scores many texts at once, beside the engine, on the same file; `gemma3.py`: the
  layers of the embedded model, evaluated for it; `matrices.py`: its matrices, on all cores.
- `weights.py`: the weights that ship; `vocabulary.py`: the same with the tokens of Latin letters
  alone, which writes faster; `gguf.py`: other files, what they say of
  themselves, and why one cannot be loaded.
- `worker`: the same in a process of its own.
- `endpoint`: a model behind an address, on any server.
- `catalogue`: base models that can be downloaded; `probing`: how a server answers; `cost`: what
  calls cost, and budgets; `instruct.py`: instruct models, for comparison.
- `images.py`: pictures of a text by a model behind an address.
- `probe_results.py`: what probing a server found, kept from one start to the next.
- `retry.py`: making a request again; `waiting.py`: who hears of waits.
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
