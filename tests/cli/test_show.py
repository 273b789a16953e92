from __future__ import annotations

import pytest

from flourishing.cli.show import printable


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\x07", "\r", "\x9b31m", "\u202e", "\u2066", "\u061c", "\x7f"]
)
def test_what_would_act_on_a_terminal_is_shown_instead(hostile: str) -> None:
    shown = printable(f"a{hostile}b")
    assert shown.isprintable()
    assert shown.startswith("a")
    assert shown.endswith("b")


def test_verse_stays_as_it_is() -> None:
    verse = "the “sea” —\n\tשלום 🌊 é"
    assert printable(verse) == verse
