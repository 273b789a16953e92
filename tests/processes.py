"""The process that has imported what tests run in processes of their own, and forks them.

multiprocessing keeps one such server, whose imports it is told once: hence one list for all tests.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext

PROCESSES: ForkServerContext = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "tests.studio.imported",
        "tests.garden.gardener",
        "tests.garden.test_beds",
        "tests.garden.test_database",
        "tests.garden.test_faults",
        "tests.garden.test_files",
    ]
)
