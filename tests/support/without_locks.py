"""Runs a program for which no file can be locked, as on a file system without locks: `python -m tests.support.without_locks PROGRAM …`.

The kernel refuses the locks (seccomp, on Linux), so that Python's and SQLite's own fail alike.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import struct
import sys

_NUMBERS = {"x86_64": (72, 73), "aarch64": (25, 32)}
"""Of the system calls fcntl and flock."""
IS_POSSIBLE = sys.platform == "linux" and platform.machine() in _NUMBERS

_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000 | errno.ENOLCK
_NUMBER, _SECOND_ARGUMENT = 0, 24  # where seccomp_data has them
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2


def _program() -> bytes:
    control, whole = _NUMBERS[platform.machine()]
    steps = [  # what to do, with which value, how many steps to skip when it is equal and when not
        (_LOAD, 0, 0, _NUMBER),
        (_EQUAL, 4, 0, whole),
        (_EQUAL, 0, 4, control),
        (_LOAD, 0, 0, _SECOND_ARGUMENT),
        (_EQUAL, 1, 0, fcntl.F_SETLK),
        (_EQUAL, 0, 1, fcntl.F_SETLKW),
        (_RETURN, 0, 0, _FAIL),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def main() -> None:
    program = ctypes.create_string_buffer(_program())
    header = ctypes.create_string_buffer(struct.pack("HP", len(program.raw) // 8, ctypes.addressof(program)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(_PR_SET_SECCOMP, _FILTER, ctypes.addressof(header), 0, 0):
        raise OSError(ctypes.get_errno(), "The kernel takes no filter.")
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
