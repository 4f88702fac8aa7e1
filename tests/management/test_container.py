"""The image's own start command runs as a user without a name in group 0, and with a root that can't be written to."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversations.providers import embedded
from tests.support.container import USER, Container

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs root on Linux, for namespaces"),
]

ALLOWED_HOSTS = "https://chat.example.org:8443/ localhost"
LARGE_REQUEST = """
from urllib.error import HTTPError; from urllib.request import Request, urlopen
try:
    urlopen(Request("http://localhost:8000/accounts/login/", data=b"a=" + b"x" * 300_000, headers={"Host": "chat.example.org"}))
except HTTPError as error:
    print(error.status)
"""


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    container = Container(tmp_path, ALLOWED_HOSTS=ALLOWED_HOSTS)
    yield container
    container.end()


def test_it_starts_answers_and_ends(container: Container) -> None:
    container.wait_for(r"is at http://localhost:8000/$")
    assert len(list(container.data.glob("static/js/chat.*.js"))) == 1  # gathered by that user
    container.run(*container.image.health_check)
    assert container.run("python", "-c", LARGE_REQUEST).strip() == "403"  # refused for want of a token, not for want of a folder
    if embedded.available():
        container.wait_for("The embedded model answers at")
    container.process.send_signal(signal.SIGTERM)
    assert container.process.wait(30) == 0, container.output
    assert "Traceback" not in container.output
    assert {(path.stat().st_uid, path.stat().st_gid) for path in container.data.iterdir() if path.name != "media"} == {(USER, 0)}
