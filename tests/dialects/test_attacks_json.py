"""Attack A8: JSON that is made to break its reader, and members that only the server may set, at every endpoint.

The endpoints and their members are those of the OpenAPI document, so a new one is attacked too.
"""

from __future__ import annotations

import json

import pytest

import pictures
from app_people import acting, app_of, user_of
from calotype.dialects.imgpro.reference.running import document
from calotype.settings import Settings
from calotype.web.reference.calls import calls

PHOTO = pictures.jpeg(64, 48)
TAKERS = {
    call.name: (call, payload)
    for call in calls(document(Settings()))
    for payload in call.payloads
    if payload.media_type == "application/json"
}
STRICT = {"caption", "external_id", "namespace", "date", "ttl", "url", "email", "code"}
"""Texts that are refused where they are wrong; names and paths are cut and cleaned, as far as that goes."""

BROKEN = {
    "nothing": b"",
    "white space": b"  ",
    "half a document": b'{"ids": [',
    "two documents": b"{}{}",
    "a trailing comma": b'{"a": 1,}',
    "a comment": b"{} // yes",
    "single quotes": b"{'a': 1}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "bytes that are no UTF-8": b'{"a": "\xff\xfe"}',
    "an overlong slash": b'{"a": "\xc0\xaf"}',
    "33 levels": b'{"a":' * 33 + b"1" + b"}" * 33,
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
    "a name twice": b'{"ids": [], "ids": ["0"], "url": "", "url": ""}',
    "a name twice inside": b'{"labels": {"a": "1", "a": "2"}}',
    "a number that no double holds": b'{"ttl": 1e400}',
    "a number of 5,000 digits": b'{"ttl": ' + b"9" * 5000 + b"}",
    "not a number": b'{"ttl": NaN}',
    "infinity": b'{"ttl": -Infinity}',
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "half a pair as a name": b'{"\\udfff": "a"}',
    "null": b"null",
    "an array": b"[]",
    "a string": b'"{}"',
    "a number": b"1",
    "true": b"true",
}


@pytest.fixture
async def send(platform, http, owner):
    """Send a body to an endpoint, as whoever may call it, about an image that is theirs."""
    platform.fetcher.pages["https://photos.example/p.jpg"] = PHOTO
    app, secret = await app_of(platform)
    user = await user_of(platform, app)

    async def send(name: str, body: bytes, **headers: str):
        call, _ = TAKERS[name]
        mine = (await owner.uploaded())["id"]
        who = acting(secret, user) if call.group == "Apps" else owner.headers
        sent = {**who, "content-type": "application/json", **headers}
        return await http.request(call.verb, call.path.format(asset_id=mine), content=body, headers=sent)

    return send


def refused(response) -> tuple[int, str]:
    error = response.json()["error"]
    return response.status_code, error if isinstance(error, str) else error["code"]


@pytest.mark.parametrize("name", TAKERS)
async def test_what_is_no_document_is_refused_by_every_endpoint(send, name):
    answers = {what: refused(await send(name, body)) for what, body in BROKEN.items()}
    assert answers == dict.fromkeys(BROKEN, (422, "validation_error"))


@pytest.mark.parametrize("name", TAKERS)
async def test_what_is_not_sent_as_json_is_refused(send, name):
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""):
        assert refused(await send(name, b"{}", **{"content-type": media_type})) == (422, "validation_error")


@pytest.mark.parametrize("name", TAKERS)
async def test_ten_megabytes_are_refused_before_they_are_read(send, name):
    body = json.dumps({"metadata": {"a": "x" * 10_000_000}}).encode()
    assert refused(await send(name, body)) == (413, "file_too_large")


WRONG = {
    "a NUL": "a\0b", "a number": 1.5, "an array": [[]], "an object": {"a": {}}, "true": True, "long": "x" * 70_000,
}  # fmt: skip


@pytest.mark.parametrize("name", TAKERS)
async def test_a_value_of_no_use_is_refused_or_read_and_never_fails(send, name):
    _, payload = TAKERS[name]
    for field in payload.fields:
        for what, value in WRONG.items():
            response = await send(name, json.dumps({**payload.example, field.name: value}).encode())
            assert response.status_code < 500, f"{field.name}: {what}: {response.text}"
            if field.name in STRICT and what not in {"a number", "true"}:
                assert response.status_code == 422, f"{field.name}: {what}: {response.text}"


