"""Selection: which texts are good by a person's marks or by a judge, and which of them differ.

All of it works on numbers that a model gave, and asks no model itself: embeddings, arrays with one
row a text, and for judges log-probabilities. It sorts and suggests; what is kept, a person decides.

- `diversity`: `diverse`, texts that are good and differ; `shown_first`, which of a brood to show.
- `taste`: `Taste`, learned from marks, with its accuracy.
- `judge`: `Judge`, a question with its answers and examples, and the prompt that they make;
  `judgement`: what it says of a text, and how far it is right.
- `intervals`: how sure a share or an accuracy is.
"""

from flourishing.selection.diversity import diverse, random_order, shown_first
from flourishing.selection.intervals import Estimate
from flourishing.selection.judge import Judge
from flourishing.selection.judgement import JudgeCheck, Judgement
from flourishing.selection.taste import Marks, Reduction, Taste

__all__ = [
    "Estimate",
    "Judge",
    "JudgeCheck",
    "Judgement",
    "Marks",
    "Reduction",
    "Taste",
    "diverse",
    "random_order",
    "shown_first",
]
