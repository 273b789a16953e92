"""Every error that a person can meet, drawn as a tree.

```
FlourishingError              what went wrong, with a hint that says what to do
├── InputError                an argument that cannot be used: n of 0, a blank stop
│   ├── TextError             a text that no prompt can hold: a lone surrogate, its own separator
│   ├── PatternError          a pattern that is unknown, or a pattern file that is wrong
│   │   └── NoPatternError    a raw prompt in which no pattern can be seen
│   ├── PromptTooLongError    more tokens than the model can read
│   ├── StoredFormError       stored data with a field that is unknown, or without one it needs
│   ├── SpendError            a call that might cost more than may be spent
│   └── RenderError           a text that cannot be shown as a picture, an animation or a sound
├── ModelError                the model, not the caller
│   ├── ModelNotFoundError    no model of that name, no file at that path
│   │   └── NoInstructModelError  nobody has said which instruct model to use
│   ├── ModelFileError        a file that is no GGUF, truncated, or not what its checksum says
│   ├── EngineError           the engine failed while it ran
│   ├── HubError              the hub of models cannot be reached, or fails
│   │   └── BrokenOffError    a download that broke off; what came of it is kept
│   └── EndpointError         a server refused, failed, or did not answer as it should
│       ├── AuthError         it does not accept the key, or wants one
│       ├── NoMoneyError      the account has no money left
│       ├── RateLimitError    it was asked too often, and waiting did not help
│       │   └── BusyError     it was loading its model, or had too many requests
│       ├── UnreachableError  no connection, or one that broke
│       ├── TooSlowError      nothing came within the time that was set
│       ├── ServerError       it failed by its own account
│       ├── AnswerError       it answered, but not as a server of models does
│       ├── FilteredError     it kept back what its model wrote
│       └── RedirectError     it points to another host, which shall not have the key
├── StorageError              no room, or no leave, to write what must be written
│   └── FileReplacedError     the file was replaced or removed while it was open
├── GardenError               a garden that cannot be opened, or is damaged
└── OverloadedError           more work is waiting than can be accepted
```

A message names the bad value; `hint` names the remedy. Foreign exceptions are mapped where they
enter the package, with `raise ... from`.
"""

from __future__ import annotations

import os
import traceback


class FlourishingError(Exception):
    """The base of every error that a person can meet.

    Attributes:
        hint: What to do about it, as one or two sentences.
        retryable: Whether the same call may succeed when it is simply made again.
    """

    retryable: bool = False

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class InputError(FlourishingError):
    """An argument that cannot be used as it is."""


class TextError(InputError):
    """A text that no prompt can hold."""


class PatternError(InputError):
    """A pattern that is unknown, or not well formed."""


class StoredFormError(InputError):
    """Stored data that this version cannot read: an unknown field, or a missing one."""


class SpendError(InputError):
    """A call that might cost more than may be spent."""


class RenderError(InputError):
    """A text that cannot be shown as a picture, an animation or a sound."""


class NoPatternError(PatternError):
    """A raw prompt in which no pattern can be seen."""


class PromptTooLongError(InputError):
    """A prompt of more tokens than the model can read.

    Attributes:
        tokens: How many tokens the prompt has; a lower bound when it was too long to count.
        limit: How many the model can read.
    """

    def __init__(self, message: str, *, hint: str, tokens: int, limit: int) -> None:
        super().__init__(message, hint=hint)
        self.tokens = tokens
        self.limit = limit


class ModelError(FlourishingError):
    """A base model that cannot do what was asked of it.

    Attributes:
        begun: Whether an answer had begun before the model failed, so that asking once more may
            well give the rest of it.
    """

    begun: bool = False


class ModelNotFoundError(ModelError):
    """No model of that name, or no file at that path."""


class NoInstructModelError(ModelNotFoundError):
    """Nobody has said which instruct model to use."""


class ModelFileError(ModelError):
    """A model file that is no GGUF, is truncated, or differs from its checksum."""


class EngineError(ModelError):
    """The engine failed while it ran."""

    retryable = True


class HubError(ModelError):
    """The hub of models cannot be reached, or does not answer as it should."""

    retryable = True


class BrokenOffError(HubError):
    """A download that broke off; what came of it is kept."""


class EndpointError(ModelError):
    """A server refused what was asked of it, failed, or did not answer as it should."""


class AuthError(EndpointError):
    """The server does not accept the key, or wants one."""


class NoMoneyError(EndpointError):
    """The account at the server has no money left."""


class RateLimitError(EndpointError):
    """The server was asked too often, and waiting did not help.

    Attributes:
        seconds: How long it asked to be left alone; None where it did not say.
    """

    retryable = True

    def __init__(self, message: str, *, hint: str, seconds: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.seconds = seconds


class BusyError(RateLimitError):
    """The server was loading its model, or had too many requests, and waiting did not help."""


class FilteredError(EndpointError):
    """The server kept back what its model wrote, because of what is in it."""

    retryable = True


class UnreachableError(EndpointError):
    """No connection to the server, or one that broke."""

    retryable = True


class TooSlowError(EndpointError):
    """Nothing came from the server within the time that was set for it."""

    retryable = True


class ServerError(EndpointError):
    """The server failed, by its own account."""

    retryable = True


class AnswerError(EndpointError):
    """The server answered, but not as a server of models does."""


class RedirectError(EndpointError):
    """The server points to another host, which shall not have the key."""


class StorageError(FlourishingError):
    """No room, or no permission, to write what must be written."""


class FileReplacedError(StorageError):
    """The file of a garden was replaced, moved or removed while it was open."""


class GardenError(FlourishingError):
    """A garden that is none, is damaged, belongs to a newer version, or cannot be reached."""


class OverloadedError(FlourishingError):
    """More work is waiting than can be accepted just now."""

    retryable = True


def where(error: BaseException) -> str:
    """Say where an error came from, without its words, which may quote what is secret.

    Args:
        error: The exception.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if f"{os.sep}flourishing{os.sep}" in each.filename] or frames
    place = f" in {ours[-1].filename.rpartition(os.sep)[2]}, line {ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"
