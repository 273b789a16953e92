"""What the errors of databases mean, in words."""

from __future__ import annotations

import errno
from typing import Final

from flourishing.errors import FlourishingError, GardenError, StorageError

_NO_ROOM: Final = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def explained(error: BaseException, name: str) -> FlourishingError:
    """Say in words what a database's error means."""
    words = str(error)
    code = getattr(error, "sqlite_errorname", "") or getattr(error, "sqlstate", "") or ""
    if isinstance(error, OSError) and error.errno not in _NO_ROOM:
        return StorageError(
            f"{name} cannot be written: {words}.",
            hint="Check that its folder is there and yours, or name another garden.",
        )
    if (
        isinstance(error, OSError)
        or code in {"SQLITE_FULL", "53100"}
        or code.startswith("SQLITE_IOERR")
    ):
        return StorageError(
            f"{name} cannot be written: {words}.",
            hint="Make room on the disk; nothing of what was confirmed is lost.",
        )
    if code.startswith("SQLITE_READONLY") or code in {"25006", "42501"}:
        return StorageError(
            f"{name} cannot be written: it is read-only here.",
            hint="Give yourself leave to write it and its folder, or name another garden.",
        )
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or code in {"55P03", "40001", "40P01"}:
        return StorageError(
            f"{name} is being written by another program for too long.",
            hint="Try again; if it stays so, see what else has it open.",
        )
    if code.startswith("SQLITE_CANTOPEN"):
        return StorageError(
            f"{name} cannot be opened: {words}.", hint="Check that its folder is there and yours."
        )
    if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return GardenError(
            f"{name} is damaged, or no garden: {words}.",
            hint="Restore it from a copy; flourishing garden verify says more if it opens.",
        )
    return GardenError(
        f"The garden {name} cannot be used: {words.strip()}.",
        hint="Check its address, and that its server is running."
        if "://" in name
        else "flourishing garden verify may say more.",
    )
