"""The whole test suite: on SQLite, then, all but the browser's part, on PostgreSQL with Redis.

What a test needs of the machine is installed where that is allowed (Debian, as root). What is missing all the same is
skipped and said at the end; with CI=true it is a failure. Arguments go to pytest.
"""

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack

from tests import services

NEEDED = {
    "Chromium": (["chromium", "fonts-dejavu-core"], lambda: shutil.which("chromium")),
    "PostgreSQL": (["postgresql"], services.postgres_folder),
    "Redis": (["redis-server"], lambda: shutil.which("redis-server")),
}
NO_TESTS = 5
"""pytest's exit code when its arguments select nothing."""


def main(arguments: list[str]) -> int:
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    missing = install_missing()
    skipped = []
    browser = ["-m", "not browser"] if "Chromium" in missing else []
    if browser:
        skipped.append("The browser tests did not run: there is no Chromium.")

    codes = {"SQLite": run("SQLite", [*browser, *arguments], {"DATABASE_URL": "", "REDIS_URL": ""})}
    if absent := [name for name in ("PostgreSQL", "Redis") if name in missing]:
        skipped.append(f"The tests did not run on PostgreSQL and Redis: there is no {' and no '.join(absent)}.")
    elif codes["SQLite"] != 2:  # interrupted from the keyboard
        with ExitStack() as stack:
            environment = {"DATABASE_URL": stack.enter_context(services.postgresql()), "REDIS_URL": stack.enter_context(services.redis())}
            codes["PostgreSQL and Redis"] = run("PostgreSQL and Redis", ["-m", "not browser", *arguments], environment)

    for sentence in skipped:
        print(sentence + (" In CI that is a failure." if in_ci else ""))
    failed = [code for code in codes.values() if code not in (0, NO_TESTS)]
    if failed or (in_ci and skipped):
        return failed[0] if failed else 1
    return 0 if 0 in codes.values() else NO_TESTS


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


def run(where: str, arguments: list[str], environment: dict[str, str]) -> int:
    print(f"\n── Tests on {where} ──", flush=True)
    begun = time.monotonic()
    try:
        code = subprocess.run([sys.executable, "-m", "pytest", *arguments], env={**os.environ, **environment}, check=False).returncode
    except KeyboardInterrupt:
        return 2
    print(f"Tests on {where} took {time.monotonic() - begun:.0f} s.", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
