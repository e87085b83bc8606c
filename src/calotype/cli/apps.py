"""`calotype apps`: registering them, their secrets, and stopping them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from calotype.cli.output import AsJson, console, iso, print_fields, print_json, print_table, say
from calotype.cli.session import on_platform
from calotype.domain.accounts import Account, email_address, signed_in
from calotype.domain.apps import App, AppUser
from calotype.errors import Invalid, NotFound
from calotype.ports import Platform
from calotype.services import apps, connecting

app = typer.Typer(no_args_is_help=True, help="Register apps, whose users sign in here, and stop them.")

T = TypeVar("T")

AppId = Annotated[str, typer.Argument(help="The app's id, such as a8o46yrk.", metavar="APP")]
Uris = Annotated[
    list[str] | None,
    typer.Option("--redirect-uri", help="Where users come back to, exactly; once for each.", metavar="URL"),
]
Owner = Annotated[str, typer.Option("--account", help="The e-mail address of its owner.", metavar="EMAIL")]


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What people are shown when they sign in.", metavar="NAME")],
    redirect_uris: Uris = None,
    account: Owner = "",
    as_json: AsJson = False,
) -> None:
    """Register an app and print its id and its secret, the secret once.

    The secret is for the app's backend alone. Without `--account` the app is the operator's.
    """

    async def work(platform: Platform) -> tuple[App, str]:
        owner = await _account(platform, account) if account else None
        return await apps.register(platform, owner, name, redirect_uris or (), operator=True)

    made, secret = on_platform(work)
    _print_secret(made, secret, as_json=as_json)


@app.command("list")
def list_(account: Owner = "", as_json: AsJson = False) -> None:
    """List the apps, oldest first; with `--account` those of one owner."""

    async def work(platform: Platform) -> list[dict[str, Any]]:
        owner = await _account(platform, account) if account else None
        return [_fields(each) for each in await apps.listed(platform, owner)]

    found = on_platform(work)
    if as_json:
        print_json(found)
    else:
        print_table(("id", "name", "status", "redirect_uris", "workspace", "created_at"), found)


@app.command("rotate")
def rotate(app_id: AppId, as_json: AsJson = False) -> None:
    """Make a new secret and print it, once. The one before stops working at the next request."""

    async def work(platform: Platform, found: App) -> tuple[App, str]:
        return found, await apps.rotate(platform, found)

    _print_secret(*_on_app(app_id, work), as_json=as_json)


@app.command("set")
def set_(
    app_id: AppId,
    name: Annotated[
        str | None, typer.Option(help="What people are shown when they sign in.", metavar="NAME")
    ] = None,
    redirect_uris: Uris = None,
    as_json: AsJson = False,
) -> None:
    """Change an app's name or redirect URIs; those given replace all that it had."""
    if name is None and redirect_uris is None:
        raise Invalid("Name what to change: --name or --redirect-uri.")
    changed = _on_app(
        app_id, lambda platform, found: apps.describe(platform, found, name=name, uris=redirect_uris)
    )
    if as_json:
        print_json(_fields(changed))
    else:
        print_fields(_fields(changed))


@app.command("suspend")
def suspend(app_id: AppId) -> None:
    """Suspend an app, as its owner: it can do nothing from the next request on. Images stay where they are."""
    _say_status(_on_app(app_id, apps.suspend))


@app.command("block")
def block(app_id: AppId) -> None:
    """Block an app: as `suspend`, but its owner cannot resume it."""
    _say_status(_on_app(app_id, apps.block))


@app.command("resume")
def resume(app_id: AppId) -> None:
    """Let an app go on that was suspended or blocked."""
    _say_status(_on_app(app_id, lambda platform, found: apps.resume(platform, found, operator=True)))


@app.command("users")
def users(app_id: AppId, as_json: AsJson = False) -> None:
    """List who has connected to an app, oldest first."""

    async def work(platform: Platform, found: App) -> list[dict[str, Any]]:
        return [await _person(platform, user) for user in await platform.apps.users(app_id=found.id)]

    found = _on_app(app_id, work)
    if as_json:
        print_json(found)
    else:
        print_table(("id", "email", "workspace", "created_at", "disconnected_at"), found)


@app.command("disconnect")
def disconnect(
    user_id: Annotated[str, typer.Argument(help="The user's id, such as m3k9ab2c.", metavar="USER")],
) -> None:
    """End what an app may do for a user, until they connect again. Images stay where they are."""
    on_platform(lambda platform: connecting.disconnect(platform, user_id))
    say(f"{user_id} is disconnected.")


def _on_app(app_id: str, work: Callable[[Platform, App], Awaitable[T]]) -> T:
    async def run(platform: Platform) -> T:
        return await work(platform, await apps.find(platform, app_id))

    return on_platform(run)


async def _account(platform: Platform, email: str) -> Account:
    found = signed_in(await platform.accounts.of_email(email_address(email)))
    if found is None:
        raise NotFound(f"There is no verified account of {email!r}.")
    return found


async def _person(platform: Platform, user: AppUser) -> dict[str, Any]:
    profile = await connecting.profile(platform, user)
    return {
        "id": user.id,
        "email": profile.email,
        "workspace": connecting.slug_of(user.id),
        "created_at": iso(user.created_at),
        "disconnected_at": iso(user.disconnected_at),
    }


def _print_secret(shown: App, secret: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_fields(shown) | {"secret": secret})
    else:
        console.print(shown.id)
        console.print(secret, soft_wrap=True)


def _say_status(changed: App) -> None:
    say(f"{changed.id} is {changed.status}.")


def _fields(shown: App) -> dict[str, Any]:
    return {
        "id": shown.id,
        "name": shown.name,
        "status": shown.status.value,
        "redirect_uris": list(shown.redirect_uris),
        "workspace": apps.slug_of(shown.id),
        "created_at": iso(shown.created_at),
    }
