"""The seed of an offspring: what it gives again, and in which request."""

from __future__ import annotations

from typing import Any

import pytest

import flourishing as fl
from flourishing import Brood, sync
from flourishing.core.sampling import SamplingOptions
from flourishing.models import BaseModel, Completion
from flourishing.models.endpoint import Endpoint
from flourishing.settings import NamedModel
from tests.models.server import Server

pytestmark = pytest.mark.timeout(120)


def endpoint(server: Server, behaviour: str) -> Endpoint:
    server.calls.pop(behaviour, None)
    return Endpoint(NamedModel(endpoint=server.base(behaviour), model="babble", context=9000))


def bred(model: BaseModel, n: int, seed: int, refills: int = 0) -> Brood:
    return fl.breed(
        ["fog on the sill", "rain at dusk"],
        n=n,
        model=model,
        seed=seed,
        max_tokens=12,
        refills=refills,
    )


def alone(model: BaseModel, prompt: str, stop: tuple[str, ...], seed: int, **named: Any) -> str:
    """Give what a request for one completion with a seed gives."""

    async def one() -> str:
        sampling = SamplingOptions.of(None, **named).complete(12)
        events = model.complete(
            prompt, n=1, sampling=sampling, stop=stop, seed=seed, reproducible=True
        )
        return next(iter([each.text async for each in events if isinstance(each, Completion)]))

    return sync.run(one())


# "next_door" is a server of which nobody knows what it is, "good" is known to be vLLM.
@pytest.mark.parametrize("behaviour", ["next_door", "good", "ignores_n"])
def test_behind_an_address_the_seed_of_an_offspring_gives_it_again_alone(
    server: Server, behaviour: str
) -> None:
    model = endpoint(server, behaviour)
    brood = bred(model, 4, 11, refills=4)
    for text in (*brood, *brood.set_aside):
        origin = text.origin
        assert origin.reproducible
        assert origin.seed is not None
        assert origin.pattern is not None
        again = alone(model, origin.prompt or "", tuple(origin.pattern.stop), origin.seed)
        assert again == origin.raw


def test_a_server_that_nobody_knows_is_asked_for_each_seed_by_itself(server: Server) -> None:
    model = endpoint(server, "next_door")
    server.calls.pop("good", None)
    bred(model, 3, 11)
    sent = server.completions("good")
    assert sorted(call.body["seed"] for call in sent) == [11, 12, 13]
    assert not any("n" in call.body for call in sent)
    server.calls.pop("good", None)
    fl.breed(["fog", "rain"], n=3, model=model, max_tokens=12, refills=0)
    assert [call.body.get("n") for call in server.completions("good")] == [3], "without a seed"


def test_vllm_is_asked_for_all_of_them_with_the_first_seed(server: Server) -> None:
    bred(endpoint(server, "good"), 3, 11)
    (sent,) = server.completions("good")
    assert (sent.body["n"], sent.body["seed"]) == (3, 11)


@pytest.mark.slow
def test_of_the_embedded_model_the_brood_gives_all_of_it_again(local: BaseModel) -> None:
    first, second = (bred(local, 3, 11, refills=1) for _ in range(2))
    assert [each.origin.raw for each in first] == [each.origin.raw for each in second]
    assert [each.origin.seed for each in first] == [each.origin.seed for each in second]
    unrefilled = bred(local, 3, 11)
    assert [each.origin.seed for each in unrefilled] == [11, 12, 13]


def test_of_the_embedded_model_a_brood_of_one_comes_again_by_its_own_seed(
    local: BaseModel,
) -> None:
    (only,) = bred(local, 1, 23)
    origin = only.origin
    assert origin.seed == 23
    assert origin.pattern is not None
    its = origin.sampling.as_dict() if origin.sampling else {}
    again = alone(local, origin.prompt or "", tuple(origin.pattern.stop), origin.seed, **its)
    assert again == origin.raw
