"""What goes into the review queue, who looks at it, and what comes of it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast, Right
from django.utils import timezone

from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.models import Feedback, Message, ReviewItem, ReviewOutcome, ReviewReason, Role, Status, SystemPrompt, Thumb, User
from conversations.models.identifiers import first_id_at

SAMPLED = timedelta(days=7)
"""How far back answers are sampled, and thumbs made up for that were given while the admin read no conversations."""
DRAWN = 16**4
"""An answer is sampled by the last four digits of its id, which are random: again and again the same ones are."""
ROWS_AT_ONCE = 500


def note_thumb(message: Message, thumb: Thumb | None) -> None:
    """A thumb was given, or taken back: one that is down puts the answer into the queue, also where it was looked at as a sample."""
    if not settings.ADMIN_READS_CONVERSATIONS:
        return
    if thumb == Thumb.DOWN:
        item, made = ReviewItem.objects.get_or_create(message=message, defaults={"reason": ReviewReason.THUMB})
        if not made and item.reason == ReviewReason.SAMPLE:
            ReviewItem.objects.filter(pk=item.pk).update(reason=ReviewReason.THUMB, done=None, skipped=None, outcome="", assignee=None)
    else:
        ReviewItem.objects.open().filter(message=message, reason=ReviewReason.THUMB, assignee=None).delete()


def claim_next(user: User) -> ReviewItem | None:
    """What the user is to look at next, now with them: what they have begun, or else the first that is free; None where nothing is."""
    if begun := ReviewItem.objects.open().filter(assignee=user).next_first().first():
        return begun
    free = ReviewItem.objects.open().filter(assignee=None).next_first()
    while found := free.first():
        if claim(found, user):
            return found
    return None


def claim(item: ReviewItem, user: User) -> bool:
    """Assign it. False where another reviewer took it, or it was done, since it was read."""
    unchanged = ReviewItem.objects.filter(pk=item.pk, assignee=item.assignee_id, done=item.done)
    if not unchanged.update(assignee=user):
        return False
    item.assignee = user
    return True


def finish(item: ReviewItem, user: User, outcome: ReviewOutcome, note: str) -> bool:
    """False where it isn't with the user any more. What is done can be finished otherwise later."""
    return bool(ReviewItem.objects.filter(pk=item.pk, assignee=user).update(outcome=outcome, note=note, done=timezone.now()))


def skip(item: ReviewItem, user: User) -> bool:
    """Give it back, behind all that was not skipped. False where it isn't open and with the user."""
    return bool(ReviewItem.objects.open().filter(pk=item.pk, assignee=user).update(assignee=None, skipped=timezone.now()))


@task(title="Put answers into the review queue", takes_context=True)
def fill_review_queue(context: TaskContext) -> str:
    """A sample of the last days’ answers, and thumbs down that are not there yet."""
    if not settings.ADMIN_READS_CONVERSATIONS:
        return "Conversations can’t be read: ADMIN_READS_CONVERSATIONS is off."
    since = first_id_at(timezone.now() - SAMPLED)
    thumbs = Feedback.objects.filter(thumb=Thumb.DOWN, message__gte=since, message__review_item=None).values_list("message", flat=True)
    number = _put(ReviewReason.THUMB, thumbs.order_by(), context)
    answers = Message.objects.filter(role=Role.ASSISTANT, status__in=(Status.COMPLETE, Status.STOPPED), pk__gte=since, review_item=None)
    answers = answers.filter(conversation__temporary=False).order_by()
    for percent, of_prompts in _shares().items():
        number += _put(ReviewReason.SAMPLE, _drawn(answers.filter(of_prompts), percent).values_list("pk", flat=True), context)
    return f"{number} answer{'' if number == 1 else 's'} put in."


def _shares() -> dict[int, Q]:
    """Which answers are sampled by each percentage above 0."""
    by_percent: dict[int, list[object]] = defaultdict(list)
    own = SystemPrompt.objects.exclude(review_percent=None).values_list("pk", "review_percent")
    for prompt, percent in own:
        by_percent[percent or 0].append(prompt)
    shares = {percent: Q(prompt_version__prompt__in=prompts) for percent, prompts in by_percent.items() if percent}
    if everywhere := settings.REVIEW_PERCENT:
        others = Q(prompt_version=None) | Q(prompt_version__prompt__review_percent=None)
        shares[everywhere] = shares[everywhere] | others if everywhere in shares else others
    return shares


def _drawn(answers: QuerySet[Message], percent: int) -> QuerySet[Message]:
    if percent >= 100:
        return answers
    return answers.annotate(drawn=Right(Cast("pk", CharField()), 4)).filter(drawn__lt=f"{DRAWN * percent // 100:04x}")


def _put(reason: ReviewReason, messages: Iterable[uuid.UUID], context: TaskContext) -> int:
    found = list(dict.fromkeys(messages))
    for start in range(0, len(found), ROWS_AT_ONCE):
        context.check()
        # Some may have been deleted meanwhile.
        there = Message.objects.filter(pk__in=found[start : start + ROWS_AT_ONCE]).values_list("pk", flat=True)
        ReviewItem.objects.bulk_create((ReviewItem(message_id=pk, reason=reason) for pk in there), ignore_conflicts=True)
    return len(found)
