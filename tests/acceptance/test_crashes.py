"""Nothing acknowledged is ever lost: the server is killed at random in mid-upload, again and again."""

import hashlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx
import pytest
from served import Served

import pictures

pytestmark = pytest.mark.slow

ROUNDS = 10
UPLOADS = 200
CLIENTS = 4


def picture(number: int) -> bytes:
    """A small valid JPEG whose bytes are unlike any other's."""
    return pictures.jpeg(48, 32, exif=False) + b"#%d" % number


def test_every_acknowledged_upload_survives_ten_kills(tmp_path):
    served = Served(tmp_path, render_slots=2, requests_per_minute=0, workspace_requests_per_minute=0)
    acknowledged, numbers, chance = {}, count(), random.Random(1)
    for _ in range(ROUNDS):
        served.start()
        _upload_until_killed(served, acknowledged, numbers, kill_after=chance.randrange(5, UPLOADS - 5))
    with served:
        for url, digest in acknowledged.items():
            assert hashlib.sha256(served.fetch(url).content).hexdigest() == digest
    _orphans_are_found_and_removed(served, acknowledged)


def _upload_until_killed(served, acknowledged, numbers, *, kill_after):
    done, enough = count(1), threading.Event()

    def upload(_: int) -> None:
        if enough.is_set():
            return
        body = picture(next(numbers))
        try:
            answer = served.upload(body)
        except httpx.HTTPError:
            return
        assert answer.status_code in {200, 201}, answer.text
        acknowledged[_path(answer.json()["src"])] = hashlib.sha256(body).hexdigest()
        if next(done) == kill_after:
            enough.set()
            served.process.kill()

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(upload, range(UPLOADS)))
    served.kill()


def _path(url: str) -> str:
    """The port is another after each start; the path is what lasts."""
    return "/" + url.split("/", 3)[3]


def _orphans_are_found_and_removed(served, acknowledged):
    found = served.json("fsck", "--verify")
    assert [found[damage]["count"] for damage in ("missing", "wrong_size", "wrong_hash")] == [0, 0, 0]
    repaired = served.json("fsck", "--repair")
    assert repaired["deleted"] == found["orphans"]["count"] + found["leftovers"]["count"]
    assert served.json("fsck")["orphans"]["count"] == 0
    with served:
        for url, digest in acknowledged.items():
            assert hashlib.sha256(served.fetch(url).content).hexdigest() == digest


def test_an_orphan_is_found_and_removed(tmp_path):
    with Served(tmp_path) as served:
        kept = served.upload(pictures.jpeg()).json()
    [workspace] = (tmp_path / "data" / "blobs").iterdir()
    folder = workspace / "ab" / ("ab" + "0" * 22)
    folder.mkdir(parents=True)
    (folder / "original").write_bytes(b"left by a crash")
    assert served.json("fsck")["orphans"]["examples"] == [f"{workspace.name}/ab/{folder.name}/original"]
    assert served.json("fsck", "--repair")["deleted"] == 1
    assert served.json("fsck")["orphans"]["count"] == 0
    with served:
        assert served.fetch(_path(kept["src"])).status_code == 200
