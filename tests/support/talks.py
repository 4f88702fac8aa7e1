"""Conversations that are stored and can be searched, without a provider that answered."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from conversations.commands import attachments
from conversations.models import Conversation, File, Message, Role, User, attach, text_part
from conversations.search import entries


class Talk:
    def __init__(self, owner: User, title: str = "A talk", *, days_ago: float = 0) -> None:
        self.at = timezone.now() - timedelta(days=days_ago)
        self.conversation = Conversation.objects.create(owner=owner, title=title, updated=self.at)
        entries.put_title(self.conversation)

    def say(self, text: str, parent: Message | None = None) -> Message:
        """The next message of `parent`, or another version of the first one; user and assistant take turns."""
        role = Role.USER if parent is None or parent.role == Role.ASSISTANT else Role.ASSISTANT
        message = Message(conversation=self.conversation, owner=self.conversation.owner, parent=parent, role=role, parts=[text_part(text)])
        message.save()
        Message.objects.filter(pk=message.pk).update(created=self.at)
        entries.put(message)
        return message

    def show(self, *files: File) -> Message:
        """A first message with these files."""
        message = self.say("See this")
        message.parts = [*map(attachments.part, files), *message.parts]
        message.save()
        attach(message, files)
        return message
