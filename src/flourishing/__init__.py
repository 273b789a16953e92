r"""Flourishing: breed text with base language models.

```python
import flourishing as fl

fl.base_model("|cat|elephant|rabbit|dog|", responses=3)
fl.breed(["the fog comes\non little cat feet", "a wet, black bough"], n=8)
```
"""

from flourishing.authorship import spans
from flourishing.brood import Brood, Offspring
from flourishing.chain import Chain
from flourishing.diff import Change, word_diff
from flourishing.errors import (
    EngineError,
    FlourishingError,
    GardenError,
    InputError,
    ModelError,
    ModelFileError,
    ModelNotFoundError,
    NoPatternError,
    PatternError,
    PromptTooLongError,
    StorageError,
    TextError,
)
from flourishing.flaws import Flaw
from flourishing.library import Collection, library
from flourishing.models import BaseModel, Score, TokenLogprob, Usage, open_model
from flourishing.notebook import (
    base_model,
    breed,
    choose,
    echoes,
    find_pattern,
    format_poems,
    format_refinements,
    logprobs,
    next_token,
    open_garden,
    refine,
    worsen,
)
from flourishing.pattern import Pattern
from flourishing.sampling import Sampling
from flourishing.text import Origin, Source, Text

__version__ = "0.1.0"

__all__ = [
    "BaseModel",
    "Brood",
    "Chain",
    "Change",
    "Collection",
    "EngineError",
    "Flaw",
    "FlourishingError",
    "GardenError",
    "InputError",
    "ModelError",
    "ModelFileError",
    "ModelNotFoundError",
    "NoPatternError",
    "Offspring",
    "Origin",
    "Pattern",
    "PatternError",
    "PromptTooLongError",
    "Sampling",
    "Score",
    "Source",
    "StorageError",
    "Text",
    "TextError",
    "TokenLogprob",
    "Usage",
    "__version__",
    "base_model",
    "breed",
    "choose",
    "echoes",
    "find_pattern",
    "format_poems",
    "format_refinements",
    "library",
    "logprobs",
    "next_token",
    "open_garden",
    "open_model",
    "refine",
    "spans",
    "word_diff",
    "worsen",
]
