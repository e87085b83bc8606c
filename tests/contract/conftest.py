"""Databases to prove the ports on: a real PostgreSQL for the session, and a fresh database for each test."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from calotype.adapters.catalog import migrate, open_catalog
from calotype.ports import Catalog
from catalog_rows import AWAY, HOME
from databases import create_database, named, running_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL that lives as long as the session."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """The name of a migrated database, to be copied."""
    create_database(postgres_server, "migrated")
    asyncio.run(migrate(named(postgres_server, "migrated")))
    return "migrated"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """An empty, migrated SQLite database."""
    return f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'catalog.db')}"


@pytest.fixture
def postgres_url(postgres_server: str, migrated_postgres: str) -> str:
    """An empty, migrated PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex}"
    create_database(postgres_server, name, template=migrated_postgres)
    return named(postgres_server, name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database of either kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def any_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database of either kind, or memory."""
    url: str = "memory:" if request.param == "memory" else request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def unmigrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind that nobody has touched."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'made' / 'by' / 'migrate.db'}"
    server: str = request.getfixturevalue("postgres_server")
    name = f"test_{uuid.uuid4().hex}"
    create_database(server, name)
    return named(server, name)


@pytest.fixture
async def catalog(any_url: str) -> AsyncIterator[Catalog]:
    """A catalog of each kind, with two workspaces."""
    catalog = await open_catalog(any_url)
    await catalog.add_workspace(HOME)
    await catalog.add_workspace(AWAY)
    yield catalog
    await catalog.close()
