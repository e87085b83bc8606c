"""What the tables are made of: their names' rule, and the types that store our values alike on both databases."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, MetaData, TypeDecorator

from calotype.domain.assets import Facts
from calotype.domain.formats import Format
from calotype.operations.base import Box

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware time, stored as whole microseconds since 1970 UTC: exact, ordered and alike on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Write a time."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read a time."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class FactsJson(TypeDecorator[Facts]):
    """The facts of a version as JSON; a fact that older rows lack reads as its default."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Facts | None, dialect: Dialect) -> dict[str, Any] | None:  # noqa: ARG002
        """Write facts."""
        return None if value is None else asdict(value)

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Facts | None:  # noqa: ARG002
        """Read facts."""
        if value is None:
            return None
        names = ("format", "mezzanine", "small")
        formats = {name: Format(value[name]) if value.get(name) else None for name in names}
        return Facts(**(value | formats))


class BoxJson(TypeDecorator[Box]):
    """A box as a JSON array of its four numbers; none is NULL, where `JSON` would write the word null."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Box | None, dialect: Dialect) -> list[int] | None:  # noqa: ARG002
        """Write a box."""
        return None if value is None else list(value)

    def process_result_value(self, value: list[int] | None, dialect: Dialect) -> Box | None:  # noqa: ARG002
        """Read a box."""
        return None if value is None else Box(*value)


# Explicit names: a violated constraint is recognised by its name, and a later migration can drop it.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
