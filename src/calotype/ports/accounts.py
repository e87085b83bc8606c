"""The rows of those who own workspaces: accounts, and how they prove who they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from calotype.domain.accounts import Account
from calotype.domain.workspaces import Key, Workspace


class Registration(StrEnum):
    """What became of an account that was to be added."""

    ADDED = "added"
    TAKEN = "taken"
    """The workspace's slug or storage segment, or the key's id, is somebody's: draw anew."""
    VERIFIED = "verified"
    """The address has a verified account already."""
    FULL = "full"
    """The unverified accounts of the address have as many active keys as they may."""


@dataclass(frozen=True, slots=True)
class UsedLink:
    """A link that is good once, as it is remembered: a digest of it, until it would expire anyway."""

    digest: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignInCode:
    """The newest code that was sent to an address for one purpose: its digest alone."""

    email: str
    purpose: str
    digest: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in: the digest of the token that their browser holds, and until when."""

    digest: str
    account_id: str
    created_at: datetime
    expires_at: datetime


class Accounts(Protocol):
    """Accounts, each with its workspace. Each method is one transaction; those of one address wait for each other."""

    async def register(self, account: Account, workspace: Workspace, key: Key, most: int) -> Registration:
        """Add an unverified account with its workspace and its key, and their events.

        *most* is how many active keys the unverified accounts of one address may have together.
        """

    async def sign_in(self, account: Account, workspace: Workspace, now: datetime) -> Account | None:
        """Answer the account that signing in opens; where there is none yet, add *account*, verified at *now*.

        None when the workspace's slug or storage segment is taken: draw anew.
        """

    async def adopt(self, account: Account) -> bool:
        """Add *account* for a workspace that is there already; False when that is somebody's."""

    async def verify(self, account_id: str, now: datetime, link: UsedLink | None = None) -> Account | None:
        """Mark the account and its workspace as verified, and keep for good what would have expired for that.

        With *link*, it is used up in the same transaction. None when there is no such account.
        The moment of the first verification stays. Assets that have expired at *now* stay expired.

        Raises:
            LinkUsed: somebody used it before; nothing is changed then.
        """

    async def account(self, account_id: str) -> Account | None:
        """Find an account by id."""

    async def of_email(self, email: str) -> Sequence[Account]:
        """List the accounts that bear an address, oldest first."""

    async def listed(self, after: str = "", limit: int = 1000) -> Sequence[Account]:
        """Page through all accounts, by id."""


class SignIns(Protocol):
    """What proves who somebody is: codes, sessions, and links that are good once. Each method is one transaction."""

    async def put_code(self, code: SignInCode, now: datetime) -> None:
        """Keep a code, with no attempt counted, in place of the one before; sweep some that are over at *now*."""

    async def try_code(self, email: str, purpose: str, now: datetime, most: int) -> str | None:
        """Count an attempt, and answer the code's digest; None when there is none, or *most* were made."""

    async def take_code(self, email: str, purpose: str, digest: str) -> bool:
        """Remove the code; False when somebody else was first."""

    async def open_session(self, session: Session, now: datetime) -> None:
        """Keep a session, and sweep some that are over at *now*."""

    async def session_account(self, digest: str, now: datetime) -> Account | None:
        """Find whose session it is; None when it is unknown or over."""

    async def close_session(self, digest: str) -> None:
        """Forget a session, if it is there."""

    async def use_link(self, link: UsedLink, now: datetime) -> bool:
        """Remember that a link was used, and sweep some that are over at *now*; False when it was used before."""
