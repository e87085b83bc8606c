"""What the operator has locked or blocked, at the doors of the API and of the pages."""

from __future__ import annotations

import pytest

from calotype.domain.assets import Moderation
from calotype.services import moderation

LOCKED = (403, "media_locked")
BLOCKED = (403, "media_blocked")


@pytest.fixture
def held(platform, owner):
    """Upload an image and pass a verdict on it; answer its id."""

    async def hold(verdict, **fields):
        id_ = (await owner.uploaded(**fields))["id"]
        asset = await platform.catalog.asset(id_, platform.clock())
        await moderation.judge(platform, asset, verdict)
        return id_

    return hold


def flat(response):
    return response.status_code, response.json()["error"]


def nested(response):
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize(("verdict", "refusal"), [(Moderation.LOCKED, LOCKED), (Moderation.BLOCKED, BLOCKED)])
async def test_what_is_held_is_neither_changed_nor_deleted_in_either_generation(
    held, owner, verdict, refusal
):
    id_ = await held(verdict)
    assert flat(await owner.patch(f"/v1/media/{id_}", name="new.jpg")) == refusal
    assert flat(await owner.delete(f"/v1/media/{id_}")) == refusal
    assert nested(await owner.patch(f"/v1/images/{id_}", caption="new")) == refusal
    assert nested(await owner.delete(f"/v1/images/{id_}")) == refusal


async def test_a_locked_image_is_shown_and_a_blocked_one_is_not_to_anyone(held, owner, nobody):
    locked, blocked = await held(Moderation.LOCKED), await held(Moderation.BLOCKED)
    for someone in (owner, nobody):
        assert (await someone.get(f"/v1/media/{locked}")).status_code == 200
        assert flat(await someone.get(f"/v1/media/{blocked}")) == BLOCKED
        assert nested(await someone.get(f"/v1/images/{blocked}")) == BLOCKED
    assert (await nobody.get(f"/{locked}")).status_code == 200
    assert (await nobody.get(f"/{blocked}")).status_code == 404


async def test_what_is_another_workspaces_stays_unknown_when_it_is_held(held, neighbour):
    for verdict in (Moderation.LOCKED, Moderation.BLOCKED):
        id_ = await held(verdict, public="false")
        for response in (
            await neighbour.get(f"/v1/media/{id_}"),
            await neighbour.patch(f"/v1/media/{id_}", name="new.jpg"),
            await neighbour.delete(f"/v1/media/{id_}"),
        ):
            assert flat(response) == (404, "not_found")


async def test_a_batch_tells_what_is_held_of_each_and_takes_the_others(held, owner):
    locked, free = await held(Moderation.LOCKED), (await owner.uploaded())["id"]
    body = {"ids": [locked, free], "caption": "new"}
    changed = (await owner.http.patch("/v1/images/batch", json=body, headers=owner.headers)).json()
    assert [each["id"] for each in changed["data"]] == [free]
    assert [(each["id"], each["error"]["code"]) for each in changed["errors"]] == [(locked, "media_locked")]
    gone = await owner.http.request(
        "DELETE", "/v1/images/batch", json={"ids": [locked, free]}, headers=owner.headers
    )
    assert gone.json()["data"] == [{"id": free, "deleted": True}]
    assert [(each["id"], each["error"]["code"]) for each in gone.json()["errors"]] == [
        (locked, "media_locked")
    ]


async def test_a_batch_of_the_first_generation_is_all_or_nothing(held, owner):
    locked, free = await held(Moderation.LOCKED), (await owner.uploaded())["id"]
    for method, more in (("PATCH", {"namespace": "trips"}), ("DELETE", {})):
        body = {"ids": [free, locked], **more}
        response = await owner.http.request(method, "/v1/media/batch", json=body, headers=owner.headers)
        assert flat(response) == LOCKED
    assert (await owner.get(f"/v1/media/{free}")).json().get("namespace") is None


async def test_what_is_cleared_is_as_it_was(held, owner, platform):
    id_ = await held(Moderation.BLOCKED)
    await moderation.judge(platform, await platform.catalog.asset(id_, platform.clock()), Moderation.NONE)
    assert (await owner.get(f"/v1/media/{id_}")).status_code == 200
    assert (await owner.delete(f"/v1/media/{id_}")).status_code == 204
