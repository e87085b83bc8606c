"""Clients that leave: their work is cancelled, and ended, before the request is."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect

from calotype.errors import Busy
from calotype.services.completion import to_its_end
from calotype.web.departures import unless_client_leaves


def receive_of(leaves: asyncio.Event):
    async def receive():
        await leaves.wait()
        return {"type": "http.disconnect"}

    return receive


async def test_work_that_ends_first_is_answered():
    assert await unless_client_leaves(receive_of(asyncio.Event()), asyncio.sleep(0, "done")) == "done"


async def test_an_error_of_the_work_is_its_callers():
    async def busy():
        raise Busy

    with pytest.raises(Busy):
        await unless_client_leaves(receive_of(asyncio.Event()), busy())


async def test_when_the_client_leaves_the_work_has_cleaned_up_before_anyone_goes_on():
    leaves, steps = asyncio.Event(), []

    async def work():
        try:
            leaves.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("cleaned up")

    with pytest.raises(ClientDisconnect):
        await unless_client_leaves(receive_of(leaves), work())
    assert steps == ["cleaned up"]


async def test_what_must_not_stop_ends_before_the_client_is_forgotten():
    leaves, steps = asyncio.Event(), []

    async def commit():
        leaves.set()
        await asyncio.sleep(0.01)
        steps.append("committed")

    with pytest.raises(ClientDisconnect):
        await unless_client_leaves(receive_of(leaves), to_its_end(commit()))
    assert steps == ["committed"]


async def test_an_error_after_everybody_left_is_not_reported_as_never_retrieved():
    started = asyncio.Event()

    async def fail():
        started.set()
        await asyncio.sleep(0)
        raise Busy

    waiting = asyncio.create_task(to_its_end(fail()))
    await started.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
