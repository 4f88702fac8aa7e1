"""What most tests of the admin begin with."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import SystemPrompt, User


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    """An administrator's browser."""
    client.force_login(admin)
    return client


@pytest.fixture
def prompt(db: None) -> SystemPrompt:
    """The prompt that every site begins with."""
    return SystemPrompt.objects.get(slug="assistant")
