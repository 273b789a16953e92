"""The description of the API is the one that is committed, and holds under random requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.core.result import Ok

from flourishing.studio.__main__ import description
from tests.studio.conftest import ForkedStudio, Studio, free_port

ROOT = Path(__file__).parents[2]
DESCRIPTION = ROOT / "openapi.json"
# What never ends by itself has tests of its own.
SCHEMA = schemathesis.openapi.from_path(DESCRIPTION).exclude(
    path=["/api/beds/{bed_id}/events", "/api/models/pulls/events", "/api/runs/{run_id}/events"]
)
Operation: TypeAlias = schemathesis.APIOperation[Any, Any, Any, Any]
OPERATIONS = [each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)]
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def test_the_committed_description_is_the_present_one() -> None:
    committed = DESCRIPTION.read_text(encoding="utf-8")
    assert committed == description(), "Run: python -m flourishing.studio openapi.json"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give one studio for all random requests, with something in it."""
    studio = ForkedStudio(tmp_path_factory.mktemp("studio"), free_port())
    studio.start()
    studio.follow("POST", "/api/broods", json={"parents": ["a gull", "the tide"], "n": 3})
    yield studio
    assert "Traceback" not in studio.said.read_text()
    studio.kill()


# Not by the schema's own parametrizing: it gives all of them one name, of which runs that are
# spread over several processes keep one.
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_as_it_is_described(operation: Operation, running: Studio) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=settings().max_examples // 6,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def is_as_described(case: schemathesis.Case[Any]) -> None:
        body = case.body
        if isinstance(body, dict) and isinstance(n := body.get("n"), int):
            body["n"] = min(n, 3)  # a thousand are as true, and take a minute
        if isinstance(body, dict) and isinstance(texts := body.get("texts"), list):
            # The client looks long answers through for their encoding, which takes it a minute.
            body["texts"] = [each[:1_000] if isinstance(each, str) else each for each in texts]
        answer = case.call(base_url=running.url, timeout=60)
        assert answer.status_code < 500 or answer.status_code in {502, 503, 507}
        case.validate_response(answer, checks=CHECKS)

    is_as_described()
