"""Batches of both generations, and namespaces: each request with its exact answer, and what refuses it."""

import json

import pytest

from calotype.services import jobs

UNKNOWN = "0" * 24


async def send(user, method, path, body):
    content = body if isinstance(body, bytes) else json.dumps(body)
    headers = {**user.headers, "content-type": "application/json"}
    return await user.http.request(method, path, content=content, headers=headers)


async def add(user, *names, **fields):
    return [(await user.uploaded(name=name, **fields))["id"] for name in names]


async def versions_with_bytes(platform):
    """List them after the jobs, which delete what is left without a row."""
    await platform.jobs.run(jobs.handlers(platform))
    return {blob.key.split("/")[2] async for blob in platform.blobs.list()}


async def tags(user):
    return {each["name"]: each.get("tags", []) for each in (await user.get("/v1/media")).json()["data"]}


# --- the first generation -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ({}, ["new", "b"]),
        ({"tag_mode": "replace"}, ["new", "b"]),
        ({"tag_mode": "add"}, ["a", "b", "new"]),
        ({"tag_mode": "remove"}, ["a"]),
    ],
)
async def test_tags_are_replaced_added_or_removed(owner, mode, expected):
    ids = await add(owner, "1", "2", tags="a,b")
    response = await send(owner, "PATCH", "/v1/media/batch", {"ids": ids, "tags": ["new", "b"], **mode})
    assert (response.status_code, response.json()) == (200, {"updated": 2})
    assert await tags(owner) == {"1": expected, "2": expected}


async def test_any_word_of_a_change_can_be_set_on_many(owner):
    ids = await add(owner, "1", "2")
    change = {"namespace": "trips", "public": False, "author": "Jane", "date": "2024-01-15"}
    await send(owner, "PATCH", "/v1/media/batch", {"ids": ids, **change})
    for id_ in ids:
        shown = (await owner.get(f"/v1/media/{id_}")).json()
        assert (shown["namespace"], shown["author"], shown["date"], "url" in shown) == (
            "trips",
            "Jane",
            "2024-01-15",
            False,
        )


async def test_a_batch_counts_each_image_of_the_caller_once(owner, neighbour):
    [mine], [theirs] = await add(owner, "mine"), await add(neighbour, "theirs")
    body = {"ids": [mine, mine, theirs, UNKNOWN, "nonsense"], "tags": ["x"]}
    assert (await send(owner, "PATCH", "/v1/media/batch", body)).json() == {"updated": 1}
    assert (await send(owner, "DELETE", "/v1/media/batch", {"ids": body["ids"]})).json() == {"deleted": 1}
    assert (await send(owner, "DELETE", "/v1/media/batch", {"ids": body["ids"]})).json() == {"deleted": 0}
    assert await tags(neighbour) == {"theirs": []}


async def test_a_change_that_one_image_cannot_take_changes_none(owner):
    [light] = await add(owner, "light")
    [full] = await add(owner, "full", tags="a,b,c,d,e,f,g,h,i,j")
    body = {"ids": [light, full], "tags": ["k"], "tag_mode": "add"}
    response = await send(owner, "PATCH", "/v1/media/batch", body)
    assert response.status_code == 422
    assert response.json()["errors"] == {"tags": [f"{full}: at most 10 tags, got 11"]}
    assert (await tags(owner))["light"] == []


async def test_a_namespace_is_deleted_with_its_bytes_and_no_other(owner, neighbour, platform):
    await add(owner, "1", "2", namespace="old")
    kept = await add(owner, "3", namespace="new")
    theirs = await add(neighbour, "4", namespace="old")
    response = await send(owner, "DELETE", "/v1/media/batch", {"namespace": "old"})
    assert (response.status_code, response.json()) == (200, {"deleted": 2})
    assert await versions_with_bytes(platform) == {*kept, *theirs}


NO_IDS = "required: an array of 1 to 100 ids"


@pytest.mark.parametrize(
    ("method", "body", "errors"),
    [
        ("PATCH", {"tags": ["a"]}, {"ids": [NO_IDS]}),
        ("PATCH", {"ids": "abc", "tags": ["a"]}, {"ids": [NO_IDS]}),
        ("PATCH", {"ids": []}, {"ids": [NO_IDS]}),
        ("PATCH", {"ids": ["x"] * 101}, {"ids": [NO_IDS]}),
        ("PATCH", {"ids": [1]}, {"ids": ["each is a string of at most 64 characters"]}),
        ("PATCH", {"ids": ["x" * 65]}, {"ids": ["each is a string of at most 64 characters"]}),
        ("PATCH", {"ids": ["x"], "tag_mode": "any"}, {"tag_mode": ["replace, add or remove"]}),
        ("PATCH", {"ids": ["x"], "tag_mode": []}, {"tag_mode": ["replace, add or remove"]}),
        ("PATCH", {"ids": ["x"], "tags": "a", "public": 1},
         {"tags": ["must be an array of strings"], "public": ["true or false"]}),
        ("PATCH", {"ids": ["x"], "path": "/a.jpg", "external_id": "e"},
         {"path": ["names one image; change it alone"], "external_id": ["names one image; change it alone"]}),
        ("PATCH", [], {"ids": ["send a JSON object with an array of ids"]}),
        ("DELETE", {}, {"ids": ["send either ids or a namespace"]}),
        ("DELETE", {"ids": ["x"], "namespace": "old"}, {"ids": ["send either ids or a namespace"]}),
        ("DELETE", {"ids": None}, {"ids": [NO_IDS]}),
        ("DELETE", {"namespace": 1}, {"namespace": ["must be a string"]}),
    ],
    ids=str,
)  # fmt: skip
async def test_a_bad_batch_is_refused_member_by_member(owner, method, body, errors):
    response = await send(owner, method, "/v1/media/batch", body)
    assert (response.status_code, response.json()["errors"]) == (422, errors)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_abilities_are_judged_before_the_body(nobody, reader, method):
    for user, status in ((nobody, 401), (reader, 403)):
        assert (await send(user, method, "/v1/media/batch", b"nonsense")).status_code == status


