"""The server process: takes the port, prepares the data directory once, and runs one or several web processes.

Law: whatever the web processes need to know reaches them through the environment, and none outlives its parent.

Why so: docs/adr/0002.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import resource
import shutil
import signal
import socket
import ssl
import sys
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import structlog
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from calotype.settings import Settings
from calotype.web.accepting import Accepting

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from calotype.web.protocol import BoundedConfig

KEEP_ALIVE_S = 75
"""Longer than the 60 s for which load balancers keep idle connections, so that they never reuse a closing one."""
DRAIN_BEYOND_RENDER_S = 5
"""Added to the deadline of a render: what was running at SIGTERM can still be sent."""
HEALTH_TIMEOUT_S = 15
"""A web process that answers no ping for so long is replaced."""
BACKLOG = 65_535
"""Connections that may wait to be accepted; the kernel takes the least of this and net.core.somaxconn."""
NOT_STARTED = "calotype: the application could not start; the log says why."
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>

log = structlog.get_logger("calotype.server")


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, finish what is running, and return.

    Raises:
        SystemExit: the port is taken, or the application could not start; its text is one line for a person.
        CalotypeError: the data directory or the database cannot be used.
    """
    from calotype.bootstrap import prepared
    from calotype.web.logs import configure_logging

    configure_logging(settings)
    # A crash leaves no copy of the memory behind: keys and codes are in it. Every process of ours inherits this.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    _check_certificate(settings)
    listener = bind(settings)
    export(settings, listener.getsockname()[1])
    # The settings as the web processes will read them: the port is known now, and with it every link.
    settings = Settings()
    with prepared(settings) as ready:
        if ready.message:
            _say(ready.message)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _already_drained)
        run = _run_alone if settings.workers == 1 else _run_several
        run(settings, listener)


def _check_certificate(settings: Settings) -> None:
    """Load the certificate once, before anybody relies on it.

    Raises:
        SystemExit: it cannot be used; its text is one line for a person.
    """
    if settings.tls_cert is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            settings.tls_cert, settings.tls_key, _no_password
        )
    except OSError as error:  # an SSLError is one
        raise SystemExit(f"calotype: tls_cert and tls_key cannot be used: {error.strerror}.") from None


def _no_password() -> str:
    # Without a callback OpenSSL would ask at the terminal, and wait there for ever.
    raise SystemExit("calotype: tls_key is encrypted, and nobody is there to type its password: decrypt it.")


