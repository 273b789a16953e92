"""Which kinds and patterns there are, and which one applies.

A person's own kinds and patterns go before those that ship. A path is opened only where a person
typed it: what comes over the wire or out of a file is looked up by name alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from pathlib import Path, PurePath
from typing import Final

from flourishing.arguments import as_words
from flourishing.core.operation import WORSENINGS, ModelOperation, Operation
from flourishing.core.text import Text
from flourishing.errors import InputError, PatternError
from flourishing.files import read_bounded
from flourishing.kinds.kind import Kind
from flourishing.kinds.kind_file import read_kind
from flourishing.kinds.passages import reads_as_prose
from flourishing.kinds.rendered import gist, medium_of
from flourishing.patterns import PATTERNS, Pattern
from flourishing.settings import kinds_path, own_patterns

DEFAULT: Final = "poem"
"""The kind that is bred where nothing says which."""
OTHER: Final = "text"
"""The kind of what no other kind is named or implied for."""
_LIST: Final = "list"
"""The pattern that several kinds share; the texts say which of them it is."""
_SENTENCE: Final = 4
"""So many words, or more, are a sentence, and no phrase."""
_HERE: Final = resources.files("flourishing.kinds")
_MOST_BYTES: Final = 2**20
"""The largest file of a kind that is read."""


def kinds() -> list[str]:
    """Give the names of all kinds of text: those that ship, then a person's own."""
    shipped = _shipped()
    return [*shipped, *(name for name in own_kinds() if name not in shipped)]


def own_kinds() -> dict[str, Path]:
    """Give the files of a person's own kinds, by the names under which they are found."""
    return {path.stem: path for path in sorted(kinds_path().glob("*.toml"))}


def usable_kinds() -> list[Kind]:
    """Give all kinds but those whose files are wrong, which must not hide the others."""
    own = _usable_own()
    shipped = []
    for name in _shipped().keys() - own_kinds().keys():
        with suppress(InputError):  # a person's own pattern is wrong
            shipped.append(named_kind(name))
    order = kinds()
    return sorted([*shipped, *own], key=lambda each: order.index(each.name))


def kind(name: str | Kind) -> Kind:
    """Give a kind of text.

    Args:
        name: The name of a kind that ships or of a person's own, such as "quote"; the path of a
            `.toml` file; or a kind, which is given back.

    Raises:
        InputError: There is none of that name, or its file is wrong.
    """
    if isinstance(name, Kind):
        return name
    if as_words(name, "The kind").endswith(".toml"):
        return _read(Path(name))
    return named_kind(name, more="; or give the path of a .toml file")


def named_kind(name: str, *, more: str = "") -> Kind:
    """Give a kind by its name alone, for names that come from outside; no path is opened.

    Args:
        name: The name of a kind that ships, or of a person's own.
        more: What else the hint of the error offers.

    Raises:
        InputError: There is none of that name, or its file is wrong.
    """
    own = own_kinds()
    if name in own:
        return _read(own[name])
    if name in _shipped():
        its, named = _shipped()[name], own_patterns().get(_shipped()[name].pattern.name)
        return its if named is None else replace(its, pattern=Pattern.from_file(named))
    raise InputError(
        f"There is no kind of text {name!r:.60}.", hint=f"There are: {', '.join(kinds())}{more}."
    )


def kind_of(pattern: str | Pattern, kind_name: str = "", texts: Iterable[str] = ()) -> Kind:
    """Give the kind of what has a pattern, and perhaps names a kind; never fails.

    Args:
        pattern: The pattern, or its name.
        kind_name: The name of the kind, or the path of its file; "" where none is named.
        texts: The contents that stand in the prompt, as far as they are known: a list may be of
            words, of sentences or of palindromes.

    Returns:
        The kind that is named; else the one that the pattern and the texts imply; else "text" with
        this pattern.
    """
    if kind_name:
        with suppress(InputError):
            return kind(kind_name)
    name = pattern if isinstance(pattern, str) else pattern.name
    for each in (*_usable_own(), *_shipped().values()):
        if name in each.implied_by or name == each.pattern.name == each.name:
            return (_listed(texts) if name == _LIST else None) or each
    other = _shipped()[OTHER]
    with suppress(PatternError):
        form = find_pattern(pattern)
        return replace(other, pattern=form, medium="chain" if form.link else other.medium)
    return other


