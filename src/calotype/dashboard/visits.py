"""One request to a page: who makes it, and what they filled in.

Law: every POST is proven to come from our own pages before anything else is looked at; and a page of somebody's
account is never kept by any cache.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from calotype.dashboard import cookies
from calotype.dialects.imgpro.errors import headers_of, log_failure, status_of
from calotype.domain.accounts import Account
from calotype.domain.workspaces import Ability, Workspace
from calotype.errors import CalotypeError
from calotype.ports import Platform
from calotype.services import signing_in
from calotype.services.access import Caller
from calotype.services.admission import DAY_S
from calotype.services.attempts import count
from calotype.web.forms import Fields, check_origin, receive_fields
from calotype.web.requests import current_request_id
from calotype.web.site import Site

NO_STORE = {"Cache-Control": "no-store"}
CHANGES_PER_DAY = 300
"""Forms that one account may send: a key that is made leaves a row behind, and so does one that is revoked."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request, with the fields of its form if it is a POST."""

    platform: Platform
    site: Site
    request: Request
    fields: Fields

    @property
    def token(self) -> str:
        """The session's token, as the browser sent it; empty when it sent none."""
        return cookies.token_of(self.request, self.platform.settings)

    async def account(self) -> Account | None:
        """Find who is signed in, if anybody is."""
        return await signing_in.session_account(self.platform, self.token) if self.token else None

    def page(
        self,
        template: str,
        *,
        status: int = 200,
        error: CalotypeError | None = None,
        forms_to: str = "",
        **values: object,
    ) -> Response:
        """Make a page that no cache keeps; what was wrong with a form is its *error*, whose status it has.

        *forms_to* is as `Site.page` has it.
        """
        headers = {**NO_STORE, **(headers_of(error) if error else {})}
        status = status_of(error) if error else status
        return self.site.page(
            template, status=status, headers=headers, forms_to=forms_to, error=error, **values
        )

    def redirect(self, path: str) -> Response:
        """Send the browser to a page of ours, to be asked for with GET."""
        return RedirectResponse(f"{self.site.root}{path}", 303, NO_STORE)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is signed in, and the workspace that is theirs."""

    account: Account
    workspace: Workspace

    @property
    def caller(self) -> Caller:
        """The same as the services know it: whoever owns a workspace may do everything in it."""
        return Caller(self.workspace, frozenset(Ability), f"account {self.account.id}")


Endpoint = Callable[[Visit], Awaitable[Response]]
MemberEndpoint = Callable[[Visit, Member], Awaitable[Response]]


def signed_in(page: MemberEndpoint) -> Endpoint:
    """Make *page* one for those who are signed in; others sign in first, and come back.

    The page raises RateLimited for whoever has sent as many forms today as no person does.
    """

    @wraps(page)
    async def answer(visit: Visit) -> Response:
        account = await visit.account()
        workspace = await visit.platform.catalog.workspace(account.workspace_id) if account else None
        if account is None or workspace is None:
            return visit.redirect(f"/login?next={quote(_back_to(visit.request))}")
        if visit.request.method == "POST":
            await count(visit.platform, f"pages/{account.id}", CHANGES_PER_DAY, DAY_S)
        return await page(visit, Member(account, workspace))

    return answer


def _back_to(request: Request) -> str:
    """Name where to go on after signing in: this page, if asking for it again is all that it needs."""
    if request.method == "POST":
        return "/dashboard"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.scope['path']}{query}"


def door(
    platform: Platform, site: Site, verbs: dict[str, Endpoint]
) -> Callable[[Request], Awaitable[Response]]:
    """Let requests in to the pages of one path, by their method; what is refused is a page too."""

    async def answer(request: Request) -> Response:
        try:
            page = verbs["GET" if request.method == "HEAD" else request.method]
            return await page(Visit(platform, site, request, await _fields(platform, request)))
        except CalotypeError as error:
            return refused(site, error)

    return answer


async def _fields(platform: Platform, request: Request) -> Fields:
    if request.method != "POST":
        return {}
    settings = platform.settings
    check_origin(request, settings.base_url)
    return await receive_fields(request, min_rate=settings.min_upload_rate, grace_s=settings.upload_grace_s)


def refused(site: Site, error: CalotypeError) -> Response:
    """Make the page of an error that no form can show beside its field."""
    log_failure(error)
    status = status_of(error)
    request_id = current_request_id() if status >= 500 else ""
    headers = {**NO_STORE, **headers_of(error)}
    return site.page("refused.html", status=status, headers=headers, error=error, request_id=request_id)
