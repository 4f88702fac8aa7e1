"""nginx with the configurations that docs/ proposes, in front of processes on this machine."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .throwaway_servers import accepts, free_port

DOCS = Path(__file__).resolve().parents[2] / "docs"
PROPOSED = DOCS / "nginx.conf"
AROUND = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


BLOCKED = """
    set $blocked "";
    if ($http_upgrade) {{ set $blocked upgrade; }}
    if (-f {while_there}) {{ set $blocked "${{blocked}} blocked"; }}
    if ($blocked = "upgrade blocked") {{ return 403; }}
    proxy_set_header Upgrade $http_upgrade;
"""
"""As some proxies, for as long as a file is there."""


@contextmanager
def nginx(ports: list[int], *, no_websockets_while: Path | None = None) -> Iterator[str]:
    """Yields the address that leads to one of the processes on these ports. As long as there is such a file, WebSockets are refused."""
    listening = free_port()
    site = PROPOSED.read_text()
    for number, port in enumerate(ports, 1):
        site = site.replace(f"web-{number}:8000", f"127.0.0.1:{port}")
    site, count = re.subn(r"listen 80;", f"listen 127.0.0.1:{listening};", site)
    assert count == 1
    if no_websockets_while is not None:
        site, count = re.subn(r"proxy_set_header Upgrade .*;", lambda _: BLOCKED.format(while_there=no_websockets_while), site)
        assert count == 1
    assert not re.search(r"web-\d", site), "The proposed configuration names other processes than the test has."
    with _running(site, listening) as address:
        yield address


@contextmanager
def nginx_below_paths(passed_on: dict[str, int], left_out: dict[str, int]) -> Iterator[str]:
    """One host with a site below each of these paths, on these ports. The path is passed on, as operating.md has it, or left out.

    Yields the host's address.
    """
    listening = free_port()
    [upgrade, block] = re.findall(r"^map [^{]*\{.*?^}$|^location /chat/ \{.*?^}$", (DOCS / "operating.md").read_text(), re.M | re.S)
    locations = [block.replace("/chat/", path).replace("127.0.0.1:8000", f"127.0.0.1:{port}") for path, port in passed_on.items()]
    locations += [block.replace("/chat/", path).replace("127.0.0.1:8000", f"127.0.0.1:{port}/") for path, port in left_out.items()]
    with _running(f"{upgrade} server {{ listen 127.0.0.1:{listening}; {' '.join(locations)} }}", listening) as address:
        yield address


@contextmanager
def _running(site: str, listening: int) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="chatbot-nginx-"))
    try:
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder, site=site))
        process = subprocess.Popen(["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")])
        try:
            deadline = time.monotonic() + 10
            while not accepts(listening):
                assert process.poll() is None, (folder / "error.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listening}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
