"""`flourishing refine`, and the whole loop: breed, keep, edit, refine, accept, breed again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flourishing.core.chain import Chain
from flourishing.core.operation import Operation
from flourishing.garden import open_garden
from flourishing.library import library
from flourishing.patterns import PATTERNS
from tests.cli.conftest import Ask, Refuse, Run

ECHO = ("--model", "echo")
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
