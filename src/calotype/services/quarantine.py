"""What is set aside because decoding it went wrong: kept from the workers, and known in memory.

A crash counts against the version: after two of them nothing is made of it. A job that ran out of time or memory is
set aside by itself; but a vector has more sizes than can be tried one by one, so what runs out while it is drawn
larger than its own size, at which ingest has proven it, counts against its enlargement too.

Law: every job on stored pixels passes `guard`, but for the making of mezzanines, which asks the catalog
itself and ends in `blame`. The copy in memory, asked before all others and changed hardly ever,
is kept true by the catalog's events, like the rows.

Why so: docs/adr/0044.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from calotype.domain.pictures import Picture, enlargement
from calotype.errors import Quarantined, RenderFailed, TooComplex
from calotype.ports import Catalog, Clock, Event
from calotype.services.rows import Rows

log = structlog.get_logger(__name__)

FAILURES = 2
"""Failures that count against a subject until it is set aside: a version, whose decoding died by a signal, for good;
the enlargement of a vector, which ran out of time or memory, for a day."""
REMEMBERED = 10_000
KEY_QUARANTINE = timedelta(minutes=10)
"""How long a variant is set aside that ran out of time or memory."""
ENLARGEMENT_QUARANTINE = timedelta(days=1)
"""How long a vector is not enlarged: whoever asks for ever more sizes costs one drawing a day from then on."""
_SPENT = frozenset({"timeout", "memory"})
"""Causes that say nothing of the bytes: the job was too much."""


class Quarantine:
    """The subjects that are set aside: version ids, enlargements of them, and keys of variants and measures."""

    def __init__(self, catalog: Catalog, rows: Rows, clock: Clock) -> None:
        """Read through to *catalog*; hear of changes by way of *rows*."""
        self._catalog = catalog
        self._rows = rows
        self._clock = clock
        self._held: Mapping[str, datetime | None] | None = None
        self._failed: Counter[str] = Counter()
        """Failures of this process' workers by subject, for the moment until the catalog knows of them."""
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
            Quarantined: the job, or something in the picture, is set aside (by the check too).
            TooComplex: a vector could not be drawn larger than its own size: that is the drawing's doing, not ours.
        """
        subjects = subjects_of(picture, key)
        if await self.holds(subjects, self._clock()):
            raise Quarantined
        try:
            yield lambda: self._check(subjects)
        except RenderFailed as error:
            await self._blame(picture, key, error.cause)
            if error.cause in _SPENT and any(each.enlarged for each in picture.files()):
                raise TooComplex(
                    "Drawing a vector larger than its own size takes too much time or memory."
                ) from error
            raise

    async def _blame(self, picture: Picture, key: str, cause: str) -> None:
        """Count it at once, for the next jobs begin before the catalog has written it down; and there."""
        if len(self._failed) >= REMEMBERED:
            self._failed.clear()
        self._failed.update(_blamed(picture, cause))
        await blame(self._catalog, picture, key, cause, self._clock())
        await self.holds((), self._clock())  # so that the check knows it at once

    async def holds(self, subjects: Iterable[str], now: datetime) -> bool:
        """Say whether any of *subjects* is set aside at *now*."""
        if not self._rows.fresh():
            await self._rows.catch_up()
        held = self._held
        if held is None:
            generation = self._rows.generation
            held = await self._catalog.quarantines(now)
            if generation == self._rows.generation:  # else an event came in meanwhile: use it, do not keep it
                self._held = held
                for subject in held:  # known from now on, and until when
                    del self._failed[subject]
        return _any(subjects, held, now)

    def _check(self, subjects: Iterable[str]) -> None:
        failed = any(self._failed[subject] >= FAILURES for subject in subjects)
        if failed or _any(subjects, self._held or {}, self._clock()):
            raise Quarantined


def subjects_of(picture: Picture, key: str) -> tuple[str, ...]:
    """Name what keeps the job *key* on *picture* from being done when it is set aside."""
    versions = (each.version_id for each in picture.files())
    return (*versions, *_enlargements(picture), key)


async def blame(catalog: Catalog, picture: Picture, key: str, cause: str, now: datetime) -> None:
    """Set aside what keeps killing workers, so that it cannot take its neighbours down with it.

    *key* names the job on *picture* that has failed, and *cause* says how, as `RenderFailed` does.
    """
    blamed, crashed = _blamed(picture, cause), cause == "crash"
    for subject in blamed:
        if await catalog.record_crash(subject, now) >= FAILURES:
            await catalog.quarantine(subject, None if crashed else now + ENLARGEMENT_QUARANTINE)
            (log.error if crashed else log.warning)("quarantined", subject=subject, cause=cause)
    if cause in _SPENT or (crashed and not blamed):
        await catalog.quarantine(key, now + KEY_QUARANTINE)
        log.warning("variant quarantined", version=picture.version_id, key=key, cause=cause)


def _blamed(picture: Picture, cause: str) -> frozenset[str]:
    """Name what a failure counts against. Of a crash with layers, nobody knows whose fault it was."""
    if cause in _SPENT:
        return _enlargements(picture)
    versions = frozenset(each.version_id for each in picture.files())
    return versions if cause == "crash" and len(versions) == 1 else frozenset()


def _enlargements(picture: Picture) -> frozenset[str]:
    return frozenset(enlargement(each.version_id) for each in picture.files() if each.enlarged)


def _any(subjects: Iterable[str], held: Mapping[str, datetime | None], now: datetime) -> bool:
    return any(subject in held and _lasts(held[subject], now) for subject in subjects)


def _lasts(until: datetime | None, now: datetime) -> bool:
    return until is None or until > now
