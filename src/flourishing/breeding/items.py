"""What callers breed from: texts and chains of texts, checked where they enter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from flourishing.arguments import as_list, as_words
from flourishing.chain import Chain
from flourishing.errors import InputError, TextError
from flourishing.text import Text, require_unicode

Parent: TypeAlias = str | Text
Versions: TypeAlias = Chain | Sequence[Parent]
"""The versions of one text, worst first."""
Parents: TypeAlias = Iterable[Parent | Versions]
"""Texts, or chains of texts; a collection or a brood will do."""
Items: TypeAlias = list[Text] | list[Chain]
Examples: TypeAlias = Iterable[Versions | Iterable[Versions | Text]]
"""Chains that show what getting better looks like, each from worst to best; or groups of them."""


def as_items(parents: Iterable[object]) -> Items:
    """Take parents as texts, or as chains of texts.

    Raises:
        InputError: There are none.
        TextError: One is blank, or has a lone surrogate.
    """
    given = "no parents"
    if isinstance(parents, str | Text):
        given = f"the single text {str(parents)[:40]!r}" if str(parents) else given
        parents = []
    parents = as_list(parents, "The parents")
    if not parents:
        raise InputError(
            f"There is nothing to breed from: {given}.",
            hint="Give a list of texts, worst first; one is enough to begin with.",
        )
    texts: list[Text] = []
    chains: list[Chain] = []
    for i, parent in enumerate(parents, start=1):
        if isinstance(parent, str | Text):
            texts.append(_as_text(parent, f"Parent {i}"))
        else:
            chains.append(as_chain(parent, f"chain {i}"))  # type: ignore[arg-type]  # it refuses what is no text
    if texts and chains:
        raise InputError(
            "Some of the parents are single texts, and some are chains.",
            hint="Give all of them as texts, or all of them as lists of versions.",
        )
    return texts or chains


def as_chain(versions: Parent | Versions, name: str) -> Chain:
    """Take the versions of a text as a chain; a single text is a chain of one version.

    Args:
        versions: The versions, worst first.
        name: What to call the chain in an error.

    Raises:
        InputError: There are none.
        TextError: One is blank, or has a lone surrogate.
    """
    if isinstance(versions, str | Text):
        versions = [versions]
    given = as_list(versions, f"{name[:1].upper()}{name[1:]}")
    texts = tuple(_as_text(each, f"Version {j} of {name}") for j, each in enumerate(given, 1))
    if not texts:
        raise InputError(
            f"{name[:1].upper()}{name[1:]} is empty.", hint="Give it at least one version."
        )
    return Chain(texts, versions.source if isinstance(versions, Chain) else None)


def as_examples(examples: Examples) -> list[Chain]:
    """Take example chains as chains of texts.

    Args:
        examples: Chains, as chains or as lists of versions, and groups of them, such as a
            collection among chains; the groups are opened, in their order.

    Raises:
        InputError: One is a single text, or has no versions, or mixes versions and chains.
        TextError: A version is blank, or has a lone surrogate.
    """
    chains: list[Chain] = []
    for number, each in enumerate(as_list(examples, "The examples"), start=1):
        if isinstance(each, str | Text):
            raise InputError(
                f"Example {number} is the single text {str(each)[:40]!r}, not a chain.",
                hint="Give a list of chains, each a list of versions from worst to best.",
            )
        chains += _opened(each, f"example {number}")
    return chains


def _opened(given: Versions | Iterable[Versions | Text], name: str) -> list[Chain]:
    """Take one chain, or all chains of a group."""
    if isinstance(given, Chain):
        return [as_chain(given, name)]
    items: list[object] = as_list(given, f"{name[:1].upper()}{name[1:]}")
    singles = [isinstance(each, str | Text) for each in items]
    if not any(singles) and any(isinstance(each, Iterable) for each in items):
        return as_examples(items)  # type: ignore[arg-type]  # it looks at each of them
    if not all(singles) and any(isinstance(each, Chain | list | tuple) for each in items):
        raise InputError(
            f"{name[:1].upper()}{name[1:]} mixes texts with chains.",
            hint="Put the versions of each text into a list of their own.",
        )
    return [as_chain(items, name)]  # type: ignore[arg-type]  # it refuses what is no text


def turned_round(chain: Chain) -> Chain:
    """Give the chain with its best version first."""
    return Chain(chain.versions[::-1], chain.source)


def _as_text(parent: Parent, name: str) -> Text:
    if not isinstance(parent, Text):
        require_unicode(as_words(parent, name), name)
    text = parent if isinstance(parent, Text) else Text(parent)
    if not text.content.strip():
        raise TextError(f"{name} is blank.", hint="Leave it out, or write something there.")
    return text
