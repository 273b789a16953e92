"""The model that ships: which of its three files continues a text, and how texts name it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

import flourishing as fl
from flourishing import sync
from flourishing.core.sampling import Sampling
from flourishing.library import names
from flourishing.models import BaseModel, Completion, open_model
from flourishing.models.packaged import PackagedModel
from flourishing.models.vocabulary import ENGLISH, LATIN, Vocabulary, reduced_weights
from flourishing.models.weights import EMBEDDED_NAME, EMBEDDED_NAMES
from flourishing.models.worker import WorkerModel
from flourishing.settings import cache_path

pytestmark = [pytest.mark.engine, pytest.mark.timeout(200)]

ANIMALS = "|cat|elephant|rabbit|dog|"
HAIKU = "古池や\n蛙飛びこむ\n水の音"
KUBLA = (
    "In Xanadu did Kubla Khan\nA stately pleasure-dome decree:\nWhere Alph, the sacred river, ran\n"
    "Through caverns measureless to man\nDown to a sunless sea."
)
INNISFREE = (
    "I will arise and go now, and go to Innisfree,\n"
    "And a small cabin build there, of clay and wattles made;\n"
    "Nine bean-rows will I have there, a hive for the honey-bee,\n"
    "And live alone in the bee-loud glade."
)
DEMAIN = (
    "Demain, dès l'aube, à l'heure où blanchit la campagne,\n"
    "Je partirai. Vois-tu, je sais que tu m'attends."
)
CATULLUS = "Vivamus, mea Lesbia, atque amemus,\nrumoresque senum severiorum\nomnes unius aestimemus"
HERBSTTAG = "Herr: es ist Zeit. Der Sommer war sehr groß.\nLeg deinen Schatten auf die Sonnenuhren,"
KIEU = "Trăm năm trong cõi người ta,\nChữ tài chữ mệnh khéo là ghét nhau."


@pytest.fixture
def packaged(local: BaseModel) -> PackagedModel:
    assert isinstance(local, PackagedModel)
    return local


def writes(model: PackagedModel, *texts: str) -> str:
    return sync.run(model.model_for(*texts)).name


# Which file.


@pytest.mark.parametrize(
    "text",
    ["", ANIMALS, KUBLA, INNISFREE, "Dad's phone died. lol 😀", "def f(x, y):\n    return x % y"],
)
def test_english_and_code_are_for_the_english_file(packaged: PackagedModel, text: str) -> None:
    assert writes(packaged, text) == ENGLISH.name


@pytest.mark.parametrize("name", names())
def test_what_ships_is_for_the_english_file(packaged: PackagedModel, name: str) -> None:
    texts = [
        text.content
        for each in fl.library(name)
        for text in (each.versions if isinstance(each, fl.Chain) else (each,))
    ]
    assert writes(packaged, "\n---\n".join(texts)) == ENGLISH.name


@pytest.mark.parametrize("text", [DEMAIN, CATULLUS, HERBSTTAG, KIEU, f"{ANIMALS}słoń|"])
def test_other_languages_in_latin_letters_are_for_the_latin_file(
    packaged: PackagedModel, text: str
) -> None:
    assert writes(packaged, text) == LATIN.name


@pytest.mark.parametrize("text", [HAIKU, "снег", f"{KUBLA}\n水", "λ"])
def test_any_other_character_is_for_the_whole_file(packaged: PackagedModel, text: str) -> None:
    assert writes(packaged, text) == EMBEDDED_NAME


def test_one_token_in_a_hundred_may_be_lacking(packaged: PackagedModel) -> None:
    poem = f"{KUBLA}\n---\n{INNISFREE}\n---\n"
    name = "Zażółć"
    assert writes(packaged, name) == LATIN.name
    assert writes(packaged, f"{KUBLA}\n{name}") == LATIN.name
    assert writes(packaged, poem * 20 + name) == ENGLISH.name
    assert writes(packaged, poem * 20, name) == ENGLISH.name


@pytest.mark.parametrize("text", ["", KUBLA, DEMAIN, HAIKU])
def test_tokens_are_counted_as_the_file_spells_them(packaged: PackagedModel, text: str) -> None:
    own = sync.run(packaged.model_for(text))
    assert sync.run(packaged.count_tokens(text)) == len(sync.run(own.tokens(text)))


def test_another_script_is_known_without_loading_anything(tmp_path: Path) -> None:
    model = PackagedModel(tmp_path)
    assert sync.run(model.model_for(HAIKU)) is model.whole
    assert not model.ready
    assert not list(tmp_path.iterdir())


# Where a file cannot be made.


def test_the_next_file_writes_where_one_cannot_be_made(tmp_path: Path, local: BaseModel) -> None:
    for name in ("gemma-3-270m-q4_k_m.gguf", LATIN.file):
        (tmp_path / name).symlink_to(cache_path() / name)
    (tmp_path / ENGLISH.file).mkdir()  # a file cannot take its place
    model = PackagedModel(tmp_path)
    assert writes(model, KUBLA) == LATIN.name
    assert writes(model, HAIKU) == EMBEDDED_NAME
    (tmp_path / LATIN.file).unlink()
    (tmp_path / LATIN.file).mkdir()
    assert writes(PackagedModel(tmp_path), KUBLA) == EMBEDDED_NAME


FULL = """
import resource, sys
from pathlib import Path
import flourishing as fl
from flourishing.models.packaged import PackagedModel

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000_000, 100_000_000))
model = PackagedModel(Path(sys.argv[1]))
prompts = (["fog", "rain"], [sys.argv[2]])
broods = [fl.breed(each, 1, model=model, max_tokens=4, refills=0) for each in prompts]
print(*(brood.model for brood in broods))
print(*broods[0].notes)
print(*broods[1].notes)
"""


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("there", [None, LATIN])
def test_a_disk_that_takes_no_more_leaves_the_next_file_with_a_notice(
    tmp_path: Path, local_weights: Path, there: Vocabulary | None
) -> None:
    (tmp_path / local_weights.name).symlink_to(local_weights)
    if there:
        (tmp_path / there.file).symlink_to(reduced_weights(there, cache_path()))
    said = subprocess.check_output([sys.executable, "-c", FULL, str(tmp_path), HAIKU], text=True)
    written_by, first, later = said.splitlines()
    assert written_by == f"{there.name if there else EMBEDDED_NAME} {EMBEDDED_NAME}"
    assert first.count("FLOURISHING_CACHE") == 1
    assert ENGLISH.file in first
    assert "FLOURISHING_CACHE" not in later
    assert not (tmp_path / ENGLISH.file).exists()


# Who wrote what.


def written(model: BaseModel, prompt: str) -> list[Completion]:
    async def read() -> list[Completion]:
        sampling = Sampling(max_tokens=4)
        events = model.complete(prompt, n=2, sampling=sampling, stop=(), seed=1, reproducible=True)
        async with aclosing(events):
            return [event async for event in events if isinstance(event, Completion)]

    return sync.run(read())


def test_a_brood_says_which_file_wrote_it(local: BaseModel) -> None:
    brood = fl.breed(["fog", "rain"], 2, model=local, max_tokens=8, seed=4)
    assert brood.model == ENGLISH.name
    assert {each.origin.model for each in brood} == {ENGLISH.name}
    assert local.name == EMBEDDED_NAME


@pytest.mark.slow
@pytest.mark.parametrize(("parent", "name"), [(DEMAIN, LATIN.name), (HAIKU, EMBEDDED_NAME)])
def test_a_brood_of_another_language_says_so(local: BaseModel, parent: str, name: str) -> None:
    brood = fl.breed([parent], 2, model=local, max_tokens=8, seed=4)
    assert brood.model == name
    assert {each.origin.model for each in brood} == {name}


def test_start_words_in_another_script_are_for_the_whole_file(local: BaseModel) -> None:
    (bred,) = fl.breed(["fog", "rain"], 1, model=local, start="雪", max_tokens=8, seed=4)
    assert bred.origin.model == local.name
    assert bred.content.startswith("雪")


@pytest.mark.slow
def test_a_worker_says_so_too(worker: WorkerModel) -> None:
    assert {each.model for each in written(worker, ANIMALS)} == {ENGLISH.name}
    assert {each.model for each in written(worker, DEMAIN)} == {LATIN.name}
    assert {each.model for each in written(worker, HAIKU)} == {""}


def test_a_seed_gives_the_same_whatever_else_was_written(local: BaseModel) -> None:
    first = written(local, ANIMALS)
    written(local, HAIKU)
    assert written(local, ANIMALS) == first


@pytest.mark.parametrize("name", sorted(EMBEDDED_NAMES))
def test_the_name_in_a_text_opens_the_model(local: BaseModel, name: str) -> None:
    assert open_model(name) is local


def test_tokens_of_any_script_are_counted_as_the_whole_file_has_them(
    packaged: PackagedModel,
) -> None:
    for text in (KUBLA, HAIKU):
        counted = sync.run(packaged.count_tokens(text))
        assert counted == sync.run(packaged.whole.count_tokens(text))


@pytest.mark.slow
def test_an_embedding_does_not_depend_on_what_else_is_embedded(packaged: PackagedModel) -> None:
    texts = [KUBLA, DEMAIN, INNISFREE, HAIKU, ANIMALS]
    together = fl.embed(texts, model=packaged)
    for text, row in zip(texts, together, strict=True):
        (alone,) = fl.embed([text], model=packaged)
        assert np.allclose(alone, row, rtol=1e-3, atol=1e-3 * np.abs(row).max()), text
    (english,) = fl.embed([KUBLA], model=packaged.english)
    (latin,) = fl.embed([DEMAIN], model=packaged.latin)
    assert np.allclose(together[0], english, rtol=1e-3, atol=1e-3 * np.abs(english).max())
    assert np.allclose(together[1], latin, rtol=1e-3, atol=1e-3 * np.abs(latin).max())


def test_an_empty_text_among_others_is_refused_by_its_number(local: BaseModel) -> None:
    with pytest.raises(fl.InputError, match="Text 3"):
        fl.embed([DEMAIN, KUBLA, ""], model=local)
