"""What tests run inside workers: each tries something that a hostile image might, and says how it went."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

from calotype.adapters.rendering import sandbox
from calotype.domain.assets import Facts
from calotype.domain.formats import Format
from calotype.ports import Ingested


def nothing(*_: object) -> None:
    return None


def echo(value: object) -> object:
    return value


def pid() -> int:
    return os.getpid()


def sleep(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def loop(*_: object) -> None:
    while True:
        pass


def loop_with_cpu_budget(seconds: float) -> None:
    sandbox.allow_cpu(seconds)
    loop()


def die(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def segfault() -> None:
    ctypes.string_at(0)


def raise_error(error: Exception) -> None:
    raise error


def hog(size: int) -> int:
    return len(bytearray(size))


def exhaust(*_: object) -> int:
    """Ask for more than any worker of these tests may have."""
    return hog(2 * 1024**3)


def environment() -> list[str]:
    """Read the environment that the process was started with from its own memory: `os.environ` is a copy."""
    environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    names = []
    while environ[len(names)]:
        names.append(environ[len(names)].partition(b"=")[0].decode())
    return sorted(names)


def descriptors() -> list[str]:
    """Name the kinds of all open descriptors; 0 to 2 are what they are."""
    found = ["standard"]
    for number in range(3, 256):
        try:
            mode = os.fstat(number).st_mode
        except OSError:
            continue
        found.append("pipe" if stat.S_ISFIFO(mode) else "device" if stat.S_ISCHR(mode) else f"other {mode:o}")
    return found


def modules() -> list[str]:
    return sorted(sys.modules)


def outcome(attempt: str, *arguments: object) -> str:
    """Make an attempt of the table; say "ok" or the name of the error."""
    try:
        _ATTEMPTS[attempt](*arguments)
    except OSError as error:
        return type(error).__name__
    return "ok"


def _tcp(host: str, port: int) -> None:
    socket.create_connection((host, port), timeout=2).close()


def _udp() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()


def _read(path: str) -> None:
    Path(path).read_bytes()


def _write(path: str) -> None:
    Path(path).write_bytes(b"x")


def _write_inside() -> None:
    Path(os.environ["TMPDIR"], "mine").write_bytes(b"x")


def _link(target: str) -> None:
    Path(os.environ["TMPDIR"], "link").symlink_to(target)


def _execute() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def _signal(number: int) -> None:
    os.kill(number, signal.SIGCONT)


_ATTEMPTS = {
    "tcp": _tcp,
    "udp": _udp,
    "read": _read,
    "write": _write,
    "write inside": _write_inside,
    "link": _link,
    "execute": _execute,
    "signal": _signal,
}


class Evil:
    """Pickles to a call: what a worker that has been taken over would answer."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path(self.path),)


def steal(source: str, *_: object) -> Ingested:
    """Answer an ingest with a file that was never this worker's to give."""
    return Ingested(Facts(Format.PNG, 1, 1), mezzanine=Path(source))


def evil(path: str) -> Evil:
    return Evil(path)


def fixed(size: int) -> bytes:
    return bytes(size)
