"""Requests that must not take effect twice, remembered under the key that their sender gave each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request under an idempotency key, as it is remembered."""

    workspace_id: str
    key: str
    fingerprint: str
    """Of the parsed request: the same for every repetition, whatever its bytes looked like."""
    reserved_id: str
    """The id that its asset will have. It is there before the asset is, so that both cannot be told apart."""
    holder: str
    """Whoever runs it: a random word."""
    held_until: datetime
    """When nobody runs it any more, unless the holder says so again."""
    expires_at: datetime
    """When it is forgotten."""
    asset_id: str | None = None
    """The asset that came of it, which was there before when it is not the reserved one; None while it runs."""

    def dead(self, now: datetime) -> bool:
        """Whether it has ended without an outcome, as far as is known here."""
        return self.asset_id is None and self.held_until <= now


class RequestsSeen(Protocol):
    """The attempts that are remembered: at most one for each workspace and key. Each method is one transaction."""

    async def claim(self, attempt: Attempt, now: datetime) -> Attempt:
        """Remember *attempt* and answer it; when one is remembered under its key already, answer that.

        An expired one is replaced. A dead one with the same fingerprint is taken over: the answer is *attempt* with
        the reserved id of the dead one.
        """

    async def hold(self, attempt: Attempt, until: datetime) -> bool:
        """Move the end of the hold; False when its holder is another by now, or it has an outcome."""

    async def finish(self, attempt: Attempt, asset_id: str) -> None:
        """Note the outcome, whoever holds it."""

    async def forget(self, attempt: Attempt, now: datetime) -> None:
        """Forget it if it is dead, and still what *attempt* says."""
