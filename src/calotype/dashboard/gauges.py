"""How usage stands against a plan, in numbers and words for people. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from calotype.domain.plans import Standing
from calotype.web.wording import human_bytes, human_number

NEARLY = 0.9
"""From this share on, what is used is shown as nearly everything."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """One thing that a plan limits. *limit* is None where it does not."""

    label: str
    used: int
    limit: int | None
    words: str
    note: str

    @property
    def share(self) -> float:
        """How much of the limit is used, 0 to 1."""
        return min(1.0, self.used / self.limit) if self.limit else float(self.limit == 0)

    @property
    def nearly_full(self) -> bool:
        """Whether the limit is near or reached."""
        return self.limit is not None and self.share >= NEARLY


def gauges(standing: Standing) -> tuple[Gauge, Gauge]:
    """Tell uploads and storage."""
    plan, usage, resets = standing.plan, standing.usage, standing.resets_at
    return (
        Gauge(
            "Uploads this month",
            usage.uploads,
            plan.uploads,
            _of(human_number, usage.uploads, plan.uploads),
            f"Counted anew from {resets.day} {resets.strftime('%B')}",
        ),
        Gauge(
            "Storage",
            usage.stored_bytes,
            plan.storage_bytes,
            _of(human_bytes, usage.stored_bytes, plan.storage_bytes),
            "1 picture" if usage.stored == 1 else f"{human_number(usage.stored)} pictures",
        ),
    )


def _of(written: Callable[[int], str], used: int, limit: int | None) -> str:
    return f"{written(used)}, no limit" if limit is None else f"{written(used)} of {written(limit)}"
