"""Origins that lie, stall, drip and flood: each ends in one clear refusal, within its limits."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from calotype.errors import Busy, FetchFailed, FileTooLarge
from origins import (
    Collected,
    answering,
    fetched,
    fetching,
    hanging_after,
    repeating,
    sending,
    serving,
)

HEAD = b"HTTP/1.1 200 OK\r\n"


async def refused(behave, **options):
    async with serving(behave) as origin:
        with pytest.raises(FetchFailed) as caught:
            await fetched(origin.url(), origin.port, **options)
    return caught.value.message


@pytest.mark.parametrize(
    "status", ["404 Not Found", "500 x", "204 x", "206 Partial Content", "304 x", "302 x"]
)
async def test_another_status_than_200_is_told(status):
    assert await refused(answering(b"", status=status)) == f"The origin answers with status {status[:3]}."


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nA",
        HEAD + b"A: b\r\n",
        HEAD + b"Content-Length: 9\r\n\r\n",
        HEAD + b"\r\nabc",
    ],
    ids=["nothing", "half a line", "half a head", "no body", "half a body"],
)
async def test_an_origin_that_falls_silent_is_left(start):
    message = await refused(hanging_after(start), head_timeout_s=0.1)
    assert message == "The origin does not answer in time."


async def test_a_head_that_drips_is_left_when_its_time_is_over():
    message = await refused(repeating(HEAD, b"A: b\r\n"), head_timeout_s=0.2)
    assert message in {
        "The origin does not answer in time.",
        "The origin's answer breaks off, or is no HTTP.",
    }


async def test_a_head_without_end_is_left_long_before():
    assert "no HTTP" in await refused(repeating(HEAD + b"A: ", b"b" * 65_536))


async def test_a_body_without_end_is_cut_at_the_limit():
    async with serving(repeating(HEAD + b"\r\n", bytes(65_536))) as origin:
        with pytest.raises(FileTooLarge):
            await fetched(origin.url(), origin.port, max_bytes=1_000_000)


async def test_a_body_that_never_ends_within_the_limit_ends_at_the_deadline():
    message = await refused(repeating(HEAD + b"\r\n", b""), timeout_s=0.2)
    assert message == "The origin does not answer in time."


async def test_a_body_that_drips_is_left_for_its_average():
    message = await refused(repeating(HEAD + b"\r\n", b"x"), head_timeout_s=0.5, min_rate=10**9)
    assert "bytes a second" in message


async def test_a_declared_length_over_the_limit_is_refused_before_the_body():
    async with serving(hanging_after(HEAD + b"Content-Length: 70000001\r\n\r\n")) as origin:
        with pytest.raises(FileTooLarge):
            await fetched(origin.url(), origin.port, max_bytes=70_000_000)


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 10\r\n\r\nshort",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nshort",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1_0\r\n\r\nshort",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x89PNG\r\n\x1a\n",
        b"HTTP/9.9 huh\r\n\r\n",
    ],
)
async def test_what_breaks_off_or_is_no_http_is_refused(answer):
    assert await refused(sending(answer)) == "The origin's answer breaks off, or is no HTTP."


async def test_of_a_body_longer_than_declared_the_declared_part_is_taken():
    async with serving(sending(HEAD + b"Content-Length: 5\r\n\r\nimageHTTP/1.1 200 OK")) as origin:
        assert await fetched(origin.url(), origin.port) == b"image"


async def test_a_body_without_a_length_ends_with_the_connection():
    async with serving(sending(HEAD + b"\r\nimage")) as origin:
        assert await fetched(origin.url(), origin.port) == b"image"


async def test_an_empty_answer_is_no_error_of_the_fetch():
    async with serving(answering(b"")) as origin:
        assert await fetched(origin.url(), origin.port) == b""


async def test_a_gzipped_body_arrives_as_what_it_means():
    async with serving(answering(gzip.compress(b"<svg/>"), "Content-Encoding: gzip")) as origin:
        assert await fetched(origin.url(), origin.port) == b"<svg/>"


async def test_a_gzip_bomb_is_cut_where_its_contents_pass_the_limit():
    bomb = gzip.compress(bytes(20_000_000))
    assert len(bomb) < 20_000
    async with serving(answering(bomb, "Content-Encoding: gzip")) as origin, fetching(origin.port) as fetcher:
        sink = Collected(max_bytes=1_000_000)
        with pytest.raises(FileTooLarge):
            await fetcher.fetch(origin.url(), sink)
    assert len(sink.data) <= 1_000_000


async def test_bombs_inside_bombs_are_not_opened():
    nested = gzip.compress(gzip.compress(bytes(1_000_000)))
    assert "content coding" in await refused(answering(nested, "Content-Encoding: gzip, gzip"))


async def test_nobody_there_is_told():
    async with serving(answering()) as origin:
        pass
    with pytest.raises(FetchFailed, match="cannot be reached"):
        await fetched(origin.url(), origin.port)


async def test_when_too_many_fetches_are_under_way_the_next_is_told_to_come_back():
    async with serving(hanging_after(b"")) as origin, fetching(origin.port, at_once=1) as fetcher:
        first = asyncio.create_task(fetcher.fetch(origin.url(), Collected()))
        await origin.reached.wait()
        with pytest.raises(Busy):
            await fetcher.fetch(origin.url(), Collected())
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_a_fetch_that_is_given_up_frees_its_place_and_its_connection():
    left = asyncio.Event()

    async def behave(reader, _writer):
        await reader.read()
        left.set()

    async with serving(behave) as origin, fetching(origin.port, at_once=1) as fetcher:
        fetch = asyncio.create_task(fetcher.fetch(origin.url(), Collected()))
        await origin.reached.wait()
        fetch.cancel()
        await asyncio.gather(fetch, return_exceptions=True)
        await left.wait()
        assert fetcher._running == 0
