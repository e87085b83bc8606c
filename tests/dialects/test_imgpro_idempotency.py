"""`Idempotency-Key` on everything that takes an image in: sent twice, it is there once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

import pictures
from calotype.adapters.blobs.memory import MemoryBlobs
from calotype.domain.assets import Moderation
from calotype.domain.workspaces import Ability
from calotype.errors import StorageFailed
from calotype.ports import AssetQuery, Platform
from calotype.services import moderation
from platforms import Wrapped, key_for

PHOTO, OTHER = pictures.jpeg(64, 48), pictures.jpeg(65, 48)


def keyed(user, key: str = "one"):
    return replace(user, headers={**user.headers, "Idempotency-Key": key})


async def create(user, data: bytes = PHOTO, filename: str = "a.jpg", **fields: str) -> httpx.Response:
    files = {"file": (filename, data, "image/jpeg")}
    return await user.http.post("/v1/images", files=files, data=fields, headers=user.headers)


async def create_from(user, **document: object) -> httpx.Response:
    return await user.http.post("/v1/images", json=document, headers=user.headers)


def code(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["type"], error["code"]


async def images_of(platform: Platform, slug: str = "default") -> int:
    workspace = await platform.catalog.workspace_by_slug(slug)
    return len(await platform.catalog.assets(AssetQuery(workspace.id, platform.clock(), limit=100)))


async def test_a_repeated_image_is_the_first_one(owner, platform: Platform):
    first, again = [await create(keyed(owner)) for _ in range(2)]
    assert [first.status_code, again.status_code] == [201, 201]
    assert first.json() == again.json()
    assert ["idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]] == [False, "true"]
    assert await images_of(platform) == 1


async def test_a_repeated_upload_is_the_first_one(owner):
    first, again = [await keyed(owner).upload(tags="a,b") for _ in range(2)]
    assert [first.status_code, again.status_code] == [201, 201]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("path", ["/v1/import", "/v1/images"])
async def test_a_repeated_import_fetches_once(owner, platform: Platform, path: str):
    platform.fetcher.pages["https://there.example/a.jpg"] = PHOTO
    document = {"url": "https://there.example/a.jpg"}
    first = await owner.http.post(path, json=document, headers=keyed(owner).headers)
    del platform.fetcher.pages["https://there.example/a.jpg"]
    again = await owner.http.post(path, json=document, headers=keyed(owner).headers)
    assert [first.status_code, again.status_code] == [201, 201]
    assert first.json()["id"] == again.json()["id"]


async def test_without_a_key_each_request_makes_an_image(owner, platform: Platform):
    await create(owner)
    await create(owner)
    assert await images_of(platform) == 2


async def test_another_key_makes_another_image(owner):
    one, two = await create(keyed(owner, "one")), await create(keyed(owner, "two"))
    assert one.json()["id"] != two.json()["id"]


async def test_what_was_parsed_is_compared_and_not_the_bytes(owner):
    form = (
        b'--{b}\r\nContent-Disposition: form-data; name="caption"\r\n\r\nhi\r\n',
        b'--{b}\r\nContent-Disposition: form-data; name="public"\r\n\r\ntrue\r\n',
        b'--{b}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + PHOTO + b"\r\n",
    )
    answers = []
    for boundary, order in ((b"one", (0, 1, 2)), (b"another", (2, 1, 0))):
        body = b"".join(form[part] for part in order).replace(b"{b}", boundary) + b"--" + boundary + b"--\r\n"
        type_ = f"multipart/form-data; boundary={boundary.decode()}"
        headers = {**keyed(owner).headers, "Content-Type": type_}
        answers.append(await owner.http.post("/v1/images", content=body, headers=headers))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_the_order_of_json_members_means_nothing(owner, platform: Platform):
    platform.fetcher.pages["https://there.example/a.jpg"] = PHOTO
    first = await create_from(keyed(owner), url="https://there.example/a.jpg", caption="hi")
    again = await create_from(keyed(owner), caption="hi", url="https://there.example/a.jpg")
    assert first.json()["id"] == again.json()["id"]


@pytest.mark.parametrize(
    "change",
    [{"data": OTHER}, {"filename": "b.jpg"}, {"caption": "another"}, {"caption": ""}, {"public": "false"}],
)
async def test_a_different_request_is_a_conflict(owner, change: dict[str, object]):
    await create(keyed(owner), caption="hi")
    answer = await create(keyed(owner), **{"caption": "hi", **change})
    assert code(answer) == (409, "idempotency_error", "idempotency_key_conflict")


async def test_another_type_of_the_file_part_is_a_conflict(owner):
    await keyed(owner).upload(content_type="image/jpeg")
    answer = await keyed(owner).upload(content_type="image/png")
    assert (answer.status_code, answer.json()["error"]) == (409, "idempotency_key_conflict")


async def test_another_endpoint_is_a_conflict(owner):
    await keyed(owner).upload(filename="a.jpg", content_type="image/jpeg")
    assert (await create(keyed(owner))).status_code == 409


async def test_of_twenty_at_once_one_makes_the_image(owner, platform: Platform):
    answers = await asyncio.gather(*(create(keyed(owner)) for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert await images_of(platform) == 1


async def test_while_the_first_one_runs_a_repetition_is_told_to_wait(owner, platform: Platform):
    begun, go_on = asyncio.Event(), asyncio.Event()
    ingest = platform.renderer.ingest

    async def slow(*args, **kwargs):
        begun.set()
        await go_on.wait()
        return await ingest(*args, **kwargs)

    object.__setattr__(platform, "renderer", Wrapped(platform.renderer, ingest=slow))
    first = asyncio.create_task(create(keyed(owner)))
    await begun.wait()
    meanwhile = await create(keyed(owner))
    go_on.set()
    made = await first
    assert code(meanwhile) == (409, "idempotency_error", "idempotency_key_in_progress")
    assert meanwhile.headers["retry-after"] == "2"
    assert meanwhile.json()["error"]["action"]["retry_after"] == 2
    assert (await create(keyed(owner))).json()["id"] == made.json()["id"]


async def test_a_failed_attempt_may_be_repeated_with_the_same_key(owner, platform: Platform):
    class Full(MemoryBlobs):
        async def put(self, *_):
            raise StorageFailed

    right = platform.blobs
    object.__setattr__(platform, "blobs", Full())
    assert (await create(keyed(owner))).status_code == 500
    object.__setattr__(platform, "blobs", right)
    again = await create(keyed(owner))
    assert (again.status_code, "idempotency-replayed" in again.headers) == (201, False)


async def test_after_a_refused_attempt_the_key_is_free_for_another_request(owner):
    assert (await create(keyed(owner), b"no picture")).status_code == 415
    assert (await create(keyed(owner))).status_code == 201


async def test_bad_fields_do_not_use_a_key_up(owner):
    assert (await create(keyed(owner), labels="no json")).status_code == 422
    assert (await create(keyed(owner))).status_code == 201


async def test_what_was_deleted_does_not_come_back(owner):
    made = await create(keyed(owner))
    await owner.delete(f"/v1/images/{made.json()['id']}")
    answer = await create(keyed(owner))
    assert code(answer) == (409, "idempotency_error", "idempotency_recovery_conflict")


async def test_what_was_blocked_is_not_shown_to_a_repetition(owner, platform: Platform):
    made = await create(keyed(owner))
    asset = await platform.catalog.asset(made.json()["id"], platform.clock())
    await moderation.judge(platform, asset, Moderation.BLOCKED)
    assert code(await create(keyed(owner))) == (403, "permission_error", "media_blocked")


async def test_a_replay_shows_the_image_as_it_is_now(owner):
    made = await create(keyed(owner))
    await owner.patch(f"/v1/images/{made.json()['id']}", caption="changed")
    assert (await create(keyed(owner))).json()["caption"] == "changed"


async def test_after_a_day_the_key_is_as_new(owner, platform: Platform):
    first = await create(keyed(owner))
    platform.clock.move(hours=23, minutes=59)
    assert (await create(keyed(owner))).json()["id"] == first.json()["id"]
    platform.clock.move(minutes=1)
    assert (await create(keyed(owner))).json()["id"] != first.json()["id"]


async def test_a_deduplicated_upload_is_replayed_as_one(owner):
    await owner.upload(external_id="x")
    first, again = [await keyed(owner).upload(external_id="x") for _ in range(2)]
    for answer in (first, again):
        assert (answer.status_code, answer.headers["x-deduplicated"]) == (200, "true")
    assert again.headers["idempotency-replayed"] == "true"


async def test_workspaces_do_not_see_each_others_keys(owner, neighbour):
    mine, theirs = await create(keyed(owner)), await create(keyed(neighbour))
    assert mine.json()["id"] != theirs.json()["id"]


async def test_a_key_that_may_not_read_is_replayed_too(writer):
    first, again = await create(keyed(writer)), await create(keyed(writer))
    assert again.json()["id"] == first.json()["id"]


async def test_keys_of_one_workspace_are_shared_by_its_api_keys(owner, platform: Platform):
    secret = await key_for(platform, abilities=frozenset({Ability.WRITE}))
    other = replace(owner, headers={"Authorization": f"Bearer {secret}"})
    assert (await create(keyed(owner))).json()["id"] == (await create(keyed(other))).json()["id"]


async def test_who_has_no_key_repeats_from_the_same_network(nobody, platform: Platform):
    first, again = await create(keyed(nobody)), await create(keyed(nobody))
    assert again.json()["id"] == first.json()["id"]
    assert await images_of(platform, "anonymous") == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\xe9", "a\tb"])
async def test_a_key_that_is_none_is_refused_before_the_body_is_read(owner, key: str):
    headers = {**owner.headers, "Idempotency-Key": key.encode("latin-1")}
    answer = await owner.http.post("/v1/images", content=b"{", headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == {
        "Idempotency-Key": ["1 to 255 printable ASCII characters, once"]
    }


async def test_two_keys_are_refused(owner):
    headers = [*owner.headers.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = await owner.http.post("/v1/import", json={}, headers=headers)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["Idempotency-Key"])


async def test_the_longest_key_is_taken(owner):
    assert (await create(keyed(owner, "~" * 255))).status_code == 201


@pytest.mark.parametrize("platform", [{"plans": {"free": {"uploads": 1}}}], indirect=True)
async def test_a_replay_counts_as_no_upload(owner, platform: Platform):
    workspace = await platform.catalog.workspace_by_slug("default")
    await platform.catalog.update_workspace(workspace.id, lambda home: replace(home, plan="free"))
    first, again, another = [await create(keyed(owner, key)) for key in ("one", "one", "two")]
    assert [each.status_code for each in (first, again, another)] == [201, 201, 403]
    assert again.headers["x-monthly-uploads-used"] == "1"
    assert code(another) == (403, "quota_error", "quota_exceeded")
