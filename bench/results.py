"""Measured results, kept between runs in the user's cache folder: the page is written from the newest of each part."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.peers.peer import CACHE

FILE = CACHE / "results.json"


def keep(part: str, values: dict[str, Any]) -> None:
    """Keep what *part* measured, with the time, the machine and the load that other programs made."""
    kept = read() | {part: values | {"measured": _circumstances()}}
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(kept, indent=1))


def read() -> dict[str, Any]:
    """Read the newest results of every part."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def plain(value: Any) -> dict[str, Any]:
    """Give a dataclass as JSON can hold it."""
    return asdict(value)


def _circumstances() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average": os.getloadavg()[2],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
