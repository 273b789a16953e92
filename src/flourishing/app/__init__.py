"""The use cases, one function each, that the notebook, the command line and the studio call.

- `complete.py`: continues a raw prompt, with one model or two; how likely a continuation is,
  and which texts are alike.
- `judging.py`, `prompting.py`: judges texts; measures prompts by the answers that are expected.
- `bed_operations.py`: begins and changes beds, and breeds their next brood.
- `act_words.py`: what a person did, in words, for undo and redo.
- `candidates.py`: breeds more than are shown, and chooses by a learned taste.
- `fresh_parents.py`: other parents in place of those that the last broods repeat.
- `other_words.py`: the likeliest other words in a place of a text, and regrowing from there.
- `rounds.py`: how many were kept of each round of a bed, and how much it repeats.
- `models.py`: models of this machine and of servers: added, found, tried and forgotten.
- `collections.py`: parents and examples from collections; words that stand in other texts.
- `text_query.py`: which texts are meant.
- `import_file.py`, `markdown_import.py`: brings files in.
- `export_files.py`: writes texts out, and what could not be stored.
- `share.py`: shares a text or its family as a picture, a page or plain text.
- `render.py`: renders a text as a picture, an animation or a sound.
- `progress.py`: what came of a brood that has not ended; opens a model where somebody may
  be watching.
"""

from flourishing.app.complete import (
    RUN_ON_TOKENS,
    complete,
    embed,
    logprobs,
    next_token,
    piped_prompt,
)
from flourishing.app.judging import check_judge, judge_texts
from flourishing.app.prompting import measure_prompts

# What needs a garden is not imported here: the notebook breeds without one, and need not wait for
# a database to be imported.

__all__ = [
    "RUN_ON_TOKENS",
    "check_judge",
    "complete",
    "embed",
    "judge_texts",
    "logprobs",
    "measure_prompts",
    "next_token",
    "piped_prompt",
]
