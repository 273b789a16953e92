"""The engine's lock: many together, one alone, or one until somebody comes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from flourishing.models.engine_lock import EngineLock

LONG = 20
"""Seconds after which a thread that does not come is taken for one that never will."""


class Visitor:
    """Somebody in a thread of their own, who enters a lock, and stays until told to leave."""

    def __init__(self, enter: Callable[[], object], order: list[str], name: str) -> None:
        self.inside = threading.Event()
        self._leave = threading.Event()
        self._enter = enter
        self._order = order
        self._name = name
        self._thread = threading.Thread(target=self._visit)
        self._thread.start()

    def _visit(self) -> None:
        with self._enter():  # type: ignore[attr-defined]
            self._order.append(self._name)
            self.inside.set()
            self._leave.wait(LONG)

    def leave(self) -> None:
        self._leave.set()
        self._thread.join(LONG)
        assert not self._thread.is_alive()


def waits(visitor: Visitor) -> bool:
    return not visitor.inside.wait(0.1)


def test_many_share_the_gate() -> None:
    lock, order = EngineLock(), list[str]()
    visitors = [Visitor(lock.shared, order, "shared") for _ in range(4)]
    assert all(visitor.inside.wait(LONG) for visitor in visitors)
    for visitor in visitors:
        visitor.leave()


def test_who_is_alone_waits_for_all_to_leave_and_keeps_all_others_out() -> None:
    lock, order = EngineLock(), list[str]()
    first = Visitor(lock.shared, order, "first")
    assert first.inside.wait(LONG)
    alone = Visitor(lock.exclusive, order, "exclusive")
    assert waits(alone)
    first.leave()
    assert alone.inside.wait(LONG)
    others = [Visitor(lock.shared, order, "shared"), Visitor(lock.exclusive, order, "alone too")]
    assert all(waits(other) for other in others)
    alone.leave()
    for other in sorted(others, key=lambda each: not each.inside.wait(0.5)):
        assert other.inside.wait(LONG)
        other.leave()
    assert len(order) == 4


def test_who_waits_to_be_alone_goes_before_those_who_come_to_share() -> None:
    lock, order = EngineLock(), list[str]()
    first = Visitor(lock.shared, order, "first")
    assert first.inside.wait(LONG)
    alone = Visitor(lock.exclusive, order, "exclusive")
    assert waits(alone)
    late = Visitor(lock.shared, order, "late")
    assert waits(late)
    first.leave()
    assert alone.inside.wait(LONG)
    alone.leave()
    assert late.inside.wait(LONG)
    late.leave()
    assert order == ["first", "exclusive", "late"]


@pytest.mark.parametrize("way", ["shared", "exclusive", "preemptible"])
def test_an_error_inside_releases_the_lock(way: str) -> None:
    lock, order = EngineLock(), list[str]()
    with pytest.raises(LookupError), getattr(lock, way)():
        raise LookupError
    after = Visitor(lock.exclusive, order, "after")
    assert after.inside.wait(LONG)
    after.leave()


def test_nobody_is_ever_beside_who_is_alone() -> None:
    lock = EngineLock()
    inside, broken = list[str](), list[list[str]]()

    def share() -> None:
        for _ in range(200):
            with lock.shared():
                inside.append("shared")
                inside.pop()

    def be_alone() -> None:
        for _ in range(200):
            with lock.exclusive():
                if inside:
                    broken.append(list(inside))

    threads = [threading.Thread(target=work) for work in (share, be_alone, share, be_alone)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert not any(thread.is_alive() for thread in threads)
    assert broken == []


# Aside.


@pytest.mark.parametrize("way", ["shared", "exclusive"])
def test_who_may_be_preempted_waits_for_all_others_to_leave(way: str) -> None:
    lock, order = EngineLock(), list[str]()
    first = Visitor(getattr(lock, way), order, "first")
    assert first.inside.wait(LONG)
    aside = Visitor(lock.preemptible, order, "preemptible")
    assert waits(aside)
    first.leave()
    assert aside.inside.wait(LONG)
    aside.leave()


@pytest.mark.parametrize("way", ["shared", "exclusive"])
def test_who_may_be_preempted_is_called_away_by_all_others_who_wait_for_that(way: str) -> None:
    lock, order = EngineLock(), list[str]()
    with lock.preemptible() as called:
        assert not called.is_set()
        other = Visitor(getattr(lock, way), order, "other")
        assert called.wait(LONG)
        assert waits(other)
    assert other.inside.wait(LONG)
    again = Visitor(lock.preemptible, order, "again")
    assert waits(again)
    other.leave()
    assert again.inside.wait(LONG)
    again.leave()


def test_who_comes_aside_waits_for_another_and_does_not_call_them_away() -> None:
    lock, order = EngineLock(), list[str]()
    with lock.preemptible() as called:
        second = Visitor(lock.preemptible, order, "second")
        assert waits(second)
        assert not called.is_set()
    assert second.inside.wait(LONG)
    second.leave()


def test_who_comes_aside_goes_after_all_who_came_later() -> None:
    lock, order = EngineLock(), list[str]()
    with lock.preemptible() as called:
        back = Visitor(lock.preemptible, order, "back")
        assert waits(back)
        first = Visitor(lock.shared, order, "shared")
        assert called.wait(LONG)
        alone = Visitor(lock.exclusive, order, "exclusive")
        assert all(waits(each) for each in (first, alone, back))
    for visitor in (first, alone):
        visitor._leave.set()
    assert back.inside.wait(LONG)
    assert order[-1] == "back"
    back.leave()


def test_nobody_who_comes_is_ever_kept_waiting_by_who_may_be_preempted() -> None:
    lock, done = EngineLock(), threading.Event()
    never_called = list[str]()

    def step_aside() -> None:
        while not done.is_set():
            with lock.preemptible() as called:
                if not called.wait(LONG / 4):
                    never_called.append("preemptible")

    def come(way: Callable[[], AbstractContextManager[object]]) -> None:
        for _ in range(200):
            with way():
                pass

    aside = [threading.Thread(target=step_aside) for _ in range(3)]
    coming = [
        threading.Thread(target=come, args=(way,)) for way in (lock.shared, lock.exclusive) * 2
    ]
    for thread in (*aside, *coming):
        thread.start()
    for thread in coming:
        thread.join(LONG)
    done.set()
    while any(thread.is_alive() for thread in aside):
        with lock.shared():
            pass
    assert not any(thread.is_alive() for thread in coming)
    assert never_called == []
