"""One word at a time: the likeliest in a place, one put there, and all regrown from there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from flourishing import sync
from flourishing.app import bed_operations
from flourishing.app.other_words import GivenWords, OtherWords, beginning_of, other_words, put_word
from flourishing.breeding.breed import finished
from flourishing.core.text import Span
from flourishing.errors import EngineError, InputError
from flourishing.garden import AsyncGarden, Bed, Garden
from flourishing.models import BaseModel, Score, TokenLogprob, open_model
from flourishing.models.protocol import no_log_probabilities
from tests.conftest import ScriptedModel
from tests.garden.broods import bred
from tests.garden.new import new_garden


class Dice(ScriptedModel):
    """Says of some contexts what comes next; of no text how likely it is."""

    def __init__(self, **after: dict[str, float]) -> None:
        super().__init__([" sleeps tonight"])
        self.after = after
        self.asked: list[str] = []

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        self.asked.append(prompt)
        found = next((it for end, it in self.after.items() if prompt.endswith(end)), {".": 1.0})
        return tuple(TokenLogprob(token, math.log(chance)) for token, chance in found.items())[:k]


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with Garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


def words(
    garden: Garden,
    text: int,
    at: int,
    model: BaseModel,
    *,
    bed: Bed | None = None,
    k: int = 12,
) -> OtherWords:
    async def ask() -> OtherWords:
        return await other_words(AsyncGarden(garden), text, at, model=model, bed=bed, k=k)

    return sync.run(ask())


def sea(garden: Garden) -> int:
    """Save a text that a model wrote; give its number."""
    return garden.save(bred(["fog", "salt"], ["the old sea sleeps"]))[0].id


def test_words_come_whole_with_their_probabilities_the_likeliest_first(garden: Garden) -> None:
    dice = Dice(
        **{
            "the": {" grey": 0.4, " old": 0.3, " zyx": 0.2, ".": 0.1},
            "the zyx": {"wv": 0.75, " sea": 0.25},
            "the zyxwv": {" sea": 1.0},
        }
    )
    found = words(garden, sea(garden), 4, dice)
    assert found.word == "old"
    assert found.begin == 4
    assert found.probability == pytest.approx(0.3)
    others = [(each.text, round(each.probability, 4)) for each in found.others]
    assert others == [("grey", 0.4), ("zyxwv", 0.15), ("zyx", 0.05)]


def test_the_context_is_what_it_was_bred_from_and_ends_without_a_blank(garden: Garden) -> None:
    dice, text = Dice(), sea(garden)
    words(garden, text, 9, dice)
    prompt = garden.text(text).origin.prompt
    assert dice.asked[0] == f"{prompt}the old"
    edit = garden.edit(text, "the cold sea sleeps")
    words(garden, edit.id, 5, dice)
    assert f"{prompt}the" in dice.asked


def test_of_what_nothing_was_bred_from_the_bed_gives_the_context(garden: Garden) -> None:
    dice = Dice()
    fog, salt = garden.add("grey fog", "the salt")
    bed = garden.beds.open("sea", parents=(fog.id, salt.id))
    words(garden, salt.id, 4, dice, bed=bed)
    assert dice.asked[0].endswith("the")
    assert "grey fog" in dice.asked[0]
    assert "the salt" not in dice.asked[0]
    with pytest.raises(InputError, match="Nothing was written before"):
        words(garden, salt.id, 4, dice)


@pytest.mark.parametrize("at", [3, 99])
def test_where_no_word_stands_it_is_refused(garden: Garden, at: int) -> None:
    with pytest.raises(InputError, match="No word stands"):
        words(garden, sea(garden), at, Dice())


def test_a_model_without_log_probabilities_says_so(garden: Garden) -> None:
    class Mute(Dice):
        async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:  # noqa: ARG002
            raise no_log_probabilities(self.name)

    with pytest.raises(EngineError, match="gives no log-probabilities"):
        words(garden, sea(garden), 4, Mute())


def test_no_more_is_asked_than_is_bounded(garden: Garden) -> None:
    class Endless(Dice):
        async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:  # noqa: ARG002
            self.asked.append(prompt)
            blank = "" if prompt.endswith("q") else " "
            return (TokenLogprob(f"{blank}q", 0.0),)

        async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:  # noqa: ARG002
            raise no_log_probabilities(self.name)

    endless = Endless()
    found = words(garden, sea(garden), 4, endless)
    assert found.others == ()
    assert found.probability is None
    assert len(endless.asked) <= 17


def test_a_given_word_is_the_models_and_a_typed_one_the_persons(garden: Garden) -> None:
    given, text = GivenWords(), sea(garden)
    given.note(words(garden, text, 4, Dice(the={" grey": 0.6, " old": 0.4})))
    grey = put_word(garden, text, 4, "grey", given=given)
    assert grey.content == "the grey sea sleeps"
    assert grey.origin.author == "person"  # the choice is an edit
    assert garden.lineage.spans(grey.id) == (Span("model", 19),)
    green = put_word(garden, grey.id, 4, "green", given=given)
    assert garden.lineage.spans(green.id) == (
        Span("model", 4),
        Span("person", 5),
        Span("model", 11),
    )
    later = garden.edit(green, "the green sea sleeps now")
    assert garden.lineage.spans(later.id)[-1] == Span("person", 4)
    assert garden.lineage.spans(later.id)[1] == Span("person", 5)
    assert garden.verify() == []


def test_a_blank_word_is_refused(garden: Garden) -> None:
    with pytest.raises(InputError, match="blank"):
        put_word(garden, sea(garden), 4, " ", given=GivenWords())


def test_start_words_belong_to_whoever_wrote_them(garden: Garden) -> None:
    given, text = GivenWords(), sea(garden)
    cold = put_word(garden, text, 4, "cold", given=given)
    start = beginning_of(garden, cold.id, 9, given=given)
    assert start.start == "the cold"
    assert start.spans == (Span("model", 4), Span("person", 4))
    with_word = beginning_of(garden, cold.id, 9, given=given, word="wind")
    assert with_word.start == "the cold wind"
    assert with_word.spans == (
        Span("model", 4),
        Span("person", 4),
        Span("model", 1),
        Span("person", 4),
    )
    with pytest.raises(InputError, match="Nothing stands before"):
        beginning_of(garden, cold.id, 0, given=given)
    bed = grown(garden, start.start, start.spans)
    (regrown, *_) = garden.brood(bed.brood or 0)
    assert regrown.content == "the cold sleeps tonight"
    assert garden.lineage.spans(regrown.id) == (
        Span("model", 4),
        Span("person", 4),
        Span("model", 15),
    )
    assert garden.verify() == []


def grown(garden: Garden, start: str, spans: tuple[Span, ...]) -> Bed:
    """Save the next brood of a bed that begins with these words."""
    parents = garden.add("fog", "salt")
    bed = garden.beds.open("sea", parents=tuple(each.id for each in parents), n=2, start=start)
    events = bed_operations.next_brood(AsyncGarden(garden), bed, model=Dice(), start_spans=spans)
    garden.save(sync.run(finished(events)), bed=bed)
    return garden.beds.get(bed.id)


def test_echo_gives_words_of_several_characters(garden: Garden) -> None:
    found = words(garden, sea(garden), 9, open_model("echo"))
    assert found.others
    assert all(each.text.isalpha() for each in found.others)


def test_the_embedded_model_gives_whole_words(garden: Garden, local: BaseModel) -> None:
    text = garden.save(bred(["fog on the hill", "salt on the pier"], ["rain on the roof"]))[0]
    found = words(garden, text.id, 12, local, k=8)
    assert len(found.others) == 8
    assert 0 < (found.probability or 0) < 1
    chances = [each.probability for each in found.others]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) < 1
