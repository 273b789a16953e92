"""mikupad: JSON within JSON, exports, and the database of its server."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flourishing.errors import InputError
from flourishing.formats.looms.mikupad import read_store, recognise
from flourishing.formats.passage import Piece
from tests.formats.looms.reading import DUSK, FOLDER, fixture, loom_in, looms_in, texts

PIECES = (
    Piece("a poem:\n", "person"),
    Piece(" the fox runs", "model"),
    Piece("\nat dusk", "person"),
)
PROMPT = [{"type": "user", "content": "cat"}, {"content": " sat"}]


@pytest.mark.parametrize("name", ["mikupad_session.json", "mikupad_db_export.json"])
def test_a_session_is_one_path_that_tells_who_wrote_it(name: str) -> None:
    loom = loom_in(fixture(name))
    assert texts(loom) == [DUSK]
    assert loom.name == "fox"
    assert loom.pieces("3") == PIECES
    assert loom.current == "3"


def test_a_session_without_a_prompt_is_empty() -> None:
    assert loom_in({"name": '"x"', "temperature": "0.7"}).nodes == {}


def test_what_stands_beside_the_text_is_left_out_and_said() -> None:
    session = {"name": '"x"', "prompt": "[]", "memoryTokens": '{"text": "be kind"}'}
    assert loom_in(session).dropped == ("memory",)


def test_an_export_holds_many_sessions() -> None:
    rows = [{"key": n, "value": {"prompt": PROMPT}} for n in range(3)]
    looms = looms_in({"Sessions": rows, "Names": [{"key": 1, "value": "one"}]})
    assert [loom.name for loom in looms] == ["name", "one", "name"]


@pytest.mark.parametrize(
    "document",
    [
        {"name": '"x"', "prompt": "[{"},
        {"name": '"x"', "prompt": "5"},
        {"name": '"x"', "prompt": '[{"content": 5}]'},
        {"Sessions": [5]},
        {"Sessions": [{"key": 0, "value": "x"}]},
    ],
)
def test_a_session_that_is_wrong_is_refused(document: object) -> None:
    with pytest.raises(InputError):
        looms_in(document)


def store(tmp_path: Path, *rows: tuple[str, object], names: bool = False) -> Path:
    path = tmp_path / "a store?#.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE sessions (key TEXT PRIMARY KEY, data BLOB)")
        database.executemany("INSERT INTO sessions VALUES (?, ?)", rows)
        if names:
            database.execute("CREATE TABLE names (key TEXT PRIMARY KEY, data TEXT)")
            database.execute("INSERT INTO names VALUES ('0', 'fox')")
    return path


def test_the_servers_database_is_read_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes((FOLDER / "mikupad_server_v3.db").read_bytes())
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        (loom,), dropped = read_store(path)
        assert [each.name for each in tmp_path.iterdir()] == ["store.db"]
    finally:
        tmp_path.chmod(0o700)
    assert (loom.name, loom.pieces("3")) == ("fox", PIECES)
    assert dropped == ("1 key or password",)


def test_a_database_with_a_journal_gets_no_files_beside_it(tmp_path: Path) -> None:
    path = store(tmp_path, ("0", json.dumps({"prompt": PROMPT})))
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    before = path.stat().st_mtime_ns
    assert len(read_store(path)[0]) == 1
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_mtime_ns == before


def test_the_older_database_has_plain_json_with_the_name_inside(tmp_path: Path) -> None:
    data = json.dumps({"name": "cat", "prompt": PROMPT})
    (loom,), _ = read_store(store(tmp_path, ("0", data), ("nextSessionId", "1")))
    assert (loom.name, texts(loom)) == ("cat", ["cat sat"])


def test_what_is_still_in_the_journal_is_said(tmp_path: Path) -> None:
    path = store(tmp_path)
    path.with_name(path.name + "-wal").write_bytes(b"x")
    assert "not put into the database yet" in read_store(path)[1][0]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(gzip.compress(b"{}")[:-9], id="gzip cut short"),
        pytest.param(gzip.compress(b"{}")[:8] + b"x" * 20, id="gzip with other bytes"),
        pytest.param(gzip.compress(b"\xff"), id="gzip of no text"),
        pytest.param(gzip.compress(b"{"), id="gzip of broken JSON"),
        pytest.param(gzip.compress(b"[]"), id="gzip of an array"),
        pytest.param(b"\xff", id="no text"),
        pytest.param("{", id="broken JSON"),
        pytest.param(5, id="number"),
        pytest.param(None, id="nothing"),
    ],
)
def test_a_session_that_cannot_be_unpacked_is_refused(tmp_path: Path, data: object) -> None:
    with pytest.raises(InputError):
        read_store(store(tmp_path, ("0", data)))


def test_a_session_that_is_enormous_when_unpacked_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps({"prompt": "x" * 100_000}).encode())
    path = store(tmp_path, ("0", packed))
    assert len(read_store(path, room=200_000)[0]) == 1
    with pytest.raises(InputError, match="too large"):
        read_store(path, room=50_000)


def test_a_database_of_a_few_kilobytes_does_not_become_gigabytes(tmp_path: Path) -> None:
    packed = gzip.compress(b"[" * 7_000_000)
    assert len(packed) < 8_192
    with pytest.raises(InputError, match="too many values"):
        read_store(store(tmp_path, ("0", packed)))


def test_sessions_count_together_packed_and_plain(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps({"prompt": "x" * 60_000}).encode())
    plain = json.dumps({"prompt": "y" * 60_000})
    path = store(tmp_path, ("0", packed), ("1", plain), ("2", packed))
    assert len(read_store(path, room=200_000)[0]) == 3
    with pytest.raises(InputError, match="too large"):
        read_store(path, room=150_000)


@pytest.mark.parametrize(
    "data",
    [
        "data AS (zeroblob(5000000))",
        "data AS (hex(zeroblob(5000000)))",
        "data AS (printf('%.*c', 5000000, 'x'))",
        "data AS (replace(key, '0', key))",
    ],
)
def test_a_column_that_is_computed_grows_no_further_than_any_other(
    tmp_path: Path, data: str
) -> None:
    path = tmp_path / "computed.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE sessions (key TEXT PRIMARY KEY, {data})")
        database.executemany("INSERT INTO sessions (key) VALUES (?)", [("0",), ("00",)])
    with pytest.raises(InputError):
        read_store(path, room=1_000_000)


def test_names_that_are_computed_without_end_are_not_read(tmp_path: Path) -> None:
    path = store(tmp_path, ("0", json.dumps({"prompt": PROMPT})))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE VIEW names AS WITH RECURSIVE endless(key) AS "
            "(SELECT 1 UNION ALL SELECT key + 1 FROM endless) SELECT key, key AS data FROM endless"
        )
        database.execute("CREATE TRIGGER t AFTER INSERT ON sessions BEGIN SELECT 1; END")
    assert len(read_store(path)[0]) == 1


def test_a_schema_that_is_enormous_is_refused(tmp_path: Path) -> None:
    path = store(tmp_path, ("0", json.dumps({"prompt": PROMPT})))
    columns = ", ".join(f"c{number}" for number in range(1_900))
    with closing(sqlite3.connect(path)) as database, database:
        for number in range(20):
            database.execute(f"CREATE TABLE t{number} ({columns})")
    with pytest.raises(InputError, match="cannot be read"):
        read_store(path)


@pytest.mark.parametrize("length", [16, 100, 5000])
def test_a_database_that_is_cut_off_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.db"
    path.write_bytes((FOLDER / "mikupad_server_v3.db").read_bytes()[:length])
    with pytest.raises(InputError):
        read_store(path)


def test_a_database_of_another_tool_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE poems (text)")
        database.execute("CREATE VIEW sessions AS SELECT 1 AS key, text AS data FROM poems")
    with pytest.raises(InputError, match="none of mikupad's"):
        read_store(path)


@pytest.mark.parametrize(
    "document",
    [
        {"name": "Harbour", "text": "the gulls argue", "author": "A. Reader"},
        {"name": "Harbour", "poem": "the gulls argue", "prompt": "write about gulls"},
        {"name": "Harbour", "prompt": "[the gulls argue]"},
        {},
    ],
)
def test_an_object_of_another_tool_is_no_session(document: dict[str, str]) -> None:
    assert not recognise(document)


def test_a_session_of_which_only_name_and_text_changed_is_one() -> None:
    assert recognise({"name": '"fox"', "prompt": '[{"type": "user", "content": "fox"}]'})
