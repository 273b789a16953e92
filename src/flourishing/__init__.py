r"""Flourishing: breed text with base language models.

```python
import flourishing as fl

fl.base_model("|cat|elephant|rabbit|dog|", responses=3)
fl.breed(["the fog comes\non little cat feet", "a wet, black bough"], n=8)
```
"""

from flourishing import startup as _startup  # noqa: F401 - first: it answers Ctrl-C meanwhile
from flourishing.authorship import spans
from flourishing.brood import Brood, Offspring
from flourishing.chain import Chain
from flourishing.diff import Change, word_diff
from flourishing.errors import (
    AnswerError,
    AuthError,
    BrokenOffError,
    BusyError,
    EndpointError,
    EngineError,
    FileReplacedError,
    FilteredError,
    FlourishingError,
    GardenError,
    HubError,
    InputError,
    ModelError,
    ModelFileError,
    ModelNotFoundError,
    NoInstructModelError,
    NoMoneyError,
    NoPatternError,
    OverloadedError,
    PatternError,
    PromptTooLongError,
    RateLimitError,
    RedirectError,
    ServerError,
    StorageError,
    StoredFormError,
    TextError,
    TooSlowError,
    UnreachableError,
)
from flourishing.flaws import Flaw
from flourishing.library import Collection, library
from flourishing.models import (
    BaseModel,
    Notice,
    Score,
    TokenLogprob,
    Usage,
    Waiting,
    open_model,
)
from flourishing.notebook import (
    base_model,
    breed,
    choose,
    echoes,
    find_pattern,
    format_poems,
    format_refinements,
    instruct,
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
    "AnswerError",
    "AuthError",
    "BaseModel",
    "BrokenOffError",
    "Brood",
    "BusyError",
    "Chain",
    "Change",
    "Collection",
    "EndpointError",
    "EngineError",
    "FileReplacedError",
    "FilteredError",
    "Flaw",
    "FlourishingError",
    "GardenError",
    "HubError",
    "InputError",
    "ModelError",
    "ModelFileError",
    "ModelNotFoundError",
    "NoInstructModelError",
    "NoMoneyError",
    "NoPatternError",
    "Notice",
    "Offspring",
    "Origin",
    "OverloadedError",
    "Pattern",
    "PatternError",
    "PromptTooLongError",
    "RateLimitError",
    "RedirectError",
    "Sampling",
    "Score",
    "ServerError",
    "Source",
    "StorageError",
    "StoredFormError",
    "Text",
    "TextError",
    "TokenLogprob",
    "TooSlowError",
    "UnreachableError",
    "Usage",
    "Waiting",
    "__version__",
    "base_model",
    "breed",
    "choose",
    "echoes",
    "find_pattern",
    "format_poems",
    "format_refinements",
    "instruct",
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
