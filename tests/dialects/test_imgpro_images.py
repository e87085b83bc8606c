"""`/v1/images`: img.pro's second generation, each request with its exact answer."""

import json
from urllib.parse import quote

import pytest

import pictures

PHOTO = pictures.jpeg(64, 48)
UNKNOWN = "0" * 24
URL = "https://example.com/dir/sea%20side.jpg"
NOT_FOUND = {"error": {"type": "invalid_request_error", "code": "not_found", "message": "Not found."}}


async def create(user, data=PHOTO, filename="photo.jpg", **fields):
    files = {"file": (filename, data, "image/jpeg")}
    return await user.http.post("/v1/images", data=fields, files=files, headers=user.headers)


async def created(user, data=PHOTO, **fields):
    response = await create(user, data, **fields)
    assert response.status_code == 201, response.text
    return response.json()


async def send(user, method, path, body):
    content = body if isinstance(body, bytes) else json.dumps(body)
    headers = {**user.headers, "content-type": "application/json"}
    return await user.http.request(method, path, content=content, headers=headers)


async def details(response):
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["code"], error["message"]) == (
        422,
        "invalid_request_error",
        "validation_error",
        "Validation failed",
    )
    return error["details"]


async def found(user, **parameters):
    response = await user.get("/v1/images", **parameters)
    assert response.status_code == 200, response.text
    return [each["filename"] for each in response.json()["data"]]


# --- creating -------------------------------------------------------------------------------------


async def test_an_upload_answers_the_image_object_as_documented(owner, platform):
    response = await create(
        owner,
        pictures.jpeg(1000, 750),
        caption="Dusk",
        labels='{"site": "shop"}',
        metadata='{"camera": "M6"}',
    )
    body = response.json()
    storage = (await platform.catalog.workspace_by_slug("default")).storage
    url = f"https://cdn.example/{storage}/{body['id']}.jpg"
    assert response.status_code == 201
    assert body == {
        "id": body["id"],
        "object": "image",
        "url": url,
        "page_url": f"https://img.example/{body['id']}",
        "sizes": {
            "small": {"url": f"{url}?size=s", "width": 426, "height": 320},
            "medium": {"url": f"{url}?size=m", "width": 853, "height": 640},
            "large": {"url": f"{url}?size=l", "width": 1000, "height": 750},
        },
        "filename": "photo.jpg",
        "format": "jpg",
        "width": 1000,
        "height": 750,
        "bytes": len(pictures.jpeg(1000, 750)),
        "transformable": True,
        "status": "ready",
        "public": True,
        "published_at": "2024-01-01T00:00:00Z",
        "caption": "Dusk",
        "labels": {"site": "shop"},
        "metadata": {"camera": "M6"},
        "expires_at": None,
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-01T00:00:00Z",
    }


async def test_an_upload_without_a_key_expires_and_carries_no_hint(nobody, owner):
    body = await created(nobody, public="false")
    assert (body["expires_at"], body["public"]) == ("2024-01-31T00:00:00Z", True)
    assert body.keys() == (await created(owner)).keys()


async def test_a_url_is_fetched_into_the_same_object(owner, platform):
    platform.fetcher.pages[URL] = PHOTO
    body = {
        "url": URL,
        "caption": "By the sea",
        "public": False,
        "labels": {"a": "b"},
        "ttl": 3600,
        "name": None,
    }
    response = await send(owner, "POST", "/v1/images", body)
    image = response.json()
    assert response.status_code == 201
    shown = {
        name: image[name]
        for name in ("filename", "caption", "public", "published_at", "labels", "expires_at")
    }
    assert shown == {
        "filename": "sea side.jpg",
        "caption": "By the sea",
        "public": False,
        "published_at": None,
        "labels": {"a": "b"},
        "expires_at": "2024-01-01T01:00:00Z",
    }


async def test_a_url_that_leads_nowhere_is_a_processing_error(owner):
    response = await send(owner, "POST", "/v1/images", {"url": "https://example.com/none.jpg"})
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["code"]) == (422, "processing_error", "fetch_failed")
    assert error["details"].keys() == {"url"}


async def test_an_empty_creation_tells_a_writer_from_a_reader(writer, reader):
    refused = await send(writer, "POST", "/v1/images", {})
    assert await details(refused) == {"url": ["required: an http or https URL"]}
    forbidden = await send(reader, "POST", "/v1/images", {})
    assert (forbidden.status_code, forbidden.json()["error"]["type"]) == (403, "permission_error")


