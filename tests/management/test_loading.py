"""What a process loads: what takes long to load is left out of the start of Django, and there before the server lets the first request in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLIENTS = {"openai", "aiohttp", "httpx2"}
READERS = {"PIL", "pi_heif", "pypdfium2", "pypdfium2_raw", "selectolax", "charset_normalizer", "office_oxide", "striprtf"}
STEPS = """
import importlib, json, socket, sys
import django

def loaded():
    print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))

django.setup()
loaded()
for name in ("chatbot.urls", "conversations.files.reading.process", "conversations.jobs.worker", "conversations.management.schedule"):
    importlib.import_module(name)
loaded()
from conversations.management import listening
from conversations.management.commands.serve import Command

Command.greeting = lambda *_: ""
listening.listen = lambda listener: sys.exit(loaded())
Command().serve(socket.socket(), "")
"""


@pytest.fixture(scope="module")
def loaded() -> list[set[str]]:
    """Packages that are there after Django's start, with what answers requests and runs jobs, and when the server begins to listen."""
    done = subprocess.run(
        [sys.executable, "-c", STEPS],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [set(json.loads(line)) for line in done.stdout.splitlines()]


def test_a_command_loads_nothing_that_talks_to_providers(loaded: list[set[str]]) -> None:
    started, with_pages_and_jobs, _ = loaded
    assert not CLIENTS & started
    assert not CLIENTS & with_pages_and_jobs  # the checks before most commands read all addresses


def test_the_server_has_loaded_it_before_it_listens(loaded: list[set[str]]) -> None:
    assert loaded[-1] >= CLIENTS


def test_the_server_itself_loads_none_of_what_reads_files(loaded: list[set[str]]) -> None:
    assert not READERS & loaded[-1]
