"""What every request to IMG Processing's API has in common: keys, problem bodies, limits, and bodies that attack."""

import pytest

from calotype import errors
from calotype.dialects.imgprocessing.errors import KINDS
from calotype.domain.workspaces import Stage
from calotype.errors import CalotypeError
from calotype.ports import Platform
from calotype.services import keys
from platforms import Wrapped, key_for, memory_platform
from processing_people import IMAGES, PHOTO, secret_for, sender_for, served

ERRORS = "https://docs.img-processing.com/errors"


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", Stage)
async def test_a_key_begins_with_its_stage_and_has_forty_characters_more(platform, stage):
    prefix, _, word = (await secret_for(platform, stage)).partition("_")
    assert (prefix, len(word)) == (stage.value, 40)


async def test_a_test_key_belongs_to_the_twin_workspace(platform):
    await secret_for(platform, Stage.TEST)
    twin = await platform.catalog.workspace_by_slug("default-test")
    assert [key.lookup[:5] for key in await platform.catalog.keys(twin.id)] == ["test_"]


async def test_without_a_key_nothing_is_answered(http):
    response = await http.get(IMAGES)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": f"{ERRORS}/unauthorized",
        "error": "Unauthorized",
        "title": "Unauthorized",
        "status": 401,
        "message": "Send an API key as x-api-key.",
    }


@pytest.mark.parametrize(
    "key", ["", "x", "live_", "live_" + "a" * 40, "test_" + "a" * 40, "l" * 5000, "live_é"]
)
async def test_a_wrong_key_opens_nothing(http, key):
    response = await http.get(IMAGES, headers=[(b"x-api-key", key.encode("latin-1"))])
    assert (response.status_code, response.json()["message"]) == (401, "Invalid or missing API key.")


async def test_two_keys_are_a_wrong_one(http, platform):
    secret = await secret_for(platform)
    response = await http.get(IMAGES, headers=[("x-api-key", secret), ("x-api-key", secret)])
    assert response.status_code == 401


@pytest.mark.parametrize("stage", Stage)
async def test_a_key_of_this_api_is_no_bearer_key(http, platform, stage):
    secret = await secret_for(platform, stage)
    response = await http.get("/v1/media", headers={"authorization": f"Bearer {secret}"})
    assert response.status_code == 401


async def test_a_bearer_key_opens_nothing_here(http, platform):
    response = await http.get(IMAGES, headers={"x-api-key": await key_for(platform)})
    assert response.status_code == 401


async def test_a_revoked_key_opens_nothing_any_more(live, platform):
    [key] = await platform.catalog.keys()
    await keys.revoke_key(platform, key.id)
    assert (await live.get()).status_code == 401


# --- bodies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nope", b'{"name": NaN}', b"\xff{}", b"[1,]", b"{'a': 1}", b"\x00"]
)
async def test_what_is_no_json_is_a_bad_request(live, body):
    response = await live.send("", body)
    assert response.status_code == 400
    assert response.json()["type"] == f"{ERRORS}/bad-request"


ODD = [
    b"[]",
    b"null",
    b'"text"',
    b"1",
    b"[" * 100_000 + b"]" * 100_000,
    b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}",
    b'{"name": 1e999, "url": 1}',
    b'{"name": ' + b"9" * 6000 + b"}",
    rb'{"name": "\ud800"}',
    rb'{"\ud800": 1, "\ud800": 2}',
    rb'{"name": "a\u0000b", "url": "https://s3.amazonaws.com/a"}',
    b'{"name": "a", "name": "b"}',
    b'{"name": true, "url": {}}',
    b'{"name": null, "url": null}',
]


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
async def test_json_that_cannot_be_right_is_a_validation_problem(live, body):
    response = await live.send("", body)
    assert response.status_code == 422
    assert response.json()["type"] == f"{ERRORS}/validation-error"
    assert response.json()["errors"]


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
async def test_publishing_asks_for_no_body_and_is_harmed_by_none(live, body):
    id_ = (await live.uploaded())["id"]
    assert (await live.send(f"/{id_}/publish", body)).status_code == 201


async def test_wrong_types_are_said_of_every_field(live):
    response = await live.post(name=7, url=["x"])
    assert response.json()["errors"] == ["name must be a string", "url must be a string"]


async def test_unknown_members_are_nobodys_business(live, platform):
    platform.fetcher.pages["https://s3.amazonaws.com/a"] = PHOTO
    response = await live.post(name="a", url="https://s3.amazonaws.com/a", id="image_x", workspace_id="w")
    assert response.status_code == 201


async def test_a_json_document_of_more_than_a_mebibyte_is_a_validation_problem(live):
    response = await live.send("", b'{"name": "' + b"a" * 1_100_000 + b'"}')
    assert response.json()["errors"] == ["The JSON document is longer than 1,048,576 bytes."]


async def test_a_body_that_is_no_json_by_its_type_is_a_bad_request(live):
    response = await live.send("", b"name=a", "application/x-www-form-urlencoded")
    assert (response.status_code, response.json()["title"]) == (400, "Bad Request")


