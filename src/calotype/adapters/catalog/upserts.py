"""Upserts: the one statement that the two databases' SQLAlchemy dialects spell in modules of their own."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that knows ON CONFLICT, for the database behind *connection*."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
