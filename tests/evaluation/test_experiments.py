"""A running experiment is looked at again and again, ends by itself for its reasons, once, and counts each answer for its arm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.evaluation.experiments import arms, watching
from conversations.jobs import queue
from conversations.jobs.context import TaskContext
from conversations.models import (
    NANO,
    Arm,
    Attempt,
    Audience,
    Conversation,
    Ending,
    Experiment,
    Job,
    JobState,
    Metric,
    Purpose,
    SystemPrompt,
    User,
)
from tests.support import ledger
from tests.support.admin_pages import logged
from tests.support.experiments import started, took_part

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompt(db: None) -> SystemPrompt:
    return SystemPrompt.objects.get(slug="assistant")


def look(experiment: Experiment, job: Job | None = None) -> str:
    """As a worker does when the job is due."""
    experiment.refresh_from_db()
    job = job or experiment.job
    assert job
    said = watching.check_experiment.call(TaskContext(job), job.arguments)
    experiment.refresh_from_db()
    return said


def errors(experiment: Experiment, owner: User, candidate: int, live: int) -> None:
    """Sixty conversations in each arm, with so many errors in ten answers."""
    for arm, number in ((Arm.CANDIDATE, candidate), (Arm.LIVE, live)):
        for place in range(60):
            took_part(experiment, arm, owner, errors=int(place % 10 < number))


def test_a_guard_ends_it_with_the_reason(prompt: SystemPrompt, admin: User, alice: User) -> None:
    experiment = started(prompt, admin, guards={"errors": 10, "cost": 50})
    errors(experiment, alice, 5, 1)
    assert look(experiment).startswith("Ended it.")
    assert experiment.ending == Ending.GUARD
    assert experiment.reason == "Errors: 50.0 % with the candidate, 10.0 % with the live version; at most 10 points more were allowed."
    assert experiment.reason in logged()[-1]
    assert not experiment.job
    assert not SystemPrompt.objects.filter(experiment=experiment).exists()


@pytest.mark.parametrize(("candidate", "fewest"), [(3, 30), (5, 61)])
def test_it_goes_on_where_the_guard_is_not_surely_crossed_or_data_are_few(
    prompt: SystemPrompt, admin: User, alice: User, candidate: int, fewest: int
) -> None:
    experiment = started(prompt, admin, guards={"errors": 10}, fewest=fewest)
    errors(experiment, alice, candidate, 1)
    assert look(experiment) == "It goes on."
    assert experiment.is_running
    assert experiment.checked
    assert experiment.job
    assert experiment.job.due
    assert timedelta(0) < experiment.job.due - timezone.now() <= watching.PERIOD


def test_a_job_that_runs_twice_looks_once(prompt: SystemPrompt, admin: User, alice: User) -> None:
    """Its worker may be killed after it put the next look into the queue, and before it said that it is done."""
    experiment = started(prompt, admin)
    first = experiment.job
    assert look(experiment, first) == "It goes on."
    jobs = Job.objects.filter(kind=watching.check_experiment.kind)
    assert jobs.count() == 2
    assert look(experiment, first) == "It is over, or another job looks at it."
    assert jobs.count() == 2


def test_the_planned_end(prompt: SystemPrompt, admin: User, alice: User) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    experiment = started(prompt, admin, until=soon)
    assert experiment.job
    assert experiment.job.due == soon
    look(experiment)
    assert experiment.is_running
    Experiment.objects.update(until=timezone.now())
    assert look(experiment) == "Ended it. Its planned end has come."
    assert experiment.ending == Ending.PLAN


def test_the_planned_number(prompt: SystemPrompt, admin: User, alice: User) -> None:
    experiment = started(prompt, admin, most_conversations=2)
    took_part(experiment, Arm.LIVE, alice)
    look(experiment)
    assert experiment.is_running
    took_part(experiment, Arm.CANDIDATE, alice, answers=0)
    assert look(experiment) == "Ended it. 2 conversations took part, as planned."


def test_it_ends_where_a_process_of_the_version_before_moved_live(prompt: SystemPrompt, admin: User) -> None:
    experiment = started(prompt, admin)
    SystemPrompt.objects.filter(pk=prompt.pk).update(published=prompt.add_version(text="Be moved."))
    look(experiment)
    assert experiment.ending == Ending.LIVE_MOVED


def test_it_ends_with_the_prompt_hidden_or_deleted(prompt: SystemPrompt, admin: User, alice: User) -> None:
    experiment = started(prompt, admin)
    SystemPrompt.objects.filter(pk=prompt.pk).update(audience=Audience.NOBODY)
    look(experiment)
    assert experiment.ending == Ending.HIDDEN
    other = SystemPrompt.objects.create(slug="other", name="Other")
    other.publish(text="One")
    running = started(other, admin)
    job = running.job
    assert job
    other.delete()
    assert watching.check_experiment.call(TaskContext(job), job.arguments) == "It is over, or another job looks at it."


def test_looks_that_found_nothing_are_forgotten(prompt: SystemPrompt, admin: User) -> None:
    experiment = started(prompt, admin)
    first = experiment.job
    assert first
    look(experiment)
    Job.objects.filter(pk=first.pk).update(state=JobState.DONE, finished=timezone.now() - timedelta(days=1))
    look(experiment)
    assert not Job.objects.filter(pk=first.pk).exists()


def test_a_look_that_failed_for_good_is_told(prompt: SystemPrompt, admin: User) -> None:
    experiment = started(prompt, admin)
    now = timezone.now()
    assert not Experiment.objects.unwatched(now).exists()
    Experiment.objects.update(started=now - timedelta(hours=1))
    experiment.refresh_from_db()
    assert experiment.is_unwatched
    assert Experiment.objects.unwatched(now).get() == experiment
    assert experiment.job
    Job.objects.filter(pk=experiment.job.pk).update(state=JobState.FAILED, due=None)
    queue.run_again(experiment.job.pk)
    look(experiment)
    assert not experiment.is_unwatched


def test_what_is_counted(prompt: SystemPrompt, admin: User, alice: User) -> None:
    experiment = started(prompt, admin)
    mine = took_part(experiment, Arm.CANDIDATE, alice, answers=5, errors=1, up=1, down=2, cost=2 * NANO, first_token_ms=400)
    took_part(experiment, Arm.LIVE, alice, answers=0)
    theirs = took_part(experiment, Arm.LIVE, alice, answers=1, cost=None, output_tokens=9)  # of unknown cost
    reply = mine.messages.last()
    assert reply
    now = timezone.now()
    ledger.attempt(now, "stopped", reply=reply, number=2, cost=NANO)  # continued, and stopped by its user
    ledger.attempt(now, "ok", reply=reply, purpose=Purpose.TITLE, cost=NANO)
    other = prompt.add_version(text="Other")
    # With another prompt for a while, or after an end
    for conversation, version in ((mine, other), (mine, experiment.live), (theirs, other), (theirs, experiment.candidate)):
        stray = conversation.messages.create(owner=alice, role="assistant", prompt_version=version)
        ledger.attempt(now, "provider", reply=stray)
    Conversation.objects.create(owner=alice, prompt=prompt, updated=now)
    found = arms.figures(experiment)
    candidate, live = found[Arm.CANDIDATE], found[Arm.LIVE]
    assert (candidate.conversations, candidate.answers, candidate.counted, candidate.errors) == (1, 6, 5, 1)
    assert (candidate.thumbs_up, candidate.thumbs_down, live.conversations, live.answers) == (1, 2, 2, 1)
    values = {metric: ratio.value for metric, ratio in candidate.ratios.items()}
    assert values == {
        Metric.THUMBS_UP: pytest.approx(1 / 3),
        Metric.THUMBS_DOWN: pytest.approx(2 / 6),
        Metric.ERRORS: pytest.approx(1 / 5),
        Metric.COST: pytest.approx(11 / 6),
        Metric.FIRST_TOKEN: pytest.approx(0.4),
        Metric.TOTAL_TIME: pytest.approx(1.0),
    }
    assert (live.ratios[Metric.COST].number, live.ratios[Metric.ERRORS].number) == (0, 1)


def test_after_its_end_nothing_more_is_counted_but_late_thumbs(prompt: SystemPrompt, admin: User, alice: User) -> None:
    experiment = started(prompt, admin)
    conversation = took_part(experiment, Arm.LIVE, alice, answers=1)
    experiment.end(Ending.BY_HAND, "Enough.")
    reply = conversation.messages.get()
    reply.feedback.create(user=alice, thumb="up")
    later = conversation.messages.create(owner=alice, role="assistant", prompt_version=experiment.live)
    ledger.attempt(timezone.now(), "ok", reply=later)
    later.feedback.create(user=alice, thumb="up")
    found: Any = arms.figures(experiment)[Arm.LIVE]
    assert (found.answers, found.thumbs_up) == (1, 1)
    assert Attempt.objects.count() == 2
