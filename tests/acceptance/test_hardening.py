"""A server in odd places: settings that others would trip over, and folders that go missing under it."""

import os
import shutil
import socket
import sqlite3
import time
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from served import Served

import pictures

pytestmark = pytest.mark.slow

PHOTO = pictures.jpeg(400, 300)


def test_images_may_live_in_a_folder_that_the_first_upload_makes(tmp_path):
    with Served(tmp_path, blob_url=(tmp_path / "elsewhere" / "blobs").as_uri()) as server:
        image = server.upload(PHOTO).json()["src"]
        assert server.fetch(f"{image}?size=s").status_code == 200


def test_a_lock_folder_that_was_cleared_away_comes_back(tmp_path):
    with Served(tmp_path) as server:
        image = server.upload(PHOTO).json()["src"]
        shutil.rmtree(tmp_path / "data" / "locks")
        assert server.fetch(f"{image}?size=s").status_code == 200


def test_a_cache_folder_that_was_cleared_away_comes_back(tmp_path):
    with Served(tmp_path, memory_cache_bytes=0) as server:
        image = server.upload(PHOTO).json()["src"]
        shutil.rmtree(tmp_path / "data" / "cache")
        assert server.fetch(f"{image}?size=s").status_code == 200
        assert [*(tmp_path / "data" / "cache").iterdir()]


def test_an_upload_that_finds_no_scratch_folder_fails_in_the_apis_words(tmp_path):
    with Served(tmp_path) as server:
        shutil.rmtree(tmp_path / "data" / "scratch")
        (tmp_path / "data" / "scratch").touch()
        answer = server.upload(PHOTO)
    assert (answer.status_code, answer.json()["error"]) == (500, "upload_failed")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"database_url": "memory:"}, "database_url: memory: keeps no key for the server"),
        ({"blob_url": "memory:", "workers": 2}, "blob_url: memory: cannot be shared"),
        ({"starting_plan": "gold"}, "starting_plan: there is no plan 'gold'."),
        ({"base_url": "images.example"}, "CALOTYPE_BASE_URL: String should match pattern"),
        ({"database_url": "postgresql://me:secret@host:port/db"}, "database_url is no URL."),
        ({"data_dir": "calotype.toml/data"}, "cannot be used: Not a directory"),
        (
            {"require_https": True, "secret_key": "secret" * 8},
            "Settings: require_https needs tls_cert, or trusted_proxies",
        ),
        ({"tls_key": "key.pem", "secret_key": "secret" * 8}, "Settings: tls_key needs tls_cert"),
        ({"trusted_proxies": "*"}, "CALOTYPE_TRUSTED_PROXIES: '*' does not appear to be"),
        ({"rate_limit_url": "memcached://:secret@x"}, "CALOTYPE_RATE_LIMIT_URL: String should match pattern"),
        ({"rate_limit_url": "memory:", "workers": 2}, "rate_limit_url: memory: cannot be shared"),
    ],
)
def test_a_setting_that_cannot_work_ends_the_start_in_one_line(tmp_path, settings, words):
    (tmp_path / "calotype.toml").touch()
    said = Served(tmp_path, **settings).run("serve")
    assert (said.returncode, "Traceback" in said.stderr) == (1, False)
    assert words in said.stderr
    assert "secret" not in said.stderr


def test_a_secret_of_the_wrong_kind_is_not_shown(tmp_path):
    (tmp_path / "calotype.toml").write_text("secret_key = 271828")
    said = Served(tmp_path).run("migrate")
    assert said.stderr.splitlines() == ["CALOTYPE_SECRET_KEY: Input should be a valid string"]


def test_a_settings_file_that_is_not_utf8_is_said_in_one_line(tmp_path):
    (tmp_path / "calotype.toml").write_bytes(b'host = "\xff"')
    said = Served(tmp_path).run("migrate")
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert said.stderr.startswith("calotype.toml: 'utf-8' codec can't decode byte 0xff")


def test_a_file_in_a_folders_place_is_said_in_one_line(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "scratch").touch()
    said = Served(tmp_path).run("serve")
    assert said.stderr == f"Error: Not a directory: {tmp_path}/data/scratch\n"


def test_a_damaged_database_is_said_in_one_line(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "calotype.db").write_bytes(os.urandom(8192))
    said = Served(tmp_path).run("serve")
    assert (
        said.stderr == f"Error: This is no SQLite database, or it is damaged: {tmp_path}/data/calotype.db\n"
    )


def test_a_database_of_a_newer_release_is_left_alone(tmp_path):
    Served(tmp_path).run("migrate")
    with sqlite3.connect(tmp_path / "data" / "calotype.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'r9999'")
    database.close()
    said = Served(tmp_path).run("serve")
    assert said.stderr == "Error: database_url: this database belongs to a newer release of Calotype.\n"


def test_an_upgrade_that_nobody_offers_is_not_answered_with_advice_in_the_log(tmp_path):
    handshake = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    with Served(tmp_path) as server:
        assert server.client.get("/healthz", headers=handshake).status_code == 200
    assert "WebSocket" not in server.log()


def test_a_flood_of_pipelined_requests_is_answered_in_part_and_ended(tmp_path):
    with Served(tmp_path) as server:
        address, answers = urlsplit(server.url), b""
        with socket.create_connection((address.hostname, address.port), timeout=10) as client:
            client.sendall(b"GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n" * 3000)
            with suppress(ConnectionResetError):
                while chunk := client.recv(65536):
                    answers += chunk
    assert answers.count(b"HTTP/1.1 404 ") == 33


def test_behind_a_proxy_that_takes_a_path_off_images_are_found_too(tmp_path):
    with Served(tmp_path, base_url="https://example.org/calotype") as server:
        image = server.upload(PHOTO).json()["src"]
        assert server.client.get(image.removeprefix("https://example.org/calotype")).status_code == 200


def test_a_delivery_host_is_known_in_any_case(tmp_path):
    with Served(tmp_path, cdn_url="https://img.example") as server:
        image = server.upload(PHOTO).json()["src"].removeprefix("https://img.example")
        assert server.fetch(image, Host="IMG.example").status_code == 200


def test_a_client_that_takes_nothing_is_let_go(tmp_path):
    with Served(tmp_path, send_timeout_s=1) as server:
        image = urlsplit(server.upload(PHOTO + bytes(8_000_000)).json()["src"])
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect((image.hostname, image.port))
            client.sendall(f"GET {image.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert _connections(server) == 1
            end = time.monotonic() + 20
            while _connections(server) and time.monotonic() < end:
                time.sleep(0.2)
            assert _connections(server) == 0


def test_a_scratch_folder_that_was_cleared_away_comes_back(tmp_path):
    with Served(tmp_path, render_slots=1) as server:
        shutil.rmtree(tmp_path / "data" / "scratch")
        assert server.upload(PHOTO).status_code == 201


def _connections(server):
    """Connections of clients that have not been let go, beside the one that this test's own requests use."""
    port = urlsplit(server.url).port
    server.client.close()
    server.client = httpx.Client(base_url=server.url)
    established = psutil.Process(server.process.pid).net_connections("tcp")
    return sum(each.status == "ESTABLISHED" and each.laddr.port == port for each in established)
