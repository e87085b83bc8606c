"""A process of its own that writes to a catalog: `catalog_writer.py <url> <workspace> <rounds>`.

Each round is an asset added, changed and counted. Any error ends it with a traceback.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime

from calotype.adapters.catalog import migrate, open_catalog
from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.workspaces import Workspace

START = datetime(2026, 1, 1, tzinfo=UTC)


def clock() -> datetime:
    return datetime.now(UTC)


async def main(url: str, name: str, rounds: int) -> None:
    await migrate(url)
    catalog = await open_catalog(url)
    await catalog.add_workspace(Workspace(name, name, name, START))
    for number in range(rounds):
        id_ = f"{name}-{number}"
        version = Version(id_, 1, "00", Facts(Format.PNG, 1, 1))
        await catalog.add_asset(Asset(id_, name, id_, "/", id_, version, START, START), clock)
        await catalog.update_asset(name, id_, lambda old: replace(old, tags=("done",)), clock)
        await catalog.count("rounds", START, 60)
    await catalog.close()


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
