"""The command line: `calotype serve | keys | migrate | doctor | fsck`. Each command's help teaches its use."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from calotype import bootstrap
from calotype.domain.workspaces import Ability, Key
from calotype.errors import CalotypeError
from calotype.services import keys, workspaces
from calotype.services.fsck import Report
from calotype.services.fsck import fsck as compare
from calotype.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Calotype: a self-hosted image platform. Start with `calotype serve`.\n\n"
    "Every setting is a `CALOTYPE_…` variable or a line of `calotype.toml`; `docs/settings.md` lists them.",
)
keys_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(keys_app, name="keys")

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)

_UNFOLDED = 10_000  # columns
_SECRET_SETTING = re.compile("SECRET|KEY|(?:DATABASE|BLOB)_URL")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Slug = Annotated[str, typer.Option("--workspace", help="The workspace's slug.", metavar="SLUG")]


def main() -> None:
    """Run the command line. What can be foreseen ends in one clear line and status 1, not in a traceback."""
    with _explained():
        app()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except CalotypeError as error:  # its `fix` is for callers of the API, who hold no command line
        _complain("Error", error.message)
        raise SystemExit(1) from None
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            # What was given for a secret, or in a URL with a password, is not for a screen or a log.
            given = "" if _SECRET_SETTING.search(name) else f" (got {problem['input']!r})"
            _complain(f"CALOTYPE_{name}", f"{problem['msg']}{given}")
        raise SystemExit(1) from None
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        _complain("calotype.toml", str(error))
        raise SystemExit(1) from None
    except OSError as error:  # a folder that is closed to us, a full disk: the system says it best
        _complain("Error", f"{error.strerror}: {error.filename}" if error.filename else str(error))
        raise SystemExit(1) from None


def _complain(about: str, words: str) -> None:
    """Print one line; *words* may quote what was typed, which is no markup."""
    complaints.print(f"[bold red]{escape(about)}:[/] {escape(words)}", soft_wrap=True)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default 8000.")] = None,
    workers: Annotated[int | None, typer.Option(help="Web processes; default 1.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept; default ./data.")] = None,
) -> None:
    """Start the server.

    On an empty data directory it makes the workspace `default` and prints an API key, once, with a curl
    line that works when pasted. Stop it with Ctrl-C; a second start continues where it was.
    """
    from calotype import server

    chosen: dict[str, Any] = {"host": host, "port": port, "workers": workers, "data_dir": data_dir}
    server.serve(Settings(**{name: value for name, value in chosen.items() if value is not None}))


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema. `serve` does it too; this is for doing it beforehand."""
    settings = Settings()
    asyncio.run(bootstrap.migrate(settings))
    console.print("The database is up to date.")


@keys_app.command("create")
def create_key(
    workspace: Slug = "default",
    name: Annotated[str, typer.Option(help="A label, to recognise the key by.")] = "Default",
    read_only: Annotated[bool, typer.Option("--read-only", help="May read, not change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once: only its hash is stored."""
    abilities = frozenset({Ability.READ} if read_only else Ability)

    async def create() -> tuple[Key, str]:
        async with bootstrap.open_seeded(Settings()) as platform:
            owner = await workspaces.find(platform, workspace)
            return await keys.create_key(platform, owner, name, abilities)

    key, secret = asyncio.run(create())
    if as_json:
        _print_json({**_key_fields(key), "key": secret})
    else:
        console.print(secret, soft_wrap=True)


@keys_app.command("list")
def list_keys(workspace: Slug = "default", as_json: AsJson = False) -> None:
    """List a workspace's keys, revoked ones too."""

    async def read() -> list[Key]:
        async with bootstrap.open_seeded(Settings()) as platform:
            owner = await workspaces.find(platform, workspace)
            return list(await keys.list_keys(platform, owner))

    found = [_key_fields(key) for key in asyncio.run(read())]
    if as_json:
        _print_json(found)
    else:
        _print_table(("id", "name", "starts_with", "abilities", "created_at", "revoked_at"), found)


@keys_app.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="The key's id, such as key_7x9k2m.")]) -> None:
    """Revoke a key. It stops working at the next request, in every process."""

    async def revoke() -> None:
        async with bootstrap.open_seeded(Settings()) as platform:
            await keys.revoke_key(platform, key_id)

    asyncio.run(revoke())
    console.print(f"{key_id} is revoked.")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what works here: formats, data directory, database, isolation, and how long a probe render takes.

    Ends with status 1 when something that the server needs does not work.
    """
    checks = asyncio.run(bootstrap.examined(Settings()))
    if as_json:
        _print_json([dataclasses.asdict(check) for check in checks])
    else:
        _print_table(("ok", "what", "finding"), [dataclasses.asdict(check) for check in checks])
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@app.command()
def fsck(
    repair: Annotated[bool, typer.Option("--repair", help="Delete the orphans that were found.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every original and compare its hash.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the stored bytes with the catalog.

    Orphans (bytes without a row) are what a crash in mid-upload leaves; `--repair` deletes them. While the
    server runs, those younger than an hour are left alone: they may be uploads under way. A row without its
    bytes is damage: it is only reported, and the command ends with status 2.
    """
    report = asyncio.run(_fsck(repair=repair, verify=verify, quiet=as_json))
    findings = {name: value for name, value in dataclasses.asdict(report).items() if isinstance(value, dict)}
    if as_json:
        _print_json(dataclasses.asdict(report))
    else:
        console.print(f"{report.blobs:,} blobs and {report.versions:,} versions were compared.")
        _print_table(("finding", "count", "size", "examples"), [
            {"finding": name, **finding} for name, finding in findings.items() if finding["count"]
        ])  # fmt: skip
        console.print(f"{report.deleted:,} deleted." if repair else "Nothing was changed.")
    if report.damaged:
        raise typer.Exit(2)


async def _fsck(*, repair: bool, verify: bool, quiet: bool) -> Report:
    """Compare behind a progress bar; the data directory's lock tells whether a server may be working on it."""
    settings = Settings()
    async with bootstrap.open_seeded(settings) as platform:
        with bootstrap.unused(settings) as holds_lock, Progress(console=complaints, disable=quiet) as bar:
            task = bar.add_task("comparing", total=None)

            def progress(report: Report) -> None:
                bar.update(task, description=f"{report.blobs:,} blobs, {report.versions:,} versions")

            return await compare(
                platform, repair=repair, holds_lock=holds_lock, verify=verify, progress=progress
            )


def _key_fields(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "starts_with": key.lookup,
        "abilities": sorted(key.abilities),
        "created_at": key.created_at.isoformat(timespec="seconds"),
        "revoked_at": _iso(key.revoked_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2))


def _print_table(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    table = Table(*(column.replace("_", " ") for column in columns), box=None)
    for row in rows:
        table.add_row(*(escape(_cell(row[column])) for column in columns))
    # A table that is read by another program is not folded: there is no screen that it would have to fit.
    target = console if console.is_terminal else Console(highlight=False, width=_UNFOLDED)
    target.print(table)


def _cell(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
