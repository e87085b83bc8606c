"""Workspaces: making them, finding them, their policies, and the two that every installation has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from calotype.domain.plans import TEST_STAGE, plans_of
from calotype.domain.policies import read_policies
from calotype.domain.workspaces import ANONYMOUS, DEFAULT, Workspace
from calotype.errors import Invalid, NotFound
from calotype.ports import Platform
from calotype.services.identifiers import new_id, new_word

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
"""A DNS label: 1 to 63 characters."""
STORAGE_CHARS = 6


async def create(platform: Platform, slug: str, *, live_id: str = "") -> Workspace:
    """Make a workspace; with *live_id*, as the test stage of the workspace of that id.

    Raises:
        Invalid: the slug is malformed or taken.
    """
    if not SLUG.match(slug):
        raise Invalid.field("slug", "1 to 63 lower-case letters, digits and inner hyphens")
    while await platform.catalog.workspace_by_slug(slug) is None:
        workspace = _new(platform, slug)
        if live_id:
            workspace = replace(workspace, live_id=live_id, plan=TEST_STAGE.name)
        if await platform.catalog.add_workspace(workspace):
            return workspace
    raise Invalid.field("slug", f"{slug!r} is taken")


async def find(platform: Platform, slug: str) -> Workspace:
    """Find a workspace by slug.

    Raises:
        NotFound: there is none.
    """
    workspace = await platform.catalog.workspace_by_slug(slug)
    if workspace is None:
        raise NotFound(f"There is no workspace {slug!r}.")
    return workspace


async def listed(platform: Platform) -> Sequence[Workspace]:
    """List all workspaces, oldest first."""
    return await platform.catalog.workspaces()


async def set_policies(platform: Platform, workspace: Workspace, words: Mapping[str, str]) -> Workspace:
    """Change policies of *workspace*, given by name and word; they hold from the next request on.

    Raises:
        Invalid: naming every policy that is unknown, or whose value is none of its words; there is no such plan, or
            the workspace is a test stage, which all have the same.
        NotFound: there is no such workspace any more.
    """
    values: dict[str, Any] = read_policies(words)
    if workspace.is_test and "plan" in values:
        raise Invalid.field("plan", f"{workspace.slug!r} is a test stage: no quota, and nothing stays")
    plans = plans_of(platform.settings.plans)
    if values.get("plan", workspace.plan) not in {*plans, workspace.plan}:
        raise Invalid.field("plan", f"one of {', '.join(plans)}")
    changed = await platform.catalog.update_workspace(workspace.id, lambda old: replace(old, **values))
    if changed is None:
        raise NotFound(f"There is no workspace {workspace.slug!r}.")
    return changed


async def seed(platform: Platform) -> Workspace:
    """Make sure that `default` and `anonymous` exist; answer the first.

    May run in two processes at once, and again at every start.
    """
    await _ensure(platform, ANONYMOUS)
    return await _ensure(platform, DEFAULT)


async def _ensure(platform: Platform, slug: str) -> Workspace:
    # A refused add means that another process was first, or that the storage segment is taken: look again.
    while (found := await platform.catalog.workspace_by_slug(slug)) is None:
        await platform.catalog.add_workspace(_new(platform, slug))
    return found


def _new(platform: Platform, slug: str) -> Workspace:
    storage = new_word(platform.random, STORAGE_CHARS)
    return Workspace(new_id(platform.random), slug, storage, platform.clock())
