"""Mail for the operator's eyes: where no server is configured, the text with its link or code is logged."""

from __future__ import annotations

import structlog

from calotype.ports import Mail

log = structlog.get_logger("calotype.mail")


class LogMailer:
    """Writes mail into the log."""

    async def send(self, mail: Mail) -> None:
        """Log *mail*; it reaches nobody but whoever reads the log."""
        # The name of the field keeps the link from being redacted as a credential.
        log.warning(
            "mail not sent: smtp_url is not set", to=mail.to, subject=mail.subject, unsent_mail=mail.text
        )

    async def reach(self) -> str:
        """Say where mail goes."""
        return "smtp_url is not set: the text of mail goes into the log"
