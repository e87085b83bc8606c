"""Stages: the twin workspace of test keys, what holds in it, and what only looks like one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from calotype.domain.plans import Lifetime
from calotype.domain.workspaces import Ability, Stage
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.services import keys, stages, usage, workspaces
from platforms import Wrapped, memory_platform

ALL = frozenset(Ability)


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


async def made(platform: Platform, slug: str = "acme"):
    return await workspaces.create(platform, slug)


async def test_a_workspace_has_one_twin_which_is_made_on_first_demand(platform: Platform):
    live = await made(platform)
    twin = await stages.twin_of(platform, live)
    assert (twin.slug, twin.plan, twin.is_test, live.is_test) == ("acme-test", "test", True, False)
    assert await stages.twin_of(platform, live) == twin


async def test_a_twin_that_another_process_made_in_between_is_taken(platform: Platform):
    live = await made(platform)
    twin = await stages.twin_of(platform, live)
    unseen = 2  # looks before it is there

    async def look(slug: str):
        nonlocal unseen
        unseen -= 1
        return await platform.catalog.workspace_by_slug(slug) if unseen < 0 else None

    late = replace(platform, catalog=Wrapped(platform.catalog, workspace_by_slug=look))
    assert await stages.twin_of(late, live) == twin


async def test_a_stage_is_its_own_twin(platform: Platform):
    twin = await stages.twin_of(platform, await made(platform))
    assert await stages.twin_of(platform, twin) == twin


async def test_a_workspace_that_only_bears_the_name_is_no_stage(platform: Platform):
    live, other = await made(platform), await made(platform, "acme-test")
    assert not other.is_test
    with pytest.raises(Invalid, match="another workspace's"):
        await stages.twin_of(platform, live)


async def test_a_name_that_leaves_no_room_is_refused(platform: Platform):
    with pytest.raises(Invalid, match="1 to 63"):
        await stages.twin_of(platform, await made(platform, "a" * 59))


async def test_in_a_stage_everything_ends_after_ninety_days_and_nothing_is_too_much(platform: Platform):
    twin = await stages.twin_of(platform, await made(platform))
    plan = usage.plan_for(platform.settings, twin)
    days = Lifetime(timedelta(days=90), provisional=False)
    assert plan.lifetime(None, verified=twin.verified) == days
    assert plan.lifetime(timedelta(days=91), verified=twin.verified) == days
    assert (plan.uploads, plan.storage_bytes) == (None, None)


async def test_what_leaves_a_stage_is_stamped(platform: Platform):
    live = await made(platform)
    twin = await stages.twin_of(platform, live)
    assert (live.policy.stamp, twin.policy.stamp) == (False, True)


async def test_the_plan_of_a_stage_cannot_be_chosen(platform: Platform):
    twin = await stages.twin_of(platform, await made(platform))
    with pytest.raises(Invalid, match="is a test stage"):
        await workspaces.set_policies(platform, twin, {"plan": "unlimited"})


async def test_test_keys_open_the_twin_and_live_keys_the_workspace(platform: Platform):
    live = await made(platform)
    test_key, test_secret = await keys.create_processing_key(platform, live, "t", ALL, Stage.TEST)
    live_key, live_secret = await keys.create_processing_key(platform, live, "l", ALL, Stage.LIVE)
    twin = await stages.twin_of(platform, live)
    assert (test_key.workspace_id, live_key.workspace_id) == (twin.id, live.id)
    assert (test_secret[:5], live_secret[:5]) == ("test_", "live_")


async def test_a_stage_has_no_live_keys(platform: Platform):
    twin = await stages.twin_of(platform, await made(platform))
    with pytest.raises(Invalid, match="its keys are test keys"):
        await keys.create_processing_key(platform, twin, "l", ALL, Stage.LIVE)


async def test_an_account_whose_stage_cannot_be_begins_without_a_test_key(platform: Platform):
    live = await made(platform)
    await made(platform, "acme-test")
    assert await keys.first_test_key(platform, live) is None
    assert await keys.keys_of_stages(platform, live) == []
