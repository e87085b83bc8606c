"""Every error of the API for people: code, status, type, cause, fix, action. One table for the page and the docs."""

from __future__ import annotations

from dataclasses import dataclass

from calotype.dialects.imgpro.errors import STATUSES
from calotype.dialects.imgpro.modern_errors import type_of
from calotype.dialects.imgpro.reference import refusals

ACTIONS = {
    "quota_exceeded": "`upgrade`; `verify` before the address is verified, `redirect` from the largest plan",
    "key_limit_reached": "`verify`",
    "registration_closed": "`redirect`",
}
"""Links that an error brings along; what is worth waiting for says `wait`."""


@dataclass(frozen=True, slots=True)
class Told:
    """An error, told."""

    code: str
    status: int
    type: str
    """As nested errors say."""
    cause: str
    fix: str
    action: str


def every_error() -> list[Told]:
    """Tell every error that has a row in the dialect's table, by status."""
    kinds = refusals.kinds()
    return [
        Told(
            code,
            status,
            type_of(code, status),
            refusals.cause(kinds[code]),
            kinds[code].fix,
            "`wait`" if refusals.waits(kinds[code]) else ACTIONS.get(code, ""),
        )
        for code, status in sorted(STATUSES.items(), key=lambda each: (each[1], each[0]))
        if code != "error"
    ]
