"""The hosted login: where people let an app act for them, with a code from their mail that the app never sees.

Law: a browser is sent nowhere but to a redirect URI that the app has registered, compared anew in every step; and
nobody is known here by a cookie, so no other site can bring a connection about in somebody's name.

Why so: docs/adr/0032.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from calotype.dashboard.visits import NO_STORE, Endpoint, Visit
from calotype.dialects.imgpro.callers import address_of
from calotype.domain.apps import STATE, App, origin_of, sent_back
from calotype.errors import (
    AppBlocked,
    AppSuspended,
    CodeInvalid,
    Invalid,
    NotFound,
    RateLimited,
    RegistrationClosed,
)
from calotype.services import apps, connecting, signing_in
from calotype.web.forms import Fields, first

Shown = CodeInvalid | Invalid | RateLimited | RegistrationClosed
"""What is said beside the field that it is about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks of a person, as its link says and its registration allows."""

    app: App
    redirect_uri: str
    state: str | None

    @property
    def host(self) -> str:
        """Where the person will be sent back to, as people read it."""
        return urlsplit(self.redirect_uri).netloc

    def sent_back(self, **answer: str) -> Response:
        """Send the browser back to the app with *answer*, and with the state as it came."""
        state = {} if self.state is None else {"state": self.state}
        # The code stands in this address: the app's page must not hand it on to the sites that it names.
        headers = {**NO_STORE, "Referrer-Policy": "no-referrer"}
        return RedirectResponse(sent_back(self.redirect_uri, {**answer, **state}), 303, headers)


Step = Callable[[Visit, Asked], Awaitable[Response]]


def for_app(step: Step) -> Endpoint:
    """Make *step* one of an app's login; a link that asks for what cannot be is told so here, and leads nowhere."""

    @wraps(step)
    async def answer(visit: Visit) -> Response:
        try:
            asked = await _asked(visit, _fields(visit))
        except (NotFound, Invalid, AppSuspended, AppBlocked) as error:
            return visit.page("connect_refused.html", error=error)
        return await step(visit, asked)

    return answer


@for_app
async def ask(visit: Visit, asked: Asked) -> Response:
    """Say which app asks and what it will be able to do; ask for an e-mail address."""
    return _page(visit, asked, "connect.html", email="")


@for_app
async def send(visit: Visit, asked: Asked) -> Response:
    """Send a code, and ask for it."""
    email = first(visit.fields, "email")
    try:
        email = await signing_in.send_code(visit.platform, email, _purpose(asked), address_of(visit.request))
    except (Invalid, RateLimited) as error:
        return _page(visit, asked, "connect.html", email=email, error=error)
    return _page(visit, asked, "connect_code.html", email=email)


@for_app
async def enter(visit: Visit, asked: Asked) -> Response:
    """Check the code, connect, and send the browser back with a code of the app's own."""
    email, code = first(visit.fields, "email"), first(visit.fields, "code")
    try:
        account = await signing_in.check_code(visit.platform, email, _purpose(asked), code)
    except (CodeInvalid, Invalid, RegistrationClosed) as error:
        return _page(visit, asked, "connect_code.html", email=email, error=error)
    user = await connecting.connect(visit.platform, asked.app, account)
    return asked.sent_back(code=await connecting.issue_code(visit.platform, user))


@for_app
async def cancel(_visit: Visit, asked: Asked) -> Response:
    """Send the browser back without anything."""
    return asked.sent_back(error="access_denied")


def _fields(visit: Visit) -> Fields:
    """Give what is asked: of a form its fields alone, else the parameters of the link."""
    if visit.request.method == "POST":
        return visit.fields
    query = visit.request.query_params
    return {name: query.getlist(name) for name in query}


async def _asked(visit: Visit, fields: Fields) -> Asked:
    """Read what is asked, and hold it against the app's registration.

    Raises:
        NotFound: there is no such app.
        AppSuspended, AppBlocked: it may not act.
        Invalid: the redirect URI is none of its own, a parameter is there twice, or the state cannot be kept.
    """
    app = await apps.find(visit.platform, _one(fields, "app") or "")
    app.check_active()
    redirect_uri, state = _one(fields, "redirect_uri") or "", _one(fields, "state")
    if redirect_uri not in app.redirect_uris:
        raise Invalid.field("redirect_uri", "the app has not registered this address")
    if state is not None and not STATE.match(state):
        raise Invalid.field("state", "at most 1,024 printable ASCII characters")
    return Asked(app, redirect_uri, state)


def _one(fields: Fields, name: str) -> str | None:
    """Give the one value of a parameter, to the letter: of two, each side could believe another (RFC 6749, 3.1)."""
    values = fields.get(name, ())
    if len(values) > 1:
        raise Invalid.field(name, "given more than once")
    return values[0] if values else None


def _purpose(asked: Asked) -> str:
    return f"connect:{asked.app.id}"


def _page(visit: Visit, asked: Asked, template: str, *, email: str, error: Shown | None = None) -> Response:
    """Make a page whose forms may lead, by the redirect at the end, to the app and nowhere else."""
    return visit.page(template, error=error, forms_to=origin_of(asked.redirect_uri), asked=asked, email=email)
