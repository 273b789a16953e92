"""A garden that an earlier version made opens, verifies and gives the same texts."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flourishing.formats.jsonl.transfer import Reader, find_rows
from flourishing.garden import Garden

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def earlier(tmp_path: Path) -> Iterator[Garden]:
    """Open a copy of the garden that the version with the schema 0002 made."""
    path = tmp_path / "garden.db"
    path.write_bytes(gzip.decompress((GOLDEN / "garden-0002.db.gz").read_bytes()))
    garden = Garden(path)
    yield garden
    garden.close()


def test_a_garden_of_an_earlier_version_is_sound(earlier: Garden) -> None:
    assert earlier.verify() == []


def test_a_garden_of_an_earlier_version_has_all_that_it_had(earlier: Garden) -> None:
    texts = earlier.texts(range(1, 48))
    assert [text.id for text in texts if "pin" in text.marks] == [7]
    assert [bed.name for bed in earlier.beds.all()] == ["winter"]
    assert {str(brood.operation) for brood in map(earlier.brood, (1, 3))} == {"bred", "refined"}


def test_of_a_text_of_an_earlier_version_no_log_probability_is_known(earlier: Garden) -> None:
    assert {text.mean_logprob for text in earlier.texts(range(1, 48))} == {None}


def test_the_texts_of_an_earlier_file_have_the_identities_that_they_had(
    earlier: Garden, tmp_path: Path
) -> None:
    file = GOLDEN / "texts-1.jsonl"
    rows = find_rows(file)
    assert rows is not None
    fresh = Garden(tmp_path / "fresh.db")
    fresh.bring_in(Reader(rows))
    told = {json.loads(line)["identity"] for line in file.read_text("utf-8").splitlines()}
    assert {text.identity for text in fresh.texts(range(1, len(told) + 1))} == told
    assert fresh.verify() == []
    fresh.close()


def test_a_text_with_a_setting_of_a_newer_version_is_named(earlier: Garden) -> None:
    with closing(sqlite3.connect(earlier.name)) as connection:
        (told,) = connection.execute("SELECT sampling FROM broods WHERE id = 1").fetchone()
        newer = json.dumps(json.loads(told) | {"warmth": 0.8})
        connection.execute("UPDATE broods SET sampling = ? WHERE id = 1", (newer,))
        connection.commit()
    assert any("'warmth'" in problem.what for problem in earlier.verify())
