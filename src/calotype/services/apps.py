"""Apps: registering them, their one secret, where their users are sent back to, and who may stop them.

Law: a secret is answered once, by whoever makes it; and an app is found for its owner alone, or for the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from calotype.domain.accounts import Account
from calotype.domain.apps import ID, ID_CHARS, App, app_name, redirect_uris
from calotype.domain.plans import OPERATORS
from calotype.domain.workspaces import KeyKind, Workspace
from calotype.errors import Forbidden, NotFound
from calotype.ports import Platform
from calotype.services.identifiers import new_id, new_word
from calotype.services.keys import draft_app_secret
from calotype.services.workspaces import STORAGE_CHARS


async def register(
    platform: Platform, account: Account | None, name: str, uris: Iterable[str], *, operator: bool = False
) -> tuple[App, str]:
    """Register an app, with a storage of its own; answer it and, this once, its secret.

    Without *account* it is the operator's. An account's app has its owner's plan for what it stores itself; the
    *operator* may register it where the account may not.

    Raises:
        Invalid: the name or a redirect URI is none.
        Forbidden: the settings let this account register no app, or it has as many as it may.
    """
    checked = app_name(name), redirect_uris(uris)
    if account is None:
        return await _add(platform, None, *checked, plan=OPERATORS)
    plan = await _plan_of(platform, account)
    if operator:
        return await _add(platform, account, *checked, plan=plan)
    if not _may_register(platform, plan):
        raise Forbidden(_CLOSED[platform.settings.app_registration])
    async with platform.locks.hold(f"apps/{account.id}"):  # else two at once would both be the last
        most = platform.settings.max_apps_per_account
        if len(await platform.apps.apps(account.id)) >= most:
            raise Forbidden(f"An account has at most {most} apps.")
        return await _add(platform, account, *checked, plan=plan)


async def may_register(platform: Platform, account: Account) -> bool:
    """Say whether the settings let *account* register apps, however many it has."""
    return _may_register(platform, await _plan_of(platform, account))


async def listed(platform: Platform, account: Account | None = None) -> Sequence[App]:
    """List the apps of *account*, or for the operator all there are, oldest first."""
    return await platform.apps.apps(account.id if account else None)


async def find(platform: Platform, app_id: str, account: Account | None = None) -> App:
    """Find an app: for *account* one of its own, for the operator (None) any.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    app = await platform.apps.app(app_id) if ID.match(app_id) else None
    if app is None or (account is not None and app.account_id != account.id):
        raise NotFound(f"There is no app {app_id!r}.")
    return app


async def rotate(platform: Platform, app: App) -> str:
    """Give *app* a new secret, answered this once; the one before stops working at the next request."""
    storage = await platform.catalog.workspace(app.workspace_id)
    if storage is None:
        raise NotFound(f"The app {app.id!r} has no storage.")
    async with platform.locks.hold(f"app/{app.id}"):  # else two at once would each revoke the other's
        before = await platform.catalog.keys(app.workspace_id)
        key, secret = await draft_app_secret(platform, storage)
        await platform.catalog.add_key(key)
        for old in before:
            if old.kind is KeyKind.APP and old.revoked_at is None:
                await platform.catalog.revoke_key(old.id, platform.clock())
        return secret


async def describe(
    platform: Platform, app: App, *, name: str | None = None, uris: Iterable[str] | None = None
) -> App:
    """Change the name and the redirect URIs of *app*; None leaves them.

    Raises:
        Invalid: the name or a redirect URI is none.
    """
    words: dict[str, object] = {}
    if name is not None:
        words["name"] = app_name(name)
    if uris is not None:
        words["redirect_uris"] = redirect_uris(uris)
    return await _change(platform, app, lambda old: replace(old, **words))  # type: ignore[arg-type]


async def suspend(platform: Platform, app: App) -> App:
    """Stop *app*, as its owner: its secret opens nothing from the next request on, and nobody can connect."""
    return await _change(platform, app, App.suspended)


async def block(platform: Platform, app: App) -> App:
    """Stop *app*, as the operator: its owner cannot resume it."""
    return await _change(platform, app, App.blocked)


async def resume(platform: Platform, app: App, *, operator: bool = False) -> App:
    """Let *app* go on.

    Raises:
        AppBlocked: the operator has stopped it, and it is not the operator who asks.
    """
    return await _change(platform, app, lambda old: old.resumed(operator=operator))


_CLOSED = {
    "paid": "Apps are for accounts with a paid plan.",
    "operator": "Apps are registered by the operator of this server.",
}


def _may_register(platform: Platform, plan: str) -> bool:
    settings = platform.settings
    paid = plan != settings.starting_plan
    return settings.app_registration == "any" or (settings.app_registration == "paid" and paid)


async def _plan_of(platform: Platform, account: Account) -> str:
    workspace = await platform.catalog.workspace(account.workspace_id)
    return workspace.plan if workspace else platform.settings.starting_plan


async def _change(platform: Platform, app: App, change: Callable[[App], App]) -> App:
    changed = await platform.apps.change(app.id, change)
    if changed is None:
        raise NotFound(f"There is no app {app.id!r}.")
    return changed


async def _add(
    platform: Platform, account: Account | None, name: str, uris: tuple[str, ...], *, plan: str
) -> tuple[App, str]:
    """Draw ids and words until they are free: an id of 41 bits is rarely taken, a storage segment sometimes."""
    while True:
        app_id = new_word(platform.random, ID_CHARS)
        storage = private_workspace(platform, slug_of(app_id), plan)
        key, secret = await draft_app_secret(platform, storage)
        app = App(app_id, storage.id, account.id if account else None, name, uris, platform.clock())
        if await platform.apps.add(app, storage, key):
            return app, secret


def slug_of(app_id: str) -> str:
    """Name the workspace that an app stores in for itself."""
    return f"app-{app_id}"


def private_workspace(platform: Platform, slug: str, plan: str) -> Workspace:
    """Draw a workspace that begins with nothing but a plan; it is not stored yet."""
    storage = new_word(platform.random, STORAGE_CHARS)
    return Workspace(new_id(platform.random), slug, storage, platform.clock(), plan=plan)
