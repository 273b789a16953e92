"""Selection: which texts are good by a person's marks, and which of them differ.

All of it works on embeddings, arrays with one row a text, and on nothing else. It sorts and
suggests; what is kept, a person decides.

- `diversity`: `diverse`, texts that are good and differ; `shown_first`, which of a brood to show.
- `taste`: `Taste`, learned from marks, with its accuracy.
- `intervals`: how sure a share or an accuracy is.
"""

from flourishing.selection.diversity import diverse, random_order, shown_first
from flourishing.selection.intervals import Estimate
from flourishing.selection.taste import Marks, Reduction, Taste

__all__ = [
    "Estimate",
    "Marks",
    "Reduction",
    "Taste",
    "diverse",
    "random_order",
    "shown_first",
]
