"""Apps, their users and their codes: one suite over every store of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from calotype.adapters.catalog import Stores, open_stores
from calotype.domain.accounts import Account
from calotype.domain.apps import App, AppStatus, AppUser
from calotype.domain.workspaces import KeyKind, Workspace
from calotype.errors import AppBlocked
from catalog_rows import NOW, SECOND, key

ANN, BOB = "acc-ann", "acc-bob"
SOON = NOW + timedelta(minutes=5)


def workspace(word: str) -> Workspace:
    return Workspace(f"w-{word}", word, f"s{word}", NOW)


def app(number: int, **fields: object) -> App:
    plain = App(f"app0000{number}", f"w-app{number}", ANN, f"App {number}", ("https://a.example/b",), NOW)
    return replace(plain, **fields)


def user(word: str, app_id: str = "app00001", account: str = ANN) -> AppUser:
    return AppUser(word, app_id, account, f"w-{word}", NOW)


async def add(stores: Stores, number: int, **fields: object) -> bool:
    secret = key(number, workspace_id=f"w-app{number}", kind=KeyKind.APP)
    return await stores.apps.add(app(number, **fields), workspace(f"app{number}"), secret)


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stores]:
    """Every store, with two accounts."""
    stores = await open_stores(any_url)
    for account in (ANN, BOB):
        row = Account(account, f"{account}@example.com", f"w-{account}", NOW, NOW)
        assert await stores.accounts.sign_in(row, workspace(account), NOW)
    yield stores
    await stores.catalog.close()


@pytest.fixture
async def two(stores: Stores) -> Stores:
    """The same, with two apps of Ann's."""
    assert await add(stores, 1)
    assert await add(stores, 2, created_at=NOW - SECOND)
    return stores


async def test_an_app_is_added_with_its_storage_and_its_secret(two: Stores):
    assert await two.apps.app("app00001") == app(1)
    assert await two.apps.app_of_storage("w-app1") == app(1)
    assert await two.catalog.workspace("w-app1") == workspace("app1")
    assert [(each.id, each.kind) for each in await two.catalog.keys("w-app1")] == [("k1", KeyKind.APP)]


async def test_an_app_of_a_taken_id_or_word_adds_nothing(two: Stores):
    secret = key(3, workspace_id="w-other")
    assert not await two.apps.add(app(1, workspace_id="w-other"), workspace("other"), secret)
    assert await two.catalog.workspace("w-other") is None
    assert not await two.apps.add(app(3, workspace_id="w-app1"), workspace("app1"), secret)
    assert await two.apps.app("app00003") is None


async def test_what_is_unknown_is_none(two: Stores):
    assert await two.apps.app("unknown0") is None
    assert await two.apps.app_of_storage("w-unknown") is None
    assert await two.apps.user("unknown0") is None
    assert await two.apps.change("unknown0", lambda old: old) is None


async def test_apps_are_listed_oldest_first_and_by_account(two: Stores):
    await add(two, 3, account_id=None)
    assert [each.id for each in await two.apps.apps()] == ["app00002", "app00001", "app00003"]
    assert [each.id for each in await two.apps.apps(ANN)] == ["app00002", "app00001"]
    assert await two.apps.apps(BOB) == []


async def test_a_change_keeps_name_redirect_uris_and_status_and_nothing_else(two: Stores):
    words = {"name": "New", "redirect_uris": ("https://b.example", "https://c.example")}
    words["status"] = AppStatus.SUSPENDED
    stolen = {"id": "x", "workspace_id": "w-app2", "account_id": BOB, "created_at": NOW - SECOND}
    changed = await two.apps.change("app00001", lambda old: replace(old, **words, **stolen))
    assert changed == app(1, **words) == await two.apps.app("app00001")


async def test_a_change_that_is_refused_changes_nothing(two: Stores):
    await two.apps.change("app00001", App.blocked)
    with pytest.raises(AppBlocked):
        await two.apps.change("app00001", lambda old: old.resumed(operator=False))
    assert await two.apps.app("app00001") == app(1, status=AppStatus.BLOCKED)


async def test_connecting_adds_a_user_with_a_workspace(two: Stores):
    assert await two.apps.connect(user("u1"), workspace("u1")) == user("u1")
    assert await two.apps.user("u1") == user("u1")
    assert await two.catalog.workspace("w-u1") == workspace("u1")


