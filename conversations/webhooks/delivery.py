"""Messages to webhooks: each by one job at a time, again after a failure, at least once.

A message has one job that may send it. Who sends it again by hand gives it another, and the one before then finds that it may not.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.jobs import queue
from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.models import DeliveryState, Job, JobState, Webhook, WebhookDelivery, sealed
from conversations.models.identifiers import new_id

from . import mailing, signing
from .answer import Answer

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
)
"""Between an attempt and the next, as Standard Webhooks advises; some more at random, so that not all come at once."""
TEST = "webhook.test"
"""The event of a message that a user sends to try the webhook, also while that is off."""
KEPT = timedelta(days=30)
MAX_KILLED = 20
"""So often a process may be killed while it sends one message."""


def put(webhook: Webhook, event: str, body: str) -> WebhookDelivery:
    """In the caller's transaction."""
    pk = new_id()
    job = deliver.enqueue(delivery=str(pk))
    return WebhookDelivery.objects.create(pk=pk, webhook=webhook, event=event, body=body, job=job)


@transaction.atomic
def send_again(pk: UUID) -> bool:
    """At once, with the same id. False where it is being sent just now, or isn't there any more."""
    found = WebhookDelivery.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if found is None:
        return False
    job = Job.objects.select_for_update().filter(pk=found.job_id).first() if found.job_id else None
    if job and job.state == JobState.RUNNING:
        return False
    if job and job.state == JobState.WAITING:
        queue.cancel(job.pk)
    found.job, found.state, found.retries = deliver.enqueue(delivery=str(pk)), DeliveryState.WAITING, 0
    found.save(update_fields=["job", "state", "retries"])
    return True


@task(title="Send a webhook", takes_context=True, max_attempts=MAX_KILLED)
def deliver(context: TaskContext, *, delivery: str) -> str:
    found = WebhookDelivery.objects.select_related("webhook").filter(pk=delivery).first()
    if found is None:
        return "It was deleted."
    if not _is_mine(found, context):
        return "It was sent, or another job is to send it."
    answer = _attempt(found, context)
    return _end(found, context, answer)


@task(title="Delete old webhook deliveries")
def delete_old_deliveries() -> str:
    """Those that were made more than thirty days ago, and aren't to be tried again."""
    old = WebhookDelivery.objects.filter(created__lt=timezone.now() - KEPT)
    waiting = old.filter(state=DeliveryState.WAITING, job__state__in=(JobState.WAITING, JobState.RUNNING))
    deleted, _ = old.exclude(pk__in=waiting.values("pk")).delete()
    return f"{deleted} deliver{'y' if deleted == 1 else 'ies'} deleted."


def _is_mine(delivery: WebhookDelivery, context: TaskContext) -> bool:
    return delivery.job_id == context.job_id and delivery.state == DeliveryState.WAITING


def _attempt(delivery: WebhookDelivery, context: TaskContext) -> Answer:
    webhook = delivery.webhook
    if not webhook.active and delivery.event != TEST:
        return Answer(None, "", "The webhook was switched off.", 0)
    if mailing.is_mail(webhook.url):
        context.check()
        return mailing.send(webhook.name, webhook.url, delivery.message_id, delivery.body)
    body = delivery.body.encode()
    try:
        headers = signing.headers(webhook.secret, delivery.message_id, int(time.time()), body)
    except sealed.Unreadable:
        return Answer(None, "", "Its secret can’t be opened any more: make a new one.", 0)
    from . import sending  # here, for aiohttp takes long to load; see `serve`

    context.check()
    return sending.post(webhook.url, headers, body)


@transaction.atomic
def _end(delivery: WebhookDelivery, context: TaskContext, answer: Answer) -> str:
    """Note what came of it, and have it tried again where it failed and may be."""
    found = WebhookDelivery.objects.select_for_update(of=("self",)).select_related("webhook").filter(pk=delivery.pk).first()
    if found is None or not _is_mine(found, context):
        return "It was deleted or sent again meanwhile."
    found.attempts += 1
    found.tried, found.status, found.duration_ms = timezone.now(), answer.status, answer.duration_ms
    found.answer, found.error = answer.excerpt, answer.error
    if not answer.error:
        found.state = DeliveryState.DELIVERED
        said = f"Delivered to {found.webhook.name}."
    elif found.retries < len(PAUSES) and found.webhook.active and found.event != TEST:
        pause = PAUSES[found.retries] * random.uniform(1, 1.2)  # noqa: S311  (no secret)
        found.retries += 1
        found.job = deliver.using(run_after=timezone.now() + pause).enqueue(delivery=str(found.pk))
        said = f"{answer.error} It is tried again."
    else:
        found.state = DeliveryState.FAILED
        said = f"{answer.error} It is not tried again."
    found.save()
    return said
