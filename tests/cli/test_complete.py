"""`flourishing contrast`: two columns where there is room, and one below the other where not."""

from __future__ import annotations

import json
import os
import sys

import click
import pexpect
import pytest
from click.testing import CliRunner, Result

from flourishing import errors
from flourishing.cli.complete import contrast_command
from flourishing.settings import config_path
from tests.cli.conftest import plain
from tests.talker import Talker, describe, talking

PROMPT = "alaska:juneau, ohio:columbus, kansas:"
ANSWER = "The capital of Kansas is Topeka."
_SCRIPT = """
import sys
from flourishing.cli.complete import contrast_command
contrast_command.main(sys.argv[1:])
"""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOURISHING_API_KEY", raising=False)
    monkeypatch.setenv("PLANTED_KEY", "sk-planted")


def contrast(*words: str, stdin: str = "") -> Result:
    given = [*words, "--base", "echo", "--seed", "1"]
    return CliRunner().invoke(contrast_command, given, input=stdin, standalone_mode=False)


def shown(columns: int, talker: Talker, *words: str) -> str:
    """Give what a terminal of so many columns shows."""
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-c", _SCRIPT, PROMPT, "--base", "echo", "--instruct", f"{talker.base}#m", *words],
        env={**os.environ, "NO_COLOR": "1", "TERM": "xterm"},
        encoding="utf-8",
        dimensions=(60, columns),
        timeout=100,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    return plain(child.before or "")


def test_a_pipe_gets_one_below_the_other() -> None:
    with talking(lambda *_: [ANSWER]) as talker:
        done = contrast(PROMPT, "--instruct", f"{talker.base}#m", "-n", "2")
    first, second = done.stdout.split("\n\n")
    assert first.startswith("base model: echo\n")
    assert first.count("\n---\n") == 1
    assert second == f"instruct model: {talker.base}#m\n{ANSWER}\n---\n{ANSWER}\n"
    assert done.exit_code == 0


@pytest.mark.slow
def test_a_wide_terminal_has_both_side_by_side() -> None:
    with talking(lambda *_: [ANSWER]) as talker:
        (heading,) = (
            line for line in shown(160, talker).splitlines() if line.startswith("base model: echo")
        )
        assert f"instruct model: {talker.base}#m" in heading


@pytest.mark.slow
def test_a_narrow_terminal_has_one_below_the_other() -> None:
    with talking(lambda *_: [ANSWER]) as talker:
        lines = shown(60, talker).splitlines()
    assert "base model: echo" in lines
    assert lines.index(ANSWER) > lines.index("base model: echo")


def test_what_a_model_says_cannot_steer_a_terminal() -> None:
    with talking(lambda *_: ["\x1b]0;owned\x07Topeka"]) as talker:
        for columns in (60, 160):
            assert "␛]0;owned␇Topeka" in shown(columns, talker)


def test_as_json_it_is_one_document() -> None:
    with talking(lambda *_: [ANSWER]) as talker:
        describe("instruct", talker)
        document = json.loads(contrast(PROMPT, "-n", "3", "--json").stdout)
    assert document["prompt"] == PROMPT
    assert document["base"]["model"] == "echo"
    assert len(document["base"]["completions"]) == 3
    assert document["instruct"] == {"model": "instruct", "answers": [ANSWER] * 3}
    assert document["trouble"] is None


def test_without_an_instruct_model_the_base_half_is_shown_with_how_to_name_one() -> None:
    done = contrast(PROMPT)
    assert done.exit_code == 0
    assert done.stdout.startswith("base model: echo\n")
    assert "instruct model:" not in done.stdout
    assert "--instruct https://host/v1#model-id" in done.stderr
    assert "[models.instruct]" in done.stderr
    assert config_path().name in done.stderr


def test_an_instruct_model_that_fails_is_an_error_after_the_base_half() -> None:
    with talking(lambda *_: (401, {"error": "no"})) as talker:
        done = contrast(PROMPT, "--instruct", f"{talker.base}#m")
    assert done.stdout.startswith("base model: echo\n")
    assert isinstance(done.exception, errors.AuthError)


def test_a_prompt_may_come_through_a_pipe() -> None:
    with talking(lambda *_: [ANSWER]) as talker:
        contrast("-", "--instruct", f"{talker.base}#m", stdin=PROMPT)
    (body,) = talker.bodies("/chat/completions")
    assert body["messages"][0]["content"] == PROMPT


def test_its_examples_are_in_its_help() -> None:
    assert isinstance(contrast_command, click.Command)
    done = CliRunner().invoke(contrast_command, ["--help"])
    assert 'flourishing contrast "1 2 3 4 5" --instruct' in done.stdout
