"""The rows of apps, of their users, and of the codes that name a user once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from calotype.adapters.catalog import keys, workspaces
from calotype.adapters.catalog.account_tables import app_users, apps, connect_codes
from calotype.adapters.catalog.database import Database
from calotype.domain.apps import App, AppStatus, AppUser
from calotype.domain.workspaces import Key, Workspace

# Asked with each request of an app.
_BY_ID = select(apps).where(apps.c.id == bindparam("wanted"))
_BY_STORAGE = select(apps).where(apps.c.workspace_id == bindparam("wanted"))
_USER_BY_ID = select(app_users).where(app_users.c.id == bindparam("wanted"))


class SqlApps:
    """Apps in a database. What each method means stands at the port, `calotype.ports.Apps`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, app: App, workspace: Workspace, secret: Key) -> bool:
        """Add an app with its storage and its secret; False when an id or word is taken."""
        return await self._database.write(_add, app, workspace, secret)

    async def app(self, app_id: str) -> App | None:
        """Find an app by its id."""
        row = await self._database.first(_BY_ID, {"wanted": app_id})
        return _app(row) if row else None

    async def app_of_storage(self, workspace_id: str) -> App | None:
        """Find the app whose own storage a workspace is."""
        row = await self._database.first(_BY_STORAGE, {"wanted": workspace_id})
        return _app(row) if row else None

    async def apps(self, account_id: str | None = None) -> Sequence[App]:
        """List an account's apps, or all, oldest first."""
        rows = select(apps).order_by(apps.c.created_at, apps.c.id)
        narrowed = rows if account_id is None else rows.where(apps.c.account_id == account_id)
        return [_app(row) for row in await self._database.rows(narrowed)]

    async def change(self, app_id: str, change: Callable[[App], App]) -> App | None:
        """Store what *change* makes of its name, redirect URIs and status; None: no such app."""
        return await self._database.write(_change, app_id, change)

    async def connect(self, user: AppUser, workspace: Workspace) -> AppUser | None:
        """Answer the user that the account already is, connected again, or add *user*; None: a word is taken."""
        return await self._database.write(_connect, user, workspace)

    async def user(self, user_id: str) -> AppUser | None:
        """Find a user by id, of whichever app."""
        row = await self._database.first(_USER_BY_ID, {"wanted": user_id})
        return AppUser(**row) if row else None

    async def users(self, *, app_id: str | None = None, account_id: str | None = None) -> Sequence[AppUser]:
        """List the users of an app, or an account's in all apps, oldest first."""
        wanted = {app_users.c.app_id: app_id, app_users.c.account_id: account_id}
        where = [column == value for column, value in wanted.items() if value is not None]
        rows = select(app_users).where(*where).order_by(app_users.c.created_at, app_users.c.id)
        return [AppUser(**row) for row in await self._database.rows(rows)]

    async def disconnect(self, user_id: str, at: datetime) -> bool:
        """Let the app act for this user no more; False: not connected."""
        return await self._database.write(_disconnect, user_id, at)

    async def add_code(self, digest: str, user_id: str, expires_at: datetime, now: datetime) -> None:
        """Keep the hash of a code that names a user; forget those that expired."""
        values = {"digest": digest, "user_id": user_id, "expires_at": expires_at}
        await self._database.write(_add_code, values, now)

    async def take_code(self, digest: str, app_id: str, now: datetime) -> AppUser | None:
        """Take the code away and answer whom it names; None when it names nobody of this app."""
        return await self._database.write(_take_code, digest, app_id, now)


def _add(connection: Connection, app: App, workspace: Workspace, secret: Key) -> bool:
    if connection.execute(_BY_ID, {"wanted": app.id}).one_or_none() is not None:
        return False
    # Its slug holds the app's id: of two that drew the same at once, the second stops here.
    if not workspaces.add(connection, workspace):
        return False
    connection.execute(insert(apps).values(_values(app)))
    keys.add(connection, secret)
    return True


def _change(connection: Connection, app_id: str, change: Callable[[App], App]) -> App | None:
    this = apps.c.id == app_id
    row = connection.execute(select(apps).where(this).with_for_update()).mappings().one_or_none()
    if row is None:
        return None
    after = change(_app(row))
    values = {"name": after.name, "redirect_uris": list(after.redirect_uris), "status": after.status}
    stored = update(apps).where(this).values(values).returning(apps)
    return _app(connection.execute(stored).mappings().one())


def _connect(connection: Connection, user: AppUser, workspace: Workspace) -> AppUser | None:
    # Whoever connects to this app at the same time waits here, and then finds the row.
    connection.execute(select(apps.c.id).where(apps.c.id == user.app_id).with_for_update())
    same = (app_users.c.app_id == user.app_id, app_users.c.account_id == user.account_id)
    again = update(app_users).where(*same).values(disconnected_at=None).returning(app_users)
    row = connection.execute(again).mappings().one_or_none()
    if row is not None:
        return AppUser(**row)
    if not workspaces.add(connection, workspace):
        return None
    values = {name: getattr(user, name) for name in AppUser.__slots__}
    connection.execute(insert(app_users).values(values))
    return user


def _disconnect(connection: Connection, user_id: str, at: datetime) -> bool:
    connected = (app_users.c.id == user_id, app_users.c.disconnected_at.is_(None))
    ended = update(app_users).where(*connected).values(disconnected_at=at).returning(app_users.c.id)
    if connection.execute(ended).scalar_one_or_none() is None:
        return False
    connection.execute(delete(connect_codes).where(connect_codes.c.user_id == user_id))
    return True


def _add_code(connection: Connection, values: Mapping[str, Any], now: datetime) -> None:
    connection.execute(delete(connect_codes).where(connect_codes.c.expires_at <= now))
    connection.execute(insert(connect_codes).values(values))


def _take_code(connection: Connection, digest: str, app_id: str, now: datetime) -> AppUser | None:
    own = select(app_users.c.id).where(app_users.c.app_id == app_id)
    taken = (
        delete(connect_codes)
        .where(connect_codes.c.digest == digest, connect_codes.c.expires_at > now)
        .where(connect_codes.c.user_id.in_(own))
        .returning(connect_codes.c.user_id)
    )
    user_id = connection.execute(taken).scalar_one_or_none()
    if user_id is None:
        return None
    found = connection.execute(select(app_users).where(app_users.c.id == user_id))
    return AppUser(**found.mappings().one())


def _app(row: RowMapping) -> App:
    uris, status = tuple(row["redirect_uris"]), AppStatus(row["status"])
    return App(**(dict(row) | {"redirect_uris": uris, "status": status}))


def _values(app: App) -> dict[str, object]:
    values = {name: getattr(app, name) for name in App.__slots__}
    return values | {"redirect_uris": list(app.redirect_uris)}
