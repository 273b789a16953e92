"""The database under a garden: opening, checking, migrating and copying it; transactions; errors.

SQLite runs with a write-ahead log and full synchronisation: a transaction that was confirmed
survives `kill -9` and a power cut. Writers take the lock when they begin (BEGIN IMMEDIATE, and on
PostgreSQL one advisory lock), so that two processes follow each other, and what a writer has read
still holds when it writes.

The log (`-wal`) is folded into the file as soon as the garden is made, when nothing was written for
some seconds, and when it is closed, so that the file alone is whole nearly always. Before and after
each transaction the files at the path must be the open ones (`files.py`); otherwise nothing is
confirmed, and nothing more is written.

A backup is one file that is whole by itself, made while the garden is in use.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import exc

from flourishing.errors import (
    FileReplacedError,
    FlourishingError,
    GardenError,
    InputError,
    StorageError,
)
from flourishing.files import make_file, make_folder
from flourishing.garden import files
from flourishing.garden.dialects import (
    BEGIN,
    WhenIdle,
    explained,
    fold,
    is_want_of_room,
    pages,
    postgresql_engine,
    raw,
    read_url,
    sqlite_engine,
    use_log,
    without_password,
)
from flourishing.garden.migrations import HEAD, keep_copy, known_revisions, migrate, read_revision
from flourishing.garden.schema import APPLICATION_ID, gardens

_LOCK: Final = APPLICATION_ID
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
        # Absolute, since SQLite gives some names, such as ":memory:", a meaning of their own.
        self.path = None if _is_url(place) else Path(place).expanduser().absolute()
        self.name = str(self.path) if self.path else without_password(read_url(str(place)))
        self._thread = threading.local()
        self.read_only = False
        self._why_read_only: FlourishingError | None = None
        self._files: files.OpenFiles | None = None
        self._changed: str | None = None
        self._known: files.Known | None = None
        self._overwritten = False
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        its = weakref.WeakMethod(self._fold_when_idle)
        self._idle = WhenIdle(lambda: (fold := its()) is None or fold())
        with self._mapped():
            self.engine = (
                self._open_sqlite(self.path) if self.path else postgresql_engine(str(place))
            )
            try:
                self._prepare()
            except BaseException as error:
                self._dispose()
                if self.path is None or self.read_only or not is_want_of_room(error):
                    raise
                self._open_without_room(self.path, error)

    @property
    def on_sqlite(self) -> bool:
        """Whether it is an SQLite file."""
        return self.path is not None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the garden throughout."""
        if (joined := self._joined()) is not None:
            with self._mapped():
                yield joined
            return
        with self._mapped(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give the connection of the one writer; all of it is on the disk afterwards, or nothing.

        Raises:
            StorageError: There is no room or permission to write, or another writer stays too long.
            FileReplacedError: The file was replaced or removed since it was opened.
        """
        if (joined := self._joined()) is not None:
            with self._mapped(), joined.begin_nested():
                yield joined
            return
        if self._why_read_only is not None:
            raise self._why_read_only
        with self._mapped(), self._writer() as connection:
            known = self._known
            try:
                self._look_again()
                with connection.begin():
                    self._require_same_files()
                    if not self.on_sqlite:
                        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                    yield connection
                    if self._files is not None:
                        known = files.read_known(raw(connection))
                self._known = known  # only now: a full disk may have refused it
                self._require_same_files()
            except FileReplacedError:
                self._leave_files(connection)
                raise
        if self._files is not None:
            self._files.note_content()
            self._idle.wrote()

    @contextmanager
    def together(self) -> Iterator[sa.Connection]:
        """Make one transaction of all that this thread reads and writes within.

        Raises:
            StorageError: As in `writing`.
        """
        with self.writing() as connection:
            outer = self._joined()
            self._thread.connection = connection
            try:
                yield connection
            finally:
                self._thread.connection = outer

    def close(self) -> None:
        """Close the file, after its log was folded into it, or the connections to the server."""
        self._idle.close()
        if self._files is not None and not self.read_only:
            with suppress(FlourishingError), self._mapped(), self.engine.connect() as connection:
                self._look_again()
                if self._changed is None and self._files.what_changed() is None:
                    fold(connection)
                else:
                    self._leave_files(connection)
        self._dispose()

    @contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """Give a connection of SQLite's own, outside of any transaction."""
        with self._mapped(), self._free_connection() as connection:
            yield raw(connection)

    def session(self) -> sa.Connection:
        """Give a connection to the server that is nobody else's, and whose session it ends."""
        with self._mapped():
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            return connection

    def _free_connection(self) -> sa.Connection:
        """Give a connection; to a file that was replaced, only one that is open can be had."""
        for _ in range(50):
            try:
                return self.engine.connect()
            except FileReplacedError:
                time.sleep(0.1)  # until another thread is done with its own
        return self.engine.connect()

    def _dispose(self) -> None:
        self.engine.dispose()
        if self._files is not None:
            self._files.forget()
        if self._copy is not None:
            self._copy.cleanup()

    def _require_same_files(self) -> None:
        """Refuse to write into a file that is no longer the one at its path.

        Raises:
            FileReplacedError: It is not.
        """
        if self._files is None:
            return
        self._changed = self._changed or self._files.what_changed()
        if self._changed is not None:
            raise FileReplacedError(
                f"{self._changed} by another program while the garden was open. Nothing more is "
                "written into it, since that would be lost.",
                hint="Save what is open here with: back up. Then start again, with the file that "
                "is there now.",
            )

    def _look_again(self) -> None:
        """Notice that the file was overwritten in place, as by a copy of an earlier state."""
        if self._files is None or self._changed is not None:
            return
        if self._files.what_changed() is not None or not self._files.may_be_overwritten():
            return  # the first is reported where files are compared
        self._files.note_content()
        try:
            goes_on = files.goes_on(self._files, self._known)
        except sqlite3.Error:  # for want of room, nobody knows: it is looked at again
            self._files.forget_content()
            raise
        if not goes_on:
            self._changed = self._files.what_changed()
            if self._changed is None:
                self._overwritten = True
                self._changed = f"{self._files.path} was overwritten"

    def _leave_files(self, connection: sa.Connection) -> None:
        """Put all that was confirmed into the open file, and take its log out of another's way."""
        if self._files is None:
            return
        if self._overwritten:  # our log would damage what is there now
            files.set_aside(self._files)
            return
        with suppress(sqlite3.Error):
            if self._files.is_ours(files.LOG) or files.inode(self._files.path, files.LOG) is None:
                fold(connection)
        if not self._files.is_ours(""):
            files.set_aside(self._files)

    def _fold_when_idle(self) -> bool:
        """Fold the log into the file; False if somebody was in the way."""
        if self._files is None or self._changed is not None:
            return True
        try:
            with self._mapped(), self.engine.connect() as connection:
                if (changed := self._files.what_changed()) is not None:
                    self._changed = changed
                    self._leave_files(connection)
                    return True
                self._look_again()
                if self._changed is not None:
                    self._leave_files(connection)
                    return True
                folded = fold(connection)
                self._files.note_content()
                return folded
        except FlourishingError:
            return False  # a full disk: it is tried again

    def _joined(self) -> sa.Connection | None:
        """Give the connection of the transaction that this thread is in, if it is in one."""
        joined: sa.Connection | None = getattr(self._thread, "connection", None)
        return joined

    def _writer(self) -> sa.Connection:
        connection = self.engine.connect()
        if self.on_sqlite:
            return connection.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        # Not a repeatable read: that would be of the time before we had the lock.
        return connection.execution_options(isolation_level="READ COMMITTED")

    def _open_sqlite(self, path: Path) -> sa.Engine:
        files.require_file(path)
        self.read_only = files.is_read_only(path)
        if not self.read_only:
            make_folder(path.parent)
            files.check_header(path)
            make_file(path)  # SQLite gives the log and its index the mode of the file
            self._files = files.OpenFiles(path)
            return sqlite_engine(str(path), self._check_files)
        files.check_header(path)
        return sqlite_engine(self._readable(path), lambda: None, uri=True)

    def _open_without_room(self, path: Path, error: BaseException) -> None:
        """Open a garden to read it on a full disk, where a log's index cannot be made.

        Args:
            path: The path of the garden.
            error: Why it cannot be written, which is raised if it cannot be read either.
        """
        self._files = None
        self.read_only = True
        self._why_read_only = explained(getattr(error, "orig", None) or error, self.name)
        self.engine = sqlite_engine(self._readable(path), lambda: None, uri=True)
        try:
            self._prepare()
        except (FlourishingError, exc.DBAPIError, sqlite3.Error, OSError):
            self._dispose()
            raise error from None

    def _readable(self, path: Path) -> str:
        """Give the address at which a garden can be read that cannot be written.

        Without a log, the file is all there is. Where one was left behind, and SQLite cannot make
        the index that it needs to read it, it is read from a copy.
        """
        address = f"{path.absolute().as_uri()}?mode=ro"
        alone = files.stands_alone(path)
        if not alone or os.access(path.parent, os.W_OK):
            with suppress(sqlite3.Error), closing(sqlite3.connect(address, uri=True)) as connection:
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                return address
        if alone or files.has_empty_log(path):
            return f"{address}&immutable=1"
        self._copy = tempfile.TemporaryDirectory(prefix="flourishing-")
        return files.copied(path, Path(self._copy.name)).as_uri()

    def _check_files(self) -> None:
        """Refuse a connection to other files than those of the connections before it."""
        if self._files is not None and self._files.what_changed() is not None:
            self._require_same_files()

    def _prepare(self) -> None:
        """Make the tables of a new garden, and bring an older one up to date."""
        with self.engine.connect() as connection:
            found = read_revision(connection)
            if found != HEAD:
                self._require_ours(connection, found)
        if found != HEAD and self.read_only:
            raise StorageError(
                f"{self.name} was made by an older Flourishing and has to be brought up to date, "
                "but it can only be read here.",
                hint="Copy it to a disk that can be written, and open the copy.",
            )
        if found != HEAD:
            if self.path is not None and found is not None:
                keep_copy(self.path)
            with self.writing() as connection:
                if read_revision(connection) != HEAD:  # another process may have been first
                    migrate(connection)
                    if not connection.execute(sa.select(gardens.c.id)).first():
                        connection.execute(gardens.insert().values(at=now(), made_by=_version()))
        if self._files is not None:
            with self.engine.connect() as connection:
                use_log(connection)
                if found != HEAD:
                    fold(connection)
                self._known = files.read_known(raw(connection))
            self._files.record()
            self._files.note_content()

    def _require_ours(self, connection: sa.Connection, revision: str | None) -> None:
        tables = sa.inspect(connection).get_table_names()
        ours = not tables or gardens.name in tables
        if ours and revision is not None and revision not in known_revisions():
            raise GardenError(
                f"{self.name} was made by a newer Flourishing (its schema is {revision!r}).",
                hint="Install the newest version; this one leaves the garden as it is.",
            )
        if not ours:
            raise GardenError(
                f"{self.name} is a database, but no garden.",
                hint="Name another file with FLOURISHING_GARDEN or --garden; it was left as it is.",
            )
        if self.path is not None and not tables and pages(connection):
            raise files.without_tables(self.path)

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
            raise explained(error.orig or error, self.name) from error
        except (sqlite3.Error, OSError) as error:
            raise explained(error, self.name) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise InputError(
                f"That cannot be written into a garden: {error}.", hint=_CANNOT_HOLD
            ) from error


def now() -> str:
    """Give the time as it is written in a garden."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _is_url(place: str | Path) -> bool:
    return isinstance(place, str) and "://" in place


def _version() -> str:
    from importlib.metadata import version

    return version("flourishing")


_GROWING: Final = ("acts", "broods", "texts", "beds")
"""The tables whose numbers are never given again: they say which of two copies is older."""


def back_up(database: Database, target: Path, *, force: bool = False) -> None:
    """Copy a garden into one file, whole or not at all, while others may write.

    It holds everything that was confirmed before, also where the file of the garden was replaced
    or removed since it was opened.

    Args:
        database: The garden.
        target: The path of the copy.
        force: Whether to replace whatever is there; by default only an older backup of this garden.

    Raises:
        InputError: The garden is on a server, or the target is not to be replaced.
        StorageError: There is no room or no permission to write there.
    """
    if not database.on_sqlite or database.path is None:
        raise InputError(
            f"{database.name} is on a PostgreSQL server, which makes backups of its own.",
            hint="Run: pg_dump --format=custom --file=garden.dump DATABASE",
        )
    target = target.expanduser().resolve()  # where a link points is what is replaced
    with database.raw() as source:
        _require_replaceable(source, database.path, target, force=force)
        try:
            _copy(source, target)
        except sqlite3.Error as error:
            raise _not_written(target, error) from error
        except OSError as error:
            raise _not_written(target, error) from error


def _copy(source: sqlite3.Connection, target: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # for us alone
    os.close(handle)
    begun = Path(name)
    try:
        with closing(sqlite3.connect(begun)) as copy:
            source.backup(copy)
            # Readable wherever it is taken: a log cannot be made on a medium that is read-only.
            copy.execute("PRAGMA journal_mode = DELETE")
        with begun.open("rb+") as file:
            os.fsync(file.fileno())
        begun.replace(target)
    finally:
        for suffix in ("", files.LOG, files.INDEX, files.JOURNAL):
            files.beside(begun, suffix).unlink(missing_ok=True)
    with suppress(OSError):  # a folder cannot be opened everywhere
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _require_replaceable(
    source: sqlite3.Connection, garden: Path, target: Path, *, force: bool
) -> None:
    if target.is_dir():
        raise InputError(f"{target} is a folder.", hint="Name a file in it, such as backup.db.")
    if files.is_special(target):
        raise InputError(f"{target} is a pipe or a device.", hint="Name a file, such as backup.db.")
    if not target.exists():
        return
    if garden.exists() and target.samefile(garden):
        raise InputError(f"{target} is the garden itself.", hint="Name another file.")
    if not files.stands_alone(target):
        raise InputError(
            f"{target} is open in a program, or was not closed: it has a log beside it.",
            hint="Close it there, or name another file.",
        )
    if force:
        return
    if not target.stat().st_size:
        return
    if (wrong := _why_not_older(source, target)) is not None:
        raise InputError(
            f"{target} is {wrong}, and is left as it is.",
            hint="Name another file, or replace it with --force.",
        )


def _why_not_older(source: sqlite3.Connection, target: Path) -> str | None:
    """Say what a file is if it is not an older backup of this garden."""
    try:
        address = f"{target.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as copy:
            mark = copy.execute("PRAGMA application_id").fetchone()[0]
            if mark != APPLICATION_ID:
                return "no garden"
            if _name(copy) != _name(source):
                return "another garden"
            here, there = _numbers(source), _numbers(copy)
    except sqlite3.Error:
        return "no garden"
    newer = any(there.get(table, 0) > here.get(table, 0) for table in _GROWING)
    return "a newer state of this garden" if newer else None


def _name(garden: sqlite3.Connection) -> object:
    return garden.execute("SELECT id, at, made_by FROM gardens").fetchall()


def _numbers(garden: sqlite3.Connection) -> dict[str, int]:
    return dict(garden.execute("SELECT name, seq FROM sqlite_sequence").fetchall())


def _not_written(target: Path, error: Exception) -> FlourishingError:
    return StorageError(
        f"{target} cannot be written: {error}.",
        hint="Make room there, or name a file in another folder.",
    )
