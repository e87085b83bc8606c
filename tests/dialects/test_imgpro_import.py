"""`POST /v1/import`: what goes in, and exactly what comes out."""

import pytest

import pictures
from calotype.errors import Busy, FetchFailed, StorageFailed
from platforms import memory_platform

PHOTO = pictures.jpeg(64, 48)
MONTH_S = 30 * 86_400
NOW_S = 1_704_067_200
URL = "https://example.com/image.jpg"


@pytest.fixture
async def platform(tmp_path):
    platform = await memory_platform(tmp_path, anonymous_uploads_per_hour=2)
    platform.fetcher.pages[URL] = PHOTO
    return platform


async def import_(user, url=URL, **members):
    return await user.http.post("/v1/import", json={"url": url, **members}, headers=user.headers)


async def test_an_import_with_a_key_answers_the_media_object_as_documented(owner, platform):
    response = await import_(owner, namespace="imports", description="Imported from example.com")
    body = response.json()
    storage = (await platform.catalog.workspace_by_slug("default")).storage
    assert response.status_code == 201
    assert body == {
        "id": body["id"],
        "name": "image.jpg",
        "url": f"https://img.example/{body['id']}",
        "src": f"https://cdn.example/{storage}/{body['id']}.jpeg",
        "width": 64,
        "height": 48,
        "filesize": len(PHOTO),
        "editable": True,
        "path": f"/imports/image_{body['id']}.jpg",
        "namespace": "imports",
        "source_url": URL,
        "description": "Imported from example.com",
        "created_at": NOW_S,
    }


async def test_an_import_without_a_key_is_public_expires_and_tells_what_a_key_would_give(nobody):
    body = (await import_(nobody, public=False)).json()
    assert body["expires_at"] == NOW_S + MONTH_S
    assert body["source_url"] == URL
    assert body["upgrade"]["label"] == "Create API Key"
    assert "url" in body


async def test_where_it_came_from_is_for_its_owner_to_see(owner, nobody, platform):
    secret = f"{URL}?signature=secret"
    platform.fetcher.pages[secret] = PHOTO
    media = f"/v1/media/{(await import_(owner, secret)).json()['id']}"
    assert (await owner.get(media)).json()["source_url"] == secret
    assert (await owner.get("/v1/media")).json()["data"][0]["source_url"] == secret
    assert "source_url" not in (await nobody.get(media)).json()


async def test_a_second_import_of_an_external_id_answers_the_first_and_says_so(owner, platform):
    first = await import_(owner, external_id="e")
    platform.fetcher.pages.clear()
    second = await import_(owner, "https://example.com/other.jpg", external_id="e")
    assert (second.status_code, second.headers["x-deduplicated"]) == (200, "true")
    assert second.json() == first.json()


async def test_an_upload_and_an_import_share_their_external_ids(owner):
    uploaded = await owner.uploaded(external_id="e")
    assert (await import_(owner, external_id="e")).json()["id"] == uploaded["id"]


async def test_members_may_be_json_or_as_a_form_would_send_them(owner):
    as_json = (await import_(owner, tags=["a", "B"], public=False, ttl=300, count=3, nothing=None)).json()
    as_text = (await import_(owner, tags="a,B", public="false", ttl="5m", count="3", name="")).json()
    for body in (as_json, as_text):
        assert (body["tags"], body["expires_at"], body["count"]) == (["a", "b"], NOW_S + 300, "3")
        assert {"url", "nothing"} & body.keys() == set()


async def test_all_bad_members_are_named_at_once(owner):
    response = await import_(
        owner, "ftp://example.com/a.jpg", tags=[1], public="maybe", ttl=True, namespace=["a"], name=5, date={}
    )
    assert response.status_code == 422
    assert response.json() == {
        "error": "validation_error",
        "message": "Validation failed.",
        "errors": {
            "url": ["required: an http or https URL"],
            "tags": ["must be a string"],
            "public": ["true or false"],
            "ttl": ["must be a string"],
            "namespace": ["must be a string"],
            "name": ["must be a string"],
            "date": ["must be a string"],
        },
    }


@pytest.mark.parametrize(
    "url", [None, "", 5, [], "example.com/a.jpg", "file:///etc/passwd", "//example.com/a"]
)
async def test_without_a_web_address_there_is_nothing_to_import(owner, url):
    response = await import_(owner, url)
    assert response.json()["errors"] == {"url": ["required: an http or https URL"]}


async def test_a_url_has_a_longest_length_and_storable_characters(owner):
    long, lone = f"{URL}?{'a' * 8192}", f"{URL}?\0"
    assert (await import_(owner, long)).json()["errors"] == {"url": ["at most 8,192 characters"]}
    assert (await import_(owner, lone)).json()["errors"].keys() == {"url"}


@pytest.mark.parametrize("body", [b"[]", b'"https://example.com"', b"null", b"{", b""])
async def test_what_is_no_json_object_is_refused(owner, body):
    headers = {**owner.headers, "Content-Type": "application/json"}
    response = await owner.http.post("/v1/import", content=body, headers=headers)
    assert (response.status_code, response.json()["error"]) == (422, "validation_error")


@pytest.mark.parametrize(
    ("page", "status", "code"),
    [
        (FetchFailed("The origin answers with status 404."), 422, "fetch_failed"),
        (b"<!DOCTYPE html><h1>It works!</h1>", 415, "unsupported_media_type"),
        (b"", 422, "image_empty"),
        (PHOTO[:-200], 422, "image_truncated"),
        (b"BM" + bytes(10 * 1024 * 1024), 413, "file_too_large"),
    ],
)
async def test_what_is_not_an_image_is_one_clear_refusal_at_the_url(owner, platform, page, status, code):
    platform.fetcher.pages[URL] = page
    response = await import_(owner)
    body = response.json()
    assert (response.status_code, body["error"]) == (status, code)
    assert body["errors"] == {"url": [body["message"]]}
    assert [blob async for blob in platform.blobs.list()] == [*platform.scratch.iterdir()] == []


async def test_a_failure_of_ours_is_import_failed(owner, platform, monkeypatch):
    async def put(*_, **__):
        raise StorageFailed

    monkeypatch.setattr(platform.blobs, "put", put)
    response = await import_(owner)
    assert (response.status_code, response.json()["error"]) == (500, "import_failed")


async def test_too_many_fetches_are_told_to_come_back(owner, platform):
    platform.fetcher.pages[URL] = Busy(retry_after=2)
    response = await import_(owner)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")


async def test_a_key_that_may_not_write_is_refused_before_the_body_is_judged(reader):
    response = await reader.http.post("/v1/import", content=b"", headers=reader.headers)
    assert (response.status_code, response.json()["error"]) == (403, "forbidden")


async def test_anonymous_imports_and_uploads_are_counted_together(nobody):
    statuses = [(await nobody.upload()).status_code, (await import_(nobody)).status_code]
    third = await import_(nobody)
    assert statuses == [201, 201]
    assert (third.status_code, third.json()["error"]) == (429, "rate_limited")


async def test_anonymous_imports_have_the_limit_of_anonymous_uploads(nobody, platform):
    platform.fetcher.pages[URL] = PHOTO + bytes(20 * 1024 * 1024)
    response = await import_(nobody)
    assert response.status_code == 413
    assert "CALOTYPE_MAX_UPLOAD_BYTES_ANONYMOUS" in response.json()["message"]
