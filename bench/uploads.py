"""Uploads that survive a power cut, beside what the disk itself can make durable: the same bytes in a new folder each.

Both run with as many at once, in turn, on the same file system. An upload also decodes the picture, makes its
mezzanines and commits its row, each of which is durable too before it is answered: so this is no ratio to reach 1.
"""

from __future__ import annotations

import http.client
import itertools
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import pictures, report, results, service

AT_ONCE = 4
UNLIMITED: dict[str, Any] = {"requests_per_minute": 0, "workspace_requests_per_minute": 0}
"""A measurement asks for more than people may."""


def run(*, quick: bool) -> None:
    """Print uploads per second against durable writes per second, for a small picture and for a photograph."""
    seconds, rounds = (2, 1) if quick else (4, 5)
    report.title(
        f"Uploads per second, {AT_ONCE} at once, against files that are written, synced and in synced folders"
    )
    sent = {"0.3 MP": pictures.made(640, 480), "6 MP": pictures.six_megapixels()}
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = service.create_key(folder)
        with service.running(folder, **UNLIMITED) as running:
            for what, picture in sent.items():
                ours, disk = _measure(running, key, picture, folder / "disk", seconds, rounds)
                found[what] = {"bytes": len(picture), "uploads": ours, "files": disk}
                label = f"a photograph of {what}, {len(picture):,} bytes"
                report.Ratio(label, ours, disk, "per second").show()
    results.keep("uploads", {"at_once": AT_ONCE, "pictures": found})


def _measure(
    running: service.Service, key: str, picture: bytes, folder: Path, seconds: float, rounds: int
) -> tuple[float, float]:
    """Upload and write in turn, *rounds* times each after a first time that does not count; answer the medians."""
    ours: list[float] = []
    disk: list[float] = []
    for _ in range(rounds + 1):
        ours.append(_rate(lambda: _Sender(running.port, key, picture), seconds))
        disk.append(_rate(lambda: _Writer(folder, picture), seconds))
    return report.median(ours[1:]), report.median(disk[1:])


def _rate(worker: Callable[[], _Sender | _Writer], seconds: float) -> float:
    """Let AT_ONCE workers do one thing after the other for so long; answer how many things a second were done."""
    began = time.perf_counter()
    counts = [0] * AT_ONCE

    def work(place: int) -> None:
        each = worker()
        while time.perf_counter() - began < seconds:
            each.once()
            counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


class _Sender:
    """Uploads the picture on one connection."""

    def __init__(self, port: int, key: str, picture: bytes) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._body, boundary = service.multipart(picture)
        self._headers = {
            "authorization": f"Bearer {key}",
            "content-type": f"multipart/form-data; boundary={boundary}",
        }

    def once(self) -> None:
        """Upload it."""
        self._connection.request("POST", "/v1/upload", self._body, self._headers)
        response = self._connection.getresponse()
        said = response.read()
        if response.status != http.client.CREATED:
            raise SystemExit(f"upload failed: {response.status} {said[:200]!r}")


class _Writer:
    """Writes the picture's bytes and waits until they, and the names that lead to them, are on the disk."""

    _numbers = itertools.count()

    def __init__(self, folder: Path, picture: bytes) -> None:
        self._folder, self._picture = folder, picture
        folder.mkdir(exist_ok=True)

    def once(self) -> None:
        """Write it into a folder of its own."""
        place = self._folder / str(next(self._numbers))
        place.mkdir()
        with (place / "file").open("wb", buffering=0) as file:
            file.write(self._picture)
            os.fsync(file.fileno())
        for folder in (place, self._folder):
            descriptor = os.open(folder, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
