"""The gate: many together, or one alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from flourishing.models.gate import Gate

LONG = 20
"""Seconds after which a thread that does not come is taken for one that never will."""


class Visitor:
    """Somebody in a thread of their own, who enters a gate, and stays until told to leave."""

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
    gate, order = Gate(), list[str]()
    visitors = [Visitor(gate.shared, order, "shared") for _ in range(4)]
    assert all(visitor.inside.wait(LONG) for visitor in visitors)
    for visitor in visitors:
        visitor.leave()


def test_who_is_alone_waits_for_all_to_leave_and_keeps_all_others_out() -> None:
    gate, order = Gate(), list[str]()
    first = Visitor(gate.shared, order, "first")
    assert first.inside.wait(LONG)
    alone = Visitor(gate.alone, order, "alone")
    assert waits(alone)
    first.leave()
    assert alone.inside.wait(LONG)
    others = [Visitor(gate.shared, order, "shared"), Visitor(gate.alone, order, "alone too")]
    assert all(waits(other) for other in others)
    alone.leave()
    for other in sorted(others, key=lambda each: not each.inside.wait(0.5)):
        assert other.inside.wait(LONG)
        other.leave()
    assert len(order) == 4


def test_who_waits_to_be_alone_goes_before_those_who_come_to_share() -> None:
    gate, order = Gate(), list[str]()
    first = Visitor(gate.shared, order, "first")
    assert first.inside.wait(LONG)
    alone = Visitor(gate.alone, order, "alone")
    assert waits(alone)
    late = Visitor(gate.shared, order, "late")
    assert waits(late)
    first.leave()
    assert alone.inside.wait(LONG)
    alone.leave()
    assert late.inside.wait(LONG)
    late.leave()
    assert order == ["first", "alone", "late"]


@pytest.mark.parametrize("way", ["shared", "alone", "aside"])
def test_an_error_inside_opens_the_gate_again(way: str) -> None:
    gate, order = Gate(), list[str]()
    with pytest.raises(LookupError), getattr(gate, way)():
        raise LookupError
    after = Visitor(gate.alone, order, "after")
    assert after.inside.wait(LONG)
    after.leave()


def test_nobody_is_ever_beside_who_is_alone() -> None:
    gate = Gate()
    inside, broken = list[str](), list[list[str]]()

    def share() -> None:
        for _ in range(200):
            with gate.shared():
                inside.append("shared")
                inside.pop()

    def be_alone() -> None:
        for _ in range(200):
            with gate.alone():
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


@pytest.mark.parametrize("way", ["shared", "alone"])
def test_who_is_aside_waits_for_all_others_to_leave(way: str) -> None:
    gate, order = Gate(), list[str]()
    first = Visitor(getattr(gate, way), order, "first")
    assert first.inside.wait(LONG)
    aside = Visitor(gate.aside, order, "aside")
    assert waits(aside)
    first.leave()
    assert aside.inside.wait(LONG)
    aside.leave()


@pytest.mark.parametrize("way", ["shared", "alone"])
def test_who_is_aside_is_called_away_by_all_others_who_wait_for_that(way: str) -> None:
    gate, order = Gate(), list[str]()
    with gate.aside() as called:
        assert not called.is_set()
        other = Visitor(getattr(gate, way), order, "other")
        assert called.wait(LONG)
        assert waits(other)
    assert other.inside.wait(LONG)
    again = Visitor(gate.aside, order, "again")
    assert waits(again)
    other.leave()
    assert again.inside.wait(LONG)
    again.leave()


def test_who_comes_aside_waits_for_another_and_does_not_call_them_away() -> None:
    gate, order = Gate(), list[str]()
    with gate.aside() as called:
        second = Visitor(gate.aside, order, "second")
        assert waits(second)
        assert not called.is_set()
    assert second.inside.wait(LONG)
    second.leave()


def test_who_comes_aside_goes_after_all_who_came_later() -> None:
    gate, order = Gate(), list[str]()
    with gate.aside() as called:
        back = Visitor(gate.aside, order, "back")
        assert waits(back)
        first = Visitor(gate.shared, order, "shared")
        assert called.wait(LONG)
        alone = Visitor(gate.alone, order, "alone")
        assert all(waits(each) for each in (first, alone, back))
    for visitor in (first, alone):
        visitor._leave.set()
    assert back.inside.wait(LONG)
    assert order[-1] == "back"
    back.leave()


def test_nobody_who_comes_is_ever_kept_waiting_by_who_is_aside() -> None:
    gate, done = Gate(), threading.Event()
    never_called = list[str]()

    def step_aside() -> None:
        while not done.is_set():
            with gate.aside() as called:
                if not called.wait(LONG / 4):
                    never_called.append("aside")

    def come(way: Callable[[], AbstractContextManager[object]]) -> None:
        for _ in range(200):
            with way():
                pass

    aside = [threading.Thread(target=step_aside) for _ in range(3)]
    coming = [threading.Thread(target=come, args=(way,)) for way in (gate.shared, gate.alone) * 2]
    for thread in (*aside, *coming):
        thread.start()
    for thread in coming:
        thread.join(LONG)
    done.set()
    while any(thread.is_alive() for thread in aside):
        with gate.shared():
            pass
    assert not any(thread.is_alive() for thread in coming)
    assert never_called == []
