"""What a user said in a talk whose process died before its words were known. Its sound was nowhere else. Synchronous."""

from __future__ import annotations

from conversations.broadcast import frames
from conversations.broadcast.frames import Frame
from conversations.models import Message, text_part
from conversations.models.messages import NOT_UNDERSTOOD, UNKNOWN_WORDS
from conversations.search import entries


def give_up(reply: Message) -> Frame | None:
    """Has the question of this reply say so. Returns the frame that tells it; None where its words are known."""
    if (question := reply.parent) is None or question.text != UNKNOWN_WORDS:
        return None
    question.parts = [text_part(NOT_UNDERSTOOD)]
    if not Message.objects.filter(pk=question.pk, parts=[text_part(UNKNOWN_WORDS)]).update(parts=question.parts):
        return None
    entries.put(question)
    return frames.message(question, question.siblings)
