"""The embedded model with a part of its vocabulary: made, checked, chosen, and named."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flourishing as fl
from flourishing import sync
from flourishing.core.sampling import Sampling
from flourishing.library import names
from flourishing.models import BaseModel, Completion, open_model
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.engine import Engine
from flourishing.models.vocabulary import (
    LATIN_FILE,
    SHA256,
    _Reduction,
    latin_weights,
    reduced,
    spells,
)
from flourishing.models.weights import LATIN_NAME
from flourishing.models.worker import WorkerModel

pytestmark = [pytest.mark.engine, pytest.mark.timeout(200)]

ANIMALS = "|cat|elephant|rabbit|dog|"
HAIKU = "古池や\n蛙飛びこむ\n水の音"


# Which file a text is for.


@pytest.mark.parametrize(
    "text",
    [
        "",
        "so much depends",
        "Über den Wipfeln ist Ruh’",
        "Sông núi nước Nam",
        "—…“”≤→█",
        "🌧️❤👩‍🚀",
        "<eos>\t\n\0",
    ],
)
def test_latin_letters_symbols_and_emoji_are_spelled(text: str) -> None:
    assert spells(text)


@pytest.mark.parametrize(
    "text",
    ["π", "снег", "水の音", "한글", "ثلج", "שלג", "बर्फ", "so much 水 depends", "\ud800"],
)
def test_one_character_of_another_script_is_for_the_whole_file(text: str) -> None:
    assert not spells(text)


# The same tokens.


class Both:
    """The two files, loaded, whose tokens can be compared."""

    def __init__(self, model: EmbeddedModel, weights: Path) -> None:
        whole = sync.run(model._whole_model())
        sync.run(whole.load())
        assert model._engine is not None
        assert whole._engine is not None
        assert model._engine.vocabulary_size < whole._engine.vocabulary_size
        self.part: Engine = model._engine
        self.whole: Engine = whole._engine
        with (
            weights.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            self.kept = _Reduction(content)._kept

    def agree(self, text: str) -> bool:
        """Whether a text has the same tokens in both, by their numbers in the whole one."""
        return [self.kept[token] for token in self.part.tokens(text)] == self.whole.tokens(text)


@pytest.fixture(scope="module")
def both(local: BaseModel, local_weights: Path) -> Both:
    assert isinstance(local, EmbeddedModel)
    return Both(local, local_weights)


@pytest.mark.parametrize("name", names())
def test_shipped_texts_have_the_same_tokens(both: Both, name: str) -> None:
    texts = [
        text.content
        for each in fl.library(name)
        for text in (each.versions if isinstance(each, fl.Chain) else (each,))
    ]
    assert spells("".join(texts))
    assert both.agree("\n---\n".join(texts))


LATIN = st.characters(max_codepoint=0x36F, exclude_categories=["Cs"])
WORDS = st.sampled_from(
    ["the", " unreachable", "<eos>", "<unused700>", "<table>", "\n\n\n", "   ", "😀", "–", "Straße"]
)


@given(st.lists(LATIN | WORDS, max_size=40).map("".join))
def test_any_text_that_is_spelled_has_the_same_tokens(both: Both, text: str) -> None:
    assert both.agree(text.replace("\0", ""))


def test_what_stands_before_and_behind_texts_is_renumbered(both: Both) -> None:
    assert both.part.tokens("") == both.whole.tokens("") == [2]
    for word in ("<eos>", "<unused12>", "<end_of_turn>", "<start_of_image>"):
        assert both.part.is_control(word)


# Making the file.


def linked(cache: Path, weights: Path) -> Path:
    """Make a cache that has the whole weights already."""
    cache.mkdir()
    (cache / weights.name).symlink_to(weights)
    return cache


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def left(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir() if not path.name.endswith(".checked")}


MAKE = """
import sys
from pathlib import Path
from flourishing.models.vocabulary import latin_weights

