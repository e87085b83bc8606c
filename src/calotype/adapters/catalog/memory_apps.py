"""Apps in memory, beside the catalog whose workspaces and keys are theirs.

Law: no method awaits anything that gives way, so each is as indivisible as a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.domain.apps import App, AppUser
from calotype.domain.workspaces import Key, Workspace


class MemoryApps:
    """The rows in dicts. What each method means stands at the port, `calotype.ports.Apps`."""

    def __init__(self, catalog: MemoryCatalog) -> None:
        self._catalog = catalog
        self._apps: dict[str, App] = {}
        self._users: dict[str, AppUser] = {}
        self._codes: dict[str, tuple[str, datetime]] = {}

    async def add(self, app: App, workspace: Workspace, secret: Key) -> bool:
        """Add an app with its storage and its secret; False when an id or word is taken."""
        if app.id in self._apps or not await self._catalog.add_workspace(workspace):
            return False
        self._apps[app.id] = app
        await self._catalog.add_key(secret)
        return True

    async def app(self, app_id: str) -> App | None:
        """Find an app by its id."""
        return self._apps.get(app_id)

    async def app_of_storage(self, workspace_id: str) -> App | None:
        """Find the app whose own storage a workspace is."""
        return next((app for app in self._apps.values() if app.workspace_id == workspace_id), None)

    async def apps(self, account_id: str | None = None) -> Sequence[App]:
        """List an account's apps, or all, oldest first."""
        found = (app for app in self._apps.values() if account_id in {None, app.account_id})
        return sorted(found, key=lambda app: (app.created_at, app.id))

    async def change(self, app_id: str, change: Callable[[App], App]) -> App | None:
        """Store what *change* makes of its name, redirect URIs and status; None: no such app."""
        before = self._apps.get(app_id)
        if before is None:
            return None
        after = change(before)
        kept = replace(before, name=after.name, redirect_uris=after.redirect_uris, status=after.status)
        self._apps[app_id] = kept
        return kept

    async def connect(self, user: AppUser, workspace: Workspace) -> AppUser | None:
        """Answer the user that the account already is, connected again, or add *user*; None: a word is taken."""
        for known in self._users.values():
            if (known.app_id, known.account_id) == (user.app_id, user.account_id):
                self._users[known.id] = again = replace(known, disconnected_at=None)
                return again
        if not await self._catalog.add_workspace(workspace):
            return None
        self._users[user.id] = user
        return user

    async def user(self, user_id: str) -> AppUser | None:
        """Find a user by id, of whichever app."""
        return self._users.get(user_id)

    async def users(self, *, app_id: str | None = None, account_id: str | None = None) -> Sequence[AppUser]:
        """List the users of an app, or an account's in all apps, oldest first."""
        found = (
            user
            for user in self._users.values()
            if app_id in {None, user.app_id} and account_id in {None, user.account_id}
        )
        return sorted(found, key=lambda user: (user.created_at, user.id))

    async def disconnect(self, user_id: str, at: datetime) -> bool:
        """Let the app act for this user no more; False: not connected."""
        user = self._users.get(user_id)
        if user is None or user.disconnected_at is not None:
            return False
        self._users[user_id] = replace(user, disconnected_at=at)
        self._codes = {digest: code for digest, code in self._codes.items() if code[0] != user_id}
        return True

    async def add_code(self, digest: str, user_id: str, expires_at: datetime, now: datetime) -> None:
        """Keep the hash of a code that names a user; forget those that expired."""
        self._codes = {each: code for each, code in self._codes.items() if code[1] > now}
        self._codes[digest] = (user_id, expires_at)

    async def take_code(self, digest: str, app_id: str, now: datetime) -> AppUser | None:
        """Take the code away and answer whom it names; None when it names nobody of this app."""
        user_id, expires_at = self._codes.get(digest, ("", now))
        user = self._users.get(user_id)
        if user is None or user.app_id != app_id or expires_at <= now:
            return None
        del self._codes[digest]
        return user
