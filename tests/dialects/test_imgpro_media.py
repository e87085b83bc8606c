"""`/v1/media`: listing, showing, changing and deleting, and who may."""

import base64

import pytest

import pictures

UNKNOWN = "0" * 24


async def blobs_of(platform):
    return [blob.key async for blob in platform.blobs.list()]


async def add(owner, *names, **fields):
    return [await owner.uploaded(name=name, **fields) for name in names]


# --- showing --------------------------------------------------------------------------------------


async def test_the_owner_sees_an_image_as_it_was_uploaded(owner):
    uploaded = await owner.uploaded(tags="a,b", namespace="ns", external_id="x", description="Dusk")
    response = await owner.get(f"/v1/media/{uploaded['id']}")
    assert (response.status_code, response.json()) == (200, uploaded)


async def test_a_public_image_is_shown_to_everybody_without_what_is_its_owners(owner, nobody, neighbour):
    uploaded = await owner.uploaded()
    shown = {name: value for name, value in uploaded.items() if name not in {"editable", "path"}}
    for other in (nobody, neighbour):
        assert (await other.get(f"/v1/media/{uploaded['id']}")).json() == shown


async def test_what_is_not_public_is_for_its_owner_alone(owner, nobody, neighbour):
    path = f"/v1/media/{(await owner.uploaded(public='false'))['id']}"
    statuses = [(await user.get(path)).status_code for user in (owner, nobody, neighbour)]
    assert statuses == [200, 404, 404]


async def test_unknown_hidden_expired_and_malformed_ids_are_answered_alike(owner, neighbour, platform):
    hidden = (await neighbour.uploaded(public="false"))["id"]
    expired = (await owner.uploaded(ttl="5m"))["id"]
    platform.clock.move(minutes=5)
    for name in (UNKNOWN, hidden, expired, "batch", "A" * 24, "%00"):
        response = await owner.get(f"/v1/media/{name}")
        assert (response.status_code, response.json()) == (
            404,
            {"error": "not_found", "message": "Not found."},
        )


async def test_a_key_that_may_only_write_shows_nothing(writer):
    uploaded = await writer.uploaded()
    assert (await writer.get(f"/v1/media/{uploaded['id']}")).status_code == 403
    assert (await writer.get("/v1/media")).status_code == 403


async def test_a_bad_credential_does_not_see_even_what_is_public(owner, nobody):
    uploaded = await owner.uploaded()
    nobody.headers = {"Authorization": "Bearer nonsense"}
    assert (await nobody.get(f"/v1/media/{uploaded['id']}")).status_code == 401


# --- listing --------------------------------------------------------------------------------------


async def test_a_list_answers_the_newest_first_without_editable(owner):
    first, second = await add(owner, "a.jpg", "b.jpg")
    shown = [{name: value for name, value in each.items() if name != "editable"} for each in (second, first)]
    response = await owner.get("/v1/media")
    assert response.json() == {"data": shown, "next_cursor": None, "has_more": False}


async def test_a_list_needs_a_key_and_shows_its_workspace_alone(owner, neighbour, nobody):
    await add(owner, "a.jpg")
    assert await neighbour.names() == []
    assert (await nobody.get("/v1/media")).status_code == 401


async def test_pages_follow_each_other_without_gap_or_repeat_while_images_come_in(owner):
    await add(owner, "1", "2", "3", "4", "5")
    seen, cursor = [], ""
    while cursor is not None:
        page = (await owner.get("/v1/media", limit=2, cursor=cursor)).json()
        seen += [each["name"] for each in page["data"]]
        assert page["has_more"] is (page["next_cursor"] is not None)
        cursor = page["next_cursor"]
        await add(owner, "new")
    assert seen == ["5", "4", "3", "2", "1"]


