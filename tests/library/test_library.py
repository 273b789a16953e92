"""Collections: those that ship are whole, sourced and free of rights; a person's own join them."""

from __future__ import annotations

import itertools
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flourishing as fl
from flourishing.core.chain import Chain
from flourishing.core.text import Source, Text
from flourishing.kinds import find_pattern, kind, usable_kinds
from flourishing.library import Collection, library, names, own_path, versions_name
from flourishing.settings import patterns_path

OURS = "this project"
SHIPPED = names()
CHAINED = {"capitals", "spelling", "translations", "sequences"} | {
    name for name in SHIPPED if name.endswith("refinements")
}
WITH_AUTHORS = ("imagists", "short-verse", "haiku", "quotes", "fables")


@pytest.fixture(params=SHIPPED)
def collection(request: pytest.FixtureRequest) -> Collection:
    return library(str(request.param))


@pytest.fixture
def own() -> Path:
    own_path().mkdir(parents=True)
    return own_path()


def contents(item: Text | Chain) -> str | list[str]:
    return item.content if isinstance(item, Text) else [version.content for version in item]


def texts_of(collection: Collection) -> list[Text]:
    return [*collection.texts, *(text for chain in collection.chains for text in chain)]


def words_of(text: Text) -> str:
    return " ".join(re.findall(r"\w+", text.content.casefold()))


# What ships.


def test_the_imagists_ship_with_their_poets() -> None:
    imagists = library("imagists")
    assert len(imagists) >= 40
    poets = {source.author for source in imagists.sources}
    assert poets >= {
        "H.D.",
        "Ezra Pound",
        "William Carlos Williams",
        "Amy Lowell",
        "Adelaide Crapsey",
        "T. E. Hulme",
    }


def test_there_are_many_texts_and_a_dozen_refinements() -> None:
    assert sum(len(library(name)) for name in WITH_AUTHORS) >= 150
    refinements = library("refinements")
    assert len(refinements) >= 12
    assert all(2 <= len(chain) <= 4 for chain in refinements.chains)


def test_the_examples_of_the_post_ship() -> None:
    assert {"cat", "elephant", "rabbit", "dog"} <= {str(text) for text in library("animals").texts}
    assert "racecar" in [str(text) for text in library("palindromes").texts]
    assert "she danced with ease" in [str(text) for text in library("sentences").texts]
    assert "shark-dragon" in [str(text) for text in library("compound-animals").texts]
    assert "drip:gush::dent:destroy" in [str(text) for text in library("analogies").texts]
    chains = {name: [contents(chain) for chain in library(name)] for name in CHAINED}
    assert ["kansas", "topeka"] in chains["capitals"]
    assert ["picle", "pickle"] in chains["spelling"]
    assert ["fromage", "cheese"] in chains["translations"]
    assert ["ice", "water", "steam"] in chains["sequences"]


def test_every_kind_has_versions_of_its_own_medium_to_show_how_texts_get_better() -> None:
    kind_of = {each.refinements: each for each in usable_kinds()}
    for its in usable_kinds():
        if its.medium == "chain":
            continue
        name = versions_name(its, SHIPPED)
        assert kind_of[name].medium == its.medium
        finder = kind_of[name].flaw_finder(parents=[])
        for chain in library(name).chains if name != "refinements" else ():
            assert [finder.find(text.content) for text in chain] == [()] * len(chain)
    assert versions_name(None, SHIPPED) == "refinements"
    assert versions_name(kind("haiku"), ["haiku-refinements", *SHIPPED]) == "haiku-refinements"
    assert versions_name(kind("picture"), ["refinements"]) == ""


def test_a_collection_of_chains_iterates_as_these_and_one_of_texts_as_those(
    collection: Collection,
) -> None:
    kind = Chain if collection.name in CHAINED else Text
    assert all(isinstance(item, kind) for item in collection)
    assert bool(collection.texts) != bool(collection.chains)
    assert list(collection) == [collection[place] for place in range(len(collection))]
    assert collection[1:3] == (collection[1], collection[2])
    assert len(collection.sources) == len(collection) > 3
    assert collection.title


def test_every_text_carries_its_source(collection: Collection) -> None:
    for text in texts_of(collection):
        source = text.origin.source
        assert source is not None
        assert text.origin.author == "person"
        assert source.author
        assert source.published
        assert source.title or source.published == OURS
        assert source.year is not None
        assert text.origin.at == datetime(source.year, 1, 1, tzinfo=UTC)


def test_every_text_is_ours_or_old_enough_to_be_free_of_rights(collection: Collection) -> None:
    for text in texts_of(collection):
        source = text.origin.source
        assert source is not None
        assert source.year is not None
        assert source.published == OURS or source.year <= 1929


