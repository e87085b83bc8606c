"""The library by path: finding, focusing and setting doors, each within one's own workspace."""

from dataclasses import replace

import pytest

from calotype.domain.assets import Facts, Version
from calotype.domain.formats import Format
from calotype.domain.visibility import Visibility
from calotype.errors import Invalid, NotFound
from calotype.operations.base import Box
from calotype.services import library, workspaces
from calotype.services.access import operator
from calotype.services.library import Change
from catalog_rows import picture
from platforms import memory_platform

SMALL = Version(picture(1).id, 1, "", Facts(Format.JPEG, 100, 50))


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
async def owner(platform):
    return operator(await workspaces.find(platform, "default"))


@pytest.fixture
async def neighbour(platform):
    return operator(await workspaces.create(platform, "neighbour"))


@pytest.fixture
async def asset(platform, owner):
    new = picture(1, workspace_id=owner.workspace.id, folder="/trips/", file_name="a.jpg", version=SMALL)
    return await platform.catalog.add_asset(new, platform.clock)


@pytest.mark.parametrize("name", ["/trips/a.jpg", "//trips/./a.jpg", picture(1).id])
async def test_an_asset_is_found_by_its_path_and_by_its_id(platform, owner, asset, name):
    assert await library.find(platform, owner, name) == asset


@pytest.mark.parametrize("name", ["/trips/b.jpg", "trips/a.jpg", "f" * 24, "", "x\0"])
async def test_what_is_not_there_is_not_found(platform, owner, asset, name):
    with pytest.raises(NotFound):
        await library.find(platform, owner, name)


@pytest.mark.parametrize("name", ["/trips/a.jpg", picture(1).id])
async def test_a_neighbour_finds_nothing_of_it_though_it_is_public(platform, neighbour, asset, name):
    with pytest.raises(NotFound):
        await library.find(platform, neighbour, name)


async def test_a_path_that_climbs_is_refused(platform, owner):
    with pytest.raises(Invalid):
        await library.find(platform, owner, "/a/../b.jpg")


async def test_a_focus_inside_the_picture_is_kept_and_can_be_taken_away(platform, owner, asset):
    for focus in (Box(10, 20, 90, 30), None):
        changed = await library.update(platform, owner, asset.id, Change({"focus": focus}))
        assert changed == replace(asset, focus=focus)


async def test_a_focus_outside_the_picture_changes_nothing(platform, owner, asset):
    with pytest.raises(Invalid, match="100 x 50 pixels"):
        await library.update(platform, owner, asset.id, Change({"name": "new", "focus": Box(50, 0, 51, 9)}))
    assert await library.find(platform, owner, asset.id) == asset


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_every_visibility_can_be_set(platform, owner, asset, visibility):
    changed = await library.update(platform, owner, asset.id, Change({"visibility": visibility}))
    assert changed.visibility is visibility
