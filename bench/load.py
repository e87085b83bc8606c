"""A load generator: many kept-alive connections asking for one URL, for a bounded time, on loopback.

`wrk` when it is installed; otherwise a small one of our own, whose ceiling is lower, which the report says.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time

NAME = "wrk" if shutil.which("wrk") else "bench.load"


def requests_per_second(
    port: int, target: str, *, connections: int, seconds: float, core: int | None
) -> float:
    """Measure how many answers per second come from 127.0.0.1:*port* for *target*."""
    url = f"http://127.0.0.1:{port}{target}"
    if NAME == "wrk":
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", url]
    else:
        command = [sys.executable, "-m", "bench.load", str(port), target, str(connections), str(seconds)]
    if core is not None and shutil.which("taskset"):
        command = ["taskset", "-c", str(core), *command]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    if "Non-2xx" in printed:
        raise SystemExit(printed)
    return float(re.search(r"Requests/sec:\s*([\d.]+)", printed)[1])  # type: ignore[index]


class _Client(asyncio.BufferedProtocol):
    """One connection: asks, counts the bytes of the answer, asks again."""

    def __init__(self, request: bytes, size: int, answers: list[int]) -> None:
        self._request, self._size, self._answers = request, size, answers
        self._buffer = bytearray(1 << 18)
        self._got = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(self._request)  # type: ignore[attr-defined]

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - the protocol's signature
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._got += nbytes
        if self._got >= self._size:
            self._got -= self._size
            self._answers[0] += 1
            self._transport.write(self._request)  # type: ignore[attr-defined]


async def _size_of_answer(port: int, request: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise SystemExit(head.decode())
    writer.close()
    return len(head) + int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])  # type: ignore[index]


async def _measure(port: int, target: str, connections: int, seconds: float) -> float:
    request = f"GET {target} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    size, answers = await _size_of_answer(port, request), [0]
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda: _Client(request, size, answers), "127.0.0.1", port))[0]
        for _ in range(connections)
    ]
    began, answers[0] = time.perf_counter(), 0
    await asyncio.sleep(seconds)
    rate = answers[0] / (time.perf_counter() - began)
    for transport in clients:
        transport.abort()
    return rate


def main() -> None:
    """Run as `python -m bench.load PORT TARGET CONNECTIONS SECONDS`."""
    import uvloop

    port, target, connections, seconds = sys.argv[1:]
    rate = uvloop.run(_measure(int(port), target, int(connections), float(seconds)))
    print(f"Requests/sec: {rate:.2f}")
    os._exit(0)


if __name__ == "__main__":
    main()
