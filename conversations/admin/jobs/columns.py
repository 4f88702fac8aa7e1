"""What the list of background jobs and the page of one show."""

from __future__ import annotations

import json

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.shown import NOTHING, ago, to_the_second
from conversations.jobs import tasks
from conversations.models import Job, JobState


def title(kind: str) -> str:
    """What its task does, in words; the kind itself where this version has no such task."""
    try:
        return tasks.find(kind).title
    except tasks.UnknownTask:
        return kind


class JobColumns(admin.ModelAdmin):
    @admin.display(description="job")
    def what(self, job: Job) -> str:
        return title(job.kind)

    @admin.display(description="state")
    def in_state(self, job: Job) -> SafeString:
        words: str | SafeString = str(JobState(job.state).label)
        if job.state == JobState.RUNNING and job.cancel_asked:
            words = "is being cancelled"
        elif job.state == JobState.WAITING and job.due and job.due > timezone.now():
            words = format_html("waiting, due {}", ago(job.due))
        return format_html('<span class="job-state job-{}">{}</span>', job.state, words)

    @admin.display(description="progress")
    def progress(self, job: Job) -> str:
        return f"{job.done:,} of {job.total:,}" if job.done is not None and job.total else NOTHING

    @admin.display(description="started")
    def begun(self, job: Job) -> str:
        return ago(job.started)

    @admin.display(description="created")
    def made(self, job: Job) -> str:
        return to_the_second(job.created)

    @admin.display(description="last started")
    def last_begun(self, job: Job) -> str:
        return to_the_second(job.started) if job.started else NOTHING

    @admin.display(description="finished")
    def ended(self, job: Job) -> str:
        return to_the_second(job.finished) if job.finished else NOTHING

    @admin.display(description="took")
    def took(self, job: Job) -> str:
        if job.started is None or job.state == JobState.WAITING:
            return NOTHING
        seconds = ((job.finished or timezone.now()) - job.started).total_seconds()
        return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"

    @admin.display(description="attempts")
    def tries(self, job: Job) -> str:
        return f"{job.attempts} of {job.max_attempts}"

    @admin.display(description="what came of it")
    def result(self, job: Job) -> str:
        return job.error or job.outcome or NOTHING

    @admin.display(description="arguments")
    def given(self, job: Job) -> str:
        return json.dumps(job.arguments, ensure_ascii=False) if job.arguments else NOTHING
