"""Connections are accepted many at a time: the event loop's own listener takes one in each of its rounds.

libuv accepts once per round on purpose (libuv/libuv#3696, "don't accept() connections in a loop"). With thousands of
busy connections a round takes long, and those that still wait at the door would be taken one by one.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

AT_A_TIME = 256
"""Connections taken before the loop turns to others; what is left makes the socket readable again."""

TLS_TIMEOUT_S = 10.0
"""As long as a client has to send its headers: who agrees on no keys in that time is let go."""


class Accepting:
    """Accepts what waits at a listening socket, beside the server that the loop has there.

    That server stays: when file descriptors run out, libuv lets go of who waits instead of spinning.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.BaseProtocol],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Accept from *listener*, which listens, until `close`; *protocol* makes a connection's protocol.

        With *tls*, a connection has TLS_TIMEOUT_S to agree on its keys.
        """
        self._loop = asyncio.get_running_loop()
        self._listener = listener.dup()  # a loop watches a descriptor once
        self._listener.setblocking(False)
        self._protocol = protocol
        self._tls = tls
        self._opening: set[asyncio.Task[None]] = set()
        self._loop.add_reader(self._listener, self._accept)

    def close(self) -> None:
        """Accept no more."""
        self._loop.remove_reader(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        for _ in range(AT_A_TIME):
            try:
                connection = self._listener.accept()[0]
            except OSError:  # nobody waits any more; or what is wrong is the other listener's to find
                return
            connection.setblocking(False)
            opening = self._loop.create_task(self._open(connection))
            self._opening.add(opening)  # the loop itself holds tasks weakly
            opening.add_done_callback(self._opening.discard)

    async def _open(self, connection: socket.socket) -> None:
        # A client that speaks no TLS, breaks off or takes too long is no failure of ours: the loop has closed it.
        with suppress(OSError):
            await self._loop.connect_accepted_socket(
                self._protocol,
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=TLS_TIMEOUT_S if self._tls else None,
            )
