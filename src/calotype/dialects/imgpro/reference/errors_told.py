"""Every error of the API for people: code, status, type, cause, fix, action. One table for the page and the docs."""

from __future__ import annotations

from dataclasses import dataclass

from calotype.dialects.imgpro.errors import STATUSES
from calotype.dialects.imgpro.modern_errors import type_of
from calotype.dialects.imgpro.reference import refusals
from calotype.web.unread import LARGE_HEAD, LONG_TARGET

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


_BAD = "invalid_request_error"
BEYOND = (
    Told(
        LONG_TARGET.code, LONG_TARGET.status.value, _BAD, LONG_TARGET.message,
        "Send what is long in a body, or ask for fewer things at once.", "",
    ),
    Told(
        LARGE_HEAD.code, LARGE_HEAD.status.value, _BAD, LARGE_HEAD.message,
        "Send fewer headers or cookies; the operator can raise CALOTYPE_MAX_HEADER_BYTES.", "",
    ),
)  # fmt: skip
"""What is no error of the core's: the router refuses it, or whoever reads HTTP does."""


def every_error() -> list[Told]:
    """Tell every error of the API, by status."""
    return sorted([*_of_the_core(), *BEYOND], key=lambda each: (each.status, each.code))


def _of_the_core() -> list[Told]:
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
        for code, status in STATUSES.items()
        if code != "error"
    ]
