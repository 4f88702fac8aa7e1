"""The admin's pages and forms, as tests use them."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from conversations.models import ApiKey, Fragment, Provider, SystemPrompt, User
from conversations.studio import drafts

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
    """Open the page, and send its form with these changes; what becomes None is left out, as a browser leaves out an unticked box."""
    filled = {**entries(client.get(page).content.decode(), form_id), **changes}
    return client.post(page, {name: value for name, value in filled.items() if value is not None}, follow=True)


def publish_fragment(client: Client, fragment: Fragment, **changes: Any) -> Any:
    """Change its form and go on to publish; with `note`, where that is possible."""
    note = changes.pop("note", "")
    shown = submit(client, url("fragment_change", fragment.pk), "fragment_form", _publish="Save and publish …", **changes)
    if asked := entries(shown.content.decode(), "fragment_publish"):
        return client.post(url("fragment_publish", fragment.pk), {**asked, "note": note}, follow=True)
    return shown


def prompt_url(prompt: SystemPrompt) -> str:
    return url("systemprompt_change", prompt.pk)


def save_prompt(client: Client, prompt: SystemPrompt, **changes: Any) -> Any:
    return submit(client, prompt_url(prompt), "systemprompt_form", **changes)


def write_draft(client: Client, prompt: SystemPrompt, **wording: Any) -> None:
    """As saving the prompt's form with this wording leaves it, for tests of what comes after that."""
    drafts.save(prompt, {**drafts.edited(prompt), **wording}, User.objects.get(pk=client.session[SESSION_KEY]))


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
