"""What the templates of lists ask: which filters are active, folded away as they are, and what is wrong with one."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django import template
from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError

from conversations.admin.base.permissions import may

register = template.Library()


class ActiveFilter(NamedTuple):
    title: str
    choice: str
    without: str
    """The query string of the list without this filter."""


@register.simple_tag
def active_filters(changelist: ChangeList, user: Any) -> list[ActiveFilter]:
    """Also those that only links bring along, such as whose attempts are listed."""
    found, left = [], dict(changelist.get_filters_params())
    for spec in changelist.filter_specs:
        asked = {name: left.pop(name)[-1] for name in spec.expected_parameters() if name in left}
        if asked:
            chosen = [choice["display"] for choice in spec.choices(changelist) if choice["selected"]] or asked.values()
            found.append(ActiveFilter(str(spec.title), ", ".join(map(str, chosen)), changelist.get_query_string(remove=list(asked))))
    for name, values in left.items():
        title, choice = _in_words(changelist, name.removesuffix("__exact").removesuffix("__id"), str(values[-1]), user)
        found.append(ActiveFilter(title, choice, changelist.get_query_string(remove=[name])))
    return found


@register.simple_tag
def filter_problems(changelist: ChangeList) -> list[str]:
    """Sentences about what was asked for and makes no sense."""
    return [problem for spec in changelist.filter_specs if (problem := getattr(spec, "problem", ""))]


@register.simple_tag
def without_search(changelist: ChangeList) -> str:
    """The query string that keeps the filters."""
    return changelist.get_query_string(remove=[SEARCH_VAR])


def _in_words(changelist: ChangeList, path: str, value: str, user: Any) -> tuple[str, str]:
    """What the query string filters by, and its value: the row that an id means, by its name where this user may view it."""
    try:
        field = get_fields_from_path(changelist.model, path)[-1]
    except (FieldDoesNotExist, NotRelationField):  # the path ends with a comparison, such as username__startswith
        return re.sub("_+", " ", path), value
    title, related = path.rsplit("__", maxsplit=1)[-1].replace("_", " "), field.related_model
    if related is None or isinstance(related, str):
        return title, value
    view = "systemprompt" if related._meta.model_name == "promptversion" else str(related._meta.model_name)
    try:
        row = related._base_manager.filter(pk=value).first() if may(user, "view", view) else None
    except (ValueError, ValidationError):
        row = None
    return title, str(row) if row else f"…{value[-12:]}"
