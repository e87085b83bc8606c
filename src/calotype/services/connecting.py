"""Connecting: how a person becomes an app's user, and how the app's backend learns who that is.

Law: the code that a browser carries to an app names its user once, within five minutes, and to that app alone;
here only its hash is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calotype.domain.accounts import Account
from calotype.domain.apps import CODE_LIFE, ID, ID_CHARS, App, AppUser
from calotype.domain.workspaces import digest_of
from calotype.errors import Invalid, NotFound
from calotype.ports import Platform
from calotype.services.apps import private_workspace
from calotype.services.identifiers import new_word

CODE_CHARS = 40
"""206 bits: nothing to guess within its five minutes."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What an app may know of its user."""

    user: AppUser
    email: str
    email_verified: bool
    plan: str


@dataclass(frozen=True, slots=True)
class Connection:
    """An app that a person is connected to, as that person sees it."""

    app: App
    user: AppUser


async def connect(platform: Platform, app: App, account: Account) -> AppUser:
    """Make *account* a user of *app*, with a workspace of its own; the same user when it is one already.

    Raises:
        AppSuspended, AppBlocked: the app may not act.
    """
    app.check_active()
    while True:
        user_id = new_word(platform.random, ID_CHARS)
        workspace = private_workspace(platform, slug_of(user_id), platform.settings.starting_plan)
        user = AppUser(user_id, app.id, account.id, workspace.id, platform.clock())
        if connected := await platform.apps.connect(user, workspace):
            return connected


def slug_of(user_id: str) -> str:
    """Name the workspace in which an app acts for this user."""
    return f"user-{user_id}"


async def issue_code(platform: Platform, user: AppUser) -> str:
    """Make a code that names *user* to its app, once, within five minutes."""
    code, now = new_word(platform.random, CODE_CHARS), platform.clock()
    await platform.apps.add_code(digest_of(code), user.id, now + CODE_LIFE, now)
    return code


async def exchange(platform: Platform, app: App, code: str) -> Profile:
    """Answer whom *code* names, and take it away: of many who send it, one is answered.

    Raises:
        Invalid: it is unknown, used, expired, or another app's.
    """
    taken = await platform.apps.take_code(digest_of(code), app.id, platform.clock())
    if taken is None:
        raise Invalid.field("code", "it is unknown, used, or older than five minutes")
    return await profile(platform, taken)


async def profile(platform: Platform, user: AppUser) -> Profile:
    """Tell what an app may know of *user*.

    Raises:
        NotFound: the account or the workspace is gone.
    """
    account = await platform.accounts.account(user.account_id)
    workspace = await platform.catalog.workspace(user.workspace_id)
    if account is None or workspace is None:
        raise NotFound
    return Profile(user, account.email, account.verified, workspace.plan)


async def connections(platform: Platform, account: Account) -> Sequence[Connection]:
    """List the apps that may act for *account*, in the order in which it connected to them."""
    users = [
        user for user in await platform.apps.users(account_id=account.id) if user.disconnected_at is None
    ]
    found = [(await platform.apps.app(user.app_id), user) for user in users]
    return [Connection(app, user) for app, user in found if app]


async def disconnect(platform: Platform, user_id: str, account: Account | None = None) -> None:
    """End what an app may do for a user: *account*'s own, or with None, for the operator, anybody's.

    The images stay where they are; connecting again opens them to the app again.

    Raises:
        NotFound: there is no such user, it is somebody else's, or it is not connected.
    """
    user = await platform.apps.user(user_id) if ID.match(user_id) else None
    foreign = user is None or (account is not None and user.account_id != account.id)
    if foreign or not await platform.apps.disconnect(user_id, platform.clock()):
        raise NotFound(f"There is no connected user {user_id!r}.")
