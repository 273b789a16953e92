"""Reading a pattern off a raw prompt.

A prompt such as "|cat|elephant|rabbit|dog|" shows what separates the examples, and so where the
next one stops. These forms are looked for, each with the separators that people use, widest first:

- a list, which ends in its separator;
- a labelled list, which ends in the label that begins every example;
- a quoted list, which ends in a quotation mark that is still open;
- a numbered list, which ends in the next number;
- chains, the last of which ends in the link that joins their versions.

Nearly any mark may separate a list, so marks are read off the end of the prompt, and the rest of
the prompt has to agree. The more usual a mark is in prose and in code, the more is required: marks
that end sentences, quotation marks and brackets are never taken, and a single mark without blanks
only where none of its neighbours is a blank. What is found must parse the prompt that it was read
off; nothing is guessed beyond that, so prose, code, dates and addresses have no pattern.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from flourishing.errors import NoPatternError, PatternError
from flourishing.patterns.form import PATTERNS, Pattern

_LONGEST: Final = 8
"""Characters that a mark may have."""
_NEVER: Final = frozenset(".,;:!?…\"'`“”‘’«»()[]{}")
"""Marks that end sentences, quote or enclose; a comma or a colon is looked for by itself."""
_TIGHT: Final = frozenset("~·•¦|/\\*+^&#%@→§")
"""Single marks that may separate without blanks; a hyphen joins words, and < > enclose tags."""
_SHORT: Final = 3
"""Shorter marks separate examples of one line alone."""
_QUOTES: Final = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "„": "“", "`": "`"}
_BRACKETS: Final = {"(": ")", "[": "]"}
_WORDS: Final = 3
"""So many words may make a link, such as "is to"."""
_OPENINGS: Final = ("", "[", "(", "{", "[ ", "( ", "{ ")


def separators_of(prompt: str) -> Iterator[str]:
    """Give separators in whose mark a prompt ends, and which it has used before.

    Args:
        prompt: The prompt; a last separator may lack its trailing blank.
    """
    body = prompt.rstrip(" ")
    mark = _mark_at_end(body)
    if not mark or set(mark) & _NEVER or "://" in mark:
        return
    if "\n" in body and len(mark) < _SHORT:
        return
    for separator in (f" {mark} ", f"{mark} ", mark):
        given = body + separator[len(separator.rstrip(" ")) :]
        *whole, tail = given.split(separator)
        if len(whole) < 2 or tail or not all(piece.strip() for piece in whole):
            continue
        tight = separator == mark and len(mark) == 1
        if tight and (mark not in _TIGHT or any(each != each.strip() for each in whole)):
            continue
        if separator == f"{mark} " and len(mark) == 1:
            continue  # as in "10% and 20% and 30%"
        yield separator


def link_of(tail: str, whole: Sequence[str]) -> str | None:
    """Give the link in which the last of several chains ends, and which all others have as often.

    Args:
        tail: The last chain, which ends in the link, with or without its trailing blank.
        whole: The chains before it.
    """
    opened = tail.rstrip(" ")
    if not whole or not opened:
        return None
    mark = _mark_at_end(opened)
    if mark and not set(mark) & _NEVER:
        for link in (f" {mark} ", mark):
            joined = opened + link[len(link.rstrip(" ")) :]
            if joined.endswith(link) and _as_often(link, joined, whole):
                return link
        return None
    words = opened.rsplit(" ", _WORDS)
    for count in range(min(_WORDS, len(words) - 1), 0, -1):
        link = f" {' '.join(words[-count:])} "
        if len(whole) > 1 and link.strip().isascii() and _as_often(link, opened + " ", whole):
            return link
    return None


def quotes_of(prompt: str) -> Iterator[tuple[str, str, str, str]]:
    """Give how a list of quoted examples is written that ends in an open quotation mark.

    Args:
        prompt: The prompt.

    Yields:
        What stands before the list, the opening mark, the separator (with the closing mark of the
        example before it), and the closing mark.
    """
    for header in _OPENINGS:
        opening = prompt[len(header) : len(header) + 1]
        closing = (_QUOTES | _BRACKETS).get(opening)
        if not closing or not prompt.startswith(header) or not prompt.endswith(opening):
            continue
        o, c = re.escape(opening), re.escape(closing)
        between = re.match(f"{o}[^{c}]+({c}\\s*[,;|/]?\\s*){o}", prompt[len(header) :])
        if between and (between[1] != closing or opening in _BRACKETS):
            yield header, opening, between[1], closing


def _mark_at_end(text: str) -> str:
    """Give the characters at the end of a text that are neither letters, digits nor blanks."""
    begin = len(text)
    while begin > max(0, len(text) - _LONGEST) and _is_mark(text[begin - 1]):
        begin -= 1
    return text[begin:]


def _is_mark(character: str) -> bool:
    return not (character.isalnum() or character.isspace() or character == "_")


def _as_often(link: str, opened: str, whole: Sequence[str]) -> bool:
    """Say whether all chains have a link equally often, and the open one not more often."""
    often = whole[0].count(link)
    return 0 < opened.count(link) <= often and all(each.count(link) == often for each in whole)


_RULE: Final = re.compile(
    # From the beginning of a run of line ends, and once a run: linear time.
    r"(?<!\n)(?P<before>\n+)(?P<rule>[ \t]*"
    r"(?:[-=*_#~+%&§·•.]{2,}|[%*~§#&+·•]|<>|(?:[-*_~·•] ){2,}[-*_~·•])[ \t]*)(?P<after>\n+)"
)
_LINE_END: Final = re.compile(r"(?<![ \t])[ \t]+\n")  # looked for once a run: linear time
_MARK: Final = re.compile(r"([^\w\s\"'(\[{])\1*")
_NUMBER: Final = re.compile(r"\(?\d{1,4}([.)])")
_SEPARATORS: Final = ("\n\n\n", "\n\n", "\n", " | ", "|", "; ", ";", ", ", ",", "\t")
_LINKS: Final = (" => ", "=>", " -> ", "->", " → ", "→", " = ", ": ", ":", "=", "\t", " is to ")
_LINE_TOKENS: Final = 32
_BLOCK_TOKENS: Final = 200


def infer_pattern(prompt: str) -> Pattern:
    """Read the pattern off a raw prompt.

    Args:
        prompt: A prompt as a person would type it, such as "|cat|elephant|rabbit|dog|".

    Returns:
        A pattern that parses the prompt, and whose stop ends the next example.

    Raises:
        NoPatternError: No pattern can be seen in it, as in "1 2 3 4 5"; the message says why.
    """
    tidy = _LINE_END.sub("\n", prompt.replace("\r\n", "\n"))
    for seen in dict.fromkeys((tidy.rstrip(" "), tidy, prompt)):
        for pattern in _candidates(seen):
            if _fits(pattern, seen):
                return _named(_stopped(pattern, prompt))
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
    for header, opening, separator, closing in quotes_of(prompt):
        quoted = _pattern(separator, header=header, prefix=opening)
        yield replace(quoted, stop=(closing, *(["\n"] if "\n" not in separator else [])))
    rules = _rules(prompt)
    separators = [*rules, *_SEPARATORS]
    for separator in separators:
        *whole, tail = _pieces(prompt, separator)
        if tail.strip() and whole and all(piece.startswith(tail.rstrip(" ")) for piece in whole):
            yield from _labelled(separator, tail.rstrip(" "), whole)
        yield from _numbered(separator, tail, whole)
    if (mark := _MARK.match(prompt)) and prompt.count(mark[0]) > 1:
        yield _pattern(mark[0], header=mark[0])
    for separator in separators:
        *whole, tail = _pieces(prompt, separator)
        for link in _LINKS:
            opened = tail.rstrip(" ").endswith(link.rstrip(" "))
            if opened and whole and all(link in each for each in whole):
                yield from _chained(separator, link)
        if (found := link_of(tail, whole)) is not None:
            yield from _chained(separator, found)
        enough = (len(whole) > 1 and not _is_code(separator, whole)) or separator in rules
        if enough and not tail.strip(" ") and all(piece.strip() for piece in whole):
            yield _pattern(separator)
    yield from map(_pattern, separators_of(prompt))


def _rules(prompt: str) -> list[str]:
    """Give the last rule, with the empty lines around it and without, as separators."""
    last = next(iter(deque(_RULE.finditer(prompt), maxlen=1)), None)
    return list(dict.fromkeys((last[0], f"\n{last['rule']}\n"))) if last else []


def _is_code(separator: str, lines: list[str]) -> bool:
    """Say whether lines are the lines of one whole: some of them are indented, and some not."""
    return separator == "\n" and len({line[:1].isspace() for line in lines}) > 1


def _numbered(separator: str, tail: str, whole: list[str]) -> Iterator[Pattern]:
    """Read a numbered list as pairs of a number and an example."""
    number = _NUMBER.fullmatch(tail.rstrip(" "))
    if number is None or not whole or "\n" not in separator:
        return
    for link in (number[1] + " ", number[1]):
        if all(
            (each := _NUMBER.match(piece)) and link in piece[each.start(1) :] for piece in whole
        ):
            # The link does not stop: a sentence has full stops, too.
            yield _pattern(separator, link=link)


def _chained(separator: str, link: str) -> Iterator[Pattern]:
    if link in separator or separator in link:
        return
    yield replace(_pattern(separator, link=link), stop=(_stop(separator), _link_stop(link)))


def _stop(separator: str) -> str:
    """Give what of a separator is sure to come; " / " keeps its first blank, for "and/or"."""
    core = separator.strip(" ")
    if separator.startswith(" ") and len(core) == 1 and core != "|":
        return separator.rstrip(" ")
    return separator.rstrip().lstrip(" ") or separator


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
        stop=(_stop(separator),),
        max_tokens=_BLOCK_TOKENS if lines else _LINE_TOKENS,
        description="Read off a prompt.",
    )


def _stopped(pattern: Pattern, prompt: str) -> Pattern:
    """Let the end of a line stop an example too, where all examples stand on one line.

    What was typed with the line ends of Windows goes on with them.
    """
    if pattern.name != "inferred":
        return pattern  # a built-in one has stops of its own
    stops = list(pattern.stop)
    if "\n" not in pattern.separator and "\n" not in prompt:
        stops.append("\n")
    if "\r\n" in prompt:
        stops += [stop.replace("\n", "\r\n") for stop in stops if "\n" in stop[1:]]
    return replace(pattern, stop=tuple(dict.fromkeys(stops)))


def _link_stop(link: str) -> str:
    """Give what of a link is sure to be one, so that ": " does not stop at 12:30."""
    core = link.strip(" ")
    if core[:1].isalnum():
        return link
    if len(core) > 1 or not core.isascii():
        return core
    return link.rstrip(" ") if link.startswith(" ") else link


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
