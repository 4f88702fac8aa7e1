"""`manage.py serve` on the command line: what it prints, what it serves, and how it ends."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest

from tests.support import template
from tests.support.forks import FORKS
from tests.support.serving import ROOT, Served, Serving

pytestmark = pytest.mark.timeout(180)  # most start a server or two


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """Started as it is started outside of tests, from nothing."""
    serving = Serving(forked=False)
    yield serving("http://127.0.0.1:9/v1")
    serving.end()


def refused(*arguments: str, **environment: str) -> str:
    """What a start that fails prints; it must be one sentence and no traceback."""
    settings = {"DJANGO_SETTINGS_MODULE": "chatbot.settings", **environment}
    code, _, complaints = FORKS.run(["manage.py", "serve", *arguments], {**os.environ, **settings})
    assert code == 1
    assert "Traceback" not in complaints
    assert len(complaints.strip().splitlines()) == 1
    return complaints


def test_it_prints_its_address_who_answers_and_never_the_key(server: Served):
    assert re.search(rf"is at {re.escape(server.address)}/$", server.output, re.MULTILINE)
    assert "127.0.0.1 (scripted)" in server.output
    assert "sk-only-for-tests" not in server.output


@pytest.mark.every_database
def test_the_link_that_it_prints_makes_the_first_admin(serve: Serving):
    server = serve("http://127.0.0.1:9/v1")
    link = server.wait_for(r"(http://\S+/welcome/\S+)").group(1)
    with urlopen(link) as page:
        assert page.status == 200
    server.stop()

    server.manage("shell", "-c", "from conversations.models import User; User.objects.create_superuser('owner')")
    again = serve("http://127.0.0.1:9/v1", data_dir=server.data_dir)
    assert "welcome" not in again.output
    assert again.stop() == 0


def test_static_files_are_compressed_and_kept_for_a_year(server: Served):
    with urlopen(f"{server.address}/accounts/login/") as page:
        files = re.findall(r'href="(/static/[^"]+\.[0-9a-f]{12}\.(css|svg))"', page.read().decode())
    path, gone = (next(path for path, end in files if end == kind) for kind in ("css", "svg"))
    for encoding in ("br", "gzip"):
        with urlopen(Request(server.address + path, headers={"Accept-Encoding": encoding})) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert int(re.search(r"max-age=(\d+)", answer.headers["Cache-Control"]).group(1)) >= 365 * 24 * 3600  # type: ignore[union-attr]
            assert answer.headers["Content-Encoding"] == encoding
    (server.data_dir / gone.lstrip("/")).unlink()  # hard links: the template keeps it
    with pytest.raises(HTTPError, match="404"):
        urlopen(server.address + gone)


@pytest.mark.every_database
def test_a_second_start_migrates_and_compresses_nothing(serve: Serving):
    first = serve("http://127.0.0.1:9/v1")
    first.stop()
    again = serve("http://127.0.0.1:9/v1", data_dir=first.data_dir)
    assert "Compressing" not in again.output
    assert "up to date" not in again.output
    again.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_without_an_error(serve: Serving, number: signal.Signals):
    server = serve("http://127.0.0.1:9/v1")
    server.process.send_signal(number)
    assert server.process.wait(20) == 0
    assert "Traceback" not in server.output


@pytest.fixture
def hangup() -> Iterator[Callable[[signal.Handlers], object]]:
    """Sets what processes begun from now on do at a hangup: they inherit it, as these tests do where the run was begun with nohup."""
    before = signal.getsignal(signal.SIGHUP)
    yield lambda action: signal.signal(signal.SIGHUP, action)
    signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(shutil.which("setsid") is None, reason="needs util-linux")
def test_a_terminal_that_is_closed_ends_it_as_any_other_signal(serve: Serving, hangup: Callable[[signal.Handlers], object]):
    hangup(signal.SIG_DFL)
    data_dir = serve("http://127.0.0.1:9/v1", DATABASE_URL="").data_dir
    terminal, ours = os.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", sys.executable, "manage.py", "serve", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, **template.ENVIRONMENT, "DATA_DIR": str(data_dir), "DATABASE_URL": "", "OPENAI_API_KEY": ""},
        stdin=ours,
        stdout=ours,
        stderr=ours,
    )
    os.close(ours)
    said = ""
    while "is at http://" not in said:
        said += os.read(terminal, 1000).decode()
    os.close(terminal)
    assert process.wait(20) == 0


def test_what_is_started_with_nohup_outlives_its_terminal(hangup: Callable[[signal.Handlers], object]):
    hangup(signal.SIG_IGN)
    nohup = Serving(forked=False)
    server = nohup("http://127.0.0.1:9/v1", DATABASE_URL="")
    server.process.send_signal(signal.SIGHUP)
    with urlopen(f"{server.address}/healthz") as page:
        assert page.status == 200
    assert server.stop() == 0
    nohup.end()


def test_a_host_that_is_not_ours_is_one_short_line(server: Served):
    for _ in range(2):
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(f"{server.address}/", headers={"Host": "x" * 8000 + ".example.org"}))
        with refused.value as page:
            assert page.code == 400
    server.wait_for(r"xxx[^\n]*\n[\s\S]*xxx")
    lines = [line for line in server.output.splitlines() if "xxx" in line]
    assert [len(line) < 400 for line in lines] == [True, True]
    assert "Traceback" not in server.output


def test_a_taken_port_is_named(server: Served):
    sentence = refused("--port", str(server.port))
    assert f"Port {server.port} is taken" in sentence
    assert "--port" in sentence


def test_an_address_of_another_machine_is_refused():
    assert "--host" in refused("--port", "0", "--host", "192.0.2.1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("DRAIN_SECONDS", "soon"),
        ("OPENAI_BASE_URL", "localhost:11434"),
        ("OPENAI_API", "completions"),
        ("DATABASE_URL", "oracle://somewhere/else"),
        ("REDIS_URL", "http://localhost"),
        ("DATA_DIR", "/dev/null/var"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str):
    assert name in refused(**{name: value})


@pytest.mark.parametrize(
    ("address", "doubt"),
    [
        ("http://127.0.0.1:9", "try http://127.0.0.1:9/v1"),
        ("http://llm.example.org/v1", "llm.example.org without encryption"),
    ],
)
def test_a_doubtful_base_url_is_mentioned(serve: Serving, address: str, doubt: str):
    assert doubt in serve(address).wait_for(r"^OPENAI_BASE_URL: .*$").group()


@pytest.mark.parametrize(
    ("name", "value"), [("DATABASE_URL", "postgres://nobody@127.0.0.1:9/nothing"), ("REDIS_URL", "redis://127.0.0.1:9/0")]
)
def test_a_server_that_is_away_is_named(name: str, value: str):
    assert name in refused("--port", "0", **{name: value})


def test_a_body_beyond_all_bounds_is_refused_before_it_is_read(server: Served):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_pages_answer_while_many_browsers_ask(server: Served):
    for _ in range(30):
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        with browser.open(f"{server.address}/accounts/login/") as page:
            assert page.status == 200
    open_files = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) if Path("/proc").is_dir() else 0
    assert open_files < 60
