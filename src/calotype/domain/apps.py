"""Apps: products whose users sign in here, and whose backends act on those users' images with one secret.

Law: a redirect URI is compared character by character, and what could be read in two ways is never registered
(RFC 9700, 2.1); so nothing that a visitor writes into a link decides where a code goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote, urlencode, urlsplit

from calotype.domain.assets import UNSAFE, storable
from calotype.errors import AppBlocked, AppSuspended, Invalid

ID_CHARS = 8
ID = re.compile(r"[a-z0-9]{8}\Z")
"""Of an app and of a user alike: short enough for a header, and worth nothing without the app's secret."""

NAME_CHARS = 60
"""It stands in a heading that strangers read."""
REDIRECT_URIS_MAX = 10
REDIRECT_URI_CHARS = 2000
STATE = re.compile(r"[ -~]{0,1024}\Z")
"""Printable ASCII (RFC 6749, A.5): it passes through a form and back unchanged."""
CODE_LIFE = timedelta(minutes=5)

# Lower-case names only, no user info, no fragment, no backslash: browsers and servers disagree about those.
# HTTP is for loopback, where a developer's own machine listens (RFC 8252, 7.3).
_REDIRECT_URI = re.compile(
    r"(?:https://(?:[a-z0-9-]+\.)*[a-z0-9-]+|http://(?:localhost|127\.0\.0\.1))(?::[0-9]{1,5})?"
    r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?\Z"
)
_REDIRECT_RULE = (
    "an https URL of a host in lower case (http only for localhost and 127.0.0.1), without user name and fragment, "
    f"at most {REDIRECT_URI_CHARS:,} characters"
)


class AppStatus(StrEnum):
    """Whether an app may act."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    """By its owner."""
    BLOCKED = "blocked"
    """By the operator, who alone lifts it."""


@dataclass(frozen=True, slots=True)
class App:
    """A product that acts on its users' images. *account_id* is its owner; None: the operator."""

    id: str
    workspace_id: str
    """Its own storage, to which its secret belongs."""
    account_id: str | None
    name: str
    redirect_uris: tuple[str, ...]
    created_at: datetime
    status: AppStatus = AppStatus.ACTIVE

    def check_active(self) -> None:
        """Let an active app pass.

        Raises:
            AppSuspended, AppBlocked: it is not.
        """
        if self.status is AppStatus.SUSPENDED:
            raise AppSuspended
        if self.status is AppStatus.BLOCKED:
            raise AppBlocked

    def suspended(self) -> App:
        """Stop it, as its owner; one that is blocked stays so."""
        return self if self.status is AppStatus.BLOCKED else replace(self, status=AppStatus.SUSPENDED)

    def blocked(self) -> App:
        """Stop it, as the operator."""
        return replace(self, status=AppStatus.BLOCKED)

    def resumed(self, *, operator: bool) -> App:
        """Let it go on.

        Raises:
            AppBlocked: the operator has stopped it, and this is its owner.
        """
        if self.status is AppStatus.BLOCKED and not operator:
            raise AppBlocked
        return replace(self, status=AppStatus.ACTIVE)


@dataclass(frozen=True, slots=True)
class AppUser:
    """One account as one app knows it, with the workspace in which that app may act."""

    id: str
    app_id: str
    account_id: str
    workspace_id: str
    created_at: datetime
    disconnected_at: datetime | None = None
    """Since when the person lets the app act no more; connecting again lets it."""


def app_name(raw: str) -> str:
    """Check the name that people are shown: 1 to 60 characters, on one line.

    Raises:
        Invalid: anything else.
    """
    name = raw.strip()
    if not 0 < len(name) <= NAME_CHARS or UNSAFE.search(name):
        raise Invalid.field("name", f"1 to {NAME_CHARS} characters, without control characters")
    return storable("name", name)


def redirect_uris(raw: Iterable[str]) -> tuple[str, ...]:
    """Check where users may be sent back to: at most 10 addresses, each once.

    Raises:
        Invalid: naming the first that is none, or there are too many.
    """
    distinct = tuple(dict.fromkeys(raw))
    if len(distinct) > REDIRECT_URIS_MAX:
        raise Invalid.field("redirect_uris", f"at most {REDIRECT_URIS_MAX}")
    for uri in distinct:
        if len(uri) > REDIRECT_URI_CHARS or not _REDIRECT_URI.match(uri) or not _port_fits(uri):
            raise Invalid.field("redirect_uris", f"{uri[:100]!r} is not {_REDIRECT_RULE}")
    return distinct


def _port_fits(uri: str) -> bool:
    try:
        return urlsplit(uri).port != 0
    except ValueError:  # above 65535
        return False


def origin_of(uri: str) -> str:
    """Give scheme, host and port of a registered redirect URI."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def sent_back(uri: str, answer: dict[str, str]) -> str:
    """Add *answer* to a registered redirect URI; its own query stays (RFC 6749, 3.1.2)."""
    joint = "&" if "?" in uri else "?"
    return f"{uri}{joint}{urlencode(answer, quote_via=quote)}"
