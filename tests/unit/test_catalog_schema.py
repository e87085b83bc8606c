"""How times and facts are spelled in a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from calotype.adapters.catalog.schema import FactsJson, Moment
from calotype.domain.assets import Facts
from calotype.domain.formats import Format

DIALECT = sqlite.dialect()


@pytest.mark.parametrize(
    ("moment", "stored"),
    [
        (datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC), 1_000_005),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), 253_402_300_799_999_999),
    ],
)
def test_a_time_is_stored_to_the_microsecond(moment: datetime, stored: int):
    assert Moment().process_bind_param(moment, DIALECT) == stored
    assert Moment().process_result_value(stored, DIALECT) == moment


def test_a_time_of_another_zone_is_stored_as_the_same_instant():
    tokyo = datetime(1970, 1, 1, 9, 0, 0, tzinfo=timezone(timedelta(hours=9)))
    assert Moment().process_bind_param(tokyo, DIALECT) == 0


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(TypeError):
        Moment().process_bind_param(datetime(2026, 1, 1), DIALECT)  # noqa: DTZ001 - the mistake that is refused


def test_facts_that_an_older_row_lacks_read_as_their_defaults():
    stored = {"format": "png", "width": 3, "height": 2}
    assert FactsJson().process_result_value(stored, DIALECT) == Facts(Format.PNG, 3, 2)
