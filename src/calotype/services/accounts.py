"""Accounts: how they begin, with a key from the API or with the first sign-in.

Law: an address that somebody wrote down proves nothing. A key that is made so opens a workspace of its own and no
other, whoever else named the address before or after.
"""

from __future__ import annotations

from dataclasses import dataclass

from calotype.domain.accounts import UNVERIFIED_KEYS, Account, email_address, in_order, signed_in
from calotype.domain.workspaces import Ability, Key, Workspace
from calotype.errors import Action, Invalid, KeyLimitReached, NotFound, RegistrationClosed
from calotype.ports import Platform, Registration
from calotype.services import verifying
from calotype.services.attempts import count_hourly
from calotype.services.identifiers import new_id, new_word
from calotype.services.keys import draft_key, key_name
from calotype.services.verifying import Claim
from calotype.services.workspaces import STORAGE_CHARS

SLUG_CHARS = 12


@dataclass(frozen=True, slots=True)
class Registered:
    """A new account with its workspace and its key, whose *secret* is told this once."""

    account: Account
    workspace: Workspace
    key: Key
    secret: str


async def register(platform: Platform, email: str, name: str, address: str) -> Registered:
    """Make an account for *email*, with a workspace and a key called *name*, for whoever asks from the IP *address*.

    The key works at once. A mail with a link goes to the address, unless the settings verify by themselves.

    Raises:
        RegistrationClosed: this server makes no accounts, or the address has a verified one.
        Invalid: no mail could be sent to *email*, or *name* is no name.
        RateLimited: too many were asked for, for the address or from the network.
        KeyLimitReached: the address has three active keys, and was never proven.
    """
    if platform.settings.registration == "closed":
        raise RegistrationClosed("This server makes no new accounts.", action=_dashboard(platform))
    email, name = email_address(email), key_name(name)
    await count_hourly(platform, "keys", email, address)
    registered = await _register(platform, email, name)
    if not registered.workspace.verified:
        await verifying.send_link(platform, Claim(registered.account, registered.key))
    return registered


async def _register(platform: Platform, email: str, name: str) -> Registered:
    while True:
        account, workspace = new_account(platform, email, verified=platform.settings.auto_verify)
        key, secret = draft_key(platform, workspace, name, frozenset(Ability))
        match await platform.accounts.register(account, workspace, key, UNVERIFIED_KEYS):
            case Registration.ADDED:
                return Registered(account, workspace, key, secret)
            case Registration.VERIFIED:
                raise RegistrationClosed(
                    "This e-mail address has an account: sign in to make keys.", action=_dashboard(platform)
                )
            case Registration.FULL:
                action = Action(
                    "verify", f"{platform.settings.base_url}/verify", "Verify your e-mail address"
                )
                raise KeyLimitReached(
                    f"This e-mail address has {UNVERIFIED_KEYS} active keys. Verify it to make more.",
                    action=action,
                )


async def open_account(platform: Platform, email: str) -> Account:
    """Answer the verified account of *email*, an address as it is kept; it is made where there is none.

    For whoever has proven the address, or vouches for it: the operator.
    """
    while True:
        account, workspace = new_account(platform, email, verified=True)
        if opened := await platform.accounts.sign_in(account, workspace, platform.clock()):
            return opened


async def give(platform: Platform, workspace: Workspace, email: str) -> Account:
    """Make *email* the owner of *workspace*, which has none yet; for the operator, who vouches for the address.

    Raises:
        Invalid: *email* is no address, the workspace is `anonymous`, or it is somebody's.
    """
    if workspace.is_anonymous:
        raise Invalid.field("workspace", "anonymous uploads belong to nobody")
    now = platform.clock()
    account = Account(new_id(platform.random), email_address(email), workspace.id, now, now)
    if not await platform.accounts.adopt(account):
        raise Invalid.field("workspace", f"{workspace.slug!r} has an account already")
    return account


async def workspaces_of(platform: Platform, account: Account) -> list[tuple[Account, Workspace]]:
    """List the verified accounts that bear the address of *account*, each with its workspace.

    First the one that signing in opens; the others came with keys that were confirmed later.
    """
    bearing = in_order(await platform.accounts.of_email(account.email))
    found = [(each, await platform.catalog.workspace(each.workspace_id)) for each in bearing]
    return [(each, workspace) for each, workspace in found if workspace]


async def find(platform: Platform, which: str) -> Account:
    """Find an account by its id or, where no other bears it, by its e-mail address.

    Raises:
        NotFound: there is none.
        Invalid: several bear the address, and none of them is verified; the message lists their ids.
    """
    if account := await platform.accounts.account(which):
        return account
    bearing = await platform.accounts.of_email(which.lower())
    found = signed_in(bearing) or next(iter(bearing), None)
    if found is None:
        raise NotFound(f"There is no account {which!r}.")
    if not found.verified and len(bearing) > 1:
        ids = ", ".join(each.id for each in bearing)
        raise Invalid(f"Several accounts bear {which}: name one of {ids}.")
    return found


async def listed(platform: Platform) -> list[Account]:
    """List all accounts, by id."""
    found: list[Account] = []
    while page := await platform.accounts.listed(after=found[-1].id if found else ""):
        found += page
    return found


async def verify(platform: Platform, account: Account) -> Account:
    """Verify *account* as its link would, for the operator who vouches for its address.

    Raises:
        NotFound: it is gone.
    """
    verified = await platform.accounts.verify(account.id, platform.clock())
    if verified is None:
        raise NotFound(f"There is no account {account.id!r}.")
    return verified


def new_account(platform: Platform, email: str, *, verified: bool) -> tuple[Account, Workspace]:
    """Draw an account of *email* and its workspace, which keeps images for good if *verified*; nothing is stored."""
    now = platform.clock()
    workspace = Workspace(
        id=new_id(platform.random),
        slug=new_word(platform.random, SLUG_CHARS),
        storage=new_word(platform.random, STORAGE_CHARS),
        created_at=now,
        plan=platform.settings.starting_plan,
        verified=verified,
    )
    return Account(new_id(platform.random), email, workspace.id, now), workspace


def _dashboard(platform: Platform) -> Action:
    return Action("redirect", f"{platform.settings.base_url}/dashboard", "Open the dashboard")
