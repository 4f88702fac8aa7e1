"""Django with our applications loaded once, for processes that are forked with settings of their own.

Loading takes a third of a second each time, and nothing that is loaded keeps a setting: those of the environment are read where they are used.
What Django itself keeps of them is forgotten here, and so is the event loop that Daphne makes as it is loaded. So it is for the workers that
run tests, whose settings are made again by the modules that are named.
"""

from __future__ import annotations

import importlib
import os
import secrets
import sys
import tempfile
import uuid

import django
from asgiref.local import Local
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.core.files.storage import storages
from django.db import connections
from django.db.models import FileField
from django.template import engines
from django.utils.functional import SimpleLazyObject, empty

LOADED = (
    "channels.routing",
    "chatbot.static_middleware",
    "chatbot.urls",
    "conversations.api.middleware",
    "conversations.live.routing",
    "conversations.management.commands.serve",
    "conversations.management.schedule",
    "conversations.jobs.worker",
    "conversations.providers.opening",
    "conversations.providers.passthrough",
    "conversations.providers.realtime",
    "conversations.providers.speech",
    "conversations.providers.transcription",
    "conversations.routing.connection_test",
    "conversations.webhooks.sending",
    "csp.middleware",
    "django.contrib.auth.middleware",
    "django.contrib.messages.middleware",
    "django.contrib.messages.storage.fallback",
    "django.core.asgi",
    "django.core.management.commands.migrate",
    "django.core.management.commands.shell",
    "django.db.backends.postgresql.base",
    "encodings.idna",
    "genai_prices",
    "openai.resources.chat",
    "openai.resources.responses",
    "psycopg_pool",
    "redis.asyncio",
    "uvloop",
)
"""What brings nearly all with it that is loaded later, except what needs Daphne's event loop."""
BY_THE_LOOP = ("daphne.server", "twisted.internet.reactor")


def load() -> None:
    with tempfile.TemporaryDirectory(prefix="chatbot-loaded-") as folder:
        before = dict(os.environ)
        os.environ.update({"DJANGO_SETTINGS_MODULE": "chatbot.settings", "DATA_DIR": folder, "SECRET_KEY": secrets.token_hex()})
        django.setup()
        for name in LOADED:
            importlib.import_module(name)
        os.environ.clear()
        os.environ.update(before)


def forget(*settings_modules: str) -> None:
    """In a process that was forked, before its program is run: it finds Django as loaded, but neither settings nor a loop."""
    from conversations.processes import leases

    settings._wrapped = empty  # type: ignore[assignment]
    for handler, name in ((connections, "settings"), (caches, "settings"), (storages, "backends"), (engines, "templates")):
        vars(handler).pop(name, None)
        setattr(handler, f"_{name}", None)
    for connected in (connections, caches):
        connected._connections = Local(connected.thread_critical)
    storages._storages.clear()  # type: ignore[attr-defined]
    engines._engines.clear()  # type: ignore[attr-defined]
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, FileField) and hasattr(field, "_storage_callable"):
                field.storage = SimpleLazyObject(field._storage_callable)  # type: ignore[assignment]
    if server := sys.modules.get("daphne.server"):
        server.twisted_loop.close()
    leases.HOLDER = uuid.uuid4()  # who a process is
    for name in (*BY_THE_LOOP, "chatbot.settings", *settings_modules):
        _unload(name)


def _unload(name: str) -> None:
    module = sys.modules.pop(name, None)
    package, _, attribute = name.rpartition(".")
    if module is not None and getattr(sys.modules[package], attribute, None) is module:
        delattr(sys.modules[package], attribute)
