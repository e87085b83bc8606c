"""Verification: a link by mail proves an address; reading it changes nothing, and it works once."""

import asyncio
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from calotype.errors import Invalid, LinkExpired, LinkInvalid, LinkUsed, RateLimited, StorageFailed
from calotype.services import accounts, keys, links, verifying
from calotype.services.access import authenticate
from calotype.services.links import Purpose
from platforms import Wrapped, memory_platform

ANN = "ann@example.com"
HERE = "203.0.113.7"


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
async def registered(platform):
    return await accounts.register(platform, ANN, "laptop", HERE)


def link(platform, number: int = -1) -> dict[str, str]:
    """Read the link out of a mail that was sent."""
    url = next(line for line in platform.mailer.sent[number].text.split() if "/verify?" in line)
    return {name: values[0] for name, values in parse_qs(url.partition("?")[2]).items()}


async def test_the_link_tells_which_key_it_is_about(platform, registered):
    claim = await verifying.read(platform, link(platform))
    assert (claim.account, claim.key) == (registered.account, registered.key)


async def test_reading_the_link_changes_nothing(platform, registered):
    for _ in range(3):
        await verifying.read(platform, link(platform))
    assert await platform.accounts.account(registered.account.id) == registered.account
    assert not (await platform.catalog.workspace(registered.workspace.id)).verified


async def test_confirming_verifies_the_account_and_its_workspace(platform, registered):
    account = await verifying.confirm(platform, link(platform))
    assert account == replace(registered.account, verified_at=platform.clock())
    assert (await platform.catalog.workspace(registered.workspace.id)).verified


async def test_the_key_works_before_and_after(platform, registered):
    await verifying.confirm(platform, link(platform))
    caller = await authenticate(platform, f"Bearer {registered.secret}")
    assert caller.workspace == replace(registered.workspace, verified=True)


async def test_of_two_who_confirm_at_once_one_is_told_that_it_is_done(platform, registered):
    query = link(platform)
    outcomes = await asyncio.gather(
        *(verifying.confirm(platform, query) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["Account", "LinkUsed"]


async def test_a_link_that_was_used_does_nothing_more(platform, registered):
    query = link(platform)
    await verifying.confirm(platform, query)
    for again in (verifying.read, verifying.confirm, verifying.disown):
        with pytest.raises(LinkUsed):
            await again(platform, query)
    assert (await platform.catalog.keys(registered.workspace.id))[0].revoked_at is None


async def test_a_link_holds_for_a_day(platform, registered):
    sent = link(platform)
    platform.clock.move(hours=24)
    with pytest.raises(LinkExpired):
        await verifying.confirm(platform, sent)


async def test_a_link_for_another_account_cannot_be_made_of_ones_own(platform, registered):
    mine = link(platform)
    other = await accounts.register(platform, "bob@example.com", "x", HERE)
    forged = mine | {"t": mine["t"].replace(registered.account.id, other.account.id)}
    with pytest.raises(LinkInvalid):
        await verifying.confirm(platform, forged)
    assert not (await platform.accounts.account(other.account.id)).verified


async def test_a_link_for_an_account_that_is_not_there_is_none(platform):
    query = {name: value[0] for name, value in parse_qs(links.sign(platform, Purpose.VERIFY, "a1")).items()}
    with pytest.raises(LinkInvalid):
        await verifying.confirm(platform, query)


async def test_whoever_did_not_make_the_key_switches_it_off(platform, registered):
    claim = await verifying.disown(platform, link(platform))
    assert claim.key == registered.key
    (key,) = await platform.catalog.keys(registered.workspace.id)
    assert key.revoked_at == platform.clock()
    assert not (await platform.accounts.account(registered.account.id)).verified


async def test_a_disowned_key_cannot_be_confirmed_by_another_link(platform, registered):
    await verifying.send_again(platform, ANN, HERE)
    await verifying.disown(platform, link(platform, 0))
    with pytest.raises(LinkUsed):
        await verifying.confirm(platform, link(platform, 1))


async def test_confirming_one_key_opens_nothing_to_another_of_the_same_address(platform, registered):
    other = await accounts.register(platform, ANN, "x", HERE)
    await verifying.confirm(platform, link(platform, 0))
    caller = await authenticate(platform, f"Bearer {other.secret}")
    assert caller.workspace == other.workspace
    assert not caller.workspace.verified


async def test_each_key_of_an_address_can_be_confirmed_by_its_own_link(platform, registered):
    await accounts.register(platform, ANN, "x", HERE)
    for number in (0, 1):
        await verifying.confirm(platform, link(platform, number))
    assert [each.verified for each in await platform.accounts.of_email(ANN)] == [True, True]


async def test_a_new_link_is_sent_for_each_key_that_waits(platform, registered):
    await accounts.register(platform, ANN, "x", HERE)
    await verifying.send_again(platform, "Ann@Example.com", HERE)
    assert [mail.to for mail in platform.mailer.sent] == [ANN] * 4


async def test_nothing_is_sent_where_no_key_waits(platform, registered):
    await verifying.confirm(platform, link(platform))
    await verifying.send_again(platform, ANN, HERE)
    await verifying.send_again(platform, "nobody@example.com", HERE)
    assert len(platform.mailer.sent) == 1


async def test_links_are_sent_again_five_times_an_hour(platform):
    for _ in range(5):
        await verifying.send_again(platform, ANN, HERE)
    with pytest.raises(RateLimited):
        await verifying.send_again(platform, ANN, HERE)


async def test_what_is_no_address_is_told(platform):
    with pytest.raises(Invalid):
        await verifying.send_again(platform, "ann", HERE)


async def test_a_key_is_made_although_its_mail_cannot_be_sent(platform):
    async def broken(_job):
        raise StorageFailed

    offline = replace(platform, jobs=Wrapped(platform.jobs, enqueue=broken))
    registered = await accounts.register(offline, ANN, "x", HERE)
    caller = await authenticate(offline, f"Bearer {registered.secret}")
    assert caller.workspace == registered.workspace


async def test_a_slug_tells_nothing_of_the_address(platform, registered):
    assert len(registered.workspace.slug) == 12
    assert "ann" not in registered.workspace.slug


async def test_a_revoked_key_makes_room_for_another(platform):
    for _ in range(3):
        last = await accounts.register(platform, ANN, "x", HERE)
    await keys.revoke_key(platform, last.key.id)
    assert (await accounts.register(platform, ANN, "x", HERE)).key.id != last.key.id
