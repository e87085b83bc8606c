"""The line in front of the render workers."""

import asyncio

import pytest

from calotype.adapters.rendering.admission import Full, Line
from calotype.errors import Busy


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_idle_things_are_handed_out_oldest_first():
    line = Line(["a", "b"], room=1)

    assert [await line.take(), await line.take()] == ["a", "b"]


async def test_whoever_waits_longest_is_served_first():
    line = Line(["a"], room=2)
    await line.take()
    first, second = asyncio.ensure_future(line.take()), asyncio.ensure_future(line.take())
    await _settle()

    line.give("a")
    await _settle()

    assert (first.done(), second.done()) == (True, False)
    line.give("b")
    assert (await first, await second) == ("a", "b")


async def test_one_more_than_the_room_is_refused():
    line = Line[str]([], room=1)
    waiting = asyncio.ensure_future(line.take())
    await _settle()

    with pytest.raises(Full):
        await line.take()
    line.give("a")
    assert await waiting == "a"


async def test_a_cancelled_task_gives_its_place_up():
    line = Line[str]([], room=1)
    leaver = asyncio.ensure_future(line.take())
    await _settle()

    leaver.cancel()
    await _settle()
    stayer = asyncio.ensure_future(line.take())
    await _settle()
    line.give("a")

    assert await stayer == "a"


async def test_a_thing_handed_over_in_the_moment_of_leaving_goes_on_to_the_next():
    line = Line[str]([], room=2)
    leaver, stayer = asyncio.ensure_future(line.take()), asyncio.ensure_future(line.take())
    await _settle()

    line.give("a")
    leaver.cancel()

    assert await stayer == "a"
    assert leaver.cancelled()


async def test_closing_sends_everyone_away_who_waits_or_still_comes():
    line = Line[str]([], room=1)
    waiting = asyncio.ensure_future(line.take())
    await _settle()

    line.close()
    line.give("a")

    for attempt in (waiting, line.take()):
        with pytest.raises(Busy, match="stopping"):
            await attempt
