"""Deleting: how much goes along, in numbers instead of Django's list of every related row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Summary = tuple[list[str], dict[str, int], set[str], list[str]]


def summary(objects: Iterable[Any], related: Mapping[Any, int], protected: list[str] | None = None) -> Summary:
    """For `ModelAdmin.get_deleted_objects`. `related` counts the rows that are deleted along; nothing of them is shown."""
    objects = list(objects)
    counts = {str(objects[0]._meta.verbose_name_plural): len(objects)} if objects else {}
    counts |= {str(model._meta.verbose_name_plural): count for model, count in related.items() if count}
    return [str(thing) for thing in objects], counts, set(), protected or []
