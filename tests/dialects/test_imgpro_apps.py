"""App mode: `/v1/apps/exchange`, `/v1/users/me` and `X-Img-User`, each request with its exact answer."""

from __future__ import annotations

import asyncio
import json

import pytest

import pictures
from app_people import acting, app_of, user_of
from calotype.dialects.imgpro.api import PATHS
from calotype.services import apps, connecting
from platforms import key_for

PHOTO = pictures.jpeg(64, 48)
UNKNOWN = "0" * 24


def nested(kind, code, message, **more):
    return {"error": {"type": kind, "code": code, "message": message, **more}}


CODE_REFUSED = nested(
    "invalid_request_error",
    "validation_error",
    "Validation failed",
    details={"code": ["it is unknown, used, or older than five minutes"]},
)
NO_USER = nested("invalid_request_error", "not_found", "This app has no such user.")
NOT_FOUND = nested("invalid_request_error", "not_found", "Not found.")


async def exchange(http, secret, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body)
    sent = {**acting(secret), "content-type": "application/json", **headers}
    return await http.post("/v1/apps/exchange", content=content, headers=sent)


async def stored(http, headers, **fields):
    files = {"file": ("photo.jpg", PHOTO, "image/jpeg")}
    response = await http.post("/v1/images", files=files, data=fields, headers=headers)
    assert response.status_code == 201, response.text
    return response.json()["id"]


async def ids(http, headers):
    response = await http.get("/v1/images", headers=headers)
    assert response.status_code == 200, response.text
    return [each["id"] for each in response.json()["data"]]


@pytest.fixture
async def album(platform):
    """An app, its secret, and a user of it."""
    app, secret = await app_of(platform)
    return app, secret, await user_of(platform, app)


# --- the exchange ----------------------------------------------------------------------------------


async def test_a_code_is_exchanged_for_the_user_as_documented(http, platform, album):
    _, secret, user = album
    response = await exchange(http, secret, {"code": await connecting.issue_code(platform, user)})
    assert response.status_code == 200
    assert response.json() == {
        "object": "user",
        "id": user.id,
        "email": "ann@example.com",
        "email_verified": True,
        "workspace": {"plan": "free"},
        "created_at": "2024-01-01T00:00:00Z",
    }


async def test_a_code_is_exchanged_once(http, platform, album):
    _, secret, user = album
    code = await connecting.issue_code(platform, user)
    await exchange(http, secret, {"code": code})
    again = await exchange(http, secret, {"code": code})
    assert (again.status_code, again.json()) == (422, CODE_REFUSED)


async def test_of_twenty_requests_with_one_code_one_is_answered(http, platform, album):
    _, secret, user = album
    code = await connecting.issue_code(platform, user)
    answers = await asyncio.gather(*(exchange(http, secret, {"code": code}) for _ in range(20)))
    assert sorted(each.status_code for each in answers) == [200, *[422] * 19]


async def test_an_expired_code_is_refused_as_an_unknown_one_is(http, platform, album):
    _, secret, user = album
    code = await connecting.issue_code(platform, user)
    platform.clock.move(minutes=5)
    for each in (code, "unknown", "' OR 1=1 --", "x" * 5000, "\x00"):
        response = await exchange(http, secret, {"code": each})
        assert (response.status_code, response.json()) == (422, CODE_REFUSED)


async def test_a_code_is_exchanged_by_its_own_app_alone(http, platform, album):
    _, secret, user = album
    _, other = await app_of(platform, "Other")
    code = await connecting.issue_code(platform, user)
    assert (await exchange(http, other, {"code": code})).json() == CODE_REFUSED
    assert (await exchange(http, secret, {"code": code})).status_code == 200


async def test_whom_the_header_names_does_not_matter_to_an_exchange(http, platform, album):
    _, secret, user = album
    code = await connecting.issue_code(platform, user)
    response = await exchange(http, secret, {"code": code}, **{"X-Img-User": "unknown0"})
    assert response.json()["id"] == user.id


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": None}, {"code": 5}, {"code": ["x"]}, [], "x", 1])
async def test_a_body_without_a_code_says_so(http, album, body):
    response = await exchange(http, album[1], body)
    assert response.status_code == 422
    assert response.json()["error"]["details"] == {
        "code": ["the text that came back to the redirect URI as `code`"]
    }


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"code": "\xff"}', b'{"code": "\\ud800"}', b'{"code":"a","code":"b"}']
)
async def test_a_body_that_is_no_json_is_refused(http, album, body):
    response = await exchange(http, album[1], body)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "validation_error")


