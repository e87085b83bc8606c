"""What a worker process gives up before it reads its first untrusted byte.

Law: each step is tried by itself, and `enforced` says of each what holds or why it does not; a platform that
lacks one still gets the others. Runs before anything loads libvips.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import calotype
from calotype.adapters.rendering import landlock, seccomp

NICENESS = 10
MAX_FILE_BYTES = 1024**3
"""Largest file a worker may write; its own temporary files included."""
MAX_OPEN_FILES = 256

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38

_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share",
    "/usr/local/share/fonts",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/dev/urandom",
    "/sys/devices/system/cpu",
)
"""Libraries, fonts, time zones, randomness and the number of cores: what decoders read besides the image."""

_report: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Confinement:
    """How a worker is held: folders by absolute path, memory in bytes, and the server that it dies with."""

    folder: str
    """The only place it may write to."""
    readable: tuple[str, ...]
    memory_bytes: int
    server_pid: int


def environment(folder: str) -> dict[str, str]:
    """Give the whole environment of a worker that writes to *folder*: no PATH, no secrets, nothing inherited."""
    return {
        "LANG": "C.UTF-8",
        "TMPDIR": folder,
        "HOME": folder,
        "MALLOC_ARENA_MAX": "2",  # each further arena reserves 64 MB of the address space that is limited
        "OPENBLAS_NUM_THREADS": "1",  # one worker for each core already
        "VIPS_CONCURRENCY": "1",
        "VIPS_BLOCK_UNTRUSTED": "1",
    }


def confine(confinement: Confinement) -> None:
    """Take every step, in this order, and remember how each went."""
    # systemd sends SIGTERM to every process of a service at once; the server still drains what runs here,
    # and ends its workers itself (`process`).
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    steps: dict[str, Callable[[Confinement], str]] = {
        "lifetime": _die_with_the_server,
        "priority": _yield_to_the_server,
        "memory": _limit_memory,
        "files": _limit_files,
        "privileges": _gain_nothing,
        "landlock": _see_little,
        "seccomp": lambda _: seccomp.restrict(),
    }
    _report.update({name: _tried(step, confinement) for name, step in steps.items()})


def enforced() -> dict[str, str]:
    """Say, inside a worker, what holds; a value that starts with "not enforced" says why."""
    return dict(_report)


def allow_cpu(seconds: float) -> None:
    """Let this process use *seconds* more of processor time; the kernel then ends it with SIGXCPU.

    RLIMIT_CPU counts a process's whole life, so the soft limit moves with each job.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _tried(step: Callable[[Confinement], str], confinement: Confinement) -> str:
    try:
        return step(confinement)
    except (OSError, ValueError, AttributeError) as error:
        return f"not enforced: {error}"


def _die_with_the_server(confinement: Confinement) -> str:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != confinement.server_pid:  # it died before the line above
        os._exit(1)
    return "ends when the server ends"


def _yield_to_the_server(_: Confinement) -> str:
    return f"nice {os.nice(NICENESS)}"


def _limit_memory(confinement: Confinement) -> str:
    _limit(resource.RLIMIT_AS, confinement.memory_bytes)
    return f"{confinement.memory_bytes // 2**20} MiB of address space"


def _limit_files(_: Confinement) -> str:
    _limit(resource.RLIMIT_CORE, 0)  # a core file would hold someone's picture
    _limit(resource.RLIMIT_FSIZE, MAX_FILE_BYTES)
    _limit(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    return f"no core file, {MAX_FILE_BYTES // 2**20} MiB each, {MAX_OPEN_FILES} open"


def _gain_nothing(_: Confinement) -> str:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return "no new privileges"


def _see_little(confinement: Confinement) -> str:
    readable = (*_SYSTEM, *_python_folders(), *confinement.readable)
    rights = [(path, landlock.READ) for path in readable]
    rights += [("/dev/null", landlock.READ | landlock.WRITE_FILE), (confinement.folder, landlock.WRITE)]
    return landlock.restrict(rights)


def _python_folders() -> set[str]:
    """Name where modules are imported from: never `sys.path`, whose working directory may hold the data."""
    libraries = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return {*libraries, *map(str, map(Path, calotype.__path__))}


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (allowed, allowed))


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
