"""What `benchmarks.servers.profiled` wrote down, as a table."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

from benchmarks.servers.shapes import Shape

PROGRAM = ("-m", "benchmarks.servers.profiled")
SHOWN_LINES = 15


class Switch:
    """Begins a profile of every server when it is first called; ends it and adds the result to the notes when it is called again."""

    def __init__(self, name: str, shape: Shape, notes: list[str]) -> None:
        self._name, self._shape, self._notes = name, shape, notes
        self._began = False

    def __call__(self) -> None:
        for server in self._shape.servers:
            server.process.send_signal(signal.SIGUSR2)
        if self._began:
            for number, server in enumerate(self._shape.servers, 1):
                profile = _taken(server.data_dir / f"profile-{server.process.pid}.json")
                self._notes.append(table(f"process {number}, {self._name}", profile))
        self._began = True


def table(name: str, profile: dict[str, Any]) -> str:
    total = profile["seconds"] or 1.0
    lines = [f"Profile of {name}: {total:.2f} s of processor time, {profile['other_threads'] / total:.0%} of it in other threads"]
    lines += ["   self    with what it calls"]
    lines += [f"  {own / total:5.1%}  {whole / total:6.1%}  {what}" for what, own, whole in profile["functions"][:SHOWN_LINES]]
    lines += ["   self    module"]
    lines += [f"  {own / total:5.1%}  {what}" for what, own in profile["modules"][:SHOWN_LINES]]
    return "\n".join(lines)


def _taken(path: Path) -> dict[str, Any]:
    deadline = time.monotonic() + 10
    while not path.exists():
        if time.monotonic() > deadline:
            raise RuntimeError("The server wrote no profile.")
        time.sleep(0.05)
    profile: dict[str, Any] = json.loads(path.read_text())
    path.unlink()
    return profile
