"""(d) Start to first rendered image, and (e) resident memory, idle and under load."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench import cold, pictures, report, service


def start(*, quick: bool) -> None:
    """Print how long after its start a server has rendered its first image, with one picture stored."""
    report.title("(d) From start to the first rendered image")
    took = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = service.create_key(folder)
        with service.running(folder) as running:
            path = running.upload(pictures.six_megapixels(), key)
        for extension in ("jpg", "webp", "png") if quick else ("jpg", "webp", "png", "avif", "gif"):
            target = f"{path.rsplit('.', 1)[0]}.{extension}?size=s"
            began = time.perf_counter()
            with service.running(folder) as running:
                if running.get(target)[0] != 200:
                    raise SystemExit(target)
                took.append(time.perf_counter() - began)
    report.note(
        f"{report.median(took):.2f} s (median of {len(took)} starts, each with a variant that was not cached)"
    )


def memory(*, quick: bool) -> None:
    """Print the memory of the whole process tree: idle, while rendering, and after it."""
    report.title("(e) Memory of the process tree (PSS)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = service.create_key(folder)
        with service.running(folder, render_slots=2) as running:
            time.sleep(2)
            idle = running.memory()
            picture = pictures.twenty_nine_megapixels()
            peak = peak_while(running.process.pid, lambda: _work(running, picture, key, 4 if quick else 12))
            time.sleep(2)
            after = running.memory()
    mib = 1024 * 1024
    report.note(f"idle {idle / mib:,.0f} MiB, peak {peak / mib:,.0f} MiB, afterwards {after / mib:,.0f} MiB")
    report.note("peak: 29 MP photographs uploaded and rendered, four at once, two workers")


def _work(running: service.Service, picture: bytes, key: str, uploads: int) -> None:
    def upload_and_render() -> None:
        for _ in range(uploads // 4):
            path = running.upload(picture, key)
            cold.through_the_server(running, [f"{path}?size={size}" for size in "sml"])

    threads = [threading.Thread(target=upload_and_render) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def peak_while(pid: int, work: Callable[[], object]) -> int:
    """Do *work*; answer the most memory that the process *pid* and all below it had meanwhile (PSS, 20 looks/s)."""
    peak, done = [service.memory_of(pid)], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            peak[0] = max(peak[0], service.memory_of(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return peak[0]
