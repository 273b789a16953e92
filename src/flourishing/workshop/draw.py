"""What a caller may say of the sampling, which the pattern and the defaults complete."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from flourishing.sampling import Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What a caller may say of the sampling; None leaves it to the pattern or the default."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None

    def sampling(self, max_tokens: int) -> Sampling:
        """Give the whole sampling, with the most tokens to use where the caller named none."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return replace(Sampling(max_tokens=max_tokens), **given)
