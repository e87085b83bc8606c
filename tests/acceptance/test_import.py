"""Imports into a real server, from a real origin on loopback, which a setting for tests lets it reach."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from served import Served

import pictures

PHOTO = pictures.jpeg(640, 480)
PAGES = {
    "/photo.jpg": (200, {}, PHOTO),
    "/moved": (302, {"Location": "/photo.jpg"}, b""),
    "/page": (200, {}, b"<!DOCTYPE html><title>A page</title>"),
    "/inside": (302, {"Location": "http://127.0.0.2:{port}/photo.jpg"}, b""),
}


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        status, headers, body = PAGES.get(self.path, (404, {}, b"nothing here"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value.format(port=self.server.server_port))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[int]:
    """Serve PAGES on this machine, and give the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory, origin):
    settings = {"unsafe_fetch_from_loopback_in_tests": "127.0.0.1/32", "fetch_ports": f"80,443,{origin}"}
    with Served(tmp_path_factory.mktemp("served"), **settings) as served:
        yield served


def import_(served, url, *, key=True, **members):
    headers = served.authorization if key else {}
    return served.client.post("/v1/import", json={"url": url, **members}, headers=headers)


@pytest.mark.parametrize("path", ["/photo.jpg", "/moved"])
def test_what_a_url_leads_to_is_imported_and_delivered(server, origin, path):
    url = f"http://localhost:{origin}{path}"
    imported = import_(server, url, namespace="imports", description="Imported from example.com")
    body = imported.json()
    assert (imported.status_code, body["source_url"], body["width"]) == (201, url, 640)
    assert server.fetch(body["src"]).headers["content-type"] == "image/jpeg"


def test_without_a_key_it_is_imported_for_a_while(server, origin):
    body = import_(server, f"http://127.0.0.1:{origin}/photo.jpg", key=False).json()
    assert body["expires_at"] > body["created_at"]
    assert body["upgrade"]["type"] == "register"


def test_the_second_of_an_external_id_is_the_first(server, origin):
    url = f"http://127.0.0.1:{origin}/photo.jpg"
    first, second = (import_(server, url, external_id="lake") for _ in range(2))
    assert (first.status_code, second.status_code, second.headers["x-deduplicated"]) == (201, 200, "true")
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/page", 415, "unsupported_media_type"),
        ("/gone", 422, "fetch_failed"),
        ("/inside", 422, "fetch_failed"),
    ],
)
def test_what_is_no_image_or_leads_inside_is_refused(server, origin, path, status, code):
    response = import_(server, f"http://127.0.0.1:{origin}{path}")
    assert (response.status_code, response.json()["error"]) == (status, code)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.2", "127.2", "2130706434", "0x7f.2", "017700000002", "0", "[::1]", "[::ffff:127.0.0.2]"),
        *("[::127.0.0.2]", "[64:ff9b::7f00:2]", "169.254.169.254", "[fd00:ec2::254]", "255.255.255.255"),
    ],
)
def test_nothing_inside_ever_sees_a_packet(server, origin, host):
    with socket.create_server(("127.0.0.2", origin)) as inside:
        inside.setblocking(False)
        response = import_(server, f"http://{host}:{origin}/photo.jpg")
        assert (response.status_code, response.json()["error"]) == (422, "fetch_failed")
        with pytest.raises(BlockingIOError):
            inside.accept()


def test_without_the_setting_for_tests_this_machine_is_not_fetched_from(tmp_path, origin):
    with Served(tmp_path, fetch_ports=f"80,443,{origin}") as served:
        response = import_(served, f"http://127.0.0.1:{origin}/photo.jpg")
    assert response.status_code == 422
    assert response.json() == {
        "error": "fetch_failed",
        "message": "The host has no public address.",
        "errors": {"url": ["The host has no public address."]},
    }
