"""(b) Hits from memory: one core, a body of about 70 kB, 64 kept-alive connections, metrics on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import load, pictures, report, service

CONNECTIONS = 64
BODY_BYTES = 70_000


def run(*, quick: bool) -> None:
    """Print requests per second against the bare ASGI application, and against nginx where there is one."""
    report.title(
        f"(b) Hits from memory per second, one core, {CONNECTIONS} connections (load by {load.NAME})"
    )
    seconds, rounds = (1, 1) if quick else (4, 5)
    cores = sorted(os.sched_getaffinity(0))
    ours_core, load_core = {cores[0]}, cores[1] if len(cores) > 1 else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = service.create_key(folder)
        with service.running(folder, cores=ours_core) as running:
            target, body = _about_70_kb(running, key)
            (folder / "body.jpg").write_bytes(body)
            with _bare(folder / "body.jpg", ours_core) as bare_port, _nginx(folder, ours_core) as nginx_port:
                ports = {"ours": (running.port, target), "bare": (bare_port, "/body.jpg")}
                if nginx_port:
                    ports["nginx"] = (nginx_port, "/body.jpg")
                rates = _measure(ports, seconds, rounds, load_core)
    report.note(f"the body has {len(body):,} bytes")
    what = "against a bare uvicorn application"
    report.Ratio(what, rates["ours"], rates["bare"], "per second", at_least=0.7).show()
    if "nginx" in rates:
        report.Ratio("against nginx", rates["ours"], rates["nginx"], "per second", at_least=0.45).show()
    else:
        report.note("nginx is not installed: not compared")


def _measure(
    ports: dict[str, tuple[int, str]], seconds: float, rounds: int, core: int | None
) -> dict[str, float]:
    """Ask each in turn, *rounds* times; the others idle meanwhile."""
    rates: dict[str, list[float]] = {name: [] for name in ports}
    for _ in range(rounds):
        for name, (port, target) in ports.items():
            rate = load.requests_per_second(port, target, connections=CONNECTIONS, seconds=seconds, core=core)
            rates[name].append(rate)
    return {name: report.median(values) for name, values in rates.items()}


def _about_70_kb(running: service.Service, key: str) -> tuple[str, bytes]:
    """Find the variant of the photograph that is nearest to 70 kB."""
    path = running.upload(pictures.six_megapixels(), key)
    stem = path.rsplit(".", 1)[0]
    variants = [f"{stem}.{ext}?size={size}" for ext in ("jpg", "webp") for size in ("m", "l")]
    bodies = {target: running.get(target)[1] for target in variants}
    target = min(bodies, key=lambda each: abs(len(bodies[each]) - BODY_BYTES))
    return target, bodies[target]


@contextmanager
def _bare(body: Path, cores: set[int]) -> Iterator[int]:
    port = service.free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.bare_app", str(port), str(body)])
    try:
        os.sched_setaffinity(process.pid, cores)
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def _nginx(folder: Path, cores: set[int]) -> Iterator[int | None]:
    """Serve the folder with nginx, one worker, as its documentation would for static files."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not binary:
        yield None
        return
    port = service.free_port()
    mask = "".join("1" if core in cores else "0" for core in reversed(range(max(cores) + 1)))
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; worker_cpu_affinity {mask}; pid {folder}/nginx.pid;\n"
        f"error_log {folder}/nginx.log;\n"
        "events { worker_connections 1024; }\n"
        "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;\n"
        "  types { image/jpeg jpg; }\n"
        f"  open_file_cache max=100; server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    folder.chmod(0o755)
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    process = subprocess.Popen([binary, "-c", str(config), *user])
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    import socket
    import time

    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on {port}")
