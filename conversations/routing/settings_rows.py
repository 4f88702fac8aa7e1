"""The rows of what the settings name: the environment's provider with its key, and the built-in model. Kept in step, never edited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from conversations.models import ApiKey, Origin, Provider
from conversations.models.api_keys import LAST
from conversations.providers import embedded_server
from conversations.providers.endpoint import Endpoint, configured

BUILT_IN_NAME = "Built-in model"
ENVIRONMENT_NAME = "Environment"
KEY_LABEL = "OPENAI_API_KEY"
PRIORITY = 100
"""Those that administrators add come before."""


def keep_in_step(rows: Iterable[Provider]) -> bool:
    """Write what differs between the settings and `rows`, all providers. Whether anything was written."""
    known = {row.origin: row for row in rows if row.origin != Origin.ADMIN}
    endpoint = configured()
    wanted = {Origin.ENVIRONMENT: _of_environment(endpoint)} if endpoint else {Origin.BUILT_IN: _built_in()}
    changed = False
    for origin in (Origin.ENVIRONMENT, Origin.BUILT_IN):
        fields, row = wanted.get(origin, {"enabled": False}), known.get(origin)
        if row is None and origin not in wanted:
            continue
        if row is None or any(getattr(row, name) != value for name, value in fields.items()):
            _write(origin, fields)
            changed = True
    if endpoint and settings.OPENAI_API_KEY and (changed or not _has_its_key(known[Origin.ENVIRONMENT])):
        _write_key()
        changed = True
    return changed


def try_again() -> None:
    """Whatever the environment's key met before, a start tries it again. Synchronous."""
    ApiKey.objects.filter(provider__origin=Origin.ENVIRONMENT).update(refused=None, cooling_until=None, trouble="", trouble_status=None)


def secret_of(key: ApiKey, provider: Provider) -> str:
    """The key's secret, wherever it is kept. Raises models.sealed.Unreadable."""
    return settings.OPENAI_API_KEY if provider.origin == Origin.ENVIRONMENT else key.secret


def _of_environment(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "base_url": endpoint.base_url[:300],
        "api": endpoint.api,
        "default_model": endpoint.model[:200],
        "resume": endpoint.resume,
        "reconnects": settings.OPENAI_RECONNECT,
        "connect_seconds": endpoint.connect_seconds,
        "first_token_seconds": endpoint.first_token_seconds,
        "next_token_seconds": endpoint.next_token_seconds,
        "priority": PRIORITY,
        "enabled": True,
    }


def _built_in() -> dict[str, Any]:
    return {
        "base_url": "",
        "api": "chat_completions",
        "default_model": embedded_server.ALIAS,
        "resume": "prefix",
        "priority": PRIORITY,
        "enabled": True,
    }


def _write(origin: str, fields: dict[str, Any]) -> None:
    name = ENVIRONMENT_NAME if origin == Origin.ENVIRONMENT else BUILT_IN_NAME
    try:
        with transaction.atomic():
            Provider.objects.update_or_create(origin=origin, defaults=fields, create_defaults={**fields, "name": _free(name, origin)})
    except IntegrityError:  # another process did it at the same moment
        Provider.objects.filter(origin=origin).update(**fields)


def _free(name: str, origin: str) -> str:
    return f"{name} ({origin})" if Provider.objects.filter(name=name).exclude(origin=origin).exists() else name


def _has_its_key(row: Provider) -> bool:
    return any(key.last_four == _last_four() for key in row.keys.all())


def _write_key() -> None:
    """Another key in the settings is a new one: what was wrong with the one before doesn't count any more."""
    provider = Provider.objects.get(origin=Origin.ENVIRONMENT)
    fresh = {"last_four": _last_four(), "enabled": True, "refused": None, "cooling_until": None, "trouble": "", "trouble_status": None}
    ApiKey.objects.update_or_create(provider=provider, label=KEY_LABEL, defaults=fresh)


def _last_four() -> str:
    secret = settings.OPENAI_API_KEY
    return secret[-LAST:] if len(secret) >= 4 * LAST else ""
