"""Stages: the twin workspace that the test keys of a workspace belong to.

Law: a stage is a workspace. Whatever keeps workspaces apart keeps the stages apart, at every door.
"""

from __future__ import annotations

from calotype.domain.workspaces import Workspace
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.services import workspaces

SUFFIX = "-test"


async def twin_of(platform: Platform, workspace: Workspace) -> Workspace:
    """Find the workspace of *workspace*'s test stage; the first time it is made.

    Raises:
        Invalid: its slug leaves no room for the twin's.
    """
    slug = f"{workspace.slug}{SUFFIX}"
    return await platform.catalog.workspace_by_slug(slug) or await _made(platform, slug)


async def _made(platform: Platform, slug: str) -> Workspace:
    try:
        return await workspaces.create(platform, slug)
    except Invalid:
        found = await platform.catalog.workspace_by_slug(slug)
        if found is None:
            raise
        return found  # another process was first
