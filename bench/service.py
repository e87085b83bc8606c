"""A Calotype server of its own for a measurement: a real process on an empty folder, ended afterwards."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

CALOTYPE = Path(sys.executable).with_name("calotype")


@dataclass
class Service:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    folder: Path

    def get(self, target: str) -> tuple[int, bytes]:
        """Fetch a path of the server: (status, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", target)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def upload(self, picture: bytes, key: str) -> str:
        """Upload a JPEG; answer the path of its delivery URL."""
        body, boundary = multipart(picture)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "authorization": f"Bearer {key}",
            "content-type": f"multipart/form-data; boundary={boundary}",
        }
        connection.request("POST", "/v1/upload", body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        if response.status not in {200, 201}:
            raise SystemExit(f"upload failed: {answer}")
        return "/" + answer["src"].split("/", 3)[3]

    def memory(self) -> int:
        """Resident bytes of the whole process tree, pages that are shared counted once (PSS)."""
        return memory_of(self.process.pid)


def memory_of(pid: int) -> int:
    """Resident bytes of the process *pid* and all below it, pages that are shared counted once (PSS)."""
    root = psutil.Process(pid)
    total = 0
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total


def cpu_of(pid: int) -> float:
    """CPU seconds that the process *pid* and all below it have taken: unlike a rate, it hardly feels other programs."""
    root = psutil.Process(pid)
    total = 0.0
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def multipart(picture: bytes) -> tuple[bytes, str]:
    """Build the body that curl would send, and its boundary."""
    boundary = "calotypebench"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode() + picture + f"\r\n--{boundary}--\r\n".encode(), boundary


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, port: int, **settings: object) -> dict[str, str]:
    """The environment of a server in *folder*: ours without its CALOTYPE_ variables, plus *settings*."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CALOTYPE_")}
    # A measurement asks for more than people may. Variants are counted as ever; images never cost a rate limit.
    many = {"variant_budget": 1_000_000, "requests_per_minute": 0, "workspace_requests_per_minute": 0}
    chosen = {"data_dir": folder / "data", "port": port, "log_level": "warning", **many, **settings}
    return clean | {f"CALOTYPE_{name.upper()}": str(value) for name, value in chosen.items()}


def create_key(folder: Path, *options: str) -> str:
    """Make a key with the command line, by its *options*."""
    command = [CALOTYPE, "keys", "create", "--json", *options]
    printed = subprocess.run(command, env=environment(folder, 0), cwd=folder, capture_output=True, check=True)
    return str(json.loads(printed.stdout)["key"])


@contextmanager
def running(folder: Path, *, cores: set[int] | None = None, **settings: object) -> Iterator[Service]:
    """Run a server in *folder*, on *cores* only when they are named, until the block ends."""
    port = free_port()
    output = (folder / "server.log").open("ab")
    process = subprocess.Popen(
        [CALOTYPE, "serve"],
        env=environment(folder, port, **settings),
        cwd=folder,
        stdout=output,
        stderr=output,
    )
    try:
        if cores:
            os.sched_setaffinity(process.pid, cores)
        service = Service(port, process, folder)
        wait_until_ready(service)
        yield service
    finally:
        process.terminate()
        process.wait(30)
        output.close()


def wait_until_ready(service: Service, deadline_s: float = 60) -> None:
    """Wait until the server says that it is ready."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        try:
            if service.get("/readyz")[0] == 200:
                return
        except OSError:
            pass
        if service.process.poll() is not None:
            break
        time.sleep(0.02)
    raise SystemExit(f"the server did not start:\n{(service.folder / 'server.log').read_text()}")
