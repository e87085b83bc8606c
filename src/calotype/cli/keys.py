"""`calotype keys`: making, listing and revoking them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from calotype.cli.output import AsJson, console, iso, print_json, print_table, say
from calotype.cli.session import Slug, in_workspace, on_platform
from calotype.domain.workspaces import Ability, Key, KeyKind, Stage, Workspace
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.services import keys
from calotype.settings import IMAGEKIT_PATH

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")

Made = tuple[dict[str, Any], list[str]]
"""A new key: its fields, as JSON tells them, and the lines that a person is shown."""


class Api(StrEnum):
    """Whose clients a key is for."""

    IMGPRO = "imgpro"
    IMAGEKIT = "imagekit"
    PROCESSING = "img-processing"


_APIS = {
    KeyKind.BEARER: Api.IMGPRO.value,
    KeyKind.IMAGEKIT: Api.IMAGEKIT.value,
    KeyKind.APP: "app",
    KeyKind.PROCESSING: Api.PROCESSING.value,
}


@app.command("create")
def create(
    workspace: Slug = "default",
    name: Annotated[str, typer.Option(help="A label, to recognise the key by.")] = "Default",
    api: Annotated[
        Api,
        typer.Option(
            help="imgpro: one key. imagekit: a pair, whose private half also signs URLs."
            " img-processing: one key of a stage."
        ),
    ] = Api.IMGPRO,
    stage: Annotated[
        Stage | None,
        typer.Option(
            help="Of a key of img-processing, live unless it is named: each sees its own images alone."
        ),
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="May read, not change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once.

    Of a key only its hash is stored. `--api imagekit` makes a pair and prints the public half, then the private
    one, which is stored encrypted: it signs the URLs below `/ik/SLUG/`. `--api img-processing --stage test` makes
    a key of the workspace SLUG-test, which is made with the first one.
    """
    abilities = frozenset({Ability.READ} if read_only else Ability)
    if stage is not None and api is not Api.PROCESSING:
        raise Invalid.field("--stage", "only keys of --api img-processing have one")

    async def work(platform: Platform, owner: Workspace) -> Made:
        match api:
            case Api.IMGPRO:
                return _single(*await keys.create_key(platform, owner, name, abilities))
            case Api.IMAGEKIT:
                return _pair(platform, owner, *await keys.create_pair(platform, owner, name, abilities))
            case Api.PROCESSING:
                of = stage or Stage.LIVE
                return _single(*await keys.create_processing_key(platform, owner, name, abilities, of))

    fields, lines = in_workspace(workspace, work)
    if as_json:
        print_json(fields)
    else:
        for line in lines:
            console.print(line, soft_wrap=True)


def _single(key: Key, secret: str) -> Made:
    return _fields(key) | {"key": secret}, [secret]


def _pair(platform: Platform, owner: Workspace, key: Key, private: str) -> Made:
    endpoint = f"{platform.settings.base_url}{IMAGEKIT_PATH}/{owner.slug}"
    shown = {"public_key": key.public_id, "private_key": private, "url_endpoint": endpoint}
    return _fields(key) | shown, [key.public_id, private]


@app.command("list")
def list_(workspace: Slug = "default", as_json: AsJson = False) -> None:
    """List a workspace's keys, revoked ones too."""
    found = [_fields(key) for key in in_workspace(workspace, keys.list_keys)]
    if as_json:
        print_json(found)
    else:
        columns = ("id", "name", "api", "starts_with", "public_key", "abilities", "created_at", "revoked_at")
        print_table(columns, found)


@app.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="The key's id, such as key_7x9k2m.")]) -> None:
    """Revoke a key. It stops working, and signing, at the next request, in every process."""
    on_platform(lambda platform: keys.revoke_key(platform, key_id))
    say(f"{key_id} is revoked.")


def _fields(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "api": _APIS[key.kind],
        "starts_with": key.lookup,
        "public_key": key.public_id or None,
        "abilities": sorted(key.abilities),
        "created_at": iso(key.created_at),
        "revoked_at": iso(key.revoked_at),
    }
