"""What a person's files can be read by: their owner alone, whatever the umask."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flourishing.files import LARGEST, make_file, make_folder, read_text
from flourishing.garden import Garden
from flourishing.models.catalogue import use
from flourishing.settings import config_path

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are those of POSIX")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_folders_are_made_for_their_owner_alone(tmp_path: Path, umask: None) -> None:
    make_folder(tmp_path / "a" / "b")
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o700, 0o700]


@posix
def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path, umask: None) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o770)
    make_folder(shared / "mine")
    make_folder(shared)
    assert mode(shared) == 0o770


@posix
def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("words")
    there.chmod(0o440)
    make_file(there)
    assert (there.read_text(), mode(there)) == ("words", 0o440)


@posix
def test_a_garden_and_all_beside_it_are_their_owners_alone(tmp_path: Path, umask: None) -> None:
    with Garden(tmp_path / "new" / "garden.db") as garden:
        garden.add("a gull")
        folder = tmp_path / "new"
        found = {path.name: mode(path) for path in folder.iterdir()}
        assert {"garden.db", "garden.db-wal", "garden.db-shm"} <= found.keys()
        assert set(found.values()) == {0o600}
        assert mode(folder) == 0o700


@posix
def test_a_configuration_is_made_for_its_owner_alone(umask: None) -> None:
    use("echo")
    assert mode(config_path()) == 0o600
    assert mode(config_path().parent) == 0o700
    config_path().chmod(0o640)
    use("local")
    assert mode(config_path()) == 0o640


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ValueError, match="more than"):
        read_text(large)


def test_lines_end_in_one_way(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert read_text(path, "utf-8-sig") == "a\nb\nc\n"
