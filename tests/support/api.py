"""Tokens of users, and a client that sends one."""

import json
from typing import Any

from django.test import Client

from conversations.models import ApiToken, Scope, SystemPrompt, User

Headers = dict[str, str]
"""What a program sends along."""


def token_of(user: User, *scopes: str, **fields: Any) -> tuple[str, ApiToken]:
    """A token and its row; without scopes it has all."""
    token = ApiToken(user=user, name="A test", scopes=list(scopes or Scope.values), **fields)
    secret = token.draw()
    token.save()
    return secret, token


def headers_of(user: User, *scopes: str, **fields: Any) -> Headers:
    """Of a program that has a new token of this user's."""
    return {"Authorization": f"Bearer {token_of(user, *scopes, **fields)[0]}"}


def client_of(user: User, *scopes: str, **fields: Any) -> Client:
    return Client(headers=headers_of(user, *scopes, **fields))


def program_of(user: User, **fields: Any) -> Headers:
    """Of one that has a new token of this user's, who may ask the assistant “pirate”."""
    if not SystemPrompt.objects.filter(slug="pirate").exists():
        prompt = SystemPrompt.objects.create(slug="pirate", name="Pirate")
        prompt.publish(text="Talk like a pirate.", parameters={"temperature": 0.3})
    return headers_of(user, **fields)


async def content_of(response: Any) -> bytes:
    """All of it, where it is streamed, too."""
    return b"".join([piece async for piece in response]) if response.streaming else response.content


def error_of(response: Any) -> dict[str, Any]:
    """What it is refused with, in OpenAI's shape."""
    assert response.headers["Content-Type"].startswith("application/json")
    body = json.loads(response.content)
    assert body.keys() == {"error"} and body["error"].keys() == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    return body["error"]