async def test_a_form_names_everything_that_is_wrong_with_it(owner):
    fields = {
        "labels": "[1]",
        "metadata": '{"a": 1}',
        "public": "perhaps",
        "ttl": "soon",
        "caption": "x" * 2001,
    }
    response = await owner.http.post(
        "/v1/images", data=fields, files={"other": (None, "")}, headers=owner.headers
    )
    assert await details(response) == {
        "file": ["required: the image, as a file part of the form"],
        "labels": ["must be an object of strings"],
        "metadata": ["a: must be a string"],
        "public": ["true or false"],
        "ttl": ["seconds, or a duration such as 5m, 12h or 30d"],
        "caption": ["at most 2,000 characters"],
    }


async def test_an_import_names_everything_that_is_wrong_with_it(owner):
    body = {"url": "ftp://x", "public": "true", "labels": {"a": None}, "ttl": 10**400, "filename": 7}
    assert await details(await send(owner, "POST", "/v1/images", body)) == {
        "url": ["required: an http or https URL"],
        "public": ["true or false"],
        "labels": ["must be an object of strings"],
        "ttl": ["seconds, or a duration such as 5m, 12h or 30d"],
        "filename": ["must be a string"],
    }


async def test_what_is_no_image_is_refused_at_its_field(owner):
    response = await create(owner, b"just text")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (415, "unsupported_media_type")
    assert error["details"] == {"file": ["This kind of file is not accepted."]}


async def test_a_drawing_is_not_transformable_and_has_no_sizes(owner):
    body = await created(owner, pictures.svg(), filename="logo.svg")
    assert (body["format"], body["transformable"], body["sizes"]) == ("svg", False, {})


async def test_fields_that_are_blank_or_unknown_are_ignored(owner):
    body = await created(owner, caption="", labels="", ttl="", id="mine", created_at="1970", something="else")
    assert (body["caption"], body["labels"], body["metadata"], body["expires_at"]) == (None, {}, {}, None)
    assert body["id"] != "mine"


# --- one library ----------------------------------------------------------------------------------


async def test_what_one_generation_takes_in_the_other_one_shows(owner):
    legacy = await owner.uploaded(author="Jane", tags="a")
    modern = await created(owner, metadata='{"author": "Jane"}', caption="Dusk")
    assert (await owner.get(f"/v1/images/{legacy['id']}")).json()["metadata"] == {"author": "Jane"}
    shown = (await owner.get(f"/v1/media/{modern['id']}")).json()
    assert (shown["id"], shown["author"], shown["filesize"]) == (modern["id"], "Jane", modern["bytes"])
    assert [each["id"] for each in (await owner.get("/v1/media")).json()["data"]] == [
        modern["id"],
        legacy["id"],
    ]


async def test_what_one_generation_deletes_is_gone_from_the_other(owner):
    image = await created(owner)
    assert (await owner.delete(f"/v1/media/{image['id']}")).status_code == 204
    response = await owner.get(f"/v1/images/{image['id']}")
    assert (response.status_code, response.json()) == (404, NOT_FOUND)


# --- showing --------------------------------------------------------------------------------------


async def test_a_public_image_is_shown_to_everybody_and_any_other_to_its_owner(owner, nobody, neighbour):
    public, hidden = await created(owner), await created(owner, public="false")
    for user, status in ((owner, 200), (nobody, 404), (neighbour, 404)):
        assert (await user.get(f"/v1/images/{public['id']}")).json() == public
        assert (await user.get(f"/v1/images/{hidden['id']}")).status_code == status


async def test_unknown_hidden_expired_and_malformed_ids_are_answered_alike(owner, neighbour, platform):
    hidden = (await created(neighbour, public="false"))["id"]
    expired = (await created(owner, ttl="5m"))["id"]
    platform.clock.move(minutes=5)
    for id_ in (UNKNOWN, hidden, expired, "batch", "A" * 24, "%00", "x" * 3000):
        response = await owner.get(f"/v1/images/{id_}")
        assert (response.status_code, response.json()) == (404, NOT_FOUND)


# --- listing --------------------------------------------------------------------------------------


async def test_a_list_is_in_its_envelope_newest_first(owner, neighbour):
    first, second = await created(owner), await created(owner)
    await created(neighbour)
    response = await owner.get("/v1/images")
    assert (response.status_code, response.json()) == (
        200,
        {
            "object": "list",
            "data": [second, first],
            "pagination": {"next_cursor": None, "has_more": False},
        },
    )


async def test_pages_follow_each_other_without_gap_or_repeat_while_images_come_in(owner):
    for name in "12345":
        await created(owner, name=name)
    seen, cursor = [], ""
    while cursor is not None:
        page = (await owner.get("/v1/images", limit=2, cursor=cursor)).json()
        seen += [each["filename"] for each in page["data"]]
        pagination = page["pagination"]
        assert pagination["has_more"] is (pagination["next_cursor"] is not None)
        cursor = pagination["next_cursor"]
        await created(owner, name="new")
    assert seen == ["5", "4", "3", "2", "1"]


