"""Landlock: the kernel's own wall around a process, by raw system calls (there is no libc wrapper).

Law: what a rule does not name is refused. The numbers are those of `linux/landlock.h`, the same on every
architecture; each kernel announces by its ABI version how many of them it knows.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1

WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(1, 6))
MAKE_DIR, MAKE_REGULAR, TRUNCATE = 1 << 7, 1 << 8, 1 << 14

READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REGULAR | TRUNCATE
"""No symbolic link can be made: whoever collects results would follow it."""

_FILE_RIGHTS = WRITE_FILE | READ_FILE | TRUNCATE
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many file rights each ABI knows (2 added REFER, 3 TRUNCATE); from 5 on there are 16, with IOCTL_DEV."""
_ALL_TCP = 0b11
_ALL_SCOPES = 0b11
"""Abstract Unix sockets and signals to processes outside (ABI 6)."""

_libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """Say which Landlock this kernel has: 0 when none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)))


def restrict(rights: Iterable[tuple[str, int]]) -> str:
    """Give this thread, and every one it starts, only the *rights* (path, bits); say what is refused now.

    Paths that do not exist are passed over. TCP is refused from ABI 4 on, signals to others from ABI 6.
    Needs no_new_privs.

    Raises:
        OSError: the kernel has no Landlock, or refuses.
    """
    version = abi()
    if version == 0:
        raise OSError(0, "the kernel has no Landlock")
    known = (1 << _FS_BITS.get(version, 16)) - 1
    fields = (known, _ALL_TCP, _ALL_SCOPES)[: 1 + (version >= 4) + (version >= 6)]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _call(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path, bits in rights:
            _allow(ruleset, path, bits & known)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return f"ABI {version}: {', '.join(('files', 'TCP', 'signals')[: len(fields)])}"


def _allow(ruleset: int, path: str, bits: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            bits &= _FILE_RIGHTS  # the kernel refuses rules that give a file a folder's rights
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", bits, parent), 0)
    finally:
        os.close(parent)


def _call(number: int, *arguments: int | bytes) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
