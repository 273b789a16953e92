"""Archives: what is kept of many texts; pyribs is the referee."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import flourishing as fl
from flourishing.evolution.archives import Archive, CVTArchive, GridArchive, NoveltyArchive, Outcome
from tests.marks import first_cases
from tests.processes import PROCESSES

RANGES = [(0.0, 20.0), (2.0, 7.0)]


Compare = Callable[..., None]


@pytest.fixture(scope="module")
def compare() -> Iterator[Compare]:
    """Give what runs a comparison with pyribs in a process of its own, which frees its 150 MB."""
    if find_spec("ribs") is None:
        pytest.skip("pip install -e '.[dev]'")
    with ProcessPoolExecutor(1, mp_context=PROCESSES) as pool:
        yield lambda comparison, *given: pool.submit(comparison, *given).result()


def inserts(many: int, seed: int = 0) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Give texts, qualities with many equal ones, and measures that lie beyond the ranges too."""
    draw = np.random.default_rng(seed)
    texts = np.array([f"text {number}" for number in range(many)], object)
    quality = np.round(draw.random(many), 2)
    return texts, quality, draw.random((many, 2)) * [24, 7] + [-2, 1]


def same_as(archive: Archive, referee: Any) -> None:
    data = referee.data()
    order = np.argsort(data["index"])
    assert data["index"][order].tolist() == list(archive.filled)
    assert data["solution"][order].tolist() == [elite.content for elite in archive]
    assert referee.stats.qd_score == pytest.approx(archive.qd_score)
    assert referee.stats.obj_max == archive.best.quality if archive.best else True


@pytest.mark.parametrize(
    ("bins", "batch"),
    first_cases(
        2,
        [
            ([7, 300], 2_000),
            ([10, 10], 50),
            *(([1, 1], batch) for batch in (1, 50, 2_000)),
            *(([10, 10], batch) for batch in (1, 2_000)),
            *(([7, 300], batch) for batch in (1, 50)),
        ],
    ),
)
def test_a_grid_keeps_what_pyribs_keeps(compare: Compare, bins: list[int], batch: int) -> None:
    compare(_grid_with_pyribs, bins, batch)


def _grid_with_pyribs(bins: list[int], batch: int) -> None:
    import ribs.archives as ribs

    texts, quality, measures = inserts(2_000)
    archive = GridArchive(RANGES, bins, floor=-1)
    referee = ribs.GridArchive(
        solution_dim=(), solution_dtype=object, dims=bins, ranges=RANGES, qd_score_offset=-1
    )
    for at in range(0, len(texts), batch):
        some = slice(at, at + batch)
        outcomes, cells = archive.add(texts[some], quality[some], measures[some])
        theirs = referee.add(texts[some], quality[some], measures[some])
        assert outcomes.tolist() == theirs["status"].tolist()
        assert cells.tolist() == referee.index_of(measures[some]).tolist()
    same_as(archive, referee)
    assert archive.coverage == referee.stats.coverage


@pytest.mark.parametrize("cells", first_cases(2, [1, 30, 900]))
def test_a_tessellation_keeps_what_pyribs_keeps(compare: Compare, cells: int) -> None:
    compare(_tessellation_with_pyribs, cells)


def _tessellation_with_pyribs(cells: int) -> None:
    import ribs.archives as ribs

    texts, quality, measures = inserts(3_000)
    archive = CVTArchive(RANGES, cells)
    referee = ribs.CVTArchive(
        solution_dim=(), solution_dtype=object, centroids=archive.centroids, ranges=RANGES
    )
    archive.add(texts, quality, measures)
    referee.add(texts, quality, measures)
    same_as(archive, referee)
    assert archive.coverage == referee.stats.coverage


def test_an_unstructured_archive_keeps_what_pyribs_keeps(compare: Compare) -> None:
    compare(_unstructured_with_pyribs)


def _unstructured_with_pyribs() -> None:
    import ribs.archives as ribs

    texts, quality, measures = inserts(600)
    archive = NoveltyArchive(RANGES, 0.05, k=4)
    referee = ribs.ProximityArchive(
        solution_dim=(),
        solution_dtype=object,
        measure_dim=2,
        k_neighbors=4,
        novelty_threshold=0.05,
        local_competition=True,
    )
    for at in range(0, len(texts), 20):
        some = slice(at, at + 20)
        outcomes, _ = archive.add(texts[some], quality[some], measures[some])
        theirs = referee.add(texts[some], quality[some], (measures[some] - [0, 2]) / [20, 5])
        assert outcomes.tolist() == theirs["status"].tolist()
    same_as(archive, referee)
    assert 0 < archive.coverage <= 1


