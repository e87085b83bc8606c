"""A real server for acceptance tests: the installed command, in a process of its own, on an empty folder."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Self

import httpx

CALOTYPE = Path(sys.executable).with_name("calotype")


class Served:
    """`calotype serve` in *folder*, with *settings* as CALOTYPE_ variables."""

    def __init__(self, folder: Path, **settings: object):
        self.folder = folder
        self.settings = settings
        self.key = ""
        self.printed = ""
        self.trust: ssl.SSLContext | bool = True

    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("CALOTYPE_")}
        chosen = {"port": 0, "log_format": "json", **self.settings}
        return ours | {f"CALOTYPE_{name.upper()}": str(value) for name, value in chosen.items()}

    def start(self) -> Self:
        """Start it and wait until it listens; the first start's key is remembered."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [CALOTYPE, "serve"], cwd=self.folder, env=self.environment(), text=True,
                stdout=subprocess.PIPE, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.printed = ""
        for line in self.process.stdout:
            self.printed += line
            if key := re.search(r"^\s+(img_live_\w+)$", line):
                self.key = key[1]
            if address := re.search(r"Listening on (https?://\S+)", line):
                self.url = address[1]
                break
        else:
            raise AssertionError(f"it did not start:\n{self.printed}\n{self.log()}")
        self.client = httpx.Client(base_url=self.url, timeout=60, verify=self.trust)
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask it to stop, as an operator would, and answer its exit status."""
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.process.stdout.close()
        return status

    def kill(self) -> None:
        """End it without warning, as a power cut would."""
        self.client.close()
        self.process.kill()
        self.process.wait(30)
        self.process.stdout.close()

    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the command line on the same data."""
        command = [CALOTYPE, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment(), capture_output=True, text=True, check=False
        )

    def json(self, *arguments: str) -> object:
        """Run a command that prints JSON."""
        done = self.run(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def upload(
        self, body: bytes, name: str = "photo.jpg", *, key: bool = True, **fields: str
    ) -> httpx.Response:
        headers = self.authorization if key else {}
        return self.client.post("/v1/upload", headers=headers, files={"file": (name, body)}, data=fields)

    def fetch(self, url: str, **headers: str) -> httpx.Response:
        return self.client.get(url.removeprefix(self.url), headers=headers)
