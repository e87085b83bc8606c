"""The quarantine in memory: one look at the catalog until an event says that there is more."""

from datetime import UTC, datetime, timedelta

import pytest

from calotype.adapters.catalog.memory import MemoryCatalog
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
    return Quarantine(catalog, rows)


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