async def test_labels_filter_and_all_of_them_must_fit(owner):
    await created(owner, name="a", labels='{"site": "shop", "k[x]": "é&="}')
    await created(owner, name="b", labels='{"site": "shop"}')
    await created(owner, name="c", labels='{"site": ""}')
    assert await found(owner, **{"label[site]": "shop"}) == ["b", "a"]
    assert await found(owner, **{"label[site]": "shop", "label[k[x]]": "é&="}) == ["a"]
    assert await found(owner, **{"label[site]": ""}) == ["c"]
    assert await found(owner, **{"label[none]": "shop"}) == []
    contradiction = f"/v1/images?{quote('label[site]')}=shop&{quote('label[site]')}=other"
    assert (await owner.http.get(contradiction, headers=owner.headers)).json()["data"] == []


async def test_ids_choose_and_what_cannot_be_served_is_left_out(owner, neighbour, platform):
    mine, theirs = await created(owner, name="mine"), await created(neighbour)
    expired = await created(owner, name="expired", ttl="5m")
    platform.clock.move(minutes=5)
    ids = ",".join([mine["id"], theirs["id"], expired["id"], UNKNOWN, "nonsense"])
    assert await found(owner, ids=ids) == ["mine"]
    assert await found(owner, ids="") == []


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"ids": ",".join(f"{number:024x}" for number in range(51))}, "ids"),
        ({"label[]": "x"}, "label[]"),
        ({"label[a]": "x" * 201}, "label[a]"),
        ({"label[a]": "x\0"}, "label[a]"),
        ({f"label[{'k' * 41}]": "x"}, f"label[{'k' * 41}]"),
        ({f"label[{number}]": "x" for number in range(21)}, "label"),
    ],
)
async def test_a_bad_parameter_is_named(owner, parameters, field):
    assert (await details(await owner.get("/v1/images", **parameters))).keys() == {field}


async def test_a_list_is_for_who_may_read(nobody, writer):
    statuses = [(await user.get("/v1/images")).status_code for user in (nobody, writer)]
    assert statuses == [401, 403]


# --- changing and deleting ------------------------------------------------------------------------


async def test_a_change_merges_and_answers_the_whole_image(owner, platform):
    before = await created(owner, labels='{"site": "shop", "kind": "hero"}', metadata='{"a": "1", "b": "2"}')
    platform.clock.move(hours=1)
    response = await owner.patch(
        f"/v1/images/{before['id']}",
        caption="Dusk",
        filename="dusk.jpg",
        labels={"kind": None, "new": "x"},
        metadata={"a": None, "c": "3"},
    )
    assert (response.status_code, response.json()) == (
        200,
        before
        | {
            "caption": "Dusk",
            "filename": "dusk.jpg",
            "labels": {"site": "shop", "new": "x"},
            "metadata": {"b": "2", "c": "3"},
            "updated_at": "2024-01-01T01:00:00Z",
        },
    )


async def test_hiding_and_showing_again_is_a_new_publication(owner, platform):
    path = f"/v1/images/{(await created(owner, caption='Dusk'))['id']}"
    hidden = (await owner.patch(path, public=False, caption=None)).json()
    assert (hidden["public"], hidden["published_at"], hidden["caption"]) == (False, None, None)
    platform.clock.move(hours=2)
    shown = (await owner.patch(path, public=True)).json()
    assert (shown["public"], shown["published_at"]) == (True, "2024-01-01T02:00:00Z")


async def test_an_image_sent_back_as_it_was_shown_stays_as_it_is(owner):
    image = await created(owner, labels='{"site": "shop"}', metadata='{"a": "1"}', caption="Dusk")
    response = await send(owner, "PATCH", f"/v1/images/{image['id']}", image)
    assert (response.status_code, response.json()) == (200, image)


HUGE = 10**400
TYPES = (1, HUGE, 1.5, True, [], {}, None, "\0", ["x"], {"a": 1})