async def test_connecting_again_answers_the_same_user_and_adds_no_workspace(two: Stores):
    await two.apps.connect(user("u1"), workspace("u1"))
    assert await two.apps.connect(user("u2"), workspace("u2")) == user("u1")
    assert await two.catalog.workspace("w-u2") is None


async def test_each_app_and_each_account_makes_a_user_of_its_own(two: Stores):
    for each in (user("u1"), user("u2", account=BOB), user("u3", "app00002")):
        assert await two.apps.connect(each, workspace(each.id)) == each
    assert [each.id for each in await two.apps.users(app_id="app00001")] == ["u1", "u2"]
    assert [each.id for each in await two.apps.users(account_id=ANN)] == ["u1", "u3"]
    assert [each.id for each in await two.apps.users()] == ["u1", "u2", "u3"]


async def test_a_user_whose_word_is_taken_is_not_added(two: Stores):
    await two.apps.connect(user("u1"), workspace("u1"))
    assert await two.apps.connect(user("u1", account=BOB), workspace("u1")) is None
    assert await two.apps.users(account_id=BOB) == []


async def test_of_twenty_that_connect_at_once_one_adds_a_user(two: Stores):
    ids = [f"u{number}" for number in range(20)]
    found = await asyncio.gather(*(two.apps.connect(user(each), workspace(each)) for each in ids))
    assert len({each.id for each in found}) == 1
    assert [each.id for each in await two.apps.users()] == [found[0].id]
    assert len([each for each in await two.catalog.workspaces() if each.slug in ids]) == 1


async def test_a_user_is_disconnected_once_and_connects_again(two: Stores):
    await two.apps.connect(user("u1"), workspace("u1"))
    assert await two.apps.disconnect("u1", NOW)
    assert not await two.apps.disconnect("u1", NOW + SECOND)
    assert await two.apps.user("u1") == replace(user("u1"), disconnected_at=NOW)
    assert await two.apps.connect(user("u2"), workspace("u2")) == user("u1")
    assert await two.apps.user("u1") == user("u1")


async def test_nobody_unknown_is_disconnected(two: Stores):
    assert not await two.apps.disconnect("unknown0", NOW)


@pytest.fixture
async def coded(two: Stores) -> Stores:
    """The same, with a user of the first app and a code that names them."""
    await two.apps.connect(user("u1"), workspace("u1"))
    await two.apps.add_code("d1", "u1", SOON, NOW)
    return two


async def test_a_code_names_its_user_once(coded: Stores):
    assert await coded.apps.take_code("d1", "app00001", NOW) == user("u1")
    assert await coded.apps.take_code("d1", "app00001", NOW) is None


async def test_an_unknown_code_names_nobody(coded: Stores):
    assert await coded.apps.take_code("d2", "app00001", NOW) is None


async def test_a_code_is_good_until_just_before_it_expires(coded: Stores):
    assert await coded.apps.take_code("d1", "app00001", SOON) is None
    assert await coded.apps.take_code("d1", "app00001", SOON - SECOND) == user("u1")


async def test_a_code_that_another_app_tried_is_still_good_for_its_own(coded: Stores):
    assert await coded.apps.take_code("d1", "app00002", NOW) is None
    assert await coded.apps.take_code("d1", "app00001", NOW) == user("u1")


async def test_of_twenty_that_take_a_code_at_once_one_is_answered(coded: Stores):
    taken = await asyncio.gather(*(coded.apps.take_code("d1", "app00001", NOW) for _ in range(20)))
    assert [each for each in taken if each] == [user("u1")]


async def test_disconnecting_forgets_the_codes_of_that_user_alone(coded: Stores):
    await coded.apps.connect(user("u2", account=BOB), workspace("u2"))
    await coded.apps.add_code("d2", "u2", SOON, NOW)
    await coded.apps.disconnect("u1", NOW)
    assert await coded.apps.take_code("d1", "app00001", NOW) is None
    assert await coded.apps.take_code("d2", "app00001", NOW) == user("u2", account=BOB)


async def test_a_new_code_sweeps_those_that_expired(coded: Stores):
    await coded.apps.add_code("d2", "u1", SOON + SECOND, SOON)
    assert await coded.apps.take_code("d1", "app00001", NOW) is None
