"""The garden for coroutines: reading while another program has it locked, and whole writes."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from flourishing.errors import StorageError
from flourishing.garden import AsyncGarden, Garden, Stored
from flourishing.garden.asynchronous import WRITERS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "garden.db"


@pytest.fixture
def plain(path: Path) -> Iterator[Garden]:
    with Garden(path) as garden:
        yield garden


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Lock a garden for writing, as another program does that writes for a long time."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_it_calls_methods_and_functions_with_the_garden(plain: Garden) -> None:
    async def tend() -> list[str]:
        garden = AsyncGarden(plain)
        (text,) = await garden.write(Garden.add, "a gull", keep=False)
        await garden.write(Garden.keep, text)
        found = await garden.read(Garden.text, text.id)
        assert await garden.read(lambda its: its.counts()["kept"]) == 1
        await garden.close()
        assert garden.name == plain.name
        return [found.content, *found.marks]

    assert asyncio.run(tend()) == ["a gull", "keep"]


def test_one_reads_while_more_wait_to_write_than_there_are_threads(
    plain: Garden, path: Path
) -> None:
    async def tend() -> int:
        garden = AsyncGarden(plain)
        (text,) = plain.add("a gull")
        with locked(path) as other:
            writes = [
                asyncio.create_task(garden.write(Garden.tag, f"tag {number}", text))
                for number in range(2 * WRITERS)
            ]
            found = [await garden.read(Garden.text, text.id) for _ in range(20)]
            assert {each.content for each in found} == {"a gull"}
            assert not any(each.done() for each in writes)
            other.execute("ROLLBACK")
        await asyncio.gather(*writes)
        return len((await garden.read(Garden.text, text.id)).tags)

    assert asyncio.run(tend()) == 2 * WRITERS


def test_a_write_that_was_begun_is_on_the_disk_when_its_cancelled_caller_goes_on(
    plain: Garden, path: Path
) -> None:
    begun = threading.Event()

    def add(its: Garden) -> list[Stored]:
        begun.set()
        return its.add("the tide")

    async def tend() -> None:
        garden = AsyncGarden(plain)
        with locked(path) as other:
            write = asyncio.create_task(garden.write(add))
            await garden.read(lambda _: begun.wait())
            write.cancel()
            await asyncio.sleep(0)
            assert not write.done()
            other.execute("ROLLBACK")
        with pytest.raises(asyncio.CancelledError):
            await write
        assert plain.counts()["kept"] == 1

    asyncio.run(tend())


def test_a_write_that_was_not_begun_when_its_caller_was_cancelled_is_left_out(
    plain: Garden, path: Path
) -> None:
    async def tend() -> None:
        garden = AsyncGarden(plain)
        with locked(path) as other:
            first = [asyncio.create_task(garden.write(Garden.add, "sea")) for _ in range(WRITERS)]
            last = asyncio.create_task(garden.write(Garden.add, "never"))
            await garden.read(Garden.counts)
            last.cancel()
            with pytest.raises(asyncio.CancelledError):
                await last
            other.execute("ROLLBACK")
        await asyncio.gather(*first)
        await garden.close()
        assert [each.content for each in plain.search.page()] == ["sea"]

    asyncio.run(tend())


def test_closing_waits_for_what_was_begun(plain: Garden, path: Path) -> None:
    async def tend() -> None:
        garden = AsyncGarden(plain)
        with locked(path) as other:
            write = asyncio.create_task(garden.write(Garden.add, "salt"))
            await garden.read(Garden.counts)
            closing_it = asyncio.create_task(garden.close())
            await asyncio.sleep(0)
            assert not closing_it.done()
            other.execute("ROLLBACK")
        await closing_it
        assert plain.counts()["texts"] == 1
        await write

    asyncio.run(tend())


def test_a_garden_that_can_only_be_read_says_so_without_waiting(path: Path) -> None:
    with Garden(path) as garden:
        garden.add("a gull")
        copy = path.with_name("copy.db")
        garden.back_up(copy)
    copy.chmod(0o400)
    with Garden(copy) as garden:
        if not garden.read_only:
            pytest.skip("this account may write everything")
        with pytest.raises(StorageError, match="read"):
            AsyncGarden(garden).require_writable()
