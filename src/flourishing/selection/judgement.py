"""What a judge says of a text, and how far it is right by labelled texts.

A judge is usable where it agrees with the labels more often than guessing does, beyond the interval
of its agreement. Guessing is the most frequent of the right answers, given each time, or one by
lot, whichever is right more often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flourishing.selection.intervals import Estimate, of_pairs, of_share

FEWEST: Final = 10
"""Below so many labelled texts, nothing is said of how far a judge is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a judge says of a text.

    Attributes:
        probabilities: The probability of each answer after calibration; they sum to 1.
        plain: The same before calibration.
        value: The judge's measure, from 0 to 1: the probability of the chosen answer.
        check: How far the judge was right on labelled texts; None where it was not checked, or was
            checked with another model.
    """

    probabilities: Mapping[str, float]
    plain: Mapping[str, float]
    value: float
    check: JudgeCheck | None = None

    @property
    def answer(self) -> str:
        """The likeliest answer; of equal ones the first."""
        return max(self.probabilities, key=lambda answer: self.probabilities[answer])

    @property
    def note(self) -> str:
        """How far the judge can be trusted, as a sentence."""
        return self.check.sentence if self.check else "This judge was not checked."

    def __str__(self) -> str:
        """Say the answer with its probability, and whether the judge was checked."""
        trust = "" if self.check else " (not checked)"
        return f"{self.answer} {self.probabilities[self.answer]:.0%}{trust}"

    def as_dict(self) -> dict[str, object]:
        """Give it as plain data for JSON."""
        return {
            "answer": self.answer,
            "value": self.value,
            "probabilities": dict(self.probabilities),
            "plain": dict(self.plain),
            "checked": self.check is not None,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCheck:
    """How far a judge agrees with labelled texts that are not among its examples.

    Attributes:
        model: The name of the model that judged.
        chosen: The answer whose probability is the judge's measure.
        right: The right answers, one for each text.
        judgements: What the judge said, in the same order; where it is calibrated on these texts,
            of each without its own label.
        content_free: What it says calibrated on texts without content; None for a model that gives
            decisions, which is not calibrated.
        offsets: What each answer has on the labelled texts in the mean, which is taken off from
            then on; None where it is calibrated on texts without content, or not at all.
    """

    model: str
    chosen: str
    right: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    content_free: tuple[Judgement, ...] | None = None
    offsets: tuple[float, ...] | None = None

    @property
    def agreement(self) -> Estimate:
        """The share of texts on which the judge gives the right answer, with its interval."""
        return self._agreement(judgement.answer for judgement in self.judgements)

    @property
    def before(self) -> Estimate:
        """The same without calibration."""
        return self._agreement(_likeliest(judgement.plain) for judgement in self.judgements)

    @property
    def without_labels(self) -> Estimate | None:
        """The same calibrated on texts without content; None for a model that gives decisions."""
        if self.content_free is None:
            return None
        return self._agreement(judgement.answer for judgement in self.content_free)

    @property
    def order(self) -> Estimate | None:
        """The share of pairs of a text with the chosen answer and one without in the right order.

        That is what counts where the judge is a measure. Calibration of two answers does not change
        it. None where there are no such pairs.
        """
        pairs = list(zip(self.right, self.judgements, strict=True))
        good = [judgement.value for right, judgement in pairs if right == self.chosen]
        bad = [judgement.value for right, judgement in pairs if right != self.chosen]
        if not good or not bad:
            return None
        right = sum((one > other) + (one == other) / 2 for one in good for other in bad)
        return of_pairs(right / (len(good) * len(bad)), len(good), len(bad))

    @property
    def guessing(self) -> float:
        """The share that is right without looking: the most frequent answer, or one by chance."""
        most = max(Counter(self.right).values(), default=0)
        answers = len(self.judgements[0].probabilities) if self.judgements else 1
        return max(most / max(1, len(self.right)), 1 / answers)

    @property
    def verdict(self) -> str:
        """What to make of it: "usable", "cannot tell" or "no better than guessing"."""
        if len(self.right) < FEWEST:
            return "cannot tell"
        if self.agreement.low > self.guessing:
            return "usable"
        return "cannot tell" if self.agreement.value > self.guessing else "no better than guessing"

    @property
    def sentence(self) -> str:
        """What is to be said of it beside each judgement."""
        it, count = self.agreement, len(self.right)
        few = f" (it takes {FEWEST} texts)" if count < FEWEST else ""
        return (
            f"It agrees with you in {it.value:.0%} ({it.low:.0%} to {it.high:.0%}) of {count} "
            f"texts; guessing gives {self.guessing:.0%}: {self.verdict}{few}."
        )

    def confusion(self) -> dict[str, dict[str, int]]:
        """Count the judge's answers to the texts of each right answer."""
        answers = list(self.judgements[0].probabilities) if self.judgements else []
        counts = {right: dict.fromkeys(answers, 0) for right in answers}
        for right, judgement in zip(self.right, self.judgements, strict=True):
            counts[right][judgement.answer] += 1
        return counts

    def bias(self) -> dict[str, tuple[float, float, float]]:
        """Give how often each answer is right, and is given before and after calibration."""
        many = max(1, len(self.right))
        right = Counter(self.right)
        before = Counter(_likeliest(judgement.plain) for judgement in self.judgements)
        after = Counter(judgement.answer for judgement in self.judgements)
        answers = self.judgements[0].probabilities if self.judgements else ()
        return {
            each: (right[each] / many, before[each] / many, after[each] / many) for each in answers
        }

    def as_dict(self) -> dict[str, object]:
        """Give what is known of the judge as plain data for JSON."""
        return {
            "model": self.model,
            "texts": len(self.right),
            "verdict": self.verdict,
            "sentence": self.sentence,
            "agreement": self.agreement.as_dict(),
            "guessing": self.guessing,
            "before_calibration": self.before.as_dict(),
            "content_free_calibration": self.without_labels and self.without_labels.as_dict(),
            "order": self.order and {"answer": self.chosen, **self.order.as_dict()},
            "confusion": self.confusion(),
            "bias": {
                answer: dict(zip(("right", "before", "after"), shares, strict=True))
                for answer, shares in self.bias().items()
            },
        }

    def _agreement(self, answers: Iterable[str]) -> Estimate:
        hits = sum(one == other for one, other in zip(self.right, answers, strict=True))
        return of_share(hits, len(self.right))


def _likeliest(probabilities: Mapping[str, float]) -> str:
    return max(probabilities, key=lambda answer: probabilities[answer])
