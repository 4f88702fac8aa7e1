"""Who may read what the server keeps: its own user only, and the group where the data folder is the group's."""

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PRIVATE, WITHIN_GROUP = 0o077, 0o007


def keep_private(data_dir: Path, database: dict[str, Any]) -> None:
    """Have new files made for the process's user only, and take from others what they may do with those that are there.

    A folder that its group may write to is left as it is, and the group keeps what it may do with the files in it: so are containers
    run whose user is another one each time.
    """
    is_shared = bool(data_dir.stat().st_mode & stat.S_IWGRP)
    mask = WITHIN_GROUP if is_shared else PRIVATE
    os.umask(os.umask(mask) | mask)
    files = [path for path in data_dir.iterdir() if path.is_file() and not path.is_symlink()]
    for path in [*([] if is_shared else [data_dir]), *files, *_database_files(database)]:
        with contextlib.suppress(OSError):  # another user's, or gone meanwhile
            if (mode := stat.S_IMODE(path.stat().st_mode)) & mask:
                path.chmod(mode & ~mask)


def _database_files(database: dict[str, Any]) -> Iterable[Path]:
    if database["ENGINE"].endswith("sqlite3"):
        for suffix in ("", "-wal", "-shm"):
            yield Path(f"{database['NAME']}{suffix}")
