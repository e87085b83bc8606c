"""Every image has a path, which its owner sees and may change."""

import pytest


async def move(owner, image, path):
    return await owner.patch(f"/v1/media/{image['id']}", path=path)


async def test_an_upload_gets_an_unguessable_path(owner):
    uploaded = await owner.uploaded(name="My photo.jpg", namespace="trips")
    assert uploaded["path"] == f"/trips/My-photo_{uploaded['id']}.jpg"


async def test_the_path_is_for_the_owner_alone(owner, nobody, neighbour):
    uploaded = await owner.uploaded()
    seen = [
        (await user.get(f"/v1/media/{uploaded['id']}")).json().get("path") for user in (nobody, neighbour)
    ]
    assert seen == [None, None]
    assert (await owner.get("/v1/media")).json()["data"][0]["path"] == uploaded["path"]


async def test_an_upload_without_a_key_shows_no_path(nobody):
    assert "path" not in await nobody.uploaded()


async def test_a_new_path_moves_the_image_and_nothing_else(owner, platform):
    uploaded = await owner.uploaded()
    response = await move(owner, uploaded, "/new//place/b.png")
    assert (response.status_code, response.json()) == (200, {**uploaded, "path": "/new/place/b.png"})
    workspace = await platform.catalog.workspace_by_slug("default")
    found = await platform.catalog.asset_by_path(workspace.id, "/new/place/", "b.png", platform.clock())
    assert found.id == uploaded["id"]


async def test_a_path_that_is_taken_is_a_conflict_and_moves_nothing(owner):
    first, second = await owner.uploaded(), await owner.uploaded()
    response = await move(owner, second, first["path"])
    assert (response.status_code, response.json()["error"]) == (409, "path_taken")
    assert (await owner.get(f"/v1/media/{second['id']}")).json() == second


async def test_two_workspaces_may_use_the_same_path(owner, neighbour):
    for user in (owner, neighbour):
        assert (await move(user, await user.uploaded(), "/a.jpg")).status_code == 200


@pytest.mark.parametrize("path", ["a.jpg", "/a/../b.jpg", "/", "/a\n.jpg", "/" + "x" * 1024, None, 7, ["/a"]])
async def test_what_is_no_path_is_refused_by_name(owner, path):
    uploaded = await owner.uploaded()
    response = await move(owner, uploaded, path)
    assert (response.status_code, list(response.json()["errors"])) == (422, ["path"])


async def test_a_path_in_an_upload_form_is_neither_obeyed_nor_kept_as_a_field(owner):
    uploaded = await owner.uploaded(path="/mine.jpg")
    assert uploaded["path"] == f"/photo_{uploaded['id']}.jpg"
