"""The server's processes, around a toy application: real sockets, real signals, spawned web processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import psutil
import pytest

from calotype import server
from calotype.settings import Settings

# Spawned web processes import this script again as their main module, so they see the same toy application.
SCRIPT = """
import asyncio, contextlib, os, sys, types

from calotype.web.metrics import Metrics

metrics = Metrics() if __name__ == "__mp_main__" else None

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        if os.environ.get("TOY") == "broken":
            await send({"type": "lifespan.startup.failed", "message": "toy is broken"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/slow":
        print("slow", flush=True)
        await asyncio.sleep(0.7)
    if metrics:
        metrics.hits.in_flight = 1
        metrics.fold()
    body = f"{os.getpid()} {os.environ.get('CALOTYPE_PORT')} {scope['client'][0]}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})

@contextlib.contextmanager
def prepared(settings):
    yield types.SimpleNamespace(message=f"ready for {settings.base_url}")

sys.modules["calotype.app"] = types.SimpleNamespace(create_app=lambda: app)
sys.modules["calotype.bootstrap"] = types.SimpleNamespace(prepared=prepared)

if __name__ == "__main__":
    from calotype import server
    from calotype.settings import Settings

    server.serve(Settings(workers=int(sys.argv[1])))
"""


class Running:
    """A server process, its first lines, and its address."""

    def __init__(self, tmp_path, workers: int, **environment: str) -> None:
        script = tmp_path / "toy.py"
        script.write_text(SCRIPT)
        self.process = subprocess.Popen(
            [sys.executable, script, str(workers)],
            cwd=tmp_path,
            env={**os.environ, "CALOTYPE_PORT": "0", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_listening(self) -> str:
        self.said = self.process.stdout.readline() + self.process.stdout.readline()
        self.url = re.search(r"Listening on (\S+)", self.said)[1]
        return self.url

    def get(self, path: str = "/", **headers: str) -> str:
        return httpx.get(self.url + path, headers=headers).text

    def stop(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


@pytest.fixture
def start(tmp_path):
    started: list[Running] = []

    def start(workers: int, **environment: str) -> Running:
        started.append(Running(tmp_path, workers, **environment))
        return started[-1]

    yield start
    for running in started:
        for child in [*_children(running), running.process]:
            child.kill()
        running.process.communicate()


def _children(running: Running) -> list[psutil.Process]:
    try:
        return psutil.Process(running.process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def wait_until(true, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_success(start, workers, number):
    running = start(workers)
    running.wait_until_listening()
    assert running.get()
    assert running.stop(number) == (0, "")


def test_the_port_that_the_system_chose_is_in_every_link_and_process(start):
    running = start(2)
    port = httpx.URL(running.wait_until_listening()).port
    assert f"ready for http://127.0.0.1:{port}" in running.said
    assert running.get().split()[1] == str(port)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_that_runs_is_answered_before_the_server_ends(start, workers):
    running = start(workers)
    running.wait_until_listening()
    answers: list[str] = []
    client = threading.Thread(target=lambda: answers.append(running.get("/slow")))
    client.start()
    assert running.process.stdout.readline() == "slow\n"
    assert running.stop(signal.SIGTERM)[0] == 0
    client.join()
    assert answers[0]


def test_killing_the_parent_leaves_no_child_behind(start):
    running = start(2)
    running.wait_until_listening()
    children = _children(running)
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))


@pytest.mark.slow
def test_a_web_process_that_dies_is_replaced_and_its_gauges_forgotten(start, tmp_path):
    running = start(2)
    running.wait_until_listening()
    dead = int(running.get().split()[0])
    metrics = tmp_path / "data" / "run" / "metrics"
    assert (metrics / f"gauge_livesum_{dead}.db").exists()
    os.kill(dead, signal.SIGKILL)
    wait_until(lambda: not (metrics / f"gauge_livesum_{dead}.db").exists())
    assert running.get().split()[0] != str(dead)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_application_that_cannot_start_ends_the_server_with_an_error(start, workers):
    running = start(workers, TOY="broken")
    _, errors = running.process.communicate(timeout=60)
    assert running.process.returncode != 0
    assert "toy is broken" in errors


def test_a_taken_port_is_one_clear_line(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        running = start(1, CALOTYPE_PORT=str(port))
        said, errors = running.process.communicate(timeout=60)
    assert (running.process.returncode, said) == (1, "")
    assert errors == (
        f"calotype: cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "Choose another with CALOTYPE_PORT.\n"
    )


def test_forwarded_addresses_are_believed_from_trusted_proxies_alone(start):
    trusting, careful = start(1, CALOTYPE_TRUSTED_PROXIES="127.0.0.1"), start(1)
    for running, client in ((trusting, "203.0.113.7"), (careful, "127.0.0.1")):
        running.wait_until_listening()
        assert running.get(**{"X-Forwarded-For": "203.0.113.7"}).split()[2] == client


def test_arguments_reach_the_web_processes_through_the_environment(monkeypatch):
    monkeypatch.setenv("CALOTYPE_WORKERS", "3")
    monkeypatch.setattr(os, "environ", environment := dict(os.environ))
    server.export(Settings(port=0, max_frames=7, workers=3), 8123)
    changed = {name: value for name, value in environment.items() if name.startswith("CALOTYPE_")}
    assert changed == {"CALOTYPE_WORKERS": "3", "CALOTYPE_MAX_FRAMES": "7", "CALOTYPE_PORT": "8123"}
