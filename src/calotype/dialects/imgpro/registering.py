"""`POST /v1/keys`: an e-mail address becomes an account with a key that works at once (contract, 2.2).

Law: no credential is looked at, and the key is in this answer and nowhere else.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgpro.callers import address_of
from calotype.dialects.imgpro.documents import document_of
from calotype.dialects.imgpro.errors import HEADERS
from calotype.domain.accounts import email_address
from calotype.domain.plans import Plan
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.services import accounts, usage
from calotype.services.accounts import Registered
from calotype.services.keys import key_name
from calotype.web.reasons import Reasons

DEFAULT_NAME = "Default"
MIB = 1024 * 1024

_MESSAGES = {
    False: "Key active. Check your email to verify and unlock permanent storage.",
    True: "Key active.",
}
"""By whether the workspace is verified already."""


async def create(platform: Platform, request: Request) -> JSONResponse:
    """Make an account and its first key."""
    email, name = read_registration(await document_of(platform, request))
    registered = await accounts.register(platform, email, name, address_of(request))
    plan = usage.plan_for(platform.settings, registered.workspace)
    return JSONResponse(key_object(registered, plan), 201, headers=HEADERS)


def read_registration(document: object) -> tuple[str, str]:
    """Read e-mail address and name out of the JSON of a registration.

    Raises:
        Invalid: with every reason.
    """
    if not isinstance(document, dict):
        raise Invalid("The JSON must be an object.")
    reasons, email, name = Reasons(), "", ""
    with reasons.noting():
        email = email_address(_text(document, "email", ""))
    with reasons.noting():
        name = key_name(_text(document, "name", DEFAULT_NAME))
    reasons.check()
    return email, name


def key_object(registered: Registered, plan: Plan) -> dict[str, object]:
    """Show what was made; null is no limit."""
    verified = registered.workspace.verified
    retention = plan.lifetime(None, verified=verified).ttl
    storage = plan.storage_bytes
    return {
        "key": registered.secret,
        "key_id": registered.key.id,
        "status": "active",
        "verified": verified,
        "limits": {
            "uploads": plan.uploads,
            "storage_mb": None if storage is None else storage // MIB,
            "retention_days": None if retention is None else retention.days,
        },
        "message": _MESSAGES[verified],
    }


def _text(document: dict[str, object], name: str, default: str) -> str:
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise Invalid.field(name, "a string")
    return value
