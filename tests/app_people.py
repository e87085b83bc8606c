"""Accounts, apps and their users, for tests that need some."""

from __future__ import annotations

from dataclasses import replace

from calotype.domain.accounts import Account
from calotype.domain.apps import App, AppUser
from calotype.ports import Platform
from calotype.services import apps, connecting
from calotype.services.accounts import new_account

BACK = "https://album.example/back"


async def account_of(platform: Platform, email: str, plan: str = "free") -> Account:
    """Sign somebody up, whose address is verified."""
    draft, workspace = new_account(platform, email, verified=True)
    account = await platform.accounts.sign_in(draft, workspace, platform.clock())
    assert account
    await platform.catalog.update_workspace(account.workspace_id, lambda old: replace(old, plan=plan))
    return account


async def app_of(platform: Platform, name: str = "Album", *uris: str) -> tuple[App, str]:
    """Register an app of the operator's; answer it and its secret."""
    return await apps.register(platform, None, name, uris or (BACK,))


async def user_of(platform: Platform, app: App, email: str = "ann@example.com") -> AppUser:
    """Connect somebody to an app."""
    known = await platform.accounts.of_email(email)
    return await connecting.connect(platform, app, known[0] if known else await account_of(platform, email))


def acting(secret: str, user: AppUser | str | None = None) -> dict[str, str]:
    """Write the headers with which an app acts, for *user* or on its own storage."""
    named = {} if user is None else {"X-Img-User": user if isinstance(user, str) else user.id}
    return {"Authorization": f"Bearer {secret}", **named}
