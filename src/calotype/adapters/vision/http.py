"""HTTP to the operator's own model server: JSON there, JSON back, within a deadline and a size.

Law: the key travels in one header and shows up nowhere else: no error, no log. No redirect is followed, no proxy and
no cookie is used. The address guard does not apply: the operator names this server, no stranger does.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import httpx
import structlog

from calotype.errors import Busy, VisionFailed, VisionRefused

TRIES = 3
BACKOFF_S = 0.5
"""Before the second try; doubled before each further one, and shortened at random by up to a quarter."""
LONGEST_WAIT_S = 30.0
"""What a server may ask to be waited for; longer is told to whoever asked."""

REACH_S = 10.0
"""How long a server that is merely to be reached may take."""

_AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
"""What may pass. 529 is said by servers that are overloaded."""
_CROWDED = frozenset({429, 503, 529})
_REFUSALS = ("content_policy_violation", "content_filter", "moderation_blocked", "safety")
"""In an error's `code`: the model's own rules forbid it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServerPolicy:
    """How the server is asked; all from settings."""

    url: str
    """Where its routes begin, such as `https://models.example/v1`."""
    key: str = field(default="", repr=False)
    timeout_s: float = 50.0
    """All tries of one call, and the waits between."""
    at_once: int = 4
    max_bytes: int = 32 * 1024 * 1024
    """Of an answer."""
    backoff_s: float = BACKOFF_S


class ModelServer:
    """A server that takes and gives JSON."""

    def __init__(self, policy: ServerPolicy) -> None:
        """Ask it as *policy* says."""
        self._policy = policy
        self._slots = asyncio.Semaphore(policy.at_once)
        # The transport alone, without a client around it: that one would bring cookies, redirects, proxies, and a log
        # of every URL.
        self._transport = httpx.AsyncHTTPTransport(
            verify=httpx.create_ssl_context(trust_env=False), trust_env=False
        )

    async def post(self, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send *body* to *route*, again while that may help, and give the JSON object that comes back.

        Raises:
            VisionFailed: no answer in time, an error, or no JSON object.
            VisionRefused: the model's rules forbid it.
            Busy: it has too much to do, or this process asks it for too much already.
        """
        waiting = True
        try:
            async with asyncio.timeout(self._policy.timeout_s), self._slots:
                waiting = False
                return _object(await self._tried(route, json.dumps(body).encode()))
        except TimeoutError as error:
            if waiting:
                raise Busy("Too much is asked of the models at once (CALOTYPE_VISION_AT_ONCE).") from error
            raise VisionFailed("The model does not answer in time (CALOTYPE_VISION_TIMEOUT_S).") from error

    async def reach(self, route: str) -> None:
        """Ask for *route* once, and go on when the server is there and lets us in; it need not have the route.

        Raises:
            VisionFailed: nobody answers, or the key is not known.
            Busy: it has too much to do.
        """
        try:
            async with asyncio.timeout(REACH_S):
                status, headers, answer = await self._ask("GET", route, b"")
        except (TimeoutError, httpx.TransportError) as error:
            raise VisionFailed("vision_url: nobody answers there.") from error
        if status not in {httpx.codes.OK, httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED}:
            raise _refusal(status, answer, _seconds(headers))

    async def close(self) -> None:
        """Close its connections."""
        await self._transport.aclose()

    async def _tried(self, route: str, body: bytes) -> bytes:
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            pause = self._policy.backoff_s * 2**attempt * random.uniform(0.75, 1)  # noqa: S311 - spreads retries
            try:
                status, headers, answer = await self._ask("POST", route, body)
            except httpx.TransportError as error:
                # Nobody knows whether a server that fell silent did the work: doing it twice would be paid twice.
                if last or isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
                    raise VisionFailed("The model's server cannot be reached, or breaks off.") from error
                log.warning("model server away", error=type(error).__name__, attempt=attempt + 1)
            else:
                if status == httpx.codes.OK:
                    return answer
                asked = _seconds(headers)
                if last or status not in _AGAIN or (asked or 0) > LONGEST_WAIT_S:
                    raise _refusal(status, answer, asked)
                log.warning("model server failed", status=status, attempt=attempt + 1)
                pause = max(pause, asked or 0)
            await asyncio.sleep(pause)
        raise AssertionError  # the last try answers or raises

    async def _ask(self, verb: str, route: str, body: bytes) -> tuple[int, httpx.Headers, bytes]:
        response = await self._transport.handle_async_request(self._request(verb, route, body))
        try:
            pieces, size = [], 0
            async for piece in response.aiter_bytes():
                size += len(piece)
                if size > self._policy.max_bytes:
                    raise VisionFailed(
                        "The model's answer is larger than the limit (CALOTYPE_VISION_MAX_BYTES)."
                    )
                pieces.append(piece)
            return response.status_code, response.headers, b"".join(pieces)
        finally:
            await response.aclose()

    def _request(self, verb: str, route: str, body: bytes) -> httpx.Request:
        seconds = self._policy.timeout_s
        headers = {
            "User-Agent": f"Calotype/{version('calotype')}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # so that what comes is as large as what is counted
        }
        if self._policy.key:
            headers["Authorization"] = f"Bearer {self._policy.key}"
        timeouts = {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
        url = f"{self._policy.url.rstrip('/')}/{route}"
        return httpx.Request(verb, url, content=body, headers=headers, extensions={"timeout": timeouts})


def _object(answer: bytes) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise VisionFailed("The model's server answers with no JSON.") from error
    if not isinstance(found, dict):
        raise VisionFailed("The model's server answers with no JSON object.")
    return found


def _refusal(status: int, answer: bytes, asked: float | None) -> Exception:
    """Say what a status other than 200 means. The server's own words stay out: they may quote the key."""
    if status in _CROWDED:
        return Busy("The model's server has too much to do.", retry_after=min(round(asked or 1), 3600))
    if status < httpx.codes.INTERNAL_SERVER_ERROR and _forbidden(answer):
        return VisionRefused()
    return VisionFailed(f"The model's server answers with status {status}.")


def _forbidden(answer: bytes) -> bool:
    """Look for the word by which servers say that a prompt or a picture is against their rules."""
    try:
        error = _object(answer).get("error")
    except VisionFailed:
        return False
    code = error.get("code") if isinstance(error, dict) else None
    return isinstance(code, str) and any(word in code for word in _REFUSALS)


def _seconds(headers: httpx.Headers) -> float | None:
    """Read how long the server wants to be left alone, in seconds; None when it does not say."""
    raw = headers.get("retry-after", "")
    return float(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 6 else None
