"""Hits at a fixed offered rate, calm and while renders saturate the machine: does one disturb the other?

Open loop: a request is due at its time whether or not earlier ones were answered, and its wait counts from then, so a
stall is felt by everyone who would have come meanwhile. Runs as `python -m bench.steady PORT TARGET RATE SECONDS`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench import client, load, pictures, report, results, service

CONNECTIONS = 64
SHARE = 0.2
RENDERS_AT_ONCE = 8
P99_S, TIMES = 0.020, 4.0


def run(*, quick: bool) -> None:
    """Print p99 calm and busy, and how many renders per second the machine was doing."""
    seconds = 3 if quick else 15
    report.title(f"Hits at {SHARE:.0%} of capacity while renders saturate the machine, {seconds} s each")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = service.create_key(folder)
        with service.running(folder) as running:
            path = running.upload(pictures.six_megapixels(), key)
            target = f"{path}?size=s"
            running.get(target)
            capacity = load.requests_per_second(
                running.port, target, connections=CONNECTIONS, seconds=2 if quick else 4, core=None
            )
            rate = capacity * SHARE
            calm = _offer(running.port, target, rate, seconds)
            renders = _Renders(running.port, path)
            busy = _offer(running.port, target, rate, seconds)
            done = renders.stop()
    report.note(f"capacity {capacity:,.0f}/s, offered {rate:,.0f}/s; beside it {done:,.1f} renders/s")
    report.note(f"calm: p50 {calm['p50'] * 1e3:.2f} ms, p99 {calm['p99'] * 1e3:.2f} ms")
    report.note(f"busy: p50 {busy['p50'] * 1e3:.2f} ms, p99 {busy['p99'] * 1e3:.2f} ms")
    report.Limit(
        "p99 while renders saturate the machine", busy["p99"] * 1e3, "ms", at_most=P99_S * 1e3
    ).show()
    report.Limit("times the calm p99", busy["p99"] / calm["p99"], "x", at_most=TIMES).show()
    results.keep("steady", {"capacity": capacity, "rate": rate, "renders": done, "calm": calm, "busy": busy})


class _Renders:
    """Keeps asking for variants that nobody has asked for before, until it is stopped."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._targets = (
            f"{path}?w={width}&sharp={step}"
            for step, width in itertools.product(range(1, 10), range(300, 1500))
        )
        self._answers = 0
        self._stopped = threading.Event()
        self._began = time.perf_counter()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        time.sleep(1)  # the queue fills

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._answers += len(
                client.ask_for(self._port, self._targets, clients=RENDERS_AT_ONCE, seconds=0.5).took
            )

    def stop(self) -> float:
        """Stop; answer renders per second."""
        elapsed = time.perf_counter() - self._began
        self._stopped.set()
        self._thread.join()
        return self._answers / elapsed


def _offer(port: int, target: str, rate: float, seconds: float) -> dict[str, float]:
    words = [sys.executable, "-m", "bench.steady", str(port), target, str(rate), str(seconds)]
    printed = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    return dict(json.loads(printed))


async def _open_loop(port: int, target: str, rate: float, seconds: float) -> dict[str, float]:
    """Send request n at n/rate on the connection that is free the longest; measure from when it was due."""
    free: asyncio.Queue[client.Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await client.connect(port))
    took: list[float] = []
    began = time.perf_counter()

    async def ask(due: float) -> None:
        connection = await free.get()
        await connection.ask(target)
        took.append(time.perf_counter() - due)
        free.put_nowait(connection)

    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            tasks.create_task(ask(due))
    return {"p50": report.percentile(took, 0.5), "p99": report.percentile(took, 0.99), "longest": max(took)}


def main() -> None:
    """Run the open loop and print what it saw."""
    import uvloop

    port, target, rate, seconds = sys.argv[1:]
    print(json.dumps(uvloop.run(_open_loop(int(port), target, float(rate), float(seconds)))))


if __name__ == "__main__":
    main()
