"""Mails to those who may publish a prompt, days before its model is shut down."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.utils import DNS_NAME
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.mail import has_mail
from conversations.models import RetirementNotice, User
from conversations.studio import retirement, rights
from conversations.studio.retirement import Leaving

GIVEN_UP = timedelta(minutes=10)
"""So long after a notice was claimed and not sent, another call sends it: the process that was sending it has ended."""
Key = tuple[uuid.UUID, uuid.UUID, str, str, int]


@task(title="Tell publishers of models that are shut down", takes_context=True)
def mail_retirements(context: TaskContext) -> str:
    """Each user gets one mail of all that is new. What couldn't be sent is tried again with the job."""
    if not has_mail():
        return "Mail is not set up: nothing was sent. The first page of the admin lists what leaves."
    due = [one for one in retirement.leaving() if one.notice_days is not None]
    claimed = _claimed(due)
    failures: list[OSError] = []
    for recipient, notices in claimed.items():
        context.check()
        try:
            _send(recipient, notices)
        except OSError as error:  # smtplib's errors, too
            RetirementNotice.objects.filter(pk__in=[notice.pk for notice, _ in notices]).delete()
            failures.append(error)
        else:
            RetirementNotice.objects.filter(pk__in=[notice.pk for notice, _ in notices]).update(sent=timezone.now())
    if failures:
        raise failures[0]
    if RetirementNotice.objects.filter(sent=None).exists():  # another call is sending it, or died
        mail_retirements.using(run_after=timezone.now() + GIVEN_UP).enqueue()
    return f"{len(claimed)} mail{'' if len(claimed) == 1 else 's'} sent."


def _claimed(due: list[Leaving]) -> dict[User, list[tuple[RetirementNotice, Leaving]]]:
    """What is this call's to send, by recipient. Of several calls at the same time each notice is one's."""
    claim, now = uuid.uuid4(), timezone.now()
    users = list(User.objects.filter(is_active=True, is_staff=True).exclude(email=""))
    wanted: dict[Key, tuple[User, Leaving]] = {}
    for one in due:
        for user in users:
            if rights.may_move_live(user, one.prompt):
                wanted[one.prompt.pk, user.pk, one.model, one.day.isoformat(), one.notice_days or 0] = user, one
    RetirementNotice.objects.bulk_create(
        [
            RetirementNotice(prompt_id=prompt, recipient_id=user, model=model, shutdown_date=day, days=days, claim=claim, claimed=now)
            for prompt, user, model, day, days in wanted
        ],
        ignore_conflicts=True,
    )
    RetirementNotice.objects.filter(sent=None, claimed__lt=now - GIVEN_UP).update(claim=claim, claimed=now)
    found: dict[User, list[tuple[RetirementNotice, Leaving]]] = defaultdict(list)
    for notice in RetirementNotice.objects.filter(claim=claim, sent=None):
        key = (notice.prompt_id, notice.recipient_id, notice.model, notice.shutdown_date.isoformat(), notice.days)
        if key in wanted:
            user, one = wanted[key]
            found[user].append((notice, one))
        else:  # it was left behind, and its time is over
            notice.delete()
    return found


def _send(user: User, notices: list[tuple[RetirementNotice, Leaving]]) -> None:
    told = sorted((one for _, one in notices), key=lambda one: (one.day, one.prompt.name))
    shown = [(one, _link(reverse("admin:conversations_systemprompt_retire", args=[one.prompt.pk]))) for one in told]
    text = render_to_string("email/retirement.txt", {"user": user, "shown": shown, "site_name": settings.SITE_NAME})
    models = list(dict.fromkeys(one.model for one in told))
    subject = f"{models[0]} is shut down on {told[0].day:%-d %B %Y}" if len(models) == 1 else f"{len(models)} models are shut down"
    # The same when it is sent a second time, because the process that sent it died before it could say so: mail programs show it once.
    same = {"Message-ID": f"<{min(str(notice.pk) for notice, _ in notices)}@{DNS_NAME}>"}
    EmailMessage(f"[{settings.SITE_NAME}] {subject}", text, to=[user.email], headers=same).send()


def _link(path: str) -> str:
    return f"{settings.SITE_URL}{path}" if settings.SITE_URL else ""
