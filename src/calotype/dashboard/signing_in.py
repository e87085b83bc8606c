"""Signing in, which is signing up too: an e-mail address, and the code that was sent there.

Law: a page never tells whether an address has an account; each sign-in has a session of its own; and nobody is sent
on to another site.
"""

from __future__ import annotations

from starlette.responses import Response

from calotype.dashboard import cookies
from calotype.dashboard.visits import Member, Visit
from calotype.dialects.imgpro.callers import address_of
from calotype.domain.accounts import Account
from calotype.errors import CodeInvalid, Invalid, RateLimited
from calotype.services import keys, signing_in
from calotype.web.forms import first, local_path

HOME = "/dashboard"


async def ask(visit: Visit) -> Response:
    """Ask for an e-mail address; whoever is signed in goes on at once."""
    if await visit.account():
        return visit.redirect(_next(visit))
    return _address_page(visit)


async def register(visit: Visit) -> Response:
    """Ask the same in the words for those who are new."""
    if await visit.account():
        return visit.redirect(_next(visit))
    return _address_page(visit, new=True)


async def again(visit: Visit) -> Response:
    """Begin anew where only a form leads: its address was typed, or opened from history."""
    return visit.redirect("/login")


async def send(visit: Visit) -> Response:
    """Send a code, and ask for it."""
    email = first(visit.fields, "email")
    try:
        email = await signing_in.send_code(visit.platform, email, signing_in.PAGES, address_of(visit.request))
    except (Invalid, RateLimited) as error:
        new = first(visit.fields, "new") == "1"
        return _address_page(visit, email=email, new=new, error=error)
    return _code_page(visit, email)


async def enter(visit: Visit) -> Response:
    """Check the code; open a session, in place of any that this browser had. Whoever is new gets a test key."""
    email, code = first(visit.fields, "email"), first(visit.fields, "code")
    try:
        account = await signing_in.check_code(visit.platform, email, signing_in.PAGES, code)
    except (CodeInvalid, Invalid) as error:
        return _code_page(visit, email, error=error)
    if visit.token:
        await signing_in.close_session(visit.platform, visit.token)
    token = await signing_in.open_session(visit.platform, account)
    max_age = int(signing_in.SESSION_LIFE.total_seconds())
    return cookies.keep(await _welcome(visit, account), visit.platform.settings, token, max_age)


async def leave(visit: Visit) -> Response:
    """Sign out: the session is over here, and the browser forgets its token."""
    if visit.token:
        await signing_in.close_session(visit.platform, visit.token)
    return cookies.forget(visit.redirect("/"), visit.platform.settings)


async def _welcome(visit: Visit, account: Account) -> Response:
    """Go on; but first of all show the test key that an account begins with, this once."""
    workspace = await visit.platform.catalog.workspace(account.workspace_id)
    made = await keys.first_test_key(visit.platform, workspace) if workspace else None
    if workspace is None or made is None:
        return visit.redirect(_next(visit))
    _, secret = made
    member = Member(account, workspace)
    return visit.page("first_key.html", status=201, member=member, secret=secret, next=_next(visit))


def _next(visit: Visit) -> str:
    raw = first(visit.fields, "next") or visit.request.query_params.get("next", "")
    return local_path(raw, HOME)


def _address_page(
    visit: Visit, *, email: str = "", new: bool = False, error: Invalid | RateLimited | None = None
) -> Response:
    return visit.page("sign_in.html", email=email, new=new, next=_next(visit), error=error)


def _code_page(visit: Visit, email: str, error: CodeInvalid | Invalid | None = None) -> Response:
    return visit.page("code.html", email=email, next=_next(visit), error=error)
