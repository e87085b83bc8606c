"""Memory for large originals: 36 MP JPEGs, four at once, ingested and rendered; progressive ones in their own lane."""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
import time
from pathlib import Path

from bench import cold, pictures, process, report, results, service

WIDTH, HEIGHT = 7360, 4912
GOALS_MIB = {"baseline": 270, "progressive": 1200}
AT_ONCE = 4


def run(*, quick: bool) -> None:
    """Print the peak over idle of the process tree (PSS) for each kind."""
    report.title(f"Memory for 36 MP JPEGs, {AT_ONCE} at once, ingest and render: peak over idle (PSS)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            files = pool.apply(_make, (pictures.twenty_nine_megapixels(), folder))
        found = {
            kind: _over_idle(file.read_bytes(), Path(name), 1 if quick else 3) for kind, file in files.items()
        }
    for kind, (idle, peak) in found.items():
        report.Limit(f"{kind}, over {idle:,.0f} MiB idle", peak - idle, "MiB", at_most=GOALS_MIB[kind]).show()
    results.keep("large", {kind: {"idle": idle, "peak": peak} for kind, (idle, peak) in found.items()})


def _make(picture: bytes, folder: Path) -> dict[str, Path]:
    """Enlarge the photograph and write it both ways. Runs in a child: libvips."""
    import pyvips

    image = pyvips.Image.new_from_buffer(picture, "")
    image = image.resize(WIDTH / image.width, vscale=HEIGHT / image.height)
    files = {kind: folder / f"{kind}.jpg" for kind in GOALS_MIB}
    for kind, file in files.items():
        image.jpegsave(str(file), Q=88, interlace=kind == "progressive", keep="none")
    return files


def _over_idle(picture: bytes, folder: Path, each: int) -> tuple[float, float]:
    """Answer (idle, peak) in MiB: *each* of four clients uploads, then asks for three sizes."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        key = service.create_key(Path(name))
        with service.running(Path(name), render_slots=2) as running:
            time.sleep(2)
            idle = service.memory_of(running.process.pid)
            peak = process.peak_while(running.process.pid, lambda: _work(running, picture, key, each))
    return idle / 2**20, peak / 2**20


def _work(running: service.Service, picture: bytes, key: str, each: int) -> None:
    def upload_and_render() -> None:
        for _ in range(each):
            path = running.upload(picture, key)
            cold.through_the_server(running, [f"{path}?size={size}" for size in "sml"])
            # Larger than the mezzanine allows: decodes the original, the dearest render that there is.
            cold.through_the_server(running, [f"{path}?w=3000"])

    threads = [threading.Thread(target=upload_and_render) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
