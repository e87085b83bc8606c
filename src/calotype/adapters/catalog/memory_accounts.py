"""Accounts and sign-ins in memory, beside the catalog in memory.

Law: no method waits for anything, so each is as indivisible as a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.domain.accounts import Account, signed_in
from calotype.domain.workspaces import Key, Workspace
from calotype.errors import LinkUsed
from calotype.ports.accounts import Registration, Session, SignInCode, UsedLink


class MemorySignIns:
    """Codes, sessions and used links in dicts. What each method means: `calotype.ports.SignIns`."""

    def __init__(self, accounts: dict[str, Account]) -> None:
        """Share *accounts*, by id, with `MemoryAccounts`."""
        self._accounts = accounts
        self._codes: dict[tuple[str, str], SignInCode] = {}
        self._attempts: dict[tuple[str, str], int] = {}
        self._sessions: dict[str, Session] = {}
        self._used: dict[str, datetime] = {}

    async def put_code(self, code: SignInCode, now: datetime) -> None:
        """Keep a code in place of the one before."""
        self._codes = {place: kept for place, kept in self._codes.items() if kept.expires_at > now}
        self._codes[code.email, code.purpose] = code
        self._attempts[code.email, code.purpose] = 0

    async def try_code(self, email: str, purpose: str, now: datetime, most: int) -> str | None:
        """Count an attempt, and answer the code's digest; None when none is left."""
        code = self._codes.get((email, purpose))
        if code is None or code.expires_at <= now or self._attempts[email, purpose] >= most:
            return None
        self._attempts[email, purpose] += 1
        return code.digest

    async def take_code(self, email: str, purpose: str, digest: str) -> bool:
        """Remove the code; False when somebody else was first."""
        code = self._codes.get((email, purpose))
        if code is None or code.digest != digest:
            return False
        del self._codes[email, purpose]
        return True

    async def open_session(self, session: Session, now: datetime) -> None:
        """Keep a session."""
        self._sessions = {digest: kept for digest, kept in self._sessions.items() if kept.expires_at > now}
        self._sessions[session.digest] = session

    async def session_account(self, digest: str, now: datetime) -> Account | None:
        """Find whose session it is."""
        session = self._sessions.get(digest)
        return self._accounts.get(session.account_id) if session and session.expires_at > now else None

    async def close_session(self, digest: str) -> None:
        """Forget a session."""
        self._sessions.pop(digest, None)

    async def use_link(self, link: UsedLink, now: datetime) -> bool:
        """Remember that a link was used; False when it was used before."""
        self._used = {digest: until for digest, until in self._used.items() if until > now}
        if link.digest in self._used:
            return False
        self._used[link.digest] = link.expires_at
        return True


class MemoryAccounts:
    """Accounts in a dict. What each method means stands at the port, `calotype.ports.Accounts`."""

    def __init__(self, catalog: MemoryCatalog) -> None:
        """Keep their workspaces, keys and assets in *catalog*."""
        self._catalog = catalog
        self._accounts: dict[str, Account] = {}
        self.sign_ins = MemorySignIns(self._accounts)

    async def register(self, account: Account, workspace: Workspace, key: Key, most: int) -> Registration:
        """Add an unverified account with its workspace and its key, unless the address may have no more."""
        there = await self.of_email(account.email)
        if signed_in(there):
            return Registration.VERIFIED
        keys = [each for one in there for each in await self._catalog.keys(one.workspace_id)]
        if sum(each.revoked_at is None for each in keys) >= most:
            return Registration.FULL
        taken = {each.id for each in await self._catalog.keys()}
        if key.id in taken or not await self._catalog.add_workspace(workspace):
            return Registration.TAKEN
        self._accounts[account.id] = account
        await self._catalog.add_key(key)
        return Registration.ADDED

    async def sign_in(self, account: Account, workspace: Workspace, now: datetime) -> Account | None:
        """Answer the account that signing in opens, which is *account* where there was none."""
        there = signed_in(await self.of_email(account.email))
        if there:
            return there
        if not await self._catalog.add_workspace(workspace):
            return None
        self._accounts[account.id] = new = replace(account, verified_at=now)
        return new

    async def adopt(self, account: Account) -> bool:
        """Add *account* for a workspace that is there; False when that is somebody's."""
        if any(each.workspace_id == account.workspace_id for each in self._accounts.values()):
            return False
        self._accounts[account.id] = account
        return True

    async def verify(self, account_id: str, now: datetime, link: UsedLink | None = None) -> Account | None:
        """Verify the account and its workspace, and keep what would have expired for that."""
        if link and not await self.sign_ins.use_link(link, now):
            raise LinkUsed
        before = self._accounts.get(account_id)
        if before is None:
            return None
        self._accounts[account_id] = account = replace(before, verified_at=before.verified_at or now)
        await self._catalog.update_workspace(account.workspace_id, lambda old: replace(old, verified=True))
        self._catalog.keep_provisional(account.workspace_id, now)
        return account

    async def account(self, account_id: str) -> Account | None:
        """Find an account by id."""
        return self._accounts.get(account_id)

    async def of_email(self, email: str) -> Sequence[Account]:
        """List the accounts that bear an address, oldest first."""
        found = [each for each in self._accounts.values() if each.email == email]
        return sorted(found, key=lambda each: (each.created_at, each.id))

    async def listed(self, after: str = "", limit: int = 1000) -> Sequence[Account]:
        """Page through all accounts, by id."""
        found = sorted(self._accounts.values(), key=lambda each: each.id)
        return [each for each in found if each.id > after][:limit]
