"""The delivery door: what goes over the wire for a hit, a miss, a 304 and an error."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.requests import ClientDisconnect

from calotype.domain.formats import Format
from calotype.domain.planning import Original, Target
from calotype.errors import Busy, NotFound
from doors import ASSET, NOW, World


async def test_the_second_request_is_answered_from_memory_in_the_same_words():
    world = World()
    first, second = await world.ask(), await world.ask()
    assert second[1].pop("x-request-id")  # a miss gets its id from the layer around the door
    assert first == second
    assert (world.fetched, world.hits) == (1, [(200, 4)])


async def test_an_image_says_everything_that_browsers_and_caches_need():
    status, headers, body = await World().ask()
    assert (status, body) == (200, b"body")
    assert headers == {
        "content-type": "image/jpeg",
        "content-length": "4",
        "etag": '"key"',
        "cache-control": "public, max-age=600",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "*",
        "cross-origin-resource-policy": "cross-origin",
        "timing-allow-origin": "*",
        "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
        "accept-ranges": "bytes",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "x-content-type-options": "nosniff",
    }


async def test_a_dialects_own_header_names_every_answers_request_and_is_never_kept():
    world = World()
    world.door._grammar = replace(world.door._grammar, request_id=b"x-own-id")
    for miss in ({"method": "OPTIONS"}, {"if_none_match": '"key"'}, {}):
        assert "x-own-id" in (await world.ask(**miss))[1]
    hits = [(await world.ask())[1], (await world.ask(if_none_match='"key"'))[1]]
    assert [each["x-own-id"] for each in hits] == [each["x-request-id"] for each in hits]
    assert hits[0]["x-own-id"] != hits[1]["x-own-id"]


async def test_what_the_client_holds_is_not_fetched_and_not_sent():
    world = World()
    status, headers, body = await world.ask(if_none_match='"key"')
    assert (status, body, world.fetched) == (304, b"", 0)
    assert headers["etag"] == '"key"'
    await world.ask()
    assert (await world.ask(if_none_match='W/"key"'))[0] == 304
    assert world.hits == [(304, 0)]


async def test_another_spelling_of_the_same_meaning_fetches_nothing():
    world = World()
    await world.ask()
    status, _, body = await world.ask(query="utm=1")
    assert (status, body, world.fetched) == (200, b"body", 1)


async def test_a_change_elsewhere_is_seen_by_the_next_request():
    world = World()
    await world.ask()
    world.stale, world.target = True, NotFound()
    status, headers, body = await world.ask()
    assert (status, body, headers["cache-control"]) == (404, b"Not found.", "no-store")


async def test_bytes_that_became_stale_on_their_way_are_not_held():
    world = World()

    async def changes_meanwhile(target):
        world.generation += 1
        world.target = NotFound()
        return b"old"

    world.door._bytes_of = changes_meanwhile
    assert (await world.ask())[2] == b"old"
    assert (await world.ask())[0] == 404


async def test_an_answer_lives_no_longer_than_its_asset():
    world = World()
    world.target = replace(world.target, asset=replace(ASSET, expires_at=NOW + timedelta(seconds=90)))
    ages = []
    for later in (0, 30, 89):
        world.now = NOW + timedelta(seconds=later)
        ages.append((await world.ask())[1]["cache-control"])
    assert ages == [f"public, max-age={age}" for age in (90, 60, 1)]
    world.now, world.target = NOW + timedelta(seconds=90), NotFound()
    assert (await world.ask())[0] == 404


async def test_an_error_is_never_kept():
    world = World()
    world.target, good = Busy(), world.target
    assert (await world.ask())[0] == 404  # the toy dialect knows one status
    world.target = good
    assert (await world.ask())[0] == 200


async def test_a_file_too_large_for_memory_is_streamed(tmp_path):
    world = World(largest=1000)
    (tmp_path / "large").write_bytes(b"x" * 600_000)
    world.body = tmp_path / "large"
    status, headers, body = await world.ask()
    assert (status, headers["content-length"], len(body), world.hot.size) == (200, "600000", 600_000, 0)


async def test_a_small_file_is_held(tmp_path):
    world = World()
    (tmp_path / "small").write_bytes(b"x" * 600)
    world.body = tmp_path / "small"
    assert (await world.ask())[2] == (await world.ask())[2] == b"x" * 600
    assert world.fetched == 1


@pytest.mark.parametrize(("host", "disposition"), [(False, "attachment"), (True, None)])
async def test_markup_is_shown_on_a_delivery_host_and_downloaded_elsewhere(host, disposition):
    world = World()
    world.target = Target(ASSET, Original("key", Format.SVG, blank_gps=False))
    world.on_delivery_host = host
    for _ in range(2):
        headers = (await world.ask())[1]
        assert (headers["content-type"], headers.get("content-disposition")) == ("image/svg+xml", disposition)


async def test_a_client_that_leaves_gives_its_place_up():
    world, outcome, under_way = World(), [], asyncio.Event()

    async def slow(target):
        under_way.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            outcome.append("given up")
            raise

    async def leave():
        await under_way.wait()
        return {"type": "http.disconnect"}

    world.door._bytes_of = slow
    with pytest.raises(ClientDisconnect):
        await world.ask(receive=leave)
    assert outcome == ["given up"]


@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "PURGE"])
async def test_only_reading_is_possible_and_a_refusal_is_worded_by_the_dialect(method):
    status, headers, body = await World().ask(method=method)
    assert (status, body) == (405, b"This path has no such method.")
    assert (headers["allow"], headers["cache-control"]) == ("GET, HEAD, OPTIONS", "no-store")


async def test_a_page_of_any_origin_may_ask_with_conditions_and_read_what_comes_back():
    status, preflight, _ = await World().ask(method="OPTIONS")
    assert (status, preflight["access-control-allow-methods"]) == (204, "GET, HEAD")
    assert (preflight["access-control-allow-origin"], preflight["access-control-allow-headers"]) == ("*", "*")
    assert (await World().ask())[1]["access-control-expose-headers"] == "*"
