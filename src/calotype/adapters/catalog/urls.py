"""Database URLs: which ones we understand, and what a driver wants to hear."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from calotype.errors import NotConfigured

MEMORY = "memory:"
"""Not a database: rows that live as long as the process."""

_SCHEMES = {
    "sqlite": "sqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
"""As libpq and others spell it -> what SQLAlchemy has to hear."""


def parse(database_url: str) -> URL:
    """Read `sqlite:///path` or `postgresql://…`, the latter with or without the driver's name.

    Raises:
        NotConfigured: another scheme, or SQLite without a file.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):  # no cause: SQLAlchemy's words hold the URL, and it the password
        raise NotConfigured("database_url is no URL.") from None
    scheme = _SCHEMES.get(url.drivername)
    if scheme is None:
        raise NotConfigured(f"database_url: {url.drivername} is not one of sqlite, postgresql.")
    if scheme.startswith("sqlite") and url.database in {None, "", ":memory:"}:
        raise NotConfigured("database_url: SQLite needs a file; memory: keeps rows without one.")
    return url.set(drivername=scheme)


def is_sqlite(url: URL) -> bool:
    """Whether the database is a file of ours."""
    return url.get_backend_name() == "sqlite"


def dsn(url: URL) -> str:
    """Spell a PostgreSQL URL as libpq does, so that `?host=/run/dir` and `?sslmode=…` mean what they mean there."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
