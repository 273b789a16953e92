"""A scripted model that costs money, and a budget for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from flourishing import breeding, settings, sync
from flourishing.breeding import BreedRequest
from flourishing.breeding.brood import Brood
from flourishing.core.sampling import Sampling, SamplingOptions
from flourishing.models import Event, Usage
from flourishing.models.cost import Budget, Ledger, Prices, most_cost, most_usage
from flourishing.settings import NamedModel
from tests.conftest import ScriptedModel

PRICES = Prices(Decimal(1), Decimal(10), Decimal("0.5"))
PRICED = NamedModel(
    endpoint="https://host/v1", model="m", input_price=1, output_price=10, cached_price=0.5
)


@dataclass(slots=True)
class Served(ScriptedModel):
    """The scripted model as if it were behind an address, by its own counts of tokens."""

    settings: NamedModel = field(default=PRICED)

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,
    ) -> AsyncGenerator[Event]:
        events = ScriptedModel.complete(
            self, prompt, n=n, sampling=sampling, stop=stop, seed=seed, reproducible=reproducible
        )
        async with aclosing(events):
            async for event in events:
                # As dear as it can be.
                yield Usage(n * len(prompt), 0, n * 10) if isinstance(event, Usage) else event


def folder() -> Path:
    """Give the folder of this test's ledger."""
    return settings.data_path() / "spending"


def budget(spend: Decimal | None = None, monthly: Decimal | None = None) -> Budget:
    """Make a budget as a process of its own would."""
    return Budget(Ledger(folder()), spend=spend, monthly=monthly)


def month(currency: str = "USD") -> Decimal:
    """Give what the ledger says of this month, as another process would read it."""
    return Ledger(folder()).spent(currency)


def breed(model: ScriptedModel, budget: Budget, n: int = 2, refills: int = 0) -> Brood:
    request = BreedRequest(
        parents=["a cat", "a dog"],
        n=n,
        pattern="list",
        sampling=SamplingOptions(max_tokens=10),
        refills=refills,
        model=model,
        budget=budget,
    )
    return sync.run(breeding.finished(breeding.breed(request)))


def most(n: int) -> Decimal:
    """Give the most that a wave of n of such a brood can cost."""
    return most_cost(most_usage(Usage(len("|a cat|a dog|"), 0, 10), n), PRICES).amount
