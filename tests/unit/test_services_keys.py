"""Keys and workspaces: made once, shown once, found by what may be known of them."""

import asyncio
import re
from collections import Counter
from dataclasses import replace

import pytest

from calotype.errors import Invalid, NotFound
from calotype.services import keys, workspaces
from calotype.services.identifiers import ALPHABET, new_id, new_word
from platforms import READ_WRITE, memory_platform


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
async def owner(platform):
    return await workspaces.find(platform, "default")


async def test_a_key_is_answered_with_its_secret_and_stored_without(platform, owner):
    key, secret = await keys.create_key(platform, owner, "laptop", READ_WRITE)
    assert re.fullmatch(r"img_live_[a-z0-9]{40}", secret)
    assert re.fullmatch(r"key_[a-z0-9]{6}", key.id)
    assert key.lookup == secret[:17]
    assert secret[17:] not in repr(key)
    assert key.matches(secret)


async def test_keys_are_listed_oldest_first_with_revoked_ones(platform, owner):
    first, _ = await keys.create_key(platform, owner, "first", READ_WRITE)
    platform.clock.move(seconds=1)
    second, _ = await keys.create_key(platform, owner, "second", READ_WRITE)
    await keys.revoke_key(platform, first.id)
    listed = await keys.list_keys(platform, owner)
    assert listed == [replace(first, revoked_at=platform.clock()), second]


async def test_a_key_is_revoked_once(platform, owner):
    key, _ = await keys.create_key(platform, owner, "x", READ_WRITE)
    await keys.revoke_key(platform, key.id)
    with pytest.raises(NotFound):
        await keys.revoke_key(platform, key.id)


@pytest.mark.parametrize(
    ("name", "abilities"),
    [("", READ_WRITE), ("x" * 101, READ_WRITE), ("a\0", READ_WRITE), ("x", frozenset())],
)
async def test_a_key_needs_a_name_and_an_ability(platform, owner, name, abilities):
    with pytest.raises(Invalid):
        await keys.create_key(platform, owner, name, abilities)


async def test_nobody_gets_a_key_to_anonymous_uploads(platform):
    anonymous = await workspaces.find(platform, "anonymous")
    with pytest.raises(Invalid):
        await keys.create_key(platform, anonymous, "x", READ_WRITE)


async def test_a_key_id_in_use_is_not_given_again(platform, owner, monkeypatch):
    words = iter(["a" * 40, "same00", "b" * 40, "same00", "other0"])
    monkeypatch.setattr(keys, "new_word", lambda random, length: next(words))
    made = [(await keys.create_key(platform, owner, "x", READ_WRITE))[0].id for _ in range(2)]
    assert made == ["key_same00", "key_other0"]


async def test_seeding_again_and_at_once_finds_what_is_there(platform):
    seeded = await asyncio.gather(*(workspaces.seed(platform) for _ in range(3)))
    assert seeded == [await workspaces.find(platform, "default")] * 3


async def test_of_two_that_seed_at_once_the_second_takes_the_firsts(platform):
    class Late:
        """A catalog in which somebody else adds a workspace between our look and our add."""

        def __init__(self, catalog):
            self.looks = 0
            self.catalog = catalog

        async def workspace_by_slug(self, slug):
            self.looks += 1
            return None if self.looks == 1 else await self.catalog.workspace_by_slug(slug)

        async def add_workspace(self, workspace):
            return await self.catalog.add_workspace(workspace)

    late = replace(platform, catalog=Late(platform.catalog))
    assert (await workspaces.seed(late)) == await workspaces.find(platform, "default")


async def test_a_workspace_has_a_hex_id_and_a_storage_segment(platform):
    made = await workspaces.create(platform, "acme")
    assert re.fullmatch(r"[0-9a-f]{24}", made.id)
    assert re.fullmatch(r"[a-z0-9]{6}", made.storage)
    assert await workspaces.find(platform, "acme") == made


async def test_a_storage_segment_that_is_taken_is_drawn_again(platform, monkeypatch):
    taken = (await workspaces.find(platform, "default")).storage
    words = iter([taken, "fresh0"])
    monkeypatch.setattr(workspaces, "new_word", lambda random, length: next(words))
    assert (await workspaces.create(platform, "acme")).storage == "fresh0"


@pytest.mark.parametrize("slug", ["default", "", "A", "-a", "a-", "a" * 64, "a\n", "a/b"])
async def test_a_slug_is_a_free_dns_label(platform, slug):
    with pytest.raises(Invalid):
        await workspaces.create(platform, slug)


async def test_an_unknown_workspace_is_not_found(platform):
    with pytest.raises(NotFound):
        await workspaces.find(platform, "nowhere")


def test_every_byte_value_makes_every_letter_equally_likely():
    every_byte = iter([bytes(range(256)), b"\0" * 256])
    drawn = new_word(lambda size: next(every_byte), 253)
    assert set(Counter(drawn[:252]).values()) == {7}
    assert len(ALPHABET) == 36


def test_an_id_is_the_randomness_in_hex():
    assert new_id(lambda size: b"\x0f" * size) == "0f" * 12
