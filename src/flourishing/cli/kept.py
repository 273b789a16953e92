"""The plain file of what a person kept, until there is a garden.

Each text is on the disk before the person is told so, and nothing is ever taken out again.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from flourishing.errors import StorageError
from flourishing.settings import data_path


class KeptFile:
    """A file that grows: texts with rules between them.

    Args:
        path: Where; by default a new one, named by the time, in the folder for a person's data.
            It is made with the first text.
    """

    def __init__(self, path: Path | None = None) -> None:
        now = datetime.now().astimezone()
        self.path = path or data_path() / "kept" / f"{now:%Y-%m-%d %H.%M.%S}.txt"
        self._written: set[str] = set()

    def add(self, text: str) -> None:
        """Write a text down to the disk, once.

        Raises:
            StorageError: It could not be written.
        """
        if text in self._written:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(f"{text}\n---\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"The text could not be kept in {self.path}: {error.strerror}.",
                hint="Make room, or name another file with --keep-in. The text is still on screen.",
            ) from error
        self._written.add(text)

    def __len__(self) -> int:
        return len(self._written)
