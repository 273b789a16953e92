"""The events of a stream: kept for those who follow it later, and given in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from flourishing.studio.breeding_jobs import AT_ONCE, EventLog, StreamEvent
from flourishing.studio.schemas.texts import NoticeBody


def notice(words: str) -> NoticeBody:
    return NoticeBody(words=words)


async def followed(log: EventLog, after: int = 0) -> list[StreamEvent]:
    return [event async for some in log.follow(after) for event in some]


def test_who_comes_late_gets_all_that_was_missed_and_who_comes_back_gets_the_rest() -> None:
    async def follow() -> None:
        log = EventLog()
        for number in range(2 * AT_ONCE + 1):
            log.add("notice", notice(f"{number}"))
        log.end()
        events = await followed(log)
        assert [event.id for event in events] == list(range(1, 2 * AT_ONCE + 2))
        assert events[0] == StreamEvent(1, "notice", '{"words":"0"}')
        assert await followed(log, after=2 * AT_ONCE) == events[-1:]

    asyncio.run(follow())


def test_several_follow_what_is_still_to_come() -> None:
    async def follow() -> None:
        log = EventLog()
        followers = [asyncio.create_task(followed(log)) for _ in range(3)]
        for words in ("sea", "fog"):
            await asyncio.sleep(0)
            log.add("notice", notice(words))
        log.end()
        for follower in followers:
            assert [event.id for event in await follower] == [1, 2]

    asyncio.run(follow())


def test_at_the_end_what_nobody_needs_later_is_left_out() -> None:
    async def follow() -> None:
        log = EventLog()
        log.add("token", notice("s"))
        log.add("offspring", notice("sea"))
        log.end(without={"token"})
        assert [(event.id, event.event) for event in await followed(log)] == [(2, "offspring")]

    asyncio.run(follow())


def test_a_silence_gives_an_empty_list() -> None:
    async def follow() -> Sequence[StreamEvent]:
        return await anext(EventLog().follow(at_least_every=0.001))

    assert list(asyncio.run(follow())) == []
