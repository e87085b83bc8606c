"""A process of its own that takes a lock and never lets go: `lock_holder.py <folder or postgresql URL> <name>`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from calotype.adapters.catalog.urls import parse
from calotype.adapters.locks import FileLocks, PostgresLocks


async def main(where: str, name: str) -> None:
    locks = PostgresLocks(parse(where)) if "://" in where else FileLocks(Path(where))
    async with locks.hold(name):
        print("held", flush=True)  # noqa: T201 - how the test knows
        await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], sys.argv[2]))
