"""`flourishing taste`."""

from __future__ import annotations

from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse
from tests.garden.broods import tended

ECHO = ("--model", "echo")
SEA = [f"the grey sea and the waves {at}" for at in range(10)]
BREAD = [f"warm bread from the oven {at}" for at in range(10)]


def test_with_few_marks_it_cannot_tell(ask: Ask) -> None:
    ask("garden", "add", "one", "two")
    told = ask("taste", *ECHO).out
    assert told.startswith("It cannot tell yet: there are 2 marks")
    assert "2 kept, 0 dropped" in told


def test_it_says_how_well_it_predicts_and_shows_both_ends(ask: Ask) -> None:
    ask("garden", "add", *SEA, *BREAD)
    ask("garden", "drop", *range(11, 21))
    told = ask("taste", *ECHO, "-n", 1).out
    assert "of unseen pairs" in told
    assert "10 kept, 10 dropped" in told
    best, worst = told.partition("And least:")[::2]
    assert "sea" in best
    assert "bread" in worst
    plain = ask("taste", *ECHO, "--json").json
    assert plain["can_tell"] is True
    assert plain["accuracy"]["low"] > 0.5
    assert len(plain["best"]) == len(plain["worst"]) == 3
    assert ask("garden", "--json").json["kept"] == 10


def test_only_what_was_marked_in_beds_of_a_kind_counts(ask: Ask, refuse: Refuse) -> None:
    ask("garden", "add", *SEA)
    with open_garden() as garden:
        tended(garden)
    assert "10 kept, 10 dropped" in ask("taste", "--kind", "poem", *ECHO).out
    assert "0 kept, 0 dropped" in ask("taste", "--kind", "word", *ECHO).out
    assert "sonata" in refuse("taste", "--kind", "sonata", *ECHO)


def test_a_bed_that_is_not_there_is_refused(ask: Ask, refuse: Refuse) -> None:
    ask("garden", "add", "one")
    assert "winter" in refuse("taste", "--bed", "winter", *ECHO)