def test_only_the_last_version_of_a_refinement_is_the_poem_itself() -> None:
    for chain in library("refinements").chains:
        *drafts, poem = chain
        assert poem.origin.source == chain.source
        assert chain.source is not None
        assert chain.source.published != OURS
        for draft in drafts:
            assert draft.origin.source == Source(author="Flourishing", year=2026, published=OURS)


def test_the_poems_at_the_ends_of_refinements_are_those_of_the_other_collections() -> None:
    shipped = {
        text.content: text.origin.source for name in WITH_AUTHORS for text in library(name).texts
    }
    for chain in library("refinements").chains:
        assert shipped[chain.best.content] == chain.source


def test_no_text_ships_twice_not_even_in_other_words() -> None:
    worded = [words_of(text) for name in WITH_AUTHORS for text in library(name).texts]
    assert len(set(worded)) == len(worded)
    for one, other in itertools.combinations(worded, 2):
        assert one not in other
        assert other not in one


def test_texts_are_whole(collection: Collection) -> None:
    for text in texts_of(collection):
        assert text.content.strip()
        assert text.content == text.content.strip("\n") == text.content.rstrip()


def test_items_can_stand_in_the_pattern_that_is_said_to_suit_them(collection: Collection) -> None:
    items = [contents(item) for item in collection]
    pattern = find_pattern(collection.pattern)
    assert pattern.parse(pattern.render(items)) == items


def test_a_collection_can_be_bred_from_as_it_is(collection: Collection) -> None:
    parents = [item if isinstance(item, Text) else item.versions for item in collection]
    brood = fl.breed(parents, n=2, pattern=collection.pattern, model="echo", seed=1)
    assert list(brood.parents) == texts_of(collection)


