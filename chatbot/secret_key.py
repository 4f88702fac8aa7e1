"""The key that signs sessions: made once, kept beside the data, readable by its owner only."""

import contextlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def kept_secret_key(path: Path) -> str:
    """The key kept at `path`, made there first where there is none. Two processes starting at once get the same key."""
    try:
        if not path.exists():
            fresh = path.with_name(f"{path.name}.{os.getpid()}")
            fresh.touch(mode=0o600)
            try:
                fresh.write_text(secrets.token_urlsafe(50))
                with contextlib.suppress(FileExistsError):
                    os.link(fresh, path)  # unlike a rename, it leaves the other process's key alone
            finally:
                fresh.unlink()
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"The secret key at {path} can't be read or made ({error.strerror}). Set SECRET_KEY.") from error
    if not key:
        raise ImproperlyConfigured(f"The secret key at {path} is empty. Delete that file or set SECRET_KEY.")
    return key
