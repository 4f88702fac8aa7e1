"""The whole test suite on SQLite and, what depends on them, on PostgreSQL with Redis, both at the same time, by several workers each.

What a test needs of the machine is installed where that is allowed (Debian, as root). What is missing all the same is
skipped and said at the end; with CI=true it is a failure. Arguments go to pytest.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.support import chromium, template, throwaway_servers
from tests.support.forks import FORKS

NEEDED = {
    "Chromium": (["chromium-headless-shell", "fonts-dejavu-core"], chromium.path),
    "PostgreSQL": (["postgresql"], throwaway_servers.postgres_folder),
    "nginx": (["nginx-light"], lambda: shutil.which("nginx")),
    "ffmpeg": (["ffmpeg"], lambda: shutil.which("ffmpeg")),
    "Tesseract": (["tesseract-ocr"], lambda: shutil.which("tesseract")),
    "Redis": (["redis-server"], lambda: shutil.which("redis-server")),
}
SQLITE_WORKERS, POSTGRESQL_WORKERS = 3, 2
"""Much of the time goes into waiting for what is started or killed, so there are more of them than cores; still more are slower."""
NO_TESTS = 5
"""pytest's exit code when its arguments select nothing."""


def main(arguments: list[str]) -> int:
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    missing = install_missing()
    skipped = []
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # some 200 processes would each compile all of our modules
    os.environ |= {"DATABASE_URL": "", "REDIS_URL": ""}
    command = [sys.executable, "-m", "pytest", "--numprocesses", str(SQLITE_WORKERS)]
    selected = []
    if "Chromium" in missing:
        selected.append("not browser")
        skipped.append("The browser tests did not run: there is no Chromium.")
    with ExitStack() as stack:
        stack.enter_context(early_template())
        if absent := [name for name in ("PostgreSQL", "Redis", "nginx") if name in missing]:
            selected.append("not several_processes")
            skipped.append(f"The tests did not run on PostgreSQL and Redis: there is no {' and no '.join(absent)}.")
        else:
            command += ["--postgresql", stack.enter_context(throwaway_servers.postgresql())]
            for _ in range(POSTGRESQL_WORKERS):
                command += ["--redis", stack.enter_context(throwaway_servers.redis())]
        if selected:
            command += ["-m", " and ".join(selected)]
        code = stack.enter_context(running([*command, *arguments])).wait()

    for sentence in skipped:
        print(sentence + (" In CI that is a failure." if in_ci else ""))
    return 1 if code in (0, NO_TESTS) and in_ci and skipped else code


def install_missing() -> list[str]:
    """Install what the machine lacks, if we may; answer the names of what is still missing."""
    packages = [package for names, found in NEEDED.values() if not found() for package in names]
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(packages)} …", flush=True)
        # RUNLEVEL keeps the packages from starting servers of their own.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode:
                print("\n".join(done.stdout.splitlines()[-5:]))
    elif packages:
        print(f"Not on this machine: {', '.join(packages)}. Install them to run all tests.", flush=True)
    return [name for name, (_, found) in NEEDED.items() if not found()]


@contextmanager
def early_template() -> Iterator[None]:
    """The template of served sites is made by one core while the other starts the servers and collects the tests."""

    def make() -> None:
        with suppress(RuntimeError):  # then the first test that needs it tries again, and fails
            template.of_files()

    with template.folder():
        making = threading.Thread(target=make)
        making.start()
        try:
            yield
        finally:
            if making.is_alive():  # the tests were few
                FORKS.end()
                making.join()


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """pytest in a process of its own, which is interrupted if we are."""
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)  # it then ends what it started
            process.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
