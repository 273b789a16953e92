"""Numbers of other libraries are numbers, and what is of the wrong type is refused in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flourishing as fl
from flourishing.arguments import as_list, as_number, as_whole, as_words
from flourishing.core.chain import Chain
from flourishing.core.sampling import Sampling
from flourishing.core.text import Text
from flourishing.library import Collection
from flourishing.patterns import PATTERNS

ANIMALS = "|cat|elephant|rabbit|dog|"
CHAIN = ["a big hen", "a hen"]
WORSE, DOVE, REFINED = "a big ol' dove", "a dove", "dove, rising"


class Seven:
    """A whole number of a library that nobody has heard of."""

    def __index__(self) -> int:
        return 7


@pytest.mark.parametrize("value", [7, np.int64(7), np.uint8(7), Seven()])
def test_whatever_has_an_index_is_a_whole_number(value: Any) -> None:
    assert as_whole(value, "n") == 7
    assert type(as_whole(value, "n")) is int


@pytest.mark.parametrize(
    "value", [True, np.bool_(1), 7.0, np.float64(7), "7", None, [7], Decimal(7), 7j]
)
def test_what_is_no_whole_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(fl.InputError, match="max_tokens cannot be") as refusal:
        as_whole(value, "max_tokens")
    assert refusal.value.hint


@pytest.mark.parametrize(
    "value", [0.5, np.float32(0.5), np.float64(0.5), Decimal("0.5"), Fraction(1, 2)]
)
def test_whatever_is_a_float_of_some_kind_is_a_number(value: Any) -> None:
    assert as_number(value, "top_p") == 0.5
    assert type(as_number(value, "top_p")) is float


@pytest.mark.parametrize("value", [1, 0, 2**40, 0.1, 1.0])
def test_numbers_of_python_stay_as_they_are(value: float) -> None:
    # A text's identity is made of them, and 1 is written in another way than 1.0.
    assert as_number(value, "temperature") is value


@pytest.mark.parametrize(
    "value",
    [True, np.bool_(0), "1", None, [1.0], float("nan"), float("inf"), np.float32("-inf"), 1j],
)
def test_what_is_no_finite_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(fl.InputError, match="temperature cannot be") as refusal:
        as_number(value, "temperature")
    assert refusal.value.hint


@pytest.mark.parametrize("value", ["poem", b"poem", None, 5, 0.5])
def test_what_is_no_list_is_refused_by_name(value: Any) -> None:
    with pytest.raises(fl.InputError, match="The poems cannot be") as refusal:
        as_list(value, "The poems")
    assert refusal.value.hint


@given(value=st.integers() | st.floats() | st.text() | st.booleans() | st.none() | st.binary())
def test_anything_is_taken_or_refused_and_nothing_else_happens(value: object) -> None:
    takers: tuple[Callable[[Any, str], object], ...] = (as_whole, as_number, as_words, as_list)
    for take in takers:
        with suppress(fl.InputError):
            take(value, "it")


# Every numeric argument of the calls.


def test_numbers_of_numpy_are_numbers_wherever_a_call_takes_one() -> None:
    own = {"seed": 3, "max_tokens": 16, "temperature": 0.5, "top_p": 0.5, "top_k": 5, "min_p": 0.25}
    numpys: dict[str, Any] = {
        "seed": np.int64(3),
        "max_tokens": np.int32(16),
        "temperature": np.float32(0.5),
        "top_p": np.float64(0.5),
        "top_k": np.uint8(5),
        "min_p": np.float32(0.25),
    }
    ask: Any = fl.base_model
    texts = ask(ANIMALS, responses=np.int64(3), model="echo", **numpys)
    assert texts == ask(ANIMALS, responses=3, model="echo", **own)
    grow: Any = fl.breed
    brood = grow(["cat", "dog"], np.int64(2), "list", model="echo", refills=np.int8(1), **numpys)
    assert [each.content for each in brood] == [
        each.content for each in grow(["cat", "dog"], 2, "list", model="echo", refills=1, **own)
    ]
    assert brood[0].identity  # which is made of JSON
    assert type(brood.asked) is int
    refined: Any = fl.refine
    assert len(refined("a hen", np.int64(1), model="echo", seed=np.int64(1))) == 1
    assert len(fl.next_token("abab", k=np.int64(2), model="echo")) == 2  # type: ignore[arg-type]
    choose: Any = fl.choose
    drawn = choose(fl.library("imagists").texts, most=np.int64(2), seed=np.int64(1))
    assert drawn == choose(fl.library("imagists").texts, most=2, seed=1)


def test_a_sampling_keeps_a_whole_temperature_as_it_was() -> None:
    assert repr(Sampling(temperature=1).temperature) == "1"
    sampling: Any = Sampling(temperature=np.float32(0.5), max_tokens=np.int64(4))  # type: ignore[arg-type]
    assert sampling == Sampling(temperature=0.5, max_tokens=4)


NUMBERS = ("responses", "seed", "max_tokens", "temperature", "top_p", "top_k", "min_p")


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["5", True, [1], float("nan"), float("inf"), -1])
def test_a_number_that_cannot_be_is_refused_in_words(name: str, value: Any) -> None:
    ask: Any = fl.base_model
    with pytest.raises(fl.InputError) as refusal:
        ask(ANIMALS, model="echo", **{name: value})
    assert refusal.value.hint


@pytest.mark.parametrize(
    "call",
    [
        lambda: fl.base_model(None, model="echo"),  # type: ignore[call-overload]
        lambda: fl.base_model(["cat"], model="echo"),  # type: ignore[call-overload]
        lambda: fl.base_model(ANIMALS, stop=5, model="echo"),  # type: ignore[call-overload]
        lambda: fl.base_model(ANIMALS, stop=[5], model="echo"),  # type: ignore[list-item]
        lambda: fl.base_model(ANIMALS, start=5, model="echo"),  # type: ignore[call-overload]
        lambda: fl.base_model(ANIMALS, model=5),  # type: ignore[call-overload]
        lambda: fl.breed("poem", model="echo"),
        lambda: fl.breed(b"poem", model="echo"),
        lambda: fl.breed(None, model="echo"),  # type: ignore[arg-type]
        lambda: fl.breed(Text("poem"), model="echo"),  # type: ignore[arg-type]
        lambda: fl.breed([None], model="echo"),
        lambda: fl.breed([5], model="echo"),
        lambda: fl.breed([["a", 5]], pattern="sequence", model="echo"),
        lambda: fl.breed(["a"], pattern=5, model="echo"),  # type: ignore[arg-type]
        lambda: fl.breed(["a"], start=5, model="echo"),  # type: ignore[arg-type]
        lambda: fl.breed(["a"], "8", model="echo"),  # type: ignore[arg-type]
        lambda: fl.breed(["a"], None, model="echo"),  # type: ignore[arg-type]
        lambda: fl.breed(["a"], refills="1", model="echo"),  # type: ignore[arg-type]
        lambda: fl.refine(None, model="echo"),  # type: ignore[arg-type]
        lambda: fl.refine([1, 2], model="echo"),  # type: ignore[list-item]
        lambda: fl.refine("a hen", examples="abc", model="echo"),
        lambda: fl.refine("a hen", examples=[["a", 1]], model="echo"),  # type: ignore[list-item]
        lambda: fl.refine("a hen", examples=5, model="echo"),  # type: ignore[arg-type]
        lambda: fl.worsen(5, model="echo"),  # type: ignore[arg-type]
        lambda: fl.format_poems("poem"),
        lambda: fl.format_poems(None),  # type: ignore[arg-type]
        lambda: fl.format_poems([5]),  # type: ignore[list-item]
        lambda: fl.format_poems(["a", None]),  # type: ignore[list-item]
        lambda: fl.format_refinements("poem"),
        lambda: fl.format_refinements([CHAIN, "poem"]),
        lambda: fl.format_refinements([[CHAIN, "poem"]]),
        lambda: fl.format_refinements([[]]),
        lambda: fl.format_refinements([[1, 2]]),  # type: ignore[list-item]
        lambda: fl.logprobs("fog", "abc", model="echo"),
        lambda: fl.logprobs("fog", [5], model="echo"),  # type: ignore[list-item]
        lambda: fl.next_token("fog", k="2", model="echo"),  # type: ignore[arg-type]
        lambda: fl.instruct(5, model="echo"),  # type: ignore[call-overload]
    ],
)
def test_what_is_of_the_wrong_type_is_refused_in_words(call: Callable[[], object]) -> None:
    with pytest.raises(fl.InputError) as refusal:
        call()
    assert refusal.value.hint


# The post's refinement calls, in every shape.

EXAMPLES = [CHAIN, ["bad rain", "rain", "the rain"]]
WHOLE = PATTERNS["refinements"].render([*EXAMPLES, [WORSE, DOVE]])


def collection() -> Collection:
    chains = tuple(Chain.of(each) for each in EXAMPLES)
    return Collection(name="own", title="", pattern="refinements", chains=chains)


@pytest.mark.parametrize(
    "chains",
    [
        [*EXAMPLES, [WORSE, DOVE]],
        [EXAMPLES, [WORSE, DOVE]],
        (tuple(map(tuple, EXAMPLES)), (WORSE, DOVE)),
        [collection(), [WORSE, DOVE]],
        [*collection(), [WORSE, DOVE]],
        [collection(), Chain.of([WORSE, DOVE])],
        [collection(), [Text(WORSE), DOVE]],
        [Chain.of(CHAIN), EXAMPLES[1], (WORSE, Text(DOVE))],
        [[Chain.of(CHAIN), EXAMPLES[1]], (WORSE, DOVE)],
        [[[CHAIN], [EXAMPLES[1]]], [WORSE, DOVE]],
    ],
)
def test_refinements_are_formatted_in_every_shape_that_the_post_prints(chains: Any) -> None:
    assert fl.format_refinements(chains) == WHOLE
    assert fl.format_refinements(iter(chains)) == WHOLE
    assert fl.base_model(fl.format_refinements(chains), model="echo", seed=1).strip()


def test_refinements_may_come_from_generators_all_the_way_down() -> None:
    def group() -> Iterable[Any]:
        yield (each for each in EXAMPLES)
        yield (each for each in (WORSE, DOVE))

    assert fl.format_refinements(group()) == WHOLE


def test_groups_of_examples_are_taken_where_a_text_is_refined() -> None:
    grown = fl.refine([WORSE, DOVE], 1, examples=[EXAMPLES, collection()], model="echo", seed=1)
    assert len(grown.examples) == 4


POEMS = PATTERNS["poems"].render(["a hen", "rain", DOVE])


@pytest.mark.parametrize(
    "poems",
    [
        ["a hen", "rain", DOVE],
        ("a hen", Text("rain"), DOVE),
        [["a hen", "rain"], DOVE],
        [Chain.of(CHAIN), "rain", [Text(DOVE)]],
        [
            Collection(name="own", title="", pattern="poems", texts=(Text("a hen"), Text("rain"))),
            DOVE,
        ],
    ],
)
def test_poems_are_formatted_in_every_shape(poems: Any) -> None:
    assert fl.format_poems(poems) == POEMS
    assert fl.format_poems(each for each in poems) == POEMS


def test_the_name_of_a_bed_is_no_bed(tmp_path: Path) -> None:
    brood = fl.breed([DOVE], n=1, model="echo")
    calls: list[Callable[[Any], Any]] = [
        lambda garden: garden.taste(bed="sea"),
        lambda garden: garden.taste(bed="sea", kind="poem"),
        lambda garden: garden.undo("sea"),
        lambda garden: garden.broods("sea"),
        lambda garden: garden.acts("sea"),
        lambda garden: garden.kept_by_model("sea"),
        lambda garden: garden.costs.total("sea"),
        lambda garden: garden.search.page("keep", bed="sea"),
        lambda garden: garden.save(brood, bed="sea"),
        lambda garden: garden.beds.change("sea", n=3),
        lambda garden: garden.beds.rename("sea", "salt"),
    ]
    with fl.open_garden(tmp_path / "garden.db") as garden:
        for call in calls:
            with pytest.raises(fl.InputError, match="The bed cannot be 'sea'") as refusal:
                call(garden)
            assert "garden.beds.open" in refusal.value.hint
        assert not garden.counts()["texts"]


@pytest.mark.parametrize(
    "call",
    [
        lambda garden: fl.evolve([DOVE], garden=garden),
        lambda garden: fl.evolve(resume="one", garden=garden),
        lambda garden: fl.share(garden, 1),
        lambda garden: fl.echoes(DOVE, garden=garden),
    ],
)
def test_the_path_of_a_garden_is_no_garden(call: Callable[[Any], Any]) -> None:
    with pytest.raises(fl.InputError, match=r"The garden cannot be 'garden\.db'") as refusal:
        call("garden.db")
    assert "fl.open_garden" in refusal.value.hint


def test_a_garden_refuses_what_is_no_brood_no_chain_and_no_text(tmp_path: Path) -> None:
    calls: dict[str, Callable[[Any], Any]] = {
        "The brood": lambda garden: garden.save(fl.Text(DOVE)),
        "The chain": lambda garden: garden.accept(DOVE),
        "A text": lambda garden: garden.keep(DOVE),
    }
    with fl.open_garden(tmp_path / "garden.db") as garden:
        for name, call in calls.items():
            with pytest.raises(fl.InputError, match=f"{name} cannot be") as refusal:
                call(garden)
            assert refusal.value.hint
