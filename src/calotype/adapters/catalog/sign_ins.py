"""The rows of what proves who somebody is: codes, sessions, and links that are good once.

Law: whether a guess still counts, and who was first, is decided by one statement.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from calotype.adapters.catalog.account_tables import accounts, sessions, sign_in_codes, used_links
from calotype.adapters.catalog.counters import sweep
from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.schema import Moment
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.accounts import Account
from calotype.ports.accounts import Session, SignInCode, UsedLink

_BY_SESSION = (
    select(accounts)
    .select_from(accounts.join(sessions, sessions.c.account_id == accounts.c.id))
    .where(sessions.c.digest == bindparam("session"), sessions.c.expires_at > bindparam("now", type_=Moment))
)


class SqlSignIns:
    """Codes, sessions and used links in a database. What each method means: `calotype.ports.SignIns`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_code(self, code: SignInCode, now: datetime) -> None:
        """Keep a code in place of the one before."""
        await self._database.write(_put_code, code, now)

    async def try_code(self, email: str, purpose: str, now: datetime, most: int) -> str | None:
        """Count an attempt, and answer the code's digest; None when none is left."""
        attempts = sign_in_codes.c.attempts
        row = (
            update(sign_in_codes)
            .where(*_code(email, purpose), sign_in_codes.c.expires_at > now, attempts < most)
            .values(attempts=attempts + 1)
            .returning(sign_in_codes.c.digest)
        )
        taken = await self._database.execute(row)
        return taken[0]["digest"] if taken else None

    async def take_code(self, email: str, purpose: str, digest: str) -> bool:
        """Remove the code; False when somebody else was first."""
        row = delete(sign_in_codes).where(*_code(email, purpose), sign_in_codes.c.digest == digest)
        return bool(await self._database.execute(row.returning(sign_in_codes.c.email)))

    async def open_session(self, session: Session, now: datetime) -> None:
        """Keep a session."""
        await self._database.write(_open_session, session, now)

    async def session_account(self, digest: str, now: datetime) -> Account | None:
        """Find whose session it is."""
        row = await self._database.first(_BY_SESSION, {"session": digest, "now": now})
        return Account(**row) if row else None

    async def close_session(self, digest: str) -> None:
        """Forget a session."""
        await self._database.execute(delete(sessions).where(sessions.c.digest == digest))

    async def use_link(self, link: UsedLink, now: datetime) -> bool:
        """Remember that a link was used; False when it was used before."""
        return await self._database.write(use_link, link, now)


def _put_code(connection: Connection, code: SignInCode, now: datetime) -> None:
    values = asdict(code) | {"attempts": 0}
    row = upsert(connection, sign_in_codes).values(values)
    connection.execute(row.on_conflict_do_update(index_elements=list(sign_in_codes.primary_key), set_=values))
    sweep(connection, sign_in_codes.c.expires_at, now)


def _open_session(connection: Connection, session: Session, now: datetime) -> None:
    connection.execute(insert(sessions).values(asdict(session)))
    sweep(connection, sessions.c.expires_at, now)


def use_link(connection: Connection, link: UsedLink, now: datetime) -> bool:
    """Remember that a link was used; False when it was used before."""
    row = upsert(connection, used_links).values(asdict(link)).on_conflict_do_nothing()
    first = connection.execute(row.returning(used_links.c.digest)).scalar_one_or_none() is not None
    if first:
        sweep(connection, used_links.c.expires_at, now)
    return first


def _code(email: str, purpose: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return sign_in_codes.c.email == email, sign_in_codes.c.purpose == purpose
