"""The quarantine in memory: one look at the catalog until an event says that there is more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.domain.formats import Format
from calotype.domain.pictures import Picture, Planned, Source
from calotype.errors import Quarantined, RenderFailed
from calotype.operations.base import Size
from calotype.operations.scale import Scale
from calotype.services.quarantine import Quarantine
from calotype.services.rows import Rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


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
