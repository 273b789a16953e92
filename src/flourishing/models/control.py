"""Control words: what a model's tokenizer has for its own use, and what is no part of any text.

A base model now and then writes one (`<start_of_image>`, `<unused12>`, `<|im_end|>`): it means that
the text is at its end. The embedded engine knows them by their tokens (`engine.py`). A server sends
characters alone; there those are cut off that models are known to end with, unless a person has
them in the prompt.
"""

from __future__ import annotations

import re
from typing import Final

WORD: Final = re.compile(r"<[^<>\s]{1,60}>|\[[A-Za-z_]{2,30}\]")
"""How a control word looks; tags such as `<table>`, which are none, look the same."""
UNTOLD: Final = re.compile(r"</?[a-z]+_[a-z_]+>|\[multimodal\]")
"""Control words that some vocabularies list among the words that a person may write."""
_ANYWHERE: Final = re.compile(
    r"<\|[a-z_]{1,40}\|>|<\uff5c[^<>\s\uff5c]{1,40}\uff5c>|"
    r"<(?:eos|bos|pad|unk|mask|end_of_turn|start_of_turn|start_of_image|end_of_image|unused\d+)>"
)
_AT_THE_END: Final = re.compile(r"(?:</?s>|\[EOS\]|\[/?INST\])\s*\Z")


def without_control_words(text: str, *, prompt: str) -> str:
    """Cut a completion off at its first control word.

    Args:
        text: The completion.
        prompt: The prompt; words that stand in it are left as they are.

    Returns:
        What stands before the word, or the whole completion where there is none.
    """
    if "<" not in text and "[" not in text:
        return text
    for found in _ANYWHERE.finditer(text):
        if found[0] not in prompt:
            text = text[: found.start()]
            break
    ending = _AT_THE_END.search(text, max(0, len(text) - 40))
    if ending and ending[0].strip() not in prompt:
        return text[: ending.start()]
    return text