async def test_an_exchange_needs_an_apps_secret(http, platform, owner, nobody):
    refused = nested("permission_error", "forbidden", "Only an app's secret, img_sk_live_…, may ask this.")
    response = await http.post("/v1/apps/exchange", json={"code": "x"}, headers=owner.headers)
    assert (response.status_code, response.json()) == (403, refused)
    response = await http.post("/v1/apps/exchange", json={"code": "x"})
    assert response.status_code == 401
    assert response.json() == nested("authentication_error", "unauthorized", "Invalid or missing API key.")
    assert (await exchange(http, "img_sk_live_" + "x" * 40, {"code": "x"})).status_code == 401


# --- the user --------------------------------------------------------------------------------------


async def test_an_app_is_told_about_the_user_it_acts_for(http, platform, album):
    _, secret, user = album
    response = await http.get("/v1/users/me", headers=acting(secret, user))
    assert (response.status_code, response.json()) == (
        200,
        {
            "object": "user",
            "id": user.id,
            "email": "ann@example.com",
            "email_verified": True,
            "workspace": {"plan": "free"},
            "created_at": "2024-01-01T00:00:00Z",
        },
    )


async def test_without_the_header_there_is_no_user_to_tell_about(http, album):
    response = await http.get("/v1/users/me", headers=acting(album[1]))
    assert response.status_code == 422
    assert response.json()["error"]["details"] == {"X-Img-User": ["name the user to act for"]}


async def test_a_key_that_is_no_secret_has_no_user(http, owner):
    assert (await owner.get("/v1/users/me")).status_code == 403
    assert (await http.get("/v1/users/me")).status_code == 401


# --- acting ----------------------------------------------------------------------------------------


async def test_what_a_user_uploads_is_theirs_and_not_the_apps(http, platform, album):
    _, secret, user = album
    asset_id = await stored(http, acting(secret, user))
    assert await ids(http, acting(secret, user)) == [asset_id]
    assert await ids(http, acting(secret)) == []
    assert (await platform.catalog.asset(asset_id, platform.clock())).workspace_id == user.workspace_id


async def test_what_an_app_uploads_for_itself_is_no_users(http, album):
    _, secret, user = album
    asset_id = await stored(http, acting(secret))
    assert (await ids(http, acting(secret)), await ids(http, acting(secret, user))) == ([asset_id], [])


@pytest.mark.parametrize(
    "name", ["", "unknown0", "m3k9ab2", "M3K9AB2C", "m3k9ab2c9", "a" * 5000, "%00", "a;b", "*"]
)
async def test_a_user_that_the_app_does_not_have_is_not_found(http, album, name):
    response = await http.get("/v1/images", headers=acting(album[1], name))
    assert (response.status_code, response.json()) == (404, NO_USER)


async def test_bytes_that_are_no_text_name_nobody(http, album):
    headers = [("Authorization", f"Bearer {album[1]}"), ("X-Img-User", b"\xff\xfe\x00\x01")]
    assert (await http.get("/v1/images", headers=headers)).json() == NO_USER


async def test_two_users_at_once_are_nobody(http, album):
    _, secret, user = album
    headers = [("Authorization", f"Bearer {secret}"), ("X-Img-User", user.id), ("X-Img-User", user.id)]
    assert (await http.get("/v1/images", headers=headers)).json() == NO_USER


async def test_a_user_beside_an_api_key_is_ignored(http, owner, album):
    asset_id = (await owner.uploaded())["id"]
    assert await ids(http, {**owner.headers, "X-Img-User": album[2].id}) == [asset_id]
    assert await ids(http, {**owner.headers, "X-Img-User": "garbage!"}) == [asset_id]


async def test_a_suspended_app_is_refused_at_the_next_request(http, platform, album):
    app, secret, user = album
    assert await ids(http, acting(secret, user)) == []
    await apps.suspend(platform, app)
    response = await http.get("/v1/images", headers=acting(secret, user))
    assert (response.status_code, response.json()) == (
        403,
        nested("permission_error", "app_suspended", "The app is suspended by its owner."),
    )
    await apps.resume(platform, app)
    assert await ids(http, acting(secret, user)) == []


