"""The rows of accounts, and what changes with them: their workspaces, keys, and the assets that verification keeps.

Law: whatever decides by an address's other accounts holds the address's lock; nobody adds one meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, true, update

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
        return await self._database.write(_register, account, workspace, key, most)

    async def sign_in(self, account: Account, workspace: Workspace, now: datetime) -> Account | None:
        """Answer the account that signing in opens, which is *account* where there was none."""
        return await self._database.write(_sign_in, replace(account, verified_at=now), workspace)

    async def adopt(self, account: Account) -> bool:
        """Add *account* for a workspace that is there; False when that is somebody's."""
        return await self._database.write(_adopt, account)

    async def verify(self, account_id: str, now: datetime, link: UsedLink | None = None) -> Account | None:
        """Verify the account and its workspace, and keep what would have expired for that."""
        return await self._database.write(_verify, account_id, now, link)

    async def account(self, account_id: str) -> Account | None:
        """Find an account by id."""
        return next(iter(await self._database.read(_listed, accounts.c.id == account_id)), None)

    async def of_email(self, email: str) -> Sequence[Account]:
        """List the accounts that bear an address, oldest first."""
        return await self._database.read(_listed, accounts.c.email == email)

    async def listed(self, after: str = "", limit: int = 1000) -> Sequence[Account]:
        """Page through all accounts, by id."""
        return await self._database.read(_page, after, limit)


def _register(
    connection: Connection, account: Account, workspace: Workspace, key: Key, most: int
) -> Registration:
    _alone_with(connection, account.email)
    if signed_in(_listed(connection, accounts.c.email == account.email)):
        return Registration.VERIFIED
    if _active_keys(connection, account.email) >= most:
        return Registration.FULL
    if keys.exists(connection, key.id) or not workspaces.add(connection, workspace):
        return Registration.TAKEN
    connection.execute(insert(accounts).values(asdict(account)))
    keys.add(connection, key)
    return Registration.ADDED


def _sign_in(connection: Connection, new: Account, workspace: Workspace) -> Account | None:
    _alone_with(connection, new.email)
    there = signed_in(_listed(connection, accounts.c.email == new.email))
    if there:
        return there
    if not workspaces.add(connection, workspace):
        return None
    connection.execute(insert(accounts).values(asdict(new)))
    return new


def _adopt(connection: Connection, account: Account) -> bool:
    _alone_with(connection, account.email)
    row = upsert(connection, accounts).values(asdict(account))
    row = row.on_conflict_do_nothing(index_elements=[accounts.c.workspace_id])
    return connection.execute(row.returning(accounts.c.id)).scalar_one_or_none() is not None


def _verify(connection: Connection, account_id: str, now: datetime, link: UsedLink | None) -> Account | None:
    if link and not use_link(connection, link, now):
        raise LinkUsed
    found = _listed(connection, accounts.c.id == account_id)
    if not found:
        return None
    _alone_with(connection, found[0].email)
    account = _mark(connection, account_id, now)
    _keep(connection, account.workspace_id, now)
    return account


def _page(connection: Connection, after: str, limit: int) -> Sequence[Account]:
    rows = select(accounts).where(accounts.c.id > after).order_by(accounts.c.id).limit(limit)
    return [Account(**row) for row in connection.execute(rows).mappings()]


def _listed(connection: Connection, where: ColumnElement[bool]) -> Sequence[Account]:
    rows = select(accounts).where(where).order_by(accounts.c.created_at, accounts.c.id)
    return [Account(**row) for row in connection.execute(rows).mappings()]


def _alone_with(connection: Connection, email: str) -> None:
    """Hold the lock of an address until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(email, 0))))


def _active_keys(connection: Connection, email: str) -> int:
    counted = (
        select(func.count())
        .select_from(key_rows.join(accounts, accounts.c.workspace_id == key_rows.c.workspace_id))
        .where(accounts.c.email == email, key_rows.c.revoked_at.is_(None))
    )
    return int(connection.execute(counted).scalar_one())


def _mark(connection: Connection, account_id: str, now: datetime) -> Account:
    """Note that the account was verified *now*, unless it was before; answer it."""
    this = accounts.c.id == account_id
    fresh = update(accounts).where(this, accounts.c.verified_at.is_(None)).values(verified_at=now)
    connection.execute(fresh)
    return _listed(connection, this)[0]


def _keep(connection: Connection, workspace_id: str, now: datetime) -> None:
    """Mark the workspace as verified, and let stay what would expire only because it was not.

    Its row is locked first: an upload that runs beside us is either seen here, or sees the mark.
    """
    connection.execute(
        select(workspace_rows.c.id).where(workspace_rows.c.id == workspace_id).with_for_update()
    )
    waiting = (
        assets.c.workspace_id == workspace_id,
        assets.c.provisional == true(),
        assets.c.expires_at > now,
    )
    kept = update(assets).where(*waiting).values(expires_at=None, provisional=False)
    ids = connection.execute(kept.returning(assets.c.id)).scalars().all()
    workspaces.change(connection, workspace_id, lambda workspace: replace(workspace, verified=True))
    events.append_each(connection, workspace_id, "asset.updated", ids)
