"""(a) Cold variants: stored pictures without a variant, two workers, against a bare libvips loop of the same plan."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from bench import pictures, plans, report, service

CLIENTS = 4
"""Connections that ask at once: enough to keep two workers busy."""


def bare(job: plans.Job, times: int) -> float:
    """Render *job* in two processes that do nothing else; answer renders per second."""
    context = multiprocessing.get_context("spawn")
    barrier, done = context.Barrier(3), context.SimpleQueue()
    workers = [context.Process(target=_loop, args=(job, times // 2, barrier, done)) for _ in range(2)]
    for worker in workers:
        worker.start()
    barrier.wait()
    began = time.perf_counter()
    rate = times / (max(done.get() for _ in workers) - began)
    for worker in workers:
        worker.join()
    return rate


def _loop(job: plans.Job, times: int, barrier: Any, done: Any) -> None:
    """Warm up, wait for the other process, render; say when it was done (one clock for all processes)."""
    plans.bare_render(job)
    barrier.wait()
    for _ in range(times):
        plans.bare_render(job)
    done.put(time.perf_counter())


def through_the_server(running: service.Service, targets: list[str]) -> float:
    """Ask once for each of *targets*, over a few connections; answer variants per second."""
    return asyncio.run(_ask_for(running.port, targets))


async def _ask_for(port: int, targets: list[str]) -> float:
    left = iter(targets)
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS)]
    began = time.perf_counter()
    await asyncio.gather(*(_ask(reader, writer, left) for reader, writer in connections))
    rate = len(targets) / (time.perf_counter() - began)
    for _, writer in connections:
        writer.close()
    return rate


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, targets: Iterator[str]) -> None:
    """Take targets until there are none: as little work as a client can do, for it shares the cores."""
    for target in targets:
        writer.write(f"GET {target} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if b" 200 " not in head.split(b"\r\n", 1)[0] or length is None:
            raise SystemExit(f"{target}: {head.decode()}")
        await reader.readexactly(int(length[1]))


def run(*, quick: bool) -> None:
    """Print the ratio for each picture and size."""
    report.title("(a) Cold variants per second, two workers, against a bare libvips loop in two processes")
    copies, rounds = (8, 1) if quick else (60, 5)  # few copies would measure how the last one ends
    cases = [("6 MP", pictures.six_megapixels(), size) for size in ("m", "l")]
    cases.append(("29 MP", pictures.twenty_nine_megapixels(), "m"))
    for name, picture, size in cases:
        few = copies if len(picture) < 3_000_000 else copies // 2
        with tempfile.TemporaryDirectory() as folder:
            _compare(name, picture, size, few, rounds, Path(folder))


def _compare(name: str, picture: bytes, size: str, copies: int, rounds: int, folder: Path) -> None:
    job = plans.job(picture, size, folder)
    key = service.create_key(folder)
    ours, theirs, beside = [], [], []
    with service.running(folder, render_slots=2, memory_cache_bytes=0) as running:
        through_the_server(running, [f"{running.upload(picture, key)}?size={size}"] * 2)
        for _ in range(rounds):
            paths = [running.upload(picture, key) for _ in range(copies)]
            before = _busy_s(running)
            ours.append(through_the_server(running, [f"{path}?size={size}" for path in paths]))
            beside.append((_busy_s(running) - before) / copies)
            theirs.append(bare(job, copies))
    what = f"{name} at size={size}, JPEG, from the {job.source_name}"
    report.Ratio(what, report.median(ours), report.median(theirs), "per second", at_least=0.9).show()
    report.note(
        f"the server itself took {report.median(beside) * 1000:.1f} ms of CPU for each, beside the render"
    )


def _busy_s(running: service.Service) -> float:
    """Read the CPU time of the web process alone, without its render workers, in seconds."""
    times = psutil.Process(running.process.pid).cpu_times()
    return float(times.user + times.system)