# --- the second generation ------------------------------------------------------------------------


async def test_each_image_of_a_batch_has_its_outcome(owner, neighbour):
    first, full = await add(owner, "first", "full")
    [theirs] = await add(neighbour, "theirs")
    labels = {str(number): "" for number in range(20)}
    await owner.patch(f"/v1/images/{full}", labels=labels)
    body = {"ids": [full, theirs, first, UNKNOWN], "labels": {"site": "shop"}, "caption": "Dusk"}
    response = await send(owner, "PATCH", "/v1/images/batch", body)
    unknown = {"type": "invalid_request_error", "code": "not_found", "message": "Not found."}
    assert response.status_code == 200
    assert response.json() == {
        "object": "batch_result",
        "data": [(await owner.get(f"/v1/images/{first}")).json()],
        "errors": [
            {
                "id": full,
                "error": {
                    "type": "invalid_request_error",
                    "code": "validation_error",
                    "message": "Validation failed",
                    "details": {"labels": ["at most 20, got 21"]},
                },
            },
            {"id": theirs, "error": unknown},
            {"id": UNKNOWN, "error": unknown},
        ],
    }
    assert response.json()["data"][0]["labels"] == {"site": "shop"}


async def test_what_is_gone_already_counts_as_deleted_and_what_is_anothers_stays(owner, neighbour, platform):
    mine, theirs = await add(owner, "1", "2"), await add(neighbour, "theirs")
    ids = [*mine, *theirs, UNKNOWN]
    for _ in range(2):
        response = await send(owner, "DELETE", "/v1/images/batch", {"ids": ids})
        assert (response.status_code, response.json()) == (
            200,
            {"object": "batch_result", "data": [{"id": id_, "deleted": True} for id_ in ids], "errors": []},
        )
    assert await versions_with_bytes(platform) == set(theirs)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"ids": ["x"] * 101}, {"ids"}),
        ({"ids": 10**400, "caption": 1}, {"ids", "caption"}),
        ({"caption": "x"}, {"ids"}),
        ([], {"ids"}),
        (None, {"ids"}),
    ],
)
async def test_a_bad_batch_of_images_names_its_members(owner, body, fields):
    error = (await send(owner, "PATCH", "/v1/images/batch", body)).json()["error"]
    assert (error["code"], error["details"].keys()) == ("validation_error", fields)
    if "ids" in fields and isinstance(body, dict) and "caption" not in body:
        refused = await send(owner, "DELETE", "/v1/images/batch", body)
        assert refused.json()["error"]["details"].keys() == {"ids"}


# --- namespaces -----------------------------------------------------------------------------------


async def test_namespaces_are_listed_as_documented_the_fullest_first(owner, neighbour, reader):
    await add(owner, "1", namespace="alpha")
    await add(owner, "2", "3", namespace="beta")
    await add(owner, "4")
    await add(neighbour, "5", namespace="theirs")
    size = (await owner.get("/v1/media")).json()["data"][0]["filesize"]
    response = await reader.get("/v1/namespaces")
    assert (response.status_code, response.json()) == (
        200,
        {
            "data": [
                {"namespace": "beta", "count": 2, "storage_bytes": 2 * size},
                {"namespace": "alpha", "count": 1, "storage_bytes": size},
            ],
            "next_offset": None,
        },
    )


async def test_namespaces_come_in_pages(owner):
    for name in ("aa", "bb", "cc"):
        await add(owner, "1", namespace=name)
    first = (await owner.get("/v1/namespaces", limit=2)).json()
    assert ([each["namespace"] for each in first["data"]], first["next_offset"]) == (["aa", "bb"], 2)
    rest = (await owner.get("/v1/namespaces", limit=2, offset=2)).json()
    assert ([each["namespace"] for each in rest["data"]], rest["next_offset"]) == (["cc"], None)


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize("value", ["-1", "x", "1.5", "9" * 400, "1000001", "\0"])
async def test_a_bad_window_of_namespaces_is_refused(owner, name, value):
    response = await owner.get("/v1/namespaces", **{name: value})
    assert (response.status_code, response.json()["errors"].keys()) == (422, {name})


async def test_namespaces_are_for_who_may_read(nobody, writer):
    assert [(await user.get("/v1/namespaces")).status_code for user in (nobody, writer)] == [401, 403]
