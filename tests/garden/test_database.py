"""The database: opened, migrated, or refused in words and left as it is.

Also: A backup is one file that is whole by itself, and never less in the place of more.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from flourishing.core.chain import Chain
from flourishing.core.sampling import Sampling
from flourishing.core.text import Text
from flourishing.errors import FlourishingError, GardenError, InputError, StorageError
from flourishing.garden import Garden, migrations, open_garden
from flourishing.garden.brood_writer import chain_identity
from flourishing.garden.database import Database
from flourishing.garden.migrations import HEAD
from flourishing.garden.rows import to_bytes
from flourishing.garden.schema import APPLICATION_ID, metadata
from flourishing.patterns import PATTERNS
from tests.garden.broods import DOVE, FOG, SEA, bred
from tests.garden.gardener import alone, in_a_process, write
from tests.marks import first_cases, on_both_databases, slow_cases

SECRET = "hunter2"


def scripts(connection: sa.Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", migrations.__path__[0])
    config.set_main_option("path_separator", "os")
    return config


def revisions() -> list[str]:
    """Give all revisions, the oldest first."""
    found = ScriptDirectory.from_config(scripts()).walk_revisions()
    return [script.revision for script in found][::-1]


@contextmanager
def raw(place: str) -> Iterator[sa.Connection]:
    """Give a connection to a place that knows nothing of gardens."""
    url = place.replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url if "://" in url else f"sqlite:///{url}")
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


# Opening.


def test_a_garden_is_written_so_that_nothing_confirmed_is_lost(tmp_path: Path) -> None:
    database = Database(tmp_path / "new" / "folder" / "garden.db")
    with database.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "application_id")
        }
    database.close()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "application_id": APPLICATION_ID,
    }


def test_an_empty_file_becomes_a_garden(tmp_path: Path) -> None:
    (tmp_path / "garden.db").touch()
    with open_garden(tmp_path / "garden.db") as garden:
        garden.add("fog")


def refused(place: str | Path) -> FlourishingError:
    with pytest.raises(FlourishingError) as caught:
        open_garden(place)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("content", [b"fog", b"\0" * 5_000, b"SQLite format 2\0" + b"x" * 5_000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "poem.txt"
    file.write_bytes(content)
    error = refused(file)
    assert isinstance(error, GardenError)
    assert "no garden" in str(error)
    assert file.read_bytes() == content
    assert list(tmp_path.glob("poem*")) == [file]


@pytest.mark.parametrize("application", [0, 7])
def test_a_database_of_another_program_is_refused_and_left_alone(
    tmp_path: Path, application: int
) -> None:
    file = tmp_path / "bookmarks.db"
    with closing(sqlite3.connect(file)) as other, other:
        other.execute(f"PRAGMA application_id = {application}")
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    before = file.read_bytes()
    assert isinstance(refused(file), GardenError)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_another_program_that_counts_its_versions_as_we_do_is_no_newer_garden(
    tmp_path: Path,
) -> None:
    file = tmp_path / "bookmarks.db"
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("CREATE TABLE alembic_version (version_num TEXT)")
        other.execute("INSERT INTO alembic_version VALUES ('ab12')")
    assert "no garden" in str(refused(file))


def test_a_postgresql_database_of_another_program_is_refused(database: str) -> None:
    with raw(database) as connection:
        connection.execute(sa.text("CREATE TABLE bookmarks (url TEXT)"))
    assert "no garden" in str(refused(database))
    with raw(database) as connection:
        assert sa.inspect(connection).get_table_names() == ["bookmarks"]


@on_both_databases
def test_a_garden_of_a_newer_version_is_refused_and_left_alone(place: str) -> None:
    with open_garden(place) as garden:
        garden.add("fog")
    with raw(place) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    error = refused(place)
    assert isinstance(error, GardenError)
    assert "newer" in str(error)
    with raw(place) as connection:
        assert connection.execute(sa.text("SELECT content FROM texts")).scalar() == "fog"
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).one()[0] == (
            "9999"
        )


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in str(refused(tmp_path))


def test_a_place_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = refused(tmp_path / "file" / "garden.db")
    assert isinstance(error, StorageError)
    assert "room" not in error.hint


def test_a_garden_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "garden.db"
    with open_garden(place) as garden:
        garden.add(FOG)
    place.write_bytes(place.read_bytes()[:3_000])
    assert "damaged" in str(refused(place))


# Leave to write.


@pytest.mark.parametrize(
    ("folder_mode", "there"), first_cases(1, [(0o555, True), (0o555, False), (0o777, True)])
)
def test_what_may_only_be_read_is_refused_in_words(
    public: Path, folder_mode: int, there: bool
) -> None:
    place = public / "garden.db"
    if there:
        with open_garden(place) as garden:
            garden.add("fog")
        place.chmod(0o444)
    public.chmod(folder_mode)
    told = alone(in_a_process(_add_as_nobody, str(place)))
    public.chmod(0o755)
    assert told[0] == "StorageError"
    assert "room" not in told[1]
    if there:
        place.chmod(0o644)
        with open_garden(place) as garden:
            assert [text.content for text in garden.search.page()] == ["fog"]
            assert garden.verify() == []


def test_a_garden_that_may_only_be_read_is_read(public: Path) -> None:
    place = public / "garden.db"
    with open_garden(place) as garden:
        garden.add("fog")
    place.chmod(0o444)
    public.chmod(0o777)
    assert alone(in_a_process(_read_as_nobody, str(place))) == ("fog", [])


def _add_as_nobody(place: str) -> tuple[str, str]:
    _become_nobody()
    try:
        with open_garden(place) as garden:
            garden.add("sea")
    except FlourishingError as error:
        return type(error).__name__, error.hint
    return "", ""


def _read_as_nobody(place: str) -> tuple[str, list[str]]:
    _become_nobody()
    with open_garden(place) as garden:
        (text,) = garden.search.words("fog")
        return text.content, [str(problem) for problem in garden.verify()]


def _become_nobody() -> None:
    if os.geteuid() == 0:  # for whom no file is read-only
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


# Addresses and passwords.


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://me:{SECRET}@127.0.0.1:1/garden",
        f"postgresql://127.0.0.1:1/garden?user=me&password={SECRET}",
        f"postgresql://127.0.0.1:1/garden?sslpassword={SECRET}",
        f"postgres://me:{SECRET}@127.0.0.1:1/garden",
        f"postgresql://me:{SECRET}@[::1/garden",
        f"postgresql://me:{SECRET}@host:port/garden",
        f"mysql://me:{SECRET}@127.0.0.1/garden",
        f"sqlite:///{SECRET}.db",
        f"https://me:{SECRET}@example.org",
    ],
)
def test_a_server_that_cannot_be_reached_is_told_without_the_password(address: str) -> None:
    error = refused(address)
    assert isinstance(error, GardenError)
    whole = "".join(traceback.format_exception(error))
    assert SECRET not in whole + error.hint


def test_the_name_of_a_garden_has_no_password(database: str) -> None:
    place = database.replace("postgres:@", f"postgres:{SECRET}@") + f"&sslpassword={SECRET}"
    assert SECRET in place
    with open_garden(place) as garden:
        assert SECRET not in garden.name
        assert "postgres" in garden.name


# Migrations.


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(scripts()).get_current_head() == HEAD


@on_both_databases
def test_the_migrations_give_the_tables_of_the_schema(place: str) -> None:
    open_garden(place).close()

    def ours(_: object, name: str | None, *__: object) -> bool:
        return not (name or "").startswith("texts_words")  # each database's own

    with raw(place) as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_number_rows_as_the_schema_says(tmp_path: Path) -> None:
    open_garden(tmp_path / "garden.db").close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    metadata.create_all(engine)
    engine.dispose()

    def kinds(name: str) -> dict[str, tuple[bool, bool]]:
        with closing(sqlite3.connect(tmp_path / name)) as file:
            rows = file.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
            return {
                table: ("AUTOINCREMENT" in sql, "WITHOUT ROWID" in sql)
                for table, sql in rows
                if table in metadata.tables
            }

    assert kinds("garden.db") == kinds("plain.db")


OLD = revisions()[:-1]


@pytest.mark.parametrize(
    ("place", "revision"),
    [
        *(("sqlite", revision) for revision in OLD[::4]),
        *slow_cases(("sqlite", revision) for revision in OLD if revision not in OLD[::4]),
        ("postgresql", OLD[0]),
        *slow_cases(("postgresql", revision) for revision in OLD[1:]),
    ],
    indirect=["place"],
)
def test_a_garden_of_each_earlier_version_is_brought_up_to_date(place: str, revision: str) -> None:
    plant_old(place, revision)
    with open_garden(place) as garden:
        require_planted(garden)
    with open_garden(place) as garden:
        require_planted(garden)
    if "://" not in place:
        copy = Path(f"{place}.before-{HEAD}")
        with raw(str(copy)) as connection:
            version = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
            assert version.scalar() == revision
            assert connection.execute(sa.text("SELECT count(*) FROM texts")).scalar() == 6
        assert sorted(Path(place).parent.glob("garden.db*")) == [Path(place), copy]
        if os.name == "posix":
            assert copy.stat().st_mode & 0o777 == 0o600


def test_a_new_garden_has_no_copy_beside_it(tmp_path: Path) -> None:
    open_garden(tmp_path / "garden.db").close()
    assert list(tmp_path.glob("*before*")) == []


def require_planted(garden: Garden) -> None:
    """Hold a migrated garden against what was planted in it."""
    assert garden.verify() == []
    assert [text.content for text in garden.texts([1, 2, 3])] == [FOG, SEA, DOVE]
    (born,) = garden.broods()
    assert [(text.content, text.tags) for text in born] == [(DOVE, ("grey",))]
    assert born[0].marks == {"keep"}
    assert [text.content for text in born.parents] == [FOG, SEA]
    (bed,) = garden.beds.all()
    assert (bed.parents, bed.n) == ((1, 2), 3)
    shelf = garden.shelves.get("ours")
    assert shelf is not None
    assert [[text.content for text in chain] for chain in shelf.chains] == [["bad", "good"]]
    assert garden.search.words("hedgerow")[0].id == 3
    assert garden.search.echoes("and a dove flies up again")[0].text.content == DOVE
    assert [act.kind for act in garden.acts()] == ["pin", "tag", "keep", "shelve", "set"]
    redone = garden.redo()
    assert redone is not None
    assert redone.kind == "pin"
    garden.undo()


def plant_old(place: str, revision: str) -> None:
    """Make a garden of the first schema, with something in each table, and bring it up to one."""
    brood = bred([FOG, SEA], [DOVE])
    chain = Chain.of(["bad", "good"])
    texts = [*brood.parents, brood[0], *chain, Text("put away")]
    at = "2026-01-01T00:00:00.000000+00:00"
    with raw(place) as connection:
        command.upgrade(scripts(connection), revisions()[0])

        def insert(table: str, **values: Any) -> None:
            names = ", ".join(f'"{name}"' for name in values)
            marks = ", ".join(f":{name}" for name in values)
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"
            connection.execute(sa.text(statement), values)

        insert("gardens", id=1, at=at, made_by="0.1.0")
        insert("beds", id=1, at=at, name="sea")
        for id, kind in enumerate(("set", "shelve", "keep", "tag", "pin"), start=1):
            insert("acts", id=id, at=at, kind=kind, undone=kind == "pin")
        insert("reversals", id=1, at=at, act_id=5, undone=True)
        insert(
            "broods",
            id=1,
            at=at,
            kind="bred",
            prompt=brood.prompt,
            pattern=json.dumps(asdict(PATTERNS["poems"])),
            start="",
            model=brood.model,
            sampling=json.dumps(asdict(Sampling(max_tokens=48, temperature=0.9))),
            seed=brood.seed,
            reproducible=True,
            asked=1,
            examples=0,
            notes="[]",
            usage="{}",
        )
        for id, text in enumerate(texts, start=1):
            insert(
                "texts",
                id=id,
                at=text.origin.at.isoformat(timespec="microseconds"),
                identity=to_bytes(text.identity),
                digest=to_bytes(text.digest),
                content=text.content,
                author=text.origin.author,
                brood_id=1 if text is brood[0] else None,
                place=0 if text is brood[0] else None,
                aside=False,
                seed=text.origin.seed,
                raw=text.origin.raw,
                finish=text.origin.finish,
            )
        for place_in_it, text_id in enumerate((1, 2)):
            insert("brood_parents", brood_id=1, place=place_in_it, text_id=text_id, role="parent")
        insert("chains", id=1, at=at, identity=chain_identity(chain))
        for place_in_it, text_id in enumerate((4, 5)):
            insert("chain_texts", chain_id=1, place=place_in_it, text_id=text_id)
        insert("collections", id=1, at=at, name="ours", title="", pattern="refinements")
        insert("shelvings", id=1, act_id=2, collection_id=1, chain_id=1, given=True)
        insert(
            "bed_states", id=1, bed_id=1, act_id=1, state=json.dumps({"parents": [1, 2], "n": 3})
        )
        for id, kind, label in ((3, "keep", ""), (4, "tag", "grey"), (5, "pin", "")):
            insert("marks", id=id, act_id=id, text_id=3, kind=kind, label=label, given=True)
        insert("standing", text_id=3, keep=3)
        if "://" in place:  # so that new rows do not take these numbers
            there = sa.inspect(connection).get_table_names()
            for table in metadata.sorted_tables:
                if "id" in table.c and table.name in there:
                    sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                    connection.execute(sa.text(f"SELECT setval({sequence}, 100)"))
        command.upgrade(scripts(connection), revision)


@pytest.mark.parametrize("name", [":memory:", "file:x?mode=memory"])
def test_a_name_that_means_something_to_sqlite_is_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_garden(name) as garden:
        garden.add("fog")
    with open_garden(tmp_path / name) as garden:
        assert [text.content for text in garden.search.page()] == ["fog"]


def contents(place: Path) -> list[str]:
    with open_garden(place) as garden:
        assert garden.verify() == []
        return sorted(text.content for text in garden.search.page(limit=10_000))


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    garden = Garden(tmp_path / "garden.db")
    garden.save(bred(), bed=garden.beds.open("sea"))
    return garden


def test_a_backup_is_a_garden_in_one_file(garden: Garden, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    garden.back_up(folder / "copy.db")
    assert [file.name for file in folder.iterdir()] == ["copy.db"]
    if sys.platform != "win32":
        assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    with closing(sqlite3.connect(folder / "copy.db")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    with open_garden(folder / "copy.db") as copied:
        assert copied.verify() == []
        assert copied.broods() == garden.broods()
        assert copied.beds.all() == garden.beds.all()
        copied.add("fog")
        assert copied.undo() is not None


def test_a_backup_while_another_process_writes_is_one_state(garden: Garden, tmp_path: Path) -> None:
    writer = in_a_process(write, str(tmp_path / "garden.db"), "sea", 100)
    seen = 0
    while not writer[1].poll():
        garden.back_up(tmp_path / "copy.db")
        there = [text for text in contents(tmp_path / "copy.db") if text.startswith("sea ")]
        assert sorted(there) == sorted(f"sea {number}" for number in range(len(there)))
        assert len(there) >= seen
        seen = len(there)
    alone(writer)


def test_an_older_backup_is_replaced_and_a_newer_one_is_not(garden: Garden, tmp_path: Path) -> None:
    garden.back_up(tmp_path / "copy.db")
    garden.back_up(tmp_path / "old.db")
    garden.add("fog")
    garden.back_up(tmp_path / "copy.db")
    assert "fog" in contents(tmp_path / "copy.db")
    garden.close()
    with open_garden(tmp_path / "old.db") as old:
        assert refused_of_backup(old, tmp_path / "copy.db") == "a newer state of this garden"
        old.back_up(tmp_path / "copy.db", force=True)
    assert "fog" not in contents(tmp_path / "copy.db")


def another_garden(target: Path) -> None:
    with open_garden(target) as other:
        other.add("fog")


def poem(target: Path) -> None:
    target.write_text("fog\n", encoding="utf-8")


def other_database(target: Path) -> None:
    with closing(sqlite3.connect(target)) as other, other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")


@pytest.mark.parametrize(
    ("make", "what"),
    first_cases(
        1, [(another_garden, "another garden"), (poem, "no garden"), (other_database, "no garden")]
    ),
)
def test_what_is_no_backup_of_this_garden_is_replaced_only_by_force(
    garden: Garden, tmp_path: Path, make: Callable[[Path], None], what: str
) -> None:
    target = tmp_path / "target"
    make(target)
    before = target.read_bytes()
    assert refused_of_backup(garden, target) == what
    assert target.read_bytes() == before
    garden.back_up(target, force=True)
    assert {"one", "three", "two"} < set(contents(target))


def refused_of_backup(garden: Garden, target: Path) -> str:
    with pytest.raises(InputError) as caught:
        garden.back_up(target)
    assert "--force" in caught.value.hint
    return str(caught.value).removeprefix(f"{target} is ").removesuffix(", and is left as it is.")


@pytest.mark.parametrize("force", first_cases(1, [True, False]))
def test_the_garden_itself_a_folder_and_an_open_garden_are_never_replaced(
    garden: Garden, tmp_path: Path, force: bool
) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "garden.db")
    with open_garden(tmp_path / "open.db") as other:
        other.add("fog")
        for target in ("garden.db", "link.db", "open.db", "."):
            with pytest.raises(InputError):
                garden.back_up(tmp_path / target, force=force)
        assert len(other.search.page()) == 1
    assert len(garden.broods()) == 1


def test_an_emptied_garden_replaces_its_backup(garden: Garden, tmp_path: Path) -> None:
    (text,) = garden.add("fog")
    garden.back_up(tmp_path / "copy.db")
    garden.put_away(text)
    assert garden.empty().gone == 1
    garden.back_up(tmp_path / "copy.db")
    assert "fog" not in contents(tmp_path / "copy.db")


def test_a_backup_that_cannot_be_written_leaves_nothing(garden: Garden, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        garden.back_up(tmp_path / "nowhere" / "copy.db")
    assert caught.value.hint
    assert not (tmp_path / "nowhere").exists()


def test_a_garden_on_a_server_names_what_backs_it_up(database: str, tmp_path: Path) -> None:
    with open_garden(database) as garden, pytest.raises(InputError) as caught:
        garden.back_up(tmp_path / "copy.db")
    assert "pg_dump" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes and devices like these")
@pytest.mark.parametrize("force", [False, True])
def test_a_pipe_or_a_device_is_not_replaced_by_a_backup(
    garden: Garden, tmp_path: Path, force: bool
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in (pipe, Path("/dev/null")):
        with pytest.raises(InputError, match="pipe or a device") as caught:
            garden.back_up(target, force=force)
        assert "Name a file" in caught.value.hint
    assert stat.S_ISFIFO(pipe.stat().st_mode)
