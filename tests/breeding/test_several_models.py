"""Several models that share a brood: who fills which place, what each is sent, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

import flourishing as fl
from flourishing import breeding, sync
from flourishing.app.progress import PartialBrood
from flourishing.breeding import BreedRequest
from flourishing.breeding.brood import Again, Arrived, Asked, BreedingEvent, Brood
from flourishing.core.chain import Chain
from flourishing.errors import EngineError, InputError, ModelError
from flourishing.models import BaseModel, Completion, Event, Notice, Usage
from flourishing.models.echo import EchoModel
from flourishing.models.weights import EMBEDDED_NAMES

POEMS = [
    "the fog comes\non little cat feet",
    "whirl up, sea\nwhirl your pointed pines",
    "a wet, black bough\nand petals on it",
]


class Named(EchoModel):
    """An echo model of another name.

    Args:
        name: What it is called.
        room: How many characters of a prompt it can read; None for as many as the echo model.
    """

    def __init__(self, name: str, room: int | None = None) -> None:
        self._name = name
        self._room = room

    @property
    def name(self) -> str:  # type: ignore[override]
        return self._name

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        return await super().prompt_room(n, max_tokens) if self._room is None else self._room


class Down(Named):
    """A model that gives so many completions, and then fails.

    Args:
        name: What it is called.
        gives: How many completions it gives.
    """

    def __init__(self, name: str, gives: int = 0) -> None:
        super().__init__(name)
        self._gives = gives

    async def complete(self, prompt: str, **more: Any) -> AsyncGenerator[Event]:
        given = 0
        async with aclosing(super().complete(prompt, **more)) as events:
            async for event in events:
                given += isinstance(event, Completion)
                if given > self._gives:
                    break
                yield event
        raise EngineError("The server is down.", hint="Start it.")


def bred(*models: BaseModel, n: int = 6, **more: Any) -> Brood:
    return fl.breed(POEMS, n, model=models, seed=1, **more)


def events_of(*models: BaseModel, n: int = 6, **more: Any) -> list[BreedingEvent]:
    request = BreedRequest(parents=POEMS, n=n, model=models, seed=1, **more)

    async def told() -> list[BreedingEvent]:
        async with aclosing(breeding.breed(request)) as events:
            return [event async for event in events]

    return sync.run(told())


def test_places_are_shared_out_in_turn_and_each_offspring_names_its_model() -> None:
    brood = bred(Named("a"), Named("b"), Named("c"), n=7)
    assert [each.origin.model for each in brood] == ["a", "b", "c", "a", "b", "c", "a"]
    assert brood.models == ("a", "b", "c")
    assert brood.model == "a, b, c"
    assert [(part.model, part.asked, len(part)) for part in brood.parts] == [
        ("a", 3, 3),
        ("b", 2, 2),
        ("c", 2, 2),
    ]
    assert [row["model"] for row in brood.to_records()] == [each.origin.model for each in brood]
    assert "a, b, c" in brood._repr_html_()
    assert brood.as_dict()["parts"] == [part.as_part() for part in brood.parts]


def test_one_model_breeds_as_it_does_without_a_list() -> None:
    alone, listed = bred(Named("a")), fl.breed(POEMS, 6, model=Named("a"), seed=1)
    assert [each.content for each in alone] == [each.content for each in listed]
    assert alone.models == ("a",)
    assert "parts" not in alone.as_dict()


def test_the_same_seed_gives_the_same_brood() -> None:
    one, two = (bred(Named("a"), Named("b")) for _ in range(2))
    assert [each.content for each in one] == [each.content for each in two]
    assert [each.origin.seed for each in one] == [each.origin.seed for each in two]
    assert one.reproducible


def test_each_model_gets_the_prompt_that_fits_into_its_context() -> None:
    brood = bred(Named("wide"), Named("narrow", room=110), refills=0)
    wide, narrow = brood.parts
    assert len(wide.parents) == 3
    assert [each.content for each in narrow.parents] == POEMS[-2:]
    assert [each.content for each in narrow.left_out] == POEMS[:1]
    assert brood.prompt == wide.prompt != narrow.prompt
    assert {each.origin.prompt for each in brood[1::2]} == {narrow.prompt}
    assert {each.origin.parents for each in brood[1::2]} == {narrow.parents}
    assert any(note.startswith("narrow: The first 1 of 3 parents") for note in brood.notes)


def test_a_place_is_filled_again_by_its_own_model() -> None:
    events = events_of(Named("a"), Named("b"), n=8)
    again = {event.index for event in events if isinstance(event, Again)}
    wrote: dict[int, Counter[str | None]] = {}
    for event in events:
        if isinstance(event, Arrived):
            wrote.setdefault(event.index, Counter())[event.offspring.origin.model] += 1
    assert again  # or else this shows nothing
    assert {place: set(models) for place, models in wrote.items()} == {
        place: {"ab"[place % 2]} for place in range(8)
    }
    assert all(sum(wrote[place].values()) > 1 for place in again)


class Saying(Named):
    """A model that says what it is told to, one after the other.

    Args:
        name: What it is called.
        words: What it says.
    """

    def __init__(self, name: str, *words: str) -> None:
        super().__init__(name)
        self._words = iter(words)

    async def complete(self, prompt: str, *, n: int, **_: Any) -> AsyncGenerator[Event]:
        for index, words in zip(range(n), self._words, strict=False):
            yield Completion(index, words, "stop", index, 4)
        yield Usage(prompt=len(prompt), completion=n)


def test_what_another_model_wrote_too_is_asked_for_again() -> None:
    one = Saying("a", "an oak\nalone in the rain", "a gull\nover the grey harbour")
    two = Saying("b", "an oak\nalone in the rain", "a door of glass", "the salt road home")
    events = events_of(one, two, n=4, refills=2)
    brood = events[-1]
    assert isinstance(brood, Brood)
    assert [each.content.splitlines()[0] for each in brood] == [
        "an oak",
        "the salt road home",
        "a gull",
        "a door of glass",
    ]
    assert [each.flaws for each in brood] == [()] * 4
    assert [each.content.splitlines()[0] for each in brood.set_aside] == ["an oak"]
    again = [event for event in events if isinstance(event, Again)]
    assert [(event.index, event.flaw.reason) for event in again] == [
        (1, "the same as offspring 1"),
    ]
    assert brood.parts[1].usage.completion == 3


def test_what_a_model_cost_that_gave_nothing_counts_and_the_brood_says_so() -> None:
    brood = bred(Named("a"), Saying("b"), n=4, refills=0)
    assert (brood.model, brood.models) == ("a", ("a",))
    nothing = brood.parts[1]
    assert (nothing.model, len(nothing), nothing.usage.completion) == ("b", 0, 2)
    assert brood.usage == brood.parts[0].usage + nothing.usage
    assert "b: 2 of 2 never came: the model gave fewer than asked for." in brood.notes


def test_what_the_others_wrote_stays_where_a_model_fails() -> None:
    events = events_of(Named("a"), Down("b"))
    brood = events[-1]
    assert isinstance(brood, Brood)
    assert [each.origin.model for each in brood] == ["a"] * 3
    assert brood.models == ("a",)
    assert brood.asked == 6
    words = "b: its 3 places are missing. The server is down. Start it."
    assert words in brood.notes
    assert Notice(words) in events


def test_what_came_before_a_model_failed_stays() -> None:
    brood = bred(Named("a"), Down("b", gives=1), refills=0)
    assert sorted(str(each.origin.model) for each in brood) == ["a", "a", "a", "b"]
    assert any(note.startswith("b: The model failed: The server is down.") for note in brood.notes)


def test_where_all_models_fail_the_error_of_the_first_is_raised() -> None:
    with pytest.raises(ModelError, match="down"):
        bred(Down("a"), Down("b"))


def test_the_same_from_two_models_is_marked_by_the_places_of_the_brood() -> None:
    words = ("0 oaks\nalone in the rain", "1 oaks\nalone in the rain")
    brood = bred(Saying("a", *words), Saying("b", *words), n=4, refills=0)
    assert [each.content[0] for each in brood] == ["0", "0", "1", "1"]
    assert [each.flaws[0].reason if each.flaws else "" for each in brood][1::2] == [
        "the same as offspring 1",
        "the same as offspring 3",
    ]


def test_chains_are_refined_by_several_models_after_the_same_examples() -> None:
    chain = Chain.of(["a dove flies up", "a dove flies up\nfrom the hedge"])
    brood = fl.refine(chain, 4, model=[Named("a"), Named("b")])
    one, two = brood.parts
    assert one.prompt == two.prompt
    assert one.examples == two.examples
    assert brood.chain == chain
    examples = [["a cold moon", "a moon"], ["a red sun", "a sun"]]
    worse = fl.worsen(chain, 2, examples=examples, model=[Named("a"), Named("b")])
    assert worse.prompt == fl.worsen(chain, 2, examples=examples, model="echo").prompt


def test_what_came_of_an_unfinished_brood_has_a_part_for_each_model() -> None:
    events = events_of(Named("a"), Named("b", room=110))
    assert {event.model for event in events if isinstance(event, Asked)} == {"a", "b"}
    partial = PartialBrood(6)
    for event in events[:-1]:
        partial.take(event)
    whole, came = events[-1], partial.brood(note="stopped")
    assert isinstance(whole, Brood)
    assert came is not None
    assert came.notes == ("stopped",)
    assert partial.places == list(range(6))
    assert [(each.model, each.asked, each.prompt) for each in came.parts] == [
        (each.model, each.asked, each.prompt) for each in whole.parts
    ]
    assert {each.identity for each in came.set_aside} <= {
        each.identity for each in (*whole.set_aside, *whole)
    }


@pytest.mark.parametrize(
    ("models", "n", "words"),
    [
        ([], 4, "There is no model"),
        ([Named("a"), Named("a")], 4, "'a' is named twice"),
        ([Named("a"), Named("b"), Named("c")], 2, "2 offspring cannot be shared out among 3"),
    ],
)
def test_models_that_cannot_share_a_brood_are_refused(
    models: list[BaseModel], n: int, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        bred(*models, n=n)


def test_the_embedded_model_and_another_share_a_brood(local: BaseModel) -> None:
    brood = bred(local, Named("b"), n=2, refills=0)
    assert [each.origin.model in EMBEDDED_NAMES for each in brood] == [True, False]
    assert [part.usage.completion > 0 for part in brood.parts] == [True, True]
