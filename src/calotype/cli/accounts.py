"""`calotype accounts`: making, listing and verifying them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from calotype.cli.output import AsJson, iso, print_json, print_table, say
from calotype.cli.session import on_platform
from calotype.domain.accounts import Account, email_address
from calotype.domain.workspaces import Workspace
from calotype.ports import Platform
from calotype.services import accounts, workspaces

app = typer.Typer(no_args_is_help=True, help="Make, list and verify the accounts of people.")

Which = Annotated[str, typer.Argument(help="Its id, or its e-mail address.", metavar="ACCOUNT")]


@app.command("create")
def create(
    email: Annotated[str, typer.Argument(help="An e-mail address.", metavar="EMAIL")],
    workspace: Annotated[
        str, typer.Option(help="A workspace that is there, such as default, to be its own.", metavar="SLUG")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make a verified account; whoever reads the address's mail signs in to its workspace.

    It works while registration is closed too. Without `--workspace` it gets a new one, or when the address has a
    verified account, that one is shown.
    """

    async def work(platform: Platform) -> Account:
        if not workspace:
            return await accounts.open_account(platform, email_address(email))
        return await accounts.give(platform, await workspaces.find(platform, workspace), email)

    _show(work, as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all accounts. Several may bear one address while it is not verified."""

    async def work(platform: Platform) -> list[dict[str, Any]]:
        owned = {each.id: each for each in await platform.catalog.workspaces()}
        return [_fields(each, owned.get(each.workspace_id)) for each in await accounts.listed(platform)]

    found = on_platform(work)
    if as_json:
        print_json(found)
    else:
        print_table(("id", "email", "workspace", "plan", "created_at", "verified_at"), found)


@app.command("verify")
def verify(account: Which, as_json: AsJson = False) -> None:
    """Verify an account without its mail, and keep its images for good.

    You vouch that the address belongs to whoever has the account's keys.
    """

    async def work(platform: Platform) -> Account:
        return await accounts.verify(platform, await accounts.find(platform, account))

    _show(work, as_json=as_json)


def _show(work: Callable[[Platform], Awaitable[Account]], *, as_json: bool) -> None:
    async def run(platform: Platform) -> dict[str, Any]:
        account = await work(platform)
        return _fields(account, await platform.catalog.workspace(account.workspace_id))

    fields = on_platform(run)
    if as_json:
        print_json(fields)
    else:
        say(f"{fields['email']} is verified: account {fields['id']}, workspace {fields['workspace']}.")


def _fields(account: Account, workspace: Workspace | None) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "workspace": workspace.slug if workspace else None,
        "plan": workspace.plan if workspace else None,
        "created_at": iso(account.created_at),
        "verified_at": iso(account.verified_at),
    }
