from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from .api_tokens import ApiToken
from .compiled import Parameter, Select
from .conversations import Conversation
from .identifiers import new_id
from .message_content import answer_of, length_of, text_of
from .people import User
from .positions import position
from .prompt_versions import PromptVersion
from .tree import Tree


class Role(models.TextChoices):
    USER = "user"
    ASSISTANT = "assistant"


class Status(models.TextChoices):
    PENDING = "pending"
    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


RUNNING = (Status.PENDING, Status.STREAMING)

ASKED = "asked"
"""Among a reply's parameters, and of no provider's: what a program asked for with it. Its `parameters`, its `metadata`, and
whether it shows `pictures`."""
SPOKEN = "spoken"
"""Among a reply's parameters, and of no provider's: that it was given in speech, and what was estimated to be read for it."""
UNKNOWN_WORDS = "…"
"""Stands for what the user said in a talk, until it is transcribed."""
NOT_UNDERSTOOD = "[What was said could not be transcribed.]"


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, user: User) -> Self:
        """The messages of the user's own conversations: every query for a user starts here."""
        return self.filter(owner=user)

    def running(self) -> Self:
        return self.filter(status__in=RUNNING)


class Message(models.Model):
    """One message of a conversation's tree. What it says is in `parts`, such as {"type": "text", "text": "…"}."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", help_text="The conversation’s owner.")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    role = models.CharField(max_length=10, choices=Role)
    parts = models.JSONField(default=list)
    status = models.CharField(max_length=12, choices=Status, default=Status.COMPLETE)

    prompt_version = models.ForeignKey(PromptVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages")
    model = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True, default="", db_default="", help_text="What its user is told of how it came about.")
    filled_in = models.JSONField(null=True, blank=True, help_text="What was put into its prompt’s text: values, and versions of fragments.")
    parameters = models.JSONField(default=dict, blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    error_kind = models.CharField(max_length=40, blank=True)
    error_cause = models.TextField(blank=True, help_text="What the provider said, for the admin.")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="When a provider can be asked again, where that is known.")
    usage = models.JSONField(null=True, blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    request_id = models.UUIDField(null=True, blank=True, help_text="The client’s id of the command that made it.")
    continue_id = models.UUIDField(null=True, blank=True, help_text="The client’s id of the command that last continued it.")

    token = models.ForeignKey(
        ApiToken, null=True, editable=False, db_constraint=False, db_index=False, on_delete=models.DO_NOTHING, related_name="+"
    )
    """With which a program asked for this reply; None where a user did. Nothing is looked up by it: the ledger is."""
    copied = models.BooleanField(null=True, editable=False, help_text="Its user copied it.")
    """Empty where they didn't: a column that may be empty is added without rewriting the table."""

    run = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often its process was lost: it was taken over, or marked as interrupted."
    )
    losses = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often its process was lost, since a user last asked for it."
    )
    reconnections = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often it broke off and was continued automatically, since a user last asked for it."
    )
    upstream = models.JSONField(null=True, blank=True, help_text="Where the provider lets another process take up its stream.")
    stop_asked = models.BooleanField(default=False, db_default=False, help_text="Its process is to end it.")
    lease_holder = models.UUIDField(null=True, blank=True, help_text="The process that writes it.")
    lease_until = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    first_token = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "request_id"], name="a_request_makes_one_message"),
            models.UniqueConstraint(fields=["owner", "continue_id"], name="a_request_continues_once"),
        ]
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(status__in=RUNNING), name="running_by_lease"),
            models.Index(fields=["prompt_version", "created"], name="messages_of_version"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} message {self.pk}"

    @property
    def asked(self) -> dict[str, Any]:
        """What a program asked for with this reply, see ASKED."""
        found = self.parameters.get(ASKED)
        return found if isinstance(found, dict) else {}

    @property
    def is_spoken(self) -> bool:
        """Whether it was given in speech, by a connection that no other process can go on with."""
        return SPOKEN in self.parameters

    @property
    def is_running(self) -> bool:
        return self.status in RUNNING

    @property
    def text(self) -> str:
        """The visible text: every text part, joined."""
        return text_of(self.parts)

    @property
    def answer(self) -> str:
        """What it says to the reader, see `answer_of`."""
        return answer_of(self)

    @property
    def length(self) -> int:
        """Code points of all its parts, and 1 for each picture that was made."""
        return length_of(self.parts)

    @property
    def end(self) -> int:
        """The position after its output, see `position`."""
        return position(self.run, self.length)

    @property
    def siblings(self) -> list[uuid.UUID]:
        """The alternatives at this place, itself included, oldest first, see `Tree.siblings`."""
        if self.parent_id is None:
            return list(Message.objects.filter(conversation=self.conversation_id, parent=None).order_by("id").values_list("id", flat=True))
        found = _CHILDREN.all(conversation=self.conversation_id, parent=self.parent_id)
        void = void_among([key for key, status in found if status == Status.FAILED and key != self.pk])
        return [key for key, _ in found if key not in void]


def parent_links(conversation_id: uuid.UUID) -> dict[uuid.UUID, uuid.UUID | None]:
    """Every message of the conversation with its parent, oldest first; no content is read."""
    return {key: parent for key, parent, _ in _LINKS.all(conversation=conversation_id)}


def tree_of(conversation_id: uuid.UUID) -> Tree:
    """The conversation's tree, as it is leafed through."""
    found = _LINKS.all(conversation=conversation_id)
    return Tree({key: parent for key, parent, _ in found}, void_among([key for key, _, status in found if status == Status.FAILED]))


def void_among(failed: list[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the failed replies that say nothing, and that nothing follows."""
    if not failed:
        return set()
    return {one.pk for one in Message.objects.filter(pk__in=failed, children=None).only("parts") if not one.length}


def listed(conversation_id: uuid.UUID) -> tuple[Conversation, bool] | None:
    """The conversation, and whether a reply runs in it, as the list shows it; None where it was deleted."""
    found: Any = _LISTED.first(conversation=conversation_id)
    return None if found is None else (found, found.running)


_CONVERSATION, _PARENT = Parameter("conversation", models.UUIDField()), Parameter("parent", models.UUIDField())
_CHILDREN = Select(lambda: Message.objects.filter(conversation=_CONVERSATION, parent=_PARENT).order_by("id").values_list("id", "status"))
_LINKS = Select(lambda: Message.objects.filter(conversation=_CONVERSATION).order_by("id").values_list("id", "parent_id", "status"))
_LISTED = Select(
    lambda: Conversation.objects.filter(pk=_CONVERSATION).annotate(
        running=Exists(Message.objects.running().filter(conversation=OuterRef("pk")))
    )
)
