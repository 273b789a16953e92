"""Archives: the texts that a run keeps, at most one in each cell of what is measured.

Three of them, all behind `add` (tell) and `draw` or `near` (ask): a grid, whose cells are the same
for everybody; a tessellation (CVT), which has as many cells as are wanted in any number of
dimensions; and an unstructured one, which keeps what is far from all that it has.

Many texts are added at a time, by arrays: of several in one cell the best is taken, the first of
equals, and it replaces what stands there if it is better. That is what pyribs does, which the tests
hold it against; nothing here imports it but `to_ribs`.
"""

from flourishing.evolution.archives.archive import BINS, Archive, Elite, Form, Outcome
from flourishing.evolution.archives.cvt import CELLS, CVTArchive
from flourishing.evolution.archives.grid import GridArchive
from flourishing.evolution.archives.novelty import NoveltyArchive

__all__ = [
    "BINS",
    "CELLS",
    "Archive",
    "CVTArchive",
    "Elite",
    "Form",
    "GridArchive",
    "NoveltyArchive",
    "Outcome",
]
