"""The second wall around a worker: what the operating system keeps from it.

This file is run as a program of its own, without the package: `python wall.py TARGET ARGUMENTS…`
closes what the worker inherited, goes to an empty folder, leaves the process group, sets limits,
asks Linux for what it offers, and becomes TARGET. It imports little, so that it starts fast.

- Limits (`setrlimit`): memory, no file written, no core, few open files, time of the processor.
- Landlock (Linux 5.13 and later): no file is read, written or run but TARGET and the libraries of
  the system; no TCP connection (6.7); no signal to another process (6.12).
- seccomp: no socket of any kind, no tracing, no new namespaces, no modules of the kernel.

What a system does not offer is left out, and `kept_out` says so in words.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from typing import Final

MEMORY: Final = 768 * 2**20
"""Bytes of address space; what a worker needs itself is about 120 million."""
_PROCESSOR: Final = 600
"""Seconds of the processor, of all programs that one worker runs."""
_LIBRARIES: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/dev/null")
# numbers of socket, ptrace, unshare, setns, mount, bpf, io_uring_setup, process_vm_readv, -writev,
# init_module, kexec_load, keyctl, add_key, perf_event_open, userfaultfd
_DENIED: Final = {
    "x86_64": (
        0xC000003E,
        *(41, 101, 272, 308, 165, 321, 425, 310, 311, 175, 246, 250, 248, 298, 323),
    ),
    "aarch64": (
        0xC00000B7,
        *(198, 117, 97, 268, 40, 280, 425, 270, 271, 105, 104, 219, 217, 241, 282),
    ),
}


def kept_out() -> str:
    """Say in a sentence which second wall this system offers."""
    if sys.platform == "win32":
        return "Programs run in a language sandbox; Windows adds no second wall here."
    walls = ["limits of memory and files"]
    if landlock_version():
        walls.append("Landlock")
    if sys.platform == "linux" and os.uname().machine in _DENIED:
        walls.append("seccomp")
    if len(walls) == 3:
        return f"Programs run in a language sandbox, within {', '.join(walls)}."
    missing = " and ".join(name for name in ("Landlock", "seccomp") if name not in walls)
    return (
        f"Programs run in a language sandbox, within {' and '.join(walls)}; "
        f"this system has no {missing}."
    )


def landlock_version() -> int:
    """Give the version of Landlock that the kernel has; 0 for none."""
    if sys.platform != "linux":
        return 0
    try:
        import landlockpy
    except ImportError:
        return 0
    return landlockpy.abi_version()


def raise_wall(*readable: str) -> None:
    """Restrict this process for good.

    Args:
        *readable: Files that it may read and run, beside the libraries of the system.
    """
    if sys.platform == "win32":
        return
    _set_limits()
    if landlock_version():
        _landlock(readable)
    if sys.platform == "linux":
        _seccomp()


def _set_limits() -> None:
    import resource

    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CPU, _PROCESSOR),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit of address space
            resource.setrlimit(what, (most, most))


def _landlock(readable: tuple[str, ...]) -> None:
    from landlockpy import AccessFS, Ruleset, Scope

    run = AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.EXECUTE
    with Ruleset(scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) as rules:
        for path in (*_LIBRARIES, *readable):
            if os.path.isdir(path):  # noqa: PTH112 - pathlib takes longer to import than all else
                rules.allow_path(path, run)
            elif os.path.exists(path):  # noqa: PTH110
                rules.allow_path(path, AccessFS.READ_FILE | AccessFS.EXECUTE)
        rules.restrict()


def _seccomp() -> None:
    """Refuse system calls by a filter of the kernel; those of another machine are fatal."""
    if os.uname().machine not in _DENIED:
        return
    machine, *calls = _DENIED[os.uname().machine]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    refuse, kill, allow = 0x00050000 | 1, 0x80000000, 0x7FFF0000
    steps = [(load, 0, 0, 4), (equal, 1, 0, machine), (give, 0, 0, kill), (load, 0, 0, 0)]
    steps += [(at_least, len(calls) + 1, 0, 0x40000000)]  # the second table of numbers of x86
    steps += [(equal, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    steps += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0):
        sys.stderr.write(f"seccomp: {os.strerror(ctypes.get_errno())}\n")


def _become(folder: str, target: str, arguments: list[str]) -> None:
    os.setpgid(0, 0)
    os.closerange(3, 4_096)
    os.chdir(folder)
    raise_wall(target)
    os.execve(target, [target, *arguments], {})  # noqa: S606 - our own worker


if __name__ == "__main__":
    # -S leaves out the folder of packages, which has Landlock's.
    packages, where, program, *rest = sys.argv[1:]
    sys.path.append(packages)
    _become(where, program, rest)
