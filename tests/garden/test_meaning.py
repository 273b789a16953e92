"""Embeddings kept in a garden, and finding texts by meaning."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

import flourishing as fl
from flourishing.errors import EngineError, InputError
from flourishing.garden import Garden, Near, meaning, open_garden
from flourishing.garden.garden import AsyncGarden
from flourishing.models import BaseModel, open_model
from tests.conftest import ScriptedModel
from tests.marks import on_both_databases

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEA = ("grey waves on the shore", "the waves of the grey sea", "a grey sea, the waves")
BREAD = ("two loaves of rye bread", "warm bread and butter", "the baker's bread is warm")


class Embedder(ScriptedModel):
    """A model whose embeddings are known, and which notes what it was asked."""

    def __init__(self, name: str = "embedder") -> None:
        super().__init__(["x"], name=name)
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if any("refused" in text for text in texts):
            raise InputError("It is refused.", hint="Leave it out.")
        self.asked += texts
        rows = [[1, text.count("sea"), text.count("bread"), len(text) / 100] for text in texts]
        return np.array(rows, np.float32)


def contents(found: Sequence[Near]) -> list[str]:
    return [near.text.content for near in found]


@on_both_databases
def test_what_is_like_a_text_is_found_the_nearest_first(garden: Garden) -> None:
    texts = garden.add(*SEA, *BREAD)
    done = garden.embed_missing("echo")
    assert (done.new, done.done, done.all) == (6, 6, 6)
    near = garden.similar(texts[0].id, n=2, model="echo")
    assert set(contents(near)) == set(SEA[1:])
    assert near[0].likeness >= near[1].likeness > 0
    assert set(contents(garden.similar("bread, warm", n=3, model="echo"))) == set(BREAD)
    assert set(contents(garden.similar(texts[3], n=2, model="echo"))) == set(BREAD[1:])


def test_each_content_is_embedded_once_and_what_is_new_is_found(garden: Garden) -> None:
    model = Embedder()
    garden.add("sea", "bread", "sea")
    assert garden.embed_missing(model, limit=1).new == 1
    assert garden.embed_missing(model).new == 1
    assert sorted(model.asked) == ["bread", "sea"]
    assert contents(garden.similar("sea", model=model)) == ["bread"]
    garden.add("the sea, the sea")
    assert garden.embed_missing(model).new == 1
    assert contents(garden.similar("sea", model=model))[0] == "the sea, the sea"


def test_they_are_still_there_in_another_process(place: str) -> None:
    with open_garden(place) as garden:
        garden.add("sea", "the sea", "bread")
        garden.embed_missing(Embedder())
    with open_garden(place) as garden:
        model = Embedder()
        assert garden.embed_missing(model).new == 0
        assert contents(garden.similar("sea", n=1, model=model)) == ["the sea"]
        assert model.asked == []


def test_marks_tags_and_beds_choose_among_what_is_near(garden: Garden) -> None:
    texts = garden.add(*(f"sea {'a' * number}" for number in range(30)), "bread", keep=False)
    garden.keep(texts[-1], texts[3])
    garden.put_away(texts[1])
    garden.tag("bright", texts[4])
    model = Embedder()
    garden.embed_missing(model)
    assert contents(garden.similar("sea", mark="keep", model=model)) == ["sea aaa", "bread"]
    assert contents(garden.similar("sea", tag="bright", model=model)) == ["sea aaaa"]
    assert "sea a" not in contents(garden.similar("sea", n=40, model=model))
    assert garden.similar("sea", bed=garden.beds.begin("empty"), model=model) == []


def test_models_do_not_mix(garden: Garden) -> None:
    garden.add(*SEA)
    garden.embed_missing(Embedder("one"))
    with pytest.raises(InputError, match="None of the 3 texts"):
        garden.similar("sea", model=Embedder("two"))
    assert garden.embed_missing(Embedder("two")).new == 3


def test_what_cannot_be_embedded_holds_nothing_up_and_is_not_asked_again(garden: Garden) -> None:
    garden.add("sea", "refused", "bread", " ", "")
    model = Embedder()
    assert garden.embed_missing(model).new == 5
    assert sorted(set(model.asked)) == ["bread", "sea"]
    assert garden.embed_missing(model).new == 0
    assert sorted(contents(garden.similar("a sea", model=model))) == ["bread", "sea"]


def test_a_garden_without_embeddings_says_how_to_make_them(garden: Garden) -> None:
    garden.add(*SEA)
    with pytest.raises(InputError, match="None of the 3 texts") as refusal:
        garden.similar(1, model="echo")
    assert "flourishing garden embed" in refusal.value.hint


@pytest.mark.parametrize("to", ["", "  ", "\ud800", 99])
def test_nothing_to_be_like_is_refused_in_words(garden: Garden, to: str | int) -> None:
    garden.add(*SEA)
    garden.embed_missing("echo")
    with pytest.raises(InputError) as refusal:
        garden.similar(to, model="echo")
    assert refusal.value.hint


def test_a_model_without_embeddings_says_so(garden: Garden) -> None:
    with pytest.raises(EngineError, match="scripted"):
        garden.embed_missing(ScriptedModel(["x"]))


def test_what_is_emptied_leaves_no_embedding_behind(garden: Garden) -> None:
    texts = garden.add("sea", "bread", "the sea")
    model = Embedder()
    garden.embed_missing(model)
    assert len(garden.similar("sea", model=model)) == 2
    garden.put_away(texts[1])
    assert garden.embeddings.counts("embedder") == (2, 2)
    garden.empty()
    assert garden.embeddings.counts("embedder") == (2, 2)
    assert contents(garden.similar("sea", model=model)) == ["the sea"]
    assert garden.verify() == []


def test_a_garden_that_grows_much_is_looked_at_as_well(garden: Garden) -> None:
    draw = np.random.default_rng(1)
    texts = garden.add(*(f"text {number}" for number in range(60)))
    rows = draw.normal(size=(60, 6)).astype(np.float32)
    for begin, end in ((0, 3), (3, 60)):
        some = texts[begin:end]
        missing = {
            text.content: each.digest
            for each in garden.embeddings.missing("m", 100, ids=[text.id for text in some])
            for text in some
            if text.content == each.content
        }
        given = {missing[text.content]: rows[text.id - 1] for text in some}
        garden.embeddings.put("m", given)
        garden.search.near(rows[0], "m")
    directions = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    directions -= directions.mean(axis=0)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = np.argsort(-(directions @ directions[7]))[:5] + 1
    assert [near.text.id for near in garden.search.near(rows[7], "m", limit=5)] == list(expected)


def test_coroutines_embed_and_look_while_others_write(garden: Garden) -> None:
    garden.add(*SEA, *BREAD)

    async def both() -> list[Near]:
        shared = AsyncGarden(garden)
        told: list[int] = []
        done, _ = await asyncio.gather(
            meaning.embed_missing(shared, "echo", notify=told.append),
            shared.write(Garden.add, "one more", keep=False),
        )
        assert told[-1] == done.new
        await meaning.embed_missing(shared, "echo")
        found = await meaning.similar(shared, SEA[0], n=2, model="echo")
        await shared.close()
        return found

    assert set(contents(fl.sync.run(both()))) == set(SEA[1:])


@pytest.mark.slow
def test_a_garden_of_many_texts_without_embeddings_does_not_embed_them_to_look(
    garden: Garden,
) -> None:
    garden.add(*(f"text {number}" for number in range(500)))
    model = Embedder()
    with pytest.raises(InputError, match="None of the 500 texts"):
        garden.similar("text", model=model)
    assert model.asked == []


def test_embeddings_of_another_length_under_the_same_name_are_refused(garden: Garden) -> None:
    garden.add("sea")
    garden.embed_missing(Embedder("echo"))
    with pytest.raises(InputError, match="64 numbers"):
        garden.similar("other words", model=open_model("echo"))


@pytest.mark.timeout(200)
def test_the_embedded_model_finds_what_means_the_same(garden: Garden, local: BaseModel) -> None:
    garden.add(
        "The ship sailed over the stormy ocean.",
        "My grandmother baked a cake for the party.",
        "He could not solve the equation in algebra class.",
    )
    garden.embed_missing(local)
    (near,) = garden.similar("A boat crosses the sea in high waves.", n=1, model=local)
    assert "ship" in near.text.content
