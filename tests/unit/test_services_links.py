"""Links: nobody changes one, none outlives its time, and one is good once."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from calotype.errors import LinkExpired, LinkInvalid, LinkUsed
from calotype.services import links
from calotype.services.links import Link, Purpose
from platforms import memory_platform

SUBJECT = "5f0a" * 6


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


def signed(platform, purpose=Purpose.VERIFY, subject=SUBJECT) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(links.sign(platform, purpose, subject)).items()}


async def test_a_link_tells_whom_it_is_about_and_until_when(platform):
    link = links.read(platform, Purpose.VERIFY, signed(platform))
    assert link.subject == SUBJECT
    assert link.expires_at == platform.clock() + timedelta(hours=24)


async def test_a_link_signs_the_whole_of_sha_256(platform):
    query = signed(platform)
    assert query["exp"] == str(1704067200 + 86_400)
    assert len(query["sig"]) == 43
    assert query["t"].startswith(f"{SUBJECT}.")


async def test_no_two_links_are_alike(platform):
    assert signed(platform) != signed(platform)


async def test_a_link_ends_with_its_time(platform):
    query = signed(platform)
    platform.clock.move(hours=24, seconds=-1)
    assert links.read(platform, Purpose.VERIFY, query).subject == SUBJECT
    platform.clock.move(seconds=1)
    with pytest.raises(LinkExpired):
        links.read(platform, Purpose.VERIFY, query)


@pytest.mark.parametrize("expiry", [
    *("0", "1", "-1", "+1704153600", "1704153601", "9999999999", "99999999999999999999", "NaN", "Infinity", "1e10"),
    *("", " 1704153600", "1704153600 ", "1704153600.0", "01704153600", "0x65936c00", "\u0661", "1704153600\n"),
])  # fmt: skip
async def test_no_other_expiry_holds(platform, expiry):
    with pytest.raises(LinkInvalid):
        links.read(platform, Purpose.VERIFY, signed(platform) | {"exp": expiry})


async def test_a_link_from_a_clock_that_was_wrong_does_not_hold_for_years(platform):
    platform.clock.move(days=3650)
    query = signed(platform)
    platform.clock.move(days=-3650)
    with pytest.raises(LinkInvalid):
        links.read(platform, Purpose.VERIFY, query)


@pytest.mark.parametrize("name", ["t", "exp", "sig"])
async def test_a_link_without_one_of_its_parts_is_none(platform, name):
    query = signed(platform)
    del query[name]
    with pytest.raises(LinkInvalid):
        links.read(platform, Purpose.VERIFY, query)


@pytest.mark.parametrize("name", ["t", "sig"])
async def test_a_link_with_any_character_changed_is_none(platform, name):
    query = signed(platform)
    for place, character in enumerate(query[name]):
        other = "a" if character != "a" else "b"
        changed = f"{query[name][:place]}{other}{query[name][place + 1 :]}"
        with pytest.raises(LinkInvalid):
            links.read(platform, Purpose.VERIFY, query | {name: changed})


@pytest.mark.parametrize("cut", ["", "A" * 22, "A" * 42, "A" * 44, "=" * 43, "\u00e9" * 43])
async def test_a_shortened_or_foreign_signature_is_none(platform, cut):
    with pytest.raises(LinkInvalid):
        links.read(platform, Purpose.VERIFY, signed(platform) | {"sig": cut})


async def test_a_link_for_one_purpose_opens_nothing_else(platform):
    with pytest.raises(LinkInvalid):
        links.read(platform, Purpose.UPGRADE, signed(platform, Purpose.VERIFY))


async def test_another_installations_link_is_none(platform, tmp_path):
    from dataclasses import replace

    stranger = replace(platform, secret_key="cd" * 32)
    with pytest.raises(LinkInvalid):
        links.read(platform, Purpose.VERIFY, signed(stranger))


async def test_a_link_is_used_once_by_whoever_is_first(platform):
    link = links.read(platform, Purpose.VERIFY, signed(platform))
    outcomes = await asyncio.gather(*(links.use(platform, link) for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in outcomes] == [type(None), *[LinkUsed] * 4]


async def test_what_is_remembered_of_a_used_link_opens_nothing(platform):
    link = links.read(platform, Purpose.VERIFY, signed(platform))
    used = link.used()
    assert link.nonce not in used.digest
    assert used != Link(Purpose.UPGRADE, link.subject, link.nonce, link.expires_at).used()


async def test_only_ids_are_signed(platform):
    with pytest.raises(ValueError, match="id"):
        links.sign(platform, Purpose.VERIFY, "a\nb")