def bind(settings: Settings) -> socket.socket:
    """Take the port, without listening yet: nobody connects before there is someone to answer.

    Raises:
        SystemExit: it is taken, or not ours to take.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted connections inherit it
        # Counts while sent bytes stay unacknowledged and while the client's window stays shut: whoever asks
        # and never reads is let go by the kernel (RFC 5482).
        milliseconds = int(settings.send_timeout_s * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SystemExit(_no_port(settings, error)) from None
    return listener


def _no_port(settings: Settings, error: OSError) -> str:
    where = f"{settings.host} port {settings.port}"
    return f"calotype: cannot listen on {where}: {error.strerror}. Choose another with CALOTYPE_PORT."


def export(settings: Settings, port: int) -> None:
    """Write into the environment what *settings* say and a fresh `Settings()` would not, and the true *port*.

    Web processes are spawned and build their own settings: from the environment and `calotype.toml`, as this
    one did, so only what was given as arguments has to be handed on.
    """
    fresh = Settings()
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if value != getattr(fresh, name):
            os.environ[f"CALOTYPE_{name.upper()}"] = str(value)
    if port != settings.port:
        os.environ["CALOTYPE_PORT"] = str(port)


def web_process_app() -> ASGIApp:
    """Build the application in a spawned web process, which from then on dies with its supervisor."""
    die_with_parent()
    from calotype.app import create_app

    return create_app()


def die_with_parent() -> None:
    """Have the kernel kill this spawned process when its parent is gone, however it went (Linux; else nothing)."""
    parent = multiprocessing.parent_process()
    if parent is None or not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent.pid:  # it died before the line above: no signal will come
        os._exit(1)


def _run_alone(settings: Settings, listener: socket.socket) -> None:
    server = _AnnouncingServer(_config(settings, "calotype.app:create_app"))
    try:
        server.run([listener])
    except OSError as error:  # somebody else bound the port in the same moment, and listened first
        raise SystemExit(_no_port(settings, error)) from None
    if not server.started:
        raise SystemExit(NOT_STARTED)


def _run_several(settings: Settings, listener: socket.socket) -> None:
    # Read when prometheus_client is imported, by each web process; only the supervisor may empty it.
    folder = settings.data_dir / "run" / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    supervisor = _Supervisor(_config(settings, "calotype.server:web_process_app"), [listener], folder)
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise SystemExit(NOT_STARTED)


def _config(settings: Settings, app: str) -> BoundedConfig:
    from calotype.web.protocol import BoundedConfig, HeadLimits

    return BoundedConfig(
        app,
        HeadLimits(settings.max_header_bytes, settings.header_timeout_s),
        factory=True,
        workers=settings.workers,
        loop="uvloop",
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=proxies(settings.trusted_proxies),
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(settings.render_timeout_s) + DRAIN_BEYOND_RENDER_S,
        timeout_worker_healthcheck=HEALTH_TIMEOUT_S,
    )


def proxies(listed: str) -> list[str]:
    """Spell each trusted address and network in every way that a socket may tell it.

    One that listens for IPv6 and IPv4 alike tells 10.0.0.1 as ::ffff:10.0.0.1 (RFC 4291 section 2.5.5.2).
    """
    networks = [ip_network(each) for each in map(str.strip, listed.split(",")) if each]
    mapped = [f"::ffff:{net.network_address}/{96 + net.prefixlen}" for net in networks if net.version == 4]
    return [*map(str, networks), *mapped]


def _already_drained(_number: int, _frame: FrameType | None) -> None:
    """Take the signal that uvicorn raises again once it has drained: having stopped as asked is success."""


def _announce(listener: socket.socket, config: Config) -> None:
    host, port = listener.getsockname()[:2]
    scheme = "https" if config.is_ssl else "http"
    _say(f"Listening on {scheme}://{f'[{host}]' if ':' in host else host}:{port}")


def _say(text: str) -> None:
    # Flushed: whoever starts us through a pipe waits for these lines.
    print(text, flush=True)  # noqa: T201 - this is what a person at the terminal reads


class _AnnouncingServer(Server):
    """uvicorn's server, which says its address once it listens, and takes connections many at a time."""

    _accepting: Sequence[Accepting] = ()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            tls = self.config.ssl if self.config.is_ssl else None
            self._accepting = [Accepting(listener, self._protocol, tls) for listener in sockets]
            _announce(sockets[0], self.config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for each in self._accepting:
            each.close()
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        # As in uvicorn's own `startup`, which keeps it to itself.
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


class _Supervisor(Multiprocess):
    """uvicorn's supervisor, which says the address once a process listens, and buries the dead in the metrics."""

    def __init__(self, config: BoundedConfig, sockets: list[socket.socket], metrics: Path) -> None:
        super().__init__(config, sockets)
        self._metrics = metrics
        self._announced = False

    def keep_subprocess_alive(self) -> None:
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        living = {process.pid for process in self.processes}
        for pid in before - living:
            log.warning("web process died", pid=pid)
        self._forget_gauges_except(living)
        if not self._announced and any(process.is_ready(1) for process in self.processes):
            self._announced = True
            _announce(self.sockets[0], self.config)

    def _forget_gauges_except(self, living: set[int | None]) -> None:
        # What prometheus_client's mark_process_dead does; importing it here would open files of our own there.
        for file in self._metrics.glob("gauge_live*.db"):
            if file.stem.rpartition("_")[2] not in map(str, living):
                file.unlink(missing_ok=True)
