"""`python -m bench`: everything in one run. `--only hits` for one part, `--quick` for a look."""

from __future__ import annotations

import os
import platform
from enum import StrEnum
from typing import Annotated

import typer

from bench import cold, hits, mezzanine, process, report

PARTS = {
    "cold": cold.run,
    "hits": hits.run,
    "mezzanine": mezzanine.run,
    "start": process.start,
    "memory": process.memory,
}
Part = StrEnum("Part", {name: name for name in PARTS})


def main(
    only: Annotated[list[Part] | None, typer.Option(help="Measure this part only; may be repeated.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few rounds: a look, not a measurement.")] = False,
) -> None:
    """Measure Calotype against the bare limit and against peers, in one run, and print ratios."""
    report.note(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for name, run in PARTS.items():
        if not only or name in only:
            run(quick=quick)


if __name__ == "__main__":
    typer.run(main)
