"""The delivery door: conditions, parts, what the answer varies with, and the terms that a URL sets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pictures
from calotype.domain.formats import Format
from calotype.domain.pictures import Picture, Planned, Source
from calotype.domain.planning import Original, Plan, Target
from calotype.domain.terms import Terms
from calotype.domain.transformations import OUTPUTS
from calotype.domain.visibility import Visibility
from calotype.errors import Invalid, NotFound
from calotype.operations.base import Size
from calotype.operations.grayscale import Grayscale
from calotype.ports import Event
from calotype.web.delivery_headers import body_headers, shared_headers
from doors import ASSET, NOW, World

CHROME, CURL = "image/avif,image/webp,*/*;q=0.8", "*/*"
TODAY, YESTERDAY = "Thu, 01 Jan 2026 00:00:00 GMT", "Wed, 31 Dec 2025 00:00:00 GMT"


def variant(key: str = "variant", format_: Format = Format.WEBP, **changes: object) -> Plan:
    picture = Picture("w", ASSET.version.id, Source.ORIGINAL, Format.JPEG, (), Size(4, 3))
    return replace(Plan(key, picture, OUTPUTS[format_], "as asked"), **changes)


def world(terms: Terms | None = None, what: Plan | Original | None = None, **asset: object) -> World:
    """Make a world with one target that differs from the plain one as told."""
    world = World()
    before = world.target
    world.target = Target(replace(ASSET, **asset), what or before.what, terms or Terms())
    return world


class Negotiating(World):
    """A world whose URL answers each class of Accept with a variant of its own."""

    async def find(self, scope):
        accept = dict(scope["headers"]).get(b"accept", b"").decode()
        format_ = Format.AVIF if accept == CHROME else Format.JPEG
        return Target(ASSET, variant(format_.value, format_, varies=True))

    async def bytes_of(self, target):
        self.fetched += 1
        return target.what.key.encode()


# Conditions


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"if_none_match": '"x", W/"key"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"x"', "if_modified_since": TODAY}, 200),
        ({"if_modified_since": TODAY}, 304),
        ({"if_modified_since": YESTERDAY}, 200),
        ({"if_match": '"key"'}, 200),
        ({"if_match": '"x"'}, 412),
        ({"if_unmodified_since": YESTERDAY}, 412),
        ({"if_match": '"x"', "if_none_match": '"key"'}, 412),
    ],
)
async def test_conditions_are_judged_alike_from_memory_and_from_below(held, asked, status):
    world = World()
    if held:
        await world.ask()
    assert (await world.ask(**asked))[0] == status
    assert (await world.ask(method="HEAD", **asked))[0] == status


async def test_a_failed_condition_is_an_error_that_nobody_keeps():
    status, headers, body = await World().ask(if_match='"x"')
    assert (status, headers["cache-control"]) == (412, "no-store")
    assert body == b"The image is not the one that `If-Match` or `If-Unmodified-Since` names."


async def test_a_304_says_what_a_cache_updates_and_nothing_about_a_body():
    world = Negotiating()
    for _ in range(2):
        _, headers, _ = await world.ask(if_none_match='"jpeg"')
        assert (headers["etag"], headers["vary"]) == ('"jpeg"', "Accept")
        assert (headers["cache-control"], headers["last-modified"]) == ("public, max-age=600", TODAY)
        assert not {"content-type", "content-length", "accept-ranges"} & headers.keys()
        await world.ask()


# Parts


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=1-2", 206, b"od", "bytes 1-2/4"),
        ("bytes=2-", 206, b"dy", "bytes 2-3/4"),
        ("bytes=-1", 206, b"y", "bytes 3-3/4"),
        ("bytes=0-", 206, b"body", "bytes 0-3/4"),
        ("bytes=0-0,2-3", 200, b"body", None),
        ("bytes=" + "0-," * 1000 + "0-", 200, b"body", None),
        ("bytes=3-1", 200, b"body", None),
        ("lines=1-2", 200, b"body", None),
        ("bytes=4-", 416, b"The requested range has no byte of this image.", "bytes */4"),
    ],
)
async def test_one_part_of_an_original_is_served(held, asked, status, body, content_range):
    world = World()
    if held:
        await world.ask()
    answer = await world.ask(range=asked)
    assert (answer[0], answer[2], answer[1].get("content-range")) == (status, body, content_range)
    assert int(answer[1]["content-length"]) == len(body)


@pytest.mark.parametrize(("asked", "start"), [("bytes=299990-299999", 299_990), ("bytes=-262150", 337_850)])
async def test_a_part_of_a_large_file_is_read_from_where_it_begins(tmp_path, asked, start):
    world = World()
    whole = bytes(number * 7 % 251 for number in range(600_000))
    world.body = tmp_path / "large"
    world.body.write_bytes(whole)
    status, headers, body = await world.ask(range=asked)
    assert (status, body) == (206, whole[start : start + len(body)])
    assert headers["content-range"] == f"bytes {start}-{start + len(body) - 1}/600000"
    assert (await world.ask(range="bytes=600000-"))[1]["content-range"] == "bytes */600000"


@pytest.mark.parametrize(
    ("if_range", "status"), [('"key"', 206), (TODAY, 206), ('W/"key"', 200), ('"old"', 200), (YESTERDAY, 200)]
)
async def test_a_part_of_something_else_is_not_served(if_range, status):
    assert (await World().ask(range="bytes=0-1", if_range=if_range))[0] == status


async def test_head_tells_about_the_whole():
    world = World()
    for _ in range(2):
        status, headers, body = await world.ask(method="HEAD", range="bytes=0-1")
        assert (status, headers["content-length"], headers["accept-ranges"], body) == (200, "4", "bytes", b"")
        await world.ask()


async def test_variants_come_whole():
    for _ in range(2):
        status, headers, body = await world(what=variant()).ask(range="bytes=0-1")
        assert (status, body, "accept-ranges" in headers) == (200, b"body", False)


# What the answer varies with


async def test_every_class_gets_its_own_from_memory_and_caches_are_told():
    world = Negotiating()
    for _ in range(2):
        for accept, body in ((CHROME, b"avif"), (CURL, b"jpeg"), ("image/avif;q=0", b"jpeg")):
            status, headers, found = await world.ask(accept=accept)
            assert (status, found, headers["vary"]) == (200, body, "Accept")
            assert headers["content-type"] == f"image/{body.decode()}"
    assert (world.fetched, len(world.hits)) == (2, 4)


async def test_what_does_not_vary_says_nothing_of_it_and_is_one_for_all():
    world = World()
    for accept in (CHROME, CURL, "image/webp"):
        assert "vary" not in (await world.ask(accept=accept))[1]
    assert world.fetched == 1


async def test_client_hints_are_named_beside_accept():
    hinted = world(Terms(vary=("Sec-CH-Width", "Sec-CH-DPR")), variant(varies=True))
    for width in ("300", "300", "600"):
        assert (await hinted.ask(sec_ch_width=width))[1]["vary"] == "Accept, Sec-CH-Width, Sec-CH-DPR"
    assert len(hinted.hits) == 1


async def test_the_same_variant_by_a_plain_and_by_a_negotiating_url_keeps_their_words_apart():
    plain = world(what=variant())
    assert "vary" not in (await plain.ask("/plain"))[1]
    plain.target = replace(plain.target, what=variant(varies=True))
    assert (await plain.ask("/auto"))[1]["vary"] == (await plain.ask("/auto"))[1]["vary"] == "Accept"
    assert "vary" not in (await plain.ask("/plain"))[1]
    assert plain.fetched == 1


@pytest.mark.parametrize("by", ["layer", "stand-in"])
async def test_a_change_of_another_image_is_heard_where_that_has_a_part(by):
    picture = variant().picture
    layer = Planned(Grayscale(), picture.size, replace(picture, version_id="1" * 24))
    layered = variant(picture=replace(picture, steps=(layer,)))
    one = world(what=layered) if by == "layer" else world(Terms(others=True))
    await one.ask()
    await one.ask()
    one.hot.heed(Event(1, "w", "1" * 24, "asset.updated"))
    one.target = NotFound()
    assert ((await one.ask())[0], len(one.hits)) == (404, 1)


# Terms


@pytest.mark.parametrize(
    ("terms", "cache_control"),
    [
        (Terms(), "public, max-age=600"),
        (Terms(immutable=True), "public, max-age=600, immutable"),
        (Terms(max_age=60), "public, max-age=60"),
        (Terms(max_age=6000), "public, max-age=600"),
        (Terms(until=NOW + timedelta(seconds=30.5)), "public, max-age=30"),
        (Terms(until=NOW + timedelta(days=1)), "public, max-age=600"),
        (Terms(until=NOW + timedelta(seconds=9), immutable=True), "public, max-age=9, immutable"),
        (Terms(public=False), "private, no-store"),
        (Terms(public=False, immutable=True, max_age=60), "private, no-store"),
    ],
)
async def test_the_terms_decide_how_long_others_keep_it(terms, cache_control):
    one = world(terms)
    answers = [await one.ask(), await one.ask(), await one.ask(if_none_match='"key"')]
    assert [headers["cache-control"] for _, headers, _ in answers] == [cache_control] * 3


@pytest.mark.parametrize(
    "closed",
    [{"terms": Terms(public=False)}, {"visibility": Visibility.PRIVATE}, {"visibility": Visibility.DRAFT}],
)
async def test_what_is_private_is_judged_anew_for_every_request(closed):
    one = world(**closed)
    for _ in range(2):
        assert (await one.ask())[1]["cache-control"] == "private, no-store"
    assert (one.hits, one.hot.size) == ([], 0)


async def test_a_signed_url_ends_in_memory_when_its_signature_does():
    signed = world(Terms(until=NOW + timedelta(seconds=30)), expires_at=NOW + timedelta(seconds=90))
    await signed.ask()
    signed.now += timedelta(seconds=29)
    assert (await signed.ask())[1]["cache-control"] == "public, max-age=1"
    signed.now += timedelta(seconds=1)
    await signed.ask()
    assert len(signed.hits) == 1


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("cat.jpg", 'attachment; filename="cat.jpg"'),
        ("chat été.jpg", "attachment; filename=\"chat _t_.jpg\"; filename*=UTF-8''chat%20%C3%A9t%C3%A9.jpg"),
        ("a\r\nSet-Cookie: x", 'attachment; filename="aSet-Cookie: x"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("invoice\u202egpj.exe", 'attachment; filename="invoicegpj.exe"'),
        ("x" * 400 + ".jpg", f'attachment; filename="{"x" * 251}.jpg"'),
        ("", 'attachment; filename="a.jpg"'),
    ],
)
async def test_an_attachment_is_named_and_injects_nothing(name, disposition):
    named = world(Terms(attachment=name))
    for _ in range(2):
        assert (await named.ask())[1]["content-disposition"] == disposition
    assert (await world().ask())[1].get("content-disposition") is None


async def test_the_same_bytes_are_shown_by_one_url_and_saved_by_another():
    one = world()
    await one.ask("/a")
    one.target = replace(one.target, terms=Terms(attachment="b.jpg"))
    await one.ask("/b")
    told = [(await one.ask(url))[1].get("content-disposition") for url in ("/a", "/b")]
    assert (told, one.fetched, len(one.hits)) == ([None, 'attachment; filename="b.jpg"'], 1, 2)


async def test_a_dialects_own_header_is_sent_and_a_broken_one_refused():
    own = world(Terms(headers=(("Content-DPR", "1.50"),)))
    for _ in range(2):
        assert (await own.ask())[1]["content-dpr"] == "1.50"
    assert (await world(Terms(headers=(("X-A", "b\r\nc"),))).ask())[0] == 422


@pytest.mark.parametrize(
    ("alternative", "body", "media_type"),
    [
        (Format.JPEG, pictures.jpeg(4, 3), "image/jpeg"),
        (Format.JPEG, pictures.webp(4, 3), "image/webp"),
        (None, pictures.jpeg(4, 3), "image/webp"),
        (Format.JPEG, b"?", "image/webp"),
    ],
)
async def test_the_type_is_that_of_the_alternative_when_it_came_out(alternative, body, media_type):
    one = world(what=variant(alternative=alternative))
    one.body = body
    for _ in range(2):
        assert (await one.ask())[1]["content-type"] == media_type


def safe(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether nothing in *headers* could end one of them."""
    return not any({*b"\r\n\0"} & {*name, *value} for name, value in headers)


@given(st.text())
def test_any_file_name_can_be_sent(name):
    target = Target(ASSET, variant(), Terms(attachment=name))
    headers = body_headers(target, "image/webp", inline=False)
    assert safe(headers)
    assert dict(headers)[b"content-disposition"].isascii()


header_text = st.text(st.characters(max_codepoint=0x17F), max_size=5)


@given(header_text, header_text)
def test_any_other_text_is_refused_or_cannot_end_a_header(name, value):
    target = Target(ASSET, variant(notes=(value,)), Terms(vary=(value,), headers=((name, value),)))
    try:
        headers = [*shared_headers(target), *body_headers(target, "image/webp", inline=False)]
    except Invalid:
        assert not (name.isascii() and name.isalnum() and value.isascii() and value.isprintable())
    else:
        assert safe(headers)
        assert (name.lower().encode(), value.encode("latin-1")) in headers
