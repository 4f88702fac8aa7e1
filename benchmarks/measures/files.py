"""What an upload and a download of the largest file take of the memory of a server that has had such a one before."""

from __future__ import annotations

import threading
import time

from benchmarks.clients import people
from benchmarks.report import Row
from benchmarks.run import Run, say
from benchmarks.servers.shapes import Shape
from tests.support.uploading import Uploader

from . import clocks

SIZE_MB = 25
LINE = b"So that what is in the file is text, each line of it has words and ends.\n"
SAMPLE_SECONDS = 0.02


def rows(run: Run, shape: Shape) -> None:
    say(f"{shape.name}: a file of {SIZE_MB} MB …")
    server = shape.servers[0]
    (user,) = people.sign_in(server, 1, "files")
    uploader = Uploader(server.address, user.cookie.partition("=")[2])
    content = (LINE * (SIZE_MB * clocks.MEGABYTE // len(LINE) + 1))[: SIZE_MB * clocks.MEGABYTE]
    _upload(uploader, content[:-1])  # what threads and imports keep from then on belongs to no upload
    with _Peak(shape) as up:
        file = _upload(uploader, content)
    with _Peak(shape) as down:
        _, _, got = uploader.ask("GET", f"/files/{file}/")
    assert got == content
    run.report.add(
        f"{shape.name}: a file of {SIZE_MB} MB in pieces of a megabyte",
        [
            Row("memory (RSS) while it comes, beyond before", 20, up.megabytes, unit="MB"),
            Row("memory (RSS) while it is given out, beyond before", 20, down.megabytes, unit="MB"),
            Row("upload", None, up.seconds, unit="s"),
            Row("download", None, down.seconds, unit="s"),
        ],
    )


def _upload(uploader: Uploader, content: bytes) -> str:
    *_, file = uploader.send_all(uploader.begin(len(content), "lines.txt"), content)
    assert file is not None
    return str(file["id"])


class _Peak:
    """The most that the first server holds meanwhile beyond what it held before."""

    def __init__(self, shape: Shape) -> None:
        self._process = shape.processes[0]
        self._ended = threading.Event()
        self._before = self._most = clocks.rss(self._process)
        self._begun, self.seconds = time.monotonic(), 0.0
        self._thread = threading.Thread(target=self._look)

    @property
    def megabytes(self) -> float:
        return self._most - self._before

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._begun
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self._most = max(self._most, clocks.rss(self._process))
