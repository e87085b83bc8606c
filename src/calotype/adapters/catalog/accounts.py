"""The rows of accounts, and what changes with them: their workspaces, keys, and the assets that verification keeps.

Law: whatever decides by an address's other accounts holds the address's lock; nobody adds one meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog import events, keys, workspaces
from calotype.adapters.catalog.account_tables import accounts
from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.schema import assets
from calotype.adapters.catalog.schema import keys as key_rows
from calotype.adapters.catalog.schema import workspaces as workspace_rows
from calotype.adapters.catalog.sign_ins import use_link
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.accounts import Account, signed_in
from calotype.domain.workspaces import Key, Workspace
from calotype.errors import LinkUsed
from calotype.ports.accounts import Registration, UsedLink


class SqlAccounts:
    """Accounts in a database. What each method means stands at the port, `calotype.ports.Accounts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def register(self, account: Account, workspace: Workspace, key: Key, most: int) -> Registration:
        """Add an unverified account with its workspace and its key, unless the address may have no more."""
        async with self._database.write() as connection:
            await _alone_with(connection, account.email)
            there = await _listed(connection, accounts.c.email == account.email)
            if signed_in(there):
                return Registration.VERIFIED
            if await _active_keys(connection, account.email) >= most:
                return Registration.FULL
            if await keys.exists(connection, key.id) or not await workspaces.add(connection, workspace):
                return Registration.TAKEN
            await connection.execute(insert(accounts).values(asdict(account)))
            await keys.add(connection, key)
            return Registration.ADDED

    async def sign_in(self, account: Account, workspace: Workspace, now: datetime) -> Account | None:
        """Answer the account that signing in opens, which is *account* where there was none."""
        async with self._database.write() as connection:
            await _alone_with(connection, account.email)
            there = signed_in(await _listed(connection, accounts.c.email == account.email))
            if there:
                return there
            if not await workspaces.add(connection, workspace):
                return None
            new = replace(account, verified_at=now)
            await connection.execute(insert(accounts).values(asdict(new)))
            return new

    async def adopt(self, account: Account) -> bool:
        """Add *account* for a workspace that is there; False when that is somebody's."""
        async with self._database.write() as connection:
            await _alone_with(connection, account.email)
            row = upsert(connection, accounts).values(asdict(account))
            row = row.on_conflict_do_nothing(index_elements=[accounts.c.workspace_id])
            added = await connection.execute(row.returning(accounts.c.id))
            return added.scalar_one_or_none() is not None

    async def verify(self, account_id: str, now: datetime, link: UsedLink | None = None) -> Account | None:
        """Verify the account and its workspace, and keep what would have expired for that."""
        async with self._database.write() as connection:
            if link and not await use_link(connection, link, now):
                raise LinkUsed
            found = await _listed(connection, accounts.c.id == account_id)
            if not found:
                return None
            await _alone_with(connection, found[0].email)
            account = await _mark(connection, account_id, now)
            await _keep(connection, account.workspace_id, now)
            return account

    async def account(self, account_id: str) -> Account | None:
        """Find an account by id."""
        async with self._database.read() as connection:
            return next(iter(await _listed(connection, accounts.c.id == account_id)), None)

    async def of_email(self, email: str) -> Sequence[Account]:
        """List the accounts that bear an address, oldest first."""
        async with self._database.read() as connection:
            return await _listed(connection, accounts.c.email == email)

    async def listed(self, after: str = "", limit: int = 1000) -> Sequence[Account]:
        """Page through all accounts, by id."""
        rows = select(accounts).where(accounts.c.id > after).order_by(accounts.c.id).limit(limit)
        async with self._database.read() as connection:
            return [Account(**row) for row in (await connection.execute(rows)).mappings()]


async def _listed(connection: AsyncConnection, where: ColumnElement[bool]) -> Sequence[Account]:
    rows = select(accounts).where(where).order_by(accounts.c.created_at, accounts.c.id)
    return [Account(**row) for row in (await connection.execute(rows)).mappings()]


async def _alone_with(connection: AsyncConnection, email: str) -> None:
    """Hold the lock of an address until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(email, 0))))


async def _active_keys(connection: AsyncConnection, email: str) -> int:
    counted = (
        select(func.count())
        .select_from(key_rows.join(accounts, accounts.c.workspace_id == key_rows.c.workspace_id))
        .where(accounts.c.email == email, key_rows.c.revoked_at.is_(None))
    )
    return int((await connection.execute(counted)).scalar_one())


async def _mark(connection: AsyncConnection, account_id: str, now: datetime) -> Account:
    """Note that the account was verified *now*, unless it was before; answer it."""
    this = accounts.c.id == account_id
    fresh = update(accounts).where(this, accounts.c.verified_at.is_(None)).values(verified_at=now)
    await connection.execute(fresh)
    return (await _listed(connection, this))[0]


async def _keep(connection: AsyncConnection, workspace_id: str, now: datetime) -> None:
    """Mark the workspace as verified, and let stay what would expire only because it was not.

    Its row is locked first: an upload that runs beside us is either seen here, or sees the mark.
    """
    await connection.execute(
        select(workspace_rows.c.id).where(workspace_rows.c.id == workspace_id).with_for_update()
    )
    waiting = (
        assets.c.workspace_id == workspace_id,
        assets.c.provisional == true(),
        assets.c.expires_at > now,
    )
    kept = update(assets).where(*waiting).values(expires_at=None, provisional=False)
    ids = (await connection.execute(kept.returning(assets.c.id))).scalars().all()
    await workspaces.change(connection, workspace_id, lambda workspace: replace(workspace, verified=True))
    await events.append_each(connection, workspace_id, "asset.updated", ids)