@pytest.mark.parametrize(
    ("members", "reasons"),
    [
        ({"caption": 1}, {"caption": ["must be a string"]}),
        ({"caption": "x" * 2001}, {"caption": ["at most 2,000 characters"]}),
        ({"caption": "\0"}, {"caption": ["NUL characters and lone surrogates cannot be stored"]}),
        ({"public": "true"}, {"public": ["true or false"]}),
        ({"public": None}, {"public": ["true or false"]}),
        ({"labels": None}, {"labels": ["must be an object of strings"]}),
        ({"labels": {"a": 1}}, {"labels": ["a: must be a string"]}),
        ({"labels": {"": "x"}}, {"labels": ["a key has 1 to 40 characters"]}),
        ({"labels": {"a\0": "x"}}, {"labels": ["NUL characters and lone surrogates cannot be stored"]}),
        ({"labels": {"a": "x" * 201}}, {"labels": ["a: a value has at most 200 characters"]}),
        ({"labels": {str(each): "" for each in range(21)}}, {"labels": ["at most 20, got 21"]}),
        ({"metadata": {"x" * 65: "x"}}, {"metadata": ["a key has 1 to 64 characters"]}),
        ({"metadata": {"a": "x" * 2001}}, {"metadata": ["at most 2,000 characters"]}),
        ({"metadata": {"a": HUGE}}, {"metadata": ["a: must be a string"]}),
        (
            {"metadata": {str(each): "" for each in range(51)}},
            {"metadata": ["at most 50 custom fields, got 51"]},
        ),
        ({"filename": ""}, {"filename": ["nothing is left of it that can be shown"]}),
        ({"caption": 1, "public": 2}, {"caption": ["must be a string"], "public": ["true or false"]}),
    ],
    ids=str,
)
async def test_every_bad_member_of_a_change_is_named(owner, members, reasons):
    image = await created(owner)
    assert await details(await send(owner, "PATCH", f"/v1/images/{image['id']}", members)) == reasons
    assert (await owner.get(f"/v1/images/{image['id']}")).json() == image


@pytest.mark.parametrize(
    "member", ["caption", "public", "labels", "metadata", "filename", "name", "ttl", "url", "id"]
)
async def test_no_type_of_any_member_breaks_anything(owner, member):
    path = f"/v1/images/{(await created(owner))['id']}"
    for value in TYPES:
        changed = await send(owner, "PATCH", path, {member: value})
        assert changed.status_code in {200, 422}
        refused = await send(owner, "POST", "/v1/images", {"url": "ftp://x", member: value})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "validation_error")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"caption": "a", "caption": "b"}', "caption"),
        (b'{"caption": "\\ud800"}', "body"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "?"),
        (b"[" * 40 + b"]" * 40, "body"),
        (b'{"a":' * 100_000, "body"),
        (b"[]", "body"),
        (b'{"caption": 1e400}', "body"),
        (b"\xff", "body"),
    ],
)
async def test_json_that_is_not_strict_is_a_validation_error(owner, body, field):
    path = f"/v1/images/{(await created(owner))['id']}"
    for method, where in (("PATCH", path), ("POST", "/v1/images"), ("PATCH", "/v1/images/batch")):
        named = (await details(await send(owner, method, where, body))).keys()
        assert named == {field} or (body == b"[]" and named == {"ids"})


async def test_json_that_is_too_long_is_refused_before_it_is_read(owner):
    body = b'{"caption": "' + b"x" * 10_000_000 + b'"}'
    response = await send(owner, "PATCH", f"/v1/images/{UNKNOWN}", body)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "file_too_large")


async def test_an_image_is_deleted_with_its_bytes(owner, platform):
    path = f"/v1/images/{(await created(owner))['id']}"
    response = await owner.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert [blob async for blob in platform.blobs.list()] == []
    assert (await owner.delete(path)).json() == NOT_FOUND


async def test_another_workspaces_image_is_neither_changed_nor_deleted_and_looks_unknown(owner, neighbour):
    image = await created(owner)
    for id_ in (image["id"], UNKNOWN):
        for response in (
            await neighbour.patch(f"/v1/images/{id_}", caption="mine"),
            await neighbour.delete(f"/v1/images/{id_}"),
        ):
            assert (response.status_code, response.json()) == (404, NOT_FOUND)
    assert (await owner.get(f"/v1/images/{image['id']}")).json() == image


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", ""), ("DELETE", ""), ("PATCH", "batch"), ("DELETE", "batch")]
)
async def test_abilities_are_judged_before_the_body(nobody, reader, method, path):
    for user, status, kind in ((nobody, 401, "authentication_error"), (reader, 403, "permission_error")):
        response = await send(user, method, f"/v1/images/{path or UNKNOWN}", b"nonsense")
        assert (response.status_code, response.json()["error"]["type"]) == (status, kind)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/images/", 404, "not_found"),
        ("GET", "/v1/images/a/b", 404, "not_found"),
        ("PUT", f"/v1/images/{UNKNOWN}", 405, "method_not_allowed"),
        ("POST", "/v1/images/batch", 405, "method_not_allowed"),
    ],
)
async def test_the_routers_refusals_have_the_nested_shape(nobody, method, path, status, code):
    response = await nobody.http.request(method, path)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.json()["error"]["type"] == "invalid_request_error"
