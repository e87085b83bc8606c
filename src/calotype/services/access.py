"""Who is asking, and what they may do.

Law: a credential that is present and wrong is refused; it never turns into "nobody".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from calotype.domain.workspaces import ANONYMOUS, KEY_LOOKUP_CHARS, Ability, Key, KeyKind, Workspace
from calotype.errors import Forbidden, NotFound, Unauthorized
from calotype.ports import Platform

SECRET_CHARS = 200
"""Nothing that we hand out is longer; what is, is not looked up."""

_NOBODY = Key("", "", "", "", "0" * 64, frozenset(), datetime.min.replace(tzinfo=UTC))
"""Compared with when no key has the prefix, so that unknown and wrong keys cost the same."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request. Without a key: the reserved workspace, and no ability."""

    workspace: Workspace
    abilities: frozenset[Ability] = frozenset()
    key_id: str = ""
    """Empty for whoever sent no credential."""

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

    def owns(self, workspace_id: str) -> bool:
        """Whether what lives in this workspace is theirs; what is anonymous is nobody's."""
        return not self.anonymous and self.workspace.id == workspace_id


def operator(workspace: Workspace) -> Caller:
    """Let whoever sits at the machine, and types commands there, do everything in *workspace*."""
    return Caller(workspace, frozenset(Ability), "operator")


async def authenticate(platform: Platform, authorization: str | None) -> Caller:
    """Find out who sends this `Authorization` header; None, and only None, is anonymous.

    Raises:
        Unauthorized: the header is malformed, of another scheme, or its key is unknown or revoked.
    """
    if authorization is None:
        return Caller(await _workspace(platform, ANONYMOUS))
    secret = _bearer(authorization)
    found = await platform.catalog.keys_by_lookup(secret[:KEY_LOOKUP_CHARS])
    matching = [key for key in (found or (_NOBODY,)) if key.matches(secret) and key.kind is KeyKind.BEARER]
    workspace = await platform.catalog.workspace(matching[0].workspace_id) if matching else None
    if workspace is None:
        raise Unauthorized
    return Caller(workspace, matching[0].abilities, matching[0].id)


def _bearer(authorization: str) -> str:
    """Read a bearer token (RFC 6750, 2.1); the scheme's case does not matter (RFC 9110, 11.1)."""
    scheme, _, token = authorization.partition(" ")
    secret = token.strip(" ")
    if (
        scheme.lower() != "bearer"
        or not secret.isascii()
        or not KEY_LOOKUP_CHARS < len(secret) <= SECRET_CHARS
    ):
        raise Unauthorized
    return secret


async def _workspace(platform: Platform, slug: str) -> Workspace:
    workspace = await platform.catalog.workspace_by_slug(slug)
    if workspace is None:
        raise NotFound(f"There is no workspace {slug!r}; `calotype migrate` makes it.")
    return workspace
