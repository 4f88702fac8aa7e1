"""Static files at start: gathered, named by their content and compressed, but only when one of them changed."""

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import servestatic
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from conversations.pages import browser_modules, bundles, stylesheets

from .problems import StartProblem

# What packages ship beside the modules that browsers load: compressing it would be most of the work.
UNUSED_GRAMMARS = frozenset(browser_modules.unused_grammars(settings.BASE_DIR / "node_modules"))
UNUSED = [
    "CVS",
    "highlight.min.js",  # with all languages at once
    "contrib",
    ".*",
    "*~",
    "*.cjs",
    "*.cjs.*",
    "*.umd.*",
    "*.cov.*",
    "*.d.ts",
    "*.d.mts",
    "*.json",
    "*.md",
    "*.txt",
]


def gather_if_changed(announce: Callable[[str], object]) -> bool:
    """Fill STATIC_ROOT when its sources changed; return whether they had. With DEBUG on there is nothing to do."""
    if settings.DEBUG:
        return False
    root = Path(settings.STATIC_ROOT)
    with _folder_lock(root.parent):
        return _gather(root, announce)


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    """Processes that start at once on one folder wait for each other."""
    path = folder / "static.lock"
    try:
        file = path.open("w")
    except OSError as error:
        raise StartProblem(f"{folder} can't be written to: {error.strerror}. Make it writable or set DATA_DIR.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed
        except OSError as error:
            path.unlink(missing_ok=True)
            raise StartProblem(f"{folder} is where files can't be locked: {error.strerror}. Name another folder in DATA_DIR.") from error
        yield


def _gather(root: Path, announce: Callable[[str], object]) -> bool:
    stamp = root / ".gathered"
    fingerprint = _fingerprint()
    try:
        if stamp.is_file() and stamp.read_text() == fingerprint:
            return False
        announce("Compressing static files, once …")
        stamp.unlink(missing_ok=True)
        call_command(
            "collectstatic", interactive=False, verbosity=0, ignore_patterns=[*UNUSED, *UNUSED_GRAMMARS], use_default_ignore_patterns=False
        )
        stamp.write_text(fingerprint)
    except OSError as error:
        raise StartProblem(f"Static files can't be written to {root}: {error.strerror}. Make it writable or set DATA_DIR.") from error
    except ValueError as error:  # a file names another that doesn't exist
        raise StartProblem(f"The static files don't fit together: {str(error).strip().splitlines()[0]} Run `make run` again.") from error
    return True


def _fingerprint() -> str:
    """Of names, sizes and times, not contents: it is computed on every start."""
    state = hashlib.sha256(repr((django.__version__, servestatic.__version__, settings.STORAGES["staticfiles"])).encode())
    for name, path in sorted(_sources()):
        status = path.stat()
        state.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return state.hexdigest()


def _sources() -> Iterator[tuple[str, Path]]:
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):  # without the grammars: each file would be compared with each pattern
            if "/".join(name.split("/")[-2:]) not in UNUSED_GRAMMARS:
                yield name, Path(storage.path(name))
    for makes_some in (bundles.__file__, stylesheets.__file__):
        yield "", Path(makes_some)
