"""Measure one case: every server is started, brought to the same bytes, and asked in turns."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import client, process, report, service
from bench.peers import quality
from bench.peers.cases import Case
from bench.peers.peer import Peer, Shot, Site

CLIENTS = 4
"""Connections that ask at once: enough to keep two cores busy, few enough that a time is not mostly waiting."""
SAMPLE = 3
"""Widths whose bytes and score stand for the case."""


@dataclass(frozen=True)
class Result:
    """One server in one case. *failure* is empty unless it could not do it."""

    server: str
    case: Case
    rate: float = 0
    cpu: float = 0
    """CPU seconds of the whole process tree for one variant."""
    p50: float = 0
    p95: float = 0
    size: float = 0
    score: float = 0
    memory: int = 0
    idle: int = 0
    quality: int | None = None
    client: float = 0
    """Cores that the client took beside the server."""
    failure: str = ""


@dataclass
class Running:
    """A started server."""

    name: str
    peer: Peer
    port: int
    pid: int
    quality: int | None = None

    def bodies(self, case: Case, quality_: int | None) -> list[bytes]:
        """Fetch the sample. Raises RefusedError."""
        return [
            client.fetch(self.port, self.peer.target(Shot(case.source, width, case.format, quality_)))
            for width in case.widths()[:SAMPLE]
        ]

    def targets(self, case: Case) -> Iterator[str]:
        """Every width once, then again: nothing is kept, and no two of them are under way at once."""
        shots = (Shot(case.source, width, case.format, self.quality) for width in case.widths())
        return itertools.cycle([self.peer.target(shot) for shot in shots])


def measure(case: Case, peers: dict[str, Peer], site: Site, *, rounds: int, seconds: float) -> list[Result]:
    """Measure *case* on every server; the first of *peers* sets the bytes."""
    with ExitStack() as stack:
        servers = [stack.enter_context(started(name, peer, site)) for name, peer in peers.items()]
        prepared = _prepare(case, servers, site)
        timed = {
            each.name: Timed(each, prepared[each.name]) for each in servers if not prepared[each.name].failure
        }
        for _, each in itertools.product(range(rounds), timed.values()):
            each.ask(case, seconds)
        done = {name: each.result(case, seconds) for name, each in timed.items()}
    return [done.get(name, prepared[name]) for name in peers]


def _prepare(case: Case, servers: list[Running], site: Site) -> dict[str, Result]:
    """Bring every server to the bytes of the first, and score what it sends."""
    results: dict[str, Result] = {}
    goal = 0.0
    for server in servers:
        idle = service.memory_of(server.pid)
        try:
            server.quality = _quality(server, case, goal) if goal and case.format != "png" else None
            bodies = server.bodies(case, server.quality)
        except client.RefusedError as error:
            results[server.name] = Result(server.name, case, failure=str(error))
            continue
        size = report.median([len(body) for body in bodies])
        goal = goal or size
        results[server.name] = Result(
            server.name,
            case,
            size=size,
            score=quality.score(site.pictures / case.source, bodies),
            quality=server.quality,
            idle=idle,
        )
    return results


def _quality(server: Running, case: Case, goal: float) -> int | None:
    """The quality at which *server* sends *goal* bytes; its own where that is already right."""
    if server.peer.name == "calotype":
        return None
    return quality.quality_for(
        goal, lambda value: report.median([len(body) for body in server.bodies(case, value)])
    )


@dataclass
class Timed:
    """The rounds of one server in one case. A refusal ends them, and is its result."""

    server: Running
    prepared: Result
    runs: list[client.Run] = field(default_factory=list)
    spent: float = 0
    failure: str = ""

    def ask(self, case: Case, seconds: float) -> None:
        """One round."""
        if not self.failure:
            before = service.cpu_of(self.server.pid)
            try:
                self.runs.append(self._ask(case, seconds))
            except client.RefusedError as error:
                self.failure = str(error)
            self.spent += service.cpu_of(self.server.pid) - before

    def _ask(self, case: Case, seconds: float) -> client.Run:
        targets = self.server.targets(case)
        return client.ask_for(self.server.port, targets, clients=CLIENTS, seconds=seconds)

    def result(self, case: Case, seconds: float) -> Result:
        """Medians of the rounds for the rate, all answers for the times; the memory in a round that is not timed."""
        if self.failure:
            return replace(self.prepared, failure=self.failure)
        took = [each for run in self.runs for each in run.took]
        return replace(
            self.prepared,
            rate=report.median([run.rate for run in self.runs]),
            cpu=self.spent / len(took),
            p50=report.percentile(took, 0.5),
            p95=report.percentile(took, 0.95),
            client=sum(run.client_seconds for run in self.runs) / sum(run.elapsed for run in self.runs),
            memory=process.peak_while(self.server.pid, lambda: self._ask(case, seconds)),
        )


@contextmanager
def started(name: str, peer: Peer, site: Site) -> Iterator[Running]:
    """Run *peer* until the block ends. A session of its own, so that its children end with it."""
    port = service.free_port()
    launch = peer.launch(site, port)
    with tempfile.TemporaryFile() as output:
        environment = os.environ | launch.environment
        server = subprocess.Popen(
            launch.command,
            cwd=launch.folder or Path(tempfile.gettempdir()),
            env=environment,
            stdout=output,
            stderr=output,
        )
        try:
            _wait(server, port, name)
            yield Running(name, peer, port, server.pid)
        finally:
            end(server)


def end(server: subprocess.Popen[bytes]) -> None:
    """End *server* and what it started: thumbor's parent leaves its children when it is terminated."""
    import psutil

    children = psutil.Process(server.pid).children(recursive=True)
    server.terminate()
    _, alive = psutil.wait_procs(children, timeout=10)
    for child in alive:
        child.terminate()
    server.wait(30)


def _wait(server: subprocess.Popen[bytes], port: int, name: str) -> None:
    """Wait until *server* takes connections and answers anything at all."""
    for _ in range(1500):
        if server.poll() is not None:
            break
        try:
            client.fetch(port, "/readyz")
        except client.RefusedError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"{name} did not start")
