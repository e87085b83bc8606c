"""The mails that people get, and handing them over.

Law: nothing that a stranger wrote stands in a mail, for whoever names an address could write to it. And no
request fails because a mail could not be sent: it can be asked for again.
"""

from __future__ import annotations

from datetime import timedelta
from html import escape
from urllib.parse import urlsplit

import structlog

from calotype.domain.workspaces import Key
from calotype.errors import StorageFailed
from calotype.ports import Mail, Platform
from calotype.services.jobs import mail_job
from calotype.settings import Settings

log = structlog.get_logger("calotype.mail")


async def send(platform: Platform, mail: Mail, good_for: timedelta) -> None:
    """Have *mail* sent soon, and tried again while it is *good_for* something.

    A job does it: nobody can tell by the time that an answer takes whether a mail was sent.
    """
    try:
        await platform.jobs.enqueue(mail_job(platform, mail, good_for))
    except StorageFailed:
        log.exception("mail not sent", to=mail.to)  # its subject may hold a code


def sign_in_code(settings: Settings, to: str, code: str) -> Mail:
    """Write the mail that carries a sign-in code."""
    site = _site(settings)
    return _mail(
        to,
        f"{code} is your code for {site}",
        f"Your code for signing in at {site} is",
        code,
        "It holds for ten minutes. Nobody will ever ask you for it: enter it only where you asked for it.\n\n"
        "If you did not ask for it, do nothing: without the code nobody gets in.",
    )


def verification(settings: Settings, to: str, key: Key, url: str) -> Mail:
    """Write the mail whose link *url* proves the address for which *key* was made."""
    site = _site(settings)
    return _mail(
        to,
        f"Confirm your address for {site}",
        f"An API key that begins with {key.lookup} was made at {site} for this address. To confirm that it "
        "is yours, and to keep its images for good, open",
        url,
        "The link holds for 24 hours, and once.\n\n"
        "If you did not make this key, do not confirm it: whoever made it would share your images. The page "
        "behind the link can also switch the key off.",
    )


def _site(settings: Settings) -> str:
    return urlsplit(settings.base_url).netloc


def _mail(to: str, subject: str, before: str, shown: str, after: str) -> Mail:
    """Say the same as text and as simple HTML, with *shown* on a line of its own."""
    strong = escape(shown)
    if shown.startswith(("http://", "https://")):
        strong = f'<a href="{strong}">{strong}</a>'
    paragraphs = [escape(before), f"<b>{strong}</b>", *(escape(part) for part in after.split("\n\n"))]
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return Mail(to, subject, f"{before}\n\n    {shown}\n\n{after}\n", f"<!doctype html>{html}\n")
