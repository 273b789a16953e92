"""Writing files: whole or not at all, under the name that was given, and nothing beside it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from flourishing.errors import StorageError
from flourishing.files import write_whole, writing


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", b"one")
    assert (tmp_path / "a.txt").read_bytes() == b"one"
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o600
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664, 0o400])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a.txt").write_bytes(b"old")
    (tmp_path / "a.txt").chmod(mode)
    write_whole(tmp_path / "a.txt", b"new")
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a.txt").write_bytes(b"old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "far" / "a.txt")
    (tmp_path / "new.txt").symlink_to(tmp_path / "far" / "b.txt")
    write_whole(tmp_path / "link.txt", b"new")
    write_whole(tmp_path / "new.txt", b"more")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "far" / "a.txt").read_bytes() == b"new"
    assert (tmp_path / "far" / "b.txt").read_bytes() == b"more"
    assert names(tmp_path) == ["far", "link.txt", "new.txt"]


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(StorageError, match="cannot be written"):
        write_whole(tmp_path / "a", b"x")


def test_what_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def fail() -> None:
        with writing(path) as file:
            file.write(b"new" * 100_000)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("none/a.txt", "folder first"), (".", "a folder"), ("file/a.txt", "folder first")],
)
def test_a_place_that_is_none_is_said(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be written") as refusal:
        write_whole(tmp_path / name, b"x")
    assert hint in refusal.value.hint
    assert names(tmp_path) == ["file"]


def test_a_nul_in_a_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write_whole(tmp_path / "a\0b", b"x")


def test_a_folder_is_made_where_that_is_wanted(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "deep" / "a.txt", b"x", folders=True)
    assert (tmp_path / "new" / "deep" / "a.txt").read_bytes() == b"x"
    assert stat.S_IMODE((tmp_path / "new" / "deep").stat().st_mode) & 0o077 == 0


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_whole(tmp_path / "pipe", b"words")
    reader.join(60)
    assert read == [b"words"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_full_device_is_said_and_stays_a_device() -> None:
    with pytest.raises(StorageError, match="No space left") as refusal:
        write_whole(Path("/dev/full"), b"words")
    assert "room" in refusal.value.hint
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


WRITE = """
import sys
from pathlib import Path
from flourishing.errors import StorageError
from flourishing.files import write_whole, writing
try:
    {}
except StorageError as error:
    print(error, error.hint)
    sys.exit(7)
"""


def run(what: str, *words: str, first: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", first + WRITE.format(what), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.process
def test_standard_output_is_written_to(tmp_path: Path) -> None:
    done = run('write_whole(Path("/dev/stdout"), b"words")')
    assert (done.returncode, done.stdout) == (0, "words")
    script = WRITE.format('write_whole(Path("/dev/stdout"), b"words")')
    with (tmp_path / "a.txt").open("wb") as out:
        subprocess.run([sys.executable, "-c", script], stdout=out, timeout=60, check=True)
    assert (tmp_path / "a.txt").read_bytes() == b"words"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.process
def test_a_disk_that_takes_no_more_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
    done = run('write_whole(Path(sys.argv[1]), b"x" * 9999)', str(path), first=limited)
    assert (done.returncode, done.stderr) == (7, "")
    assert "Make room" in done.stdout
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.process
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_folder_of_somebody_else_is_said() -> None:
    with tempfile.TemporaryDirectory(prefix="flourishing-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "a.txt").write_bytes(b"old")
        first = "import flourishing.files, os; os.setuid(65534)\n"
        done = run('write_whole(Path(sys.argv[1]), b"x")', str(folder / "a.txt"), first=first)
        assert done.returncode == 7, done.stderr
        assert "Permission denied" in done.stdout
        assert (folder / "a.txt").read_bytes() == b"old"


STUCK = """
import sys, time
from pathlib import Path
from flourishing.files import writing
with writing(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.mark.process
def test_ctrl_c_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    command = [sys.executable, "-c", STUCK, str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as going:
        assert going.stdout is not None
        assert going.stdout.readline() == "begun\n"
        assert len(names(tmp_path)) == 2
        going.send_signal(signal.SIGINT)
        assert going.wait(60) != 0
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]
