"""Sending many files: which ones, a few at a time, behind a bar that tells bytes and rate.

Law: every file has an outcome, and a file is told by its bytes: the same ones are not stored twice.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from calotype.cli.output import complain, complaints, say
from calotype.domain.formats import BY_EXTENSION
from calotype.errors import CalotypeError, Invalid, Refused

if TYPE_CHECKING:
    from calotype.cli.client import Media, Remote


_WORTH_LOOKING = 2
"""Files from which on the server is asked what it has: for one, sending it asks as well."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    file: str
    image: Media | None = None
    there: bool = False
    """Whether it was there already."""
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether it was not uploaded."""
        return self.image is None

    @property
    def fields(self) -> dict[str, Any]:
        """Show it to a script."""
        if self.image is None:
            return {"file": self.file, "status": "failed", "error": self.error}
        return {"file": self.file, "status": "already there" if self.there else "uploaded", **self.image}


def found(paths: Iterable[Path]) -> list[Path]:
    """List the files to send: those that are named, and in folders all that are called like images, by name.

    Raises:
        Invalid: a path leads nowhere, or a folder has no image.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = list(_images(path))
            if not inside:
                raise Invalid(f"{path}: there is no image in this folder.")
            files.update(dict.fromkeys(inside))
        elif path.exists():
            files[path] = None
        else:
            raise Invalid(f"{path}: there is no such file.")
    return list(files)


def _images(folder: Path) -> Iterator[Path]:
    """Walk a folder, hidden ones aside, and follow no links: they may lead in circles."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and name.rpartition(".")[2].lower() in BY_EXTENSION:
                yield Path(place, name)


def fingerprint(path: Path) -> str:
    """Name a file by its bytes.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


class Sending:
    """Sends files to *remote*, all with the same *fields*. *quiet*: says nothing meanwhile."""

    def __init__(self, remote: Remote, fields: dict[str, str], *, quiet: bool) -> None:
        """Be ready to send."""
        self._remote = remote
        self._fields = fields
        self._quiet = quiet
        self._known: dict[str, Media] = {}
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=complaints,
            disable=quiet or not complaints.is_terminal,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # links that go to a file are not for this console
        )

    def send(self, files: Sequence[Path], parallel: int) -> list[Outcome]:
        """Send *files*, so many at once; answer what became of each, in their order."""
        total = sum(_size(file) for file in files)
        outcomes: dict[Path, Outcome] = {}
        self._known = self._newest(len(files))
        with self._bar, ThreadPoolExecutor(parallel) as pool:
            task = self._bar.add_task(_progress(0, len(files)), total=total)
            sending = {pool.submit(self._send, file, task): file for file in files}
            try:
                for done in as_completed(sending):
                    outcomes[sending[done]] = done.result()
                    self._bar.update(task, description=_progress(len(outcomes), len(files)))
                    self._say(done.result())
            except BaseException:  # Ctrl-C: what is on its way ends, what waits does not begin
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return [outcomes[file] for file in files]

    def _newest(self, count: int) -> dict[str, Media]:
        """Look at as many of the newest images as there are files: what an interrupted upload has left is among them.

        Whoever may not list sends every file again, and the server says which were there.
        """
        if count < _WORTH_LOOKING:
            return {}
        where = {name: value for name, value in self._fields.items() if name == "namespace"}
        try:
            listed = list(self._remote.listed(where, count))
        except Refused:
            return {}
        return {str(image["external_id"]): image for image in listed if image.get("external_id")}

    def _send(self, file: Path, task: TaskID) -> Outcome:
        try:
            external_id = fingerprint(file)
            if external_id in self._known:
                self._bar.advance(task, _size(file))
                return Outcome(str(file), self._known[external_id], there=True)
            fields = {**self._fields, "external_id": external_id}
            image, there = self._remote.upload(file, fields, lambda size: self._bar.advance(task, size))
        except CalotypeError as error:
            return Outcome(str(file), error=error.message)
        except OSError as error:
            return Outcome(str(file), error=error.strerror or str(error))
        return Outcome(str(file), image, there)

    def _say(self, outcome: Outcome) -> None:
        if outcome.image is None:
            complain(outcome.file, outcome.error)
        elif not self._quiet:
            say(f"{outcome.file}  {link(outcome.image)}{'  (already there)' if outcome.there else ''}")


def link(image: Media) -> str:
    """Give what people open: the page, or where there is none, the image."""
    return str(image.get("url") or image.get("src") or "")


def _progress(done: int, count: int) -> str:
    return f"{done} of {count} files"


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # it has its own line when its turn comes
