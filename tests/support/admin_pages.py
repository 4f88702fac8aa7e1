"""The admin of providers, keys, models and attempts, as tests use it."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from conversations.models import ApiKey, Provider, User

from .html_forms import entries

KEY = "sk-house-0123456789abcdef"


def url(name: str, *arguments: Any) -> str:
    return reverse(f"admin:conversations_{name}", args=arguments)


def provider_at(base_url: str, *secrets: str, **fields: Any) -> Provider:
    """With a key for each secret: “main”, “second”, …"""
    provider = Provider.objects.create(**{"name": "House", "base_url": base_url, **fields})
    for label, secret in zip(("main", "second", "third"), secrets, strict=False):
        key = ApiKey(provider=provider, label=label)
        key.take(secret)
        key.save()
    return provider


def submit(client: Client, page: str, form_id: str, **changes: Any) -> Any:
    """Open the page, and send its form with these changes."""
    filled = entries(client.get(page).content.decode(), form_id)
    return client.post(page, {**filled, **changes}, follow=True)


def staff(user: User, *permissions: str) -> User:
    """Make them staff with these rights alone."""
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    assert user.user_permissions.count() == len(permissions)
    return user


def logged() -> list[str]:
    """What the admin log says, oldest first."""
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
