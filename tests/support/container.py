"""The container that the Dockerfile describes, imitated with namespaces: its files, its start command, an unknown user and a root
that can't be written to. For root on Linux.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import template
from .serving import ROOT

USER = 1_000_650_000
"""Such as OpenShift chooses: no name, no home, and in group 0."""

# $1: the new root; then pairs of what is seen there and where it comes from, up to “--”; then the command.
SCRIPT = r"""
set -e
root=$1; shift
mount -t tmpfs -o mode=755 tmpfs "$root"
while [ "$1" != -- ]; do
  if [ -d "$2" ]; then mkdir -p "$root$1"; else mkdir -p "$root$(dirname "$1")"; touch "$root$1"; fi
  mount --rbind "$2" "$root$1"
  [ "$1" = /data ] || mount -o remount,bind,ro "$root$1"
  shift 2
done
shift
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid "$IMITATED_USER" --regid 0 --clear-groups --no-new-privs env -u IMITATED_USER -C /chatbot "$@"
"""
LOOPBACK_UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 0x41))"


class Image:
    """What the last stage of the Dockerfile says."""

    def __init__(self) -> None:
        text = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text())
        stage = text[text.rindex("\nFROM ") :].splitlines()
        said = [line.partition(" ")[::2] for line in stage if line[:1].isalpha()]
        self.environment = dict(pair.split("=", 1) for name, rest in said if name == "ENV" for pair in rest.split())
        command = {name: json.loads(rest) for name, rest in said if name in ("ENTRYPOINT", "CMD")}
        self.command: list[str] = [*command["ENTRYPOINT"], *command["CMD"]]
        [health] = [rest for name, rest in said if name == "HEALTHCHECK"]
        self.health_check: list[str] = json.loads(health[health.index("CMD ") + 4 :])
        copied = [rest.split() for name, rest in said if name == "COPY" and not rest.startswith("--from")]
        self.files = [target.rstrip("/") if target != "./" else source for source, target in copied]
        [made] = [part for name, rest in said if name == "RUN" for part in rest.split("&&") if part.strip().startswith("install -d")]
        self.folders = shlex.split(made)


class Container:
    """It runs from the start on. `data` is a folder of ours that it has as /data."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.image, self.data = Image(), folder / "data"
        self._make_data()
        (root := folder / "root").mkdir()
        seen = [path for path in ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/dev", "/proc") if Path(path).exists()]
        places = [(path, path) for path in seen]
        if not sys.base_prefix.startswith("/usr"):
            places.append((sys.base_prefix, sys.base_prefix))
        places += [("/venv", os.path.realpath(sys.prefix)), ("/chatbot/node_modules", os.path.realpath(ROOT / "node_modules"))]
        places += [(f"/chatbot/{name}", str(ROOT / name)) for name in self.image.files]
        places.append(("/data", str(self.data)))
        path = self.image.environment["PATH"].replace("$PATH", "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin")
        given = {**self.image.environment, "PATH": path, **environment, "IMITATED_USER": str(USER)}
        arguments = [str(root), *(part for pair in places for part in pair), "--", *self.image.command]
        script = f"{shlex.quote(sys.executable)} -c {shlex.quote(LOOPBACK_UP)}\n{SCRIPT}"
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "sh", "-c", script, "container", *arguments],
            env=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.environment = given
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_for(self, pattern: str, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.output, re.MULTILINE):
            assert self.process.poll() is None, f"It ended with code {self.process.returncode}:\n{self.output}"
            assert time.monotonic() < deadline, f"It did not say “{pattern}”:\n{self.output}"
            time.sleep(0.05)

    def run(self, *command: str) -> str:
        """Run a program of ours in the container's network, with its environment; answer what it printed."""
        inside = ["nsenter", "--target", str(self.process.pid), "--net"]
        program = [sys.executable if command[0] == "python" else command[0], *command[1:]]
        done = subprocess.run([*inside, *program], env=self.environment, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{self.output}"
        return done.stdout

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _make_data(self) -> None:
        """As the Dockerfile makes /data, but for root: an unknown user has it from its group alone."""
        arguments, paths = self.image.folders[:-2], self.image.folders[-2:]
        owner = arguments.index("-o")
        del arguments[owner : owner + 2]
        subprocess.run([*arguments, *(str(self.data) + path.removeprefix("/data") for path in paths)], check=True)
        self._put_static_files_of_an_earlier_start()

    def _put_static_files_of_an_earlier_start(self) -> None:
        """They are gathered again, but compressing them takes seconds and has nothing to do with who does it."""
        shutil.copytree(template.of_files() / "static", static := self.data / "static")
        (static / ".gathered").unlink()
        next(static.glob("js/chat.*.js")).unlink()
        for path in (static, *static.rglob("*")):
            os.chown(path, USER, 0)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            self.lines.extend(output)
