"""Publishing at a time: the draft is made a version now, and `live` moves to it then, by a background job."""

from __future__ import annotations

from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from conversations.jobs import queue
from conversations.jobs.tasks import task
from conversations.models import LIVE, PromptDraft, ScheduledPublication, SystemPrompt, User

from . import approvals, drafts, labels, publishing, required_cases, rights, sendable
from .wording import wording_of


class NotAllowed(Exception):
    """Approvals or passed cases are missing, and what is scheduled is no emergency; or the user may not move `live`."""


def of(prompt: SystemPrompt) -> ScheduledPublication | None:
    """What is scheduled, or was and didn't happen."""
    return ScheduledPublication.objects.filter(prompt=prompt).select_related("version", "by").first()


def waiting(prompt: SystemPrompt) -> ScheduledPublication | None:
    return ScheduledPublication.objects.filter(prompt=prompt, stopped="").select_related("version", "by").first()


def other_waiting(prompt: SystemPrompt, draft: PromptDraft) -> ScheduledPublication | None:
    """What is scheduled, unless it is what the draft says."""
    found = waiting(prompt)
    return found if found and wording_of(found.version) != wording_of(draft) else None


@transaction.atomic
def schedule(prompt: SystemPrompt, draft: PromptDraft, by: User, at: datetime, *, note: str = "") -> ScheduledPublication:
    """Make the draft a version that becomes live at this time, in place of what was scheduled before. The draft stays until then.

    The caller holds the prompt's lock. Raises NotAllowed and NotSendable.
    """
    wording = wording_of(draft)
    if not rights.may_move_live(by, prompt) or approvals.missing(prompt, wording) or required_cases.missing(prompt, wording):
        raise NotAllowed
    sendable.require(wording)
    version = publishing.as_version(prompt, draft, by, note=note)
    PromptDraft.objects.filter(pk=draft.pk).update(base=version)
    if earlier := of(prompt):
        cancel(earlier)
    scheduled = ScheduledPublication.objects.create(prompt=prompt, version=version, at=at, by=by, note=note)
    _enqueue(scheduled)
    return scheduled


@transaction.atomic
def cancel(scheduled: ScheduledPublication) -> None:
    """Or dismiss one that didn't happen. The caller holds the prompt's lock."""
    if scheduled.job_id:
        queue.cancel(scheduled.job_id)
    scheduled.delete()


@task(title="Publish a prompt at its time")
def publish_scheduled(*, scheduled: str) -> str:
    """Whether it may become live is judged again. Done a second time, or after a cancellation, it finds nothing to do."""
    with transaction.atomic():
        asked = ScheduledPublication.objects.filter(pk=scheduled).select_related("prompt").first()
        if asked is None:
            return "It was cancelled or is done."
        prompt = drafts.locked(asked.prompt)
        found = waiting(prompt)
        if found is None or str(found.pk) != scheduled:
            return "It was cancelled or is done."
        if found.at > timezone.now():  # it was run again by hand, before its time
            _enqueue(found)
            return "It is not its time yet, so it was scheduled again."
        if obstacle := _obstacle(prompt, found):
            return _stop(prompt, found, obstacle)
        return _publish(prompt, found)


def time_of(scheduled: ScheduledPublication) -> str:
    """In the site's time zone, such as “28 Nov 2026, 09:00 UTC”."""
    return date_format(timezone.localtime(scheduled.at), "j M Y, H:i T")


def _enqueue(scheduled: ScheduledPublication) -> None:
    scheduled.job = publish_scheduled.using(run_after=scheduled.at).enqueue(scheduled=str(scheduled.pk))
    scheduled.save(update_fields=["job"])


def _obstacle(prompt: SystemPrompt, scheduled: ScheduledPublication) -> str:
    """Why it may not become live now; empty where it may."""
    if scheduled.by is None:
        return "the account of who scheduled it was deleted"
    if not rights.may_move_live(scheduled.by, prompt):
        return f"{scheduled.by} may not move “{LIVE}” of it any more"
    if problems := sendable.problems(wording_of(scheduled.version)):
        return f"it can’t be sent: {problems[0]}"[:300]
    if missing := approvals.missing_of_version(prompt, scheduled.version):
        return f"{missing} of {prompt.approvals_needed} approvals are missing now"
    if missing := required_cases.missing_of_version(prompt, scheduled.version):
        return f"{missing} of {max(1, prompt.cases.count())} cases have not passed now"
    return ""


def _stop(prompt: SystemPrompt, scheduled: ScheduledPublication, obstacle: str) -> str:
    scheduled.stopped = obstacle
    scheduled.save(update_fields=["stopped"])
    said = f"Version {scheduled.version.number} was not published as scheduled for {time_of(scheduled)}: {obstacle}."
    _log(prompt, scheduled.by, said)
    return said


def _publish(prompt: SystemPrompt, scheduled: ScheduledPublication) -> str:
    version, draft = scheduled.version, drafts.of(prompt)
    before = labels.move(prompt, LIVE, version, by=scheduled.by, reason=scheduled.note)
    if draft is not None and wording_of(draft) == wording_of(version):
        drafts.end_as(version, draft)
    scheduled.delete()
    old = f"version {before.number}" if before else "no version"
    said = f"Published version {version.number}, as scheduled for {time_of(scheduled)}: moved the label “{LIVE}” from {old} to it."
    _log(prompt, scheduled.by, said)
    return said


def _log(prompt: SystemPrompt, by: User | None, said: str) -> None:
    if by is not None:  # an entry of the admin log is some user's
        LogEntry.objects.log_actions(by.pk, [prompt], CHANGE, said, single_object=True)
