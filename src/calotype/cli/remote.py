"""`calotype upload`, `ls`, `get` and `rm`: images on any img.pro-compatible server, for people.

Law: what was done is said file by file; one that fails keeps no other from its turn, and the end says how many did.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from calotype.cli.output import AsJson, complain, iso, print_json, print_table, say
from calotype.cli.sending import Sending, found, link
from calotype.errors import CalotypeError

if TYPE_CHECKING:  # its HTTP client takes a tenth of a second to import, which `calotype serve` need not wait
    from calotype.cli.client import Media, Remote

app = typer.Typer()

BaseUrl = Annotated[
    str,
    typer.Option(
        "--base-url", envvar="CALOTYPE_API_URL", help="The server, up to and without `/v1`.", metavar="URL"
    ),
]
Secret = Annotated[
    str,
    typer.Option("--key", envvar="CALOTYPE_API_KEY", help="An API key; without one, uploads expire.", metavar="KEY",
                 show_envvar=True),
]  # fmt: skip
HERE = "http://127.0.0.1:8000"

FILTER_COLUMNS = ("id", "name", "size", "bytes", "tags", "namespace", "created_at", "link")


@app.command("upload")
def upload(  # noqa: PLR0913, PLR0917 - typer declares each option as a parameter
    paths: Annotated[list[Path], typer.Argument(help="Images, or folders of them.", metavar="FILE|DIR…")],
    namespace: Annotated[str, typer.Option(help="Group them under this name.")] = "",
    tag: Annotated[list[str], typer.Option("--tag", help="Tag them; may be given again.")] = [],  # noqa: B006 - typer's way
    unlisted: Annotated[
        bool, typer.Option("--unlisted", help="No page: only for whoever has the URL.")
    ] = False,
    ttl: Annotated[str, typer.Option(help="How long they live, such as 12h or 30d; default: for ever.")] = "",
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Files that are sent at once.")] = 4,
    base_url: BaseUrl = HERE,
    key: Secret = "",
    as_json: AsJson = False,
) -> None:
    """Upload images, and every image in folders and their folders, and print their links.

    An upload that was interrupted is resumed by giving the same command again: each file is sent with the hash of
    its bytes as its external id, so that what is there already is not stored twice.

        calotype upload photo.jpg
        calotype upload ~/Pictures --namespace holidays --tag sea --tag 2026

    Ends with status 1 when a file could not be uploaded; the others were.
    """
    from calotype.cli.client import Remote

    files = found(paths)
    fields = {
        "namespace": namespace,
        "tags": ",".join(tag),
        "ttl": ttl,
        "public": "false" if unlisted else "",
    }
    with Remote(base_url, key) as remote:
        sending = Sending(remote, {name: value for name, value in fields.items() if value}, quiet=as_json)
        outcomes = sending.send(files, parallel)
    if as_json:
        print_json([outcome.fields for outcome in outcomes])
    failed = sum(outcome.failed for outcome in outcomes)
    if failed:
        complain("Failed", f"{failed} of {len(outcomes)} files; the same command tries them again.")
        raise typer.Exit(1)


@app.command("ls")
def ls(
    namespace: Annotated[str, typer.Option(help="Only images of this namespace.")] = "",
    tag: Annotated[list[str], typer.Option("--tag", help="Only images with one of these tags.")] = [],  # noqa: B006 - as above
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    base_url: BaseUrl = HERE,
    key: Secret = "",
    as_json: AsJson = False,
) -> None:
    """List images, newest first.

    `calotype ls --tag sea` lists the newest fifty with this tag, `calotype ls --all --json` everything, for a script.
    """
    from calotype.cli.client import Remote

    filters = {"namespace": namespace, "tags": ",".join(tag)}
    with Remote(base_url, key) as remote:
        given = {name: value for name, value in filters.items() if value}
        images = list(remote.listed(given, None if everything else limit))
    if as_json:
        print_json(images)
    else:
        print_table(FILTER_COLUMNS, [_row(image) for image in images])


@app.command("get")
def get(
    which: Annotated[str, typer.Argument(help="An image's id, or its URL.", metavar="ID|URL")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it there; `-` is standard output.")
    ] = None,
    size: Annotated[
        str, typer.Option(help="s, m or l: a short edge of 320, 640 or 1080 px.", metavar="s|m|l")
    ] = "",
    format_: Annotated[
        str, typer.Option("--format", help="jpg, png, webp, avif or gif.", metavar="FORMAT")
    ] = "",
    base_url: BaseUrl = HERE,
    key: Secret = "",
) -> None:
    """Download an image under its name, or to a file of your choice.

        calotype get 3f2a9c0b7d1e4f5a6b7c8d9e
        calotype get 3f2a9c0b7d1e4f5a6b7c8d9e --size m --format webp -o small.webp

    What breaks off leaves no file behind, and no file is replaced but one that you name.
    """
    from calotype.cli.client import Remote
    from calotype.cli.receiving import receive, source_of

    with Remote(base_url, key) as remote:
        source = source_of(remote, which, size, format_)
        written = receive(remote, source, output)
    if written is not None:
        say(str(written))


@app.command("rm")
def rm(
    ids: Annotated[list[str], typer.Argument(help="Ids of images.", metavar="ID…")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    base_url: BaseUrl = HERE,
    key: Secret = "",
) -> None:
    """Delete images for good, with all that was made of them. It asks first.

        calotype rm 3f2a9c0b7d1e4f5a6b7c8d9e

    Ends with status 1 when one could not be deleted; the others were.
    """
    from calotype.cli.client import Remote

    with Remote(base_url, key) as remote:
        if not yes:
            for each in ids:
                _show(remote, each)
            typer.confirm(
                f"Delete {'this image' if len(ids) == 1 else f'these {len(ids)}'} for good?", abort=True
            )
        deleted = [_deleted(remote, each) for each in ids]
    if not all(deleted):
        raise typer.Exit(1)


def _show(remote: Remote, asset_id: str) -> None:
    image = remote.media(asset_id)
    say(f"{asset_id}  {image.get('name', '')}")


def _deleted(remote: Remote, asset_id: str) -> bool:
    try:
        remote.delete(asset_id)
    except CalotypeError as error:
        complain(asset_id, error.message)
        return False
    say(f"{asset_id} is deleted.")
    return True


def _row(image: Media) -> dict[str, Any]:
    known = image.get("width") and image.get("height")
    return {
        "id": image["id"],
        "name": image.get("name"),
        "size": f"{image['width']}x{image['height']}" if known else None,
        "bytes": f"{image['filesize']:,}" if image.get("filesize") is not None else None,
        "tags": image.get("tags"),
        "namespace": image.get("namespace"),
        "created_at": _time(image.get("created_at")),
        "link": link(image),
    }


def _time(seconds: object) -> str | None:
    return iso(datetime.fromtimestamp(seconds, UTC)) if isinstance(seconds, int | float) else None