@pytest.mark.parametrize(
    "archive", [GridArchive(RANGES, [4, 5]), CVTArchive(RANGES, 20), NoveltyArchive(RANGES)]
)
def test_an_archive_is_handed_over_to_pyribs(compare: Compare, archive: Archive) -> None:
    compare(_hand_over, archive)


def _hand_over(archive: Archive) -> None:
    archive.add(*inserts(200))
    same_as(archive, archive.to_ribs())


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(-5, 25)), min_size=1, max_size=60))
def test_each_cell_has_the_best_that_was_put_there_however_it_came(
    rows: list[tuple[float, float]],
) -> None:
    at_once, one_by_one = GridArchive([(0, 20)], 5), GridArchive([(0, 20)], 5)
    texts = [str(number) for number in range(len(rows))]
    at_once.add(texts, [row[0] for row in rows], [[row[1]] for row in rows])
    for text, (quality, value) in zip(texts, rows, strict=True):
        one_by_one.add([text], [quality], [[value]])
    assert [elite.as_dict() for elite in at_once] == [elite.as_dict() for elite in one_by_one]


def test_it_says_what_became_of_each_text() -> None:
    archive = GridArchive([(0, 10)], 2)
    first, _ = archive.add(["a", "b"], [0.5, 0.5], [[1], [9]])
    then, cells = archive.add(["c", "d"], [0.4, 0.6], [[1], [9]])
    assert [*first, *then] == [Outcome.NEW, Outcome.NEW, Outcome.NONE, Outcome.BETTER]
    assert cells.tolist() == [0, 1]
    assert [elite.content for elite in archive] == ["a", "d"]
    assert archive.best is not None
    assert (archive.best.content, archive.best.quality) == ("d", 0.6)


def test_an_empty_archive_has_nothing_and_no_error() -> None:
    archive = GridArchive(RANGES)
    assert (len(archive), archive.qd_score, archive.coverage, archive.best) == (0, 0, 0, None)
    assert (archive.yield_, archive.to_records(), list(archive)) == (0, [], [])
    with pytest.raises(fl.InputError, match="empty"):
        archive.draw(random.Random(0))
    with pytest.raises(fl.InputError, match="no text"):
        archive.elite(3)


def test_the_yield_counts_good_texts_that_differ() -> None:
    archive = GridArchive([(0, 10)], 10, high=1.0)
    archive.add(
        ["red sun over hills", "red sun over the hills", "rain on slate", "ash"],
        [0.9, 0.8, 0.7, 0.2],
        [[1], [2], [3], [4]],
    )
    assert archive.yield_ == 2
    assert archive.count_yield(0.1) == 3


def test_it_is_a_frame_with_a_row_for_each_text() -> None:
    archive = GridArchive(RANGES, names=["lines", "mean-word-length"])
    archive.add(["the fog"], [0.5], [[1, 3]])
    frame = archive.to_frame()
    assert frame["lines"].tolist() == [1]
    assert frame["content"].tolist() == ["the fog"]
    assert GridArchive(RANGES).to_frame().empty


def test_texts_near_a_cell_are_drawn_most_often() -> None:
    archive = GridArchive([(0, 10)], 10)
    archive.add([str(place) for place in range(10)], [1.0] * 10, [[place] for place in range(10)])
    draw = random.Random(1)
    drawn = [archive.near(5, 1, draw)[0].cell for _ in range(400)]
    assert 5 not in drawn
    assert drawn.count(4) + drawn.count(6) > 200 > drawn.count(0) + drawn.count(9)
    assert len({elite.cell for elite in archive.near(5, 20, draw)}) == 9


def test_the_same_seed_gives_the_same_cells() -> None:
    first, second, other = (CVTArchive(RANGES, 12, seed=seed) for seed in (1, 1, 2))
    assert first.centroids.tolist() == second.centroids.tolist() != other.centroids.tolist()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GridArchive([]), "without a measure"),
        (lambda: GridArchive(RANGES, 0), "into .0, 0. parts"),
        (lambda: GridArchive(RANGES, [3]), "into .3. parts"),
        (lambda: GridArchive(RANGES, 10_000), "too large"),
        (lambda: CVTArchive(RANGES, 0), "0 cells"),
        (lambda: NoveltyArchive(RANGES, 0), "threshold 0"),
    ],
)
def test_an_archive_of_nothing_is_refused(make: Any, message: str) -> None:
    with pytest.raises(fl.InputError, match=message):
        make()


def test_what_does_not_fit_is_refused_and_nothing_is_changed() -> None:
    archive = GridArchive(RANGES)
    with pytest.raises(fl.InputError, match="not finite"):
        archive.add(["a"], [float("nan")], [[1, 3]])
    with pytest.raises(fl.InputError, match="Of 1 text there"):
        archive.add(["a"], [1.0], [[1, 3, 4]])
    assert len(archive) == 0
