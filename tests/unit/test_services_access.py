"""Who is asking: keys are found by prefix, compared whole, and never taken for nobody."""

import pytest

from calotype.domain.workspaces import Ability, Key
from calotype.errors import Forbidden, Unauthorized
from calotype.services import keys
from calotype.services.access import authenticate
from platforms import key_for, memory_platform


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


async def test_no_header_is_nobody_in_the_reserved_workspace(platform):
    caller = await authenticate(platform, None)
    assert (caller.anonymous, caller.workspace.slug, caller.abilities) == (True, "anonymous", frozenset())


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {} "])
async def test_a_key_is_its_workspace_with_its_abilities(platform, form):
    secret = await key_for(platform, abilities=frozenset({Ability.READ}))
    caller = await authenticate(platform, form.format(secret))
    assert (caller.anonymous, caller.workspace.slug, caller.abilities) == (False, "default", {Ability.READ})


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic eA==", "Bearer short", "Token {}", "{}", "Bearer {}x"]
)
async def test_what_is_there_and_wrong_is_refused(platform, header):
    secret = await key_for(platform)
    with pytest.raises(Unauthorized):
        await authenticate(platform, header.format(secret))


@pytest.mark.parametrize(
    "secret", ["img_live_" + "a" * 1000, "img_live_" + "é" * 40, "img_live_" + "\0" * 40]
)
async def test_what_no_key_can_be_is_not_even_looked_up(platform, secret):
    with pytest.raises(Unauthorized):
        await authenticate(platform, f"Bearer {secret}")


async def test_a_right_beginning_does_not_open_anything(platform):
    secret = await key_for(platform)
    with pytest.raises(Unauthorized):
        await authenticate(platform, f"Bearer {secret[:-1]}{'a' if secret[-1] != 'a' else 'b'}")


async def test_two_keys_that_begin_alike_are_told_apart(platform):
    mine, theirs = await key_for(platform), await key_for(platform, "neighbour")
    owner = await platform.catalog.workspace_by_slug("neighbour")
    [key] = await keys.list_keys(platform, owner)
    await platform.catalog.revoke_key(key.id, platform.clock())
    alike = Key("key_x", owner.id, "", mine[:17], key.digest, key.abilities, key.created_at)
    await platform.catalog.add_key(alike)
    assert (await authenticate(platform, f"Bearer {mine}")).workspace.slug == "default"
    assert not alike.matches(mine)
    assert alike.matches(theirs)


async def test_a_revoked_key_is_refused(platform):
    secret = await key_for(platform)
    caller = await authenticate(platform, f"Bearer {secret}")
    await keys.revoke_key(platform, caller.key_id)
    with pytest.raises(Unauthorized):
        await authenticate(platform, f"Bearer {secret}")


async def test_an_unknown_key_costs_a_comparison_too(platform, monkeypatch):
    compared = []
    monkeypatch.setattr(Key, "matches", lambda key, secret: compared.append(secret))
    with pytest.raises(Unauthorized):
        await authenticate(platform, "Bearer img_live_" + "a" * 40)
    assert compared == ["img_live_" + "a" * 40]


async def test_an_ability_is_needed_for_what_it_names(platform):
    reader = await authenticate(
        platform, f"Bearer {await key_for(platform, abilities=frozenset({Ability.READ}))}"
    )
    reader.need(Ability.READ)
    with pytest.raises(Forbidden):
        reader.need(Ability.WRITE)
    with pytest.raises(Unauthorized):
        (await authenticate(platform, None)).need(Ability.READ)


async def test_what_is_anonymous_is_owned_by_nobody(platform):
    nobody = await authenticate(platform, None)
    assert not nobody.owns(nobody.workspace.id)
