"""Accounts and sign-ins: one suite over memory, SQLite and PostgreSQL. One fact for each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from calotype.adapters.catalog import Stores, open_stores
from calotype.domain.accounts import Account
from calotype.domain.workspaces import Key, Workspace
from calotype.errors import LinkUsed
from calotype.ports import Registration, Session, SignInCode, UsedLink
from catalog_rows import HOME, NOW, SECOND, at, key, picture

ANN = "ann@example.com"
LATER = NOW + timedelta(hours=1)
LINK = UsedLink("link-1", NOW + timedelta(days=1))


def workspace(number: int) -> Workspace:
    return Workspace(f"w-{number}", f"slug-{number}", f"s{number}", NOW, plan="free", verified=False)


def account(number: int, email: str = ANN) -> Account:
    return Account(f"a-{number}", email, f"w-{number}", NOW + number * SECOND)


def own_key(number: int) -> Key:
    return key(number, workspace_id=f"w-{number}")


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stores]:
    stores = await open_stores(any_url)
    await stores.catalog.add_workspace(HOME)
    yield stores
    await stores.catalog.close()


async def register(stores: Stores, number: int, email: str = ANN, most: int = 3) -> Registration:
    return await stores.accounts.register(account(number, email), workspace(number), own_key(number), most)


async def newest_events(stores: Stores, count: int) -> list[tuple[str, str, str]]:
    last = await stores.catalog.last_event()
    events = await stores.catalog.events_after(last - count)
    return [(event.kind, event.workspace_id, event.asset_id) for event in events]


# Registering


async def test_a_registration_stores_the_account_its_workspace_and_its_key(stores: Stores):
    assert await register(stores, 1) is Registration.ADDED
    assert await stores.accounts.account("a-1") == account(1)
    assert await stores.catalog.workspace("w-1") == workspace(1)
    assert await stores.catalog.keys("w-1") == [own_key(1)]


async def test_a_registration_is_two_events_of_its_workspace(stores: Stores):
    await register(stores, 1)
    assert await newest_events(stores, 2) == [("workspace.added", "w-1", ""), ("key.added", "w-1", "")]


async def test_an_address_may_register_again_in_another_workspace(stores: Stores):
    assert [await register(stores, number) for number in (2, 1)] == [Registration.ADDED] * 2
    assert await stores.accounts.of_email(ANN) == [account(1), account(2)]


async def test_beyond_so_many_active_keys_an_address_registers_nothing(stores: Stores):
    assert await register(stores, 1, most=1) is Registration.ADDED
    assert await register(stores, 2, most=1) is Registration.FULL
    assert await stores.catalog.workspace("w-2") is None
    assert await register(stores, 3, "bob@example.com", most=1) is Registration.ADDED


async def test_a_revoked_key_makes_room(stores: Stores):
    await register(stores, 1, most=1)
    await stores.catalog.revoke_key("k1", NOW)
    assert await register(stores, 2, most=1) is Registration.ADDED


async def test_of_many_registrations_at_once_as_many_pass_as_may(stores: Stores):
    outcomes = await asyncio.gather(*(register(stores, number) for number in range(8)))
    assert outcomes.count(Registration.ADDED) == 3
    assert len(await stores.accounts.of_email(ANN)) == 3


async def test_an_address_that_is_verified_registers_no_more(stores: Stores):
    await register(stores, 1)
    await stores.accounts.verify("a-1", NOW)
    assert await register(stores, 2) is Registration.VERIFIED


@pytest.mark.parametrize("taken", [{"slug": "home"}, {"storage": "h0m"}])
async def test_a_taken_word_is_told_and_nothing_is_stored(stores: Stores, taken: dict[str, str]):
    unlucky = replace(workspace(1), **taken)
    assert await stores.accounts.register(account(1), unlucky, own_key(1), 3) is Registration.TAKEN
    assert await stores.accounts.account("a-1") is None


async def test_a_taken_key_id_is_told_and_nothing_is_stored(stores: Stores):
    await stores.catalog.add_key(key(1))
    assert await register(stores, 1) is Registration.TAKEN
    assert await stores.catalog.workspace("w-1") is None


# Signing in


async def test_the_first_sign_in_adds_a_verified_account(stores: Stores):
    opened = await stores.accounts.sign_in(account(1), workspace(1), LATER)
    assert opened == replace(account(1), verified_at=LATER) == await stores.accounts.account("a-1")


async def test_the_next_sign_in_opens_the_same_account(stores: Stores):
    first = await stores.accounts.sign_in(account(1), workspace(1), NOW)
    assert await stores.accounts.sign_in(account(2), workspace(2), LATER) == first
    assert await stores.catalog.workspace("w-2") is None


async def test_signing_in_opens_no_account_that_somebody_else_began(stores: Stores):
    await register(stores, 1)
    opened = await stores.accounts.sign_in(account(2), workspace(2), NOW)
    assert opened == replace(account(2), verified_at=NOW)


async def test_of_several_verified_accounts_the_first_verified_is_opened(stores: Stores):
    await register(stores, 1)
    await register(stores, 2)
    await stores.accounts.verify("a-2", NOW)
    await stores.accounts.verify("a-1", LATER)
    opened = await stores.accounts.sign_in(account(3), workspace(3), LATER)
    assert opened == replace(account(2), verified_at=NOW)


async def test_two_first_sign_ins_at_once_open_one_account(stores: Stores):
    opened = await asyncio.gather(
        *(stores.accounts.sign_in(account(number), workspace(number), NOW) for number in (1, 2))
    )
    assert opened[0] == opened[1]
    assert len(await stores.accounts.of_email(ANN)) == 1


async def test_a_sign_in_with_a_taken_word_draws_anew(stores: Stores):
    assert await stores.accounts.sign_in(account(1), replace(workspace(1), slug="home"), NOW) is None


async def test_a_workspace_that_is_there_gets_one_account(stores: Stores):
    owner = replace(account(1), workspace_id=HOME.id, verified_at=NOW)
    assert await stores.accounts.adopt(owner)
    assert not await stores.accounts.adopt(replace(owner, id="a-2", email="bob@example.com"))
    assert await stores.accounts.listed() == [owner]


# Verifying


async def test_verification_marks_the_account_and_its_workspace(stores: Stores):
    await register(stores, 1)
    verified = await stores.accounts.verify("a-1", LATER, LINK)
    assert verified == replace(account(1), verified_at=LATER)
    assert await stores.catalog.workspace("w-1") == replace(workspace(1), verified=True)


async def test_the_first_verification_is_remembered(stores: Stores):
    await register(stores, 1)
    first = await stores.accounts.verify("a-1", NOW)
    assert await stores.accounts.verify("a-1", LATER) == first


async def test_an_unknown_account_is_not_verified(stores: Stores):
    assert await stores.accounts.verify("a-1", NOW) is None


async def test_verification_keeps_what_would_have_expired_for_want_of_it(stores: Stores):
    await register(stores, 1)
    ends = NOW + timedelta(days=30)
    waiting = picture(1, workspace_id="w-1", expires_at=ends, provisional=True)
    dated = picture(2, workspace_id="w-1", expires_at=ends)
    for asset in (waiting, dated):
        await stores.catalog.add_asset(asset, at(NOW))
    await stores.accounts.verify("a-1", LATER)
    kept = await stores.catalog.asset(waiting.id, LATER)
    assert (kept.expires_at, kept.provisional) == (None, False)
    assert (await stores.catalog.asset(dated.id, LATER)).expires_at == ends


async def test_what_has_expired_before_verification_stays_gone(stores: Stores):
    await register(stores, 1)
    ended = picture(1, workspace_id="w-1", expires_at=LATER, provisional=True)
    await stores.catalog.add_asset(ended, at(NOW))
    await stores.accounts.verify("a-1", LATER)
    assert await stores.catalog.asset(ended.id, LATER) is None


async def test_verification_touches_no_other_workspace(stores: Stores):
    await register(stores, 1)
    await register(stores, 2)
    other = picture(1, workspace_id="w-2", expires_at=LATER + SECOND, provisional=True)
    await stores.catalog.add_asset(other, at(NOW))
    await stores.accounts.verify("a-1", LATER)
    assert (await stores.catalog.asset(other.id, LATER)).provisional


async def test_verification_is_an_event_of_the_workspace_and_of_each_asset(stores: Stores):
    await register(stores, 1)
    asset = picture(1, workspace_id="w-1", expires_at=LATER, provisional=True)
    await stores.catalog.add_asset(asset, at(NOW))
    await stores.accounts.verify("a-1", NOW)
    assert await newest_events(stores, 2) == [
        ("workspace.updated", "w-1", ""),
        ("asset.updated", "w-1", asset.id),
    ]


async def test_an_upload_that_ends_after_verification_is_kept_too(stores: Stores):
    await register(stores, 1)
    await stores.accounts.verify("a-1", NOW)
    late = picture(1, workspace_id="w-1", expires_at=LATER, provisional=True)
    added = await stores.catalog.add_asset(late, at(NOW))
    assert (added.expires_at, added.provisional) == (None, False)
    assert await stores.catalog.asset(late.id, LATER) == added


async def test_a_link_verifies_once_and_changes_nothing_then(stores: Stores):
    await register(stores, 1)
    await register(stores, 2)
    await stores.accounts.verify("a-1", NOW, LINK)
    with pytest.raises(LinkUsed):
        await stores.accounts.verify("a-2", NOW, LINK)
    assert await stores.accounts.account("a-2") == account(2)


async def test_of_two_who_use_a_link_at_once_one_goes_on(stores: Stores):
    await register(stores, 1)
    outcomes = await asyncio.gather(
        *(stores.accounts.verify("a-1", NOW, LINK) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["Account", "LinkUsed", "LinkUsed", "LinkUsed"]


async def test_accounts_are_paged_by_id(stores: Stores):
    for number in (3, 1, 2):
        await register(stores, number, f"{number}@example.com")
    first = await stores.accounts.listed(limit=2)
    assert [each.id for each in first] == ["a-1", "a-2"]
    assert [each.id for each in await stores.accounts.listed(after="a-2")] == ["a-3"]


# Codes


def code(digest: str = "d1", **fields: object) -> SignInCode:
    return replace(SignInCode(ANN, "pages", digest, LATER), **fields)


async def test_a_code_is_answered_as_often_as_it_may_be_tried(stores: Stores):
    await stores.sign_ins.put_code(code(), NOW)
    tries = [await stores.sign_ins.try_code(ANN, "pages", NOW, 3) for _ in range(4)]
    assert tries == ["d1", "d1", "d1", None]


async def test_of_many_tries_at_once_as_many_count_as_may(stores: Stores):
    await stores.sign_ins.put_code(code(), NOW)
    tries = await asyncio.gather(*(stores.sign_ins.try_code(ANN, "pages", NOW, 5) for _ in range(20)))
    assert tries.count("d1") == 5


async def test_a_code_ends_with_its_time(stores: Stores):
    await stores.sign_ins.put_code(code(), NOW)
    assert await stores.sign_ins.try_code(ANN, "pages", LATER, 5) is None


async def test_codes_of_another_purpose_or_address_are_apart(stores: Stores):
    await stores.sign_ins.put_code(code(), NOW)
    assert await stores.sign_ins.try_code(ANN, "app", NOW, 5) is None
    assert await stores.sign_ins.try_code("bob@example.com", "pages", NOW, 5) is None


async def test_the_newest_code_replaces_the_one_before_with_fresh_attempts(stores: Stores):
    await stores.sign_ins.put_code(code(), NOW)
    await stores.sign_ins.try_code(ANN, "pages", NOW, 1)
    await stores.sign_ins.put_code(code("d2"), NOW)
    assert await stores.sign_ins.try_code(ANN, "pages", NOW, 1) == "d2"


async def test_of_many_who_take_a_code_one_gets_it(stores: Stores):
    await stores.sign_ins.put_code(code(), NOW)
    taken = await asyncio.gather(*(stores.sign_ins.take_code(ANN, "pages", "d1") for _ in range(5)))
    assert taken.count(True) == 1
    assert await stores.sign_ins.try_code(ANN, "pages", NOW, 5) is None


async def test_a_code_that_was_replaced_cannot_be_taken(stores: Stores):
    await stores.sign_ins.put_code(code("d2"), NOW)
    assert not await stores.sign_ins.take_code(ANN, "pages", "d1")


# Sessions


async def test_a_session_leads_to_its_account_until_its_time(stores: Stores):
    await register(stores, 1)
    await stores.sign_ins.open_session(Session("t1", "a-1", NOW, LATER), NOW)
    assert await stores.sign_ins.session_account("t1", NOW) == account(1)
    assert await stores.sign_ins.session_account("t1", LATER) is None
    assert await stores.sign_ins.session_account("t2", NOW) is None


async def test_a_closed_session_leads_nowhere(stores: Stores):
    await register(stores, 1)
    await stores.sign_ins.open_session(Session("t1", "a-1", NOW, LATER), NOW)
    await stores.sign_ins.close_session("t1")
    await stores.sign_ins.close_session("t1")
    assert await stores.sign_ins.session_account("t1", NOW) is None


async def test_opening_a_session_sweeps_those_that_are_over(stores: Stores):
    await register(stores, 1)
    await stores.sign_ins.open_session(Session("t1", "a-1", NOW, NOW + SECOND), NOW)
    await stores.sign_ins.open_session(Session("t2", "a-1", NOW, LATER), NOW + SECOND)
    # Asked as of an hour ago, the first would still hold if its row were there.
    assert await stores.sign_ins.session_account("t1", NOW) is None


# Links


async def test_a_link_is_used_once(stores: Stores):
    used = await asyncio.gather(*(stores.sign_ins.use_link(LINK, NOW) for _ in range(5)))
    assert used.count(True) == 1
