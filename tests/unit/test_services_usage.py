"""Usage against the plan, as the services tell it."""

from dataclasses import replace

import pytest

from calotype.domain.plans import DEFAULTS, NO_QUOTA, Quota, Usage
from calotype.domain.workspaces import Workspace
from calotype.errors import NotConfigured, QuotaExceeded
from calotype.services import usage, workspaces
from calotype.services.access import operator
from calotype.settings import PlanChange, Settings
from catalog_rows import HOME, picture
from platforms import Wrapped, memory_platform

NONE_LEFT = {"free": PlanChange(uploads=0)}


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path, plans=NONE_LEFT)


async def on_plan(platform, plan, **fields) -> Workspace:
    home = await workspaces.find(platform, "default")
    return await platform.catalog.update_workspace(home.id, lambda old: replace(old, plan=plan, **fields))


async def refused(platform, workspace) -> QuotaExceeded:
    with pytest.raises(QuotaExceeded) as error:
        await usage.check_room(platform, operator(workspace))
    return error.value


def test_a_workspace_whose_plan_is_gone_is_held_to_the_starting_plan():
    settings = Settings(starting_plan="pro")
    assert usage.plan_for(settings, replace(HOME, plan="gold")) == DEFAULTS["pro"]


def test_without_a_starting_plan_nobody_is_given_one():
    with pytest.raises(NotConfigured, match="starting_plan: there is no plan 'gold'"):
        usage.starting_plan(Settings(starting_plan="gold"))


async def test_strangers_are_held_to_no_quota_whatever_their_plan_says(platform):
    settings = Settings(plans={"unlimited": PlanChange(uploads=1)})
    strangers = await workspaces.find(platform, "anonymous")
    assert usage.quota_of(settings, strangers) == NO_QUOTA
    assert usage.quota_of(settings, await on_plan(platform, "unlimited")) == Quota(uploads=1)


async def test_who_has_no_limit_costs_no_look_at_the_counts(platform):
    async def fail(*_):
        raise AssertionError("it was looked up")

    blind = replace(platform, meter=Wrapped(platform.meter, usage=fail))
    await usage.check_room(blind, operator(await on_plan(platform, "unlimited")))


async def test_a_refusal_tells_how_it_stands(platform):
    home = await on_plan(platform, "free")
    error = await refused(platform, home)
    assert (error.message, error.standing.plan.uploads) == ("Monthly upload limit reached.", 0)
    assert (error.action.type, error.action.label) == ("upgrade", "Upgrade to Pro for 1,000 uploads")


async def test_storage_is_what_is_used_up_where_uploads_have_no_limit(tmp_path):
    full = {"vault": PlanChange(storage_bytes=0)}
    platform = await memory_platform(tmp_path, plans=full)
    assert (await refused(platform, await on_plan(platform, "vault"))).message == "Storage limit reached."


async def test_a_plan_without_a_limit_of_uploads_is_proposed_without_a_number(tmp_path):
    sold = {"free": PlanChange(uploads=0), "pro": PlanChange(label="Pro", uploads="unlimited"),
            "team": PlanChange(offered=False), "business": PlanChange(offered=False)}  # fmt: skip
    platform = await memory_platform(tmp_path, plans=sold)
    error = await refused(platform, await on_plan(platform, "free"))
    assert error.action.label == "Upgrade to Pro"


async def test_larger_plans_are_sold_where_the_setting_says(tmp_path):
    platform = await memory_platform(tmp_path, plans=NONE_LEFT, upgrade_url="https://billing.example/us")
    error = await refused(platform, await on_plan(platform, "free"))
    assert (error.action.type, error.action.url) == ("upgrade", "https://billing.example/us")


async def test_the_standings_of_all_workspaces_are_told_together(platform):
    home = await on_plan(platform, "pro")
    await platform.catalog.add_asset(picture(1, workspace_id=home.id), platform.clock)
    found = await usage.standings(platform, await workspaces.listed(platform))
    strangers = await workspaces.find(platform, "anonymous")
    assert (found[home.id].plan.name, found[home.id].usage) == ("pro", Usage(1, 1, 1234))
    assert (found[strangers.id].plan.name, found[strangers.id].usage) == ("unlimited", Usage())
