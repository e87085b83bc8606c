"""One flight for each key."""

import asyncio

import pytest

from calotype.services.flights import Flights


async def test_five_hundred_callers_make_one_flight():
    flights, made = Flights(), []

    async def work(started):
        started()
        made.append(1)
        await asyncio.sleep(0.01)
        return b"bytes"

    answers = await asyncio.gather(*(flights.join("k", work) for _ in range(500)))
    assert (len(made), set(answers)) == (1, {b"bytes"})


async def test_a_failure_reaches_everyone_and_the_next_call_tries_again():
    flights, calls = Flights(), []

    async def work(started):
        calls.append(1)
        await asyncio.sleep(0)
        if len(calls) == 1:
            raise ValueError("no")
        return b"yes"

    first = await asyncio.gather(*(flights.join("k", work) for _ in range(3)), return_exceptions=True)
    assert [str(each) for each in first] == ["no"] * 3
    assert await flights.join("k", work) == b"yes"


@pytest.mark.parametrize(("starts", "expected"), [(False, "cancelled"), (True, "finished")])
async def test_the_last_waiter_leaving_cancels_what_is_queued_and_lets_finish_what_runs(starts, expected):
    flights, outcome, under_way = Flights(), [], asyncio.Event()

    async def work(started):
        if starts:
            started()
        under_way.set()
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            outcome.append("cancelled")
            raise
        outcome.append("finished")
        return b""

    waiters = [asyncio.create_task(flights.join("k", work)) for _ in range(2)]
    await under_way.wait()
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    await asyncio.sleep(0.05)
    assert outcome == [expected]


async def test_one_waiter_leaving_does_not_disturb_the_others():
    flights, under_way = Flights(), asyncio.Event()

    async def work(started):
        under_way.set()
        await asyncio.sleep(0.01)
        return b"bytes"

    leaver, stayer = (asyncio.create_task(flights.join("k", work)) for _ in range(2))
    await under_way.wait()
    leaver.cancel()
    assert await stayer == b"bytes"
