"""The quarantine in memory: one look at the catalog until an event says that there is more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.domain.formats import Format
from calotype.domain.pictures import Picture, Planned, Source
from calotype.errors import Quarantined, RenderFailed, TooComplex
from calotype.operations.base import Size
from calotype.operations.scale import Scale
from calotype.services.quarantine import Quarantine
from calotype.services.rows import Rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class CountingCatalog(MemoryCatalog):
    """The shipped catalog, which counts how often it was asked."""

    asked = 0

    async def quarantines(self, now):
        self.asked += 1
        return await super().quarantines(now)


@pytest.fixture
def catalog():
    return CountingCatalog()


@pytest.fixture
async def quarantine(catalog):
    rows = Rows(catalog)
    await rows.start()
    return Quarantine(catalog, rows, lambda: NOW)


async def test_nothing_set_aside_costs_one_look(quarantine, catalog):
    held = [await quarantine.holds((name,), NOW) for name in "abc"]
    assert (held, catalog.asked) == ([False] * 3, 1)


async def test_what_is_set_aside_by_anyone_is_known_at_the_next_look(quarantine, catalog):
    await quarantine.holds(("a",), NOW)
    await catalog.quarantine("a", None)
    assert await quarantine.holds(("x", "a"), NOW)
    assert not await quarantine.holds(("x",), NOW)
    assert catalog.asked == 2


async def test_its_time_ends_without_an_event(quarantine, catalog):
    await catalog.quarantine("a", NOW + MINUTE)
    assert await quarantine.holds(("a",), NOW)
    assert not await quarantine.holds(("a",), NOW + MINUTE)


# Jobs


LAYER = Picture("w", "layer", Source.ORIGINAL, Format.JPEG, (), Size(1, 1))
LAYERED = replace(LAYER, version_id="base", steps=(Planned(Scale(width=1, height=1), Size(1, 1), LAYER),))


async def _fail(quarantine, picture, key, cause):
    with pytest.raises(RenderFailed):
        async with quarantine.guard(picture, key):
            raise RenderFailed(cause=cause)


async def test_a_job_that_waited_behind_two_crashes_of_its_version_is_not_begun(quarantine):
    async with quarantine.guard(LAYER, "third") as check:
        check()
        for key in ("first", "second"):
            await _fail(quarantine, LAYER, key, "crash")
        with pytest.raises(Quarantined):
            check()


async def test_a_version_that_is_set_aside_is_so_as_a_layer_too_and_its_base_is_not(quarantine, catalog):
    await catalog.quarantine("layer", None)
    with pytest.raises(Quarantined):
        async with quarantine.guard(LAYERED, "key"):
            pass
    async with quarantine.guard(replace(LAYERED, steps=()), "other key"):
        assert await catalog.quarantines(NOW) == {"layer": None}


async def test_crashes_of_a_picture_with_layers_set_that_job_aside_and_no_version(quarantine, catalog):
    for key in ("first", "second"):
        await _fail(quarantine, LAYERED, key, "crash")
    later = NOW + timedelta(minutes=10)
    assert await catalog.quarantines(NOW) == {"first": later, "second": later}


# Vectors that are drawn larger than they are


OWN_SIZE = replace(LAYER, version_id="drawing", format=Format.SVG)
ENLARGED = replace(OWN_SIZE, enlarged=True)
UNDER_A_DRAWING = replace(LAYERED, steps=(Planned(Scale(width=1, height=1), Size(1, 1), ENLARGED),))


async def _run_out(quarantine, picture, key, cause="timeout"):
    with pytest.raises(TooComplex, match="larger than its own size"):
        async with quarantine.guard(picture, key):
            raise RenderFailed(cause=cause)


@pytest.mark.parametrize("cause", ["timeout", "memory"])
async def test_after_two_sizes_that_ran_out_a_vector_is_not_enlarged_for_a_day(quarantine, catalog, cause):
    for key in ("3000 wide", "3001 wide"):
        await _run_out(quarantine, ENLARGED, key, cause)
    assert (await catalog.quarantines(NOW))["drawing/enlarged"] == NOW + DAY
    with pytest.raises(Quarantined):
        async with quarantine.guard(ENLARGED, "3002 wide"):
            pass


async def test_at_its_own_size_it_is_drawn_all_the_same(quarantine):
    for key in ("3000 wide", "3001 wide"):
        await _run_out(quarantine, ENLARGED, key)
    async with quarantine.guard(OWN_SIZE, "900 wide") as check:
        check()


async def test_one_size_that_ran_out_leaves_the_others_to_be_tried(quarantine):
    await _run_out(quarantine, ENLARGED, "3000 wide")
    async with quarantine.guard(ENLARGED, "2000 wide") as check:
        check()


async def test_what_ran_out_at_its_own_size_is_a_failure_that_counts_against_nothing_else(
    quarantine, catalog
):
    for key in ("first", "second"):
        await _fail(quarantine, OWN_SIZE, key, "timeout")
    assert set(await catalog.quarantines(NOW)) == {"first", "second"}


async def test_an_enlarged_vector_as_a_layer_is_found_out_too(quarantine, catalog):
    for key in ("first", "second"):
        await _run_out(quarantine, UNDER_A_DRAWING, key)
    assert set(await catalog.quarantines(NOW)) == {"drawing/enlarged", "first", "second"}


async def test_a_size_that_waited_behind_two_that_ran_out_is_not_begun(quarantine):
    async with quarantine.guard(ENLARGED, "third") as check:
        for key in ("first", "second"):
            await _run_out(quarantine, ENLARGED, key)
        with pytest.raises(Quarantined):
            check()


async def test_a_day_later_one_more_size_is_tried_and_no_second(catalog):
    now = [NOW]
    rows = Rows(catalog)
    await rows.start()
    quarantine = Quarantine(catalog, rows, lambda: now[0])
    for key in ("first", "second"):
        await _run_out(quarantine, ENLARGED, key)
    now[0] += DAY
    async with quarantine.guard(ENLARGED, "third") as check:
        check()
    await _run_out(quarantine, ENLARGED, "third")
    with pytest.raises(Quarantined):
        async with quarantine.guard(ENLARGED, "fourth"):
            pass
