"""How often anyone may ask: what is counted, what is told, and what is refused."""

from __future__ import annotations

import pytest

from calotype.errors import Busy
from calotype.ports import Platform
from calotype.services import keys, workspaces
from calotype.services.access import authenticate
from calotype.services.pacing import pace
from calotype.web.cors import EXPOSED_HEADERS
from platforms import READ_WRITE, Wrapped, key_for

UPLOADED = "/v1/media/" + "0" * 24


def limits(**settings: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("platform", [settings], indirect=True)


async def statuses(user, times: int, path: str = "/v1/media", method: str = "GET") -> list[int]:
    return [(await user.http.request(method, path, headers=user.headers)).status_code for _ in range(times)]


@limits(requests_per_minute=10, workspace_requests_per_minute=20)
async def test_each_answer_tells_where_the_limits_stand(owner):
    await owner.get("/v1/media")
    answer = await owner.get("/v1/media")
    assert answer.headers["ratelimit-policy"] == '"key";q=10;w=60, "workspace";q=20;w=60'
    key, workspace = answer.headers["ratelimit"].split(", ")
    assert (key.rpartition("=")[0], workspace.rpartition("=")[0]) == ('"key";r=8;t', '"workspace";r=18;t')
    assert 0 < int(key.rpartition("=")[2]) <= 60


@limits(requests_per_minute=3)
async def test_above_the_limit_of_a_key_flat_errors_say_how_long_to_wait(owner):
    assert await statuses(owner, 3) == [200] * 3
    answer = await owner.get("/v1/media")
    seconds = int(answer.headers["retry-after"])
    assert (answer.status_code, answer.json()) == (
        429,
        {
            "error": "rate_limited",
            "message": "At most 3 requests a minute with one key.",
            "action": {"type": "wait", "seconds": seconds},
        },
    )
    assert 0 < seconds <= 60
    assert answer.headers["ratelimit"].startswith('"key";r=0;t=')


@limits(requests_per_minute=1)
async def test_nested_errors_say_it_too(owner):
    await owner.get("/v1/images")
    answer = await owner.get("/v1/images")
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limited")
    assert error["action"] == {
        "type": "wait",
        "label": "Try again later",
        "retry_after": int(answer.headers["retry-after"]),
    }


@limits(requests_per_minute=3)
async def test_head_counts_as_get_does(owner):
    assert await statuses(owner, 3, method="HEAD") == [200] * 3
    assert await statuses(owner, 2) == [429] * 2
    assert await statuses(owner, 1, method="HEAD") == [429]


@limits(requests_per_minute=2)
async def test_options_opens_no_way_around(owner):
    await statuses(owner, 2)
    preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET", **owner.headers}
    asked = await owner.http.options("/v1/media", headers=preflight)
    assert (asked.status_code, asked.text) == (200, "OK")
    assert await statuses(owner, 1, method="OPTIONS") == [405]
    assert await statuses(owner, 1) == [429]


@limits(requests_per_minute=3)
async def test_refused_requests_count_too(owner):
    assert await statuses(owner, 3, "/v1/media/unknown") == [404] * 3
    assert await statuses(owner, 1) == [429]


@limits(requests_per_minute=4, workspace_requests_per_minute=6)
async def test_many_keys_of_a_workspace_have_one_limit_together(owner, platform: Platform):
    another = type(owner)(owner.http, {"Authorization": f"Bearer {await key_for(platform)}"})
    assert await statuses(owner, 4) == [200] * 4
    assert await statuses(another, 3) == [200, 200, 429]
    answer = await another.get("/v1/media")
    assert answer.json()["message"] == "At most 6 requests a minute with all keys of a workspace."


@limits(requests_per_minute=2, workspace_requests_per_minute=6)
async def test_what_a_keys_limit_refuses_leaves_the_workspaces_alone(owner, platform: Platform):
    await statuses(owner, 12)
    another = type(owner)(owner.http, {"Authorization": f"Bearer {await key_for(platform)}"})
    assert await statuses(another, 2) == [200, 200]


@limits(requests_per_minute=2, workspace_requests_per_minute=0)
async def test_workspaces_count_apart(owner, neighbour):
    assert await statuses(owner, 3) == [200, 200, 429]
    assert await statuses(neighbour, 2) == [200, 200]


@limits(requests_per_minute=3)
async def test_without_a_key_the_address_is_counted(nobody):
    assert await statuses(nobody, 4, UPLOADED) == [404, 404, 404, 429]
    answer = await nobody.get(UPLOADED)
    assert answer.headers["ratelimit-policy"] == '"address";q=3;w=60'


@limits(requests_per_minute=3)
async def test_guessing_keys_is_counted(nobody):
    guess = type(nobody)(nobody.http, {"Authorization": "Bearer img_live_" + "a" * 40})
    assert await statuses(guess, 5) == [401, 401, 401, 429, 429]


@limits(requests_per_minute=3)
async def test_a_key_works_from_an_address_that_has_used_up_its_own(owner, nobody):
    await statuses(nobody, 9, UPLOADED)
    assert await statuses(owner, 1) == [200]


@limits(requests_per_minute=0, workspace_requests_per_minute=0)
async def test_limits_can_be_switched_off(owner):
    answers = [await owner.get("/v1/media") for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200}
    assert not {"ratelimit", "ratelimit-policy"} & set(answers[0].headers)


async def away(*_: object, **__: object):
    raise Busy("The rate limits cannot be counted right now.", retry_after=5)


async def test_when_nothing_can_be_counted_keys_work_on(owner, platform: Platform):
    object.__setattr__(platform, "limiter", Wrapped(platform.limiter, count=away, hit=away))
    answer = await owner.get("/v1/media")
    assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)
    assert (await owner.upload()).status_code == 201


async def test_when_nothing_can_be_counted_strangers_read_and_do_not_upload(
    nobody, owner, platform: Platform
):
    made = await owner.uploaded()
    object.__setattr__(platform, "limiter", Wrapped(platform.limiter, count=away, hit=away))
    assert (await nobody.get(f"/v1/media/{made['id']}")).status_code == 200
    refused = await nobody.upload()
    assert (refused.status_code, refused.headers["retry-after"], refused.json()["error"]) == (
        503,
        "5",
        "busy",
    )


@limits(requests_per_minute=3)
async def test_addresses_of_one_ipv6_household_count_together(platform: Platform):
    nobody = await authenticate(platform, None)
    waits = []
    for number in range(4):
        [allowance] = await pace(platform, nobody, f"2001:db8:0:1::{number}")
        waits.append(allowance.window.wait > 0)
    [next_door] = await pace(platform, nobody, "2001:db8:0:2::1")
    assert (waits, next_door.window.wait) == ([False, False, False, True], 0)


async def test_a_revoked_key_is_a_guess(owner, platform: Platform):
    workspace = await workspaces.find(platform, "default")
    _, secret = await keys.create_key(platform, workspace, "second", READ_WRITE)
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await owner.http.get("/v1/media", headers=headers)).status_code == 200
    [key] = [each for each in await keys.list_keys(platform, workspace) if each.name == "second"]
    await keys.revoke_key(platform, key.id)
    answer = await owner.http.get("/v1/media", headers=headers)
    assert (answer.status_code, answer.headers["ratelimit-policy"]) == (401, '"address";q=1000;w=60')
    assert (await owner.get("/v1/media")).status_code == 200


def test_the_headers_may_be_read_by_pages_of_other_origins():
    assert {"ratelimit", "ratelimit-policy", "retry-after"} <= set(EXPOSED_HEADERS)