def _listed(texts: Iterable[str]) -> Kind | None:
    """Give the kind of the lines of a list; None where they are words."""
    lines = list(texts)
    letters = ["".join(filter(str.isalnum, line.casefold())) for line in lines]
    # One word, or "mom" and "dad", may read the same backwards by chance.
    if len(lines) > 1 and all(len(each) > 3 and each == each[::-1] for each in letters):
        return _shipped()["palindrome"]
    if lines and all(len(line.split()) >= _SENTENCE for line in lines):
        return _shipped()["sentence"]
    return None


def bred_kind(text: Text) -> Kind | None:
    """Give the kind as which a text was bred: the one that the pattern of its prompt implies.

    Args:
        text: The text; an edit is of the kind of the text that was edited.

    Returns:
        The kind; None for a text that a person wrote.
    """
    text = _unedited(text)
    pattern = text.origin.pattern
    if pattern is None:
        return None
    examples = [each.content for each in text.origin.parents] or [text.content]
    its = kind_of(pattern, texts=examples)
    if its.name not in {"refinement", OTHER}:
        return its
    # A version of a text is a single text, although its prompt was of chains; and a pattern that
    # a person made of a shipped one may have a name of its own, but says what its texts are.
    label = pattern.prefix.strip()
    there = (*_usable_own(), *_shipped().values())
    default = its if its.name == OTHER else _shipped()[DEFAULT]
    return next((each for each in there if label and each.label == label), default)


def _unedited(text: Text) -> Text:
    while text.origin.pattern is None and len(text.origin.parents) == 1:
        text = text.origin.parents[0]
    return text


def kind_of_text(text: Text) -> Kind:
    """Give the kind of a text by itself: that as which it was bred, or else what its form says.

    Args:
        text: The text; one that a person wrote is a formula, a program or a drawing where it has
            the form of one, and else of the default kind.
    """
    return bred_kind(text) or kind_of_form(text.content) or _shipped()[DEFAULT]


def is_prose(text: Text) -> bool:
    """Say whether a text is set as prose: by the kind as which it was bred, or else by its lines.

    Args:
        text: The text.
    """
    bred = bred_kind(text)
    if bred is not None:
        return bred.medium == "prose"
    return medium_of(text.content) is None and reads_as_prose(text.content)


def kind_of_form(content: str) -> Kind | None:
    """Give the kind of a formula, a program or a drawing; None for a text that is to be read.

    Args:
        content: The text.
    """
    medium = medium_of(content)
    return next((each for each in _shipped().values() if medium and each.medium == medium), None)


def kind_of_versions(
    pattern: str | Pattern, kind_name: str = "", versions: Iterable[Text] = ()
) -> Kind:
    """Give the kind of a single text that is refined where a pattern and perhaps a kind are set.

    Args:
        pattern: The pattern, or its name.
        kind_name: As in `kind_of`.
        versions: The versions of the text, worst first. Where they are known to be of a kind that
            is shown otherwise, such as a picture among poems, it is that one.

    Returns:
        As `kind_of` does; but for a kind of chains the default one.
    """
    its = kind_of(pattern, kind_name)
    its = _shipped()[DEFAULT] if its.medium == "chain" else its
    found = (bred_kind(each) or kind_of_form(each.content) for each in reversed([*versions]))
    own = next(filter(None, found), its)
    return its if own.name == OTHER or own.medium == its.medium else own


def set_out(text: Text) -> str:
    """Give a text as it stands on a page: who said a quote, on a line of their own.

    Args:
        text: The text.
    """
    return kind_of_text(text).set_out(text.content)


def headline(text: Text) -> str:
    """Give what stands for a text in a list.

    Args:
        text: The text; one that a person wrote tells itself whether it is looked at.
    """
    return headlines([text])[0]


def headlines(texts: Sequence[Text]) -> list[str]:
    """Give what stands for each of some texts in a list.

    Args:
        texts: The texts, as in `headline`; the kind of those of one brood is found once for all.
    """
    bred: dict[tuple[int, int], Kind | None] = {}
    found = []
    for text in texts:
        origin = _unedited(text).origin
        prompt = id(origin.pattern), id(origin.parents)
        if prompt not in bred or not origin.parents:  # else its own words say of what kind it is
            bred[prompt] = bred_kind(text)
        its = bred[prompt] or kind_of_form(text.content) or _shipped()[DEFAULT]
        medium = None if its.rendered else medium_of(text.content)
        found.append((medium and gist(text.content, medium)) or its.headline(text.content))
    return found


def counted(texts: Sequence[Text]) -> str:
    """Say how many texts there are, with the noun of their kind: "8 poems".

    Texts of several kinds are "texts".

    Args:
        texts: The texts.
    """
    its = {each.name: each for each in map(kind_of_text, texts)}
    one = next(iter(its.values())) if len(its) == 1 else _shipped()[OTHER]
    return one.count(len(texts))


