"""Whether a server answers like a base model or like an instruct one, and what gives it away.

Three prompts of the kind that the post shows: a base model goes on with the numbers and with the
pairs; an instruct model talks about them. The third is an instruction, to which only an instruct
model says "Certainly!"; a base model may write anything there, so anything else speaks for nothing.
An instruct model that is sent a raw prompt often goes on as a base model would: "base" says how it
answers here, not how it was trained.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from flourishing.models.probed import Nature

NUMBERS: Final = "1 2 3 4 5"
CAPITALS: Final = "alaska:juneau, ohio:columbus, kansas:"
INSTRUCTION: Final = "Write a stanza about the sea."
PROMPTS: Final = (NUMBERS, CAPITALS, INSTRUCTION)

_SHOWN: Final = 60
"""Characters of an answer that are quoted."""
_TEMPLATE: Final = re.compile(
    r"<\|(?:im_start|im_end|start|end|eot_id|assistant|user|system)[^|]*\|>|</?(?:start|end)_of_turn>"
    r"|\[/?INST\]|<<SYS>>|<think>|(?:^|\n)#{2,} ?(?:Response|Instruction|Assistant)\b",
    re.IGNORECASE,
)
_CHATTY: Final = re.compile(
    r"^\W*(?:sure\b|certainly\b|of course\b|absolutely\b|here(?:'s|’s| is| are)\b|i'?m sorry"
    r"|i apologi|as an ai\b|i(?:'d| would) be happy|it (?:looks|seems|appears) like|it seems that"
    r"|you(?:'ve|’ve| have) (?:listed|provided|given|written)|it sounds like"
    r"|this (?:is|looks|appears|seems) (?:like )?an? (?:\w+ )?(?:sequence|list|pattern|analogy)"
    r"|how can i (?:help|assist)|let me know)",
    re.IGNORECASE,
)
_MARKDOWN: Final = re.compile(r"\*\*[^*\n]+\*\*|(?:^|\n)#{1,6} |(?:^|\n)```")
_SENTENCE: Final = re.compile(r"\bthe capital\b[^.]*\bis\b|\bcapital (?:city )?of kansas\b", re.I)
_GOES_ON: Final = {
    NUMBERS: re.compile(r"^[\s,]*6(?!\d)"),
    CAPITALS: re.compile(r"^\s*[a-z][\w .'’-]{1,30}(?:$|[,;\n.])"),
}


def judge(answers: Mapping[str, str]) -> tuple[Nature | None, tuple[str, ...]]:
    """Say how a model answers.

    Args:
        answers: By prompt of `PROMPTS`: what came, drawn at temperature 0.

    Returns:
        How it answers, None where nothing gives it away; and why, in words.
    """
    against = [sign for prompt, said in answers.items() for sign in _signs(prompt, said)]
    speaking = [
        f"{prompt!r} goes on: {_quoted(said)}"
        for prompt, said in answers.items()
        if prompt in _GOES_ON and _GOES_ON[prompt].search(said) and not list(_signs(prompt, said))
    ]
    if against:
        return "instruct", (*against, *speaking)
    if speaking:
        return "base", tuple(speaking)
    return None, tuple(f"{prompt!r} gave {_quoted(said)}" for prompt, said in answers.items())


def _signs(prompt: str, said: str) -> list[str]:
    """Give what in an answer an instruct model gives itself away by, in words."""
    checks = [
        (_TEMPLATE, "writes the marks of a conversation"),
        (_CHATTY, "speaks to somebody"),
    ]
    if prompt != INSTRUCTION:  # after an instruction, a base model may well write such a document
        checks += [(_MARKDOWN, "sets its answer in Markdown"), (_SENTENCE, "answers a question")]
    return [
        f"{prompt!r}: it {words} ({_quoted(found[0])} in {_quoted(said)})"
        for sign, words in checks
        if (found := sign.search(said))
    ]


def _quoted(said: str) -> str:
    line = " ".join(said.split())
    return repr(line[:_SHOWN] + "…" if len(line) > _SHOWN else line)
