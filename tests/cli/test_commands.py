from __future__ import annotations

import json
from pathlib import Path

import pytest

from flourishing.pattern import PATTERNS
from tests.cli.conftest import Run

ECHO = ("--model", "echo")


def test_alone_it_says_what_there_is(flourishing: Run) -> None:
    out = flourishing().stdout
    assert out == flourishing("--help").stdout
    for command in ("breed", "complete", "patterns"):
        assert command in out


@pytest.mark.parametrize("command", ["breed", "complete", "patterns"])
def test_each_command_has_help(flourishing: Run, command: str) -> None:
    assert "Usage:" in flourishing(command, "--help").stdout


def test_an_unknown_command_is_a_usage_error(flourishing: Run) -> None:
    assert "No such command" in flourishing("bred", code=2).stderr


class TestComplete:
    def test_writes_one_completion_a_line_to_stdout_and_nothing_else(
        self, flourishing: Run
    ) -> None:
        done = flourishing("complete", "|cat|elephant|rabbit|", "-n", "3", *ECHO)
        assert len(done.stdout.splitlines()) == 3
        assert "|" not in done.stdout
        assert done.stderr == ""

    def test_json_is_one_document(self, flourishing: Run) -> None:
        out = flourishing("complete", "|cat|dog|", "-n", "2", "--json", *ECHO).stdout
        document = json.loads(out)
        assert document["prompt"] == "|cat|dog|"
        assert len(document["completions"]) == 2

    def test_a_seed_gives_the_same_again(self, flourishing: Run) -> None:
        words = ("complete", "|cat|elephant|rabbit|", "-n", "4", "--seed", "5", *ECHO)
        assert flourishing(*words).stdout == flourishing(*words).stdout

    def test_reads_the_prompt_from_stdin(self, flourishing: Run) -> None:
        assert flourishing("complete", "-", *ECHO, stdin="|cat|dog|").stdout.strip()

    def test_stops_where_it_is_told(self, flourishing: Run) -> None:
        out = flourishing("complete", "aaab aaab", "--stop", "b", *ECHO).stdout
        assert "b" not in out

    @pytest.mark.engine
    def test_runs_on_the_embedded_model_and_is_silent_to_a_pipe(self, flourishing: Run) -> None:
        done = flourishing("complete", "|cat|elephant|rabbit|dog|", "-n", "3", "--model", "local")
        assert len(done.stdout.splitlines()) == 3
        assert done.stderr == ""