async def test_a_blocked_app_is_refused_everywhere(http, platform, album):
    app, secret, _ = album
    await apps.block(platform, app)
    refused = nested("permission_error", "app_blocked", "The app is blocked by the operator of this server.")
    for path in ("/v1/images", "/v1/users/me"):
        response = await http.get(path, headers=acting(secret))
        assert (response.status_code, response.json()) == (403, refused)
    assert (await exchange(http, secret, {"code": "x"})).json() == refused


async def test_a_disconnected_users_workspace_is_unavailable(http, platform, album):
    _, secret, user = album
    await connecting.disconnect(platform, user.id)
    response = await http.get("/v1/images", headers=acting(secret, user))
    assert (response.status_code, response.json()) == (
        403,
        nested(
            "permission_error", "workspace_unavailable", "The user's workspace is not available to this app."
        ),
    )


async def test_usage_words_errors_as_the_credential_does(http, platform, owner, album):
    app, secret, _ = album
    await apps.suspend(platform, app)
    modern = await http.get("/v1/usage", headers=acting(secret))
    assert modern.json()["error"]["code"] == "app_suspended"
    flat = await http.get("/v1/usage", headers={"Authorization": "Bearer img_live_" + "x" * 40})
    assert flat.json()["error"] == "unauthorized"


async def test_usage_is_that_of_the_user(http, album):
    _, secret, user = album
    await stored(http, acting(secret, user))
    mine = (await http.get("/v1/usage", headers=acting(secret, user))).json()
    own = (await http.get("/v1/usage", headers=acting(secret))).json()
    assert (mine["limits"]["images"]["used"], own["limits"]["images"]["used"]) == (1, 0)


async def test_first_generation_paths_word_an_apps_errors_flat(http, album):
    response = await http.get("/v1/media", headers=acting(album[1], "unknown0"))
    assert response.json() == {"error": "not_found", "message": "This app has no such user."}


@pytest.mark.parametrize("platform", [{"requests_per_minute": 3}], indirect=True)
async def test_what_one_user_asks_is_not_counted_against_another(http, platform, album):
    app, secret, ann = album
    bob = await user_of(platform, app, "bob@example.com")
    asked = [await http.get("/v1/images", headers=acting(secret, user)) for user in (ann, ann, ann, ann, bob)]
    assert [each.status_code for each in asked] == [200, 200, 200, 429, 200]


@pytest.mark.parametrize("platform", [{"requests_per_minute": 3}], indirect=True)
async def test_guesses_at_users_are_counted(http, platform, album):
    headers = acting(album[1], "unknown0")
    asked = [(await http.get("/v1/images", headers=headers)).status_code for _ in range(5)]
    assert asked == [404, 404, 404, 429, 429]


# --- isolation -------------------------------------------------------------------------------------


@pytest.fixture
async def four(http, platform):
    """Two apps with two users each, one person using both: their headers, and the image of each."""
    world = {}
    for name in ("Album", "Other"):
        app, secret = await app_of(platform, name)
        for email in ("ann@example.com", f"{name.lower()}@example.com"):
            headers = acting(secret, await user_of(platform, app, email))
            world[name, email] = (headers, await stored(http, headers, caption=email))
    return world


def foreign(four):
    """List every pair of somebody and the image of somebody else."""
    return [
        (headers, asset_id)
        for one, (headers, _) in four.items()
        for other, (_, asset_id) in four.items()
        if one != other
    ]


async def outcome(http, method, path, headers, asset_id):
    """Ask for *asset_id* in every way that an endpoint takes one; answer status and body, the id masked."""
    body = (
        {"ids": [asset_id], "caption": "stolen", "name": "stolen"} if method in {"PATCH", "DELETE"} else None
    )
    batch = path.endswith("/batch")
    response = await http.request(
        method,
        f"/v1{path.replace('{asset_id}', asset_id)}",
        params={"ids": asset_id} if method == "GET" and "{" not in path else None,
        json={key: body[key] for key in (("ids", "caption") if batch else ("caption",))}
        if body and (batch or method == "PATCH")
        else None,
        headers=headers,
    )
    return response.status_code, response.text.replace(asset_id, "ID")


