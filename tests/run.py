"""The whole test suite on SQLite and, what depends on them, on PostgreSQL with Redis, both at the same time, by several workers each.

What a test needs of the machine is installed where that is allowed (Debian, as root). What is missing all the same is
skipped and said at the end; with CI=true it is a failure. Arguments go to pytest.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from tests.support import chromium, groups, services, template

NEEDED = {
    "Chromium": (["chromium-headless-shell", "fonts-dejavu-core"], chromium.path),
    "PostgreSQL": (["postgresql"], services.postgres_folder),
    "nginx": (["nginx-light"], lambda: shutil.which("nginx")),
    "ffmpeg": (["ffmpeg"], lambda: shutil.which("ffmpeg")),
    "Tesseract": (["tesseract-ocr"], lambda: shutil.which("tesseract")),
    "Redis": (["redis-server"], lambda: shutil.which("redis-server")),
}
SQLITE_WORKERS, POSTGRESQL_WORKERS = 2, 2
"""Much of the time goes into waiting for what is started or killed, so there are more of them than cores; still more are slower."""
WORTH_HELPING = 8
"""When PostgreSQL's tests are done and at least so many groups are left on SQLite, as many workers as it had help there."""
NO_TESTS = 5
"""pytest's exit code when its arguments select nothing."""


def main(arguments: list[str]) -> int:
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    missing = install_missing()
    skipped = []
    here_not = "not several_processes"
    if "Chromium" in missing:
        here_not += " and not browser"
        skipped.append("The browser tests did not run: there is no Chromium.")

    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # some 200 processes would each compile all of our modules
    codes = []
    with ExitStack() as stack:
        stack.enter_context(template.folder())
        compiling = stack.enter_context(compiled(arguments))
        elsewhere = None
        if absent := [name for name in ("PostgreSQL", "Redis", "nginx") if name in missing]:
            skipped.append(f"The tests did not run on PostgreSQL and Redis: there is no {' and no '.join(absent)}.")
        else:
            environment = {
                "DATABASE_URL": stack.enter_context(services.postgresql()),
                "TEST_REDIS_URLS": " ".join(stack.enter_context(services.redis()) for _ in range(POSTGRESQL_WORKERS)),
            }
            said = stack.enter_context(tempfile.TemporaryFile())
            compiling.wait()
            elsewhere = stack.enter_context(pytest(["-m", groups.ON_POSTGRESQL, *arguments], POSTGRESQL_WORKERS, environment, said))
        compiling.wait()
        heading("SQLite")
        shared, environment = stack.enter_context(groups.shared())
        environment |= {"DATABASE_URL": "", "REDIS_URL": ""}
        here = stack.enter_context(pytest(["-m", here_not, *arguments], SQLITE_WORKERS, environment))
        helping = None
        if elsewhere is not None:
            while here.poll() is None and elsewhere.poll() is None:
                time.sleep(0.2)
            if here.poll() is None and shared.left() >= WORTH_HELPING:
                told = stack.enter_context(tempfile.TemporaryFile())
                helping = stack.enter_context(pytest(["-m", here_not, *arguments], POSTGRESQL_WORKERS, environment, told))
        codes.append(here.wait())
        if helping is not None:
            codes.append(helping.wait())
            heading("SQLite, those that were left when PostgreSQL's were done")
            show(told)
        if elsewhere is not None:
            codes.append(elsewhere.wait())
            heading("PostgreSQL and Redis")
            show(said)

    for sentence in skipped:
        print(sentence + (" In CI that is a failure." if in_ci else ""))
    failed = [code for code in codes if code not in (0, NO_TESTS)]
    if failed or (in_ci and skipped):
        return failed[0] if failed else 1
    return 0 if 0 in codes else NO_TESTS


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


def heading(where: str) -> None:
    print(f"\n── Tests on {where} ──", flush=True)


def show(said: IO[bytes]) -> None:
    said.seek(0)
    print(said.read().decode(errors="replace"), flush=True)


@contextmanager
def compiled(arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Compiles the tests while servers start: all workers import the same modules at the same time, and each would compile them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", *arguments] if stale() else [sys.executable, "-c", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def stale() -> bool:
    """Whether a test module has no bytecode as new as itself."""
    modules = Path(__file__).parent.rglob("test_*.py")
    return not all(
        any(kept.stat().st_mtime >= module.stat().st_mtime for kept in (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc"))
        for module in modules
    )


@contextmanager
def pytest(
    arguments: list[str], workers: int, environment: dict[str, str], output: IO[bytes] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """pytest in a process of its own, with its workers; its words go to `output` where that is given."""
    queue = ["--numprocesses", str(workers), "--dist", "loadscope", "--no-loadscope-reorder"]
    process = subprocess.Popen([sys.executable, "-m", "pytest", *queue, *arguments], env={**os.environ, **environment}, stdout=output)
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
