"""The line in front of the render workers."""

import asyncio

import pytest
from hypothesis import given, strategies

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


# --- between owners -------------------------------------------------------------------------------


async def _wait(line: Line, *owners: str) -> list[asyncio.Future]:
    """Have one task wait for each of *owners*, in this order."""
    waiting = [asyncio.ensure_future(line.take(owner)) for owner in owners]
    await _settle()
    return waiting


def _served(waiting: list[asyncio.Future]) -> list[int]:
    return [number for number, each in enumerate(waiting) if each.done() and not each.exception()]


async def _give(line: Line, times: int) -> None:
    for _ in range(times):
        line.give("thing")
    await _settle()


async def test_one_that_comes_behind_two_hundred_of_another_is_served_next_but_one():
    line = Line[str]([], room=256)
    waiting = await _wait(line, *["a"] * 200, "b")

    await _give(line, 2)

    assert _served(waiting) == [0, 200]


async def test_owners_take_turns_and_each_ones_tasks_keep_their_order():
    line = Line[str]([], room=9)
    waiting = await _wait(line, "a", "a", "a", "b", "c", "b")
    order: list[int] = []
    for number, each in enumerate(waiting):
        each.add_done_callback(lambda _, number=number: order.append(number))

    await _give(line, 6)

    assert order == [0, 3, 4, 1, 5, 2]


async def test_one_owner_alone_may_use_every_place():
    line = Line[str]([], room=200)
    await _wait(line, *["a"] * 200)

    with pytest.raises(Full):
        await line.take("a")

    assert line.waiting == 200


async def test_in_a_full_line_the_surplus_of_the_greatest_owner_gives_way():
    line = Line[str]([], room=4)
    waiting = await _wait(line, "a", "a", "a", "a", "b", "b")

    assert [each.done() for each in waiting] == [False, False, True, True, False, False]
    for each in waiting[2:4]:
        assert isinstance(each.exception(), Full)


async def test_in_a_full_line_nobody_is_sent_away_for_one_with_as_many_places():
    line = Line[str]([], room=4)
    await _wait(line, "a", "a", "b", "b")

    for owner in "ab":
        with pytest.raises(Full):
            await line.take(owner)


async def test_a_cancelled_task_does_not_cost_its_owner_the_turn():
    line = Line[str]([], room=9)
    waiting = await _wait(line, "a", "a", "b")

    waiting[0].cancel()
    line.give("thing")
    await _settle()

    assert waiting[1].done()
    assert not waiting[2].done()


STEPS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(["take", "give", "cancel", "settle"]), strategies.integers(0, 2)
    ),
    max_size=40,
)


@given(STEPS)
async def test_whatever_comes_and_goes_nobody_waits_beside_an_idle_thing_and_nothing_is_lost(steps):
    line, tasks = Line(range(2), room=5), []
    for step, number in [*steps, ("settle", 0)]:
        holders = [each for each in tasks if _holds(each)]
        if step == "take":
            tasks.append(asyncio.ensure_future(line.take("abc"[number])))
        elif step == "give" and holders:
            tasks.remove(holders[0])
            line.give(holders[0].result())
        elif step == "cancel" and number < len(tasks):
            tasks[-1 - number].cancel()
        elif step == "settle":
            await _settle()
            assert [each.done() for each in tasks].count(False) == line.waiting
            assert len(line._idle) + sum(map(_holds, tasks)) == 2
            assert not (line._idle and line.waiting)
    line.close()
    await asyncio.gather(*tasks, return_exceptions=True)


def _holds(task: asyncio.Future) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
