"""A wrong file of a kind is refused with the file, the key and the remedy."""

from __future__ import annotations

import pytest

from flourishing.errors import InputError
from flourishing.kinds import read_kind
from flourishing.patterns import PATTERNS

MINIMAL = 'medium = "verse"\npattern = "poems"\n'


def refusal_of(content: str, name: str = "recipe") -> InputError:
    with pytest.raises(InputError) as refusal:
        read_kind(content, name, where="mine.toml", find_pattern=PATTERNS.__getitem__)
    assert "mine.toml" in str(refusal.value)
    assert refusal.value.hint
    return refusal.value


def test_a_medium_and_a_pattern_are_enough() -> None:
    its = read_kind(MINIMAL, "short-poem", where="", find_pattern=PATTERNS.__getitem__)
    assert (its.noun, its.plural, its.title) == ("short poem", "short poems", "Short poems")
    assert its.pattern is PATTERNS["poems"]
    assert its.library == ""


@pytest.mark.parametrize(
    ("content", "said", "hinted"),
    [
        ("medium = verse", "not TOML", "double quotes"),
        ('colour = "red"\n' + MINIMAL, "unknown key 'colour'", "most_lines"),
        ('pattern = "poems"', "no 'medium'", '"verse"'),
        ('medium = "verse"', "no 'pattern'", "[pattern]"),
        ('medium = "film"\npattern = "poems"', "medium is 'film'", "verse, prose"),
        (MINIMAL + 'compare = "looks"', "compare is 'looks'", "letters"),
        (MINIMAL + "noun = 1", "noun is 1", "a text"),
        (MINIMAL + 'plural = " "', "plural is ' '", "a text"),
        (MINIMAL + "most_lines = 0", "most_lines is 0", "1 or more"),
        (MINIMAL + "most_lines = true", "most_lines is True", "whole number"),
        (MINIMAL + 'same_backwards = "no"', "same_backwards is 'no'", "true or false"),
        (MINIMAL + 'implied_by = "poems"', "implied_by is 'poems'", "list"),
        ('medium = "verse"\npattern = 1', "pattern is 1", "[pattern]"),
        ('medium = "verse"\npattern = "sequence"', "lists chains", "link"),
        ('medium = "chain"\npattern = "poems"', "single texts", "link"),
        ('medium = "verse"\n[pattern]\nprefix = "a"', "no 'separator'", "Add"),
        ('medium = "verse"\n[pattern]\nseparator = ""', "no separator", "between"),
    ],
)
def test_a_wrong_file_is_refused_by_what_is_wrong(content: str, said: str, hinted: str) -> None:
    error = refusal_of(content)
    assert said in str(error)
    assert hinted in error.hint


@pytest.mark.parametrize("name", ["", "My Kind", "a/b", "é", "a" * 50])
def test_a_name_that_no_kind_can_have_is_refused(name: str) -> None:
    assert "name" in str(refusal_of(MINIMAL, name))
