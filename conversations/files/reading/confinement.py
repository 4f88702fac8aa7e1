"""Takes from the calling process what a hostile file could use: memory and time without end, other files, the network, other processes.

Limits hold on Linux, and those of time also on macOS. The rest is denied by seccomp where Linux runs on x86-64 or ARM64; see docs/files.md.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys

# Linux's numbers of system calls on (x86_64, aarch64). Where the latter has none, that of the one which does the same.
_OTHERS: dict[str, tuple[int, int]] = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "io_uring_setup": (425, 425),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "prlimit64": (302, 261),
    "setpriority": (141, 140),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    "fork": (57, 435),
    "vfork": (58, 435),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "chroot": (161, 51),
    "msgget": (68, 186),
    "semget": (64, 190),
    "shmget": (29, 194),
    "mq_open": (240, 180),
    "rename": (82, 38),
    "renameat2": (316, 276),
    "unlink": (87, 35),
    "rmdir": (84, 35),
    "renameat": (264, 38),
    "unlinkat": (263, 35),
    "mkdir": (83, 34),
    "mkdirat": (258, 34),
    "link": (86, 37),
    "linkat": (265, 37),
    "symlink": (88, 36),
    "symlinkat": (266, 36),
    "truncate": (76, 45),
    "chmod": (90, 53),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, 54),
    "lchown": (94, 54),
    "fchownat": (260, 54),
    "mknod": (133, 33),
    "mknodat": (259, 33),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "utime": (132, 88),
    "utimes": (235, 88),
    "utimensat": (280, 88),
    "futimesat": (261, 88),
}
"""Which reach beyond the process, or change what is stored."""
_FILES_AND_PROGRAMS: dict[str, tuple[int, int]] = {
    "open": (2, 56),
    "openat": (257, 56),
    "openat2": (437, 437),
    "creat": (85, 56),
    "open_by_handle_at": (304, 265),
    "execve": (59, 221),
    "execveat": (322, 281),
}
_CLONE, _CLONE3 = (56, 220), 435
_CLONE_THREAD = 0x10000

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # and its AUDIT_ARCH_… of linux/audit.h
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF_LD|BPF_W|BPF_ABS and others of linux/filter.h
_KILL, _ALLOW, _DENY, _UNKNOWN = 0x80000000, 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS  # SECCOMP_RET_…
_X32_BIT = 0x40000000


def limit(memory_bytes: int, cpu_seconds: int, wall_seconds: int) -> None:
    """For this process and what it becomes. No file is written, no core is dumped."""
    limits = {
        resource.RLIMIT_AS: (memory_bytes, memory_bytes),
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 2),  # told by SIGXCPU, so that it isn't taken for a lack of memory
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NOFILE: (64, 64),
    }
    for which, most in limits.items():
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of address space
            resource.setrlimit(which, most)
    signal.alarm(wall_seconds)  # also where the parent, which watches the time, was killed
    with contextlib.suppress(OSError):
        os.nice(5)  # pages and sockets come first
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123  (the first to end where memory runs out)
        score.write("1000")


def confine(*, keep_files: bool = False) -> bool:
    """Deny what reaches beyond this process, for good; `keep_files` leaves opening files and starting programs.

    All that is needed is imported before. False where this system can't.
    """
    if not sys.platform.startswith("linux") or platform.machine() not in _ARCHITECTURES or sys.maxsize < 2**32:
        return False
    column, audit = _ARCHITECTURES[platform.machine()]
    denied = _OTHERS if keep_files else _OTHERS | _FILES_AND_PROGRAMS
    return _filter(sorted({pair[column] for pair in denied.values()} - {_CLONE3}), _CLONE[column], audit)


def _filter(denied: list[int], clone: int, audit: int) -> bool:
    """Threads can be made, processes can't: of clone the flags are looked at, and for want of clone3 libraries take that.

    See the kernel's Documentation/userspace-api/seccomp_filter.rst: a small program that is asked at every system call."""
    instructions = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _UNKNOWN),
        (_AT_LEAST, len(denied) + 4, 0, _X32_BIT),  # the same calls under other numbers
        *((_EQUAL, len(denied) - place + 3, 0, number) for place, number in enumerate(denied)),
        (_EQUAL, 0, 2, clone),
        (_LOAD, 0, 0, 16),  # seccomp_data.args[0], its lower half
        (_HAS, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in instructions))
    program = struct.pack("@HP", len(instructions), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_char_p(program), 0, 0) == 0)
