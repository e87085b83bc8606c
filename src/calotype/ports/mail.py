"""Sending mail to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person. *to* is an address as `email_address` spells it; *html* says what *text* says."""

    to: str
    subject: str
    text: str
    html: str = ""


class Mailer(Protocol):
    """Hands mail to whoever delivers it."""

    async def send(self, mail: Mail) -> None:
        """Hand over *mail*; it may still be lost on its way.

        Raises:
            MailFailed: it was refused, or nobody took it in time.
        """

    async def reach(self) -> str:
        """Say where mail goes, in plain words, once whoever takes it has answered; nothing is sent.

        Raises:
            MailFailed: nobody answers, or not to us.
        """
