"""Where the limits stand, as headers: `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10.

Both are lists of structured fields (RFC 9651): a policy's name, then its parameters. `q` is how many requests fit in
`w` seconds; `r` how many more fit now, and `t` in how many seconds the window ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from calotype.services.pacing import Allowance


def rate_headers(allowances: Sequence[Allowance]) -> dict[str, str]:
    """Write *allowances*; without any, there are no headers."""
    if not allowances:
        return {}
    policies = (f'"{each.policy}";q={each.window.limit};w={each.window_s}' for each in allowances)
    states = (f'"{each.policy}";r={each.window.remaining};t={each.window.ends_in}' for each in allowances)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}
