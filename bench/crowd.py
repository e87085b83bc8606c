"""4,096 kept-alive connections that all ask for a cached image: who fails, and how long the unluckiest waits.

The clients run in processes of their own (`python -m bench.crowd PORT TARGET CONNECTIONS SECONDS`): 4,096 sockets are
more than one event loop should share with the measurement.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bench import client, pictures, report, results, service

CONNECTIONS = 4096
PROCESSES = 2
LONGEST_S = 2.0


def run(*, quick: bool) -> None:
    """Print failures and the longest wait."""
    seconds = 5 if quick else 20
    report.title(f"{CONNECTIONS:,} connections to hits from memory, {seconds} s")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = service.create_key(folder)
        _allow_sockets()  # before the server starts: it inherits the limit
        with service.running(folder) as running:
            target = f"{running.upload(pictures.six_megapixels(), key)}?size=s"
            size = len(running.get(target)[1])
            found = _crowd(running.port, target, seconds)
    report.Limit("connections that failed", found["failed"], "", at_most=0).show()
    report.Limit("longest wait for an answer", found["longest"], "s", at_most=LONGEST_S).show()
    report.note(
        f"{found['answers'] / seconds:,.0f} answers of {size:,} bytes per second; p99 {found['p99']:.2f} s"
    )
    results.keep("crowd", {"connections": CONNECTIONS, "seconds": seconds, "bytes": size, **found})


def _crowd(port: int, target: str, seconds: float) -> dict[str, float]:
    """Let some processes share the connections; put together what they saw."""
    share = [str(port), target, str(CONNECTIONS // PROCESSES), str(seconds)]
    words = [sys.executable, "-m", "bench.crowd", *share]
    started = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    parts = [json.loads(each.communicate()[0]) for each in started]
    return {
        "failed": sum(part["failed"] for part in parts),
        "answers": sum(part["answers"] for part in parts),
        "longest": max(part["longest"] for part in parts),
        "p99": max(part["p99"] for part in parts),
    }


def _allow_sockets() -> None:
    """Raise the soft limit of open files to the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _ask(port: int, target: str, end: float, took: list[float], failed: list[str]) -> None:
    """One of the crowd: connecting counts as waiting; an answer still missing long after the end has failed."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(end - began + 10 * LONGEST_S):
            connection = await client.connect(port)
            while began < end:
                await connection.ask(target)
                now = time.perf_counter()
                took.append(now - began)
                began = now
            connection.close()
    except (OSError, TimeoutError, client.RefusedError) as error:
        took.append(time.perf_counter() - began)
        failed.append(repr(error))


async def _all(port: int, target: str, connections: int, seconds: float) -> dict[str, float]:
    took: list[float] = []
    failed: list[str] = []
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_ask(port, target, end, took, failed) for _ in range(connections)))
    for error in sorted(set(failed))[:3]:
        print(error, file=sys.stderr)
    p99 = report.percentile(took, 0.99)
    return {"failed": len(failed), "answers": len(took) - len(failed), "longest": max(took), "p99": p99}


def main() -> None:
    """Run one process of the crowd."""
    import uvloop

    port, target, connections, seconds = sys.argv[1:]
    _allow_sockets()
    with suppress(KeyboardInterrupt):
        print(json.dumps(uvloop.run(_all(int(port), target, int(connections), float(seconds)))))


if __name__ == "__main__":
    main()
