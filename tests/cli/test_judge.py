"""`flourishing judge`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ask, Refuse

ECHO = ("--model", "echo")
TEXTS = [
    *((f"the grey sea {at}", "yes") for at in range(12)),
    *((f"warm bread {at}", "no") for at in range(12)),
]
JUDGE = 'question = "Is it about the sea?"\nanswers = ["yes", "no"]\n'


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    path.write_text("text,answer\n" + "".join(f"{text},{answer}\n" for text, answer in TEXTS))
    return path


@pytest.fixture
def judge(tmp_path: Path) -> Path:
    path = tmp_path / "sea.toml"
    path.write_text(f"{JUDGE}examples = [['waves', 'yes'], ['rye', 'no']]\n")
    return path


def test_it_prints_agreement_confusion_and_bias(ask: Ask, judge: Path, table: Path) -> None:
    told = ask("judge", "check", judge, table, *ECHO).out
    assert told.startswith("It agrees with you in ")
    assert "of 24 texts; guessing gives 50%: " in told
    assert "Without calibration: " in told
    assert "Judged by echo after 2 examples." in told
    rows = {
        line.split("  ")[0]: line.split()
        for line in told.splitlines()
        if line[:3] in ("yes", "no ")
    }
    assert set(rows) == {"yes", "no"}
    assert "it says yes" in told
    assert "it, calibrated" in told


def test_labels_alone_are_enough_with_a_question(ask: Ask, table: Path) -> None:
    told = ask("judge", "check", table, "--question", "Sea?", "--each", 3, *ECHO, "--json").json
    assert told["question"] == "Sea?"
    assert told["answers"] == ["yes", "no"]
    assert len(told["examples"]) == 6
    assert told["check"]["texts"] == 18
    assert sum(sum(row.values()) for row in told["check"]["confusion"].values()) == 18


def test_the_judges_own_file_may_have_the_labelled_texts(ask: Ask, judge: Path) -> None:
    judge.write_text(judge.read_text() + f"labelled = {json.dumps(TEXTS)}\n")
    told = ask("judge", "check", judge, *ECHO, "--chosen", "no", "--json").json
    assert told["chosen"] == "no"
    assert told["check"]["texts"] == 24
    assert told["check"]["order"]["answer"] == "no"


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (("sea.toml",), "no texts with labels"),
        (("labelled.csv",), "--question"),
        (("labelled.csv", "labelled.csv", "--question", "Sea?"), "--question"),
        (("sea.toml", "labelled.csv", "--question", "Sea?"), "a question of its own"),
        (("sea.toml", "labelled.csv", "--chosen", "maybe"), "maybe"),
        (("none.toml",), "none.toml"),
        (("sea.toml", "none.csv"), "none.csv"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_words(
    refuse: Refuse,
    monkeypatch: pytest.MonkeyPatch,
    judge: Path,
    table: Path,
    words: tuple[str, ...],
    word: str,
) -> None:
    assert judge.parent == table.parent
    monkeypatch.chdir(judge.parent)
    assert word in refuse("judge", "check", *words, *ECHO)
