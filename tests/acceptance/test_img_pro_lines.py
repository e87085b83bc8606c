"""Code written for img.pro moves by changing a base URL: its documentation's curl lines, with only the hosts changed.

The commands are those of the API reference, the quick start and the authentication page, in one session of a key that
the first line makes; the shapes of the answers are theirs as well.
"""

import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from served import Served

import pictures

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")

API, PLACES = "https://api.img.pro", ("https://example.com", "YOUR_API_KEY")
MEDIA = {"created_at", "editable", "filesize", "height", "id", "name", "path", "src", "url", "width"}
IMAGE = {
    "id", "object", "url", "page_url", "sizes", "filename", "format", "width", "height", "bytes", "transformable",
    "status", "public", "published_at", "expires_at", "caption", "labels", "metadata", "created_at",
}  # fmt: skip


class Photo(BaseHTTPRequestHandler):
    """Stands where example.com does: every path is the photo."""

    def do_GET(self):
        body = pictures.jpeg(320, 240)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Session:
    """A reader who types the lines; ids and the key are replaced by their own, hosts by this machine's."""

    def __init__(self, served: Served, origin: int):
        self._served = served
        self._own = {API: served.url, PLACES[0]: f"http://127.0.0.1:{origin}"}
        (served.folder / "photo.jpg").write_bytes(pictures.jpeg(640, 480))

    def call(self, **own: str) -> None:
        """Have what stands in the documentation replaced from now on: `call(YOUR_API_KEY=…)`."""
        self._own |= own

    def types(self, line: str) -> tuple[int, dict]:
        """Run one command and answer the status and the JSON; nothing, for an answer without a body."""
        for shown, mine in self._own.items():
            line = line.replace(shown, mine)
        done = subprocess.run(
            ["bash", "-c", f"{line} -sS -w '\n%{{http_code}}'"], cwd=self._served.folder, capture_output=True,
            text=True, check=True, timeout=60,
        )  # fmt: skip
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body) if body else {}


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    with ThreadingHTTPServer(("127.0.0.1", 0), Photo) as origin:
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        settings = {
            "unsafe_fetch_from_loopback_in_tests": "127.0.0.1/32",
            "fetch_ports": f"80,443,{origin.server_port}",
        }
        with Served(tmp_path_factory.mktemp("moved"), **settings) as served:
            yield Session(served, origin.server_port)
        origin.shutdown()


BEARER = '-H "Authorization: Bearer YOUR_API_KEY"'
AS_JSON = '-H "Content-Type: application/json"'


def test_a_key_is_made_by_one_request_and_works_at_once(session):
    status, made = session.types(
        f'curl -X POST "{API}/v1/keys" {AS_JSON} -d \'{{"email": "dev@example.com", "name": "my-agent"}}\''
    )
    assert (status, sorted(made)) == (
        201, ["key", "key_id", "limits", "message", "status", "verified"],
    )  # fmt: skip
    assert (made["status"], made["verified"]) == ("active", False)
    assert made["limits"] == {"uploads": 100, "storage_mb": 5120, "retention_days": 30}
    session.call(YOUR_API_KEY=made["key"])


def test_the_quick_starts_key_needs_no_name(session):
    status, made = session.types(
        f'curl -X POST "{API}/v1/keys" {AS_JSON} -d \'{{"email": "you@company.com"}}\''
    )
    assert (status, made["key"].startswith("img_live_")) == (201, True)


def test_an_upload_with_a_key_is_filed_and_tagged(session):
    line = f'curl -X POST "{API}/v1/upload" {BEARER} -F "file=@photo.jpg" -F "tags=hero,homepage"'
    status, made = session.types(f'{line} -F "namespace=my-project"')
    assert (status, set(made)) == (201, MEDIA | {"tags", "namespace", "expires_at"})  # not verified yet
    assert (made["tags"], made["namespace"]) == (["hero", "homepage"], "my-project")
    session.call(abc123=made["id"])


