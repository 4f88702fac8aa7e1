"""The link from what a version of a prompt made to that version."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.models import PromptVersion

from .shown import NOTHING


def version_link(version: PromptVersion | None) -> str | SafeString:
    if version is None:
        return NOTHING
    url = reverse("admin:conversations_systemprompt_version", args=[version.prompt_id, version.number])
    return format_html('<a href="{}">{}</a>', url, version)
