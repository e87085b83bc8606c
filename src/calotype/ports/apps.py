"""Apps, their users, and the codes that name a user once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from calotype.domain.apps import App, AppUser
from calotype.domain.workspaces import Key, Workspace


class Apps(Protocol):
    """The rows of apps. Each method is one transaction."""

    async def add(self, app: App, workspace: Workspace, secret: Key) -> bool:
        """Add an app with its storage and its secret; False, and nothing added, when an id or word is taken."""

    async def app(self, app_id: str) -> App | None:
        """Find an app by its id."""

    async def app_of_storage(self, workspace_id: str) -> App | None:
        """Find the app whose own storage a workspace is."""

    async def apps(self, account_id: str | None = None) -> Sequence[App]:
        """List an account's apps, or with None all there are, oldest first."""

    async def change(self, app_id: str, change: Callable[[App], App]) -> App | None:
        """Apply the pure *change* to name, redirect URIs and status, and store the outcome; None: no such app."""

    async def connect(self, user: AppUser, workspace: Workspace) -> AppUser | None:
        """Answer the user that the account already is to the app, connected again; or else add *user* with *workspace*.

        None, and nothing added, when an id or word of theirs is taken.
        """

    async def user(self, user_id: str) -> AppUser | None:
        """Find a user by id, of whichever app."""

    async def users(self, *, app_id: str | None = None, account_id: str | None = None) -> Sequence[AppUser]:
        """List the users of an app, or an account's in all apps, oldest first; None does not narrow."""

    async def disconnect(self, user_id: str, at: datetime) -> bool:
        """Let the app act for this user no more, and forget the codes that name them; False: not connected."""

    async def add_code(self, digest: str, user_id: str, expires_at: datetime, now: datetime) -> None:
        """Keep the hash of a code that names a user; codes that expired before *now* are forgotten."""

    async def take_code(self, digest: str, app_id: str, now: datetime) -> AppUser | None:
        """Take the code away and answer whom it names: of many who ask at once, one is answered.

        None when there is none, it has expired, or it names another app's user, whose app may still take it.
        """