# --- problems -------------------------------------------------------------------------------------


def codes(kind=CalotypeError):
    yield kind.code
    for each in kind.__subclasses__():
        yield from codes(each)


def test_every_code_of_the_core_is_a_problem():
    assert set(KINDS) == set(codes())


async def test_an_endpoint_that_is_none_is_not_found(live):
    response = await live.get("/a/b/c/d")
    assert (response.status_code, response.json()["message"]) == (404, "There is no such endpoint.")


async def test_a_method_that_is_none_says_which_there_are(live):
    response = await live.bare("", "PUT")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")
    assert response.json()["type"] == f"{ERRORS}/method-not-allowed"


async def test_the_base_of_the_types_is_a_setting(tmp_path):
    platform = await memory_platform(tmp_path, img_processing_error_types="https://img.example/api/errors#")
    async with served(platform) as http:
        response = await http.get(IMAGES)
    assert response.json()["type"] == "https://img.example/api/errors#unauthorized"


async def broken(platform: Platform, error: Exception) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise error

    object.__setattr__(platform, "catalog", Wrapped(platform.catalog, assets=fail))


async def test_what_fails_here_says_so_and_may_be_tried_again(live, platform):
    await broken(platform, errors.StorageFailed("secret reason"))
    response = await live.get()
    assert response.status_code == 500
    assert response.json()["type"] == f"{ERRORS}/internal-server-error"
    assert response.headers["x-should-retry"] == "true"


async def test_what_nobody_expected_is_a_problem_without_its_words(live, platform):
    await broken(platform, RuntimeError("secret reason"))
    response = await live.get()
    assert (response.status_code, response.json()["title"]) == (500, "Internal Server Error")
    assert "secret" not in response.text


async def test_who_is_busy_says_when_to_come_back(live, platform):
    await broken(platform, errors.Busy(retry_after=7))
    response = await live.get()
    assert (response.status_code, response.headers["retry-after"]) == (503, "7")
    assert response.json()["type"] == f"{ERRORS}/service-unavailable"


async def test_what_is_not_set_up_is_501_and_not_to_be_retried(live):
    image = await live.uploaded()
    response = await live.post(f"/{image['id']}/classify")
    assert (response.status_code, response.headers["x-should-retry"]) == (501, "false")
    assert response.json()["type"] == f"{ERRORS}/not-available"
    assert response.json()["message"] == "classify needs a model: there is none in memory."


# --- how often ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stage", "limit"), [(Stage.LIVE, 100), (Stage.TEST, 10)])
async def test_a_key_has_its_stages_requests_a_minute(http, platform, stage, limit):
    sender = await sender_for(http, platform, stage)
    response = await sender.get()
    told = {name: response.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")}
    reset = int(platform.clock().timestamp()) + 60
    assert told == {"limit": str(limit), "remaining": str(limit - 1), "reset": str(reset)}


async def test_one_request_too_many_is_429_with_the_seconds_to_wait(http, platform):
    tester = await sender_for(http, platform, Stage.TEST)
    answers = [await tester.get() for _ in range(11)]
    assert [each.status_code for each in answers] == [200] * 10 + [429]
    refused = answers[-1]
    assert refused.json() == {
        "type": f"{ERRORS}/too-many-requests",
        "error": "Too Many Requests",
        "title": "Too Many Requests",
        "status": 429,
        "message": "At most 10 requests a minute with one key.",
    }
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-remaining"]) == ("60", "0")
    assert refused.headers["x-should-retry"] == "true"


async def test_guesses_of_keys_are_counted_by_address(tmp_path):
    platform = await memory_platform(tmp_path, requests_per_minute=2)
    async with served(platform) as http:
        answers = [await http.get(IMAGES, headers={"x-api-key": f"live_{n:040}"}) for n in range(3)]
    assert [each.status_code for each in answers] == [401, 401, 429]


async def test_test_keys_are_charged_nothing(http, platform):
    tester = await sender_for(http, platform, Stage.TEST)
    assert (await tester.upload()).headers["x-image-processing-usage"] == "0"


async def test_what_is_only_read_is_not_charged_at_all(live):
    assert "x-image-processing-usage" not in (await live.get()).headers


# --- browsers -------------------------------------------------------------------------------------


PREFLIGHT = {
    "origin": "https://app.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "x-api-key",
}


async def test_no_page_may_send_a_key_unless_the_setting_names_its_origin(http):
    response = await http.options(IMAGES, headers=PREFLIGHT)
    assert response.status_code == 405
    assert "access-control-allow-origin" not in response.headers


async def test_pages_of_the_origins_that_are_named_may_send_a_key(tmp_path):
    platform = await memory_platform(tmp_path, img_processing_cors_origins="https://app.example")
    async with served(platform) as http:
        allowed = await http.options(IMAGES, headers=PREFLIGHT)
        refused = await http.options(IMAGES, headers={**PREFLIGHT, "origin": "https://evil.example"})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (
        200,
        "https://app.example",
    )
    assert "x-api-key" in allowed.headers["access-control-allow-headers"]
    assert refused.status_code == 400
