"""Idempotency keys in memory. Law: no method awaits, so each is as indivisible as a transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from calotype.ports import Attempt


class MemoryRequestsSeen:
    """The attempts in a dict. What each method means stands at the port, `calotype.ports.RequestsSeen`."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Attempt] = {}

    async def claim(self, attempt: Attempt, now: datetime) -> Attempt:
        """Remember *attempt*, or answer what is remembered under its key."""
        self._seen = {place: each for place, each in self._seen.items() if each.expires_at > now}
        seen = self._seen.get(_place(attempt))
        if seen is None:
            self._seen[_place(attempt)] = attempt
            return attempt
        if seen.fingerprint != attempt.fingerprint or not seen.dead(now):
            return seen
        self._seen[_place(attempt)] = taken = replace(attempt, reserved_id=seen.reserved_id)
        return taken

    async def hold(self, attempt: Attempt, until: datetime) -> bool:
        """Move the end of the hold; False when it is not the attempt's any more."""
        seen = self._seen.get(_place(attempt))
        if seen is None or seen.holder != attempt.holder or seen.asset_id is not None:
            return False
        self._seen[_place(attempt)] = replace(seen, held_until=until)
        return True

    async def finish(self, attempt: Attempt, asset_id: str) -> None:
        """Note the outcome."""
        seen = self._seen.get(_place(attempt))
        if seen is not None and seen.reserved_id == attempt.reserved_id:
            self._seen[_place(attempt)] = replace(seen, asset_id=asset_id)

    async def forget(self, attempt: Attempt, now: datetime) -> None:
        """Forget it if it is dead."""
        seen = self._seen.get(_place(attempt))
        if seen is not None and seen.holder == attempt.holder and seen.dead(now):
            del self._seen[_place(attempt)]


def _place(attempt: Attempt) -> tuple[str, str]:
    return attempt.workspace_id, attempt.key
