"""What is set aside because decoding it went wrong: kept from the workers, and known in memory.

Law: every job on stored pixels passes `guard`. The copy in memory, asked before every job and changed hardly ever,
is kept true by the catalog's events, like the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from calotype.domain.pictures import Picture
from calotype.errors import Quarantined, RenderFailed
from calotype.ports import Catalog, Clock, Event
from calotype.services.rows import Rows

log = structlog.get_logger(__name__)

CRASHES = 2
"""Deaths by signal while decoding a version, after which it is set aside for good."""
ALONE = 2
"""Subjects of a picture without layers: its version and the job's key. With layers, nobody knows whose fault it was."""
REMEMBERED = 10_000
KEY_QUARANTINE = timedelta(minutes=10)
"""How long a variant is set aside that ran out of time or memory."""


class Quarantine:
    """The subjects that are set aside: version ids, and keys of variants and measures."""

    def __init__(self, catalog: Catalog, rows: Rows, clock: Clock) -> None:
        """Read through to *catalog*; hear of changes by way of *rows*."""
        self._catalog = catalog
        self._rows = rows
        self._clock = clock
        self._held: Mapping[str, datetime | None] | None = None
        self._crashed: Counter[str] = Counter()
        """Crashes of this process' workers by version, for the moment until the catalog knows of them."""
        rows.listen(self._on_event)

    def _on_event(self, event: Event | None) -> None:
        if event is None or event.kind == "quarantine.added":
            self._held = None

    @asynccontextmanager
    async def guard(self, picture: Picture, key: str) -> AsyncIterator[Callable[[], None]]:
        """Keep workers from what is set aside, and set aside what kills them in this block.

        *key* names the job on *picture*. Gives a check to be made when the job leaves the queue: the jobs before
        it may have killed their workers on the same version.

        Raises:
            Quarantined: the job, or a version in the picture, is set aside (by the check too).
        """
        subjects = (*(each.version_id for each in picture.files()), key)
        if await self.holds(subjects, self._clock()):
            raise Quarantined
        try:
            yield lambda: self._check(subjects)
        except RenderFailed as error:
            self._count(subjects, error.cause)
            await blame(self._catalog, picture, key, error.cause, self._clock())
            await self.holds((), self._clock())  # so that the check knows it at once
            raise

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
        return _any(subjects, held, now)

    def _check(self, subjects: Sequence[str]) -> None:
        crashed = any(self._crashed[subject] >= CRASHES for subject in subjects)
        if crashed or _any(subjects, self._held or {}, self._clock()):
            raise Quarantined

    def _count(self, subjects: Sequence[str], cause: str) -> None:
        """Count a crash at once: the next jobs begin before the catalog has written it down."""
        if cause == "crash" and len(subjects) == ALONE:
            if len(self._crashed) >= REMEMBERED:
                self._crashed.clear()
            self._crashed[subjects[0]] += 1


async def blame(catalog: Catalog, picture: Picture, key: str, cause: str, now: datetime) -> None:
    """Set aside what keeps killing workers, so that it cannot take its neighbours down with it.

    *key* names the job on *picture* that has failed, and *cause* says how, as `RenderFailed` does.
    """
    versions = {each.version_id for each in picture.files()}
    if cause == "crash" and len(versions) == 1:
        if await catalog.record_crash(picture.version_id, now) >= CRASHES:
            await catalog.quarantine(picture.version_id, None)
            log.error("version quarantined", version=picture.version_id)
    elif cause in {"crash", "timeout", "memory"}:  # with layers, nobody knows whose fault a crash was
        await catalog.quarantine(key, now + KEY_QUARANTINE)
        log.warning("variant quarantined", version=picture.version_id, key=key, cause=cause)


def _any(subjects: Sequence[str], held: Mapping[str, datetime | None], now: datetime) -> bool:
    return any(subject in held and _lasts(held[subject], now) for subject in subjects)


def _lasts(until: datetime | None, now: datetime) -> bool:
    return until is None or until > now
