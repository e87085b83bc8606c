"""Named transformations: giving a transformation a name in a workspace, and taking it away.

Law: what a name stands for is text here; whether it can be read is for the dialect that speaks it.
"""

from __future__ import annotations

from collections.abc import Sequence

from calotype.domain.workspaces import (
    TRANSFORMATIONS_MAX,
    NamedTransformation,
    Workspace,
    transformation_name,
    transformation_value,
)
from calotype.errors import Invalid, NotFound
from calotype.ports import Platform


async def add(platform: Platform, workspace: Workspace, name: str, value: str) -> NamedTransformation:
    """Name a transformation, or give the name a new meaning: URLs that call it change at the next request.

    Raises:
        Invalid: the name or the value is malformed, or there are too many names.
    """
    named = NamedTransformation(
        workspace.id, transformation_name(name), transformation_value(value), platform.clock()
    )
    names = {each.name for each in await platform.catalog.transformations(workspace.id)} | {named.name}
    if len(names) > TRANSFORMATIONS_MAX:
        raise Invalid.field("name", f"at most {TRANSFORMATIONS_MAX:,} names in a workspace")
    await platform.catalog.set_transformation(named)
    return named


async def listed(platform: Platform, workspace: Workspace) -> Sequence[NamedTransformation]:
    """List the named transformations of *workspace*, by name."""
    return await platform.catalog.transformations(workspace.id)


async def remove(platform: Platform, workspace: Workspace, name: str) -> None:
    """Take a name away: URLs that call it fail from the next request on.

    Raises:
        NotFound: there is none of that name.
    """
    if not await platform.catalog.remove_transformation(workspace.id, name):
        raise NotFound(f"There is no transformation {name!r} in the workspace {workspace.slug!r}.")
