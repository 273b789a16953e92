"""What people write, as a type checker sees it: this file is checked, strictly, with the others."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import pytest

import flourishing as fl

POEMS = ["the fog comes\non little cat feet", "a wet, black bough\nand petals on it"]


def fitness(text: fl.Text) -> float:
    return len(set(text.content))


class Constant(fl.BaseModel):
    """A model of one's own, with no more than it needs."""

    name = "constant"

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: fl.Sampling,
        stop: Sequence[str],  # noqa: ARG002 - of the protocol
        seed: int,
        reproducible: bool = False,  # noqa: ARG002 - of the protocol
    ) -> AsyncGenerator[fl.Event]:
        for index in range(n):
            text = f"word {seed + index}"[: sampling.max_tokens]
            yield fl.Completion(index, text, "stop", seed + index, 1)
        yield fl.Usage(prompt=len(prompt), completion=n)


def test_a_sorted_population_is_bred_from() -> None:
    population: list[fl.Text] = [fl.Text(poem) for poem in POEMS]
    brood = fl.breed(sorted(population, key=fitness), n=2, model="echo")
    again = fl.breed(sorted(brood, key=fitness, reverse=True)[:1], n=1, model="echo")
    assert (len(brood), len(again)) == (2, 1)


def test_strings_texts_and_lists_of_them_are_parents() -> None:
    assert len(fl.breed([*POEMS, fl.Text("a third")], 1, model="echo")) == 1
    assert len(fl.breed([["a", "b"], ["c", "d"]], 1, "sequence", model="echo")) == 1
    assert len(fl.breed(fl.library("imagists"), 1, "poems", model="echo")) == 1


def test_a_model_of_ones_own_needs_a_name_and_completions() -> None:
    model: fl.BaseModel = Constant()
    brood = fl.breed(POEMS, 2, "list", model=model, seed=4, sampling=fl.SamplingOptions(top_k=3))
    assert [each.content for each in brood] == ["word 4", "word 5"]
    assert (model.ready, brood[0].origin.model) == (True, "constant")


def test_a_model_of_ones_own_gives_no_log_probabilities_unless_it_says_so() -> None:
    with pytest.raises(fl.EngineError, match="'constant' gives no log-probabilities") as refusal:
        fl.logprobs("a", ["b"], model=Constant())
    assert refusal.value.hint
    with pytest.raises(fl.EngineError, match="gives no log-probabilities"):
        fl.next_token("a", model=Constant())
