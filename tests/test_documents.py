"""The documents: their examples run, and come out as shown in kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flourishing.core.operation import Operation
from flourishing.core.sampling import SETTINGS
from flourishing.formulas.functions import FUNCTIONS
from flourishing.garden import open_garden
from flourishing.programs.language import helper_names
from tests.cli.forking import Forking
from tests.documents import Example, run, with_functions, with_settings

Of = Callable[[str], list[Example]]
DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture
def examples_of(forking: Forking) -> Of:
    """Gives the examples of a document; its commands are run in forks of one process."""

    def examples(name: str) -> list[Example]:
        _, found = run((DOCS / name).read_text(encoding="utf-8"), forking.command)
        assert len(found) > 10
        return found

    return examples


@pytest.mark.process
@pytest.mark.parametrize(
    "model",
    [
        "echo",
        pytest.param("local", marks=[pytest.mark.engine, pytest.mark.slow]),  # for a minute or two
    ],
)
@pytest.mark.parametrize("name", ["notebook.md", "kinds.md"])
def test_every_example_of_a_document_runs_and_gives_what_is_shown_in_kind(
    examples_of: Of, monkeypatch: pytest.MonkeyPatch, name: str, model: str
) -> None:
    monkeypatch.setenv("FLOURISHING_MODEL", model)
    others = [each for each in examples_of(name) if not each.same_shape]
    if model == "echo":  # which is never at a loss for words
        others = [each for each in others if ".flaws" not in each.source]
    assert others == []


def test_the_document_of_the_settings_names_each_as_it_is() -> None:
    document = (DOCS / "sampling.md").read_text(encoding="utf-8")
    assert with_settings(document) == document, (
        "run: python tests/documents.py --write docs/sampling.md"
    )
    assert all(f"| `{name}` |" in document for name in SETTINGS)


def test_the_document_of_formulas_names_each_function_as_it_is() -> None:
    document = (DOCS / "formulas.md").read_text(encoding="utf-8")
    assert with_functions(document) == document, (
        "run: python tests/documents.py --write docs/formulas.md"
    )
    assert all(f"| `{name}` |" in document for name in FUNCTIONS)


def test_the_examples_for_python_run_and_give_what_is_shown_in_kind(examples_of: Of) -> None:
    assert [each for each in examples_of("python.md") if not each.same_shape] == []


@pytest.mark.slow
@pytest.mark.process
def test_the_examples_of_evolution_run_and_give_what_is_shown_in_kind(
    examples_of: Of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [each for each in examples_of("evolution.md") if not each.same_shape] == []
    assert (tmp_path / "map.svg").is_file()


@pytest.mark.process
def test_the_examples_of_formulas_run_and_give_what_is_shown_in_kind(
    examples_of: Of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [each for each in examples_of("formulas.md") if not each.same_shape] == []
    for name in ("rings.png", "ripple.webp", "bell.flac", "fog.png"):
        assert (tmp_path / name).is_file()


@pytest.mark.slow
@pytest.mark.process
def test_the_examples_of_programs_run_and_give_what_is_shown_in_kind(
    examples_of: Of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [each for each in examples_of("programs.md") if not each.same_shape] == []
    for name in ("sunflower.svg", "tune.mid", "tune.wav", "tune.png", "boat.png", "disc.png"):
        assert (tmp_path / name).is_file()


def test_the_document_of_programs_names_each_call() -> None:
    document = (DOCS / "programs.md").read_text(encoding="utf-8")
    missing = [name for name in helper_names() if f"`{name}" not in document]
    assert missing == []


@pytest.mark.process
@pytest.mark.parametrize(
    "model", ["echo", pytest.param("local", marks=[pytest.mark.engine, pytest.mark.slow])]
)
def test_the_examples_of_prompts_run_and_give_what_is_shown_in_kind(
    examples_of: Of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLOURISHING_MODEL", model)
    assert [each for each in examples_of("prompts.md") if not each.same_shape] == []


@pytest.mark.engine
@pytest.mark.process
@pytest.mark.slow  # seventeen commands, of which six load the model; the notebook runs on echo
def test_the_walk_through_leads_from_shipped_poems_to_a_chapbook(
    examples_of: Of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [each for each in examples_of("walkthrough.md") if not each.same_shape] == []
    with open_garden() as garden:
        assert garden.verify() == []
        shelf = garden.shelves.get("poems")
        assert shelf is not None
        (finished,) = shelf.texts
        chains = garden.shelves.get("refinements")
        assert chains is not None
        assert [len(chain) for chain in chains.chains] == [4]
        assert chains.chains[0].best == finished
        family = garden.lineage.ancestors(finished.id)
        sources = [text.origin.source for text in family.texts.values() if text.origin.source]
        assert len(sources) == 6
        assert all(source.year is not None and source.year < 1930 for source in sources)
        assert [text.origin.author for text in garden.lineage.versions(finished.id)] == [
            "model",
            "person",
            "model",
            "model",
        ]
        last_bred = next(brood for brood in garden.broods() if brood.operation is Operation.BREED)
        assert last_bred.parents[-1] == finished
        assert finished.content in last_bred.prompt
    assert (tmp_path / "wind.pdf").read_bytes().startswith(b"%PDF")
    page = (tmp_path / "lineage.html").read_text(encoding="utf-8")
    assert finished.content.split()[0] in page
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?\s*(https?:|//)""", page)
