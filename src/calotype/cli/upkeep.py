"""`calotype serve`, and what keeps a server sound: `migrate`, `doctor`, `fsck`."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from calotype import bootstrap
from calotype.cli.output import AsJson, complaints, console, print_json, print_table
from calotype.services.fsck import Report
from calotype.services.fsck import fsck as compare
from calotype.settings import Settings

app = typer.Typer()


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


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what works here: formats, data directory, database, isolation, and how long a probe render takes.

    Ends with status 1 when something that the server needs does not work.
    """
    checks = asyncio.run(bootstrap.examined(Settings()))
    if as_json:
        print_json([dataclasses.asdict(check) for check in checks])
    else:
        print_table(("ok", "what", "finding"), [dataclasses.asdict(check) for check in checks])
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
        print_json(dataclasses.asdict(report))
    else:
        console.print(f"{report.blobs:,} blobs and {report.versions:,} versions were compared.")
        print_table(("finding", "count", "size", "examples"), [
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
