from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents import run

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.engine
@pytest.mark.parametrize("name", ["notebook.md"])
def test_every_example_of_a_document_runs_and_gives_what_is_shown_in_kind(name: str) -> None:
    _, examples = run((DOCS / name).read_text(encoding="utf-8"))
    assert len(examples) > 10
    assert [each for each in examples if not each.same_shape] == []
