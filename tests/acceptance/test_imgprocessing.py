"""IMG Processing on a real server: two processes, real workers, keys made by the command, a host name of its own."""

from __future__ import annotations

import io
import json
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from served import Served

import pictures

pytestmark = pytest.mark.slow

API = "/img-processing/v1/images"
HOST = {"host": "api.images.example"}
UPRIGHT = (300, 400)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    settings = {
        "workers": 2,
        "render_slots": 2,
        "img_processing_hosts": HOST["host"],
        "img_processing_live_requests_per_minute": 0,
    }
    with Served(tmp_path_factory.mktemp("processing"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def live(server):
    made = server.json("keys", "create", "--api", "img-processing", "--stage", "live")
    assert made["api"] == "img-processing"
    return {"x-api-key": made["key"]}


def upload(server, key, data, name="a", path=f"{API}/upload", **headers):
    files = {"name": (None, name), "image": ("blob", data)}
    return server.client.post(path, files=files, headers={**key, **headers})


def asked_of_both(url):
    """Ask so often, each time over a new connection, that both processes have answered."""
    return {httpx.get(url, timeout=60).status_code for _ in range(20)}


def test_a_picture_comes_in_turned_and_goes_out_upright_and_without_metadata(server, live):
    body = upload(server, live, pictures.jpeg(400, 300, orientation=6, gps=pictures.PLACE)).json()
    download = server.client.get(f"{API}/{body['id']}/download", headers=live)
    assert (body["width"], body["height"]) == UPRIGHT
    assert Image.open(io.BytesIO(download.content)).size == UPRIGHT
    assert pictures.CAMERA.encode() not in download.content
    assert len(download.content) == body["size"]


def test_publishing_and_unpublishing_hold_at_once_in_every_process(server, live):
    id_ = upload(server, live, pictures.png(40, 30)).json()["id"]
    url = server.client.post(f"{API}/{id_}/publish", headers=live).json()["url"]
    assert url == f"{server.url}/img-processing/images/{id_}"
    assert asked_of_both(url) == {200}
    server.client.post(f"{API}/{id_}/unpublish", headers=live)
    assert asked_of_both(url) == {404}
    server.client.post(f"{API}/{id_}/publish", headers=live)
    assert asked_of_both(url) == {200}
    assert server.client.delete(f"{API}/{id_}", headers=live).status_code == 204
    assert asked_of_both(url) == {404}


def test_a_published_image_is_kept_in_memory_and_by_others(server, live):
    id_ = upload(server, live, pictures.webp(40, 30)).json()["id"]
    url = server.client.post(f"{API}/{id_}/publish", headers=live).json()["url"]
    first, second = server.client.get(url), server.client.get(url)
    assert (first.headers["content-type"], first.headers["cache-control"]) == (
        "image/webp",
        "public, max-age=31536000",
    )
    assert second.content == first.content


def test_on_its_own_host_name_the_api_is_below_v1(server, live):
    made = upload(server, live, pictures.jpeg(40, 30), path="/v1/images/upload", **HOST)
    id_ = made.json()["id"]
    assert made.status_code == 201
    assert server.client.get(f"/v1/images/{id_}", headers={**live, **HOST}).status_code == 200
    server.client.post(f"/v1/images/{id_}/publish", headers={**live, **HOST})
    assert server.client.get(f"/images/{id_}", headers=HOST).status_code == 200
    assert server.client.get(f"/images/{id_}").status_code == 404
    assert server.client.get("/healthz", headers=HOST).status_code == 200


def from_memory(server):
    """Count the deliveries that were answered from memory, by all processes."""
    lines = server.client.get("/metrics").text.splitlines()
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith('calotype_deliveries_total{tier="memory"')
    )


def test_on_its_own_host_name_published_images_are_answered_from_memory(server, live):
    id_ = upload(server, live, pictures.jpeg(48, 36)).json()["id"]
    server.client.post(f"{API}/{id_}/publish", headers=live)
    before = from_memory(server)
    answers = [server.client.get(f"/images/{id_}", headers=HOST) for _ in range(5)]
    assert {each.status_code for each in answers} == {200}
    assert len({each.content for each in answers}) == 1
    assert (
        from_memory(server) - before == 4
    )  # over one connection, and so from one process: all but the first


def test_explain_tells_what_a_public_url_comes_down_to(server, live):
    id_ = upload(server, live, pictures.jpeg(40, 30)).json()["id"]
    url = server.client.post(f"{API}/{id_}/publish", headers=live).json()["url"]
    on_its_host = f"https://{HOST['host']}/images/{id_}"
    for each in (url, on_its_host):
        told = server.client.get("/v1/explain", params={"url": each}, headers=server.authorization)
        assert (told.status_code, told.json()["url"]) == (200, each)


def test_on_any_other_host_name_v1_is_img_pros(server, live):
    response = server.client.get("/v1/images", headers=live)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/json"


def test_keys_of_two_stages_are_made_by_the_command_and_see_nothing_of_each_other(server, live):
    test = server.json("keys", "create", "--api", "img-processing", "--stage", "test")
    tester = {"x-api-key": test["key"]}
    assert test["key"].startswith("test_")
    id_ = upload(server, live, pictures.jpeg(40, 30)).json()["id"]
    assert server.client.get(f"{API}/{id_}", headers=tester).status_code == 404
    assert server.client.get(API, headers=tester).json()["data"] == []
    slugs = [each["slug"] for each in server.json("workspaces", "list")]
    assert "default-test" in slugs


def test_an_upload_over_the_limit_is_answered_before_it_is_sent(server, live):
    url = urlsplit(server.url)
    with closing(HTTPConnection(url.hostname, url.port, timeout=30)) as connection:
        connection.putrequest("POST", f"{API}/upload")
        form = {"content-type": "multipart/form-data; boundary=b", "content-length": "99999999"}
        for name, value in {**live, **form}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        problem = json.load(answer)
    assert (answer.status, problem["error"]) == (422, "Validation Error")
    assert problem["type"].endswith("/validation-error")


def test_the_address_guard_stands_behind_the_list_of_origins(tmp_path):
    with Served(tmp_path, img_processing_origins="https://*/*") as server:
        key = server.json("keys", "create", "--api", "img-processing")["key"]
        answer = server.client.post(
            API, json={"name": "x", "url": "https://127.0.0.1/a.jpg"}, headers={"x-api-key": key}
        )
    assert answer.status_code == 422
    assert answer.json()["errors"][0].startswith("url: ")
