"""Whether SQLite can keep data safe in a folder: not on a network share, nor where files can't be locked or shared in memory."""

import fcntl
import mmap
import os
import tempfile
from pathlib import Path
from typing import IO

from django.core.exceptions import ImproperlyConfigured

# As Linux calls them. SQLite's write-ahead log needs memory that all its users share, which no two machines do.
NETWORK = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "orangefs", "davfs")
)
# What follows “fuse.”, or is the type itself.
NETWORK_IN_USER_SPACE = frozenset(
    (
        *("sshfs", "glusterfs", "ceph", "ceph-fuse", "cephfs", "juicefs", "mfs", "moosefs", "seaweedfs", "weed", "smbnetfs", "davfs2"),
        *("s3fs", "s3fs-fuse", "goofys", "geesefs", "mount-s3", "mountpoint-s3", "gcsfuse", "blobfuse", "blobfuse2", "rclone", "curlftpfs"),
    )
)
_MOUNTS = Path("/proc/self/mountinfo")
_INSTEAD = "Name a folder on a disk of this machine in DATA_DIR, or PostgreSQL in DATABASE_URL."


def require_safe_for_sqlite(folder: Path, setting: str) -> None:
    """Raises ImproperlyConfigured with what is wrong with `folder`, which `setting` names and which may not be there yet.

    Nothing is left behind: what has to be tried is tried with a file without a name.
    """
    places = (folder.absolute(), *folder.absolute().parents)
    there = next(place for place in places if os.path.exists(place))  # noqa: PTH110 – no error where one can't be entered
    named, kind = f"{setting} ({folder})", type_of(there.resolve())
    if kind in NETWORK or kind.removeprefix("fuse.") in NETWORK_IN_USER_SPACE:
        raise ImproperlyConfigured(f"{named} is on a network share ({kind}), where SQLite can lose what it has saved. {_INSTEAD}")
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            problem = _problem_with(file)
    except OSError as error:
        user = f"user {os.getuid()} of group {os.getgid()}"
        raise ImproperlyConfigured(
            f"{named} can't be written to by {user}: {error.strerror}. Make it writable, or name another folder."
        ) from error
    if problem:
        raise ImproperlyConfigured(f"{named} is where files can't be locked or shared ({kind}: {problem}). {_INSTEAD}")


def _problem_with(file: IO[bytes]) -> str:
    """What the system says against a lock or shared memory; empty where both work."""
    try:
        file.truncate(mmap.PAGESIZE)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mmap.mmap(file.fileno(), mmap.PAGESIZE).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def type_of(path: Path) -> str:
    """The type of the file system with this path, as proc(5) has it in mountinfo; empty where the system doesn't tell."""
    try:
        lines = _MOUNTS.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    found = (0, "")
    for line in lines:
        mount, _, source = line.partition(" - ")
        point = Path(_unescaped(mount.split(" ")[4]))
        if path.is_relative_to(point) and len(point.parts) >= found[0]:  # of two at one place, the later one covers the other
            found = (len(point.parts), source.split(" ")[0])
    return found[1]


def _unescaped(text: str) -> str:
    for octal in ("040", "011", "012", "134"):
        text = text.replace(f"\\{octal}", chr(int(octal, 8)))
    return text
