"""Quotas among several web processes: a hundred uploads at once, and room for one (attack A5)."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from served import Served

import pictures
from databases import running_postgres

pytestmark = pytest.mark.slow

PHOTO = pictures.jpeg(64, 48)
SIZE = len(PHOTO)
PLANS = {"uploads": {"uploads": 3}, "storage": {"storage_bytes": 3 * SIZE + SIZE // 2}}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request, tmp_path_factory):
    """Two web processes on a database of each kind."""
    settings = {
        "workers": 2, "render_slots": 2, "plans": json.dumps(PLANS), "render_queue": 256, "render_wait_s": 60,
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("quotas")
    if request.param == "sqlite":
        with Served(folder, **settings) as server:
            yield server
    else:
        with running_postgres() as url, Served(folder, **settings, database_url=url) as server:
            yield server


def key_on(server, plan):
    """A key of a new workspace on this plan."""
    assert server.run("workspaces", "create", plan).returncode == 0
    assert server.run("workspaces", "set", plan, f"plan={plan}").returncode == 0
    return {"Authorization": f"Bearer {server.json('keys', 'create', '--workspace', plan)['key']}"}


@pytest.mark.parametrize("plan", ["uploads", "storage"])
def test_of_a_hundred_uploads_at_once_with_room_for_one_one_is_taken(server, plan):
    key = key_on(server, plan)

    def upload(number):
        # A connection each, so that both processes are asked.
        files = {"file": (f"{number}.jpg", PHOTO)}
        return server.client.post("/v1/upload", files=files, headers={**key, "connection": "close"})

    assert [upload(number).status_code for number in range(2)] == [201, 201]
    with ThreadPoolExecutor(25) as crowd:
        answers = list(crowd.map(upload, range(100)))
    assert sorted(answer.status_code for answer in answers) == [201] + [403] * 99
    assert {answer.json().get("error") for answer in answers} == {None, "quota_exceeded"}
    usage = server.client.get("/v1/usage", headers=key).json()
    assert usage["monthly"]["uploads"] == 3
    assert (usage["totals"]["media_stored"], usage["totals"]["storage_used_bytes"]) == (3, 3 * SIZE)
    report = server.json("fsck")
    assert (report["orphans"]["count"], report["young"]["count"], report["miscounted"]["count"]) == (0, 0, 0)
