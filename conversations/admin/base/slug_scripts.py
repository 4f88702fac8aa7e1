"""Django's scripts that make a slug of a name, only where that is done: its own lists and forms load them everywhere."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.forms import Media

SLUGS = ("admin/js/urlify.js", "admin/js/prepopulate.js")
LETTERS = "admin/js/vendor/xregexp/"
"""A library twice as large as all other scripts of a page, which only slugs with other letters than ASCII take."""

_of_django = ModelAdmin.media.fget  # type: ignore[attr-defined]  # a property


def _media(registered: ModelAdmin[Any]) -> Media:
    left_out = () if registered.prepopulated_fields else SLUGS
    scripts = _of_django(registered)._js
    return Media(js=[script for script in scripts if script not in left_out and not script.startswith(LETTERS)])


def leave_out() -> None:
    ModelAdmin.media = property(_media)  # type: ignore[method-assign,assignment]
