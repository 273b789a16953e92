"""Refinement: the prompt is the post's, and what comes is another version of the last one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import aclosing

import pytest

from flourishing import notebook, sync
from flourishing.breeding import EXAMPLES, BreedRequest, Parent, Versions, breed, examples_for
from flourishing.breeding.brood import Asked, BreedingEvent, Brood
from flourishing.core.chain import Chain
from flourishing.core.flaws import FlawKind
from flourishing.core.operation import ModelOperation, Operation
from flourishing.core.text import Source, Text
from flourishing.errors import InputError, PromptTooLongError, TextError
from flourishing.kinds import kind as find_kind
from flourishing.library import library
from flourishing.models import BaseModel
from flourishing.models.protocol import Finish
from flourishing.patterns import PATTERNS
from tests.conftest import ScriptedModel

HEN = ["a big ol' hen", "a hen", "hen"]
FOX = ["there was this fox that was red", "a red fox"]
WORSE = "A big ol' dove jumps up\nfrom the green green bushes, startled by me"
DOVE = "A dove flies up\nfrom the hedgerow, startled by me"
RISING = "a dove in flight, rising\nabove this world, all dust & dirt"
NEW = "startled, a dove springs out\nfrom the naked branches"


def refined(
    said: Sequence[str | tuple[str, Finish] | Exception],
    chain: Parent | Versions = (WORSE, DOVE),
    n: int = 1,
    refills: int | None = 0,
    room: int = 10_000,
) -> tuple[Brood, ScriptedModel]:
    model = ScriptedModel(said, room=room)
    brood = notebook.refine(chain, n, examples=[HEN, FOX], model=model, seed=1, refills=refills)
    return brood, model


def contents(texts: Sequence[Text] | Chain) -> list[str]:
    return [text.content for text in texts]


def kinds(brood: Brood) -> list[list[FlawKind]]:
    return [[flaw.kind for flaw in each.flaws] for each in brood]


# The prompt.


def test_the_prompt_is_the_posts_to_the_letter() -> None:
    _, model = refined([NEW])
    assert model.calls[0].prompt == (
        "a poem:\na big ol' hen\n\nbetter:\na hen\n\nbetter:\nhen\n---\n"
        "a poem:\nthere was this fox that was red\n\nbetter:\na red fox\n---\n"
        f"a poem:\n{WORSE}\n\nbetter:\n{DOVE}\n\nbetter:\n"
    )


@pytest.mark.parametrize("chain", [[DOVE], [WORSE, DOVE], [WORSE, DOVE, RISING]])
def test_the_prompt_is_what_the_chains_are_formatted_to(chain: list[str]) -> None:
    brood, model = refined([NEW], chain)
    formatted = notebook.format_refinements([HEN, FOX, chain])
    assert model.calls[0].prompt == brood.prompt == brood[0].origin.prompt == formatted


@pytest.mark.parametrize("chain", [DOVE, Text(DOVE), [Text(DOVE)], Chain.of([DOVE])])
def test_a_chain_may_be_a_chain_a_list_or_a_single_text(chain: Parent | Versions) -> None:
    brood, _ = refined([NEW], chain)
    assert brood.chain is not None
    assert contents(brood.chain) == [DOVE]
    assert brood.prompt == refined([NEW], [DOVE])[0].prompt


def test_examples_may_be_chains_and_keep_their_sources() -> None:
    hen = Chain.of(HEN, Source(title="Hen"))
    brood = notebook.refine(DOVE, 1, examples=[hen, FOX], model=ScriptedModel([NEW]))
    assert brood.examples[0] == hen
    assert brood.prompt == notebook.format_refinements([hen, FOX, Chain.of([DOVE])])


def test_without_examples_the_chain_stands_alone() -> None:
    brood = notebook.refine(DOVE, 1, examples=[], model=ScriptedModel([NEW]))
    assert brood.prompt == f"a poem:\n{DOVE}\n\nbetter:\n"
    assert brood.examples == ()
    assert brood[0].origin.examples == 0


def test_start_words_end_the_prompt_and_begin_the_version() -> None:
    model = ScriptedModel([" dove springs out"])
    brood = notebook.refine(DOVE, 1, examples=[FOX], start="startled, a", model=model)
    assert model.calls[0].prompt.endswith("\n\nbetter:\nstartled, a")
    assert brood[0].content == "startled, a dove springs out"


def test_another_pattern_of_chains_may_be_used() -> None:
    model = ScriptedModel(["superheated_steam,"])
    brood = notebook.refine(
        ["ice", "water", "steam"], 1, examples=[["1", "2"]], pattern="sequence", model=model
    )
    assert brood.prompt == "1:2,ice:water:steam:"
    assert brood[0].content == "superheated_steam"


# What is told.


def test_a_brood_tells_the_examples_and_the_chain_under_work() -> None:
    brood, _ = refined([NEW])
    assert brood.chain is not None
    assert [contents(chain) for chain in brood.examples] == [HEN, FOX]
    assert contents(brood.chain) == [WORSE, DOVE]
    assert contents(brood.parents) == [*HEN, *FOX, WORSE, DOVE]
    told = json.loads(json.dumps(brood.as_dict()))
    assert [len(chain["versions"]) for chain in told["examples"]] == [3, 2]
    assert told["chain"]["versions"][1]["content"] == DOVE


def test_a_brood_of_plain_breeding_has_neither() -> None:
    brood = notebook.breed([DOVE], 1, model="echo", seed=1)
    assert (brood.examples, brood.chain, brood[0].origin.examples) == ((), None, 0)
    assert brood.as_dict()["chain"] is None


def test_an_origin_tells_examples_from_the_versions_under_work() -> None:
    under_work = Chain.of([WORSE, DOVE])
    brood, _ = refined([NEW], under_work)
    origin = brood[0].origin
    assert origin.examples == 5
    assert origin.parents[origin.examples :] == under_work.versions
    assert origin.pattern == PATTERNS["refinements"]


def test_the_first_examples_leave_where_there_is_no_room_and_the_chain_stays() -> None:
    both = len(notebook.format_refinements([FOX, [WORSE, DOVE]]))
    brood, _ = refined([NEW], room=both)
    assert brood.chain is not None
    assert [contents(chain) for chain in brood.examples] == [FOX]
    assert contents(brood.chain) == [WORSE, DOVE]
    assert contents(brood.left_out) == HEN
    assert brood[0].origin.examples == len(FOX)
    assert brood.notes[0].startswith("The first 1 of 2 examples were left out: the model has room")


def test_a_chain_for_which_there_is_no_room_is_an_error_in_words() -> None:
    with pytest.raises(PromptTooLongError, match="chain under work") as refusal:
        refined([NEW], room=40)
    assert "versions" in refusal.value.hint


# Flaws.


def test_a_version_that_is_like_the_one_under_work_has_no_flaw() -> None:
    brood, _ = refined([DOVE.replace("flies", "springs")])
    assert kinds(brood) == [[]]


@pytest.mark.parametrize("content", [DOVE.lower(), DOVE + ".", DOVE.replace("\n", "\n\n")])
def test_a_version_may_differ_in_punctuation_case_or_line_breaks_alone(content: str) -> None:
    assert kinds(refined([content])[0]) == [[]]


@pytest.mark.parametrize("copied", [WORSE, DOVE, DOVE.replace("\n", " \n") + "\n"])
def test_a_version_that_there_was_is_a_copy(copied: str) -> None:
    (offspring,) = refined([copied])[0]
    number = 1 if copied == WORSE else 2
    assert [str(flaw.kind) for flaw in offspring.flaws] == ["copy"]
    assert offspring.flaws[0].reason == f"the same as version {number}"


def test_a_copy_is_asked_for_again() -> None:
    brood, _ = refined([DOVE, NEW], refills=1)
    assert contents(brood.offspring) == [NEW]
    assert contents(brood.set_aside) == [DOVE]


def test_an_example_is_not_to_be_copied_nor_nearly() -> None:
    long = [WORSE, f"{RISING}\nand the rain that falls, and falls, and falls"]
    model = ScriptedModel(["hen", long[1].replace("world", "earth")])
    brood = notebook.refine(DOVE, 2, examples=[HEN, long], model=model, refills=0)
    assert kinds(brood) == [[FlawKind.COPY], [FlawKind.NEAR_COPY]]
    assert brood[0].flaws[0].reason == "a copy of “hen”"
    assert f"“{RISING.splitlines()[0]}”" in brood[1].flaws[0].reason


# Going on, as the post does.


def test_the_best_version_is_put_at_the_end_and_refined_again() -> None:
    model = ScriptedModel([NEW, RISING])
    chain = Chain.of([WORSE, DOVE])
    first = notebook.refine(chain, 1, examples=[HEN, FOX], model=model, refills=0)
    second = notebook.refine(
        chain.with_version(first[0]), 1, examples=first.examples, model=model, refills=0
    )
    assert second.prompt == first.prompt + NEW + "\n\nbetter:\n"
    assert second[0].origin.parents[-1] is first[0]


def test_the_seed_draws_the_examples_and_gives_the_same_brood() -> None:
    def ask(seed: int) -> Brood:
        return notebook.refine(DOVE, 3, model="echo", seed=seed)

    one, again, other = ask(1), ask(1), ask(2)
    assert one.prompt == again.prompt
    assert contents(one.offspring) == contents(again.offspring)
    assert one.examples != other.examples
    assert len(one.examples) == EXAMPLES


def test_the_chain_of_a_poem_is_no_example_for_that_poem() -> None:
    every = len(library("refinements"))
    own = library("refinements").chains[0]
    for version in own:
        drawn = examples_for(version, seed=1, take=every)
        assert len(drawn) == every - 1
        assert own not in drawn


@pytest.mark.parametrize("name", ["picture", "sound", "prompt", "quote"])
def test_a_text_of_another_kind_has_examples_of_its_own_kind(name: str) -> None:
    own = set(library(f"{name}-refinements").chains)
    version = library(find_kind(name).library).texts[0]
    brood = notebook.refine(version, 1, kind=name, model="echo", seed=1, refills=0)
    assert brood.examples
    assert set(brood.examples) <= own


# The labels of the prompt, as a model writes them.

PIXEL = "def pixel(x, y):\n    return sin(9*x) * cos(5*y)"


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("poem", DOVE, NEW),
        ("quote", "Time is a thief. — Anon", "Time steals only what we left out. — Anon"),
        ("prompt", "Say the opposite of {input}.", "Opposites. hot: cold, {input}:"),
        ("picture", "def pixel(x, y):\n    return x", PIXEL),
        ("sound", "wave(t) = sin(440*t)", "wave(t) = sin(880*t) * exp(-t % 1)"),
    ],
)
@pytest.mark.parametrize("label", ["Better:", "best:", "**Best:**", "Even worse:", "worse :"])
def test_a_version_ends_where_a_label_begins_however_it_is_written(
    kind: str, first: str, second: str, label: str
) -> None:
    start = {"picture": "def pixel(x, y):", "sound": "wave(t) ="}.get(kind, "")
    rest = second.removeprefix(start)
    model = ScriptedModel([(f"{rest}\n{label}\n{second} and", "length")])
    brood = notebook.refine(first, 1, kind=kind, examples=[], model=model, refills=0)
    assert contents(brood.offspring) == [second]
    assert kinds(brood) == [[]]
    assert label in str(brood[0].origin.raw)


@pytest.mark.parametrize("kind", ["poem", "prompt"])
@pytest.mark.parametrize("said", [f"Best:\n{RISING}", f"worse: {RISING}", f"a dove\nBetter: {NEW}"])
def test_what_has_a_label_and_no_clear_end_is_asked_for_again(kind: str, said: str) -> None:
    model = ScriptedModel([said, "a dove, up"])
    brood = notebook.refine("dove", 1, kind=kind, examples=[], model=model, refills=1)
    assert contents(brood.offspring) == ["a dove, up"]
    assert FlawKind.DEBRIS in [flaw.kind for flaw in brood.set_aside[0].flaws]


def test_a_line_like_a_label_is_a_text_s_own_where_its_versions_have_one() -> None:
    said = f"Better: {NEW}"
    brood, _ = refined([said], chain=["Better: a dove", "Better:\nstill a dove"])
    assert contents(brood.offspring) == [said]
    assert kinds(brood) == [[]]


# Worsening.


def worsened(chain: Parent | Versions, n: int = 1) -> tuple[Brood, ScriptedModel]:
    model = ScriptedModel([WORSE, f"{WORSE}, oh my", DOVE])
    return notebook.worsen(chain, n, examples=[HEN, FOX], model=model, refills=0), model


def test_worsening_turns_the_chains_round_and_says_so() -> None:
    _, model = worsened(DOVE)
    assert model.calls[0].prompt == (
        "a poem:\nhen\n\nworse:\na hen\n\nworse:\na big ol' hen\n---\n"
        "a poem:\na red fox\n\nworse:\nthere was this fox that was red\n---\n"
        f"a poem:\n{DOVE}\n\nworse:\n"
    )
    assert "\n\nworse:" in model.calls[0].stop


def test_the_worst_of_a_chain_is_made_worse_still() -> None:
    brood, model = worsened([WORSE, DOVE], 3)
    assert model.calls[0].prompt.endswith(f"a poem:\n{DOVE}\n\nworse:\n{WORSE}\n\nworse:\n")
    assert brood.chain == Chain(brood.parents[-1:-3:-1][::-1])
    assert kinds(brood) == [[FlawKind.COPY], [], [FlawKind.COPY]]
    assert brood[1].origin.examples == 5


def test_a_worse_version_and_the_text_are_an_example() -> None:
    poem = Text(DOVE)
    worse = worsened(poem)[0][0]
    brood = notebook.refine(
        RISING, 1, examples=[Chain.of([worse, poem])], model=ScriptedModel([NEW])
    )
    assert brood.prompt == notebook.format_refinements([[WORSE, DOVE], [RISING]])
    assert brood.examples[0][0] is worse


def test_the_library_shows_how_to_worsen_too() -> None:
    brood = notebook.worsen(DOVE, 1, model="echo", seed=1)
    assert len(brood.examples) == EXAMPLES
    best = {chain.best.content for chain in library("refinements").chains}
    assert {chain[0].content for chain in brood.examples} <= best


def test_everything_is_told_as_it_comes() -> None:
    async def told(operation: ModelOperation) -> list[BreedingEvent]:
        request = BreedRequest(
            operation=operation, chain=DOVE, n=2, examples=[FOX], model=ScriptedModel([NEW])
        )
        async with aclosing(breed(request)) as events:
            return [event async for event in events]

    asked: tuple[tuple[ModelOperation, str], ...] = (
        (Operation.REFINE, "refinements"),
        (Operation.WORSEN, "worsenings"),
    )
    for operation, name in asked:
        first, *_, last = sync.run(told(operation))
        assert isinstance(first, Asked)
        assert isinstance(last, Brood)
        assert last.pattern is PATTERNS[name]
        assert (first.prompt, first.examples) == (last.prompt, last.examples)
        assert last.sampling.max_tokens == PATTERNS[name].max_tokens


# What cannot be.


@pytest.mark.parametrize("do", [notebook.refine, notebook.worsen])
def test_what_is_no_chain_is_refused_in_words(do: object) -> None:
    assert callable(do)
    with pytest.raises(InputError, match="The chain under work is empty") as refusal:
        do([], examples=[FOX], model="echo")
    assert refusal.value.hint
    with pytest.raises(TextError, match="Version 2 of the chain under work is blank"):
        do([DOVE, " "], examples=[FOX], model="echo")
    with pytest.raises(TextError, match="Version 1 of example 2 is blank"):
        do(DOVE, examples=[FOX, ["", "a"]], model="echo")
    with pytest.raises(InputError, match="Example 2 is empty"):
        do(DOVE, examples=[FOX, []], model="echo")


@pytest.mark.parametrize("examples", [["a hen", "hen"], Chain.of(HEN)])
def test_single_texts_are_no_examples(examples: Sequence[str]) -> None:
    with pytest.raises(InputError, match="Example 1 is the single text") as refusal:
        notebook.refine(DOVE, examples=examples, model="echo")
    assert "list of chains" in refusal.value.hint
    with pytest.raises(InputError, match="Example 1"):
        notebook.format_refinements(["a hen"])
    with pytest.raises(InputError, match="The examples cannot be the single text 'hen'"):
        notebook.refine(DOVE, examples="hen", model="echo")


def test_a_pattern_that_lists_single_texts_is_refused() -> None:
    with pytest.raises(InputError, match="'poems' lists single texts"):
        notebook.refine(DOVE, examples=[FOX], pattern="poems", model="echo")


def test_a_version_with_the_link_in_it_is_refused() -> None:
    with pytest.raises(TextError, match=r"Version 1 of chain 2 contains the link"):
        notebook.refine("before\n\nbetter:\nafter", examples=[FOX], model="echo")


# On the embedded model.


@pytest.mark.slow
def test_the_embedded_model_refines_and_goes_on_from_its_cache(local: BaseModel) -> None:
    examples = library("refinements").chains[:2]
    chain = Chain.of([WORSE, DOVE])
    first = notebook.refine(chain, 2, examples=examples, model=local, max_tokens=24)
    assert len(first) == 2
    assert first.prompt == notebook.format_refinements([*examples, chain])
    assert all(each.flaws or each.content not in (WORSE, DOVE) for each in first)
    # Without a seed: what must come out the same again is read afresh.
    longer = chain.with_version(Text(NEW))
    second = notebook.refine(
        longer, 2, examples=first.examples, model=local, max_tokens=24, refills=0
    )
    assert second.prompt.startswith(first.prompt)
    assert second.usage.cached > len(first.prompt) / 8


@pytest.mark.slow
def test_the_seed_gives_the_same_refinements_of_the_embedded_model(local: BaseModel) -> None:
    def ask() -> list[str]:
        return contents(
            notebook.refine(DOVE, 2, examples=[FOX], model=local, seed=4, max_tokens=12).offspring
        )

    assert ask() == ask()


@pytest.mark.slow
def test_the_embedded_model_worsens(local: BaseModel) -> None:
    brood = notebook.worsen(DOVE, 2, examples=[HEN], model=local, seed=4, max_tokens=24, refills=2)
    assert len(brood) == 2
    assert all(each.content.strip() for each in brood)


# The kind, where the caller names none.


def _prefix(brood: Brood) -> str:
    pattern = brood[0].origin.pattern
    return pattern.prefix.strip() if pattern else ""


@pytest.mark.parametrize("write", [notebook.refine, notebook.worsen])
@pytest.mark.parametrize("name", ["picture", "program", "quote", "story"])
def test_a_text_of_the_library_is_written_anew_as_what_it_is(
    write: Callable[..., Brood], name: str
) -> None:
    its = find_kind(name)
    brood = write(library(its.library).texts[0], 1, model="echo", seed=1, refills=0)
    assert _prefix(brood) == its.label
    again = write(brood[0], 1, model="echo", seed=1, refills=0)
    assert _prefix(again) == its.label


def test_what_was_bred_is_bred_and_refined_on_as_what_it_is() -> None:
    (quote,) = notebook.breed([NEW], 1, kind="quote", model="echo", seed=1, refills=0)
    (next_one,) = notebook.breed([NEW, quote], 1, model="echo", seed=1, refills=0)
    assert next_one.origin.pattern == find_kind("quote").pattern
    edit = quote.edited("Time is a thief.")
    assert _prefix(notebook.refine(edit, 1, model="echo", seed=1)) == "a quote:"
    of_person: list[Parent] = [quote, "Time is no thief."]
    assert _prefix(notebook.refine(of_person, 1, model="echo", seed=1)) == "a quote:"
    assert _prefix(notebook.refine(edit, 1, kind="poem", model="echo", seed=1)) == "a poem:"


def test_of_plain_words_only_the_form_of_a_formula_says_what_they_are() -> None:
    assert _prefix(notebook.refine("the fog", 1, model="echo", seed=1)) == "a poem:"
    assert _prefix(notebook.refine(PIXEL, 1, model="echo", seed=1)) == "a picture:"
    assert _prefix(notebook.breed(["cat", "dog"], 1, model="echo", seed=1)) == "a poem:"
    animals = library("animals").texts
    assert notebook.breed(animals, 1, model="echo").prompt.startswith("|cat|")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("def pixel(x, y):\n    return x", "def pixel(x, y):"),
        ("pixel(x, y) = x", "pixel(x, y) ="),
        ("f(t, i, x, y) = sin(t - x)", "f(t, i, x, y) ="),
        ("wave(t) = sin(440*t)", "wave(t) ="),
        ("def draw():\n    circle(0, 0, 3)", "def draw():"),
        ('<svg viewBox="0 0 9 9"><circle r="4"/></svg>', '<svg viewBox="0 0 9 9">'),
        ("the fog comes", ""),
    ],
)
def test_a_version_of_a_formula_begins_as_the_version_before_it(text: str, start: str) -> None:
    brood = notebook.refine(text, 1, model="echo", seed=1, refills=0)
    assert brood.prompt.endswith(f"better:\n{start}")
    assert brood[0].content.startswith(start)
    assert brood[0].origin.start == start
