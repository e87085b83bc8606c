"""`calotype purge`: variants leave every tier, now."""

from __future__ import annotations

from typing import Annotated

import typer

from calotype.cli.output import AsJson, iso, print_fields, print_json
from calotype.cli.session import Slug, in_workspace
from calotype.domain.workspaces import Workspace
from calotype.ports import Dropped, Platform
from calotype.services import purging
from calotype.services.purging import Receipt

app = typer.Typer()


@app.command("purge")
def purge(
    what: Annotated[
        str,
        typer.Argument(
            help="A path such as /trips/photo.jpg, the beginning of paths such as '/trips/*', or an id.",
            metavar="PATH_OR_ID",
        ),
    ],
    workspace: Slug = "default",
    as_json: AsJson = False,
) -> None:
    """Take what was made of images out of memory, disk and the remote store, and print a receipt.

    Originals stay: the next request renders anew. What a CDN or a browser keeps is theirs to forget.

    calotype purge '/trips/2024/*'
    """

    async def work(platform: Platform, owner: Workspace) -> Receipt:
        return await purging.purge(platform, owner.id, purging.named(what))

    receipt = in_workspace(workspace, work)
    fields = {
        "receipt": receipt.id,
        "purged": receipt.what,
        "at": iso(receipt.at),
        "status": receipt.status.value,
        "images": receipt.assets,
        "disk": _told(receipt.disk),
        "remote": _told(receipt.remote),
    }
    if as_json:
        print_json(fields)
    else:
        print_fields({**fields, "disk": _words(receipt.disk), "remote": _words(receipt.remote)})


def _told(dropped: Dropped) -> dict[str, int]:
    return {"variants": dropped.count, "bytes": dropped.size}


def _words(dropped: Dropped) -> str:
    return f"{dropped.count} variants, {dropped.size:,} bytes"
