"""The database under a garden: opening, checking and migrating it; transactions; its errors.

SQLite runs with a write-ahead log and full synchronisation: a transaction that was confirmed
survives `kill -9` and a power cut. Writers take the lock when they begin (BEGIN IMMEDIATE, and on
PostgreSQL one advisory lock), so that two processes follow each other, and what a writer has read
still holds when it writes.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import exc

from flourishing.errors import FlourishingError, GardenError, InputError, StorageError
from flourishing.files import make_file, make_folder
from flourishing.garden.schema import APPLICATION_ID, gardens

HEAD: Final = "0002"
"""The newest schema; a test holds it against the migrations."""
_PATIENCE: Final = 30.0
"""Seconds to wait for another writer."""
_LOCK: Final = APPLICATION_ID
_BEGIN: Final = "flourishing_begin"
_NO_ROOM: Final = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_CANNOT_HOLD: Final = "Leave out lone surrogates, NUL in names, and numbers beyond 64 bits."


class Database:
    """A database that is a garden, at the newest schema.

    Args:
        place: The path of an SQLite file, made if it is not there; or a `postgresql://` URL.

    Raises:
        GardenError: It is no garden, is damaged, belongs to a newer version or cannot be reached.
        StorageError: It cannot be made or migrated for want of room or of permission.
    """

    def __init__(self, place: str | Path) -> None:
        self.path = None if _is_url(place) else Path(place).expanduser()
        self.name = str(self.path) if self.path else _without_password(_read_url(str(place)))
        with self._mapped():
            self.engine = _sqlite(self.path) if self.path else _postgresql(str(place))
            try:
                self._prepare()
            except BaseException:
                self.engine.dispose()
                raise

    @property
    def on_sqlite(self) -> bool:
        """Whether it is an SQLite file."""
        return self.path is not None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the garden throughout."""
        with self._mapped(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give the connection of the one writer; all of it is on the disk afterwards, or nothing.

        Raises:
            StorageError: There is no room or permission to write, or another writer stays too long.
        """
        with self._mapped(), self._writer() as connection, connection.begin():
            if not self.on_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            yield connection

    def close(self) -> None:
        """Let go of the file or the server."""
        self.engine.dispose()

    def _writer(self) -> sa.Connection:
        connection = self.engine.connect()
        if self.on_sqlite:
            return connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        # Not a repeatable read: that would be of the time before we had the lock.
        return connection.execution_options(isolation_level="READ COMMITTED")

    def _prepare(self) -> None:
        """Make the tables of a new garden, and bring an older one up to date."""
        with self.engine.connect() as connection:
            found = _revision(connection)
            if found == HEAD:
                return
            self._require_ours(connection, found)
        self._keep_copy(found)
        with self.writing() as connection:
            if _revision(connection) != HEAD:  # another process may have been first
                _migrate(connection)
                if not connection.execute(sa.select(gardens.c.id)).first():
                    connection.execute(gardens.insert().values(at=now(), made_by=_version()))

    def _require_ours(self, connection: sa.Connection, revision: str | None) -> None:
        tables = sa.inspect(connection).get_table_names()
        ours = not tables or gardens.name in tables
        if ours and revision is not None and revision not in _revisions():
            raise GardenError(
                f"{self.name} was made by a newer Flourishing (its schema is {revision!r}).",
                hint="Install the newest version; this one leaves the garden as it is.",
            )
        if not ours:
            raise GardenError(
                f"{self.name} is a database, but no garden.",
                hint="Name another file with FLOURISHING_GARDEN or --garden; it was left as it is.",
            )

    def _keep_copy(self, revision: str | None) -> None:
        """Keep the garden as it was beside the migrated one."""
        if self.path is None or revision is None:
            return
        copy = self.path.with_name(f"{self.path.name}.before-{HEAD}")
        if not copy.exists():
            # Whole or not at all: a copy that was cut off would never be made again.
            begun = copy.with_name(f"{copy.name}.{os.getpid()}")
            try:
                make_file(begun)
                with (
                    closing(sqlite3.connect(self.path)) as old,
                    closing(sqlite3.connect(begun)) as new,
                ):
                    old.backup(new)
                begun.replace(copy)
            finally:
                begun.unlink(missing_ok=True)

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """Turn the errors of databases into ours."""
        try:
            yield
        except FlourishingError:
            raise
        except exc.DataError as error:
            raise InputError(
                f"That cannot be written into a garden: {str(error.orig).strip()}.",
                hint=_CANNOT_HOLD,
            ) from error
        except exc.DBAPIError as error:
            raise _explained(error.orig or error, self.name) from error
        except (sqlite3.Error, OSError) as error:
            raise _explained(error, self.name) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise InputError(
                f"That cannot be written into a garden: {error}.", hint=_CANNOT_HOLD
            ) from error


def now() -> str:
    """Give the time as it is written in a garden."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _sqlite(path: Path) -> sa.Engine:
    make_folder(path.parent)
    if path.is_dir():
        raise GardenError(f"{path} is a folder.", hint="Name a file in it, such as garden.db.")
    fresh = not path.exists() or not path.stat().st_size
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": _PATIENCE}
    )
    _check_header(path)
    make_file(path)  # SQLite gives the log and its index the mode of the file

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not at the first write
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -32768")
        if fresh:  # it stays so; a file that turns out not to be ours is not touched
            connection.execute("PRAGMA journal_mode = WAL")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine


def _check_header(path: Path) -> None:
    """Refuse what is no garden before SQLite touches it, as opening may already write."""
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        header = file.read(100)
    if not header.startswith(b"SQLite format 3\0"):
        raise GardenError(
            f"{path} is no garden: it is not an SQLite file.",
            hint="Name another file with FLOURISHING_GARDEN or --garden; it was left as it is.",
        )
    # The header of a file whose beginning is still in the log has no mark yet; tables tell then.
    if len(header) == 100 and int.from_bytes(header[68:72], "big") not in {0, APPLICATION_ID}:
        raise GardenError(
            f"{path} is a database of another program.",
            hint="Name another file with FLOURISHING_GARDEN or --garden; it was left as it is.",
        )


def _postgresql(url: str) -> sa.Engine:
    try:
        return sa.create_engine(
            _read_url(url).set(drivername="postgresql+psycopg"),
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
        )
    except ImportError as error:
        raise GardenError(
            "A garden on PostgreSQL needs the package psycopg.",
            hint="Run: pip install 'flourishing[postgresql]'",
        ) from error


def _revision(connection: sa.Connection) -> str | None:
    """Read the schema's revision; None where there is no garden yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _script_location() -> str:
    return str(Path(__file__).parent / "migrations")


def _revisions() -> set[str]:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", _script_location().replace("%", "%%"))
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _migrate(connection: sa.Connection, to: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", _script_location().replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, to)


def _explained(error: BaseException, name: str) -> FlourishingError:
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


def _is_url(place: str | Path) -> bool:
    return isinstance(place, str) and "://" in place


def _read_url(address: str) -> sa.URL:
    try:
        url = sa.make_url(address)
    except (exc.ArgumentError, ValueError):
        url = None
    if url is None or url.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        # From nothing, as the error would tell the password, and without the address for that too.
        raise GardenError(
            "The address of the garden cannot be read.",
            hint="Give it as postgresql://USER@HOST/NAME, with the password in ~/.pgpass.",
        ) from None
    return url


def _without_password(url: sa.URL) -> str:
    # libpq takes passwords among the parameters, too.
    hidden = {key: "***" for key in url.query if "password" in key.lower()}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _version() -> str:
    from importlib.metadata import version

    return version("flourishing")
