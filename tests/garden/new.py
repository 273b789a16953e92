"""Empty gardens to test with, copied: to migrate a new one takes twenty times as long."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from flourishing.garden import Garden


def new_garden(path: Path) -> Path:
    """Put an empty garden at a path; give the path.

    Args:
        path: Where no file is yet; the folders above it are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(_empty())
    return path


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory(prefix="flourishing-") as folder:
        path = Path(folder) / "garden.db"
        Garden(path).close()
        return path.read_bytes()
