"""A client of any img.pro-compatible server: the first generation's routes, which all of them answer.

Law: what is refused for now (429, 503) is asked again when the server says so; the key goes to no other origin.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote, urlsplit

import httpx

from calotype.errors import CalotypeError, Failed, NotFound, Refused

Media = dict[str, Any]
"""img.pro's media object."""

TRIES = 6
"""How often a request is sent before it is given up."""
LONGEST_WAIT_S = 120.0
"""A server that wants us back later than that is not waited for: the person is told."""
PAGE = 100
_LATER = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}


class Remote:
    """A server that is spoken to. *sleep* waits, in seconds; *transport* stands in for the network."""

    def __init__(
        self,
        base_url: str,
        key: str = "",
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Speak to the server at *base_url*, with *key* or anonymously."""
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._sleep = sleep
        self._http = httpx.Client(transport=transport, timeout=httpx.Timeout(30, read=300))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._http.close()

    def upload(self, path: Path, fields: dict[str, str], told: Callable[[int], None]) -> tuple[Media, bool]:
        """Upload a file; answer it, and whether it was there already. *told* hears of the bytes as they go.

        Raises:
            CalotypeError: the server refused it, or cannot be reached.
            OSError: the file cannot be read.
        """
        with path.open("rb") as file:
            counted = _Counted(file, told)
            response = self._asked(
                lambda: self._request(
                    "POST", "/v1/upload", data=fields, files={"file": (path.name, counted)}
                ),
                counted.begin_again,
            )
        return _json(response), response.status_code == httpx.codes.OK

    def media(self, asset_id: str) -> Media:
        """Look one image up.

        Raises:
            CalotypeError: there is none, or the server cannot be reached.
        """
        return _json(self._asked(lambda: self._request("GET", f"/v1/media/{quote(asset_id, safe='')}")))

    def listed(self, filters: dict[str, str], most: int | None) -> Iterator[Media]:
        """List images, newest first, at most so many; None: all.

        Raises:
            CalotypeError: the server refused it, or cannot be reached.
        """
        cursor: str | None = ""
        left = most
        while cursor is not None and (left is None or left > 0):
            limit = PAGE if left is None else min(PAGE, left)
            asked = {**filters, "limit": str(limit), **({"cursor": cursor} if cursor else {})}
            page = _json(self._asked(partial(self._request, "GET", "/v1/media", params=asked)))
            yield from page["data"]
            left = None if left is None else left - len(page["data"])
            cursor = page.get("next_cursor") if page.get("has_more") else None

    def delete(self, asset_id: str) -> None:
        """Delete one image for good.

        Raises:
            CalotypeError: there is none, or the server refused.
        """
        self._asked(lambda: self._request("DELETE", f"/v1/media/{quote(asset_id, safe='')}"))

    @contextmanager
    def download(self, url: str) -> Iterator[httpx.Response]:
        """Open an image for the block; its bytes are read from the answer as they come.

        Raises:
            CalotypeError: the server refused it, or went away.
        """
        headers = self._headers if _origin(url) == _origin(self._base_url) else {}
        with _reached(url), self._http.stream("GET", url, headers=headers, follow_redirects=True) as response:
            if response.is_error:
                response.read()
            _check(response)
            yield response

    def _request(self, method: str, path: str, **parts: Any) -> httpx.Response:
        return self._http.request(method, f"{self._base_url}{path}", headers=self._headers, **parts)

    def _asked(
        self, request: Callable[[], httpx.Response], begin_again: Callable[[], None] = lambda: None
    ) -> httpx.Response:
        """Send *request* until there is an answer that is not "later"."""
        for attempt in range(1, TRIES + 1):
            last = attempt == TRIES
            try:
                response = request()
            except httpx.TransportError as error:
                if last:
                    raise _unreachable(self._base_url, error) from error
                wait = 2.0 ** (attempt - 1)
            else:
                wait = _wait(response, attempt)
                if response.status_code not in _LATER or last or wait > LONGEST_WAIT_S:
                    return _check(response)
            begin_again()
            self._sleep(wait)
        raise AssertionError  # the last attempt has returned or raised


class _Counted:
    """A file that tells how much of it was read. httpx asks for its length and its beginning by these names."""

    def __init__(self, file: Any, told: Callable[[int], None]) -> None:
        self._file = file
        self._told = told
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        data = cast("bytes", self._file.read(size))
        self._read += len(data)
        self._told(len(data))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return cast("int", self._file.seek(offset, whence))

    def fileno(self) -> int:
        return cast("int", self._file.fileno())

    def begin_again(self) -> None:
        """Take back what was told: all of it will be sent once more."""
        self._told(-self._read)
        self._read = 0


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise _unreachable(url, error) from error


def _unreachable(url: str, error: Exception) -> Failed:
    return Failed(f"{url} cannot be reached: {str(error) or type(error).__name__}")


def _wait(response: httpx.Response, attempt: int) -> float:
    """Give the seconds that the server asks for; in a date or in none of its words, our own."""
    asked = response.headers.get("retry-after", "")
    return float(asked) if asked.isdigit() and len(asked) < 10 else 2.0 ** (attempt - 1)


def _check(response: httpx.Response) -> httpx.Response:
    """Let pass what is no error.

    Raises:
        NotFound, Refused, Failed: in the server's words.
    """
    if not response.is_error:
        return response
    kind: type[CalotypeError] = Failed if response.is_server_error else Refused
    raise (NotFound if response.status_code == httpx.codes.NOT_FOUND else kind)(_words(response))


def _words(response: httpx.Response) -> str:
    """Read an error in either generation's shape, or say the status."""
    try:
        body = response.json()
        inner = body["error"] if isinstance(body["error"], dict) else body
        reasons = body.get("errors") or inner.get("details") or {}
        told = [f"{name}: {', '.join(each)}" for name, each in reasons.items()]
        return " ".join([str(inner["message"]), *told])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"The server answered {response.status_code} {response.reason_phrase}."


def _json(response: httpx.Response) -> Media:
    try:
        value = response.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Failed(f"{response.url} answers no JSON; is it an img.pro-compatible server?")
    return value


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
