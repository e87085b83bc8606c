"""One suite over every fetcher: in memory, and over HTTP from a server on loopback. One fact for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from calotype.adapters.fetching import MemoryFetcher
from calotype.errors import FetchFailed, FileTooLarge
from calotype.ports import Fetcher
from origins import Collected, answering, fetching, serving

BODY = bytes(range(256)) * 500

World = tuple[Fetcher, Callable[[str], str]]


@pytest.fixture(params=["memory", "http"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A fetcher, and the URL of a path that leads to BODY; below any other host there is nothing."""
    if request.param == "memory":
        yield MemoryFetcher({"http://pictures.example/a.jpg": BODY}), "http://pictures.example{}".format
        return
    async with AsyncExitStack() as opened:
        origin = await opened.enter_async_context(serving(answering(BODY)))
        yield await opened.enter_async_context(fetching(origin.port, 80)), origin.url


async def test_the_bytes_arrive_whole_and_in_order(world: World):
    fetcher, url = world
    await fetcher.fetch(url("/a.jpg"), sink := Collected())
    assert sink.data == BODY


async def test_the_length_is_told_before_the_first_byte(world: World):
    fetcher, url = world
    await fetcher.fetch(url("/a.jpg"), sink := Collected())
    assert sink.expected == [len(BODY)]


async def test_what_the_sink_refuses_ends_the_fetch(world: World):
    fetcher, url = world
    sink = Collected(max_bytes=len(BODY) - 1)
    with pytest.raises(FileTooLarge):
        await fetcher.fetch(url("/a.jpg"), sink)
    assert sink.data == b""


async def test_what_leads_nowhere_is_one_error(world: World):
    fetcher, _ = world
    with pytest.raises(FetchFailed, match="no public address"):
        await fetcher.fetch("http://nowhere.example/a.jpg", Collected())


async def test_it_can_be_asked_again(world: World):
    fetcher, url = world
    for _ in range(2):
        await fetcher.fetch(url("/a.jpg"), sink := Collected())
        assert len(sink.data) == len(BODY)


async def test_closing_it_twice_is_no_error(world: World):
    fetcher, _ = world
    await fetcher.close()
    await fetcher.close()