async def test_a_nul_in_what_is_only_kept_is_refused_by_name(owner):
    image = await owner.uploaded()
    flat = await owner.patch(f"/v1/media/{image['id']}", author="a\0b")
    nested = await owner.patch(f"/v1/images/{image['id']}", labels={"a": "\0"}, metadata={"b\0": "c"})
    assert flat.json()["errors"] == {"author": ["NUL characters and lone surrogates cannot be stored"]}
    assert nested.json()["error"]["details"].keys() == {"labels", "metadata"}


@pytest.mark.parametrize("character", ["x", "é", "😀"], ids=["ascii", "two bytes", "four bytes"])
async def test_metadata_is_bounded_in_fields_and_in_bytes(owner, character):
    image = await owner.uploaded()
    most = {f"field{number}": character * 2000 for number in range(50)}
    size = len(json.dumps(most, ensure_ascii=False).encode())
    whole = await owner.patch(f"/v1/media/{image['id']}", **most)
    more = await owner.patch(f"/v1/media/{image['id']}", **most, one_more="x")
    assert whole.status_code == (200 if size <= 256 * 1024 else 422)
    assert more.status_code == 422


SET_BY_THE_SERVER = {
    "id": "f" * 24, "object": "user", "workspace_id": "f" * 24, "workspace": {"plan": "unlimited"}, "owner": "me",
    "url": "https://evil.example/", "page_url": "https://evil.example/", "src": "https://evil.example/",
    "width": 9, "height": 9, "filesize": 0, "bytes": 0, "format": "svg", "transformable": False, "sizes": {},
    "status": "failed", "editable": False, "created_at": 1, "updated_at": "1970-01-01T00:00:00Z",
    "published_at": "1970-01-01T00:00:00Z", "expires_at": None, "version": "f" * 24, "visibility": "private",
    "moderation": "", "provisional": False, "storage": "evil", "folder": "/", "file_name": "x.jpg", "sha256": "0",
}  # fmt: skip
NOT_CUSTOM = {"url", "src"}


async def test_no_member_sets_what_only_the_server_sets_in_the_second_generation(owner):
    image = await owner.uploaded(ttl="1h")
    before = (await owner.get(f"/v1/images/{image['id']}")).json()
    response = await owner.patch(f"/v1/images/{image['id']}", **SET_BY_THE_SERVER)
    assert response.status_code == 200
    assert {**response.json(), "updated_at": before["updated_at"]} == before


async def test_no_member_sets_what_only_the_server_sets_in_the_first_generation(owner):
    image = await owner.uploaded(ttl="1h")
    before = (await owner.get(f"/v1/media/{image['id']}")).json()
    sent = {name: value for name, value in SET_BY_THE_SERVER.items() if name not in NOT_CUSTOM}
    response = await owner.patch(f"/v1/media/{image['id']}", **sent)
    assert response.status_code == 200
    assert {name: response.json()[name] for name in before} == before
    assert (await owner.get(f"/v1/images/{image['id']}")).json()["status"] == "ready"


async def test_an_upload_chooses_neither_its_id_nor_its_owner_nor_its_time(owner, neighbour):
    texts = {name: str(value) for name, value in SET_BY_THE_SERVER.items()}
    image = await owner.uploaded(**texts)
    assert image["id"] != "f" * 24
    assert (image["created_at"], image["width"], image["editable"]) == (1704067200, 64, True)
    assert (await neighbour.get("/v1/media")).json()["data"] == []


async def test_whoever_registers_chooses_neither_plan_nor_abilities(http):
    body = {
        "email": "ada@example.com", "plan": "unlimited", "verified": True, "abilities": ["read", "write", "admin"],
        "workspace": "default", "workspace_id": "0" * 24, "key": "img_live_" + "a" * 40, "limits": {"uploads": 10**9},
    }  # fmt: skip
    made = (await http.post("/v1/keys", json=body)).json()
    assert (made["verified"], made["limits"]["uploads"]) == (False, 100)
    usage = await http.get("/v1/usage", headers={"Authorization": f"Bearer {made['key']}"})
    assert (usage.json()["plan"], usage.json()["verified"]) == ("free", False)
    assert made["key"] != body["key"]
