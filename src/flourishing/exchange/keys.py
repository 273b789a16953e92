"""Keys in other tools' files: counted and reported, and never read any further.

Other tools keep keys in clear beside the texts. No reader here looks at settings at all; this
only finds names such as `apiKey` under which something stands.
"""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r"(key|secret|password|accesstoken|bearer|authorization)s?$")
_SHORTEST: Final = 8
"""Characters; a shorter one is a key of the keyboard."""


def dropped_keys(document: object) -> tuple[str, ...]:
    """Say how many keys and passwords a document holds, in words; nothing where it has none.

    Args:
        document: The parsed JSON document.
    """
    return keys_in_words(count_keys(document))


def keys_in_words(count: int) -> tuple[str, ...]:
    """Say that so many keys and passwords were left out; nothing for none.

    Args:
        count: The number of keys and passwords.
    """
    if not count:
        return ()
    return ("1 key or password" if count == 1 else f"{count} keys or passwords",)


def count_keys(document: object) -> int:
    """Count the keys and passwords that a document holds.

    Args:
        document: The parsed JSON document.
    """
    count = 0
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            count += sum(_is_key(name, each) for name, each in value.items())
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return count


def _is_key(name: object, value: object) -> bool:
    if not isinstance(name, str) or not isinstance(value, str):
        return False
    plain = name.replace("_", "").replace("-", "").lower()
    # A lone "key" is how tables call the name of a row.
    return (
        plain != "key"
        and len(value) >= _SHORTEST
        and not any(sign.isspace() for sign in value)
        and _NAME.search(plain) is not None
    )
