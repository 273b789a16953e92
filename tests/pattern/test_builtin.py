"""The patterns that ship."""

from __future__ import annotations

import pytest

from flourishing.pattern import PATTERNS, Pattern

EVERY = pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)


def test_everything_that_the_post_breeds_has_a_pattern() -> None:
    named = {"list", "poems", "quotes", "stories", "prompts", "mapping", "sequence"}
    assert named | {"refinements", "functions", "lines"} == set(PATTERNS)


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
