"""Verification: a link by mail proves an address, and what its account stored stays for good.

Law: mail scanners follow links too, so following one changes nothing: a person then confirms, or says that the
key is not theirs. Nobody but the mail's reader ever sees the link.

Why so: docs/adr/0026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calotype.domain.accounts import Account, email_address
from calotype.domain.workspaces import Key
from calotype.errors import LinkInvalid, LinkUsed, NotFound
from calotype.ports import Platform
from calotype.services import links, mails
from calotype.services.attempts import count_hourly
from calotype.services.links import Purpose


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that somebody made in the name of an address, which nobody has confirmed yet."""

    account: Account
    key: Key


async def send_link(platform: Platform, claim: Claim) -> None:
    """Mail the link that confirms *claim*."""
    query = links.sign(platform, Purpose.VERIFY, claim.account.id)
    url = f"{platform.settings.base_url}/verify?{query}"
    mail = mails.verification(platform.settings, claim.account.email, claim.key, url)
    await mails.send(platform, mail, links.LIFETIMES[Purpose.VERIFY])


async def send_again(platform: Platform, email: str, address: str) -> None:
    """Mail a new link for each key that waits for *email* to be confirmed; asked for from the IP *address*.

    Whether there are any is not told.

    Raises:
        Invalid: *email* is no address.
        RateLimited: too many were asked for, for the address or from the network.
    """
    email = email_address(email)
    await count_hourly(platform, "links", email, address)
    for claim in await waiting(platform, email):
        await send_link(platform, claim)


async def waiting(platform: Platform, email: str) -> list[Claim]:
    """List the keys that wait for *email*, an address as it is kept, to be confirmed; oldest first."""
    accounts = [each for each in await platform.accounts.of_email(email) if not each.verified]
    keys = [(account, await _active_key(platform, account)) for account in accounts]
    return [Claim(account, key) for account, key in keys if key]


async def read(platform: Platform, query: Mapping[str, str]) -> Claim:
    """Read what the link with *query* would confirm; this changes nothing.

    Raises:
        LinkInvalid, LinkExpired: it is none of ours, or its time is over.
        LinkUsed: its account is confirmed, or its key switched off.
    """
    return (await _open(platform, query))[1]


async def confirm(platform: Platform, query: Mapping[str, str]) -> Account:
    """Verify the account of the link with *query*: its images stay for good, from the next request on.

    Raises:
        LinkInvalid, LinkExpired, LinkUsed: as `read`; of two who confirm at once, one is told so.
    """
    link, claim = await _open(platform, query)
    account = await platform.accounts.verify(claim.account.id, platform.clock(), link.used())
    if account is None:
        raise LinkInvalid
    return account


async def disown(platform: Platform, query: Mapping[str, str]) -> Claim:
    """Switch off the key of the link with *query*, which the address's owner did not make.

    Raises:
        LinkInvalid, LinkExpired, LinkUsed: as `read`.
    """
    link, claim = await _open(platform, query)
    await links.use(platform, link)
    await _switch_off(platform, claim)
    return claim


async def confirm_own(platform: Platform, owner: Account, account_id: str) -> Account:
    """Verify an account that bears the address which *owner*, who is signed in, has proven: no link is needed.

    Raises:
        NotFound: no key of that account waits for this address.
    """
    claim = await _own(platform, owner, account_id)
    verified = await platform.accounts.verify(claim.account.id, platform.clock())
    return verified or claim.account


async def disown_own(platform: Platform, owner: Account, account_id: str) -> None:
    """Switch off the key of an account that bears the address of *owner*, who did not make it.

    Raises:
        NotFound: as `confirm_own`.
    """
    await _switch_off(platform, await _own(platform, owner, account_id))


async def _own(platform: Platform, owner: Account, account_id: str) -> Claim:
    for claim in await waiting(platform, owner.email) if owner.verified else ():
        if claim.account.id == account_id:
            return claim
    raise NotFound("No such key waits to be confirmed.")


async def _switch_off(platform: Platform, claim: Claim) -> None:
    for key in await platform.catalog.keys(claim.account.workspace_id):
        await platform.catalog.revoke_key(key.id, platform.clock())


async def _open(platform: Platform, query: Mapping[str, str]) -> tuple[links.Link, Claim]:
    link = links.read(platform, Purpose.VERIFY, query)
    account = await platform.accounts.account(link.subject)
    if account is None:
        raise LinkInvalid
    key = await _active_key(platform, account)
    if account.verified or key is None:
        raise LinkUsed
    return link, Claim(account, key)


async def _active_key(platform: Platform, account: Account) -> Key | None:
    keys = await platform.catalog.keys(account.workspace_id)
    return next((key for key in keys if key.revoked_at is None), None)
