"""Registering apps, rotating their secrets, stopping them; connecting people to them."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from app_people import BACK, account_of, app_of, user_of
from calotype.domain.apps import AppStatus
from calotype.domain.workspaces import ANONYMOUS, Ability, KeyKind
from calotype.errors import (
    AppBlocked,
    AppSuspended,
    Forbidden,
    Invalid,
    NotFound,
    Unauthorized,
    WorkspaceUnavailable,
)
from calotype.services import apps, connecting
from calotype.services.access import authenticate
from platforms import key_for, memory_platform


@pytest.fixture
async def platform(tmp_path, request):
    return await memory_platform(tmp_path, **getattr(request, "param", {}))


def settings(**values):
    return pytest.mark.parametrize("platform", [values], indirect=True)


async def caller(platform, secret, user=None):
    return await authenticate(platform, f"Bearer {secret}", user)


# --- registering -----------------------------------------------------------------------------------


async def test_an_app_has_a_storage_and_one_secret_of_which_only_the_hash_is_kept(platform):
    app, secret = await app_of(platform)
    assert re.fullmatch(r"[a-z0-9]{8}", app.id)
    assert re.fullmatch(r"img_sk_live_[a-z0-9]{40}", secret)
    storage = await platform.catalog.workspace(app.workspace_id)
    assert (storage.slug, storage.plan, storage.verified) == (f"app-{app.id}", "unlimited", True)
    (key,) = await platform.catalog.keys(app.workspace_id)
    assert (key.kind, key.abilities) == (KeyKind.APP, frozenset(Ability))
    assert secret not in repr(key)


async def test_an_account_on_a_paid_plan_registers_apps_that_have_its_plan(platform):
    ann = await account_of(platform, "ann@example.com", plan="pro")
    app, _ = await apps.register(platform, ann, "Album", [BACK])
    assert app.account_id == ann.id
    assert (await platform.catalog.workspace(app.workspace_id)).plan == "pro"


async def test_an_account_on_the_starting_plan_registers_none(platform):
    ann = await account_of(platform, "ann@example.com")
    assert not await apps.may_register(platform, ann)
    with pytest.raises(Forbidden, match="paid plan"):
        await apps.register(platform, ann, "Album", [BACK])


@settings(app_registration="any")
async def test_any_account_registers_apps_where_the_settings_say_so(platform):
    ann = await account_of(platform, "ann@example.com")
    assert await apps.may_register(platform, ann)
    assert (await apps.register(platform, ann, "Album", [BACK]))[0].account_id == ann.id


@settings(app_registration="operator")
async def test_the_operator_registers_for_an_account_that_may_not(platform):
    ann = await account_of(platform, "ann@example.com", plan="pro")
    with pytest.raises(Forbidden, match="operator"):
        await apps.register(platform, ann, "Album", [BACK])
    app, _ = await apps.register(platform, ann, "Album", [BACK], operator=True)
    assert await apps.listed(platform, ann) == [app]


@settings(app_registration="any", max_apps_per_account=3)
async def test_of_twenty_apps_registered_at_once_as_many_are_made_as_may_be(platform):
    ann = await account_of(platform, "ann@example.com")
    asked = (apps.register(platform, ann, f"App {number}", [BACK]) for number in range(20))
    made = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, Forbidden) for each in made) == 17
    assert len(await apps.listed(platform, ann)) == 3


async def test_an_app_is_found_by_its_owner_and_the_operator_alone(platform):
    ann = await account_of(platform, "ann@example.com", plan="pro")
    bob = await account_of(platform, "bob@example.com", plan="pro")
    app, _ = await apps.register(platform, ann, "Album", [BACK])
    assert await apps.find(platform, app.id, ann) == await apps.find(platform, app.id) == app
    for app_id, account in ((app.id, bob), ("unknown0", None), ("../../x", None), ("", ann)):
        with pytest.raises(NotFound):
            await apps.find(platform, app_id, account)


async def test_what_is_said_of_an_app_can_be_changed_in_part(platform):
    app, _ = await app_of(platform)
    renamed = await apps.describe(platform, app, name="Photos")
    assert (renamed.name, renamed.redirect_uris) == ("Photos", (BACK,))
    moved = await apps.describe(platform, app, uris=["https://b.example"])
    assert (moved.name, moved.redirect_uris) == ("Photos", ("https://b.example",))
    with pytest.raises(Invalid):
        await apps.describe(platform, app, uris=["http://b.example"])


# --- secrets ---------------------------------------------------------------------------------------


async def test_a_new_secret_takes_the_place_of_the_one_before(platform):
    app, first = await app_of(platform)
    second = await apps.rotate(platform, app)
    assert (await caller(platform, second)).app == app
    with pytest.raises(Unauthorized):
        await caller(platform, first)


async def test_rotating_revokes_no_other_key_of_the_storage(platform):
    app, _ = await app_of(platform)
    secret = await key_for(platform, f"app-{app.id}")
    await apps.rotate(platform, app)
    assert (await caller(platform, secret)).workspace.id == app.workspace_id


async def test_of_five_rotations_at_once_one_secret_is_left(platform):
    app, _ = await app_of(platform)
    secrets = await asyncio.gather(*(apps.rotate(platform, app) for _ in range(5)))
    known = await asyncio.gather(*(caller(platform, each) for each in secrets), return_exceptions=True)
    assert sum(not isinstance(each, Unauthorized) for each in known) == 1


# --- acting ----------------------------------------------------------------------------------------


async def test_a_secret_alone_acts_on_the_storage_of_the_app(platform):
    app, secret = await app_of(platform)
    found = await caller(platform, secret)
    assert (found.workspace.id, found.app, found.user) == (app.workspace_id, app, None)
    assert (found.abilities, found.confined) == (frozenset(Ability), True)


async def test_a_secret_with_a_user_acts_in_the_workspace_of_that_user(platform):
    app, secret = await app_of(platform)
    user = await user_of(platform, app)
    found = await caller(platform, secret, user.id)
    assert (found.workspace.id, found.user) == (user.workspace_id, user)
    assert found.workspace.slug == f"user-{user.id}"


@pytest.mark.parametrize(
    "name", ["", " ", "unknown0", "UPPER000", "a" * 9, "x' OR 1=1", "a8o46yrk, a8o46yrk", "é" * 8, "a\r\nb"]
)
async def test_whom_the_app_does_not_know_is_not_found(platform, name):
    app, secret = await app_of(platform)
    await user_of(platform, app)
    with pytest.raises(NotFound):
        await caller(platform, secret, name)


async def test_a_user_of_another_app_is_as_unknown_as_nobody(platform):
    album, _ = await app_of(platform)
    _, secret = await app_of(platform, "Other")
    user = await user_of(platform, album)
    with pytest.raises(NotFound) as foreign:
        await caller(platform, secret, user.id)
    with pytest.raises(NotFound) as unknown:
        await caller(platform, secret, "unknown0")
    assert foreign.value.message == unknown.value.message


async def test_a_user_beside_another_key_or_none_means_nothing(platform):
    app, _ = await app_of(platform)
    user = await user_of(platform, app)
    found = await caller(platform, await key_for(platform), user.id)
    assert (found.workspace.slug, found.app) == ("default", None)
    assert (await authenticate(platform, None, user.id)).workspace.slug == ANONYMOUS


async def test_a_suspended_or_blocked_app_acts_for_nobody_until_it_is_resumed(platform):
    app, secret = await app_of(platform)
    user = await user_of(platform, app)
    await apps.suspend(platform, app)
    with pytest.raises(AppSuspended):
        await caller(platform, secret, user.id)
    await apps.block(platform, app)
    with pytest.raises(AppBlocked):
        await caller(platform, secret)
    await apps.resume(platform, app, operator=True)
    assert (await caller(platform, secret, user.id)).app.status is AppStatus.ACTIVE


async def test_an_owner_does_not_resume_what_the_operator_blocked(platform):
    app, _ = await app_of(platform)
    await apps.block(platform, app)
    with pytest.raises(AppBlocked):
        await apps.resume(platform, app)
    assert (await apps.suspend(platform, app)).status is AppStatus.BLOCKED


async def test_a_workspace_that_is_gone_is_unavailable(platform):
    app, secret = await app_of(platform)
    user = await user_of(platform, app)
    del platform.catalog._workspaces[user.workspace_id]
    with pytest.raises(WorkspaceUnavailable):
        await caller(platform, secret, user.id)


# --- connecting ------------------------------------------------------------------------------------


async def test_each_user_of_each_app_has_a_workspace_on_the_starting_plan(platform):
    album, _ = await app_of(platform)
    other, _ = await app_of(platform, "Other")
    users = [await user_of(platform, app, email) for app in (album, other) for email in ("a@x.io", "b@x.io")]
    owned = [await platform.catalog.workspace(user.workspace_id) for user in users]
    assert len({each.id for each in owned}) == len({each.storage for each in owned}) == 4
    assert {(each.plan, each.verified) for each in owned} == {("free", True)}


async def test_connecting_again_is_the_same_user(platform):
    app, _ = await app_of(platform)
    assert await user_of(platform, app) == await user_of(platform, app)


async def test_of_twenty_connections_at_once_one_user_is_made(platform):
    app, _ = await app_of(platform)
    ann = await account_of(platform, "ann@example.com")
    users = await asyncio.gather(*(connecting.connect(platform, app, ann) for _ in range(20)))
    assert len({user.id for user in users}) == 1


async def test_nobody_connects_to_an_app_that_is_stopped(platform):
    app, _ = await app_of(platform)
    ann = await account_of(platform, "ann@example.com")
    with pytest.raises(AppSuspended):
        await connecting.connect(platform, await apps.suspend(platform, app), ann)


async def test_a_code_tells_who_the_user_is(platform):
    app, _ = await app_of(platform)
    user = await user_of(platform, app)
    profile = await connecting.exchange(platform, app, await connecting.issue_code(platform, user))
    assert (profile.user, profile.email, profile.plan) == (user, "ann@example.com", "free")
    assert profile.email_verified


async def test_of_twenty_exchanges_of_one_code_one_is_answered(platform):
    app, _ = await app_of(platform)
    code = await connecting.issue_code(platform, await user_of(platform, app))
    asked = (connecting.exchange(platform, app, code) for _ in range(20))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, Invalid) for each in answers) == 19


async def test_a_code_is_good_for_five_minutes(platform):
    app, _ = await app_of(platform)
    user = await user_of(platform, app)
    early, late = [await connecting.issue_code(platform, user) for _ in range(2)]
    platform.clock.move(minutes=5, microseconds=-1)
    assert (await connecting.exchange(platform, app, early)).user == user
    platform.clock.now += timedelta(microseconds=1)
    with pytest.raises(Invalid):
        await connecting.exchange(platform, app, late)


async def test_a_person_ends_what_an_app_may_do_and_begins_it_again(platform):
    app, secret = await app_of(platform)
    user = await user_of(platform, app)
    ann = await platform.accounts.account(user.account_id)
    assert [each.app for each in await connecting.connections(platform, ann)] == [app]
    await connecting.disconnect(platform, user.id, ann)
    assert await connecting.connections(platform, ann) == []
    with pytest.raises(WorkspaceUnavailable):
        await caller(platform, secret, user.id)
    assert await connecting.connect(platform, app, ann) == user
    assert (await caller(platform, secret, user.id)).workspace.id == user.workspace_id


async def test_nobody_ends_another_persons_connection(platform):
    app, _ = await app_of(platform)
    user = await user_of(platform, app)
    bob = await account_of(platform, "bob@example.com")
    for user_id, account in ((user.id, bob), ("unknown0", None), ("", None)):
        with pytest.raises(NotFound):
            await connecting.disconnect(platform, user_id, account)
    await connecting.disconnect(platform, user.id)
