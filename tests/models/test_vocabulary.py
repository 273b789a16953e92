"""The embedded model's files with a part of its vocabulary: what they keep, made and checked."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flourishing as fl
from flourishing import sync
from flourishing.library import names
from flourishing.models import BaseModel
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.engine import Engine
from flourishing.models.packaged import PackagedModel
from flourishing.models.reduction import Tokens, read_tokens, reduced
from flourishing.models.vocabulary import (
    ENGLISH,
    LATIN,
    LackingTokens,
    Vocabulary,
    is_latin,
    reduced_weights,
)

pytestmark = [pytest.mark.engine, pytest.mark.timeout(200)]

BOTH: Final = [ENGLISH, pytest.param(LATIN, marks=pytest.mark.slow)]


# Which alphabet a text is in.


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
def test_latin_letters_symbols_and_emoji_are_latin(text: str) -> None:
    assert is_latin(text)


@pytest.mark.parametrize(
    "text",
    ["π", "снег", "水の音", "한글", "ثلج", "שלג", "बर्फ", "so much 水 depends", "\ud800"],
)
def test_one_character_of_another_script_is_not(text: str) -> None:
    assert not is_latin(text)


# The same tokens.


@pytest.fixture(scope="module")
def tokens(local_weights: Path) -> Tokens:
    return read_tokens(local_weights)


@pytest.fixture(scope="module")
def lacking(local_weights: Path) -> LackingTokens:
    return LackingTokens(local_weights)


@pytest.fixture(scope="module")
def whole(local: BaseModel) -> Engine:
    assert isinstance(local, PackagedModel)
    return sync.run(local.whole._loaded())


class Part:
    """A file with a part of the vocabulary, loaded, beside the whole one."""

    def __init__(self, vocabulary: Vocabulary, tokens: Tokens, own: Engine, whole: Engine) -> None:
        assert own.vocabulary_size < whole.vocabulary_size
        self.own, self.whole = own, whole
        self.kept = vocabulary.keep(tokens)
        assert len(self.kept) == own.vocabulary_size

    def agrees(self, text: str) -> bool:
        """Whether a text has the same tokens in both, by their numbers in the whole one."""
        return [self.kept[token] for token in self.own.tokens(text)] == self.whole.tokens(text)

    def has_all(self, text: str) -> bool:
        """Whether all tokens that a text has in the whole vocabulary are kept."""
        return set(self.whole.tokens(text)).issubset(self.kept)


@pytest.fixture(scope="module")
def english_part(english: EmbeddedModel, tokens: Tokens, whole: Engine) -> Part:
    return Part(ENGLISH, tokens, sync.run(english._loaded()), whole)


@pytest.fixture(scope="module")
def latin_part(local: BaseModel, tokens: Tokens, whole: Engine) -> Part:
    assert isinstance(local, PackagedModel)
    return Part(LATIN, tokens, sync.run(local.latin._loaded()), whole)


@pytest.fixture(
    scope="module",
    params=["english_part", pytest.param("latin_part", marks=pytest.mark.slow)],
)
def part(request: pytest.FixtureRequest) -> Part:
    given: Part = request.getfixturevalue(request.param)
    return given


def shipped(name: str) -> str:
    return "\n---\n".join(
        text.content
        for each in fl.library(name)
        for text in (each.versions if isinstance(each, fl.Chain) else (each,))
    )


@pytest.mark.parametrize("name", names())
def test_shipped_texts_have_the_same_tokens(part: Part, name: str) -> None:
    assert is_latin(shipped(name))
    assert part.agrees(shipped(name))


CHARACTERS = st.characters(max_codepoint=0x36F, exclude_categories=["Cs"], exclude_characters="\0")
WORDS = st.sampled_from(
    [
        *("the", "RAIN", " rainy", "ness", "ward", " unreachable", "def f(x):", "   ", "\n\n\n"),
        *(
            "<eos>",
            "<unused700>",
            "<table>",
            "😀",
            "–",
            "Straße",
            " Reykjavík",
            "ín",
            " Ngu",
            "yễn",
        ),
    ]
)
TEXTS = st.lists(CHARACTERS | WORDS, max_size=40).map("".join)


@given(TEXTS)
def test_any_latin_text_has_the_same_tokens_in_the_latin_file(latin_part: Part, text: str) -> None:
    assert latin_part.agrees(text)


@given(TEXTS)
def test_any_text_whose_tokens_english_has_is_the_same_in_the_english_file(
    english_part: Part, lacking: LackingTokens, text: str
) -> None:
    if english_part.has_all(text):
        assert english_part.agrees(text)
        assert lacking.count(english_part.own.tokens(text)) == 0


def test_tokens_that_english_lacks_are_found(
    english_part: Part, lacking: LackingTokens, tokens: Tokens
) -> None:
    texts = [tokens.texts[number] for number in LATIN.keep(tokens)]
    apart = set(texts).difference(tokens.texts[number] for number in english_part.kept)
    some = random.Random(1).sample(sorted(apart), 1_000)
    found = lacking.count(english_part.own.tokens("\n".join(some).replace("▁", " ")))
    assert 980 <= found <= 1_100  # one that is built in another order is missed


def test_what_stands_before_and_behind_texts_is_renumbered(part: Part) -> None:
    assert part.own.tokens("") == part.whole.tokens("") == [2]
    for word in ("<eos>", "<unused12>", "<end_of_turn>", "<start_of_image>"):
        assert part.own.is_control(word)


# Making the files.


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
from flourishing.models.vocabulary import ENGLISH, LATIN, reduced_weights

(vocabulary,) = (each for each in (ENGLISH, LATIN) if each.name == sys.argv[2])
print(reduced_weights(vocabulary, Path(sys.argv[1])).name)
"""


@pytest.mark.process
@pytest.mark.parametrize("vocabulary", BOTH, ids=lambda each: each.name)
def test_it_is_made_once_and_anew_where_it_is_damaged(
    tmp_path: Path, local_weights: Path, vocabulary: Vocabulary
) -> None:
    cache = linked(tmp_path / "cache", local_weights)
    command = [sys.executable, "-c", MAKE, str(cache), vocabulary.name]
    making = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate(timeout=120)[0].strip() for each in making]
    assert said == [vocabulary.file] * 2
    path = cache / vocabulary.file
    assert digest(path) == vocabulary.sha256
    assert path.stat().st_size == vocabulary.size
    assert left(cache) == {vocabulary.file, local_weights.name}
    made = path.stat()
    assert reduced_weights(vocabulary, cache) == path
    assert path.stat() == made
    with path.open("r+b") as file:
        file.seek(90_000_000)
        file.write(b"damage")
    os.utime(path, ns=(made.st_atime_ns, made.st_mtime_ns + 5))
    assert reduced_weights(vocabulary, cache) == path
    assert digest(path) == vocabulary.sha256


def test_a_file_without_a_vocabulary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.gguf"
    path.write_bytes(b"GGUF\x03\0\0\0" + bytes(2000))
    for read in (lambda: list(reduced(path, LATIN.keep)), lambda: LackingTokens(path)):
        with pytest.raises(fl.ModelFileError) as refusal:
            read()
        assert str(path) in str(refusal.value)
        assert refusal.value.hint
