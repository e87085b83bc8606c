"""Somebody who lets an app act for them: follows the forms of `/connect`, and finds the code in the server's log."""

from __future__ import annotations

import re
import time
from html import unescape
from urllib.parse import parse_qs, urlsplit

from served import Served

OURS = {"Sec-Fetch-Site": "same-origin"}
_ACTION = re.compile(r'<form class="card" method="post" action="([^"]+)">')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def codes(served: Served, email: str) -> list[str]:
    """The codes in the mails to *email*, oldest first; without an SMTP server, mail is in the log."""
    mail = rf'"to": "{re.escape(email)}", "subject": "([0-9]{{6}}) is your code'
    return re.findall(mail, served.log())


def newest_code(served: Served, email: str, before: int = 0) -> str:
    """The code in the newest mail to *email*, when more than *before* have come: a job sends them."""
    for _ in range(400):
        if len(came := codes(served, email)) > before:
            return came[-1]
        time.sleep(0.05)
    raise AssertionError(f"no mail to {email}")


def connected(served: Served, app: str, redirect_uri: str, state: str, email: str) -> dict[str, str]:
    """Go from the app's link to where the browser is sent back; what stands in that address."""
    link = {"app": app, "redirect_uri": redirect_uri, "state": state}
    before = len(codes(served, email))
    page = served.client.get("/connect", params=link)
    page = _sent(served, page.text, email=email)
    back = _sent(served, page.text, code=newest_code(served, email, before))
    assert back.status_code == 303, back.text
    assert back.headers["location"].startswith(f"{redirect_uri}?")
    return {name: value for name, [value] in parse_qs(urlsplit(back.headers["location"]).query).items()}


def _sent(served: Served, page: str, **filled: str):
    hidden = {name: unescape(value) for name, value in _HIDDEN.findall(page)}
    return served.client.post(_ACTION.search(page)[1], data={**hidden, **filled}, headers=OURS)
