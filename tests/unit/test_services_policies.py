"""Policies, named transformations and the variant budget, as the services offer them."""

from dataclasses import replace

import pytest

from calotype.domain.workspaces import TRANSFORMATIONS_MAX, NamedTransformation
from calotype.errors import Invalid, NotFound, VariantLimit
from calotype.services import transformations, variant_budget, workspaces
from catalog_rows import picture
from platforms import memory_platform


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path, variant_budget=7)


@pytest.fixture
async def home(platform):
    return await workspaces.find(platform, "default")


async def test_policies_are_set_by_their_words(platform, home):
    changed = await workspaces.set_policies(platform, home, {"auto_avif": "on", "quality": "70"})
    assert changed == replace(home, auto_avif=True, quality=70)
    assert await workspaces.find(platform, "default") == changed


async def test_one_bad_policy_keeps_all_from_being_set(platform, home):
    with pytest.raises(Invalid):
        await workspaces.set_policies(platform, home, {"auto_avif": "on", "quality": "0"})
    assert await workspaces.find(platform, "default") == home


async def test_the_two_workspaces_of_every_installation_are_listed(platform):
    assert sorted(each.slug for each in await workspaces.listed(platform)) == ["anonymous", "default"]


# Named transformations


async def test_a_name_is_given_without_the_prefix_it_is_written_with(platform, home):
    added = await transformations.add(platform, home, "small_Thumb-1", " tr:w-300,h-200:rt-90 ")
    stored = NamedTransformation(home.id, "small_Thumb-1", "w-300,h-200:rt-90", platform.clock())
    assert added == stored
    assert await transformations.listed(platform, home) == [stored]


@pytest.mark.parametrize("name", ["", "a b", "a.b", "é", "a\n", "x" * 101])
async def test_a_name_has_1_to_100_letters_digits_underscores_and_hyphens(platform, home, name):
    with pytest.raises(Invalid) as error:
        await transformations.add(platform, home, name, "w-1")
    assert error.value.fields.keys() == {"name"}


@pytest.mark.parametrize("value", ["", "tr:", "  ", "w-1\0", "x" * 4097])
async def test_a_name_stands_for_something_that_can_be_stored(platform, home, value):
    with pytest.raises(Invalid) as error:
        await transformations.add(platform, home, "n", value)
    assert error.value.fields.keys() == {"value"}


async def test_the_names_of_a_workspace_are_bounded_but_can_still_be_changed(platform, home):
    for number in range(TRANSFORMATIONS_MAX):
        await platform.catalog.set_transformation(
            NamedTransformation(home.id, f"n{number}", "w-1", platform.clock())
        )
    with pytest.raises(Invalid):
        await transformations.add(platform, home, "one-more", "w-1")
    assert (await transformations.add(platform, home, "n0", "w-2")).value == "w-2"


async def test_a_name_that_is_not_there_cannot_be_removed(platform, home):
    await transformations.add(platform, home, "n", "w-1")
    await transformations.remove(platform, home, "n")
    with pytest.raises(NotFound):
        await transformations.remove(platform, home, "n")


# The budget


@pytest.fixture
async def asset(platform, home):
    return await platform.catalog.add_asset(picture(1, workspace_id=home.id), platform.clock)


@pytest.mark.parametrize(("own", "budget"), [(None, 7), (0, 0), (3, 3)])
async def test_a_workspaces_own_budget_comes_before_the_settings(platform, home, own, budget):
    assert variant_budget.budget_of(replace(home, variant_budget=own), platform.settings) == budget


async def test_a_spent_budget_is_refused_until_midnight_utc(platform, asset):
    platform.clock.move(hours=23, minutes=58, seconds=29, microseconds=1)
    for key in ("a", "b", "a"):
        await variant_budget.spend(platform, asset, key, 2)
    with pytest.raises(VariantLimit) as error:
        await variant_budget.spend(platform, asset, "c", 2)
    assert (error.value.code, error.value.retry_after) == ("variant_limit", 91)
    platform.clock.move(seconds=91)
    await variant_budget.spend(platform, asset, "c", 2)


async def test_without_a_budget_nothing_is_counted(platform, asset):
    for key in "abc":
        await variant_budget.spend(platform, asset, key, 0)
    await variant_budget.spend(platform, asset, "d", 1)
