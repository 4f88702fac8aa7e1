"""An experiment with several processes: a conversation is in one arm in all of them, and each end is one, whichever process was killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.jobs import until
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.serving import Serving
from tests.support.site import Process, Site

pytestmark = pytest.mark.timeout(180)
START = """
from conversations.evaluation.experiments import running
from conversations.models import SystemPrompt, User
prompt, by = SystemPrompt.objects.get(is_default=True), User.objects.get(username="alice")
by.is_staff, by.is_superuser = True, True
prompt.publish(text="Be live.")
candidate = prompt.publish(text="Be the candidate.", label="next")
running.start(prompt, candidate, by, share={share}, fewest=30, **{more})
"""
LOOK_NOW = """
from django.utils import timezone
from conversations.models import Experiment, Job
Experiment.objects.update(until=timezone.now())
Job.objects.filter(pk=Experiment.objects.get().job_id).update(due=timezone.now())
"""
END = """
from conversations.models import Ending, Experiment
Experiment.objects.get().end(Ending.BY_HAND, "Enough.")
"""
LOOKS = "SELECT state FROM conversations_job WHERE kind = 'conversations.evaluation.experiments.watching.check_experiment' ORDER BY id"
ENDED = "SELECT count(*) FROM django_admin_log WHERE substr(change_message, 1, 5) = 'Ended'"


@pytest.fixture
def site(quick_serve: Serving, provider: ScriptedOpenAI) -> Iterator[Site]:
    with Site(quick_serve, provider.base_url) as site:
        site.start()
        site.start()
        yield site


def answered(site: Site, process: Process, conversation: str | None = None, **fields: Any) -> str:
    """Returns the conversation."""
    tab = site.tab(process)
    accepted = tab.send("Hello", conversation, **fields)
    assert tab.until_ended(accepted["reply"]) == "complete"
    return str(accepted["conversation"])


def systems(provider: ScriptedOpenAI) -> list[str]:
    return [request.system for request in provider.streams if request.system.startswith("Be ")]


@pytest.mark.several_processes
def test_both_processes_serve_the_candidate_and_leave_it_at_once(site: Site, provider: ScriptedOpenAI) -> None:
    here, there = site.processes
    here.served.run(START.format(share=100, more={}))
    conversation = answered(site, here)
    answered(site, there, conversation)
    answered(site, there)
    here.served.run(END)
    answered(site, there, conversation)
    answered(site, here)
    assert systems(provider) == ["Be the candidate."] * 3 + ["Be live."] * 2
    # Two workers look for the job of an end that is there already: it is one.
    until(lambda: site.rows(ENDED) == [(1,)])


@pytest.mark.every_database
def test_a_process_that_is_killed_while_it_looks_leaves_the_end_to_the_next(quick_serve: Serving, provider: ScriptedOpenAI) -> None:
    """Its job is running, for a worker that is gone, and its lease has run out."""
    site = quick_serve(provider.base_url)
    site.run(START.format(share=100, more={}))
    site.kill()
    site.run(f"{LOOK_NOW}\nimport uuid\nJob.objects.update(state='running', worker=uuid.uuid4(), attempts=1)")
    again = quick_serve(provider.base_url, data_dir=site.data_dir)
    until(lambda: again.rows("SELECT ending FROM conversations_experiment") == [("plan",)])
    until(lambda: again.rows(LOOKS) == [("done",)])
    assert again.rows(ENDED) == [(1,)]
    again.kill()
