"""`flourishing breed`, once: where its parents come from, and where its offspring go.

Also: `flourishing refine`, and the whole loop: breed, keep, edit, refine, accept, breed again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from flourishing.core.chain import Chain
from flourishing.core.operation import Operation
from flourishing.garden import open_garden
from flourishing.library import library
from flourishing.patterns import PATTERNS
from tests.cli.conftest import Ask, Look, Refuse, Run, numbers
from tests.garden.broods import tended
from tests.marks import first_cases
from tests.talker import Refusal, talking

ECHO = ("--model", "echo")
ANIMALS = ("cat", "elephant", "rabbit")


def parents(prompt: str, pattern: str = "poems") -> list[object]:
    return list(PATTERNS[pattern].parse(prompt.removesuffix("\n")))


def shipped() -> list[str]:
    return [str(text) for text in library("imagists").texts]


class TestParents:
    def test_words_on_the_command_line_are_a_list(self, ask: Ask) -> None:
        assert ask("breed", "cat", "dog", "--show-prompt", *ECHO).out == "|cat|dog|\n"

    def test_a_text_of_several_lines_is_a_poem(self, ask: Ask) -> None:
        out = ask("breed", "the fog\ncomes", "--show-prompt", *ECHO).out
        assert out == "a poem:\nthe fog\ncomes\n---\na poem:\n\n"

    def test_numbers_are_texts_of_the_garden_in_this_order(self, ask: Ask) -> None:
        ask("garden", "add", "the fog\ncomes", "a wet,\nblack bough")
        first = ask("breed", 2, 1, "-n", 2, "--json", *ECHO).json
        assert [each["content"] for each in first["parents"]] == [
            "a wet,\nblack bough",
            "the fog\ncomes",
        ]
        child = first["offspring"][0]["id"]
        second = ask("breed", child, "-n", 1, "--json", *ECHO).json
        family = ask("garden", "lineage", second["offspring"][0]["id"], "--json").json
        assert {1, 2, child} < {text["id"] for text in family["texts"]}

    def test_several_sources_stand_in_the_order_given(self, ask: Ask, tmp_path: Path) -> None:
        one, two = tmp_path / "one.txt", tmp_path / "two.txt"
        one.write_text("the fog\ncomes\n---\na wet,\nblack bough\n---\n", encoding="utf-8")
        two.write_bytes("\ufeffthe sea\r\nfalls---\r\n---\r\nthe dove\r\n".encode())
        sources = ("--from", one, "--from", "imagists", "--from", two)
        prompt = ask("breed", *sources, "--take", 1, "--show-prompt", *ECHO).out
        given = parents(prompt)
        assert given[:2] == ["the fog\ncomes", "a wet,\nblack bough"]
        assert given[2] in shipped()
        assert given[3:] == ["the sea\nfalls---", "the dove"]

    def test_what_may_never_end_is_no_source(self, refuse: Refuse, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for source in (tmp_path / "pipe", "/dev/zero", tmp_path):
            said = refuse("breed", "--from", source, "--show-prompt", *ECHO)
            assert "pipe or a device" in said or "is a folder" in said
        os.mkfifo(tmp_path / "pattern.toml")
        said = refuse("breed", "cat", "--pattern", tmp_path / "pattern.toml", *ECHO)
        assert "cannot be read" in said

    def test_stdin_is_a_source(self, ask: Ask) -> None:
        out = ask("breed", "--from", "-", "--show-prompt", *ECHO, stdin="fog\n---\nsea\n").out
        assert parents(out) == ["fog", "sea"]

    def test_what_it_writes_it_can_read(self, ask: Ask) -> None:
        written = ask("breed", "-n", 3, "--seed", 1, *ECHO).out
        again = ask("breed", "--from", "-", "--show-prompt", *ECHO, stdin=written).out
        poems = written.removesuffix("\n").split("\n---\n")
        assert again == PATTERNS["poems"].render(poems) + "\n"

    def test_a_pattern_of_ones_own(self, ask: Ask, tmp_path: Path) -> None:
        file = tmp_path / "riddles.toml"
        file.write_text('name = "riddles"\nprefix = "riddle: "\nseparator = "\\n"\n')
        out = ask("breed", "what?", "--pattern", file, "--show-prompt", *ECHO).out
        assert out == "riddle: what?\nriddle:\n"

    def test_the_prompt_that_is_shown_is_the_one_that_is_sent(
        self, ask: Ask, tmp_path: Path
    ) -> None:
        file = tmp_path / "few.toml"
        file.write_text('name = "few"\nprefix = "one: "\nseparator = "\\n"\nmax_parents = 2\n')
        words = ("breed", *ANIMALS, "--start", "the e ", "--pattern", file, "--seed", 3, *ECHO)
        shown = ask(*words, "--show-prompt").out
        assert shown == ask(*words, "--json").json["prompt"] + "\n"
        assert "cat" not in shown  # there was no room for it
        assert ask("garden", "--json").json["broods"] == 1


class TestChoosing:
    def test_all_is_all(self, ask: Ask) -> None:
        out = ask("breed", "--choose", "all", "--show-prompt", *ECHO).out
        assert parents(out) == shipped()

    def test_all_may_be_bounded(self, ask: Ask) -> None:
        out = ask("breed", "--choose", "all", "--take", 2, "--show-prompt", *ECHO).out
        assert parents(out) == shipped()[-2:]

    @pytest.mark.slow
    def test_a_random_draw_is_that_of_its_seed(self, ask: Ask) -> None:
        words = ("breed", "--from", "imagists", "--show-prompt", *ECHO)
        draws = [ask(*words, "--seed", seed).out for seed in (1, 1, 2)]
        assert draws[0] == draws[1] != draws[2]
        assert len(parents(draws[0])) == 6

    @pytest.mark.slow
    def test_the_newest_stand_last(self, ask: Ask) -> None:
        for poem in ("one\nfog", "two\nfogs", "three\nfogs"):
            ask("library", "add", "mine", poem)
        words = ("breed", "--from", "mine", "--choose", "newest", "--take", 2)
        assert parents(ask(*words, "--show-prompt", *ECHO).out) == ["two\nfogs", "three\nfogs"]

    def test_the_nearest_stands_last(self, ask: Ask) -> None:
        words = ("breed", "--from", "imagists", "--near", "petals on a bough", "--take", 3)
        given = parents(ask(*words, "--show-prompt", *ECHO).out)
        assert len(given) == 3
        assert "Petals on a wet, black bough." in str(given[-1])

    @pytest.mark.slow
    def test_a_budget_of_tokens_holds(self, ask: Ask) -> None:
        words = ("breed", "--show-prompt", "--budget", 400, "--take", 50, *ECHO)
        for number in range(4):
            ask("library", "add", "poems", f"poem {number}\n" + "x" * 100)
        given = parents(ask(*words).out)
        assert given[-1] == "poem 3\n" + "x" * 100
        assert given[0] in shipped()
        assert sum(len(str(each)) for each in given) <= 400

    @pytest.mark.slow
    def test_ones_own_finished_poems_stand_last_and_are_half_at_most(self, ask: Ask) -> None:
        own = [f"my poem {number}" for number in range(5)]
        for poem in own:
            ask("refine", poem, "--accept")
        given = parents(ask("breed", "--show-prompt", "--seed", 1, *ECHO).out)
        assert given[3:] == own[2:]
        assert all(each in shipped() for each in given[:3])
        assert len(parents(ask("breed", "--take", 1, "--show-prompt", *ECHO).out)) == 1
        every = parents(ask("breed", "--choose", "all", "--show-prompt", *ECHO).out)
        assert every == [*shipped(), *own]


class TestWhereItGoes:
    def test_all_of_it_is_in_the_garden_with_numbers(self, ask: Ask) -> None:
        words = ("breed", *ANIMALS, "-n", 3, "--start", "a ", "--json", *ECHO)
        brood = ask(*words).json
        assert [each["content"] for each in brood["parents"]] == list(ANIMALS)
        assert brood["prompt"] == "|cat|elephant|rabbit|a"
        with open_garden() as garden:
            saved = garden.brood(brood["id"])
            assert [each.id for each in saved] == [each["id"] for each in brood["offspring"]]
            assert json.loads(json.dumps(saved.as_dict())) == brood
        for offspring in brood["offspring"]:
            assert offspring["content"].startswith("a")
            assert offspring["origin"]["parents"] == [each["digest"] for each in brood["parents"]]

    def test_a_pipe_gets_the_texts_alone(self, flourishing: Run) -> None:
        done = flourishing("breed", *ANIMALS, "-n", "3", "--seed", "1", *ECHO)
        with open_garden() as garden:
            (brood,) = garden.broods()
            assert done.stdout.splitlines() == [each.content for each in brood]
        assert "Saved as 4 to 6" in done.stderr

    def test_a_terminal_gets_their_numbers_too(self, look: Look) -> None:
        shown = look("breed", *ANIMALS, "-n", "2", "--seed", "1", *ECHO)
        assert numbers(shown) == ["4", "5"]
        assert "Saved as 4 to 5" in shown

    def test_flaws_are_told_on_stderr(self, ask: Ask) -> None:
        done = ask("breed", "aa", "-n", 2, "--refills", 0, "--seed", 1, *ECHO)
        assert "could not be had without a flaw" in done.err

    @pytest.mark.slow
    def test_what_was_said_at_once_is_not_said_again_among_the_notes(self, ask: Ask) -> None:
        def reply(_: str, body: dict[str, Any]) -> list[str] | Refusal:
            if "min_p" in body:
                return 400, {"error": {"message": "Unrecognized argument: min_p"}}
            return ["wolf"] * body.get("n", 1)

        with talking(reply) as talker:
            words = ("breed", *ANIMALS, "-n", 2, "--seed", 1, "--model", f"{talker.base}#m")
            done = ask(*words, "--refills", 0)
        assert done.err.count("does not take min_p") == 1
        assert done.err.count("could not be had without a flaw") == 1
        with open_garden() as garden:
            (brood,) = garden.broods()
        assert any("does not take min_p" in note for note in brood.notes)

    @pytest.mark.slow
    def test_a_wait_for_the_server_that_counts_is_said_at_once(self, ask: Ask) -> None:
        def reply(_: str, body: dict[str, Any]) -> list[str] | Refusal:
            if len(talker.asked) == 1:
                return 429, {"error": {"message": "slow down"}}
            return [f"wolf {body['seed']} {index}" for index in range(body.get("n", 1))]

        with talking(reply) as talker:
            words = ("breed", *ANIMALS, "-n", 2, "--seed", 1, "--model", f"{talker.base}#m")
            done = ask(*words)
        assert "asked too often. 1 s …" in done.err

    def test_a_brood_that_cannot_be_saved_is_shown_all_the_same(self, flourishing: Run) -> None:
        import resource

        with open_garden() as garden:
            place = Path(garden.name)

        def fill_the_disk() -> None:
            # Enough for the index of the log, and not for the log.
            resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

        words = ("breed", *ANIMALS, "-n", "3", "--seed", "1", *ECHO)
        done = flourishing(*words, code=1, forked=False, preexec_fn=fill_the_disk)
        assert "cannot be written" in done.stderr
        assert len(done.stdout.splitlines()) == 3
        assert place.exists()
        assert done.stdout == flourishing(*words).stdout


class TestBeds:
    def test_a_bed_is_begun_and_gone_on_with_from_anywhere(
        self, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "riddles.toml"
        file.write_text('name = "riddles"\nprefix = "riddle: "\nseparator = "\\n"\n')
        words = ("--bed", "riddles", "--seed", 1, "--json", *ECHO)
        more = ("-n", 2, "--pattern", file.name, "--start", "e")
        with monkeypatch.context() as there:
            there.chdir(tmp_path)
            first = ask("breed", *ANIMALS, *more, *words).json
        second = ask("breed", "-n", 2, *words).json
        assert second["prompt"] == first["prompt"]
        assert second["bed"] == first["bed"]
        (bed,) = ask("garden", "beds", "--json").json
        assert (bed["name"], bed["start"], len(bed["parents"])) == ("riddles", "e", 3)
        assert bed["shown"] == [each["id"] for each in second["offspring"]]
        assert "riddles" in ask("garden", "beds").out

    def test_a_name_that_is_none_is_said_before_anything_is_bred(self, flourishing: Run) -> None:
        flourishing("breed", *ANIMALS, "--bed", " ", *ECHO, code=2)
        with open_garden() as garden:
            assert garden.broods() == []


def test_once_in_a_bed_heeds_what_is_set_there(ask: Ask) -> None:
    with open_garden() as garden:
        cats = garden.add("cat", "hen", "owl", keep=False)
        settings = {"model": "echo", "min_p": 0.2, "prompt": "hen|owl|"}
        ids = tuple(cat.id for cat in cats)
        garden.beds.open("cats", parents=ids, pattern="list", n=2, settings=settings)
    ask("breed", "--bed", "cats", "-n", 2, "--top-p", 0.9, "--json")
    with open_garden() as garden:
        (brood,) = garden.broods(garden.beds.open("cats"))
        assert (brood.model, brood.prompt) == ("echo", "hen|owl|")
        assert (brood.sampling.min_p, brood.sampling.top_p) == (0.2, 0.9)


@pytest.mark.parametrize("model", ["http://127.0.0.1:9/v1#m", "/somewhere/else.gguf"])
def test_an_address_or_a_path_in_a_stored_bed_is_not_opened(refuse: Refuse, model: str) -> None:
    with open_garden() as garden:
        cats = garden.add("cat", "hen", keep=False)
        ids = tuple(cat.id for cat in cats)
        garden.beds.open("cats", parents=ids, pattern="list", settings={"model": model})
    assert "--model" in refuse("breed", "--bed", "cats", "-n", "1")


def test_a_brood_once_is_undone_and_redone(ask: Ask) -> None:
    ask("breed", "cat", "dog", "-n", 2, "--seed", 1, "--refills", 0, "--model", "echo")
    assert ask("garden", "undo").err.startswith("Undone: breed")
    with open_garden() as garden:
        assert len(garden.search.page("away")) == 2
        assert {text.content for text in garden.search.page()} == {"cat", "dog"}
    assert ask("garden", "redo").err.startswith("Redone: breed")
    with open_garden() as garden:
        assert garden.search.page("away") == []


DOVE = ("a dove jumps up\nfrom here", "a dove flies up\nfrom here")


def chains(prompt: str, pattern: str = "refinements") -> list[Any]:
    return list(PATTERNS[pattern].parse(prompt.removesuffix("\n")))


def contents(chain: Chain) -> list[str]:
    return [text.content for text in chain]


def grown(name: str) -> tuple[list[str], list[list[str]]]:
    with open_garden() as garden:
        shelf = garden.shelves.get(name)
        assert shelf is not None
        return [each.content for each in shelf.texts], [contents(each) for each in shelf.chains]


class TestVersions:
    def test_texts_are_versions_worst_first(self, ask: Ask) -> None:
        prompt = ask("refine", *DOVE, "--show-prompt", "--take", 1, *ECHO).out
        example, under_work = chains(prompt)
        assert under_work == list(DOVE)
        assert example in [contents(each) for each in library("refinements").chains]
        assert prompt.endswith("better:\n\n")

    def test_one_number_stands_for_all_its_versions(self, ask: Ask) -> None:
        ask("garden", "add", DOVE[0])
        ask("garden", "edit", 1, "--text", DOVE[1])
        third = ask("refine", 2, "-n", 1, "--json", *ECHO).json["offspring"][0]
        prompt = ask("refine", third["id"], "--show-prompt", *ECHO).out
        assert chains(prompt)[-1] == [*DOVE, third["content"]]
        assert chains(ask("refine", 1, "--show-prompt", *ECHO).out)[-1] == [DOVE[0]]

    def test_several_numbers_are_versions_worst_first(self, ask: Ask) -> None:
        ask("garden", "add", *DOVE)
        assert chains(ask("refine", 2, 1, "--show-prompt", *ECHO).out)[-1] == [*DOVE[::-1]]

    def test_a_file_and_stdin_have_lines_between(self, ask: Ask, tmp_path: Path) -> None:
        words = "\n\nbetter: \n".join(DOVE)
        file = tmp_path / "dove.txt"
        file.write_bytes(("\ufeff" + words + "\nbetter:").replace("\n", "\r\n").encode())
        assert chains(ask("refine", file, "--show-prompt", *ECHO).out)[-1] == [*DOVE]
        out = ask("refine", "-", "--show-prompt", *ECHO, stdin=words).out
        assert chains(out)[-1] == [*DOVE]

    def test_a_long_text_is_no_file(self, ask: Ask) -> None:
        poem = "\n".join(["the sea the sea"] * 40)
        assert chains(ask("refine", poem, "--show-prompt", *ECHO).out)[-1] == [poem]


class TestExamples:
    @pytest.mark.slow
    def test_the_prompt_that_is_shown_is_the_one_that_is_sent(self, ask: Ask) -> None:
        for more in ((), ("--worse",), ("--start", "a dove ")):
            words = ("refine", *DOVE, "--seed", 5, *more, *ECHO)
            shown = ask(*words, "--show-prompt").out
            assert shown == ask(*words, "--json").json["prompt"] + "\n"

    def test_they_are_chosen_as_parents_are(self, ask: Ask) -> None:
        words = ("refine", *DOVE, "--show-prompt", *ECHO)
        shipped = [contents(each) for each in library("refinements").chains]
        assert chains(ask(*words, "--choose", "all").out)[:-1] == shipped
        assert chains(ask(*words, "--take", 2, "--choose", "all").out)[:-1] == shipped[-2:]
        near = shipped[0][-1]
        assert chains(ask(*words, "--near", near, "--take", 2).out)[-2] == shipped[0]
        few = chains(ask(*words, "--budget", 600).out)[:-1]
        assert 0 < sum(len(version) for each in few for version in each) <= 600

    def test_none_shares_a_version_with_the_text_under_work(self, ask: Ask) -> None:
        own = library("refinements").chains[0]
        ask("refine", *DOVE, "--accept")
        for version in (*DOVE, own.versions[0].content):
            prompt = ask("refine", version, "--choose", "all", "--show-prompt", *ECHO).out
            for example in chains(prompt)[:-1]:
                assert version not in example
        other = ask("refine", "a text", "--choose", "all", "--show-prompt", *ECHO).out
        assert list(DOVE) in chains(other)[:-1]


class TestWorse:
    def test_chains_stand_the_other_way_round(self, ask: Ask) -> None:
        words = ("refine", *DOVE, "--worse", "--take", 1, "--seed", 1, *ECHO)
        prompt = ask(*words, "--show-prompt").out
        example, under_work = chains(prompt, "worsenings")
        assert under_work == list(DOVE[::-1])
        assert example[::-1] in [contents(each) for each in library("refinements").chains]

    def test_what_is_worse_is_no_later_version(self, ask: Ask) -> None:
        brood = ask("refine", "a dove flies up", "--worse", "-n", 2, "--json", *ECHO).json
        assert brood["kind"] == "worsened"
        worse = brood["offspring"][0]
        with open_garden() as garden:
            assert contents(garden.lineage.versions(worse["id"])) == [worse["content"]]


class TestAccept:
    def test_the_text_and_its_chain_join_both_collections_at_once(self, ask: Ask) -> None:
        done = ask("refine", *DOVE, "--accept")
        assert "in the collection “poems”, its 2 versions in “refinements”" in done.out
        assert grown("poems") == ([DOVE[1]], [])
        assert grown("refinements") == ([], [[*DOVE]])
        with open_garden() as garden:
            assert [each.content for each in garden.search.page("keep")] == [DOVE[1]]
        ask("garden", "undo")
        assert grown("poems") == ([], [])
        assert grown("refinements") == ([], [])
        ask("garden", "redo")
        ask("refine", *DOVE, "--accept")
        assert grown("refinements") == ([], [[*DOVE]])

    def test_a_text_of_one_version_has_no_chain(self, ask: Ask) -> None:
        told = ask("refine", "the dove", "--accept", "--into", "birds", "--json").json
        assert (told["content"], told["marks"]) == ("the dove", ["keep"])
        assert grown("birds") == (["the dove"], [])
        with open_garden() as garden:
            assert garden.shelves.get("refinements") is None

    def test_no_text_goes_among_chains(self, refuse: Refuse) -> None:
        words = ("refine", "the dove", "--accept", "--into", "refinements")
        assert "holds chains" in refuse(*words)


@pytest.mark.slow
def test_the_whole_loop_reaches_back_to_the_shipped_poems(ask: Ask) -> None:
    bred = ask("breed", "-n", 3, "--seed", 1, "--json", *ECHO).json
    poem = bred["offspring"][1]["id"]
    ask("garden", "keep", poem)
    text = ask("garden", "edit", poem, "--text", "the sea, by hand\nand foot", "--json").json
    versions = [bred["offspring"][1]["content"], text["content"]]
    for seed in (1, 2, 3):
        words = ("refine", text["id"], "-n", 1, "--seed", seed, "--refills", 0, "--json", *ECHO)
        brood = ask(*words).json
        assert [each["content"] for each in brood["chain"]["versions"]] == versions
        (text,) = brood["offspring"]
        versions.append(text["content"])
    accepted = ask("refine", text["id"], "--accept", "--json").json
    assert accepted["id"] == text["id"]
    assert grown("refinements") == ([], [versions])
    again = ask("breed", "-n", 1, "--seed", 2, "--json", *ECHO).json
    assert again["parents"][-1]["content"] == versions[-1]
    with open_garden() as garden:
        assert garden.verify() == []
        family = garden.lineage.ancestors(again["offspring"][0]["id"])
        there = {each.content for each in family.texts.values()}
        assert there >= {*versions, *(each["content"] for each in bred["parents"])}
        shipped = {each["content"] for each in bred["parents"]}
        for each in family.texts.values():
            if each.content in shipped:
                assert each.origin.source is not None
    shown = ask("library", "show", "poems", "--json").json
    (item,) = shown["items"]
    assert (item["content"], item["offspring"]) == (versions[-1], 1)


@pytest.mark.slow
@pytest.mark.engine
def test_refines_on_the_embedded_model(flourishing: Run) -> None:
    words = ("-n", "2", "--take", "1", "--max-tokens", "24", "--json")
    done = flourishing("refine", *DOVE, *words)
    with open_garden() as garden:
        (brood,) = garden.broods()
        assert brood.operation is Operation.REFINE
        assert brood.chain is not None
        assert contents(brood.chain) == [*DOVE]
        assert f'"id": {brood.id}' in done.stdout


class TestCandidates:
    """More are bred than are shown, and what was learned from marks chooses."""

    BED = ("--bed", "liked", "-n", 3, "--candidates", 12, "--seed", 5)

    @pytest.fixture(autouse=True)
    def liked(self) -> None:
        with open_garden() as garden:
            tended(garden)

    @pytest.mark.slow
    def test_the_chosen_are_written_and_the_rest_is_saved(self, ask: Ask) -> None:
        said = ask("breed", *self.BED, *ECHO)
        shown = said.out.rstrip("\n").split("\n---\n")
        with open_garden() as garden:
            brood = garden.broods()[0]
            assert len(brood) == 12
            assert [brood[at].content for at in brood.first] == shown[:3]
            assert len(shown) == 3
            assert not any(text.marks for text in brood)
            number = brood[brood.first[0]].id
        assert "3 of 12 are shown first" in said.err
        assert f"The other 9 too: flourishing garden show {number} --brood" in said.err
        whole = ask("garden", "show", number, "--brood").out
        assert [int(each) for each in numbers(whole)] == [brood[at].id for at in brood.order]
        assert ask("garden", "show", number, "--brood", "--json").json["first"] == [*brood.first]

    @pytest.mark.slow
    def test_the_same_seed_and_marks_show_the_same_in_the_same_order(self, ask: Ask) -> None:
        one, other = (ask("breed", *self.BED, *ECHO, "--json").json for _ in range(2))
        assert len(one["first"]) == 3
        assert one["first"] == other["first"]
        ones, others = ([each["content"] for each in brood["offspring"]] for brood in (one, other))
        assert ones == others

    @pytest.mark.slow
    def test_where_it_cannot_tell_only_those_shown_are_bred_and_it_says_why(self, ask: Ask) -> None:
        said = ask("breed", "cat", "dog", "-n", 3, "--candidates", 12, *ECHO, "--json")
        assert len(said.json["offspring"]) == 3
        assert "first" not in said.json
        assert said.err.count("3 were bred and not 12") == 1
        assert "there are 0 marks" in said.err

    @pytest.mark.slow
    def test_a_bed_has_them_until_they_are_taken_back(self, ask: Ask) -> None:
        with open_garden() as garden:
            garden.beds.set(garden.beds.open("liked"), n=3, settings={"candidates": 12})
        bed = ("--bed", "liked", "-n", 3, *ECHO, "--json")
        assert len(ask("breed", *bed).json["offspring"]) == 12
        assert len(ask("breed", *bed, "--candidates", 0).json["offspring"]) == 3
        ask("breed", "--bed", "new", "--kind", "poem", "-n", 3, "--candidates", 12, *ECHO)
        with open_garden() as garden:
            assert garden.beds.open("new").settings.candidates == 12

    @pytest.mark.parametrize(
        ("candidates", "words"),
        first_cases(
            1, [(3, "Of 3 candidates, 8"), (100_000, "100,000"), (-1, "candidates cannot be -1")]
        ),
    )
    def test_what_cannot_be_chosen_from_is_refused_before_anything_is_bred(
        self, refuse: Refuse, candidates: int, words: str
    ) -> None:
        assert words in refuse("breed", "cat", "--candidates", candidates, *ECHO)
        assert words in refuse("breed", "cat", "--candidates", candidates, *ECHO, "-i")


@pytest.mark.slow
def test_a_length_in_words_is_asked_for_and_kept_in_the_bed(ask: Ask) -> None:
    words = ("breed", "--kind", "story", "--words", "8", "-n", "2", "--bed", "tales", "--json")
    told = ask(*words, "--model", "echo").json
    for text in told["offspring"]:
        fits = 4 <= len(text["content"].split()) <= 12
        assert fits is not any("were asked for" in flaw["reason"] for flaw in text["flaws"])
    with open_garden() as garden:
        assert garden.beds.open("tales").settings.words == 8
