"""Plans: what a workspace may upload and store, and how what it uses stands against that. Pure.

Law: None is "no limit", wherever a limit is named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # workers import the ports, which speak of usage, and need no settings
    from calotype.settings import PlanChange

GIB = 1024**3

OPERATORS = "unlimited"
"""The plan of the operator's own workspaces: no limits, and not for sale."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What a reservation is held to. Without numbers it is only counted."""

    uploads: int | None = None
    """In one calendar month, UTC."""
    storage_bytes: int | None = None
    """Of originals, all together."""

    def has_room(self, used: Usage, size: int) -> bool:
        """Say whether one more upload of *size* bytes fits beside what is *used*."""
        uploads = self.uploads is None or used.uploads < self.uploads
        return uploads and (self.storage_bytes is None or used.stored_bytes + size <= self.storage_bytes)


NO_QUOTA = Quota()
"""Counts, and refuses nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workspace may upload and store, and for how long."""

    name: str
    label: str
    """What people read."""
    uploads: int | None = None
    """In one calendar month, UTC."""
    storage_bytes: int | None = None
    """Of originals, all together."""
    max_file_bytes: int | None = None
    """Of one file; the settings' own limit holds as well."""
    retention_days: int | None = None
    """How long an image lives at most."""
    unverified_retention_days: int | None = 30
    """The same while the owner's e-mail address is not verified."""
    offered: bool = True
    """Whether it is proposed to those who need more than they have."""

    @property
    def quota(self) -> Quota:
        """The part that is reserved with each upload."""
        return Quota(self.uploads, self.storage_bytes)

    def lifetime(self, ttl: timedelta | None, *, verified: bool) -> Lifetime:
        """Say how long an image lives whose sender asked for *ttl* (None: for good)."""
        wished = _shortest(ttl, _days(self.retention_days))
        granted = wished if verified else _shortest(wished, _days(self.unverified_retention_days))
        return Lifetime(granted, provisional=wished is None and granted is not None)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long an image lives (None: for good), and whether only because its owner is not verified yet."""

    ttl: timedelta | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """What a workspace has used. Storage is what is there now; uploads only ever grow within a month."""

    uploads: int = 0
    """In the current calendar month, UTC."""
    stored: int = 0
    """Images."""
    stored_bytes: int = 0
    """Of their originals."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a workspace has used at a moment, against its plan."""

    plan: Plan
    usage: Usage
    at: datetime

    @property
    def uploads_remaining(self) -> int | None:
        """Uploads that this month still has room for; never below 0, even after a move to a smaller plan."""
        return _left(self.plan.uploads, self.usage.uploads)

    @property
    def storage_remaining_bytes(self) -> int | None:
        """Bytes of originals that there is still room for; never below 0."""
        return _left(self.plan.storage_bytes, self.usage.stored_bytes)

    @property
    def resets_at(self) -> datetime:
        """When this month's uploads are forgotten."""
        return next_month(self.at)

    def has_room(self, size: int) -> bool:
        """Say whether one more upload of at least *size* bytes would fit."""
        return self.plan.quota.has_room(self.usage, size)


DEFAULTS: Mapping[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("free", "Free", 100, 5 * GIB),
        Plan("pro", "Pro", 1_000, 50 * GIB),
        Plan("team", "Team", 10_000, 500 * GIB),
        Plan("business", "Business", 100_000, 5_120 * GIB),
        Plan(OPERATORS, "Unlimited", unverified_retention_days=None, offered=False),
    )
}
"""The plans of an installation whose settings name no others."""

TEST_STAGE = Plan("test", "Test", retention_days=90, unverified_retention_days=None, offered=False)
"""What holds in every test stage, and is nobody's to choose: no quota, and nothing stays."""


def plans_of(changes: Mapping[str, PlanChange]) -> dict[str, Plan]:
    """List all plans by name: the defaults with the *changes* of the settings, and those that only they name."""
    return {name: _plan(name, changes.get(name)) for name in {**DEFAULTS, **changes}}


def plan_of(changes: Mapping[str, PlanChange], name: str) -> Plan | None:
    """Find one plan by its name."""
    return _plan(name, changes.get(name)) if name in DEFAULTS or name in changes else None


def _plan(name: str, change: PlanChange | None) -> Plan:
    plan = DEFAULTS.get(name) or Plan(name, name.capitalize())
    return replace(plan, **change.given()) if change else plan


def next_larger(plan: Plan, plans: Iterable[Plan]) -> Plan | None:
    """Find the smallest plan on offer that allows more than *plan*; None from the top."""
    larger = (each for each in plans if each.offered and _extent(each) > _extent(plan))
    return min(larger, key=_extent, default=None)


def month_of(moment: datetime) -> str:
    """Name the calendar month, UTC, of *moment*, such as `2026-11`. Names sort as months do."""
    return moment.astimezone(UTC).strftime("%Y-%m")


def next_month(moment: datetime) -> datetime:
    """Give the first second of the calendar month, UTC, after *moment*."""
    first = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(0, limit - used)


def _extent(plan: Plan) -> tuple[float, float]:
    uploads, storage = plan.uploads, plan.storage_bytes
    return math.inf if uploads is None else uploads, math.inf if storage is None else storage


def _days(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


def _shortest(*lives: timedelta | None) -> timedelta | None:
    return min((life for life in lives if life is not None), default=None)
