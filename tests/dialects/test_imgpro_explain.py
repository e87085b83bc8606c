"""Explain agrees with what a request would be answered, also where that is a refusal."""

import pictures
from calotype.services.workspaces import find, set_policies


async def told(user, url: str) -> dict[str, object]:
    answer = await user.get("/v1/explain", url=url)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_is_open_is_refused_to_nobody(owner):
    image = await owner.uploaded()
    assert (await told(owner, f"/ik/default{image['path']}?tr=w-10"))["refused"] is None


async def test_what_killed_workers_is_told_as_set_aside(owner, platform):
    image = await owner.uploaded()
    await platform.catalog.quarantine(image["id"], None)
    variant = (await told(owner, f"/ik/default{image['path']}?tr=w-10"))["refused"]
    original = (await told(owner, f"/ik/default{image['path']}"))["refused"]
    assert (variant["error"], original) == ("image_quarantined", None)


async def test_a_policy_is_told_to_its_owner_as_others_meet_it(owner, platform):
    image = await owner.uploaded()
    url = f"/ik/default{image['path']}?tr=w-10"
    workspace = await find(platform, "default")
    for policy, code in (
        ("restrict_unnamed", "transformation_unnamed"),
        ("restrict_unsigned", "signature_invalid"),
    ):
        await set_policies(platform, workspace, {policy: "on"})
        assert (await told(owner, url))["refused"]["error"] == code


async def test_the_colour_that_transparent_areas_are_laid_on_is_told_where_it_is_not_white(owner):
    image = await owner.uploaded(pictures.png(alpha=True))
    laid = await told(owner, f"/ik/default{image['path']}?tr=w-10,f-jpg")
    kept = await told(owner, f"/ik/default{image['path']}?tr=w-10,f-png")
    assert laid["plan"]["output"]["matte"] == [0, 0, 0]
    assert "matte" not in kept["plan"]["output"]
