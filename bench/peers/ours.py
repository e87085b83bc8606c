"""Calotype as one of the servers: the same pictures, uploaded first; its caches off."""

from __future__ import annotations

import importlib.metadata
import json
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from bench import service
from bench.peers.peer import CORES, Launch, Shot, Site

WITHOUT_MEZZANINE = (
    "UPDATE versions SET facts = json_set(facts, '$.mezzanine', NULL, '$.small', NULL)",
    # Set aside, or the first variant would have them made again.
    "INSERT INTO quarantine SELECT 'mezzanine/' || id, NULL FROM versions",
)


@dataclass
class Ours:
    """A data directory of its own; *mezzanine* False hides what ingest made, so that every render decodes afresh."""

    folder: Path
    mezzanine: bool = True
    cached: bool = False
    name: ClassVar[str] = "calotype"
    settings: ClassVar[str] = (
        f"`calotype serve`, {CORES} render slots (the cores), memory and disk caches off "
        "(`CALOTYPE_MEMORY_CACHE_BYTES=0`, `CALOTYPE_DISK_CACHE_BYTES=0`), a daily budget of variants that is not "
        "reached (`CALOTYPE_VARIANT_BUDGET=1000000`), everything else as it comes"
    )
    paths: dict[str, str] = field(default_factory=dict)
    ingest_seconds: dict[str, float] = field(default_factory=dict)

    def version(self) -> str:
        """Say the version and its libvips."""
        vips = importlib.metadata.version("pyvips-binary")
        return f"{importlib.metadata.version('calotype')} (libvips {vips})"

    def ingest(self, site: Site, times: int = 1) -> None:
        """Upload every picture of *site*, *times* over; keep the median time and the last URL."""
        self.folder.mkdir(parents=True, exist_ok=True)
        key = service.create_key(self.folder)
        with service.running(self.folder) as running:
            for picture in sorted(site.pictures.iterdir()):
                body, took = picture.read_bytes(), []
                for _ in range(times):
                    began = time.perf_counter()
                    self.paths[picture.name] = running.upload(body, key)
                    took.append(time.perf_counter() - began)
                self.ingest_seconds[picture.name] = sorted(took)[len(took) // 2]
        if not self.mezzanine:
            with sqlite3.connect(self.folder / "data" / "calotype.db") as database:
                for change in WITHOUT_MEZZANINE:
                    database.execute(change)

    def has_mezzanine(self, picture: str) -> bool:
        """Say whether ingest made a mezzanine of *picture*."""
        asset_id = self.paths[picture].rsplit("/", 1)[1].split(".")[0]
        with sqlite3.connect(self.folder / "data" / "calotype.db") as database:
            rows = database.execute("SELECT facts FROM versions WHERE id = ?", (asset_id,)).fetchall()
        facts = json.loads(rows[0][0])
        return facts["mezzanine"] is not None or facts["small"] is not None

    def launch(self, site: Site, port: int) -> Launch:  # noqa: ARG002 - the pictures were uploaded
        """Serve the data directory."""
        off = {} if self.cached else {"memory_cache_bytes": 0, "disk_cache_bytes": 0}
        environment = service.environment(self.folder, port, **off)
        return Launch([str(service.CALOTYPE), "serve"], environment, self.folder)

    def target(self, shot: Shot) -> str:
        """`/storage/id.webp?w=640`: the quality is the format's default."""
        stem = self.paths[shot.picture].rsplit(".", 1)[0]
        return f"{stem}.{shot.format}?w={shot.width}"
