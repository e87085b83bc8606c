"""Headers that become known while a request is being answered, and belong on whatever answer it gets, errors too.

Law: what is told replaces nothing: a header that the answer has already stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TOLD = "calotype.told"


def tell(scope: Scope, headers: Mapping[str, str]) -> None:
    """Put *headers* on the answer to the request of *scope*; without a `Telling` around it nothing happens."""
    scope.get(_TOLD, {}).update(headers)


class Telling:
    """The ASGI application around those whose answers carry what is told meanwhile."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap *app*."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        told = scope.setdefault(_TOLD, {})

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in told.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending)
