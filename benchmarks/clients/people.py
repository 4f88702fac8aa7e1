"""The users of the measured server, and what it has saved of their answers: through `manage.py shell`, in its own database."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.support.serving import Served

SIGN_IN = """
import json
from django.conf import settings
from django.test import Client
from django.utils import timezone
from conversations.models import Conversation, User
people = []
for number in range({count}):
    user = User.objects.create(username=f"{prefix}-{{number}}")
    client = Client()
    client.force_login(user)
    conversation = Conversation.objects.create(owner=user, updated=timezone.now()) if {conversations} else None
    cookie = f"{{settings.SESSION_COOKIE_NAME}}={{client.cookies[settings.SESSION_COOKIE_NAME].value}}"
    people.append([cookie, str(conversation.pk) if conversation else None])
print(json.dumps(people))
"""
TOKENS = """
import json
from conversations.models import ApiToken, Scope, User
secrets = []
for number in range({count}):
    token = ApiToken(user=User.objects.create(username=f"program-{count}-{{number}}"), name="bench", scopes=list(Scope.values))
    secrets.append(token.draw())
    token.save()
print(json.dumps(secrets))
"""
SAVED = """
import hashlib, json
from conversations.models import Message, Role, Status
replies = Message.objects.filter(role=Role.ASSISTANT, status=Status.COMPLETE)
print(json.dumps({str(reply.pk): hashlib.sha256(reply.text.encode()).hexdigest() for reply in replies}))
"""


class SignedInUser(NamedTuple):
    cookie: str
    conversation: str | None


def sign_in(server: Served, count: int, prefix: str, *, conversations: bool = False) -> list[SignedInUser]:
    """Make users with sessions, each with an empty conversation if `conversations`."""
    code = SIGN_IN.format(count=count, prefix=prefix, conversations=conversations)
    return [SignedInUser(*fields) for fields in evaluate(server, code)]


def tokens(server: Served, count: int) -> list[str]:
    """API tokens, each of a user of its own."""
    return [str(token) for token in evaluate(server, TOKENS.format(count=count))]


def saved(server: Served) -> dict[str, str]:
    """Every complete reply in the database with the hash of its text."""
    texts: dict[str, str] = evaluate(server, SAVED)
    return texts


def evaluate(server: Served, code: str) -> Any:
    """What a piece of code prints as JSON on its last line."""
    return json.loads(server.manage("shell", "--no-imports", "-c", code).splitlines()[-1])