NAMING = sorted(
    (path, verb)
    for path, verbs in PATHS.items()
    for verb in verbs
    if "{asset_id}" in path
    or path.endswith("/batch")
    or (path, verb) in {("/media", "GET"), ("/images", "GET")}
)


def test_the_endpoints_that_name_images_are_all_there():
    assert len(NAMING) == 12


@pytest.mark.parametrize(("path", "method"), NAMING)
async def test_no_user_of_any_app_reaches_the_image_of_another(http, platform, four, path, method):
    for headers, asset_id in foreign(four):
        reached = await outcome(http, method, path, headers, asset_id)
        assert reached == await outcome(http, method, path, headers, UNKNOWN)
    for (_, email), (headers, asset_id) in four.items():
        assert await ids(http, headers) == [asset_id]
        assert (await platform.catalog.asset(asset_id, platform.clock())).caption == email


EVERYWHERE = sorted((path, verb) for path, verbs in PATHS.items() for verb in verbs)
ALONE = {("/apps/exchange", "POST"), ("/keys", "POST")}
"""What asks for no user: the one is about the app, the other takes no credential."""


@pytest.mark.parametrize(("path", "method"), [each for each in EVERYWHERE if each not in ALONE])
async def test_no_app_acts_for_a_user_of_another_app(http, platform, album, path, method):
    _, _, user = album
    _, secret = await app_of(platform, "Other")
    for name in (user.id, "unknown0"):
        url = f"/v1{path.replace('{asset_id}', UNKNOWN)}"
        response = await http.request(method, url, headers=acting(secret, name))
        error = response.json()["error"]
        assert response.status_code == 404
        assert "This app has no such user." in (
            error["message"] if isinstance(error, dict) else response.text
        )


async def test_each_user_reaches_the_image_that_is_theirs(http, four):
    for headers, asset_id in four.values():
        response = await http.get(f"/v1/images/{asset_id}", headers=headers)
        assert (response.status_code, response.json()["id"]) == (200, asset_id)


async def test_each_namespace_list_explanation_and_usage_is_of_one_user(http, four):
    (first, _), *others = four.values()
    await http.patch(
        f"/v1/media/{four['Album', 'ann@example.com'][1]}", json={"namespace": "mine"}, headers=first
    )
    assert [
        each["namespace"] for each in (await http.get("/v1/namespaces", headers=first)).json()["data"]
    ] == ["mine"]
    for headers, _ in others:
        assert (await http.get("/v1/namespaces", headers=headers)).json()["data"] == []
        assert (await http.get("/v1/usage", headers=headers)).json()["totals"]["images_stored"] == 1


async def test_an_external_id_of_one_user_is_free_for_another(http, four):
    made = []
    for headers, _ in four.values():
        files = {"file": ("photo.jpg", PHOTO, "image/jpeg")}
        response = await http.post("/v1/upload", files=files, data={"external_id": "same"}, headers=headers)
        assert response.status_code == 201, response.text
        made.append(response.json()["id"])
    assert len(set(made)) == 4


async def test_the_apps_own_storage_and_its_users_do_not_reach_each_other(http, platform, album):
    _, secret, user = album
    own, users = await stored(http, acting(secret)), await stored(http, acting(secret, user))
    for headers, asset_id in ((acting(secret), users), (acting(secret, user), own)):
        response = await http.get(f"/v1/images/{asset_id}", headers=headers)
        assert (response.status_code, response.json()) == (404, NOT_FOUND)


async def test_a_public_image_of_somebody_else_is_not_there_for_an_app(http, platform, owner, album):
    asset_id = (await owner.uploaded())["id"]
    assert (await http.get(f"/v1/images/{asset_id}")).status_code == 200
    response = await http.get(f"/v1/images/{asset_id}", headers=acting(album[1], album[2]))
    assert (response.status_code, response.json()) == (404, NOT_FOUND)


async def test_a_key_of_the_apps_storage_reaches_that_and_no_user(http, platform, album):
    app, secret, user = album
    own, users = await stored(http, acting(secret)), await stored(http, acting(secret, user))
    key = {"Authorization": f"Bearer {await key_for(platform, f'app-{app.id}')}"}
    assert await ids(http, {**key, "X-Img-User": user.id}) == [own]
    response = await http.patch(f"/v1/images/{users}", json={"caption": "x"}, headers=key)
    assert response.status_code == 404
