"""What is set aside because decoding it went wrong, in memory: asked before every render, changed hardly ever.

Law: a copy, kept true by the catalog's events, like the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from calotype.ports import Catalog, Event
from calotype.services.rows import Rows


class Quarantine:
    """The subjects that are set aside: version ids and variant keys."""

    def __init__(self, catalog: Catalog, rows: Rows) -> None:
        """Read through to *catalog*; hear of changes by way of *rows*."""
        self._catalog = catalog
        self._rows = rows
        self._held: Mapping[str, datetime | None] | None = None
        rows.listen(self._on_event)

    def _on_event(self, event: Event | None) -> None:
        if event is None or event.kind == "quarantine.added":
            self._held = None

    async def holds(self, subjects: Sequence[str], now: datetime) -> bool:
        """Say whether any of *subjects* is set aside at *now*."""
        if not self._rows.fresh():
            await self._rows.catch_up()
        held = self._held
        if held is None:
            generation = self._rows.generation
            held = await self._catalog.quarantines(now)
            if generation == self._rows.generation:  # else an event came in meanwhile: use it, do not keep it
                self._held = held
        return any(subject in held and _lasts(held[subject], now) for subject in subjects)


def _lasts(until: datetime | None, now: datetime) -> bool:
    return until is None or until > now