@pytest.mark.parametrize("path", ["upload", "images"])
def test_an_upload_without_a_key_expires_in_thirty_days(session, path):
    status, made = session.types(f'curl -X POST "{API}/v1/{path}" -F "file=@photo.jpg"')
    assert (status, made["expires_at"] is not None) == (201, True)
    assert (made.get("upgrade", {}).get("label")) == ("Create API Key" if path == "upload" else None)


def test_images_are_imported_with_a_key_and_without(session):
    described = '"namespace": "imports", "description": "Imported from example.com"'
    line = f'curl -X POST "{API}/v1/import" {BEARER} {AS_JSON}'
    status, made = session.types(f'{line} -d \'{{"url": "https://example.com/image.jpg", {described}}}\'')
    assert (status, made["name"], made["description"]) == (201, "image.jpg", "Imported from example.com")
    assert made["source_url"].endswith("/image.jpg")
    session.call(def456=made["id"])
    line = f'curl -X POST "{API}/v1/import" {AS_JSON} -d \'{{"url": "https://example.com/photo.jpg"}}\''
    assert session.types(line)[0] == 201


def test_what_was_uploaded_is_listed_and_shown(session):
    status, page = session.types(f'curl "{API}/v1/media?namespace=my-project&limit=20" {BEARER}')
    assert (status, page["has_more"], page["next_cursor"]) == (200, False, None)
    shown = session.types(f'curl "{API}/v1/media/abc123" {BEARER}')
    assert shown == (200, page["data"][0] | {"editable": True})


def test_custom_fields_are_kept_and_null_removes_one(session):
    line = f'curl -X POST "{API}/v1/upload" {BEARER} -F "file=@photo.jpg"'
    described = '-F "description=Sunset over the Pacific" -F "author=Jane Doe" -F "license=cc-by-4.0"'
    assert session.types(f"{line} {described}")[1]["author"] == "Jane Doe"
    line = f'curl -X PATCH "{API}/v1/media/abc123" {BEARER} {AS_JSON}'
    change = '{"tags": ["featured"], "description": "Updated caption", "camera": null}'
    status, changed = session.types(f"{line} -d '{change}'")
    assert (status, changed["tags"], changed["description"]) == (200, ["featured"], "Updated caption")
    status, changed = session.types(f'{line} -d \'{{"alt_text": "A vivid sunset", "camera": null}}\'')
    assert (status, changed["alt_text"], "camera" in changed) == (200, "A vivid sunset", False)


def test_usage_and_namespaces_tell_what_is_there(session):
    status, usage = session.types(f'curl "{API}/v1/usage" {BEARER}')
    assert (status, usage["plan"], usage["verified"]) == (200, "free", False)
    assert (usage["monthly"]["uploads"], usage["monthly"]["uploads_remaining"]) == (3, 97)
    assert usage["totals"]["media_stored"] == 3
    status, named = session.types(f'curl "{API}/v1/namespaces" {BEARER}')
    assert {each["namespace"]: each["count"] for each in named["data"]} == {"imports": 1, "my-project": 1}


def test_several_are_changed_and_deleted_at_once(session):
    both = '"ids": ["abc123", "def456"]'
    line = f'"{API}/v1/media/batch" {BEARER} {AS_JSON}'
    tags = f'-d \'{{{both}, "tags": ["processed"], "tag_mode": "add"}}\''
    assert session.types(f"curl -X PATCH {line} {tags}") == (200, {"updated": 2})
    assert session.types(f"curl -X DELETE {line} -d '{{{both}}}'") == (200, {"deleted": 2})
    by_namespace = '-d \'{"namespace": "old-project"}\''
    assert session.types(f"curl -X DELETE {line} {by_namespace}") == (200, {"deleted": 0})


def test_an_image_of_the_second_generation_is_made_and_deleted_by_the_first(session):
    status, made = session.types(f'curl -X POST "{API}/v1/images" {BEARER} -F "file=@photo.jpg"')
    assert (status, set(made) >= IMAGE) == (201, True)
    session.call(abc123=made["id"])
    assert session.types(f'curl -X DELETE "{API}/v1/media/{made["id"]}" {BEARER}') == (204, {})
    assert session.types(f'curl "{API}/v1/media/{made["id"]}" {BEARER}')[0] == 404
