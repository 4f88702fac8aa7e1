"""How long the admin's reports take on a month with a million attempts, beside adding up the same attempts row by row.

Also by itself: python -m benchmarks.measures.reports [--replies 620000]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.report import Report, Row
from benchmarks.run import say

ROOT = Path(__file__).resolve().parents[2]
REPLIES = 620_000
"""A million attempts."""
BUDGET_MS = 1000
MEASURE = """
import json, time
from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, Sum
from django.test import Client
from django.utils import timezone
from conversations.models import Attempt, User
from conversations.usage.reports import live
from conversations.usage.reports.spans import Span

settings.ALLOWED_HOSTS = ["*"]
client = Client()
client.force_login(User.objects.get(username="demo"))

def took(work):
    connection.close()  # each begins with a connection of its own, as a request does
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)

def page(query):
    def read():
        response = client.get(f"/admin/reports/?{query}")
        assert response.status_code == 200, response.status_code
        assert b"At a glance" in response.content
    return read

def own():
    assert client.get("/use/").status_code == 200

def simplest():
    span = Span.last_days(30, timezone.now())
    list(live.between(span.start, span.end).values_list("provider", "model").annotate(
        tries=Count("*"), failed=Count("id", filter=~Q(outcome="ok")), tokens=Sum("input_tokens"), cost=Sum("cost")))

def everything():
    span = Span.last_days(30, timezone.now())
    live.counted(span.start, span.end)

page("range=30d")()  # templates and modules are loaded
found = {name: min(took(page(f"range={name}")) for _ in range(3)) for name in ("24h", "7d", "30d", "90d")}
found |= {"own": min(took(own) for _ in range(3)), "simplest": took(simplest), "everything": took(everything)}
found["attempts"] = Attempt.objects.count()
print("FOUND" + json.dumps(found))
"""


def rows(replies: int = REPLIES) -> tuple[str, list[Row]]:
    """A heading and what was measured; the last column's baseline reads every attempt of the month."""
    with tempfile.TemporaryDirectory(prefix="chatbot-reports-") as folder:
        environment = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": "", "REDIS_URL": "", "DJANGO_SETTINGS_MODULE": "chatbot.settings"}
        _manage(environment, "migrate", "-v0")
        say(f"reports: writing a month of {replies:,} replies …")
        say(_manage(environment, "seed_demo", "--attempts-only", "--replies", str(replies)).splitlines()[0])
        _manage(environment, "collectstatic", "--no-input", "-v0")
        found: dict[str, Any] = json.loads(_manage(environment, "shell", "--no-imports", "-c", MEASURE).split("FOUND")[1])
    everything, simplest = found["everything"], found["simplest"]
    return f"reports over {found['attempts']:,} attempts in 30 days, on SQLite (in place of the relay: all raw rows added up)", [
        *(Row(f"the page, {name}", BUDGET_MS, found[name], everything, "ms") for name in ("24h", "7d", "30d", "90d")),
        Row("the page, 30d, beside one plain GROUP BY", None, found["30d"], simplest, "ms"),
        Row("a user's own usage", BUDGET_MS, found["own"], everything, "ms"),
    ]


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} ended with code {done.returncode}:\n{done.stderr}")
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=int, default=REPLIES, help="default: as many as make a million attempts")
    report = Report()
    report.add(*rows(parser.parse_args(arguments).replies))
    print(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
