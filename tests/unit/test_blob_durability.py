"""The order in which an upload reaches the disk: file, name, directories, and only then its row.

A child process does what an upload does, with the real store and the real catalog. What it did is recorded by the
interpreter's audit hook and SQLite's own trace, and once more by the kernel (strace, where there is one).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ID = "0f3a5c7e9b1d2f4a6c8e0b1d"

UPLOAD = """
import asyncio, json, os, sqlite3.dbapi2, sys
from datetime import UTC, datetime
from pathlib import Path

from calotype.adapters.blobs import open_blobs
from calotype.adapters.catalog import migrate, open_catalog
from calotype.domain.assets import Asset, Facts, Version, blob_prefix
from calotype.domain.formats import Format
from calotype.domain.workspaces import Workspace

events, now = [], datetime(2026, 11, 21, tzinfo=UTC)
real_fsync, real_connect = os.fsync, sqlite3.connect

def record(event, arguments):
    if event == "os.mkdir":
        events.append(["mkdir", str(arguments[0])])
    elif event == "os.rename":
        events.append(["rename", str(arguments[1])])

def connect(*arguments, **options):
    connection = real_connect(*arguments, **options)
    connection.set_trace_callback(lambda sql: events.append(["sql", sql.split()[0]]))
    return connection

def fsync(descriptor):
    real_fsync(descriptor)
    events.append(["fsync", os.fstat(descriptor).st_ino])  # a file keeps its inode when its name changes

async def upload(data, durable):
    url = f"sqlite:///{data / 'calotype.db'}"
    await migrate(url)
    catalog, blobs = await open_catalog(url), open_blobs((data / "blobs").as_uri())
    await catalog.add_workspace(Workspace("work", "work", "abc", now))
    spool = data / "upload"
    spool.write_bytes(b"a photograph")
    events.clear()
    version = Version("ID", 12, "0" * 64, Facts(Format.JPEG, 1, 1))
    await blobs.put(blob_prefix("work", version.id) + "original", spool, durable=durable)
    await catalog.add_asset(Asset(version.id, "work", "a", "/", "a.jpg", version, now, now), lambda: now)
    await catalog.close()

sys.addaudithook(record)
os.fsync, sqlite3.dbapi2.connect = fsync, connect
asyncio.run(upload(Path(sys.argv[1]), sys.argv[2] == "durable"))
print(json.dumps(events))
""".replace("ID", ID)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def upload(data: Path, durable: str, *wrapper: str) -> str:
    command = [*wrapper, sys.executable, "-c", UPLOAD, str(data), durable]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def recorded(data: Path, durable: str = "durable") -> list[str]:
    """Do one upload and say what happened in order, each by the last part of its path."""
    events = json.loads(upload(data, durable))
    names = {path.stat().st_ino: path.name for path in (data, *data.rglob("*"))}
    return [f"{what} {names[on] if what == 'fsync' else Path(on).name}" for what, on in events]


def test_the_file_is_on_disk_before_its_name_and_its_name_before_its_row(data: Path):
    (data / "blobs" / "work" / "0f").mkdir(parents=True)
    assert recorded(data)[:9] == [
        "fsync original",
        f"mkdir {ID}",
        "rename original",
        f"fsync {ID}",
        "fsync 0f",
        "fsync work",
        "fsync blobs",
        "sql BEGIN",
        "sql UPDATE",
    ]


def test_every_new_directory_is_on_disk_before_the_row(data: Path):
    events = recorded(data)
    before = events[: events.index("sql BEGIN")]
    new = {event.removeprefix("mkdir ") for event in before if event.startswith("mkdir")}
    assert new == {"blobs", "work", "0f", ID}
    assert {f"fsync {name}" for name in new} < set(before)
    assert "fsync data" in before  # which holds the new directory of the blobs


def test_nothing_touches_the_blobs_after_the_row_has_begun(data: Path):
    events = recorded(data)
    after = events[events.index("sql BEGIN") :]
    assert {event.split()[0] for event in after} == {"sql"}
    assert after[-1] == "sql COMMIT"
    assert "sql INSERT" in after


def test_what_can_be_made_again_is_renamed_but_never_fsynced(data: Path):
    (data / "blobs" / "work" / "0f" / ID).mkdir(parents=True)
    assert recorded(data, "fast")[:3] == [f"mkdir {ID}", "rename original", "sql BEGIN"]


def kernel_can_be_asked() -> bool:
    strace = shutil.which("strace")
    return (
        strace is not None and subprocess.run([strace, "-o", os.devnull, "true"], check=False).returncode == 0
    )


@pytest.mark.skipif(not kernel_can_be_asked(), reason="needs strace, and leave to use it")
def test_the_kernel_saw_the_file_then_its_name_then_the_directories_then_the_row(data: Path, tmp_path: Path):
    trace = tmp_path / "trace"
    calls = "trace=fsync,fdatasync,rename,renameat,renameat2"
    upload(data, "durable", "strace", "-f", "-y", "-e", calls, "-o", str(trace))
    paths = re.findall(r"(fsync|fdatasync|rename)\w*\(.*?([\w.-]+)[>\"]\)? ", trace.read_text())
    seen = [f"{call} {name}" for call, name in paths]
    assert seen[seen.index("fsync upload") :][:8] == [
        "fsync upload",
        "fsync data",
        "rename original",
        f"fsync {ID}",
        "fsync 0f",
        "fsync work",
        "fsync blobs",
        "fdatasync calotype.db-wal",
    ]
