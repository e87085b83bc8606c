"""An image made of another has its mezzanine after its first variant, on a real server of two processes."""

from __future__ import annotations

import io
import time

import httpx
import numpy as np
import pytest
from PIL import Image
from served import Served

import pictures

API = "/img-processing/v1/images"
LARGE = (2400, 1800)
LONG_S = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mezzanine")
    # On a machine that is busy with other tests a render may take its time.
    with Served(folder, workers=2, render_slots=2, render_timeout_s=120) as server:
        made = server.json("keys", "create", "--api", "img-processing", "--stage", "live")
        server.headers = {"x-api-key": made["key"]}
        yield server


def turned(server: Served) -> str:
    """Upload a large photograph, turn it upside down, and publish the image that is made: its id."""
    parts = {"name": (None, "a"), "image": ("blob", pictures.jpeg(*LARGE, quality=95))}
    source = server.client.post(f"{API}/upload", files=parts, headers=server.headers).json()
    made = server.client.post(f"{API}/{source['id']}/rotate", json={"angle": 180}, headers=server.headers)
    assert made.status_code == 201, made.text
    server.client.post(f"{API}/{made.json()['id']}/publish", headers=server.headers).raise_for_status()
    return made.json()["id"].removeprefix("image_")


def url_of(server: Served, id_: str, width: int) -> str:
    image = server.client.get(f"/v1/images/{id_}", headers=server.authorization).json()
    return f"{image['url']}?w={width}&format=png"


def explained(server: Served, url: str) -> dict:
    """Ask over a new connection: any process may answer."""
    answer = httpx.get(
        f"{server.url}/v1/explain", params={"url": url}, headers=server.authorization, timeout=60
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def until_there(server: Served, url: str) -> dict:
    """Wait for the mezzanine, and explain *url* then."""
    deadline = time.monotonic() + LONG_S
    while not (told := explained(server, url))["asset"]["mezzanines"]:
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.05)
    return told


def test_the_first_variant_has_the_mezzanine_made_that_the_second_comes_from(server):
    id_ = turned(server)
    first, second = (url_of(server, id_, width) for width in (400, 300))
    before = explained(server, second)
    assert (before["asset"]["mezzanines"], before["plan"]["decode"]["source"]) == ([], "original")
    answer = server.fetch(first)
    assert answer.status_code == 200

    after = until_there(server, first)
    assert after["asset"]["mezzanines"] == [[1280, 960], [2048, 1536]]
    assert answer.headers["etag"] == f'"{after["key"]}"'
    assert server.fetch(first).content == answer.content  # from memory or disk, as it was made

    told = {
        (each["key"], each["plan"]["decode"]["source"])
        for each in (explained(server, second) for _ in range(20))
    }
    assert told == {(before["key"], "mezzanine-small")}
    made = server.fetch(second)
    assert made.headers["etag"] == f'"{before["key"]}"'
    assert difference(server, id_, made.content) < 1.5


def difference(server: Served, id_: str, variant: bytes) -> float:
    """Say by how many levels of 255 *variant* differs, in the mean, from a full-quality resize of the image."""
    whole = server.client.get(f"{API}/image_{id_}/download", headers=server.headers).content
    small = Image.open(io.BytesIO(variant)).convert("RGB")
    exact = Image.open(io.BytesIO(whole)).convert("RGB").resize(small.size, Image.Resampling.LANCZOS)
    return float(np.abs(np.asarray(small, int) - np.asarray(exact, int)).mean())


def test_its_owner_sees_no_update(server):
    id_ = turned(server)
    before = server.client.get(f"/v1/images/{id_}", headers=server.authorization).json()
    url = url_of(server, id_, 400)
    server.fetch(url)
    until_there(server, url)
    assert server.client.get(f"/v1/images/{id_}", headers=server.authorization).json() == before


def test_of_an_image_that_is_deleted_at_once_nothing_is_left(server):
    id_ = turned(server)
    server.fetch(url_of(server, id_, 400))
    assert server.client.delete(f"{API}/image_{id_}", headers=server.headers).status_code == 204
    last = turned(server)  # jobs are taken in turn: when this one is done, so is that
    url = url_of(server, last, 400)
    server.fetch(url)
    until_there(server, url)
    left = [path for path in (server.folder / "data").rglob("*") if id_ in str(path) and path.is_file()]
    assert left == []


@pytest.mark.slow
def test_a_server_that_is_killed_in_the_middle_makes_it_after_the_restart(tmp_path):
    served = Served(tmp_path, render_timeout_s=120).start()
    made = served.json("keys", "create", "--api", "img-processing", "--stage", "live")
    served.headers = {"x-api-key": made["key"]}
    id_ = turned(served)
    url = url_of(served, id_, 400)
    served.fetch(url)
    deadline = time.monotonic() + LONG_S
    while not [*tmp_path.glob(f"data/blobs/*/*/{id_}/mezzanine*")]:
        assert time.monotonic() < deadline, served.log()
        time.sleep(0.001)
    served.kill()
    with served:
        path = url.split("/", 3)[3]
        told = until_there(served, f"{served.url}/{path}")
        assert told["asset"]["mezzanines"] == [[1280, 960], [2048, 1536]]
        assert not [*tmp_path.glob("data/scratch/**/*mezzanine*")]
