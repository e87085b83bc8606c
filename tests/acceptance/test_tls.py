"""A server that speaks HTTPS itself, and one that requires it behind a proxy."""

from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from served import Served

import pictures
from certificates import self_signed, trusting

pytestmark = pytest.mark.slow


def secured(folder: Path, **settings: object) -> Served:
    cert, key = self_signed(folder)
    server = Served(folder, tls_cert=cert, tls_key=key, require_https=True, **settings)
    server.trust = trusting(cert)
    return server


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory):
    with secured(tmp_path_factory.mktemp("alone")) as started:
        yield started


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory):
    with secured(tmp_path_factory.mktemp("pair"), workers=2) as started:
        yield started


@pytest.fixture(params=["alone", "pair"])
def server(request: pytest.FixtureRequest) -> Served:
    """A server of one process, and one of two."""
    started: Served = request.getfixturevalue(request.param)
    return started


def test_with_a_certificate_everything_is_https(server: Served):
    assert server.url.startswith("https://127.0.0.1:")
    made = server.upload(pictures.jpeg(64, 48)).json()
    assert made["src"].startswith(f"{server.url}/cdn/")
    for _ in range(3):  # the third time it comes from memory
        picture = server.fetch(made["src"])
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    answer = server.client.get(f"/v1/media/{made['id']}", headers=server.authorization)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_many_connections_agree_on_their_keys_at_once(server: Served):
    def ask(_: int) -> int:
        return httpx.get(f"{server.url}/healthz", verify=server.trust, timeout=60).status_code

    with ThreadPoolExecutor(16) as clients:
        assert set(clients.map(ask, range(64))) == {200}


def test_who_speaks_no_tls_gets_no_answer_and_others_do(alone: Served):
    address = urlsplit(alone.url)
    for first in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 600, b""):
        with socket.create_connection((address.hostname, address.port), timeout=10) as client:
            client.sendall(first)
            client.shutdown(socket.SHUT_WR)
            assert b"HTTP/" not in client.recv(1000)
    assert alone.client.get("/healthz").status_code == 200
    assert "Traceback" not in alone.log()
    assert "exception" not in alone.log()


def test_old_versions_of_tls_are_refused(alone: Served):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    address = urlsplit(alone.url)
    plain = socket.create_connection((address.hostname, address.port), timeout=10)
    with plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain)


def test_a_certificate_that_holds_its_key_is_enough(tmp_path: Path):
    cert, key = self_signed(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(cert.read_bytes() + key.read_bytes())
    server = Served(tmp_path, tls_cert=both)
    server.trust = trusting(cert)
    with server:
        assert server.client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("cert", "key", "reason"),
    [
        ("missing.pem", "key.pem", "No such file or directory"),
        ("cert.pem", "missing.pem", "No such file or directory"),
        ("cert.pem", "other/key.pem", "key values mismatch"),
        ("cert.pem", "cert.pem", "tls_cert and tls_key cannot be used"),
        ("cert.pem", "locked/key.pem", "tls_key is encrypted"),
    ],
)
def test_a_certificate_that_cannot_be_used_ends_the_start_in_one_line(
    tmp_path: Path, cert: str, key: str, reason: str
):
    for folder, password in (("other", None), ("locked", b"secret"), (".", None)):
        (tmp_path / folder).mkdir(exist_ok=True)
        self_signed(tmp_path / folder, password)
    said = Served(tmp_path, tls_cert=tmp_path / cert, tls_key=tmp_path / key).run("serve")
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert reason in said.stderr


def test_behind_a_proxy_that_speaks_https_the_proxy_tells(tmp_path: Path):
    settings = {"base_url": "https://img.example", "trusted_proxies": "127.0.0.1", "require_https": True}
    with Served(tmp_path, **settings) as server:
        by_https = {"X-Forwarded-Proto": "https"}
        server.client.headers.update(by_https)
        src = server.upload(pictures.jpeg(64, 48)).json()["src"].removeprefix("https://img.example")
        pictures_seen = [server.client.get(src) for _ in range(3)]
        assert {(each.status_code, each.headers["strict-transport-security"]) for each in pictures_seen} == {
            (200, "max-age=31536000")
        }
        plain = {"X-Forwarded-Proto": "http"}
        redirects = [server.client.get(src, headers=plain) for _ in range(3)]
        assert {each.headers["location"] for each in redirects} == {f"https://img.example{src}"}
        refused = server.client.get("/v1/media", headers={**server.authorization, **plain})
        assert (refused.status_code, refused.json()["error"]) == (403, "https_required")
        problem = server.client.get("/img-processing/v1/images", headers=plain)
        assert (problem.status_code, problem.headers["content-type"]) == (403, "application/problem+json")
        del server.client.headers["X-Forwarded-Proto"]
        assert server.client.get("/healthz").status_code == 200
        assert server.client.get(src).status_code == 308
