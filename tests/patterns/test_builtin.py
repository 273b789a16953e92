"""The patterns that ship."""

from __future__ import annotations

import pytest

from flourishing.patterns import PATTERNS, Pattern

EVERY = pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)


def test_everything_that_the_post_breeds_has_a_pattern() -> None:
    named = {"list", "poems", "quotes", "stories", "prompts", "mapping", "sequence"}
    assert named | {"refinements", "worsenings", "functions", "lines"} == set(PATTERNS)


def test_every_pattern_is_found_under_its_own_name() -> None:
    assert all(pattern.name == name for name, pattern in PATTERNS.items())


@EVERY
def test_every_pattern_says_in_one_line_what_it_is_for(pattern: Pattern) -> None:
    assert pattern.description.endswith((".", "|", ":"))
    assert "\n" not in pattern.description


@EVERY
def test_no_text_that_may_be_rendered_would_have_been_cut_by_a_stop_but_the_listed(
    pattern: Pattern,
) -> None:
    assert any(stop in pattern.separator for stop in pattern.stop)


@EVERY
def test_what_a_pattern_makes_every_text_begin_with_is_not_cut_by_its_own_stops(
    pattern: Pattern,
) -> None:
    beginning = pattern.start or "a"
    assert pattern.read(f"{beginning} x") == f"{beginning} x"


@pytest.mark.parametrize(("name", "word"), [("refinements", "better"), ("worsenings", "worse")])
def test_a_version_ends_where_the_model_goes_on_with_another(name: str, word: str) -> None:
    pattern = PATTERNS[name]
    assert pattern.link == f"\n\n{word}:\n"
    for more in (f"\n\n{word}:\nhen", f"\n{word}:\nhen", "\n---\na poem:\n", "\na poem:\nhen"):
        assert pattern.read(f"a dove\n{word} than most{more}") == f"a dove\n{word} than most"
