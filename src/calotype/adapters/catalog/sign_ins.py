"""The rows of what proves who somebody is: codes, sessions, and links that are good once.

Law: whether a guess still counts, and who was first, is decided by one statement.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog.account_tables import accounts, sessions, sign_in_codes, used_links
from calotype.adapters.catalog.counters import sweep
from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.accounts import Account
from calotype.ports.accounts import Session, SignInCode, UsedLink


class SqlSignIns:
    """Codes, sessions and used links in a database. What each method means: `calotype.ports.SignIns`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_code(self, code: SignInCode, now: datetime) -> None:
        """Keep a code in place of the one before."""
        values = asdict(code) | {"attempts": 0}
        async with self._database.write() as connection:
            row = upsert(connection, sign_in_codes).values(values)
            await connection.execute(
                row.on_conflict_do_update(index_elements=list(sign_in_codes.primary_key), set_=values)
            )
            await sweep(connection, sign_in_codes.c.expires_at, now)

    async def try_code(self, email: str, purpose: str, now: datetime, most: int) -> str | None:
        """Count an attempt, and answer the code's digest; None when none is left."""
        attempts = sign_in_codes.c.attempts
        row = (
            update(sign_in_codes)
            .where(*_code(email, purpose), sign_in_codes.c.expires_at > now, attempts < most)
            .values(attempts=attempts + 1)
            .returning(sign_in_codes.c.digest)
        )
        async with self._database.write() as connection:
            digest: str | None = (await connection.execute(row)).scalar_one_or_none()
        return digest

    async def take_code(self, email: str, purpose: str, digest: str) -> bool:
        """Remove the code; False when somebody else was first."""
        row = delete(sign_in_codes).where(*_code(email, purpose), sign_in_codes.c.digest == digest)
        async with self._database.write() as connection:
            taken = await connection.execute(row.returning(sign_in_codes.c.email))
            return taken.scalar_one_or_none() is not None

    async def open_session(self, session: Session, now: datetime) -> None:
        """Keep a session."""
        async with self._database.write() as connection:
            await connection.execute(insert(sessions).values(asdict(session)))
            await sweep(connection, sessions.c.expires_at, now)

    async def session_account(self, digest: str, now: datetime) -> Account | None:
        """Find whose session it is."""
        joined = accounts.join(sessions, sessions.c.account_id == accounts.c.id)
        this = (sessions.c.digest == digest, sessions.c.expires_at > now)
        async with self._database.read() as connection:
            found = await connection.execute(select(accounts).select_from(joined).where(*this))
            row = found.mappings().one_or_none()
        return Account(**row) if row else None

    async def close_session(self, digest: str) -> None:
        """Forget a session."""
        async with self._database.write() as connection:
            await connection.execute(delete(sessions).where(sessions.c.digest == digest))

    async def use_link(self, link: UsedLink, now: datetime) -> bool:
        """Remember that a link was used; False when it was used before."""
        async with self._database.write() as connection:
            return await use_link(connection, link, now)


async def use_link(connection: AsyncConnection, link: UsedLink, now: datetime) -> bool:
    """Remember that a link was used; False when it was used before."""
    row = upsert(connection, used_links).values(asdict(link)).on_conflict_do_nothing()
    first = (await connection.execute(row.returning(used_links.c.digest))).scalar_one_or_none() is not None
    if first:
        await sweep(connection, used_links.c.expires_at, now)
    return first


def _code(email: str, purpose: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return sign_in_codes.c.email == email, sign_in_codes.c.purpose == purpose
