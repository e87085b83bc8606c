"""Jobs are finished, once, however the server dies: killed in mid-job, with one process or two, and upgraded."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from served import Served

import calotype
from calotype.adapters.catalog import assets, open_stores
from calotype.adapters.catalog.engines import engines_for
from calotype.adapters.catalog.urls import parse
from calotype.domain.assets import Asset, Facts, Version, blob_prefix
from calotype.domain.formats import Format
from calotype.domain.plans import Quota

IMAGES = 300
FILES = 60
"""Of each image: the job must not be done before the kill, and need not know what they are."""
LONG_S = 120


def now() -> datetime:
    return datetime.now(UTC)


async def fill(folder: Path) -> None:
    """Add 300 images to the namespace `big` and one to `small`, whose bytes lie in many files."""
    url = f"sqlite:///{folder}/data/calotype.db"
    stores, engines = await open_stores(url), engines_for(parse(url))
    owner = await stores.catalog.workspace_by_slug("default")
    pictures = [picture(number, owner.id) for number in range(IMAGES + 1)]
    # All at once: every commit waits for the disk.
    await engines.write(
        lambda connection: [assets.add(connection, asset, now, Quota()) for asset in pictures]
    )
    for asset in pictures:
        place = folder / "data" / "blobs" / blob_prefix(owner.id, asset.id) / "variants"
        place.mkdir(parents=True)
        for file in range(FILES):
            (place / f"{file:x}").touch()
    await engines.close()
    await stores.catalog.close()


def picture(number: int, owner: str) -> Asset:
    id_ = f"{number:04x}".rjust(24, "a")[::-1]
    version = Version(id_, 1, "", Facts(Format.JPEG, 1, 1))
    namespace = "big" if number else "small"
    return Asset(id_, owner, "a.jpg", "/", f"{id_}.jpg", version, now(), now(), namespace=namespace)


def versions(folder: Path) -> int:
    """Count the versions that have bytes."""
    return sum(1 for _ in (folder / "data" / "blobs").glob("*/*/*/variants"))


def wait_until(condition, what: str) -> None:
    deadline = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


def ask(folder: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "data" / "calotype.db")) as database:
        return database.execute(question).fetchall()


def jobs(folder: Path) -> list[tuple[object, ...]]:
    return ask(folder, "SELECT status FROM workflow_status WHERE workflow_uuid LIKE 'purge/%'")


def kill(served: Served) -> None:
    """End every process of the server at once, as a power cut would."""
    tree = psutil.Process(served.process.pid)
    for process in [*tree.children(recursive=True), tree]:
        os.kill(process.pid, signal.SIGKILL)
    served.kill()


def begin(served: Served) -> None:
    """Fill the library, delete the big namespace, and return while its bytes are being deleted."""
    with served:
        served.upload(b"")  # the first start makes the database and the key
    asyncio.run(fill(served.folder))
    served.start()
    body = {"namespace": "big"}
    answer = served.client.request("DELETE", "/v1/media/batch", json=body, headers=served.authorization)
    assert answer.json() == {"deleted": IMAGES}
    wait_until(lambda: versions(served.folder) <= IMAGES, "the job never began")


def check_finished(folder: Path) -> None:
    """One image is left, whose bytes nobody touched; one job did it, and every image was said once to be gone."""
    wait_until(lambda: versions(folder) == 1, "the job was not finished")
    [left] = (folder / "data" / "blobs").glob("*/*/*/variants")
    assert len([*left.iterdir()]) == FILES
    wait_until(lambda: jobs(folder) == [("SUCCESS",)], "the job did not end")
    events = "SELECT COUNT(*), COUNT(DISTINCT asset_id) FROM events WHERE kind = 'asset.deleted'"
    assert ask(folder, events) == [(IMAGES, IMAGES)]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_that_is_killed_in_mid_work_is_finished_after_the_restart(tmp_path, workers):
    served = Served(tmp_path, workers=workers)
    begin(served)
    kill(served)
    assert 1 < versions(tmp_path) <= IMAGES
    assert jobs(tmp_path) == [("PENDING",)]
    with served:
        check_finished(tmp_path)


@pytest.mark.slow
def test_a_job_whose_process_dies_is_finished_by_the_other_process(tmp_path):
    served = Served(tmp_path, workers=2)
    begin(served)
    working = max(psutil.Process(served.process.pid).children(), key=lambda child: child.num_threads())
    os.kill(working.pid, signal.SIGKILL)
    assert versions(tmp_path) > 1
    check_finished(tmp_path)
    served.stop()


@pytest.mark.slow
def test_a_job_of_an_older_code_is_finished_by_the_newer_one(tmp_path, monkeypatch):
    older = tmp_path / "older"
    shutil.copytree(Path(calotype.__file__).parent, older / "calotype")
    worker = older / "calotype" / "adapters" / "jobs" / "worker.py"
    source = worker.read_text()
    worker.write_text(source.replace("job = Job(job_id", "job = Job(str(job_id)"))
    assert worker.read_text() != source  # by which DBOS, left to itself, would tell the two versions apart
    served = Served(tmp_path)
    with monkeypatch.context() as changed:
        changed.setenv("PYTHONPATH", str(older))
        begin(served)
    kill(served)
    assert jobs(tmp_path) == [("PENDING",)]
    with served:
        check_finished(tmp_path)


@pytest.mark.slow
def test_a_server_that_is_stopped_in_mid_job_stops_at_once_and_leaves_the_rest_to_the_next(tmp_path):
    served = Served(tmp_path)
    begin(served)
    begun = time.monotonic()
    assert served.stop() == 0
    assert time.monotonic() - begun < 15
    with served:
        check_finished(tmp_path)
    assert "Traceback" not in served.log()
