"""Which database URLs are understood."""

from __future__ import annotations

import pytest

from calotype.adapters.catalog.urls import dsn, is_sqlite, parse
from calotype.errors import NotConfigured


def test_sqlite_is_a_file():
    url = parse("sqlite:////srv/c.db")
    assert is_sqlite(url)
    assert url.database == "/srv/c.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_postgresql_has_several_spellings(scheme: str):
    url = parse(f"{scheme}://me:secret@/images?host=/run/postgres")
    assert dsn(url) == "postgresql://me:secret@/images?host=%2Frun%2Fpostgres"


@pytest.mark.parametrize("url", ["", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "nonsense"])
def test_anything_else_is_refused_with_a_reason(url: str):
    with pytest.raises(NotConfigured, match="database_url"):
        parse(url)


def test_a_refusal_names_the_databases_that_there_are():
    with pytest.raises(NotConfigured) as refused:
        parse("sqlite+aiosqlite:////srv/c.db")
    assert str(refused.value) == "database_url: sqlite+aiosqlite is not one of sqlite, postgresql."


def test_a_refused_url_does_not_show_its_password():
    with pytest.raises(NotConfigured) as refused:
        parse("mysql://me:secret@host/db")
    assert "secret" not in str(refused.value)
