"""What is stored of a user beside conversations and files, as JSON. The format is described in docs/export.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from allauth.account.models import EmailAddress
from django.utils import timezone

from conversations.models import ApiToken, Feedback, User

FORMAT = "chatbot-account"
VERSION = 1
NAME = "account.json"


def document(user: User) -> Iterator[bytes]:
    head = {"format": FORMAT, "version": VERSION, "exported": timezone.now(), "account": _account(user)}
    yield orjson.dumps(head).removesuffix(b"}") + b',"feedback":['
    separator = b"\n"
    given = Feedback.objects.filter(user=user).order_by("id").values("message", "thumb", "tags", "words", "created", "updated")
    for feedback in given.iterator():
        yield separator + orjson.dumps(feedback)
        separator = b",\n"
    yield b"\n]}\n"


def _account(user: User) -> dict[str, Any]:
    emails = EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary")
    tokens = ApiToken.objects.of(user).order_by("pk").values("name", "prefix", "scopes", "created", "last_used", "expires", "revoked")
    return {
        "username": user.username,
        "name": user.get_full_name(),
        "email": user.email,
        "email_addresses": list(emails),
        "joined": user.date_joined,
        "last_login": user.last_login,
        "api_tokens": list(tokens),
    }
