"""Who is asking, and what they may do.

Law: a credential that is present and wrong is refused; it never turns into "nobody".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from calotype.domain.apps import ID, App, AppUser
from calotype.domain.workspaces import ANONYMOUS, KEY_LOOKUP_CHARS, Ability, Key, KeyKind, Workspace
from calotype.errors import Forbidden, NotFound, Unauthorized, WorkspaceUnavailable
from calotype.ports import Platform

SECRET_CHARS = 200
"""Nothing that we hand out is longer; what is, is not looked up."""

_FOR_APPS = "Only an app's secret, img_sk_live_…, may ask this."
_NOBODY = Key("", "", "", "", "0" * 64, frozenset(), datetime.min.replace(tzinfo=UTC))
"""Compared with when no key has the prefix, so that unknown and wrong keys cost the same."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request. Without a key: the reserved workspace, and no ability."""

    workspace: Workspace
    abilities: frozenset[Ability] = frozenset()
    key_id: str = ""
    """Empty for whoever sent no credential."""
    app: App | None = None
    """The app whose secret was sent."""
    user: AppUser | None = None
    """The user whom the app acts for; None: it acts on its own storage."""

    @property
    def anonymous(self) -> bool:
        """Whether no credential was sent."""
        return not self.key_id

    def need(self, ability: Ability) -> None:
        """Let pass who may do this to their own workspace.

        Raises:
            Unauthorized: no credential was sent.
            Forbidden: the key lacks *ability*.
        """
        if self.anonymous:
            raise Unauthorized
        if ability not in self.abilities:
            raise Forbidden(f"Insufficient permissions: the key has no {ability} ability.")

    @property
    def confined(self) -> bool:
        """Whether nothing outside of the workspace is there for them, be it public or not, as for an app."""
        return self.app is not None

    def need_app(self) -> App:
        """Let pass an app, whomever it acts for, and answer which.

        Raises:
            Unauthorized: no credential was sent.
            Forbidden: it is no app's secret.
        """
        if self.app is None:
            raise Unauthorized if self.anonymous else Forbidden(_FOR_APPS)
        return self.app

    def owns(self, workspace_id: str) -> bool:
        """Whether what lives in this workspace is theirs; what is anonymous is nobody's."""
        return not self.anonymous and self.workspace.id == workspace_id


def operator(workspace: Workspace) -> Caller:
    """Let whoever sits at the machine, and types commands there, do everything in *workspace*."""
    return Caller(workspace, frozenset(Ability), "operator")


async def authenticate(platform: Platform, authorization: str | None, user_id: str | None = None) -> Caller:
    """Find out who sends this `Authorization` header; None, and only None, is anonymous.

    *user_id* is whom an app acts for, the header `X-Img-User`; it means nothing beside any other credential.

    Raises:
        Unauthorized: the header is malformed, of another scheme, or its key is unknown or revoked.
        NotFound: the app has no user of that id.
        AppSuspended, AppBlocked, WorkspaceUnavailable: the app may not act, or not for this user.
    """
    if authorization is None:
        return Caller(await _workspace(platform, ANONYMOUS))
    key = await _key(platform, authorization)
    if key.kind is KeyKind.APP:
        return await _acting(platform, key, await _app(platform, key), user_id)
    workspace = await platform.catalog.workspace(key.workspace_id)
    if workspace is None:
        raise Unauthorized
    return Caller(workspace, key.abilities, key.id)


async def authenticate_processing(platform: Platform, secret: str | None) -> Caller:
    """Find out who sends this key of IMG Processing, the header `x-api-key`: there nobody is anonymous.

    Raises:
        Unauthorized: there is none, or it is unknown, revoked, or a key of another API.
    """
    if secret is None:
        raise Unauthorized("Send an API key as x-api-key.")
    key = await _matching(platform, secret, _PROCESSING)
    workspace = await platform.catalog.workspace(key.workspace_id)
    if workspace is None:
        raise Unauthorized
    return Caller(workspace, key.abilities, key.id)


async def _key(platform: Platform, authorization: str) -> Key:
    return await _matching(platform, _bearer(authorization), _BEARER)


async def _matching(platform: Platform, secret: str, kinds: frozenset[KeyKind]) -> Key:
    """Find the active key of one of *kinds* whose secret this is."""
    if not secret.isascii() or not KEY_LOOKUP_CHARS < len(secret) <= SECRET_CHARS:
        raise Unauthorized
    found = await platform.catalog.keys_by_lookup(secret[:KEY_LOOKUP_CHARS])
    matching = [key for key in (found or (_NOBODY,)) if key.matches(secret) and key.kind in kinds]
    if not matching:
        raise Unauthorized
    return matching[0]


_BEARER = frozenset({KeyKind.BEARER, KeyKind.APP})
"""The kinds that are sent as bearer keys."""
_PROCESSING = frozenset({KeyKind.PROCESSING})


async def _app(platform: Platform, key: Key) -> App:
    """Find the app whose secret *key* is, and that may act."""
    app = await platform.apps.app_of_storage(key.workspace_id)
    if app is None:
        raise Unauthorized
    app.check_active()
    return app


async def _acting(platform: Platform, key: Key, app: App, user_id: str | None) -> Caller:
    """Let *app* act for one of its users, or without *user_id* on its own storage."""
    user = None if user_id is None else await _user(platform, app, user_id)
    workspace = await platform.catalog.workspace(user.workspace_id if user else app.workspace_id)
    if workspace is None:
        raise WorkspaceUnavailable
    return Caller(workspace, key.abilities, key.id, app, user)


async def _user(platform: Platform, app: App, user_id: str) -> AppUser:
    user = await platform.apps.user(user_id) if ID.match(user_id) else None
    if user is None or user.app_id != app.id:
        raise NotFound("This app has no such user.")
    if user.disconnected_at is not None:
        raise WorkspaceUnavailable
    return user


def _bearer(authorization: str) -> str:
    """Read a bearer token (RFC 6750, 2.1); the scheme's case does not matter (RFC 9110, 11.1)."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized
    return token.strip(" ")


async def _workspace(platform: Platform, slug: str) -> Workspace:
    workspace = await platform.catalog.workspace_by_slug(slug)
    if workspace is None:
        raise NotFound(f"There is no workspace {slug!r}; `calotype migrate` makes it.")
    return workspace
