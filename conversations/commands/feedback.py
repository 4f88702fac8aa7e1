"""The user's feedback on an answer. Synchronous, one transaction each."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from conversations.broadcast import frames
from conversations.evaluation import review_queue
from conversations.models import Feedback, FeedbackTag, Message, Role, Thumb, User
from conversations.models.feedback import MAX_WORDS_CHARACTERS
from conversations.processes import supervisor
from conversations.usage.ledger import scores
from conversations.webhooks import events

from .refusals import Refused, not_found


def give(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID, given: dict[str, Any]) -> Feedback | None:
    """Save this thumb with its tags and words in place of what was given before, or, without a thumb, take that back.

    Open pages are told. Raises Refused.
    """
    thumb, tags, words = _checked(given)
    with transaction.atomic():
        message = Message.objects.of(user).filter(conversation=conversation_id, pk=message_id).only("role", "conversation").first()
        if message is None:
            raise not_found()
        if message.role != Role.ASSISTANT:
            raise Refused("invalid", "Only answers take feedback.")
        saved = None
        if thumb is None:
            Feedback.objects.filter(message=message, user=user).delete()
        else:
            fields = {"thumb": thumb, "tags": tags, "words": words}
            saved, _ = Feedback.objects.update_or_create(message=message, user=user, defaults=fields)
            of = {"conversation": str(conversation_id), "message": str(message_id), "user": {"id": str(user.pk)}}
            events.tell(events.FEEDBACK_GIVEN, {**of, "thumb": thumb, "tags": tags}, None)
        scores.note(message_id, user.pk)
        review_queue.note_thumb(message, thumb)
        frame = frames.feedback(conversation_id, message_id, saved)
        transaction.on_commit(lambda: supervisor.current().hub.publish_from_thread(conversation_id, frame))
    return saved


def _checked(given: dict[str, Any]) -> tuple[Thumb | None, list[str], str]:
    thumb, tags, words = given.get("thumb"), given.get("tags") or [], given.get("words") or ""
    if thumb is not None and thumb not in Thumb.values:
        raise Refused("invalid", "A thumb is “up” or “down”.")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags) or not isinstance(words, str):
        raise Refused("invalid", "Tags are a list of words, and words are text.")
    if unknown := [tag for tag in tags if tag not in FeedbackTag.values]:
        raise Refused("invalid", f"There is no tag “{unknown[0][:40]}”. Reload the page.")
    if tags and thumb != Thumb.DOWN:
        raise Refused("invalid", "Only a thumb down has tags.")
    words = words.replace("\x00", "\ufffd").strip()
    if len(words) > MAX_WORDS_CHARACTERS:
        raise Refused("too_large", f"Feedback has at most {MAX_WORDS_CHARACTERS:,} characters; this has {len(words):,}. Shorten it.")
    return Thumb(thumb) if thumb else None, [tag for tag in FeedbackTag.values if tag in tags], words