async def test_filters_combine(owner):
    await add(owner, "red", tags="red", namespace="one")
    await add(owner, "both", tags="red,blue", namespace="one")
    await add(owner, "other", tags="blue", namespace="two")
    assert await owner.names(tags="red,blue") == ["other", "both", "red"]
    assert await owner.names(tags="Red, blue", tag_mode="all") == ["both"]
    assert await owner.names(tags="blue", namespace="one") == ["both"]
    assert await owner.names(namespace="none-such") == []
    assert await owner.names(namespace="", tags="") == ["other", "both", "red"]


async def test_ids_choose_and_unknown_ones_are_skipped(owner, neighbour):
    first, second = await add(owner, "a", "b")
    theirs = await neighbour.uploaded()
    assert await owner.names(ids=f"{first['id']}, {UNKNOWN},nonsense,{theirs['id']}") == ["a"]
    assert await owner.names(ids="") == []
    assert await owner.names(ids=f"{first['id']},{second['id']}") == ["b", "a"]


async def test_expired_images_are_not_listed(owner, platform):
    await add(owner, "brief", ttl="5m")
    await add(owner, "lasting")
    platform.clock.move(minutes=5)
    assert await owner.names() == ["lasting"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "ten"),
        ("limit", "\u0663"),
        ("tag_mode", "some"),
        ("namespace", "No!"),
        ("tags", "a\0"),
        ("ids", ",".join(f"{number:024x}" for number in range(101))),
        ("cursor", "eyJpZCI6MTIzfQ"),
        ("cursor", "*"),
        ("cursor", base64.urlsafe_b64encode(b'{"t":1e400,"id":"%s"}' % UNKNOWN.encode()).decode()),
        ("cursor", "é" * 300),
    ],
)
async def test_a_bad_parameter_is_named(owner, name, value):
    response = await owner.get("/v1/media", **{name: value})
    assert response.status_code == 422
    assert response.json()["errors"].keys() == {name}


async def test_all_bad_parameters_are_named_at_once(owner):
    response = await owner.get("/v1/media", limit=0, cursor="x", tag_mode="x")
    assert response.json()["errors"].keys() == {"limit", "cursor", "tag_mode"}


# --- changing -------------------------------------------------------------------------------------


async def test_a_change_merges_and_answers_the_whole_image(owner):
    uploaded = await owner.uploaded(tags="a,b", namespace="ns", author="Jane", camera="X100")
    response = await owner.patch(
        f"/v1/media/{uploaded['id']}", tags=["Featured"], description="Updated", camera=None, unknown=None
    )
    kept = {name: value for name, value in uploaded.items() if name != "camera"}
    assert response.status_code == 200
    assert response.json() == {**kept, "tags": ["featured"], "description": "Updated"}
    assert (await owner.get(f"/v1/media/{uploaded['id']}")).json() == response.json()


async def test_every_word_can_be_set_and_those_that_can_be_empty_cleared(owner):
    path = f"/v1/media/{(await owner.uploaded())['id']}"
    set_ = {
        "name": "new.jpg",
        "date": "2024-01-15T10:00:00Z",
        "namespace": "moved",
        "external_id": "e",
        "tags": ["t"],
    }
    changed = (await owner.patch(path, **set_)).json()
    assert {name: changed[name] for name in set_} == set_
    cleared = (await owner.patch(path, date=None, namespace=None, external_id=None, tags=[])).json()
    assert cleared["name"] == "new.jpg"
    assert {"date", "namespace", "external_id", "tags"} & cleared.keys() == set()


async def test_public_switches_the_page_and_leaves_the_image(owner):
    uploaded = await owner.uploaded()
    path = f"/v1/media/{uploaded['id']}"
    hidden = (await owner.patch(path, public=False)).json()
    assert "url" not in hidden
    assert hidden["src"] == uploaded["src"]
    assert (await owner.patch(path, public=True)).json() == uploaded


