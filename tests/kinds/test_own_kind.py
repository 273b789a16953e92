"""A kind of one's own is one file; with it, everything can be done that can be done with a poem."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import flourishing as fl
from flourishing.cli import app
from flourishing.garden import open_garden
from flourishing.kinds import headline
from flourishing.models import BaseModel
from flourishing.settings import kinds_path
from tests.kinds.test_kind import RECIPE, write_kind

SOUP, TOAST = "Toast the bread.\nEat it.", "Boil water.\nAdd salt.\nWait."


@pytest.fixture
def recipe() -> Path:
    return write_kind("recipe", RECIPE)


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), standalone_mode=False, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_is_bred_and_refined(recipe: Path) -> None:
    brood = fl.breed([SOUP, TOAST], n=2, kind="recipe", model="echo", seed=1)
    assert brood.prompt == f"a recipe:\n{SOUP}\n---\na recipe:\n{TOAST}\n---\na recipe:\n"
    assert brood.pattern.max_tokens == 90
    better = fl.refine(SOUP, n=1, kind="recipe", examples=[], model="echo", seed=1)
    assert better.prompt == f"a recipe:\n{SOUP}\n\nbetter:\n"
    worse = fl.worsen(SOUP, n=1, kind=str(recipe), examples=[], model="echo", seed=1)
    assert worse.prompt == f"a recipe:\n{SOUP}\n\nworse:\n"


def test_a_pattern_still_goes_before_the_kind(recipe: Path) -> None:
    brood = fl.breed([SOUP], n=1, kind="recipe", pattern="poems", model="echo", seed=1)
    assert brood.prompt == f"a poem:\n{SOUP}\n---\na poem:\n"


def test_its_offspring_are_checked(recipe: Path) -> None:
    long = "\n".join("abcdef")
    (text,) = fl.breed([SOUP, long], n=1, kind="recipe", model="echo", seed=1, refills=0)
    flaws = fl.kind("recipe").flaw_finder(parents=[]).find(long)
    assert [str(flaw.kind) for flaw in flaws] == ["malformed"]
    assert headline(text) == text.content.split("\n")[0]


def test_its_sampling_is_used_as_far_as_the_model_has_it() -> None:
    write_kind("recipe", RECIPE + "\n[sampling]\ndry = 1\ntemperature = 0.8\n")
    brood = fl.breed([SOUP, TOAST], n=1, kind="recipe", model="echo", seed=1, top_k=3)
    drawn = (brood.sampling.dry, brood.sampling.temperature, brood.sampling.top_k)
    assert drawn == (0, 0.8, 3)
    assert brood.notes == ()


@pytest.mark.slow
@pytest.mark.engine
def test_its_sampling_is_used_on_the_embedded_model(local: BaseModel) -> None:
    write_kind("recipe", RECIPE + "\n[sampling]\ndry = 1\n")
    brood = fl.breed([SOUP, TOAST], n=1, kind="recipe", model=local, max_tokens=4)
    assert brood.sampling.dry == 1


@pytest.mark.slow
@pytest.mark.engine
def test_it_is_bred_by_the_embedded_model(recipe: Path, local: BaseModel) -> None:
    brood = fl.breed([SOUP, TOAST], n=2, kind="recipe", model=local, seed=1, max_tokens=24)
    assert len(brood) == 2
    assert all("a recipe:" not in text.content for text in brood)


def test_it_is_bred_on_the_command_line(recipe: Path) -> None:
    assert "recipe" in run("kinds")
    assert "recipe" in [each["name"] for each in json.loads(run("kinds", "--json"))]
    told = json.loads(
        run("breed", SOUP, "--kind", "recipe", "--bed", "kitchen", "--model", "echo", "--json")
    )
    assert told["pattern"] == "recipe"
    with open_garden() as garden:
        (bed,) = garden.beds.all()
        assert (bed.kind, bed.pattern) == ("recipe", "recipe")


def test_a_file_elsewhere_is_found_again_by_its_bed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dish.toml").write_text(RECIPE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = ("--model", "echo", "-n", "1")
    run("breed", SOUP, "--kind", "dish.toml", "--bed", "kitchen", *words)
    monkeypatch.chdir("/")
    assert "a recipe:" in run("breed", "--bed", "kitchen", "--show-prompt", *words)


def test_accepted_texts_join_its_collection_and_are_bred_from_first(recipe: Path) -> None:
    run("refine", SOUP, TOAST, "--kind", "recipe", "--accept")
    assert "recipes" in run("library")
    told = json.loads(run("library", "show", "recipes", "--json"))
    assert told["kind"] == told["pattern"] == "recipe"
    shown = run("breed", "--kind", "recipe", "--show-prompt", "--model", "echo")
    assert shown.startswith(f"a recipe:\n{TOAST}\n---\n")
    shown = run("refine", "Fry an egg.", "--kind", "recipe", "--show-prompt", "--model", "echo")
    assert f"a recipe:\n{SOUP}\n\nbetter:\n{TOAST}" in shown


def test_a_wrong_file_is_refused_with_what_is_wrong_in_it() -> None:
    write_kind("broken", 'medium = "film"\npattern = "poems"\n')
    with pytest.raises(fl.InputError) as refusal:
        fl.breed(["a"], kind="broken", model="echo")
    assert str(kinds_path() / "broken.toml") in str(refusal.value)
    assert "medium" in str(refusal.value)
    assert "verse" in refusal.value.hint
