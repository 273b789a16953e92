"""The steps from each schema of a garden to the next, run by Alembic."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from flourishing.files import make_file

HEAD: Final = "0011"
"""The newest schema; a test holds it against the steps."""


def read_revision(connection: sa.Connection) -> str | None:
    """Read the schema's revision; None where there is no garden yet.

    Args:
        connection: A connection to the database.
    """
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def known_revisions() -> set[str]:
    """Give all revisions that this version knows."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", _script_location())
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def migrate(connection: sa.Connection, to: str = "head") -> None:
    """Bring a database to a schema, within the transaction of its connection.

    Args:
        connection: The writer's.
        to: The revision; by default the newest.
    """
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", _script_location())
    config.set_main_option("path_separator", "os")
    command.upgrade(config, to)


def keep_copy(path: Path) -> None:
    """Keep a garden as it is beside itself, before it is migrated.

    Args:
        path: The path of the garden.
    """
    copy = path.with_name(f"{path.name}.before-{HEAD}")
    if not copy.exists():
        # Whole or not at all: a copy that was cut off would never be made again.
        begun = copy.with_name(f"{copy.name}.{os.getpid()}")
        try:
            make_file(begun)
            with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(begun)) as new:
                old.backup(new)
            begun.replace(copy)
        finally:
            begun.unlink(missing_ok=True)


def _script_location() -> str:
    return str(Path(__file__).parent).replace("%", "%%")
