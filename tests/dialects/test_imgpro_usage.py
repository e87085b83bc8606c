"""Usage and quotas over HTTP: what `/v1/usage` and every answer's headers tell, and how the end of a plan is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

import pictures
from calotype.domain.assets import Asset
from calotype.domain.workspaces import Workspace
from calotype.errors import StorageFailed
from calotype.ports import AssetQuery, Job, Platform
from calotype.services import jobs, links
from calotype.services.links import Purpose
from calotype.settings import PlanChange
from platforms import Wrapped

PHOTO = pictures.jpeg(64, 48)
"""What the users of these tests upload."""
SIZE = len(PHOTO)
FEBRUARY = 1_706_745_600
"""The first second of the month after the one that the clock stands in."""

PLANS = {
    "two": PlanChange(label="Two", uploads=2, storage_bytes=10 * SIZE, offered=False),
    "small": PlanChange(uploads=50, storage_bytes=2 * SIZE, offered=False),
    "top": PlanChange(uploads=1, storage_bytes="unlimited"),
    "narrow": PlanChange(max_file_bytes=SIZE - 1),
}
with_plans = pytest.mark.parametrize("platform", [{"plans": PLANS}], indirect=True)


async def put_on(platform: Platform, plan: str, **changes: object) -> Workspace:
    home = await platform.catalog.workspace_by_slug("default")
    return await platform.catalog.update_workspace(home.id, lambda old: replace(old, plan=plan, **changes))


async def stored(platform: Platform) -> list[Asset]:
    home = await platform.catalog.workspace_by_slug("default")
    return list(await platform.catalog.assets(AssetQuery(home.id, platform.clock(), limit=100)))


def told(response: httpx.Response) -> dict[str, str]:
    """The headers that tell of usage."""
    return {
        name: value
        for name, value in response.headers.items()
        if name.startswith(("x-monthly-", "x-storage-"))
    }


# GET /v1/usage


@with_plans
async def test_usage_is_told_in_the_words_of_every_generation(platform, owner):
    await put_on(platform, "two")
    await owner.uploaded()
    response = await owner.get("/v1/usage")
    assert (response.status_code, response.headers["cache-control"]) == (200, "private, no-store")
    assert response.json() == {
        "monthly": {"uploads": 1, "uploads_limit": 2, "uploads_remaining": 1, "resets_at": FEBRUARY},
        "totals": {
            "media_stored": 1,
            "images_stored": 1,
            "storage_used_bytes": SIZE,
            "storage_limit_bytes": 10 * SIZE,
            "storage_remaining_bytes": 9 * SIZE,
        },
        "limits": {"images": {"used": 1, "limit": None}},
        "plan": "two",
        "verified": True,
    }


async def test_what_is_unlimited_is_null_in_json_and_has_no_header(platform, owner):
    await owner.uploaded()
    response = await owner.get("/v1/usage")
    shown = response.json()
    assert (shown["plan"], shown["monthly"]["uploads_limit"], shown["monthly"]["uploads_remaining"]) == (
        "unlimited",
        None,
        None,
    )
    assert shown["totals"]["storage_limit_bytes"] is None
    assert told(response) == {"x-monthly-uploads-used": "1", "x-storage-used": str(SIZE)}


async def test_usage_is_for_keys_that_may_read(nobody, writer):
    assert (await nobody.get("/v1/usage")).json()["error"] == "unauthorized"
    refused = await writer.get("/v1/usage")
    assert (refused.status_code, refused.json()["error"]) == (403, "forbidden")


async def test_an_unverified_workspace_is_told_so(platform, owner):
    await put_on(platform, "free", verified=False)
    assert (await owner.get("/v1/usage")).json()["verified"] is False


async def test_a_plan_that_the_settings_name_no_more_counts_as_the_starting_plan(platform, owner):
    await put_on(platform, "gone")
    shown = (await owner.get("/v1/usage")).json()
    assert (shown["plan"], shown["monthly"]["uploads_limit"]) == ("free", 100)


# The headers


@with_plans
async def test_the_headers_of_an_upload_know_of_the_upload(platform, owner):
    await put_on(platform, "two")
    assert told(await owner.upload()) == {
        "x-monthly-uploads-used": "1",
        "x-monthly-uploads-limit": "2",
        "x-monthly-uploads-remaining": "1",
        "x-storage-used": str(SIZE),
        "x-storage-limit": str(10 * SIZE),
        "x-storage-remaining": str(9 * SIZE),
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/media", 200),
        ("GET", "/v1/images", 200),
        ("GET", "/v1/namespaces", 200),
        ("HEAD", "/v1/media", 200),
        ("GET", f"/v1/media/{'0' * 24}", 404),
        ("DELETE", f"/v1/images/{'0' * 24}", 404),
        ("GET", "/v1/media?limit=0", 422),
        ("GET", "/v1/images?limit=0", 422),
        ("POST", "/v1/upload", 422),
        ("POST", "/v1/images", 422),
    ],
)
async def test_every_authenticated_answer_has_the_headers_refusals_too(owner, method, path, status):
    response = await owner.http.request(method, path, headers=owner.headers)
    assert response.status_code == status
    assert told(response) == {"x-monthly-uploads-used": "0", "x-storage-used": "0"}


async def test_a_key_that_may_not_is_told_too_and_a_wrong_key_is_not(reader, nobody):
    assert (await reader.upload()).headers["x-storage-used"] == "0"
    wrong = {"Authorization": f"Bearer img_live_{'x' * 40}"}
    assert told(await nobody.http.get("/v1/media", headers=wrong)) == {}
    assert told(await nobody.upload()) == {}


@pytest.mark.parametrize("platform", [{"requests_per_minute": 1}], indirect=True)
async def test_who_asks_too_often_is_told_too(owner):
    await owner.get("/v1/media")
    refused = await owner.get("/v1/media")
    assert (refused.status_code, told(refused)["x-storage-used"]) == (429, "0")


async def test_an_answer_goes_out_without_the_headers_when_they_cannot_be_read(platform, owner):
    async def fail(*_: object) -> None:
        raise StorageFailed

    object.__setattr__(platform, "meter", Wrapped(platform.meter, usage=fail))
    response = await owner.get("/v1/media")
    assert (response.status_code, told(response)) == (200, {})


# The end of a plan


@with_plans
async def test_beyond_the_months_uploads_the_flat_error_tells_usage_and_a_way_up(platform, owner):
    home = await put_on(platform, "two")
    for _ in range(2):
        await owner.uploaded()
    response = await owner.upload()
    body = response.json()
    url = urlsplit(body["action"].pop("url"))
    assert (response.status_code, body) == (
        403,
        {
            "error": "quota_exceeded",
            "message": "Monthly upload limit reached.",
            "action": {"type": "upgrade", "label": "Upgrade to Free for 100 uploads"},
            "usage": {
                "plan": "two",
                "uploads_used": 2,
                "uploads_limit": 2,
                "storage_used_bytes": 2 * SIZE,
                "storage_limit_bytes": 10 * SIZE,
            },
        },
    )
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://img.example/upgrade/free"
    assert links.read(platform, Purpose.UPGRADE, dict(parse_qsl(url.query))).subject == home.id


@with_plans
async def test_beyond_the_storage_the_nested_error_has_all_of_it_inside(platform, owner):
    await put_on(platform, "small")
    for _ in range(2):
        await owner.uploaded()
    files = {"file": ("photo.jpg", PHOTO)}
    response = await owner.http.post("/v1/images", files=files, headers=owner.headers)
    error = response.json()["error"]
    assert error.pop("action")["type"] == "upgrade"
    assert (response.status_code, response.json().keys(), error) == (
        403,
        {"error"},
        {
            "type": "quota_error",
            "code": "quota_exceeded",
            "message": "Storage limit reached.",
            "usage": {
                "plan": "small",
                "uploads_used": 2,
                "uploads_limit": 50,
                "storage_used_bytes": 2 * SIZE,
                "storage_limit_bytes": 2 * SIZE,
            },
        },
    )


@with_plans
async def test_what_is_refused_at_the_commit_leaves_no_bytes_and_counts_nothing(platform, owner):
    await put_on(platform, "small")
    await owner.uploaded()
    larger = pictures.jpeg(80, 80)
    assert len(larger) > SIZE
    refused = await owner.upload(larger)
    assert (refused.status_code, refused.json()["message"]) == (403, "Storage limit reached.")
    (kept,) = await stored(platform)
    assert {blob.key.split("/")[2] async for blob in platform.blobs.list()} == {kept.id}
    assert told(refused)["x-monthly-uploads-used"] == "1"


@with_plans
async def test_who_is_not_verified_is_led_to_verification(platform, owner):
    await put_on(platform, "two", verified=False)
    for _ in range(2):
        await owner.uploaded()
    action = (await owner.upload()).json()["action"]
    assert action == {
        "type": "verify",
        "url": "https://img.example/verify",
        "label": "Verify your e-mail address",
    }


@pytest.mark.parametrize(
    ("platform", "url"),
    [
        (
            {"plans": {"business": PlanChange(uploads=1_000_000, storage_bytes=SIZE)}},
            "https://img.example/plans",
        ),
        (
            {
                "plans": {"business": PlanChange(uploads=1_000_000, storage_bytes=SIZE)},
                "upgrade_url": "https://billing.example/us",
            },
            "https://billing.example/us",
        ),
    ],
    indirect=["platform"],
)
async def test_from_the_top_plan_the_way_leads_to_whoever_bills(platform, owner, url):
    await put_on(platform, "business")
    await owner.uploaded()
    flat = (await owner.upload()).json()["action"]
    assert flat == {"type": "redirect", "url": url, "label": "See your options"}
    files = {"file": ("photo.jpg", PHOTO)}
    nested = await owner.http.post("/v1/images", files=files, headers=owner.headers)
    assert nested.json()["error"]["action"] == {"type": "upgrade", "url": url, "label": "See your options"}


@with_plans
async def test_of_a_hundred_uploads_at_once_with_room_for_one_one_is_taken(platform, owner):
    await put_on(platform, "two")
    await owner.uploaded()
    answers = await asyncio.gather(*(owner.upload() for _ in range(100)))
    assert sorted({answer.status_code for answer in answers}) == [201, 403]
    assert sum(answer.status_code == 201 for answer in answers) == 1
    assert {blob.key.split("/")[2] async for blob in platform.blobs.list()} == {
        asset.id for asset in await stored(platform)
    }


@with_plans
async def test_what_cannot_fit_is_refused_before_its_body_is_read(platform, owner):
    await put_on(platform, "two")
    for _ in range(2):
        await owner.uploaded()

    async def body():
        raise AssertionError("the body was read")
        yield b""

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "1000"}
    response = await owner.http.post("/v1/upload", content=body(), headers={**headers, **owner.headers})
    assert (response.status_code, response.json()["error"]) == (403, "quota_exceeded")


@with_plans
async def test_a_length_that_no_storage_is_left_for_is_refused_before_it_is_read(platform, owner):
    await put_on(platform, "two")
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "9000000"}
    response = await owner.http.post("/v1/upload", content=b"", headers={**headers, **owner.headers})
    assert (response.status_code, response.json()["message"]) == (403, "Storage limit reached.")


@with_plans
async def test_what_cannot_fit_is_not_decoded_when_it_must_be_read_first(platform, owner):
    await put_on(platform, "two")
    for _ in range(2):
        await owner.uploaded()

    async def ingest(*_: object, **__: object) -> None:
        raise AssertionError("it was decoded")

    object.__setattr__(platform, "renderer", Wrapped(platform.renderer, ingest=ingest))
    headers = {"Idempotency-Key": "another", **owner.headers}
    files = {"file": ("photo.jpg", PHOTO)}
    response = await owner.http.post("/v1/images", files=files, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "quota_exceeded")


@with_plans
async def test_a_retry_of_the_upload_that_took_the_last_room_is_answered_as_the_first(platform, owner):
    await put_on(platform, "two")
    await owner.uploaded()
    headers, files = {"Idempotency-Key": "once", **owner.headers}, {"file": ("photo.jpg", PHOTO)}
    first = await owner.http.post("/v1/images", files=files, headers=headers)
    again = await owner.http.post("/v1/images", files=files, headers=headers)
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 201, first.json()["id"])
    assert told(again)["x-monthly-uploads-used"] == "2"


@with_plans
async def test_an_import_beyond_the_plan_fetches_nothing(platform, owner):
    await put_on(platform, "two")
    for _ in range(2):
        await owner.uploaded()
    document = {"url": "https://elsewhere.example/a.jpg"}
    response = await owner.http.post("/v1/import", json=document, headers=owner.headers)
    assert (response.status_code, response.json()["error"]) == (403, "quota_exceeded")  # not "fetch_failed"


# What counts, and what does not


@with_plans
async def test_what_is_deduplicated_counts_nothing(platform, owner):
    await put_on(platform, "two")
    await owner.uploaded(external_id="e")
    again = await owner.upload(external_id="e")
    assert (again.status_code, told(again)["x-monthly-uploads-used"]) == (200, "1")


@with_plans
async def test_deleting_frees_storage_and_never_uploads(platform, owner):
    await put_on(platform, "two")
    first, second = await owner.uploaded(), await owner.uploaded(namespace="ns")
    gone = await owner.delete(f"/v1/media/{first['id']}")
    assert told(gone)["x-storage-used"] == str(SIZE)
    batch = await owner.http.request(
        "DELETE", "/v1/media/batch", json={"namespace": second["namespace"]}, headers=owner.headers
    )
    assert (told(batch)["x-storage-used"], told(batch)["x-monthly-uploads-used"]) == ("0", "2")
    assert (await owner.upload()).status_code == 403


@with_plans
async def test_expiring_frees_storage_once_it_is_swept_and_never_uploads(platform, owner):
    await put_on(platform, "two")
    await owner.uploaded(ttl="5m")
    platform.clock.move(minutes=5)
    await jobs.handlers(platform)[jobs.EXPIRE](Job("sweep", jobs.EXPIRE, {}))
    shown = (await owner.get("/v1/usage")).json()
    assert (shown["totals"]["media_stored"], shown["totals"]["storage_used_bytes"]) == (0, 0)
    assert shown["monthly"]["uploads"] == 1


@with_plans
async def test_a_new_month_has_room_again(platform, owner):
    await put_on(platform, "two")
    for _ in range(2):
        await owner.uploaded()
    platform.clock.move(days=31)
    assert told(await owner.upload())["x-monthly-uploads-used"] == "1"


@with_plans
async def test_a_file_that_fails_counts_nothing(platform, owner):
    await put_on(platform, "two")
    refused = await owner.upload(PHOTO[: SIZE // 2])
    assert (refused.status_code, told(refused)["x-monthly-uploads-used"]) == (422, "0")


@with_plans
async def test_a_plan_may_take_smaller_files_than_the_server(platform, owner):
    await put_on(platform, "narrow")
    refused = await owner.upload()
    assert refused.status_code == 413
    assert refused.json()["message"] == f"The file is larger than {SIZE - 1:,} bytes (the plan 'narrow')."


async def test_uploads_without_a_key_are_held_to_no_plan(platform, nobody):
    for _ in range(3):
        assert (await nobody.upload()).status_code == 201
    strangers = await platform.catalog.workspace_by_slug("anonymous")
    assert (await platform.meter.usage(strangers.id, platform.clock())).stored == 3


# How long images of unverified workspaces live


@pytest.mark.parametrize(
    ("ttl", "lives_s", "provisional"),
    [(None, 30 * 86_400, True), ("90d", 30 * 86_400, False), ("2d", 2 * 86_400, False)],
)
async def test_until_it_is_verified_nothing_of_a_workspace_stays_over_30_days(
    platform, owner, ttl, lives_s, provisional
):
    await put_on(platform, "free", verified=False)
    made = await owner.uploaded(**({"ttl": ttl} if ttl else {}))
    assert made["expires_at"] == made["created_at"] + lives_s
    (asset,) = await stored(platform)
    assert asset.provisional is provisional


async def test_what_a_verified_workspace_uploads_stays(platform, owner):
    await put_on(platform, "free")
    assert "expires_at" not in await owner.uploaded()
