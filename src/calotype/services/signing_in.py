"""Signing in: a six-digit code by mail proves an address, and a session remembers it.

Law: nobody learns from an answer whether an address has an account, and no guess goes uncounted. Of codes and
session tokens only digests are stored.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from calotype.domain.accounts import CODE_ATTEMPTS, CODE_DIGITS, Account, email_address, signed_in
from calotype.errors import CodeInvalid, NotFound, RegistrationClosed
from calotype.ports import Platform, Session, SignInCode
from calotype.services import mails
from calotype.services.accounts import open_account, workspaces_of
from calotype.services.admission import DAY_S, HOUR_S, network_of
from calotype.services.attempts import PER_EMAIL, PER_NETWORK, count, email_bucket
from calotype.services.identifiers import new_word

CODE_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(days=30)
SESSION_CHARS = 40

PAGES = "pages"
"""The purpose of codes for the account pages; an app's are its own."""

CODES_PER_DAY = 20
"""For one address: five guesses at each are a hundred in a million, and twenty mails that nobody asked for.

In an hour, one network gets a quarter of them: a single stranger cannot keep an address's owner out.
"""

_DERIVED_FOR = b"calotype sign-in codes 1"


async def send_code(platform: Platform, email: str, purpose: str, address: str) -> str:
    """Mail a code to *email*, for *purpose*, asked for from the IP *address*; answer how the address is kept.

    The newest code replaces the one before. Where registration is closed, an address without an account
    gets no mail, and the same answer.

    Raises:
        Invalid: no mail could be sent there.
        RateLimited: too many were asked for, for the address or from the network.
    """
    email = email_address(email)
    await _count(platform, email, network_of(address))
    code, now = new_code(platform), platform.clock()
    digest = _digest(platform, email, purpose, code)
    await platform.sign_ins.put_code(SignInCode(email, purpose, digest, now + CODE_LIFE), now)
    welcome = platform.settings.registration == "open" or signed_in(await platform.accounts.of_email(email))
    # A mail that is good for nothing is never sent, and answering takes as long as with one that is.
    good_for = CODE_LIFE if welcome else timedelta(0)
    await mails.send(platform, mails.sign_in_code(platform.settings, email, code), good_for)
    return email


async def _count(platform: Platform, email: str, network: str) -> None:
    await count(platform, f"codes/network/{network}", PER_NETWORK, HOUR_S)
    await count(platform, email_bucket("codes", f"{email} {network}"), PER_EMAIL, HOUR_S)
    await count(platform, email_bucket("codes", email), CODES_PER_DAY, DAY_S)


async def check_code(platform: Platform, email: str, purpose: str, code: str) -> Account:
    """Prove *email* by the *code* that was mailed for *purpose*, and use it up; answer the address's account.

    The account is made where there is none. Keys that strangers made in the name of the address lie in other
    workspaces: none of them opens this one.

    Raises:
        Invalid: *email* is no address.
        CodeInvalid: it is wrong, used or over, or five attempts were made; which of these is not told.
        RegistrationClosed: there is no account, and this server makes no new ones.
    """
    email = email_address(email)
    await _prove(platform, email, purpose, "".join(code.split()))
    if found := signed_in(await platform.accounts.of_email(email)):
        return found
    if platform.settings.registration == "closed":
        raise RegistrationClosed("This server makes no new accounts.")
    return await open_account(platform, email)


async def _prove(platform: Platform, email: str, purpose: str, code: str) -> None:
    stored = await platform.sign_ins.try_code(email, purpose, platform.clock(), CODE_ATTEMPTS)
    given = _digest(platform, email, purpose, code)
    if stored is None or not hmac.compare_digest(stored, given):
        raise CodeInvalid
    if not await platform.sign_ins.take_code(email, purpose, stored):
        raise CodeInvalid


async def open_session(platform: Platform, account: Account) -> str:
    """Sign *account* in for 30 days; answer the token, which is stored nowhere."""
    token, now = new_word(platform.random, SESSION_CHARS), platform.clock()
    session = Session(_token_digest(token), account.id, now, now + SESSION_LIFE)
    await platform.sign_ins.open_session(session, now)
    return token


async def session_account(platform: Platform, token: str) -> Account | None:
    """Find who is signed in with *token*; None when nobody is (any more)."""
    if len(token) != SESSION_CHARS:
        return None
    return await platform.sign_ins.session_account(_token_digest(token), platform.clock())


async def close_session(platform: Platform, token: str) -> None:
    """Sign out."""
    await platform.sign_ins.close_session(_token_digest(token))


async def switch(platform: Platform, token: str, account_id: str) -> str:
    """Turn to another verified account of the address that is signed in with *token*; answer the new token.

    Raises:
        NotFound: nobody is signed in, or the address has no such account.
    """
    account = await session_account(platform, token)
    others = await workspaces_of(platform, account) if account else []
    for other, _ in others:
        if other.id == account_id:
            await close_session(platform, token)
            return await open_session(platform, other)
    raise NotFound("There is no such workspace of yours.")


def new_code(platform: Platform) -> str:
    """Draw six digits, each code equally likely: a 64-bit number's remainder favours none by more than 10^-13."""
    number = int.from_bytes(platform.random(8)) % 10**CODE_DIGITS
    return f"{number:0{CODE_DIGITS}}"


def _digest(platform: Platform, email: str, purpose: str, code: str) -> str:
    """Hash a code with the installation's secret: of a plain hash all million codes are tried in a second."""
    key = HKDF(SHA256(), length=32, salt=None, info=_DERIVED_FOR).derive(platform.secret_key.encode())
    # An address holds no line break, nor does a purpose, so no two spell alike.
    spelt = f"{email}\n{purpose}\n{code}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, spelt, "sha256").hex()


def _token_digest(token: str) -> str:
    """Hash a token: it has 200 bits of its own, so there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
