"""How much memory a model needs, and whether this machine has it.

A model of so many bytes needs its file, the cache of its context, and some room to compute in. The
cache is counted as the engine keeps it: every layer in full, two bytes for a number, keys and
values, for as many tokens as the engine gives it. The machine's memory is what all of it has and
not what is free at the moment, since an operating system keeps files in what is free; a limit that
a container sets counts. A graphics card's memory does not: the engine runs on the processor.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final, Literal

from flourishing.catalogue.entries import Entry

Fit = Literal["yes", "tight", "no"]

_ENGINE: Final = 350_000_000
"""Bytes that the engine takes besides: room to compute, and prompts to come back to."""
_UNKNOWN_CACHE: Final = 0.25
"""The cache's share of the file's size, where the model's shape is not known."""
_COMFORTABLE: Final = 0.8
"""The share of the memory that one program may take before others are in want."""
_CONTEXT: Final = 16_384
"""Tokens of context that the engine gives to a model, if it was trained on as many."""
_BYTES: Final = 2
_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def needed(size: int, entry: Entry | None = None) -> int:
    """Estimate the memory that a model needs while it runs.

    Args:
        size: Bytes of its file.
        entry: The model's shape; without one the cache is guessed from the size.

    Returns:
        Bytes.
    """
    if entry is None:
        return size + round(size * _UNKNOWN_CACHE) + _ENGINE
    numbers = 2 * entry.layers * entry.heads * entry.width
    return size + numbers * _BYTES * min(entry.context, _CONTEXT) + _ENGINE


def fits(need: int, memory: int | None) -> Fit | None:
    """Say whether a model fits: "yes", "tight" (others will be in want), or "no".

    Args:
        need: Bytes that the model needs.
        memory: Bytes that the machine has; None where that is not known.
    """
    if memory is None:
        return None
    if need <= memory * _COMFORTABLE:
        return "yes"
    return "tight" if need <= memory else "no"


def warning(need: int, memory: int | None) -> str:
    """Say in words that a model does not fit, or hardly; nothing where it does, or may.

    Args:
        need: Bytes that the model needs.
        memory: Bytes that the machine has; None where that is not known.
    """
    fit = fits(need, memory)
    if memory is None or fit in {None, "yes"}:
        return ""
    how = "more than" if fit == "no" else "nearly all of"
    return (
        f"It needs about {need / 1e9:,.1f} GB of memory to run, {how} the {memory / 1e9:,.1f} GB "
        "that this machine has."
    )


def machine_memory() -> int | None:
    """Give the memory that this machine, or the container we run in, has in all, in bytes."""
    found = _windows() if sys.platform == "win32" else _posix()
    return min([found, *_container()]) if found else None


def _posix() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _windows() -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")),
        )

    status = Status()
    status.length = ctypes.sizeof(Status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - only Windows has the attribute
    return int(status.total) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None


def _container() -> list[int]:
    limits = []
    for path in _LIMITS:
        try:
            limits.append(int(path.read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return limits
