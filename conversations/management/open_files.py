"""How many files the process may have open: each connection is one."""

import contextlib
import resource

ENOUGH = 65_536


def raise_limit() -> None:
    """Raise the soft limit, often 1,024, towards the hard one, which an administrator sets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a limit of its own, which it doesn't tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
