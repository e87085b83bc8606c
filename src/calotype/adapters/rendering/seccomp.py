"""seccomp: system calls that decoding never needs, refused with EPERM.

Closes what Landlock leaves open: UDP, Unix sockets, io_uring (which would open sockets by itself), starting
programs, and looking into other processes. Law: one list, short enough to be read.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _RETURN = 0x20, 0x15, 0x35, 0x06  # linux/bpf_common.h
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4  # offsets in struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
_X32 = 0x40000000
"""x86-64 knows every call twice: numbers from here on are the x32 ABI's."""

_REFUSED = {
    "socket": (41, 198),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "unshare": (272, 97),
}
"""Call -> its numbers on x86-64 and on aarch64."""
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""machine -> (AUDIT_ARCH, column of the table)."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def restrict() -> str:
    """Refuse the calls for this thread, and every one it starts; needs no_new_privs. Say what is refused.

    Raises:
        OSError: not on this architecture or kernel.
    """
    if platform.machine() not in _ARCHITECTURES:
        raise OSError(0, f"no table of system calls for {platform.machine()}")
    code = _filter(*_ARCHITECTURES[platform.machine()])
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return f"{len(_REFUSED)} system calls refused, sockets and exec among them"


def _filter(architecture: int, column: int) -> bytes:
    """Assemble the filter: another architecture's calls and the listed ones are refused, all others pass."""
    numbers = [row[column] for row in _REFUSED.values()]
    to_refusal = len(numbers) + 1
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_EQUAL, 0, to_refusal + 2, architecture),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_ABOVE, to_refusal, 0, _X32),
        *((_JUMP_EQUAL, to_refusal - 1 - at, 0, number) for at, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
