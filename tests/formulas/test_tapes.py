"""The tapes with which the page's own interpreter is tested are true.

That is in `frontend/tests/formula.test.ts`. Run as a script, this writes them anew.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from flourishing.formulas.arrays import evaluate
from flourishing.formulas.operations import OPERATIONS
from flourishing.formulas.tape import tape
from flourishing.formulas.translation import translate
from flourishing.library import library

GOLDEN: Final = Path(__file__).parents[1] / "golden" / "tapes.json"
COUNT: Final = 9
"""So many levels of each are compared."""
SPECIAL: Final = (
    "wave(t) = (t - 2)**3.5 + (t - 2)**-2 + 0**t + t**2.5",
    "wave(t) = 1/(t - 1) + (t % 0) if t > 2 else (t - 3) % 0.7 + t // 0.3",
    "wave(t) = log(t - 1) + sqrt(t - 0.5) + log(t, 3)",
    "wave(t) = asin(t - 1) + acos(t/4) + atan2(t - 1, 1 - t) + tanh(t) + tan(t)",
    "wave(t) = round(t*2) + abs(t - 2) + -t + min(t, 1) + max(t, 3) + exp(t)",
    "wave(t) = int(t*9) & 6 | int(t*5) ^ 3",
    "wave(t) = (int(t*9) - 20) ^ 5",
    "wave(t) = (t < 1) + (t <= 2) + (t == 2) + (1 if t >= 1.5 and not t > 3 else 0)",
    "wave(t) = noise(9*t) + noise(-7*t, 3*t) + noise(t, 2*t, -3*t) + cos(t)",
    "wave(t) = mix(0.2, 0.8, fract(t)) + clamp(t - 1) + smoothstep(1, 2, t)",
)


def texts() -> list[str]:
    return [*SPECIAL, *(text.content for text in library("sounds").texts)]


def computed(text: str) -> dict[str, Any]:
    begin, every = 0.0, 0.437
    (levels,) = evaluate(translate(text), {"t": begin + every * np.arange(COUNT)})
    told = [float(each) if math.isfinite(each) else None for each in levels]
    return {"text": text, "tape": tape(translate(text)), "begin": begin, "every": every} | {
        "levels": told
    }


@pytest.mark.parametrize("at", range(len(texts())))
def test_a_tape_and_its_levels_are_as_they_were_written(at: int) -> None:
    stored = json.loads(GOLDEN.read_text(encoding="utf-8"))
    told = computed(texts()[at])
    levels = [math.nan if each is None else each for each in stored[at].pop("levels")]
    now = [math.nan if each is None else each for each in told.pop("levels")]
    assert stored[at] == told
    np.testing.assert_allclose(levels, now, rtol=1e-9, atol=1e-12)


def test_the_tapes_have_every_operation() -> None:
    stored = json.loads(GOLDEN.read_text(encoding="utf-8"))
    used = {step[0] for each in stored for step in each["tape"]["steps"]}
    assert used >= set(OPERATIONS)


if __name__ == "__main__":
    GOLDEN.write_text(
        json.dumps([computed(text) for text in texts()], ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
