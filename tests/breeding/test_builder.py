"""Breeding: exactly n, whatever the model does, and every offspring knows where it came from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flourishing as fl
from flourishing import breeding, sync
from flourishing.breeding import BreedRequest, Parents
from flourishing.breeding.brood import Again, Arrived, Asked, BreedingEvent, Brood
from flourishing.core.flaws import FlawKind, key_of
from flourishing.core.sampling import Sampling, wave_seed
from flourishing.core.text import Text
from flourishing.errors import EngineError, InputError, ModelError, TextError
from flourishing.models import BaseModel, Completion, Event, Notice, Piece, SeedIgnored
from flourishing.models.echo import EchoModel
from flourishing.models.protocol import Finish, TokenLogprob
from flourishing.models.weights import EMBEDDED_NAME
from flourishing.patterns import PATTERNS
from tests.conftest import ScriptedModel
from tests.marks import first_cases

ANIMALS = ["cat", "elephant", "rabbit", "dog"]
POEMS = [
    "the fog comes\non little cat feet",
    "whirl up, sea\nwhirl your pointed pines",
    "a wet, black bough\nand petals on it",
]
LOOP = "round and round " * 10
Said = Sequence[str | tuple[str, Finish] | Exception]


async def told(
    parents: Parents, n: int, model: BaseModel, pattern: str, refills: int | None
) -> list[BreedingEvent]:
    request = BreedRequest(
        parents=parents, n=n, pattern=pattern, model=model, seed=1, refills=refills
    )
    events = breeding.breed(request)
    async with aclosing(events):
        return [event async for event in events]


def tell(
    parents: Parents,
    n: int,
    model: BaseModel,
    pattern: str = "list",
    refills: int | None = None,
) -> list[BreedingEvent]:
    return sync.run(told(parents, n, model, pattern, refills))


def bred(said: Said, n: int = 3, refills: int | None = None) -> tuple[Brood, ScriptedModel]:
    model = ScriptedModel(said)
    return fl.breed(ANIMALS, n, "list", model=model, refills=refills, seed=1), model


def contents(texts: Sequence[Text]) -> list[str]:
    return [text.content for text in texts]


# Exactly n.


@pytest.mark.parametrize("pattern", ["poems", "list", "lines", "quotes", "stories", "prompts"])
@pytest.mark.parametrize("n", first_cases(2, [1, 8, 30]))
def test_a_brood_has_exactly_as_many_offspring_as_were_asked_for(n: int, pattern: str) -> None:
    parents = ANIMALS if pattern == "list" else [poem.replace("\n", " ") for poem in POEMS]
    brood = fl.breed(parents, n, pattern, model="echo", seed=n)
    assert len(brood) == len(list(brood)) == brood.asked == n
    assert brood[n - 1] is list(brood)[-1]


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("", FlawKind.EMPTY, "3 empty"),
        (" \n", FlawKind.EMPTY, "3 empty"),
        ("elephant", FlawKind.COPY, "3 copies"),
        (LOOP, FlawKind.LOOP, "1 loop, 2 copies"),
        (("a wolf that", "length"), FlawKind.CUT_OFF, "1 cut off, 2 copies"),
    ],
)
def test_a_model_that_never_does_better_still_gives_exactly_n_marked_ones(
    said: str | tuple[str, Finish], kind: FlawKind, told: str
) -> None:
    brood, model = bred([said])
    assert len(brood) == 3
    assert brood[0].flaws[0].kind is kind
    assert all(offspring.flaws for offspring in brood)
    assert [call.n for call in model.calls] == [3, 3]
    assert len(brood.set_aside) == 3
    (note,) = brood.notes
    assert note == f"3 of 3 could not be had without a flaw ({told}), after 3 of 3 refills."


def test_flawed_ones_are_replaced_in_their_places_and_set_aside() -> None:
    brood, model = bred(["wolf", "", "cat", "owl", "frog"])
    assert contents(brood.offspring) == ["wolf", "owl", "frog"]
    assert contents(brood.set_aside) == ["", "cat"]
    assert [str(each.flaws[0].kind) for each in brood.set_aside] == ["empty", "copy"]
    assert brood.notes == ()
    assert [call.n for call in model.calls] == [3, 2]


def test_refills_are_asked_for_until_their_budget_is_spent() -> None:
    brood, model = bred(["wolf", "", "", "", "", "owl", ""], refills=5)
    assert [call.n for call in model.calls] == [3, 2, 2, 1]
    assert contents(brood.offspring) == ["wolf", "owl", ""]
    assert brood.notes == (
        "1 of 3 could not be had without a flaw (1 empty), after 5 of 5 refills.",
    )


def test_without_refills_there_is_one_call_and_what_came_is_marked() -> None:
    brood, model = bred(["wolf", "", "owl"], refills=0)
    assert [call.n for call in model.calls] == [3]
    assert contents(brood.offspring) == ["wolf", "", "owl"]
    assert brood.set_aside == ()
    assert brood.notes[0].endswith("after 0 of 0 refills.")


def test_the_worst_are_asked_for_again_first() -> None:
    brood, _ = bred([("a wolf that", "length"), "", "cat", "owl"], refills=1)
    assert contents(brood.offspring) == ["a wolf that", "owl", "cat"]


def test_the_best_that_came_stays_when_a_refill_is_worse() -> None:
    brood, _ = bred([("a wolf that", "length"), ""], n=1)
    assert contents(brood.offspring) == ["a wolf that"]
    assert contents(brood.set_aside) == [""]


def test_offspring_that_are_the_same_are_told_apart_from_the_first() -> None:
    brood, _ = bred(["wolf", "wolf", "Wolf!", "owl", "frog"])
    assert contents(brood.offspring) == ["wolf", "owl", "frog"]
    assert [each.flaws[0].reason for each in brood.set_aside] == ["the same as offspring 1"] * 2


def test_no_offspring_is_called_the_same_as_one_that_it_differs_from() -> None:
    brood, _ = bred([("wolf", "length"), "wolf", "owl", ""], n=2)
    assert contents(brood.offspring) == ["owl", "wolf"]
    assert brood[1].flaws == ()


def test_flaws_are_counted_by_kind_in_words() -> None:
    brood, _ = bred(["", "elephant", ("a wolf that", "length")], refills=0)
    (note,) = brood.notes
    assert "(1 empty, 1 copy, 1 cut off)" in note


def test_a_near_copy_says_how_near_it_is() -> None:
    (offspring,) = fl.breed(POEMS, 1, model=ScriptedModel([POEMS[1] + "s"]), refills=0)
    (flaw,) = offspring.flaws
    assert flaw.kind is FlawKind.NEAR_COPY
    assert flaw.similarity is not None
    assert flaw.reason.startswith(f"{flaw.similarity:.0%} like “whirl up, sea”")


def test_every_wave_has_seeds_of_its_own() -> None:
    brood, model = bred([""], refills=3)
    assert [call.seed for call in model.calls] == [1, wave_seed(1, 1)]
    assert [each.origin.seed for each in brood] == [1, 2, 3]
    assert all(call.reproducible for call in model.calls)


class Miscounting(ScriptedModel):
    """A model that forgets its last completion."""

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,  # noqa: ARG002 - it always is
    ) -> AsyncGenerator[Event]:
        events = super().complete(prompt, n=n - 1, sampling=sampling, stop=stop, seed=seed)
        async for event in events:
            yield event


class Heralding(ScriptedModel):
    """A model that gives notice with its completions, each time that it is asked."""

    notices: tuple[Notice, ...] = ()

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,  # noqa: ARG002 - it always is
    ) -> AsyncGenerator[Event]:
        async for event in super().complete(prompt, n=n, sampling=sampling, stop=stop, seed=seed):
            yield event
            if isinstance(event, Completion):
                for notice in self.notices:
                    yield notice


def test_what_a_model_gives_notice_of_is_told_once_and_stands_in_the_notes() -> None:
    model = Heralding(["wolf", "", "cat", "owl", "frog"])
    model.notices = (Notice("It is old."), Notice("It is slow."))
    events = tell(ANIMALS, 3, model)
    notices = [event.words for event in events if isinstance(event, Notice)]
    assert notices == ["It is old.", "It is slow."]
    brood = events[-1]
    assert isinstance(brood, Brood)
    assert brood.notes[:2] == ("It is old.", "It is slow.")
    assert brood.reproducible


def test_a_brood_is_not_reproducible_once_the_model_says_that_it_ignores_the_seed() -> None:
    model = Heralding(["wolf", "owl", "hen"])
    model.notices = (SeedIgnored("It ignores seeds."),)
    brood = tell(ANIMALS, 3, model)[-1]
    assert isinstance(brood, Brood)
    assert not brood.reproducible
    assert [each.origin.reproducible for each in brood] == [False] * 3, "the first, too"
    assert model.calls[0].seed == 1


def test_what_a_model_never_gives_is_said_in_words() -> None:
    model: BaseModel = Miscounting(["wolf", "owl", "frog", "hen"])
    brood = fl.breed(ANIMALS, 3, "list", model=model, seed=1)
    assert contents(brood.offspring) == ["wolf", "owl"]
    assert "1 of 3 never came" in brood.notes[0]


def test_an_error_of_the_model_before_anything_came_comes_out_as_it_is() -> None:
    with pytest.raises(EngineError, match="out of order"):
        bred([EngineError("out of order", hint="Mend it.")])


def test_what_came_before_the_model_failed_is_kept_and_what_did_not_is_asked_for_again() -> None:
    failure = EngineError("out of order", hint="Mend it.")
    brood, _ = bred(["wolf", failure, "bear", "owl"], n=3)
    assert [str(each) for each in brood] == ["wolf", "bear", "owl"]
    assert brood.notes == ("The model failed: out of order Mend it.",)


def test_a_model_that_goes_on_failing_is_not_asked_for_ever() -> None:
    failure = EngineError("out of order", hint="Mend it.")
    brood, _ = bred(["wolf", failure, failure, "bear"], n=3)
    assert [str(each) for each in brood] == ["wolf"]
    assert brood.notes[1].startswith("2 of 3 never came")


def test_a_failure_that_will_not_pass_is_not_asked_for_again() -> None:
    brood, _ = bred(["wolf", ModelError("no money", hint="Pay."), "bear"], n=3)
    assert [str(each) for each in brood] == ["wolf"]


# Where they came from.


def test_parents_stand_in_the_prompt_and_in_the_origin_in_their_order() -> None:
    brood = fl.breed(ANIMALS, 2, "list", model="echo", seed=1)
    assert brood.prompt == "|cat|elephant|rabbit|dog|"
    assert contents(brood.parents) == ANIMALS
    for offspring in brood:
        assert contents(offspring.origin.parents) == ANIMALS


def test_an_origin_is_complete() -> None:
    brood = fl.breed(POEMS, 3, start="the", model="echo", seed=5, temperature=0.9, refills=0)
    for index, offspring in enumerate(brood):
        origin = offspring.origin
        assert origin.author == "model"
        assert origin.prompt == brood.prompt == PATTERNS["poems"].render(POEMS) + "the"
        assert origin.pattern == PATTERNS["poems"]
        assert origin.start == "the"
        assert origin.model == "echo"
        assert origin.sampling == Sampling(max_tokens=160, temperature=0.9)
        assert origin.seed == 5 + index
        assert origin.reproducible
        assert origin.raw is not None
        assert origin.finish in {"stop", "length"}
        assert offspring.content == PATTERNS["poems"].read("the" + origin.raw)


def test_an_offspring_keeps_what_the_model_reported_of_its_tokens() -> None:
    for offspring in fl.breed(POEMS, 3, start="the", model="echo", seed=5, refills=0):
        origin = offspring.origin
        assert origin.prompt is not None
        assert origin.raw is not None
        (score,) = fl.logprobs(origin.prompt, [origin.raw], model="echo")
        assert offspring.logprobs == score.tokens
        assert offspring.mean_logprob == score.mean
        assert offspring.as_dict()["mean_logprob"] == score.mean


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.timeout(200)
def test_the_embedded_model_reports_what_it_finds_afterwards(local: BaseModel) -> None:
    brood = fl.breed(POEMS, 2, model=local, max_tokens=12, refills=0, seed=5)
    for offspring in brood:
        assert offspring.origin.raw is not None
        (score,) = fl.logprobs(brood.prompt, [offspring.origin.raw], model=local)
        assert offspring.logprobs is not None
        assert "".join(each.token for each in offspring.logprobs) == offspring.origin.raw
        assert offspring.mean_logprob == pytest.approx(score.mean, abs=0.3)


def test_a_model_that_reports_no_log_probabilities_leaves_them_open() -> None:
    (offspring,) = fl.breed(ANIMALS, 1, "list", model=ScriptedModel(["wolf"]))
    assert (offspring.mean_logprob, offspring.logprobs) == (None, None)
    assert offspring.as_dict()["mean_logprob"] is None


def test_the_origin_of_an_offspring_is_enough_to_have_it_again() -> None:
    for offspring in fl.breed(POEMS, 6, model="echo", seed=11):
        again = sync.run(completed(offspring.origin))
        assert again == offspring.origin.raw


async def completed(origin: fl.Origin) -> str:
    assert origin.prompt is not None
    assert origin.pattern is not None
    assert origin.sampling is not None
    assert origin.seed is not None
    events = fl.open_model(origin.model).complete(
        origin.prompt,
        n=1,
        sampling=origin.sampling,
        stop=origin.pattern.stop,
        seed=origin.seed,
        reproducible=origin.reproducible,
    )
    async with aclosing(events):
        texts = [event.text async for event in events if isinstance(event, Completion)]
    return texts[0]


def rerun(brood: Brood) -> Brood:
    return fl.breed(
        brood.parents,
        brood.asked,
        brood.pattern,
        brood.start,
        model=brood.model,
        seed=brood.seed,
        max_tokens=brood.sampling.max_tokens,
        temperature=brood.sampling.temperature,
    )


@pytest.mark.parametrize("seed", [0, 7, 2**31 - 1, None])
def test_a_brood_is_enough_to_have_it_again(seed: int | None) -> None:
    brood = fl.breed(POEMS, 8, start="a ", model="echo", seed=seed, temperature=0.8)
    again = rerun(brood)
    assert contents(again.offspring) == contents(brood.offspring)
    assert contents(again.set_aside) == contents(brood.set_aside)
    assert brood.reproducible == (seed is not None)


def test_a_brood_of_the_embedded_model_is_enough_to_have_it_again(local: BaseModel) -> None:
    brood = fl.breed(ANIMALS, 3, "list", model=local, seed=7, max_tokens=8)
    assert contents(rerun(brood).offspring) == contents(brood.offspring)


def test_without_a_seed_broods_differ() -> None:
    broods = [contents(fl.breed(POEMS, 4, model="echo").offspring) for _ in range(2)]
    assert broods[0] != broods[1]


def test_offspring_can_be_parents_and_so_on() -> None:
    first = fl.breed(POEMS, 4, model="echo", seed=3)
    second = fl.breed(first.offspring, 2, model="echo", seed=4)
    assert second[0].origin.parents == first.offspring
    assert second[0].origin.parents[0].origin.parents == first.parents


def test_a_brood_as_plain_data_is_json() -> None:
    brood = fl.breed(POEMS, 2, model="echo", seed=3)
    table = json.loads(json.dumps(brood.as_dict()))
    assert [each["content"] for each in table["offspring"]] == contents(brood.offspring)
    assert [each["content"] for each in table["parents"]] == POEMS
    assert table["offspring"][0]["origin"]["parents"] == [each.digest for each in brood.parents]
    assert table["seed"] == 3


def test_usage_counts_the_refills_too() -> None:
    brood, model = bred(["", "wolf", "owl"], n=2)
    assert len(model.calls) == 2
    assert brood.usage.completion == 3
    assert brood.usage.prompt == 2 * len(brood.prompt)


# Start words.


@pytest.mark.parametrize("start", ["exiled prophets --", "exiled prophets -- ", "Ex", "  deep"])
@pytest.mark.parametrize("pattern", ["poems", "stories"])
def test_every_offspring_begins_with_the_start_words(start: str, pattern: str) -> None:
    brood = fl.breed(POEMS, 8, pattern, start, model="echo", seed=2)
    assert brood.prompt.endswith(start.rstrip())
    for offspring in [*brood, *brood.set_aside]:
        assert offspring.content.startswith(start.rstrip())


@pytest.mark.parametrize(
    ("start", "said", "content"),
    [
        ("so --", " ten", "so -- ten"),
        ("so --", "ten", "so --ten"),
        ("so -- ", " ten", "so -- ten"),
        ("so -- ", "ten", "so -- ten"),
        ("so -- ", "\nten", "so --\nten"),
    ],
)
def test_the_blank_after_start_words_is_neither_lost_nor_doubled(
    start: str, said: str, content: str
) -> None:
    model = ScriptedModel([said])
    (offspring,) = fl.breed(POEMS, 1, start=start, model=model)
    assert model.calls[0].prompt.endswith("so --")
    assert offspring.content == content
    assert offspring.origin.raw == said
    assert offspring.origin.start == start


def test_start_words_alone_are_marked_as_empty() -> None:
    (offspring,) = fl.breed(POEMS, 1, start="so", model=ScriptedModel([" "]), refills=0)
    assert offspring.content == "so"
    assert [str(flaw.kind) for flaw in offspring.flaws] == ["empty"]


def test_a_pattern_may_have_start_words_of_its_own() -> None:
    functions = ["def a():\n    return 1", "def b():\n    return 2"]
    model = ScriptedModel([" c():\n    return 3\n\n\ndef d():"])
    (offspring,) = fl.breed(functions, 1, "functions", model=model)
    assert model.calls[0].prompt.endswith("\n\n\ndef")
    assert offspring.content == "def c():\n    return 3"


@pytest.mark.parametrize(
    ("pattern", "start"), [("list", "a|b"), ("lines", "a\nb"), ("poems", "a\n---\nb")]
)
def test_start_words_that_the_pattern_would_cut_are_refused_or_kept_whole(
    pattern: str, start: str
) -> None:
    try:
        (offspring,) = fl.breed(ANIMALS, 1, pattern, start, model=ScriptedModel([" wolf"]))
    except InputError:
        return
    assert offspring.content.startswith(start)


# What cannot be.


@pytest.mark.parametrize(
    "parents",
    [
        [],
        "a single poem",
        [""],
        ["fog", " \n"],
        ["fog\ud800"],
        ["fog", "before\n---\nafter"],
        [["fog"], ["mist"]],
    ],
    ids=["none", "a string", "empty", "blank", "surrogate", "separator", "chains"],
)
def test_parents_that_cannot_be_bred_from_are_one_clear_error_with_a_hint(parents: Parents) -> None:
    with pytest.raises(InputError) as refusal:
        fl.breed(parents, model="echo")
    assert str(refusal.value).endswith(".")
    assert refusal.value.hint


def test_one_parent_is_enough() -> None:
    assert len(fl.breed(["fog"], 2, model="echo", seed=1)) == 2


@pytest.mark.parametrize("n", [0, -1, 1001, 10_000])
def test_a_number_that_cannot_be_is_refused_by_its_value(n: int) -> None:
    with pytest.raises(InputError, match=f"{n:,}") as refusal:
        fl.breed(POEMS, n, model="echo")
    assert "1,000" in refusal.value.hint


def test_refills_are_not_negative() -> None:
    with pytest.raises(InputError, match="refills cannot be -1"):
        fl.breed(POEMS, refills=-1, model="echo")


def test_a_separator_inside_a_parent_is_named_with_its_place() -> None:
    with pytest.raises(TextError, match=r"Text 2 .*character 7, line 1"):
        fl.breed(["fog", "before\n---\nafter"], model="echo")


def test_a_surrogate_in_the_start_words_is_refused() -> None:
    with pytest.raises(TextError, match="The start"):
        fl.breed(POEMS, start="\udcff", model="echo")


def test_what_cannot_be_is_refused_before_the_model_is_asked() -> None:
    model = ScriptedModel(["wolf"])
    with pytest.raises(InputError):
        fl.breed(POEMS, 0, model=model)
    with pytest.raises(InputError):
        fl.breed(["fog", ""], model=model)
    assert model.calls == []


# Many parents, and chains of them.


def test_a_thousand_long_parents_breed_and_say_who_was_left_out() -> None:
    parents = [f"poem {number}\n" + "la la " * 30 for number in range(1000)]
    brood = fl.breed(parents, 2, model="echo", seed=1, refills=0)
    out = len(brood.left_out)
    assert 0 < out < 1000
    assert contents(brood.left_out) == parents[:out]
    assert contents(brood.parents) == parents[out:]
    assert brood.notes[0].startswith(f"The first {out} of 1,000 parents were left out: ")
    assert len(brood) == 2


@pytest.mark.parametrize("pattern", ["sequence", "mapping", "refinements"])
def test_chains_are_bred_from_too(pattern: str) -> None:
    chains = [["one", "two", "three"], ["red", "green", "blue"], ["ice", "water"]]
    brood = fl.breed(chains, 3, pattern, model="echo", seed=1)
    assert len(brood) == 3
    assert PATTERNS[pattern].parse(brood.prompt) == chains
    assert contents(brood[0].origin.parents) == [text for chain in chains for text in chain]


def test_the_next_version_of_the_last_chain_is_read() -> None:
    chains = [["a big ol' dove", "a dove"], ["a hen there", "a hen"]]
    model = ScriptedModel(["no hen\n\nbetter:\na wren"])
    (offspring,) = fl.breed(chains, 1, "refinements", model=model)
    assert offspring.content == "no hen"
    assert model.calls[0].prompt.endswith("a hen\n\nbetter:\n")


# What is told while they come.


def test_the_first_event_is_the_prompt_and_the_last_the_brood() -> None:
    events = tell(POEMS, 4, EchoModel(), "poems")
    assert isinstance(events[0], Asked)
    assert isinstance(events[-1], Brood)
    assert [type(event) for event in events].count(Brood) == 1
    assert events[0].prompt == events[-1].prompt


def test_a_refill_is_announced_with_its_place_and_its_reason() -> None:
    events = tell(ANIMALS, 3, ScriptedModel(["wolf", "", "cat", "owl", "frog"]))
    again = [event for event in events if isinstance(event, Again)]
    assert [(event.index, str(event.flaw.kind)) for event in again] == [(1, "empty"), (2, "copy")]
    arrived = [event.index for event in events if isinstance(event, Arrived)]
    assert arrived == [0, 1, 2, 1, 2]


def test_pieces_of_a_refill_belong_to_the_place_that_it_fills() -> None:
    events = tell(ANIMALS, 3, ScriptedModel(["wolf", "owl", "", "frog"]))
    pieces = [(event.index, event.text) for event in events if isinstance(event, Piece)]
    assert pieces == [(0, "wolf"), (1, "owl"), (2, ""), (2, "frog")]


def test_what_arrives_is_in_the_brood_or_set_aside() -> None:
    events = tell(POEMS, 6, EchoModel(), "poems")
    brood = events[-1]
    assert isinstance(brood, Brood)
    arrived = {id(event.offspring.origin) for event in events if isinstance(event, Arrived)}
    assert arrived == {id(each.origin) for each in (*brood.offspring, *brood.set_aside)}


def test_leaving_the_events_stops_the_model() -> None:
    model = ScriptedModel(["wolf"])

    async def leave() -> None:
        events = breeding.breed(BreedRequest(parents=ANIMALS, n=5, pattern="list", model=model))
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Arrived):
                    break

    sync.run(leave())
    assert model.said == 1
    assert model.calls[0].closed


# Many, and others beside them.


def test_others_on_the_same_loop_go_on_beside_a_large_brood() -> None:
    n, turns = 200, 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def both() -> list[BreedingEvent]:
        beside = asyncio.create_task(other())
        try:
            return await told(POEMS, n, EchoModel(), "poems", None)
        finally:
            beside.cancel()

    events = sync.run(both())
    arrived = sum(isinstance(event, Arrived) for event in events)
    assert turns > arrived >= n


@given(
    said=st.lists(st.sampled_from(["", "a", "A!", "b", "b c", "d", "dog", "…"]), min_size=1),
    n=st.integers(1, 6),
    refills=st.integers(0, 6),
)
def test_a_copy_of_an_earlier_offspring_is_always_marked_and_nothing_else_is(
    said: list[str], n: int, refills: int
) -> None:
    brood, _ = bred(said, n, refills)
    seen: set[tuple[str, ...]] = set()
    for each in brood:
        twins = [flaw for flaw in each.flaws if "the same as offspring" in flaw.reason]
        key = key_of(each.content)
        assert bool(twins) == (any(key) and key in seen)
        for flaw in twins:
            other = brood[int(flaw.reason.rpartition(" ")[2]) - 1]
            assert key_of(other.content) == key
        seen.add(key)
    assert len(brood) == n


# Dull offspring.


class Likely(BaseModel):
    """A model that says texts with the mean log-probabilities that it is given, then unlikely ones.

    Args:
        means: The mean log-probability of each of the first texts.
        name: What it is called.
        texts: The texts, one after the other.
    """

    def __init__(self, means: Sequence[float], name: str, texts: Sequence[str]) -> None:
        self._means = [*means]
        self._name = name
        self._texts = [*texts]

    @property
    def name(self) -> str:
        return self._name

    async def complete(
        self, prompt: str, *, n: int, seed: int, **_: object
    ) -> AsyncGenerator[Event]:
        assert prompt
        for index in range(n):
            mean = self._means.pop(0) if self._means else -4.0
            text = self._texts.pop(0)
            logprobs = tuple(TokenLogprob(each, mean) for each in text.split())
            yield Completion(index, text, "stop", seed + index, len(logprobs), logprobs)


UNLIKE = (
    "an ant carries bread over seven warm stones",
    "who hears bees where winter closed every door",
    "one dog barks until all lanterns have gone dark",
    "some hens sit down beside our frozen well",
    "two gnus drink slowly as if nobody wrote them",
)


def likely(means: Sequence[float], parents: Parents = POEMS, **more: Any) -> Brood:
    texts = more.pop("texts", [*UNLIKE[:3]])
    model = Likely(means, more.pop("name", EMBEDDED_NAME), texts)
    return fl.breed(parents, 2, model=model, seed=1, **more)


def test_a_dull_offspring_is_marked_and_asked_for_again() -> None:
    brood = likely([-0.9, -3.0])
    assert [each.flaws for each in brood] == [(), ()]
    (dull,) = brood.set_aside
    assert [flaw.kind for flaw in dull.flaws] == [FlawKind.DULL]
    (flaw,) = likely([-0.9, -3.0], refills=0)[0].flaws
    assert "as if each word were chosen among 2.5" in flaw.reason


def test_a_bred_parent_that_was_chosen_though_it_is_likelier_raises_the_bar() -> None:
    chosen = likely([-0.9, -3.0], refills=0)[0]
    parents: Parents = [*POEMS, chosen]
    texts = UNLIKE[3:]
    brood = likely([-1.0, -3.0], parents, texts=texts, refills=0)
    assert [each.flaws for each in brood] == [(), ()]
    (flaw,) = likely([-0.8, -3.0], parents, texts=texts, refills=0)[0].flaws
    assert flaw.kind is FlawKind.DULL


@pytest.mark.parametrize("more", [{"name": "another"}, {"kind": "word"}, {"kind": "sequence"}])
def test_other_models_and_kinds_that_say_what_is_likeliest_on_purpose_are_not_dull(
    more: dict[str, Any],
) -> None:
    parents: Parents = [["1", "2", "3"]] if more.get("kind") == "sequence" else ANIMALS
    assert not any(each.flaws for each in likely([-0.9, -0.9], parents, refills=0, **more))