def find_pattern(name: str | Pattern) -> Pattern:
    """Give a pattern by name.

    Args:
        name: A built-in pattern, one of a person's own (`patterns/NAME.toml` beside the
            configuration), that of a kind, the path of a `.toml` file, or a pattern, which is
            given back.

    Raises:
        PatternError: There is none of that name, or its file is wrong.
    """
    if isinstance(name, Pattern):
        return name
    if as_words(name, "The pattern").endswith(".toml"):
        return Pattern.from_file(Path(name))
    return named_pattern(name, more="; or give the path of a .toml file")


def named_pattern(name: str, *, more: str = "") -> Pattern:
    """Give a pattern by its name alone, for names that come from outside; no path is opened.

    Args:
        name: A built-in pattern, one of a person's own (`patterns/NAME.toml` beside the
            configuration), or that of a kind.
        more: What else the hint of the error offers.

    Raises:
        PatternError: There is none of that name, or its file is wrong.
    """
    own = own_patterns()
    if name in own:
        return Pattern.from_file(own[name])
    if name in PATTERNS:
        return PATTERNS[name]
    of_kinds = {each.pattern.name: each.pattern for each in usable_kinds()}
    if name in of_kinds:
        return of_kinds[name]
    there = dict.fromkeys([*PATTERNS, *of_kinds, *own])
    raise PatternError(
        f"There is no pattern {name!r}.", hint=f"There are: {', '.join(there)}{more}."
    )


def pattern_for(
    kind_name: str | Kind | None,
    pattern: str | Pattern | None,
    *,
    to: ModelOperation = Operation.BREED,
) -> Pattern:
    """Give the pattern of a prompt: the one that is named, or else the one of the kind.

    Args:
        kind_name: The kind, its name or the path of its file; None for the default.
        pattern: The pattern, its name or the path of its file, which goes before the kind; None
            for the pattern of the kind.
        to: What is asked for: another text of the kind, a better version, or a worse one.

    Raises:
        InputError: There is no such kind, or its file is wrong.
        PatternError: There is no such pattern, or its file is wrong.
    """
    if pattern is not None:
        with suppress(InputError):  # a pattern that is named needs no kind
            if kind_name and (its := kind(kind_name)).pattern.name == pattern:
                return its.pattern
        return find_pattern(pattern)
    its = kind(kind_name or DEFAULT)
    if to is Operation.BREED or (its.pattern.link and its.pattern.name != "refinements"):
        return its.pattern
    form = find_pattern("refinements" if to is Operation.REFINE else WORSENINGS)
    usual = _shipped()[DEFAULT].label
    if its.pattern.link or its.label == usual or usual not in form.prefix:
        return form
    return replace(
        form,
        prefix=form.prefix.replace(usual, its.label),
        stop=tuple(stop.replace(usual, its.label) for stop in form.stop),
        max_tokens=its.pattern.max_tokens,
        description=form.description.replace(_shipped()[DEFAULT].plural, its.plural),
    )


def _read(path: Path) -> Kind:
    try:
        source = read_bounded(path, most=_MOST_BYTES)[0].decode("utf-8")
    except (InputError, ValueError) as error:  # ValueError: not UTF-8
        raise InputError(
            f"The kind file {path} cannot be read: {str(error).rstrip('.')}.",
            hint="Check that it is there, and UTF-8 text.",
        ) from error
    return read_kind(source, path.stem, where=str(path), find_pattern=_plain_pattern)


def _plain_pattern(name: str) -> Pattern:
    """Give a built-in pattern or one of a person's own, which a kind may name."""
    own = own_patterns()
    if name in own:
        return Pattern.from_file(own[name])
    if name in PATTERNS:
        return PATTERNS[name]
    raise PatternError(
        f"There is no pattern {name!r}.",
        hint=f"There are: {', '.join([*PATTERNS, *own])}; or write a table [pattern].",
    )


def _usable_own() -> list[Kind]:
    found = []
    for path in own_kinds().values():
        with suppress(InputError):
            found.append(_read(path))
    return found


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Kind]:
    """Give the kinds that ship, by name; the default first, and "text" last."""
    names = [PurePath(each.name).stem for each in _HERE.iterdir() if each.name.endswith(".toml")]
    names.sort(key=lambda name: (name == OTHER, name != DEFAULT, name))
    return {
        name: read_kind(
            (_HERE / f"{name}.toml").read_text(encoding="utf-8"),
            name,
            where=f"{name}.toml",
            find_pattern=PATTERNS.__getitem__,
        )
        for name in names
    }
