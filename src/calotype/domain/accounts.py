"""Accounts: an e-mail address, the workspace that was made for it, and whether the address was proven. Pure.

Law: an account is one workspace of one address. Several accounts may bear an address, for anybody can write one
down; whoever proves it by signing in is given the account that was verified first, and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from calotype.errors import Invalid

EMAIL_CHARS = 254
"""The longest address that fits the path of an SMTP command (RFC 5321, 4.5.3.1.3)."""
LOCAL_CHARS = 64
"""Before the @ (RFC 5321, 4.5.3.1.1)."""

CODE_DIGITS = 6
CODE_ATTEMPTS = 5
"""Guesses at one code: of a million, so one in 200,000 guessers is lucky."""
UNVERIFIED_KEYS = 3
"""Active keys of an address that nobody has proven."""

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
"""A dot-atom (RFC 5322, 3.2.3). Quoted forms are mailable on paper only."""
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class Account:
    """An e-mail address and its workspace. *verified_at* is when its owner proved the address; None: never yet."""

    id: str
    email: str
    workspace_id: str
    created_at: datetime
    verified_at: datetime | None = None

    @property
    def verified(self) -> bool:
        """Whether the address was proven, with this account's link or by signing in."""
        return self.verified_at is not None


def email_address(raw: str) -> str:
    """Spell an e-mail address as it is kept and compared: lower case, and ASCII, whose NFC is itself.

    Letters beyond ASCII are refused on both sides of the @: few servers take such mail, and a look-alike
    (a Cyrillic a, a Kelvin sign, which lower case turns into a k) must not pass for somebody else's address.

    Raises:
        Invalid: no mail could be sent to it.
    """
    if len(raw) > EMAIL_CHARS:
        raise Invalid.field("email", f"at most {EMAIL_CHARS} characters")
    if not raw.isascii():  # before anything folds it: NFC makes a K of the Kelvin sign
        raise Invalid.field("email", "ASCII alone; write an international domain as xn--…")
    local, at, domain = raw.lower().rpartition("@")
    labels = domain.split(".")
    if (
        not at
        or len(local) > LOCAL_CHARS
        or not _LOCAL.match(local)
        or len(labels) < 2
        or not all(_LABEL.match(label) for label in labels)
        or labels[-1].isdigit()
    ):
        raise Invalid.field("email", "one e-mail address, such as ann@example.com")
    return f"{local}@{domain}"


def in_order(accounts: Iterable[Account]) -> list[Account]:
    """List those of *accounts* that are verified, the first verified first."""
    verified = [(each.verified_at, each.id, each) for each in accounts if each.verified_at is not None]
    return [each for _, _, each in sorted(verified)]


def signed_in(accounts: Iterable[Account]) -> Account | None:
    """Choose, of the *accounts* that bear one address, the one that signing in opens; None: none is verified."""
    return next(iter(in_order(accounts)), None)
