"""The table of what servers do (`behaviours.py`): one test for each row, and a few more."""

from __future__ import annotations

import pytest

import flourishing as fl
from flourishing import errors, sync
from flourishing.app.progress import PartialBrood
from flourishing.breeding import BreedRequest, breed
from flourishing.breeding.brood import Again, Arrived, BreedingEvent, Brood
from flourishing.core.sampling import Sampling
from flourishing.models.endpoint import Endpoint
from flourishing.models.protocol import Piece, Waiting
from flourishing.models.waiting import without_reader
from flourishing.settings import NamedModel
from tests.models.behaviours import ROWS, Row
from tests.models.server import Server
from tests.models.test_endpoint import Ask, Outcome, ask

__all__ = ["ask"]  # a fixture, used by name

pytestmark = pytest.mark.timeout(60)


def tried(ask: Ask, row: Row, endpoint: Endpoint | None = None) -> Outcome:
    sampling = Sampling(max_tokens=8, temperature=row.temperature)
    if not row.unread:
        return ask(row.name, row.n, sampling=sampling, endpoint=endpoint, kind=row.kind)
    with without_reader():
        return ask(row.name, row.n, sampling=sampling, endpoint=endpoint, kind=row.kind)


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_whatever_a_server_does_the_right_thing_comes_of_it(
    ask: Ask, row: Row, server: Server
) -> None:
    outcome = tried(ask, row)
    hint = outcome.error.hint if outcome.error else ""
    told = [str(outcome.error), hint, *outcome.notices]
    assert type(outcome.error) is (row.error or type(None)) or (
        row.error is not None and isinstance(outcome.error, row.error)
    ), told
    if isinstance(row.texts, int):
        assert len(outcome.texts) == row.texts
    else:
        assert tuple(outcome.texts) == row.texts
    assert any(row.says in words for words in told) or not row.says
    assert outcome.error is None or outcome.error.hint
    if row.requests is not None:
        assert len(server.completions(row.name)) == row.requests
    assert outcome.endpoint.capabilities.refuses == row.refuses
    assert any(isinstance(each, Waiting) for each in outcome.events) == row.waits
    for index, text in enumerate(outcome.texts):
        assert row.unread or outcome.error or outcome.of(index) == text
    if row.later is not None:
        again = tried(ask, row, outcome.endpoint)
        assert tuple(again.texts) == row.texts
        assert len(server.completions(row.name)) == row.later


def model(server: Server, behaviour: str) -> Endpoint:
    server.calls.pop(behaviour, None)
    return Endpoint(NamedModel(endpoint=server.base(behaviour), model="babble", context=9000))


def test_vllms_refusal_at_temperature_0_is_no_lesson_for_others(ask: Ask, server: Server) -> None:
    row = ROWS["refuses_n_when_greedy"]
    outcome = tried(ask, row)
    again = ask(row.name, 3, endpoint=outcome.endpoint)
    assert len(again.texts) == 3
    assert len(server.completions(row.name)) == 1


def test_an_answer_that_broke_off_is_no_end_of_a_brood(server: Server) -> None:
    broken = model(server, "drops_in_the_middle")
    sampling = Sampling(max_tokens=8)

    async def bred() -> list[BreedingEvent]:
        request = BreedRequest(
            parents=["fog", "rain"], n=2, pattern="list", model=broken, sampling=sampling
        )
        return [each async for each in breed(request)]

    *events, brood = sync.run(bred())
    assert isinstance(brood, Brood)
    assert len(brood) == 2
    assert any("broke" in note for note in brood.notes)
    # The half that was shown is taken back before the place is filled anew.
    half, again, *others = [
        each for each in events if isinstance(each, Piece | Again | Arrived) and each.index == 1
    ]
    assert isinstance(half, Piece)
    assert isinstance(again, Again)
    assert "broke off" in again.flaw.reason
    assert any(isinstance(each, Arrived) for each in others)


def test_a_brood_of_which_each_answer_breaks_off_is_an_error(server: Server) -> None:
    with pytest.raises(errors.UnreachableError):
        fl.breed(["fog", "rain"], n=1, model=model(server, "always_drops"), max_tokens=8)
    assert len(server.completions("always_drops")) == 2, "one, and one refill"


def test_what_is_only_read_whole_is_asked_for_again(server: Server) -> None:
    texts = fl.base_model(
        "|cat|dog|", responses=2, stop=["|"], model=model(server, "drops_in_the_middle")
    )
    assert texts == ["owl", "owl"]


def test_what_came_of_a_brood_is_kept_though_an_answer_broke_off_in_it(server: Server) -> None:
    broken = model(server, "drops_in_the_middle")
    partial_brood = PartialBrood(n=2)

    async def bred() -> None:
        request = BreedRequest(
            parents=["fog", "rain"],
            n=2,
            pattern="list",
            model=broken,
            sampling=Sampling(max_tokens=8),
        )
        events = breed(request)
        async for event in events:
            partial_brood.take(event)

    sync.run(bred())
    assert partial_brood.places == [0, 1]
