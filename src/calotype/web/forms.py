"""Forms that browsers send to our own pages: proven to come from one of them, and read within bounds.

Law: no POST of a page is believed before its browser said which site it comes from.

Whether a form is ours is told by `Sec-Fetch-Site`, which every browser of today sends over HTTPS and to localhost and
no page can set (Fetch Metadata, 2.3); where it is missing, by `Origin` against the host that was asked. Together with
a SameSite=Lax cookie that is the whole defence against forged requests: there is no token to draw, to keep and to
leak, and a form works in a page that was open for a week.

Why so: docs/adr/0031.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from calotype.errors import FileTooLarge, Forbidden, Invalid
from calotype.web.pace import feed

MAX_BYTES = 64 * 1024
MAX_FIELDS = 100
URLENCODED = "application/x-www-form-urlencoded"

Fields = Mapping[str, Sequence[str]]


def check_origin(request: Request, base_url: str) -> None:
    """Let pass what a page of this server sent.

    Raises:
        Forbidden: another site's page sent it, or nothing tells whose.
    """
    site = request.headers.get("sec-fetch-site")
    # "none" is the person in person: a bookmark, a reload. No page can bring it about.
    ours = site in {"same-origin", "none"} if site else _origin_is_ours(request, base_url)
    if not ours:
        raise Forbidden("This form was sent from another site. Open the page here and try again.")


def _origin_is_ours(request: Request, base_url: str) -> bool:
    host = urlsplit(request.headers.get("origin", "")).netloc.lower()
    return host != "" and host in {request.headers.get("host", "").lower(), urlsplit(base_url).netloc.lower()}


async def receive_fields(request: Request, *, min_rate: int = 4096, grace_s: float = 10.0) -> Fields:
    """Receive the fields of a form: each name with its values, in order.

    Raises:
        Invalid: it is not urlencoded, not UTF-8, or has over 100 fields.
        FileTooLarge: it is longer than 64 KiB.
        RequestTooSlow: it came in below *min_rate* bytes a second.
        ClientDisconnect: the client left.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != URLENCODED:
        raise Invalid(f"Send a form as {URLENCODED}.")
    body = bytearray()

    def sink(chunk: bytes) -> None:
        if len(body) + len(chunk) > MAX_BYTES:
            raise FileTooLarge(f"The form is longer than {MAX_BYTES:,} bytes.")
        body.extend(chunk)

    await feed(request, sink, min_rate=min_rate, grace_s=grace_s)
    try:
        return parse_qs(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError as error:  # UnicodeError is one of them
        raise Invalid("The form is malformed.") from error


def first(fields: Fields, name: str) -> str:
    """Give the first value of a field, without the space around it; empty when the field is not there."""
    return next(iter(fields.get(name, ())), "").strip()


def local_path(raw: str, default: str) -> str:
    """Give *raw* where it is a path of this server (RFC 3986, 4.2: one slash, then no other), else *default*.

    What browsers read as the beginning of another host is none: a second slash, a backslash, and the tabs and
    line breaks that they take out before they read.
    """
    plain = all(" " < character < "\x7f" and character != "\\" for character in raw)
    return raw if plain and raw.startswith("/") and not raw.startswith("//") else default
