"""Requests that are sent twice, to two processes at once or across a power cut, and take effect once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx
import pytest
from served import Served

import pictures

pytestmark = pytest.mark.slow

PHOTO = pictures.jpeg(64, 48)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with Served(tmp_path_factory.mktemp("two"), workers=2, render_slots=2) as started:
        yield started


def at_once(times: int, send) -> list[httpx.Response]:
    """Send from as many connections, which two processes accept."""
    with ThreadPoolExecutor(times) as clients:
        return list(clients.map(send, range(times)))


def stored(server: Served, **query: str) -> int:
    answer = server.client.get("/v1/media", params={"limit": 100, **query}, headers=server.authorization)
    return len(answer.json()["data"])


def test_of_twenty_equal_requests_at_two_processes_one_makes_the_image(server: Served):
    def send(_: int) -> httpx.Response:
        headers = {**server.authorization, "Idempotency-Key": "race"}
        form = {"labels": '{"race": "key"}'}
        files = {"file": ("a.jpg", PHOTO)}
        return httpx.post(f"{server.url}/v1/images", headers=headers, data=form, files=files, timeout=60)

    answers = at_once(20, send)
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.json()["id"] for answer in made}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in made) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "idempotency_key_in_progress"
            assert int(answer.headers["retry-after"]) > 0
    images = server.client.get("/v1/images?label[race]=key", headers=server.authorization)
    assert len(images.json()["data"]) == 1


def test_of_twenty_uploads_with_one_external_id_at_two_processes_one_is_kept(server: Served):
    def send(number: int) -> httpx.Response:
        files = {"file": (f"{number}.jpg", pictures.jpeg(40 + number, 30))}
        form = {"external_id": "race", "namespace": "external-race"}
        url = f"{server.url}/v1/upload"
        return httpx.post(url, headers=server.authorization, data=form, files=files, timeout=60)

    answers = at_once(20, send)
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({(answer.json()["id"], answer.json()["filesize"]) for answer in answers}) == 1
    assert {answer.headers.get("x-deduplicated") for answer in answers} == {None, "true"}
    assert stored(server, namespace="external-race") == 1
    report = server.json("fsck")  # the losers' bytes are gone: blobs without a row are young here
    assert {name: report[name]["count"] for name in ("young", "orphans", "missing")} == {
        "young": 0,
        "orphans": 0,
        "missing": 0,
    }


KEYS = 60
CLIENTS = 4


def test_across_three_kills_each_key_makes_one_image(tmp_path: Path):
    served, made = Served(tmp_path, render_slots=2), {}
    for kill_after in (7, 23, 41):
        served.start()
        _send_all(served, made, kill_after)
    with sqlite3.connect(tmp_path / "data" / "calotype.db") as database:
        database.execute("UPDATE requests_seen SET held_until = 0")  # half a minute passes
    database.close()
    with served:
        _send_all(served, made)
        assert sorted(made) == list(range(KEYS))
        assert {len(ids) for ids in made.values()} == {1}
        assert stored(served) == KEYS


def _send_all(served: Served, made: dict[int, set[str]], kill_after: int = 0) -> None:
    """Send every request, and note the ids that were answered; the server dies after so many answers."""
    acknowledged, dead = count(1), threading.Event()

    def send(number: int) -> None:
        headers = {**served.authorization, "Idempotency-Key": f"number {number}"}
        files = {"file": (f"{number}.jpg", PHOTO)}
        try:
            answer = served.client.post("/v1/upload", headers=headers, files=files)
        except (httpx.HTTPError, RuntimeError):
            return
        if answer.status_code == 409:  # one that died holds it yet
            assert answer.json()["error"] == "idempotency_key_in_progress"
            return
        assert answer.status_code == 201, answer.text
        made.setdefault(number, set()).add(answer.json()["id"])
        if next(acknowledged) == kill_after:
            dead.set()
            served.process.kill()

    _in_parallel(lambda number: None if dead.is_set() else send(number), range(KEYS))
    if kill_after:
        served.kill()


def _in_parallel(work, numbers: Iterable[int]) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(work, numbers))
