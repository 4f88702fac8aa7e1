"""A process that runs Python on a served site's data: it starts Django once, where each `manage.py shell` takes a second to do so.

`python -m tests.support.console PATH` listens at this path; `Console` is the client's side.
"""

from __future__ import annotations

import contextlib
import io
import json
import socket
import sys
import traceback
from pathlib import Path

from .forks import FORKS


class Console:
    """The console of the site with this environment; its process begins with it and ends with `close`."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._path = str(folder / "console")
        self._process = FORKS.start(["-m", "tests.support.console", self._path], environment)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said == "ready\n", said + self._process.stdout.read()

    def run(self, code: str) -> str:
        """Run this to its end; answers what it printed. An error in it fails, with its traceback."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self._path)
            line.sendall(code.encode())
            line.shutdown(socket.SHUT_WR)
            with line.makefile("rb") as answer:
                printed, trace = json.loads(answer.read())
        assert not trace, trace
        return str(printed)

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


def _listen(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            line, _ = listening.accept()
            with line, line.makefile("rb") as asked:
                line.sendall(json.dumps(_run(asked.read().decode())).encode())


def _run(code: str) -> tuple[str, str]:
    """What it printed, and the traceback of the error that it ended with."""
    from django.db import connections

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            exec(compile(code, "<console>", "exec"), {"__name__": "__main__"})
        except Exception:  # noqa: BLE001 – whatever it is, the test is told
            return printed.getvalue(), traceback.format_exc()
        finally:
            connections.close_all()
    return printed.getvalue(), ""


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    import django

    django.setup()
    _listen(sys.argv[1])
