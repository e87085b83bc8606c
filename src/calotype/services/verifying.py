"""Verification: a link by mail proves an address, and what its account stored stays for good.

Law: mail scanners follow links too, so following one changes nothing: a person then confirms, or says that the
key is not theirs. Nobody but the mail's reader ever sees the link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calotype.domain.accounts import Account, email_address, signed_in
from calotype.domain.workspaces import Key
from calotype.errors import LinkInvalid, LinkUsed
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
    accounts = await platform.accounts.of_email(email)
    for account in () if signed_in(accounts) else accounts:
        if key := await _active_key(platform, account):
            await send_link(platform, Claim(account, key))


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
    for key in await platform.catalog.keys(claim.account.workspace_id):
        await platform.catalog.revoke_key(key.id, platform.clock())
    return claim


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
