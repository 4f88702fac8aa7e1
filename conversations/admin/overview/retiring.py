"""Prompts whose model is shut down before long, or was."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from conversations.admin.base.permissions import may
from conversations.admin.base.shown import with_days_left
from conversations.admin.reports.current_problems import Action, Problem
from conversations.mail import has_mail
from conversations.routing import catalog
from conversations.studio import retirement
from conversations.studio.retirement import Leaving

MOST_SHOWN = 8
WITHOUT_MAIL = "No mail is sent about it, for mail is not set up."


def problems(user: Any) -> list[Problem]:
    found = retirement.leaving()
    shown = [_problem(one, user) for one in found[:MOST_SHOWN]]
    if len(found) > MOST_SHOWN:
        prompts = reverse("admin:conversations_systemprompt_changelist")
        shown.append(Problem(f"{len(found) - MOST_SHOWN} more prompts", "have a model that is shut down before long.", link=prompts))
    if shown and not has_mail():
        shown[-1] = shown[-1]._replace(advice=f"{shown[-1].advice} {WITHOUT_MAIL}".strip())
    return shown


def _problem(one: Leaving, user: Any) -> Problem:
    page = reverse("admin:conversations_systemprompt_retire", args=[one.prompt.pk])
    verb = "was to be shut down on" if one.days_left < 0 else "is shut down on"
    uses = "" if "live" in one.uses else f" ({', '.join(one.uses)})"
    actions = (Action("Choose a successor", page, posts=False),) if may(user, "change", "systemprompt") else ()
    fallback = one.prompt.fallback_model or catalog.read().fallbacks.get(one.model, "")
    advice = f"Once it is gone, {fallback} answers." if fallback else ""
    return Problem(f"{one.prompt.name}{uses}:", f"its model {one.model} {verb}", with_days_left(one.day), advice, page, actions)
