"""Rewrites that a scripted model proposes, and a run whose answers failed."""

from __future__ import annotations

import re

from django.utils import timezone

from conversations.evaluation.checks.check import Check
from conversations.evaluation.checks.checking import Given, made
from conversations.models import Run, SystemPrompt, User

from .cases import candidate, case, planned
from .scripted_openai import Answer, Finish, Request, Text

OLD = "Be brief.\nTalk of the sea."
NEW = "Be brief.\nTalk of the moon and the sea.\nNever guess."


def mark_in(request: Request) -> str:
    """That the rewrite stands between."""
    found = re.search(r"^--- ([0-9a-f]{16})$", request.question, re.MULTILINE)
    assert found
    return found[1]


def is_asked_for(request: Request) -> bool:
    return request.system.startswith("You improve the system prompt")


def rewrite(request: Request, text: str = NEW) -> Answer:
    mark = mark_in(request)
    return Answer(steps=(Text(f"Here it is:\n--- {mark}\n{text}\n--- {mark}\n"), Finish()))


def answering(request: Request) -> Answer:
    """Names the moon where the prompt does; proposes NEW."""
    if is_asked_for(request):
        return rewrite(request)
    return Answer(steps=(Text("The moon pulls." if "moon" in request.system else "The wind blows."), Finish()))


def failed_run(prompt: SystemPrompt, by: User, failing: int = 4, passing: int = 1) -> Run:
    """Of OLD, as if it had been run: it asks no provider."""
    moon, wind = Check("contains", "moon"), Check("contains", "wind")
    failed = [case(prompt, f"Why is there a tide {number}?", moon, expected="The moon.") for number in range(failing)]
    passed = [case(prompt, f"What blows {number}?", wind) for number in range(passing)]
    run = planned(prompt, by, candidate("version 1, live", OLD))
    for one in [*failed, *passed]:
        finding = made(Check.of(one.checks[0]), Given("The wind blows.", "stop", 0.1, 0.0))
        said = {"output": "The wind blows.", "findings": [finding.stored()], "passed": finding.passed}
        run.results.create(case=one, case_revision=1, candidate=0, repeat=0, **said)
    run.started = run.finished = timezone.now()
    run.save()
    return run
