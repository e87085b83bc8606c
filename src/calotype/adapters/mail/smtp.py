"""Mail through an SMTP server, by aiosmtplib.

Law: a mail holds a code or a link that opens an account, so it leaves encrypted unless the operator wrote
otherwise; and a password never leaves in the clear. Neither is ever logged.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from calotype.errors import MailFailed, NotConfigured
from calotype.ports import Clock, Mail, Random

SEND_TIMEOUT_S = 30.0
"""From the first packet to the server's last answer."""
_PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over. *tls* is from the first byte on, *start_tls* once both have greeted."""

    host: str
    port: int
    tls: bool
    start_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_server(url: str) -> Server:
    """Read `smtps://user:password@host` (TLS, port 465), `smtp://…` (STARTTLS, 587) or `smtp+plain://host` (25).

    Raises:
        NotConfigured: it is none of them, or a password would leave unencrypted. The message does not quote it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise NotConfigured(
            "smtp_url: write smtps://user:password@host, smtp://… or smtp+plain://…."
        ) from None
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise NotConfigured(
            "smtp_url: nothing but user, password, host and port; escape others as %40 and so on."
        )
    if parts.scheme == "smtp+plain" and parts.password:
        raise NotConfigured("smtp_url: a password needs encryption; use smtp:// or smtps://.")
    return Server(
        host=parts.hostname,
        port=port,
        tls=parts.scheme == "smtps",
        start_tls=parts.scheme == "smtp",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class SmtpMailer:
    """Hands mail to one server, over a connection for each."""

    def __init__(
        self,
        server: Server,
        sender: str,
        clock: Clock,
        random: Random,
        *,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """Send as *sender*, such as `Pictures <pictures@example.com>`; trust whom *tls_context* trusts.

        Raises:
            NotConfigured: *sender* is no address.
        """
        self._server = server
        self._sender = _sender(sender)
        self._clock = clock
        self._random = random
        self._tls_context = tls_context

    async def send(self, mail: Mail) -> None:
        """Hand over *mail*.

        Raises:
            MailFailed: the server refused it, or did not take it within 30 seconds.
        """
        message = self._message(mail)
        async with self._connected() as client:
            await client.send_message(message)

    async def reach(self) -> str:
        """Say where mail goes, once the server has greeted us, encrypted and with our password if so configured.

        Raises:
            MailFailed: it does not answer within 30 seconds, or not to us.
        """
        async with self._connected() as client:
            await client.noop()
        return f"{self._server.host}:{self._server.port} answers; mail comes from {self._sender}"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.start_tls,
            tls_context=self._tls_context,
            timeout=SEND_TIMEOUT_S,
        )
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S), client:
                yield client
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailFailed(final=_final(error)) from error

    def _message(self, mail: Mail) -> EmailMessage:
        """Write *mail* down.

        Raises:
            MailFailed: it cannot be written. `EmailMessage` refuses a line break in a header, so none is smuggled in.
        """
        message = EmailMessage()
        try:
            message["From"] = self._sender
            message["To"] = Address(addr_spec=mail.to)
            message["Subject"] = mail.subject
        except (MessageError, ValueError, IndexError) as error:
            raise MailFailed(final=True) from error
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = f"<{self._random(16).hex()}@{self._sender.domain}>"
        # Nobody's holiday notice is an answer to it (RFC 3834, 5).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        if mail.html:
            message.add_alternative(mail.html, subtype="html")
        return message


def _final(error: Exception) -> bool:
    """Whether the server refused the recipient or the mail for good (RFC 5321, 4.2.1: 5yz), not us or for now."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(each.code >= 500 for each in error.recipients)
    return isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 500


def _sender(text: str) -> Address:
    name, spec = parseaddr(text)
    try:
        address = Address(name, addr_spec=spec)
    except (MessageError, ValueError, IndexError):
        address = Address()
    if not address.domain or not text.isprintable():
        raise NotConfigured("mail_from: write an address, such as Pictures <pictures@example.com>.")
    return address
