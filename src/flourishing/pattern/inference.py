"""Reading a pattern off a raw prompt.

A person who types "|cat|elephant|rabbit|dog|" has said all there is to know: what separates the
examples, and so where the next one stops. Three forms are looked for, each with the separators
that people use, widest first:

- a list, which ends in its separator;
- a labelled list, which ends in the label that begins every example;
- chains, the last of which ends in the link that joins their versions.

What is found must parse the prompt that it was read off (blanks at the ends of lines aside, which
people leave by accident); nothing is guessed beyond that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from flourishing.errors import NoPatternError, PatternError
from flourishing.pattern.builtin import PATTERNS
from flourishing.pattern.form import Pattern

_RULE: Final = re.compile(r"\n[ \t]*(?:[-=*_#~+]{2,}|(?:[-*_] ){2,}[-*_])[ \t]*\n")
_LINE_END: Final = re.compile(r"(?<![ \t])[ \t]+\n")  # looked for once a run: linear time
_MARK: Final = re.compile(r"([^\w\s\"'(\[{])\1*")
_SEPARATORS: Final = ("\n\n\n", "\n\n", "\n", " | ", "|", "; ", ";", ", ", ",")
_LINKS: Final = (" => ", "=>", " -> ", "->", " → ", "→", " = ", ": ", ":", "=")
_LINE_TOKENS: Final = 32
_BLOCK_TOKENS: Final = 200


def infer(prompt: str) -> Pattern:
    """Read the pattern off a raw prompt; see `Pattern.infer`."""
    tidy = _LINE_END.sub("\n", prompt)
    for seen in dict.fromkeys((tidy.rstrip(" "), tidy, prompt)):
        for pattern in _candidates(seen):
            if _fits(pattern, seen):
                return _named(_stopped(pattern, seen))
    raise NoPatternError(
        f"No pattern can be seen in the prompt that ends {prompt[-40:]!r}: it does not end in a "
        "separator, a label or a link that it has used before.",
        hint="End it where the next example would begin, as in |cat|dog| or a:b, c:; "
        "or say where to stop yourself.",
    )


def _candidates(prompt: str) -> Iterator[Pattern]:
    yield from (p for p in PATTERNS.values() if p.header or p.prefix or len(p.link) > 1)
    if prompt.endswith("\n\n\ndef"):
        yield PATTERNS["functions"]
    rules = [rule[0] for rule in _RULE.finditer(prompt)][-1:]
    separators = [*rules, *_SEPARATORS]
    for separator in separators:
        *whole, tail = _pieces(prompt, separator)
        if tail.strip() and whole and all(piece.startswith(tail.rstrip(" ")) for piece in whole):
            yield from _labelled(separator, tail.rstrip(" "), whole)
    if (mark := _MARK.match(prompt)) and prompt.count(mark[0]) > 1:
        yield _pattern(mark[0], header=mark[0])
    for separator in separators:
        *whole, tail = _pieces(prompt, separator)
        for link in _LINKS:
            if whole and all(link in piece for piece in whole):
                yield _pattern(separator, link=link)
        enough = len(whole) > 1 or separator in rules
        if enough and not tail.strip(" ") and all(piece.strip() for piece in whole):
            yield _pattern(separator)


def _labelled(separator: str, label: str, whole: list[str]) -> Iterator[Pattern]:
    if label[-1].isalnum() or any(not piece[len(label) :].strip() for piece in whole):
        return
    if all(piece.startswith(label + " ") for piece in whole):
        yield _pattern(separator, prefix=label + " ")
    yield _pattern(separator, prefix=label)


def _pieces(prompt: str, separator: str) -> list[str]:
    """Split at a separator, whose trailing blanks a prompt need not have at its end."""
    missing = separator[len(separator.rstrip(" ")) :]
    return (prompt + missing).split(separator) if missing else prompt.split(separator)


def _pattern(separator: str, *, header: str = "", prefix: str = "", link: str = "") -> Pattern:
    lines = "\n" in prefix or separator.count("\n") > 1
    return Pattern(
        name="inferred",
        header=header,
        prefix=prefix,
        separator=separator,
        link=link,
        max_tokens=_BLOCK_TOKENS if lines else _LINE_TOKENS,
        description="Read off a prompt.",
    )


def _stopped(pattern: Pattern, prompt: str) -> Pattern:
    """Let what else ends an example stop it: the next link, and the end of the one line."""
    if pattern.name != "inferred":
        return pattern  # a built-in one has stops of its own
    stops = list(pattern.stop)
    if pattern.link:
        stops.append(_link_stop(pattern.link))
    if "\n" not in pattern.separator and "\n" not in prompt:
        stops.append("\n")
    return replace(pattern, stop=tuple(stops))


def _link_stop(link: str) -> str:
    """Give what of a link is sure to be one, so that ": " does not stop at 12:30."""
    core = link.strip(" ")
    return link if len(core) == 1 and core.isascii() else core


def _named(pattern: Pattern) -> Pattern:
    """Give a pattern that ships in place of one of the same form."""

    def form(each: Pattern) -> tuple[object, ...]:
        return (each.header, each.prefix, each.separator, each.link, each.stop)

    return next((each for each in PATTERNS.values() if form(each) == form(pattern)), pattern)


def _fits(pattern: Pattern, prompt: str) -> bool:
    """Whether the pattern reads the prompt, and finds a whole example in it."""
    examples = prompt.removesuffix(pattern.start) if pattern.start else prompt
    try:
        items = pattern.parse(examples)
    except PatternError:
        return False
    whole = items[:-1] if pattern.link else items
    return bool(whole) and all(item if isinstance(item, str) else item[0] for item in whole)
