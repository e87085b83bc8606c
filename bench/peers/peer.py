"""What the benchmark asks of a server: a version, a command to start it, and the URL of a variant.

Law: what is installed for a measurement lives in the user's cache folder, never in the repository.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "calotype-bench"
CORES = os.cpu_count() or 1


class Missing(Exception):
    """This server cannot be had here; the message says why."""


@dataclass(frozen=True)
class Shot:
    """One variant: *picture* is a file's name, *width* in pixels, *quality* None for the server's own."""

    picture: str
    width: int
    format: str
    quality: int | None = None


@dataclass(frozen=True)
class Site:
    """The folder of pictures that every server serves."""

    pictures: Path


@dataclass(frozen=True)
class Launch:
    """How to start a server."""

    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None


class Peer(Protocol):
    """A server to compare with."""

    name: ClassVar[str]
    settings: ClassVar[str]
    """For the page: what was chosen, and by whose recommendation."""

    def version(self) -> str:
        """Install it when it is not there yet; say what it is. Raises Missing."""

    def launch(self, site: Site, port: int) -> Launch:
        """Say how to serve *site* on 127.0.0.1:*port*."""

    def target(self, shot: Shot) -> str:
        """Spell the request target of a variant, as wide as *shot* says, its height following the picture's."""


def command(*words: str | Path, folder: Path | None = None, **environment: str) -> str:
    """Run an installer, at low priority; answer what it printed. Raises Missing with its last line."""
    nice = ["nice", "-n", "15"] if shutil.which("nice") else []
    result = subprocess.run(
        [*nice, *map(str, words)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        said = (result.stderr or result.stdout).strip().splitlines()
        raise Missing(said[-1].strip() if said else f"{words[0]} ended with {result.returncode}")
    return result.stdout


def require(tool: str) -> str:
    """Find a program that building a peer takes. Raises Missing."""
    found = shutil.which(tool) or shutil.which(tool, path="/usr/local/go/bin")
    if not found:
        raise Missing(f"{tool} is not installed")
    return found


def jemalloc() -> dict[str, str]:
    """Preload jemalloc where it is installed, as imagor's image does and sharp's documentation advises on glibc."""
    libraries = Path("/usr/lib") / f"{platform.machine()}-linux-gnu"
    found = libraries / "libjemalloc.so.2"
    return {"LD_PRELOAD": str(found)} if found.exists() else {}
