"""Where a command does its work: on a migrated database, in one workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from calotype import bootstrap
from calotype.domain.workspaces import Workspace
from calotype.ports import Platform
from calotype.services import workspaces
from calotype.settings import Settings

T = TypeVar("T")

Slug = Annotated[str, typer.Option("--workspace", help="The workspace's slug.", metavar="SLUG")]
"""The option of every command that works in one workspace."""


def on_platform(work: Callable[[Platform], Awaitable[T]]) -> T:
    """Do *work* with every port open, but nothing that renders."""

    async def run() -> T:
        async with bootstrap.open_seeded(Settings()) as platform:
            return await work(platform)

    return asyncio.run(run())


def in_workspace(slug: str, work: Callable[[Platform, Workspace], Awaitable[T]]) -> T:
    """Do *work* in the workspace of this *slug*.

    Raises:
        NotFound: there is none.
    """

    async def run(platform: Platform) -> T:
        return await work(platform, await workspaces.find(platform, slug))

    return on_platform(run)