class TestBreed:
    def test_words_on_the_command_line_are_a_list(self, flourishing: Run) -> None:
        out = flourishing("breed", "cat", "dog", "--show-prompt").stdout
        assert out == "|cat|dog|\n"

    def test_a_text_of_several_lines_is_a_poem(self, flourishing: Run) -> None:
        out = flourishing("breed", "the fog\ncomes", "--show-prompt").stdout
        assert out == "a poem:\nthe fog\ncomes\n---\na poem:\n\n"

    def test_without_parents_it_breeds_from_what_ships(self, flourishing: Run) -> None:
        prompt = flourishing("breed", "--show-prompt", "--seed", "1").stdout
        assert prompt == flourishing("breed", "--show-prompt", "--seed", "1").stdout
        assert len(PATTERNS["poems"].parse(prompt.removesuffix("\n"))) == 6
        every = flourishing("breed", "--show-prompt", "--take", "1000").stdout
        assert "Petals on a wet, black bough." in every

    def test_json_holds_the_whole_brood(self, flourishing: Run) -> None:
        words = ("breed", "cat", "elephant", "-n", "3", "--start", "a ", "--json", *ECHO)
        brood = json.loads(flourishing(*words).stdout)
        assert len(brood["offspring"]) == 3
        assert [each["content"] for each in brood["parents"]] == ["cat", "elephant"]
        assert brood["prompt"] == "|cat|elephant|a"
        for offspring in brood["offspring"]:
            assert offspring["content"].startswith("a")
            assert offspring["origin"]["parents"] == [each["digest"] for each in brood["parents"]]
            assert offspring["origin"]["prompt"] == brood["prompt"]

    def test_takes_the_texts_of_a_file_apart(self, flourishing: Run, tmp_path: Path) -> None:
        poems = tmp_path / "poems.txt"
        poems.write_text("the fog\ncomes\n---\na wet,\nblack bough\n---\n", encoding="utf-8")
        out = flourishing("breed", "--from", str(poems), "--show-prompt").stdout
        assert out.startswith("a poem:\nthe fog\ncomes\n---\na poem:\na wet,\nblack bough\n---\n")

    def test_what_it_writes_it_can_read(self, flourishing: Run) -> None:
        written = flourishing("breed", "-n", "3", "--seed", "1", *ECHO).stdout
        again = flourishing("breed", "--from", "-", "--show-prompt", stdin=written).stdout
        poems = written.removesuffix("\n").split("\n---\n")
        assert again == PATTERNS["poems"].render(poems) + "\n"

    def test_a_pattern_of_ones_own(self, flourishing: Run, tmp_path: Path) -> None:
        file = tmp_path / "riddles.toml"
        file.write_text('name = "riddles"\nprefix = "riddle: "\nseparator = "\\n"\n')
        out = flourishing("breed", "what?", "--pattern", str(file), "--show-prompt").stdout
        assert out == "riddle: what?\nriddle:\n"

    def test_flaws_are_told_on_stderr(self, flourishing: Run) -> None:
        done = flourishing("breed", "aa", "-n", "2", "--refills", "0", "--seed", "1", *ECHO)
        assert "could not be had without a flaw" in done.stderr

    @pytest.mark.engine
    def test_breeds_poems_on_the_embedded_model(self, flourishing: Run) -> None:
        out = flourishing("breed", "-n", "2", "--start", "the sea", "--json").stdout
        brood = json.loads(out)
        assert brood["model"] == "local"
        assert all(each["content"].startswith("the sea") for each in brood["offspring"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
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
        (("breed", "--model", "gpt"), 1, "no model 'gpt'"),
        (("breed", "--model", "nowhere.gguf"), 1, "no model file"),
        (("complete", ""), 2, "prompt is empty"),
        (("complete", "|a|b|", "--stop", ""), 2, "stop is empty"),
        (("complete", "|a|b|", "-n", "0"), 2, "0 responses"),
        (("complete", "|a|b|", "--seed", "-3"), 2, "seed cannot be -3"),
        (("patterns", "sonnets"), 2, "no pattern 'sonnets'"),
    ],
)
def test_bad_input_is_one_clear_error_with_a_hint(
    flourishing: Run, words: tuple[str, ...], code: int, said: str
) -> None:
    model = () if "--model" in words or words[0] == "patterns" else ECHO
    done = flourishing(*words, *model, code=code)
    assert said in done.stderr
    assert done.stdout == ""


def test_undecodable_bytes_are_refused(flourishing: Run) -> None:
    done = flourishing("breed", "--from", "-", *ECHO, stdin=b"a poem \xff\xfe", code=2)
    assert "UTF-8" in done.stderr


def test_a_reader_that_has_had_enough_is_no_error(flourishing: Run) -> None:
    import subprocess
    import sys

    command = f"{sys.executable} -m flourishing patterns | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout.startswith("list")
    assert "Traceback" not in done.stderr


class TestPatterns:
    def test_lists_what_ships(self, flourishing: Run) -> None:
        out = flourishing("patterns").stdout
        for name in ("list", "poems", "lines", "mapping", "sequence", "refinements", "functions"):
            assert name in out

    def test_shows_the_prompt_it_makes(self, flourishing: Run) -> None:
        assert flourishing("patterns", "sequence", "1:2", "a").stdout == "1:2,a:\n"

    def test_shows_a_pattern_as_data(self, flourishing: Run) -> None:
        pattern = json.loads(flourishing("patterns", "poems", "--json").stdout)
        assert pattern["separator"] == "\n---\n"
        assert pattern["prompt"] is None
