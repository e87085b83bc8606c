"""Key pairs: shown once, stored sealed, and signing for as long as they are not revoked."""

import re
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from calotype.domain.workspaces import KeyKind
from calotype.errors import Invalid, Unauthorized
from calotype.services import keys, workspaces
from calotype.services.access import authenticate
from calotype.services.rows import Rows
from calotype.services.signing_keys import SigningKeys
from platforms import READ_WRITE, memory_platform


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
async def home(platform):
    return await workspaces.find(platform, "default")


@pytest.fixture
async def signing(platform):
    rows = Rows(platform.catalog)
    await rows.start()
    return SigningKeys(platform, rows)


async def pair(platform, home, name="sdk"):
    return await keys.create_pair(platform, home, name, READ_WRITE)


async def test_a_pair_is_answered_whole_and_stored_without_its_private_half(platform, home):
    made, private = await pair(platform, home)
    assert re.fullmatch(r"private_[a-z0-9]{40}", private)
    assert re.fullmatch(r"public_[a-z0-9]{40}", made.public_id)
    (stored,) = await platform.catalog.keys(home.id)
    assert (stored, stored.kind) == (made, KeyKind.IMAGEKIT)
    assert private[17:] not in repr(stored) + stored.sealed


async def test_the_private_half_is_found_by_what_it_starts_with(platform, home):
    made, private = await pair(platform, home)
    (found,) = await platform.catalog.keys_by_lookup(private[:17])
    assert (found, found.matches(private), found.matches(private + "x")) == (made, True, False)


async def test_a_pair_is_no_bearer_key(platform, home):
    made, private = await pair(platform, home)
    for word in (private, made.public_id):
        with pytest.raises(Unauthorized):
            await authenticate(platform, f"Bearer {word}")


async def test_the_active_pairs_of_a_workspace_sign(platform, home, signing):
    await keys.create_key(platform, home, "bearer", READ_WRITE)
    privates = []
    for name in ("first", "second"):
        privates.append((await pair(platform, home, name))[1])
        platform.clock.move(seconds=1)
    assert await signing.of(home.id) == tuple(privates)


async def test_a_revoked_pair_signs_nothing_from_the_next_look_on(platform, home, signing):
    made, _ = await pair(platform, home)
    await signing.of(home.id)
    await keys.revoke_key(platform, made.id)
    assert await signing.of(home.id) == ()


async def test_a_new_pair_signs_at_once(platform, home, signing):
    assert await signing.of(home.id) == ()
    _, private = await pair(platform, home)
    assert await signing.of(home.id) == (private,)


async def test_keys_are_read_once_while_nothing_changes(platform, home, signing, monkeypatch):
    _, private = await pair(platform, home)
    await signing.of(home.id)
    monkeypatch.setattr(platform.catalog, "keys", None)
    assert await signing.of(home.id) == (private,)


async def test_one_workspaces_pair_does_not_sign_for_another(platform, home, signing):
    await pair(platform, home)
    other = await workspaces.create(platform, "other")
    assert await signing.of(other.id) == ()


async def test_a_pair_sealed_with_a_lost_secret_is_reported_and_the_others_sign(platform, home, signing):
    lost, _ = await keys.create_pair(replace(platform, secret_key="lost"), home, "old", READ_WRITE)
    platform.clock.move(seconds=1)
    _, private = await pair(platform, home)
    with capture_logs() as logs:
        assert await signing.of(home.id) == (private,)
    assert [(line["event"], line["key"]) for line in logs] == [("signing key unreadable", lost.id)]


async def test_a_workspace_has_at_most_five_active_pairs(platform, home):
    made = [(await pair(platform, home))[0] for _ in range(5)]
    with pytest.raises(Invalid, match="5 active key pairs"):
        await pair(platform, home)
    await keys.revoke_key(platform, made[0].id)
    await pair(platform, home)


async def test_the_installations_secret_shows_in_no_repr_of_the_platform(platform):
    assert platform.secret_key not in repr(replace(platform, settings=None))
