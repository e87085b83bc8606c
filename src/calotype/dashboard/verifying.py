"""The page behind the link of a verification mail, and the form that has another one sent.

Law: opening the link changes nothing, for mail scanners open it too; one press then confirms, or disowns.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from calotype.dashboard.visits import Visit
from calotype.dialects.imgpro.callers import address_of
from calotype.errors import Invalid, LinkInvalid, RateLimited
from calotype.services import verifying
from calotype.web.forms import first


async def ask(visit: Visit) -> Response:
    """Ask whether the key that the link is about is the reader's; without a link, offer to send one."""
    query = visit.request.query_params
    if not query:
        return _sending_page(visit)
    try:
        claim = await verifying.read(visit.platform, query)
    except LinkInvalid as error:
        return _sending_page(visit, error=error)
    return visit.page("verify.html", claim=claim, query=query)


async def answer(visit: Visit) -> Response:
    """Confirm the address, or switch off the key that its owner did not make."""
    query = _query(visit)
    try:
        if first(visit.fields, "answer") == "disown":
            claim = await verifying.disown(visit.platform, query)
            return visit.page("disowned.html", key=claim.key)
        await verifying.confirm(visit.platform, query)
    except LinkInvalid as error:
        return _sending_page(visit, error=error)
    return visit.page("verified.html")


async def send(visit: Visit) -> Response:
    """Send another link to an address, if a key waits for it there; whether one does is not told."""
    email = first(visit.fields, "email")
    try:
        await verifying.send_again(visit.platform, email, address_of(visit.request))
    except (Invalid, RateLimited) as error:
        return _sending_page(visit, email=email, error=error)
    return visit.page("verify_sent.html", email=email)


def _query(visit: Visit) -> Mapping[str, str]:
    return {name: first(visit.fields, name) for name in ("t", "exp", "sig")}


def _sending_page(
    visit: Visit, *, email: str = "", error: Invalid | LinkInvalid | RateLimited | None = None
) -> Response:
    return visit.page("verify_send.html", email=email, error=error)
