"""Tasks for prompts, and the measure: how likely a model finds the expected answers."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import flourishing as fl
from flourishing.errors import EngineError, InputError
from flourishing.models import BaseModel, Score, TokenLogprob
from flourishing.selection.prompt_task import (
    Part,
    PromptFigures,
    PromptTask,
    ask,
    measure_prompt,
    named_task,
    prompt_task,
    prompt_tasks,
)
from flourishing.settings import tasks_path

OPPOSITES = PromptTask(
    examples=[("hot", "cold"), ("up", "down"), ("sad", "happy", "glad"), ("in", "out")]
)


@dataclass
class Knower(BaseModel):
    """A model that knows opposites where it is asked for them; each answer has two tokens."""

    name: str = "knower"
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def complete(self, *_: object, **__: object) -> AsyncGenerator[fl.Event]:
        raise NotImplementedError

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        self.asked.append((prompt, tuple(continuations)))
        right = {"hot": "cold", "up": "down", "sad": "glad", "in": "out"}
        known = {word for word in right if word in prompt.split()}
        likely = {right[word] for word in known} if "opposite" in prompt else set()

        def score(text: str) -> Score:
            logprob = -0.5 if text.strip() in likely else -3.0
            return Score(
                text, (TokenLogprob("a", logprob - 0.25), TokenLogprob("b", logprob + 0.25))
            )

        return tuple(map(score, continuations))


def measured(prompt: str, part: Part = "training", *, ranked: bool = True) -> PromptFigures:
    return asyncio.run(measure_prompt(prompt, OPPOSITES, Knower(), part=part, ranked=ranked))


def test_the_figure_is_the_mean_log_probability_of_a_token() -> None:
    right = measured("the opposite of {input} is")
    assert right.logprob == pytest.approx(-0.5)
    assert (right.accuracy, right.rank) == (1, 1)
    wrong = measured("the colour of {input} is")
    assert wrong.logprob == pytest.approx(-3)
    assert wrong.accuracy == 0  # a wrong answer is as likely
    assert right.model == "knower"


def test_held_out_inputs_are_others_than_those_of_training() -> None:
    training, held_out = measured("{input}"), measured("{input}", "held-out")
    assert [each.input for each in training.inputs] == ["hot", "sad"]
    assert [each.input for each in held_out.inputs] == ["up", "in"]


def test_of_several_right_answers_the_likeliest_counts() -> None:
    sad = measured("the opposite of {input} is").inputs[1]
    assert sad.answers == ("happy", "glad")
    assert sad.logprob == pytest.approx(-0.5)
    assert sad.rank == 1


def test_without_ranks_only_the_expected_answers_are_scored() -> None:
    model = Knower()
    found = asyncio.run(measure_prompt("{input}:", OPPOSITES, model, ranked=False))
    assert model.asked == [("hot:", (" cold",)), ("sad:", (" happy", " glad"))]
    assert (found.accuracy, found.rank) == (None, None)


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("The opposite of {input} is ", "The opposite of hot is"),
        ("{input} or {input}", "hot or hot"),
        ("Write the opposite.", "Write the opposite.\n\nInput: hot\nOutput:"),
        ("", "Input: hot\nOutput:"),
    ],
)
def test_the_input_stands_where_the_prompt_says_or_after_it(prompt: str, asked: str) -> None:
    assert ask(prompt, "hot") == asked


def test_no_blank_stands_before_an_answer_in_quotation_marks() -> None:
    model = Knower()
    asyncio.run(measure_prompt('not "{input}", but "', OPPOSITES, model, ranked=False))
    assert model.asked[0][1] == ("cold",)


def test_an_input_that_a_prompt_gives_away_does_not_count() -> None:
    found = measured("As cold is the opposite of Hot, {input} is the opposite of")
    assert found.given_away == ("hot",)
    assert [each.input for each in found.inputs] == ["sad"]
    all_away = measured("hot cold sad happy {input}")
    assert (all_away.logprob, all_away.accuracy, all_away.inputs) == (None, None, ())
    assert measured("a cold day: {input}").given_away == ()


def test_a_model_without_log_probabilities_is_refused_with_a_remedy() -> None:
    class Mute(BaseModel):
        name = "mute"

        def complete(self, *_: object, **__: object) -> AsyncGenerator[fl.Event]:
            raise NotImplementedError

    with pytest.raises(EngineError, match="'mute' gives no log-probabilities") as refusal:
        asyncio.run(measure_prompt("{input}", OPPOSITES, Mute()))
    assert "local" in refusal.value.hint


# The tasks.


@pytest.mark.parametrize("name", prompt_tasks())
def test_every_task_that_ships_is_whole(name: str) -> None:
    task = prompt_task(name)
    assert len(task.part("training")) == len(task.part("held-out")) == 16
    assert len(task.by_hand) >= 6
    assert task.title != task.name
    answers = [answer for each in task.part("held-out") for answer in each.answers]
    assert all(each.input not in each.answers for each in task.part("training"))
    assert answers


def test_a_task_of_ones_own_is_a_file_with_tabs_or_toml(tmp_path: Path) -> None:
    lines = tmp_path / "french.tsv"
    lines.write_text("cat\tchat\ndog\tchien\n\nbread \t pain\tdu pain\n", encoding="utf-8")
    task = fl.prompt_task(lines)
    assert task.name == "french"
    assert [each.answers for each in task.part()] == [("chat",), ("pain", "du pain")]
    toml = tmp_path / "latin.toml"
    toml.write_text('title = "Latin"\nexamples = [["cat", "felis"], ["dog", "canis"]]\n')
    assert fl.prompt_task(str(toml)).title == "Latin"
    assert fl.prompt_task(task) is task


def test_a_task_in_the_folder_beside_the_configuration_is_found_by_its_name() -> None:
    tasks_path().mkdir(parents=True)
    (tasks_path() / "french.tsv").write_text("cat\tchat\ndog\tchien\n", encoding="utf-8")
    assert "french" in fl.prompt_tasks()
    assert named_task("french").part()[0].answers == ("chat",)


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("cat chat\ndog\tchien\n", "Line 1 has no tab: 'cat chat'", "a tab"),
        ("cat\tchat\n", "cannot have 1 examples", "from 2"),
        ("cat\tchat\ncat\tminou\n", "Example 2 has the input 'cat' once more", "all of its"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(
    tmp_path: Path, content: str, message: str, hint: str
) -> None:
    path = tmp_path / "wrong.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as refusal:
        fl.prompt_task(path)
    assert "wrong.tsv" in str(refusal.value)
    assert hint in refusal.value.hint


def test_an_unknown_task_names_those_that_there_are() -> None:
    with pytest.raises(InputError, match="no task 'opposites'") as refusal:
        fl.prompt_task("opposites")
    assert "antonyms" in refusal.value.hint
    with pytest.raises(InputError, match="no task"):
        named_task("../secret.toml")  # a name from outside opens no path


def test_an_example_without_an_answer_is_refused() -> None:
    with pytest.raises(InputError, match="Example 2 has no answer"):
        PromptTask(examples=[("hot", "cold"), ("up",)])


def test_figures_and_tasks_are_plain_data_for_json() -> None:
    table = measured("the opposite of {input} is").as_dict()
    assert table["accuracy"] == 1
    assert math.isclose(float(str(table["logprob"])), -0.5)
    assert OPPOSITES.as_dict()["examples"] == [
        ["hot", "cold"],
        ["up", "down"],
        ["sad", "happy", "glad"],
        ["in", "out"],
    ]
