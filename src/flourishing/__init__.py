r"""Flourishing: breed text with base language models.

```python
import flourishing as fl

fl.base_model("|cat|elephant|rabbit|dog|", responses=3)
fl.breed(["the fog comes\non little cat feet", "a wet, black bough"], n=8)
```

`docs/python.md` leads through all of it; `fl.aio` has the same calls as coroutines.
"""

from flourishing import startup as _startup  # noqa: F401 - first: it answers Ctrl-C meanwhile

# isort: split
from typing import TYPE_CHECKING as _TYPE_CHECKING

from flourishing import aio
from flourishing.app.prompting import PromptAnswer, PromptTrial
from flourishing.app.render import render
from flourishing.breeding import BreedRequest
from flourishing.breeding.brood import Again, Arrived, Asked, BreedingEvent, Brood, Offspring
from flourishing.core.chain import Chain
from flourishing.core.diff import Change, spans, word_diff
from flourishing.core.flaws import Flaw
from flourishing.core.operation import Operation
from flourishing.core.sampling import Sampling, SamplingOptions
from flourishing.core.text import Origin, Source, Text
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
    RenderError,
    ServerError,
    SpendError,
    StorageError,
    StoredFormError,
    TextError,
    TooSlowError,
    UnreachableError,
)
from flourishing.kinds import Kind, kind, kinds
from flourishing.library import Collection, library
from flourishing.models import (
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
    open_model,
)
from flourishing.notebook import (
    base_model,
    breed,
    check_judge,
    choose,
    echoes,
    embed,
    evolve,
    find_pattern,
    format_poems,
    format_refinements,
    image,
    instruct,
    judge_texts,
    logprobs,
    measure,
    measure_prompts,
    measures,
    next_token,
    open_garden,
    refine,
    share,
    worsen,
)
from flourishing.patterns import Pattern, infer_pattern
from flourishing.selection.judge import Judge
from flourishing.selection.judgement import JudgeCheck, Judgement
from flourishing.selection.prompt_task import (
    PromptFigures,
    PromptTask,
    prompt_task,
    prompt_tasks,
)

if _TYPE_CHECKING:
    from flourishing.evolution import Evaluated, Measure, Run, RunBudget, Step

__version__ = "0.1.0"

__all__ = [
    "Again",
    "AnswerError",
    "Arrived",
    "Asked",
    "AuthError",
    "BaseModel",
    "BreedRequest",
    "BreedingEvent",
    "BrokenOffError",
    "Brood",
    "BusyError",
    "Chain",
    "Change",
    "Collection",
    "Completion",
    "EndpointError",
    "EngineError",
    "Evaluated",
    "Event",
    "FileReplacedError",
    "FilteredError",
    "Flaw",
    "FlourishingError",
    "GardenError",
    "HubError",
    "InputError",
    "Judge",
    "JudgeCheck",
    "Judgement",
    "Kind",
    "Measure",
    "ModelError",
    "ModelFileError",
    "ModelNotFoundError",
    "NoInstructModelError",
    "NoMoneyError",
    "NoPatternError",
    "Notice",
    "Offspring",
    "Operation",
    "Origin",
    "OverloadedError",
    "Pattern",
    "PatternError",
    "Piece",
    "PromptAnswer",
    "PromptFigures",
    "PromptTask",
    "PromptTooLongError",
    "PromptTrial",
    "RateLimitError",
    "Reading",
    "RedirectError",
    "RenderError",
    "Run",
    "RunBudget",
    "Sampling",
    "SamplingOptions",
    "Score",
    "SeedIgnored",
    "ServerError",
    "Source",
    "SpendError",
    "Step",
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
    "aio",
    "base_model",
    "breed",
    "check_judge",
    "choose",
    "echoes",
    "embed",
    "evolve",
    "find_pattern",
    "format_poems",
    "format_refinements",
    "image",
    "infer_pattern",
    "instruct",
    "judge_texts",
    "kind",
    "kinds",
    "library",
    "logprobs",
    "measure",
    "measure_prompts",
    "measures",
    "next_token",
    "open_garden",
    "open_model",
    "prompt_task",
    "prompt_tasks",
    "refine",
    "render",
    "share",
    "spans",
    "word_diff",
    "worsen",
]

_LATER = ("Evaluated", "Measure", "Run", "RunBudget", "Step")
"""Classes that few scripts name; they are imported when they are first asked for."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from flourishing import evolution

    globals().update({each: getattr(evolution, each) for each in _LATER})
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
