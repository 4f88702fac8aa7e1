"""The key that signs sessions: made once, kept beside the data, readable by its owner only. A weak one is refused."""

import contextlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

MIN_CHARACTERS, MIN_DIFFERENT = 32, 8
"""128 bits as hexadecimal digits, and no repetition of a few."""


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
        key = path.read_text("utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"The secret key at {path} can't be read or made ({error.strerror}). Set SECRET_KEY.") from error
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(_unusable(path, "no text")) from error
    if _is_weak(key):
        raise ImproperlyConfigured(_unusable(path, "too easily guessed" if key else "empty"))
    return key


def require_strong(secret: str, name: str) -> None:
    """Raise ImproperlyConfigured where it is easily guessed. `name` is the setting's."""
    if _is_weak(secret):
        raise ImproperlyConfigured(
            f"{name} is easily guessed: use at least {MIN_CHARACTERS} random characters, as `openssl rand -hex 32` prints, "
            "and name the one before in OLD_KEY_SECRETS."
        )


def _is_weak(secret: str) -> bool:
    return len(secret) < MIN_CHARACTERS or len(set(secret)) < MIN_DIFFERENT


def _unusable(path: Path, what: str) -> str:
    return (
        f"The secret key at {path} is {what}. Restore that file from a backup, or delete it: "
        "with a new key everyone signs in again, and the API keys in the database are entered again."
    )
