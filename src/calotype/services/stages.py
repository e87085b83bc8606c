"""Stages: the twin workspace that the test keys of a workspace belong to.

Law: a stage is a workspace. Whatever keeps workspaces apart keeps the stages apart, at every door.
"""

from __future__ import annotations

from calotype.domain.workspaces import Workspace
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.services import workspaces

SUFFIX = "-test"


async def found(platform: Platform, workspace: Workspace) -> Workspace | None:
    """Find the workspace of *workspace*'s test stage; None where there is none yet."""
    twin = await platform.catalog.workspace_by_slug(f"{workspace.slug}{SUFFIX}")
    return twin if twin is not None and twin.live_id == workspace.id else None


async def twin_of(platform: Platform, workspace: Workspace) -> Workspace:
    """Find the workspace of *workspace*'s test stage, which a stage is of its own; the first time it is made.

    Raises:
        Invalid: its slug leaves no room for the twin's, or another workspace has that name.
    """
    if workspace.is_test:
        return workspace
    slug = f"{workspace.slug}{SUFFIX}"
    twin = await platform.catalog.workspace_by_slug(slug) or await _made(platform, workspace, slug)
    if twin.live_id != workspace.id:
        raise Invalid.field("workspace", f"the name of its test stage, {slug!r}, is another workspace's")
    return twin


async def _made(platform: Platform, live: Workspace, slug: str) -> Workspace:
    try:
        return await workspaces.create(platform, slug, live_id=live.id)
    except Invalid:
        found = await platform.catalog.workspace_by_slug(slug)
        if found is None:
            raise
        return found  # another process was first
