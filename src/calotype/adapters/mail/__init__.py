"""Mail: through an SMTP server, into the log where there is none, or kept in memory for tests."""

from __future__ import annotations

from calotype.adapters.mail.log import LogMailer
from calotype.adapters.mail.memory import MemoryMailer
from calotype.adapters.mail.smtp import SmtpMailer, read_server
from calotype.ports import Clock, Mailer, Random
from calotype.settings import Settings

__all__ = ["LogMailer", "MemoryMailer", "SmtpMailer", "open_mailer"]


def open_mailer(settings: Settings, clock: Clock, random: Random) -> Mailer:
    """Choose who delivers: the server of *settings*' smtp_url, or the log when it is empty.

    Raises:
        NotConfigured: the URL names no server in a way that we know, or mail_from is no address.
    """
    if not settings.smtp_url:
        return LogMailer()
    return SmtpMailer(read_server(settings.smtp_url), settings.mail_from, clock, random)
