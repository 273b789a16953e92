from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Ask, Refuse, Run
from tests.marks import first_cases

ECHO = ("--model", "echo")


def test_help_says_what_there_is(flourishing: Run) -> None:
    out = flourishing("--help").stdout
    for command in ("breed", "complete", "garden", "library", "patterns", "refine"):
        assert command in out


def test_an_unknown_command_is_a_usage_error(flourishing: Run) -> None:
    assert "No such command" in flourishing("bred", code=2).stderr


class TestComplete:
    def test_writes_one_completion_a_line_to_stdout_and_nothing_else(self, ask: Ask) -> None:
        done = ask("complete", "|cat|elephant|rabbit|", "-n", "3", *ECHO)
        assert len(done.out.splitlines()) == 3
        assert "|" not in done.out
        assert done.err == ""

    def test_json_is_one_document(self, ask: Ask) -> None:
        out = ask("complete", "|cat|dog|", "-n", "2", "--json", *ECHO).out
        document = json.loads(out)
        assert document["prompt"] == "|cat|dog|"
        assert len(document["completions"]) == 2

    def test_a_seed_gives_the_same_again(self, ask: Ask) -> None:
        words = ("complete", "|cat|elephant|rabbit|", "-n", "4", "--seed", "5", *ECHO)
        assert ask(*words).out == ask(*words).out

    def test_reads_the_prompt_from_stdin(self, ask: Ask) -> None:
        assert ask("complete", "-", *ECHO, stdin="|cat|dog|").out.strip()

    def test_stops_where_it_is_told(self, ask: Ask) -> None:
        out = ask("complete", "aaab aaab", "--stop", "b", *ECHO).out
        assert "b" not in out

    @pytest.mark.slow
    @pytest.mark.engine
    def test_runs_on_the_embedded_model_and_is_silent_to_a_pipe(self, flourishing: Run) -> None:
        done = flourishing("complete", "|cat|elephant|rabbit|dog|", "-n", "3", "--model", "local")
        assert len(done.stdout.splitlines()) == 3
        assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    first_cases(
        10,
        [
            (("breed", "-n", "0"), 2, "0 offspring"),
            (("breed", "-n", "-1"), 2, "-1 offspring"),
            (("breed", "-n", "10000"), 2, "10,000 offspring"),
            (("breed", "cat", "a|b"), 2, "Text 2 contains the separator '|'"),
            (("breed", " "), 2, "blank"),
            (("breed", "cat", "--from", "imagists"), 2, "not both"),
            (("breed", "--from", "nowhere.txt"), 2, "no collection and no file"),
            (("breed", "--pattern", "sonnets"), 2, "no pattern 'sonnets'"),
            (("breed", "-i", "--json"), 2, "do not go together"),
            (("breed", "--temperature", "-1"), 2, "temperature cannot be -1"),
            (("breed", "--xtc", "1.5"), 2, "Give a number from 0 to 1"),
            (("breed", "cat", "-n", "eight"), 2, "'eight' is not a valid integer"),
            (("breed", "--model", "gpt"), 1, "no model 'gpt'"),
            (("breed", "--model", "nowhere.gguf"), 1, "no model file"),
            (("complete", ""), 2, "prompt is empty"),
            (("complete", "|a|b|", "--stop", ""), 2, "stop is empty"),
            (("complete", "|a|b|", "-n", "0"), 2, "0 responses"),
            (("complete", "|a|b|", "--seed", "-3"), 2, "seed cannot be -3"),
            (("breed", "--choose", "nearest"), 2, "no text to choose the nearest"),
            (("breed", "--take", "0"), 2, "--take"),
            (("breed", "--from", "refinements"), 2, "is of chains"),
            (("breed", "12"), 2, "no text 12"),
            (("breed", "9" * 19), 2, "no text 999"),
            (("breed", "9" * 5000), 2, "no text 999"),
            (("refine", "12"), 2, "no text 12"),
            (("refine", " "), 2, "blank"),
            (("refine",), 2, "Missing argument"),
            (("refine", "-"), 2, "no versions"),
            (("refine", "-n", "0", "dove"), 2, "0 offspring"),
            (("patterns", "sonnets"), 2, "no pattern 'sonnets'"),
        ],
    ),
)
def test_bad_input_is_one_clear_error_with_a_hint(
    refuse: Refuse, words: tuple[str, ...], code: int, said: str
) -> None:
    model = () if "--model" in words or words[0] == "patterns" else ECHO
    assert said in refuse(*words, *model, code=code)


@pytest.mark.parametrize(
    ("words", "code"),
    first_cases(
        2,
        [
            (("breed", "-n", "0", *ECHO), 2),
            (("breed", "--nowhere"), 2),
            (("breed", "--model", "gpt"), 1),
            (("garden", "list", "--garden", __file__), 1),
        ],
    ),
)
def test_an_error_is_said_on_stderr_with_its_code(
    flourishing: Run, words: tuple[str, ...], code: int
) -> None:
    done = flourishing(*words, code=code)
    assert len(done.stderr.splitlines()) >= 2
    assert done.stdout == ""


def test_undecodable_bytes_are_refused(flourishing: Run) -> None:
    done = flourishing("breed", "--from", "-", *ECHO, stdin=b"a poem \xff\xfe", code=2)
    assert "UTF-8" in done.stderr


@pytest.mark.slow
def test_a_reader_that_has_had_enough_is_no_error(flourishing: Run) -> None:
    import subprocess
    import sys

    command = f"{sys.executable} -m flourishing patterns | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout.startswith("list")
    assert "Traceback" not in done.stderr


class TestPatterns:
    def test_lists_what_ships(self, ask: Ask) -> None:
        out = ask("patterns").out
        for name in ("list", "poems", "lines", "mapping", "sequence", "refinements", "functions"):
            assert name in out

    def test_shows_the_prompt_it_makes(self, ask: Ask) -> None:
        assert ask("patterns", "sequence", "1:2", "a").out == "1:2,a:\n"

    def test_shows_a_pattern_as_data(self, ask: Ask) -> None:
        pattern = json.loads(ask("patterns", "poems", "--json").out)
        assert pattern["separator"] == "\n---\n"
        assert pattern["prompt"] is None


@pytest.mark.parametrize("piped", ["|cat|dog|\n", "|cat|dog|"])
def test_a_prompt_from_echo_is_the_one_that_was_typed(ask: Ask, piped: str) -> None:
    def completed(*words: str, stdin: str = "") -> Any:
        return ask("complete", *words, "--seed", "3", "--json", *ECHO, stdin=stdin).json

    assert completed("-", stdin=piped) == completed("|cat|dog|")


def test_a_prompt_from_a_pipe_that_ends_in_its_rule_keeps_it(ask: Ask) -> None:
    given = "a poem:\nx\n---\na poem:\ny\n---\n"
    said = ask("complete", "-", "--json", *ECHO, stdin=given).json
    assert said["prompt"] == given
    assert "---" not in said["completions"][0]
