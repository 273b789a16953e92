"""Every call that the post prints, on the embedded model: each answer has the printed shape."""

from __future__ import annotations

import pytest

import flourishing as fl
from flourishing.models import BaseModel
from tests.marks import slow_cases

SEEDS = (1, *slow_cases([2]))
N = 8

LISTS = (
    "|cat|elephant|rabbit|dog|",
    "|madam|racecar|kayak|",
    "|she danced with ease|the dark clouds parted|my favorite cat meowed|",
    "|cat|dog|rabbit|wolf|",
    "|tiger|elephant|wolf|bear|",
    "|elephant|bear|crocodile|mammoth|",
    "|mammoth crocodile|mongoose-bear|rhinoceros tiger|",
)
CHAINS = (
    "alaska:juneau, ohio:columbus, kansas:",
    "drip:gush::dent:destroy, walk:legs::chew:",
    "fatther:father,picle:pickle,cheeese:",
    "ciao:goodbye,hola:hello,zwei:two,fromage:",
    "1:2:3,z:y:x,ice:water:",
    "1:2:3:4,z:y:x:w,ice:water:steam:",
    "1:2:3:4:5,z:y:x:w:v,ice:water:steam:superheated_steam:",
)
SEEDED = [
    "like the fox\nI run with the hunted\nand if I'm not\nthe happiest man\non earth",
    "Sometimes hidden from me\nin daily custom and in trust,\nso that I live by you unaware",
]
WORSE = "A big ol' dove jumps up\nfrom the green green bushes, startled by me"
DOVE = "A dove flies up\nfrom the hedgerow, startled by me"
REFINED = "startled, A dove springs out\nfrom the naked branches\n& then off into the sky"
EXAMPLES = [
    ["the rain it rains on all the fields", "rain on the fields", "rain, and the fields drink"],
    ["I am so very sad at night", "at night I am sad", "night: the sadness I keep"],
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("prompt", [*LISTS[:2], *slow_cases(LISTS[2:])])
def test_a_list_of_the_post_gives_one_more_of_its_kind_each(
    local: BaseModel, prompt: str, seed: int
) -> None:
    answers = fl.base_model(prompt, responses=N, seed=seed, model=local)
    assert len(answers) == N
    assert all(answer.strip() == answer != "" for answer in answers)
    assert not any(mark in answer for answer in answers for mark in "|\n")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("prompt", [*CHAINS[:2], *slow_cases(CHAINS[2:])])
def test_a_chain_of_the_post_gives_one_next_item_each(
    local: BaseModel, prompt: str, seed: int
) -> None:
    answers = fl.base_model(prompt, responses=N, seed=seed, model=local)
    assert len(answers) == N
    assert all(answer.strip() == answer != "" for answer in answers)
    assert not any(mark in answer for answer in answers for mark in ":,\n")


@pytest.mark.slow
def test_the_numbers_of_the_post_run_on(local: BaseModel) -> None:
    answer = fl.base_model("1 2 3 4 5", seed=1, temperature=0, model=local)
    assert answer.startswith((" 6", "\n"))


def test_the_poems_of_the_post_give_one_poem_each(local: BaseModel) -> None:
    answers = fl.base_model(fl.format_poems(SEEDED), responses=2, seed=1, model=local)
    assert all(answer.strip() and "---" not in answer for answer in answers)
    assert not any("a poem:" in answer for answer in answers)


@pytest.mark.slow
@pytest.mark.parametrize(
    "chains",
    [[*EXAMPLES, [WORSE, DOVE]], *slow_cases([[EXAMPLES, [DOVE, REFINED]]])],
    ids=["plus", "nested"],
)
def test_the_refinements_of_the_post_give_one_version_each(
    local: BaseModel, chains: list[list[str]]
) -> None:
    answers = fl.base_model(fl.format_refinements(chains), responses=2, seed=1, model=local)
    assert all(answer.strip() for answer in answers)
    assert not any(mark in answer for answer in answers for mark in ("---", "better:", "a poem:"))