def test_every_file_that_ships_says_what_its_rights_are() -> None:
    for file in Path(library.__code__.co_filename).parent.glob("*.toml"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        note = "".join(itertools.takewhile(lambda line: line.startswith("#"), lines))
        assert "public domain in the United States" in note.replace("\n# ", " ") or (
            "for this project" in note
        ), file.name


@pytest.mark.parametrize("name", ["", "imagist", "../settings", "imagists.toml", "__init__"])
def test_a_collection_that_is_not_there_is_answered_with_those_that_are(name: str) -> None:
    with pytest.raises(fl.InputError) as refusal:
        library(name)
    assert repr(name) in str(refusal.value)
    assert "imagists" in refusal.value.hint
    assert str(own_path()) in refusal.value.hint


# A person's own.


def test_a_plain_file_is_a_collection_of_poems(own: Path) -> None:
    (own / "mine.txt").write_text(
        "  indented,\nthe first\n\n---\nthe second\n---\n", encoding="utf-8"
    )
    mine = library("mine")
    assert [str(text) for text in mine.texts] == ["  indented,\nthe first", "the second"]
    assert (mine.name, mine.title, mine.pattern) == ("mine", "mine", "poems")
    assert names() == sorted([*SHIPPED, "mine"])
    for text in mine.texts:
        assert text.origin.author == "person"
        assert text.origin.source == Source(published="mine.txt")


def test_a_plain_file_with_better_versions_is_a_collection_of_chains(own: Path) -> None:
    (own / "drafts.txt").write_text(
        "bad\n\nbetter:\ngood\n---\nworse\nbetter:\nfair\nbetter:\nbest"
    )
    drafts = library("drafts")
    assert [contents(chain) for chain in drafts] == [["bad", "good"], ["worse", "fair", "best"]]
    assert drafts.pattern == "refinements"
    assert drafts.chains[0].source == Source(published="drafts.txt")
    assert drafts.chains[0].best.origin.source == Source(published="drafts.txt")


def test_a_prompt_of_the_post_can_be_saved_as_a_collection(own: Path) -> None:
    poems = library("imagists").texts[:3]
    prompt = fl.format_poems([poem.content for poem in poems])
    (own / "pasted.txt").write_text(prompt, encoding="utf-8")
    assert [text.content for text in library("pasted").texts] == [poem.content for poem in poems]
    chains = [[text.content for text in chain] for chain in library("refinements").chains[:2]]
    prompt = find_pattern("refinements").render(chains).removesuffix("\n\nbetter:\n")
    (own / "chained.txt").write_text(prompt, encoding="utf-8")
    assert [contents(chain) for chain in library("chained")] == chains


def test_own_texts_follow_the_shipped_ones_of_the_same_name(own: Path) -> None:
    shipped = library("animals")
    (own / "animals.txt").write_text("narwhal\n---\ncat\n---\nnarwhal")
    (own / "animals.toml").write_text('texts = ["quokka"]')
    both = library("animals")
    added = [str(text) for text in both.texts[len(shipped) :]]
    assert added == ["quokka", "narwhal"]  # and the cat is there already
    assert both.texts[: len(shipped)] == shipped.texts
    assert (both.title, both.pattern) == (shipped.title, shipped.pattern)
    assert names() == SHIPPED


def test_own_refinements_follow_the_shipped_ones(own: Path) -> None:
    (own / "refinements.txt").write_text("a big dove jumps up\nbetter:\na dove flies up")
    assert contents(library("refinements")[-1]) == ["a big dove jumps up", "a dove flies up"]


def test_a_toml_file_says_where_its_texts_come_from(own: Path) -> None:
    (own / "found.toml").write_text(
        'title = "Found"\npattern = "quotes"\nauthor = "Sappho"\n'
        '[[texts]]\ntext = "one"\n[[texts]]\ntext = "two"\nauthor = "Corinna"\nyear = 1901'
    )
    found = library("found")
    assert (found.title, found.pattern) == ("Found", "quotes")
    assert found.sources == (Source(author="Sappho"), Source(author="Corinna", year=1901))
    assert found.texts[1].origin.at == datetime(1901, 1, 1, tzinfo=UTC)


def test_versions_before_the_last_come_from_the_file_unless_it_says_who_wrote_them(
    own: Path,
) -> None:
    file = own / "poem.toml"
    entry = '[[chains]]\nauthor = "Sappho"\nversions = ["so and so", "better"]\n'
    file.write_text(entry)
    (chain,) = library("poem").chains
    assert chain[0].origin.source == Source(published="poem.toml")
    assert chain[1].origin.source == chain.source == Source(author="Sappho")
    file.write_text('[drafts]\nauthor = "me"\n' + entry)
    assert library("poem").chains[0][0].origin.source == Source(author="me")


def test_a_pattern_of_ones_own_may_be_named(own: Path) -> None:
    patterns_path().mkdir(parents=True)
    (patterns_path() / "riddles.toml").write_text('name = "riddles"\nseparator = "\\n***\\n"')
    (own / "why.toml").write_text('pattern = "riddles"\ntexts = ["what has hands", "a clock"]')
    assert library("why").pattern == "riddles"


def test_a_chain_must_fit_as_one_of_several_and_not_only_as_the_open_one(own: Path) -> None:
    patterns_path().mkdir(parents=True)
    (patterns_path() / "dashed.toml").write_text('name = "dashed"\nlink = ":"\nseparator = "--"')
    (own / "mine.toml").write_text('pattern = "dashed"\nchains = [["a", "b-"]]')
    with pytest.raises(fl.InputError) as refusal:
        library("mine")
    assert "chain 1 cannot stand" in str(refusal.value)


def test_a_changed_file_is_seen_even_within_one_tick_of_the_clock(own: Path) -> None:
    file = own / "mine.txt"
    for content in ("one", "two", "six"):
        file.write_text(content)
        os.utime(file, ns=(0, 0))
        assert [str(text) for text in library("mine").texts] == [content]
    file.unlink()
    assert "mine" not in names()


def test_an_unchanged_collection_is_read_once(own: Path) -> None:
    (own / "mine.txt").write_text("one")
    assert library("mine") is library("mine")
    assert library("imagists") is library("imagists")


def test_the_time_of_a_file_is_the_time_of_its_texts(own: Path) -> None:
    file = own / "mine.txt"
    file.write_text("one")
    os.utime(file, (86_400, 86_400))
    assert library("mine").texts[0].origin.at == datetime(1970, 1, 2, tzinfo=UTC)


def test_what_other_editors_write_is_read_too(own: Path) -> None:
    (own / "mine.txt").write_bytes("\ufeffone\r\nline\r\n-----\r\ntwo\r\n".encode())
    assert [str(text) for text in library("mine").texts] == ["one\nline", "two"]


def test_other_files_and_folders_are_left_alone(own: Path) -> None:
    (own / "folder.txt").mkdir()
    (own / ".hidden.txt").write_text("no")
    (own / "picture.png").write_bytes(b"\xff")
    assert names() == SHIPPED


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("mine.txt", "", "empty"),
        ("mine.txt", "---\n\n---\n", "empty"),
        ("mine.txt", "one\n---\n \n---\ntwo", "text 2 is blank"),
        ("mine.txt", "bad\nbetter:\n\n---\nworse\nbetter:\nfair", "version 2 of chain 1 is blank"),
        ("mine.txt", "bad\nbetter:\ngood\n---\nalone", "chain 2 has fewer than two versions"),
        ("mine.txt", b"caf\xe9", "cannot be read"),
        ("mine.toml", "texts = [", "no TOML"),
        ("mine.toml", "texts = " + "[" * 5_000, "no TOML"),
        ("mine.toml", 'title = "none"', "neither texts nor chains"),
        ("mine.toml", 'texts = ["one"]\nchains = [["a", "b"]]', "both texts and chains"),
        ("mine.toml", "texts = []", "texts is no list of any"),
        ("mine.toml", 'texts = "one"', "texts is no list of any"),
        ("mine.toml", 'texts = ["one", 2]', "text 2 has no text"),
        ("mine.toml", '[[texts]]\nauthor = "me"', "text 1 has no text"),
        ("mine.toml", '[[texts]]\ntext = "one"\nwriter = "me"', "unknown key 'writer'"),
        ("mine.toml", '[[texts]]\ntext = "one"\nyear = "1901"', "year of text 1 is '1901'"),
        ("mine.toml", '[[texts]]\ntext = "one"\nyear = true', "year of text 1 is True"),
        ("mine.toml", '[[texts]]\ntext = "one"\nyear = -44', "year of text 1 is -44"),
        ("mine.toml", 'colour = "red"\ntexts = ["one"]', "unknown key 'colour'"),
        ("mine.toml", 'drafts = 1\nchains = [["a", "b"]]', "drafts is no table"),
        ("mine.toml", "[drafts]\n[[texts]]\ntext = 'a'", "unknown key 'drafts'"),
        ("mine.toml", 'texts = ["one", "  "]', "text 2 is blank"),
        ("mine.toml", 'chains = [["one"]]', "chain 1 has fewer than two versions"),
        ("mine.toml", 'chains = [["one", 2]]', "chain 1 has no list of versions"),
        ("mine.toml", 'chains = ["one", "two"]', "chain 1 has no list of versions"),
        ("mine.toml", 'pattern = "haikus"\ntexts = ["one"]', "no pattern 'haikus'"),
        ("mine.toml", 'pattern = "list"\ntexts = ["a", "b|c"]', "text 2 cannot stand"),
        ("mine.toml", 'pattern = "mapping"\nchains = [["a:b", "c"]]', "chain 1 cannot stand"),
        ("mine.toml", 'pattern = "mapping"\ntexts = ["a"]', "holds texts, but the pattern"),
        ("mine.toml", 'pattern = "list"\nchains = [["a", "b"]]', "holds chains, but the pattern"),
        ("imagists.txt", "bad\nbetter:\ngood", "does not go with"),
        ("refinements.txt", "a poem", "does not go with"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong_and_what_to_do(
    own: Path, file: str, content: str | bytes, said: str
) -> None:
    path = own / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(fl.InputError) as refusal:
        library(path.stem)
    assert str(path) in str(refusal.value)
    assert said in str(refusal.value)
    assert refusal.value.hint
    assert library("short-verse")  # and the others are there all the same


def test_a_file_that_is_too_large_is_refused_unread(own: Path) -> None:
    path = own / "mine.txt"
    path.touch()
    os.truncate(path, 64 * 2**20 + 1)  # no byte of it is on the disk
    with pytest.raises(fl.InputError, match="larger than 64 MB") as refusal:
        library("mine")
    assert refusal.value.hint


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.text(alphabet=st.characters(codec="utf-8"))
    | st.lists(
        st.sampled_from(["---", "better:", "a poem:", "one", " two", "", "|", '"""', "[[texts]]"])
        | st.sampled_from(['text = "a"', "versions = ['a', 'b']", "[[chains]]", "year = 1", "["])
    ).map("\n".join),
    suffix=st.sampled_from([".toml", ".txt"]),
)
def test_any_file_is_read_or_refused(tmp_path: Path, content: str, suffix: str) -> None:
    own_path().mkdir(parents=True, exist_ok=True)
    path = own_path() / f"fuzz{suffix}"
    path.write_text(content, encoding="utf-8")
    refusal: fl.InputError | None = None
    try:
        fuzz = library("fuzz")
    except fl.InputError as error:
        refusal = error
    path.unlink()
    if refusal:
        assert str(path) in str(refusal)
        assert refusal.hint
    else:
        assert find_pattern(fuzz.pattern).render([contents(item) for item in fuzz])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    written=st.lists(
        st.lists(st.text("ab .,\n", min_size=1).filter(str.strip), min_size=1, max_size=4),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_into_a_plain_file_is_read_back(
    tmp_path: Path, written: list[list[str]]
) -> None:
    texts = ["\n".join(f"x{line}x" for line in lines) for lines in written]
    own_path().mkdir(parents=True, exist_ok=True)
    (own_path() / "plain.txt").write_text("\n---\n".join(texts), encoding="utf-8")
    assert [text.content for text in library("plain").texts] == list(dict.fromkeys(texts))