print(latin_weights(Path(sys.argv[1])).name)
"""


@pytest.mark.process
def test_it_is_made_once_and_anew_where_it_is_damaged(tmp_path: Path, local_weights: Path) -> None:
    cache = linked(tmp_path / "cache", local_weights)
    command = [sys.executable, "-c", MAKE, str(cache)]
    making = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [each.communicate(timeout=120)[0].strip() for each in making] == [LATIN_FILE] * 2
    path = cache / LATIN_FILE
    assert digest(path) == SHA256
    assert left(cache) == {LATIN_FILE, local_weights.name}
    made = path.stat()
    assert latin_weights(cache) == path
    assert path.stat() == made
    with path.open("r+b") as file:
        file.seek(90_000_000)
        file.write(b"damage")
    os.utime(path, ns=(made.st_atime_ns, made.st_mtime_ns + 5))
    assert latin_weights(cache) == path
    assert digest(path) == SHA256


FULL = """
import resource, sys
from pathlib import Path
import flourishing as fl
from flourishing.models.embedded import EmbeddedModel

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000_000, 100_000_000))
model = EmbeddedModel.packaged(Path(sys.argv[1]))
prompts = (["fog", "rain"], [sys.argv[2]])
broods = [fl.breed(each, 1, model=model, max_tokens=4, refills=0) for each in prompts]
print(*(brood.model for brood in broods))
print(*broods[0].notes)
print(*broods[1].notes)
"""


@pytest.mark.slow
@pytest.mark.process
def test_a_disk_that_takes_no_more_leaves_the_whole_file_with_a_notice(
    tmp_path: Path, local_weights: Path
) -> None:
    cache = linked(tmp_path / "cache", local_weights)
    said = subprocess.check_output([sys.executable, "-c", FULL, str(cache), HAIKU], text=True)
    names, first, later = said.splitlines()
    assert names == "gemma-3-270m gemma-3-270m"
    assert str(cache / LATIN_FILE) in first
    assert "FLOURISHING_CACHE" in first
    assert "FLOURISHING_CACHE" not in later
    assert left(cache) == {local_weights.name}


def test_a_file_without_a_vocabulary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.gguf"
    path.write_bytes(b"GGUF\x03\0\0\0" + bytes(2000))
    with pytest.raises(fl.ModelFileError) as refusal:
        list(reduced(path))
    assert str(path) in str(refusal.value)
    assert refusal.value.hint


# Who wrote what.


def written(model: BaseModel, prompt: str) -> list[Completion]:
    async def read() -> list[Completion]:
        sampling = Sampling(max_tokens=4)
        events = model.complete(prompt, n=2, sampling=sampling, stop=(), seed=1, reproducible=True)
        async with aclosing(events):
            return [event async for event in events if isinstance(event, Completion)]

    return sync.run(read())


@pytest.mark.slow
def test_a_brood_says_which_file_wrote_it(local: BaseModel) -> None:
    for parents, model in ((["fog", "rain"], LATIN_NAME), ([HAIKU], local.name)):
        brood = fl.breed(parents, 2, model=local, max_tokens=8, seed=4)
        assert brood.model == model
        assert {each.origin.model for each in brood} == {model}
    assert local.name == "gemma-3-270m"


def test_start_words_in_another_script_are_for_the_whole_file(local: BaseModel) -> None:
    (bred,) = fl.breed(["fog", "rain"], 1, model=local, start="雪", max_tokens=8, seed=4)
    assert bred.origin.model == local.name
    assert bred.content.startswith("雪")


@pytest.mark.slow
def test_a_worker_says_so_too(worker: WorkerModel) -> None:
    assert {each.model for each in written(worker, ANIMALS)} == {LATIN_NAME}
    assert {each.model for each in written(worker, HAIKU)} == {""}


def test_a_seed_gives_the_same_whatever_else_was_written(local: BaseModel) -> None:
    first = written(local, ANIMALS)
    written(local, HAIKU)
    assert written(local, ANIMALS) == first


def test_the_name_in_a_text_opens_the_model(local: BaseModel) -> None:
    assert open_model(LATIN_NAME) is local


def test_tokens_of_any_script_are_counted_as_the_whole_file_has_them(
    both: Both, local: BaseModel
) -> None:
    for text in (ANIMALS, HAIKU):
        assert sync.run(local.count_tokens(text)) == len(both.whole.tokens(text))