async def test_values_that_are_no_strings_are_kept_as_json_text(owner):
    path = f"/v1/media/{(await owner.uploaded())['id']}"
    changed = (await owner.patch(path, rating=5, flag=True, place={"city": "Zürich"})).json()
    assert {name: changed[name] for name in ("rating", "flag", "place")} == {
        "rating": "5",
        "flag": "true",
        "place": '{"city": "Zürich"}',
    }


async def test_reserved_names_change_nothing(owner):
    uploaded = await owner.uploaded()
    reserved = {"id": "x", "src": 1, "width": None, "ttl": "1s", "created_at": 0, "sizes": {}}
    assert (await owner.patch(f"/v1/media/{uploaded['id']}", **reserved)).json() == uploaded


async def test_all_bad_members_are_named_and_nothing_changes(owner):
    uploaded = await owner.uploaded()
    path = f"/v1/media/{uploaded['id']}"
    bad = {
        "name": "..",
        "tags": "a",
        "public": "no",
        "namespace": 1,
        "date": "x",
        "external_id": "",
        "a b": "c",
    }
    response = await owner.patch(path, **bad, long="x" * 2001, nul="\0", description="fine")
    assert response.status_code == 422
    assert response.json()["errors"].keys() == {*bad, "long", "nul"}
    assert (await owner.get(path)).json() == uploaded


async def test_merged_custom_fields_are_at_most_fifty(owner):
    uploaded = await owner.uploaded(**{f"a{number}": "x" for number in range(30)})
    response = await owner.patch(f"/v1/media/{uploaded['id']}", **{f"b{number}": "x" for number in range(21)})
    assert response.json()["errors"] == {"metadata": ["at most 50 custom fields, got 51"]}


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"[]", 422), (b"{", 422), (b'{"a":"\\ud800"}', 422), (b'{"a":1,"a":2}', 422), (b" " * 2_000_000, 413)],
)
async def test_what_is_no_json_object_is_refused(owner, body, status):
    path = f"/v1/media/{(await owner.uploaded())['id']}"
    headers = {**owner.headers, "Content-Type": "application/json"}
    response = await owner.http.patch(path, content=body, headers=headers)
    assert response.status_code == status


async def test_an_external_id_that_another_image_has_is_a_conflict(owner):
    await owner.uploaded(external_id="taken")
    uploaded = await owner.uploaded()
    response = await owner.patch(f"/v1/media/{uploaded['id']}", external_id="taken")
    assert (response.status_code, response.json()["error"]) == (409, "external_id_duplicate")


async def test_nobody_but_the_owner_changes_or_deletes(owner, neighbour, reader, nobody):
    path = f"/v1/media/{(await owner.uploaded())['id']}"
    for user, status in ((neighbour, 404), (reader, 403), (nobody, 401)):
        assert (await user.patch(path, name="x")).status_code == status
        assert (await user.delete(path)).status_code == status
    assert (await owner.get(path)).json()["name"] == "photo.jpg"


async def test_a_key_that_may_only_read_is_told_so_before_its_body_is_read(reader):
    response = await reader.http.patch(f"/v1/media/{UNKNOWN}", content=b"no json", headers=reader.headers)
    assert response.status_code == 403


async def test_an_anonymous_upload_belongs_to_nobody(nobody, owner):
    path = f"/v1/media/{(await nobody.uploaded())['id']}"
    assert (await nobody.delete(path)).status_code == 401
    assert (await owner.delete(path)).status_code == 404
    assert "editable" not in (await nobody.get(path)).json()


# --- deleting -------------------------------------------------------------------------------------


async def test_deleting_takes_the_row_and_every_byte(owner, platform):
    uploaded = await owner.uploaded(pictures.jpeg(2500, 60), external_id="again")
    response = await owner.delete(f"/v1/media/{uploaded['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert await blobs_of(platform) == []
    assert (await owner.get(f"/v1/media/{uploaded['id']}")).status_code == 404
    assert (await owner.delete(f"/v1/media/{uploaded['id']}")).status_code == 404
    assert (await owner.upload(external_id="again")).status_code == 201
