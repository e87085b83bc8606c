"""API keys: making, listing and revoking them.

Law: a secret is answered once, by whoever makes it. Only its hash is stored; the private half of a pair, which
signs and so must be read again, is sealed beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calotype.domain.assets import storable
from calotype.domain.workspaces import (
    APP_PREFIX,
    KEY_LOOKUP_CHARS,
    KEY_PREFIX,
    LIVE_PREFIX,
    PAIRS_MAX,
    PRIVATE_PREFIX,
    PUBLIC_PREFIX,
    TEST_PREFIX,
    Ability,
    Key,
    KeyKind,
    Stage,
    Workspace,
    digest_of,
)
from calotype.errors import Invalid, NotFound
from calotype.ports import Platform
from calotype.services import stages
from calotype.services.identifiers import new_word
from calotype.services.sealing import seal

SECRET_CHARS = 40
KEY_ID_CHARS = 6
NAME_CHARS = 100


async def create_key(
    platform: Platform, workspace: Workspace, name: str, abilities: frozenset[Ability]
) -> tuple[Key, str]:
    """Make a key for *workspace*; answer it and, this once, its secret.

    Raises:
        Invalid: the name is empty or over 100 characters, no ability is given, or the workspace is `anonymous`.
    """
    key, secret = await _new(platform, workspace, name, abilities, KEY_PREFIX)
    await platform.catalog.add_key(key)
    return key, secret


def draft_key(
    platform: Platform, workspace: Workspace, name: str, abilities: frozenset[Ability]
) -> tuple[Key, str]:
    """Draw a key for *workspace*, and its secret; whoever stores it sees whether its id is taken.

    Raises:
        Invalid: as `create_key`.
    """
    key, secret = _draft(platform, workspace, name, abilities, KEY_PREFIX)
    return replace(key, id=_new_id(platform)), secret


async def create_pair(
    platform: Platform, workspace: Workspace, name: str, abilities: frozenset[Ability]
) -> tuple[Key, str]:
    """Make an ImageKit key pair; answer it, whose `public_id` is one half, and, this once, the private half.

    Raises:
        Invalid: as `create_key`, or the workspace has five active pairs.
    """
    key, private = await _new(platform, workspace, name, abilities, PRIVATE_PREFIX)
    active = [
        each
        for each in await platform.catalog.keys(workspace.id)
        if each.kind is KeyKind.IMAGEKIT and each.revoked_at is None
    ]
    if len(active) >= PAIRS_MAX:
        raise Invalid.field("workspace", f"it has {PAIRS_MAX} active key pairs; revoke one first")
    pair = replace(
        key,
        kind=KeyKind.IMAGEKIT,
        public_id=PUBLIC_PREFIX + new_word(platform.random, SECRET_CHARS),
        sealed=seal(platform.secret_key, platform.random, key.id, private),
    )
    await platform.catalog.add_key(pair)
    return pair, private


async def create_processing_key(
    platform: Platform, workspace: Workspace, name: str, abilities: frozenset[Ability], stage: Stage
) -> tuple[Key, str]:
    """Make a key of IMG Processing; answer it and, this once, its secret.

    A test key belongs to the twin of *workspace*, which is made when it is missing.

    Raises:
        Invalid: as `create_key`, or as `twin_of`; a live key is asked for a test stage.
    """
    _check(workspace, name, abilities)
    if workspace.is_test and stage is Stage.LIVE:
        raise Invalid.field("stage", f"{workspace.slug!r} is a test stage: its keys are test keys")
    owner, prefix = workspace, LIVE_PREFIX
    if stage is Stage.TEST:
        owner, prefix = await stages.twin_of(platform, workspace), TEST_PREFIX
    key, secret = await _new(platform, owner, name, abilities, prefix)
    key = replace(key, kind=KeyKind.PROCESSING)
    await platform.catalog.add_key(key)
    return key, secret


async def first_test_key(platform: Platform, workspace: Workspace) -> tuple[Key, str] | None:
    """Make the test key that an account begins with, and its secret; None where a test stage is, or cannot be."""
    if await stages.found(platform, workspace):
        return None
    try:
        return await create_processing_key(
            platform, workspace, "First test key", frozenset(Ability), Stage.TEST
        )
    except Invalid:  # the name of its stage is another workspace's
        return None


async def draft_app_secret(platform: Platform, storage: Workspace) -> tuple[Key, str]:
    """Draw the secret of the app whose own storage this is; answer its key, not stored yet, and the secret."""
    key, secret = await _new(platform, storage, "App secret", frozenset(Ability), APP_PREFIX)
    return replace(key, kind=KeyKind.APP), secret


async def list_keys(platform: Platform, workspace: Workspace) -> Sequence[Key]:
    """List the keys of *workspace*, revoked ones too, oldest first."""
    return await platform.catalog.keys(workspace.id)


async def keys_of_stages(platform: Platform, workspace: Workspace) -> Sequence[Key]:
    """List the keys of *workspace*, then those of its test stage, if there is one; each as `list_keys` does."""
    twin = await stages.found(platform, workspace)
    return [*await list_keys(platform, workspace), *(await list_keys(platform, twin) if twin else ())]


async def revoke_key(platform: Platform, key_id: str) -> None:
    """Revoke a key: it stops working at the next request, in every process.

    Raises:
        NotFound: there is no such active key.
    """
    if not await platform.catalog.revoke_key(key_id, platform.clock()):
        raise NotFound(f"There is no active key {key_id!r}.")


async def _new(
    platform: Platform, workspace: Workspace, name: str, abilities: frozenset[Ability], prefix: str
) -> tuple[Key, str]:
    key, secret = _draft(platform, workspace, name, abilities, prefix)
    return replace(key, id=await _unused_id(platform)), secret


def _draft(
    platform: Platform, workspace: Workspace, name: str, abilities: frozenset[Ability], prefix: str
) -> tuple[Key, str]:
    """Draw a secret that begins with *prefix*, and make the key that knows its hash; an id is still to come."""
    _check(workspace, name, abilities)
    secret = prefix + new_word(platform.random, SECRET_CHARS)
    key = Key(
        id="",
        workspace_id=workspace.id,
        name=name,
        lookup=secret[:KEY_LOOKUP_CHARS],
        digest=digest_of(secret),
        abilities=abilities,
        created_at=platform.clock(),
    )
    return key, secret


def key_name(raw: str) -> str:
    """Check what a key is called.

    Raises:
        Invalid: it is empty, over 100 characters, or cannot be stored.
    """
    if not 0 < len(raw) <= NAME_CHARS:
        raise Invalid.field("name", f"1 to {NAME_CHARS} characters")
    return storable("name", raw)


def _check(workspace: Workspace, name: str, abilities: frozenset[Ability]) -> None:
    if workspace.is_anonymous:
        raise Invalid.field("workspace", "anonymous uploads belong to nobody, so no key opens them")
    key_name(name)
    if not abilities:
        raise Invalid.field("abilities", "at least one of read and write")


async def _unused_id(platform: Platform) -> str:
    """Find an id: 31 bits are short enough to read out, and so must be checked against those in use."""
    used = {key.id for key in await platform.catalog.keys()}
    while (key_id := _new_id(platform)) in used:
        pass
    return key_id


def _new_id(platform: Platform) -> str:
    return f"key_{new_word(platform.random, KEY_ID_CHARS)}"
