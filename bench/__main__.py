"""`python -m bench`: everything in one run. `--only hits` for one part, `--quick` for a look."""

from __future__ import annotations

import os
import platform
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from bench import (
    cold,
    crowd,
    encoders,
    hits,
    large,
    listing,
    mezzanine,
    process,
    report,
    steady,
    transforming,
    uploads,
)
from bench.peers import PEERS
from bench.peers import run as peers
from bench.peers.cases import FORMATS

PARTS = {
    "cold": cold.run,
    "hits": hits.run,
    "mezzanine": mezzanine.run,
    "start": process.start,
    "memory": process.memory,
    "large": large.run,
    "crowd": crowd.run,
    "steady": steady.run,
    "uploads": uploads.run,
    "encoders": encoders.run,
    "transforming": transforming.run,
    "listing": listing.run,
    "peers": peers.run,
}
Part = StrEnum("Part", {name: name for name in PARTS})
PeerName = StrEnum("PeerName", {name: name for name in PEERS})
OutputFormat = StrEnum("OutputFormat", {name: name for name in FORMATS})


def main(
    only: Annotated[list[Part] | None, typer.Option(help="Measure this part only; may be repeated.")] = None,
    peer: Annotated[
        list[PeerName] | None, typer.Option(help="Of the peers, this one only; may be repeated.")
    ] = None,
    format_: Annotated[
        list[OutputFormat] | None,
        typer.Option("--format", help="Of the formats beside peers, this one only."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few rounds: a look, not a measurement.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write docs/benchmarks.md from the newest results.")
    ] = False,
) -> None:
    """Measure Calotype against the bare limit and against peers, in one run, and print ratios."""
    report.note(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    parts = PARTS | {"peers": partial(peers.run, only=_names(peer), formats=_names(format_))}
    for name, run in parts.items():
        if not only or name in only:
            run(quick=quick)
    if write:
        from bench import page

        page.write()


def _names(chosen: list[PeerName] | list[OutputFormat] | None) -> list[str] | None:
    return [each.value for each in chosen] if chosen else None


if __name__ == "__main__":
    typer.run(main)
