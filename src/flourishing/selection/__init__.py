"""Selection: which texts are good by a person's marks or by a judge, and which of them differ.

It works on numbers that a model gave: embeddings, arrays with one row a text, and for judges and
prompts log-probabilities. It sorts and suggests; what is kept, a person decides.

- `diversity`: `diverse`, texts that are good and differ; `shown_first`, which of a brood to show.
- `taste`: `Taste`, learned from marks, with its accuracy.
- `alikeness`: `Axes`, learned from which two of three texts are alike.
- `judge`: `Judge`, a question with its answers and examples, and the prompt that they make;
  `judgement`: what it says of a text, and how far it is right.
- `prompt_task`: `PromptTask`, inputs with the answers that are expected, and `measure_prompt`, how
  likely a model finds these after a prompt.
- `intervals`: how sure a share or an accuracy is.
"""

from flourishing.selection.alikeness import Axes, Triple
from flourishing.selection.diversity import diverse, random_order, shown_first
from flourishing.selection.intervals import Estimate
from flourishing.selection.judge import Judge
from flourishing.selection.judgement import JudgeCheck, Judgement
from flourishing.selection.prompt_task import PromptFigures, PromptTask, measure_prompt
from flourishing.selection.taste import Marks, Reduction, Taste

__all__ = [
    "Axes",
    "Estimate",
    "Judge",
    "JudgeCheck",
    "Judgement",
    "Marks",
    "PromptFigures",
    "PromptTask",
    "Reduction",
    "Taste",
    "Triple",
    "diverse",
    "measure_prompt",
    "random_order",
    "shown_first",
]
