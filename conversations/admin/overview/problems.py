"""What needs an administrator: what stops answers first, what the site only lacks last."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from conversations.admin.base.permissions import may
from conversations.admin.reports import current_problems
from conversations.admin.reports.current_problems import Action, Problem
from conversations.mail import has_mail
from conversations.models import Origin, SystemPrompt
from conversations.routing import catalog
from conversations.routing.prospects import Obstacle, Prospect
from conversations.routing.sources import Source

from . import background_jobs, retiring, unpublished, unwatched


def problems(user: Any, prospects: list[Prospect], *, is_new: bool = False) -> list[Problem]:
    """Only of what this user may see. A new site's first steps come before mail, which is told among its status until then."""
    found: list[Problem] = []
    if may(user, "view", "provider"):
        found += _no_answer(prospects)
    if may(user, "view", "apikey"):
        found += current_problems.keys(user, timezone.now())
    if may(user, "view", "provider"):
        found += current_problems.open_circuits(user)
        found += [no_model(one.source, user) for one in prospects if one.obstacle == Obstacle.NO_MODEL]
    if may(user, "view", "systemprompt"):
        found += _prompts(user) + unpublished.problems(user, timezone.now()) + retiring.problems(user) + unwatched.problems(timezone.now())
    if may(user, "view", "job"):
        found += background_jobs.problems(user, timezone.now())
    if user.is_superuser and not is_new:
        found += _mail()
    return found


def _no_answer(prospects: list[Prospect]) -> list[Problem]:
    if any(one.obstacle is None for one in prospects):
        return []
    if not prospects:
        words = "because no provider is enabled."
    elif all(one.obstacle in (Obstacle.NO_MODEL, Obstacle.OTHER_MODELS) for one in prospects):
        words = "because no enabled provider has the model that the default prompt asks for."
        if not any(one.model for one in prospects):
            words = "because the default prompt names no model, and no provider has a default model that is enabled."
    else:
        words = "because no provider that has the model can be asked now."
    return [Problem("The next question would not be answered", words)]


def no_model(source: Source, user: Any) -> Problem:
    """What is to be done about a provider that has no model that it can be asked for."""
    page = reverse("admin:conversations_provider_change", args=[source.id])
    if source.switched_off:
        models = f"{reverse('admin:conversations_model_changelist')}?provider__id__exact={source.id}"
        actions = (Action("Enable models", models, posts=False),) if may(user, "change", "model") else ()
        return Problem(source.name, "is not asked:", "all its models are disabled", link=page, actions=actions)
    fetch = Action("Fetch models", reverse("admin:conversations_provider_fetch", args=[source.id]), busy="Fetching …")
    may_fetch = may(user, "change", "provider") and may(user, "add", "model") and source.origin != Origin.BUILT_IN
    return Problem(source.name, "is not asked:", "it has no model", link=page, actions=(fetch,) if may_fetch else ())


def _prompts(user: Any) -> list[Problem]:
    found = []
    prompts = SystemPrompt.objects.select_related("published").defer("published__text")
    sources = catalog.read().sources
    if not any(prompt.is_default for prompt in prompts):
        actions: tuple[Action, ...] = ()
        if may(user, "change", "systemprompt"):
            actions = (Action("Choose one", reverse("admin:conversations_systemprompt_changelist"), posts=False),)
        found.append(Problem("No prompt", "is the default:", "users have to choose an assistant", actions=actions))
    for prompt in prompts:
        model = prompt.published.model if prompt.published else ""
        if model and not any(source.offer(model) for source in sources):
            page = reverse("admin:conversations_systemprompt_change", args=[prompt.pk])
            actions = (Action("Change the prompt", page, posts=False),) if may(user, "change", "systemprompt") else ()
            words = f"asks for {model}, which no enabled provider has."
            found.append(Problem(f"Without a model: {prompt.name}", words, link=page, actions=actions))
    return found


def _mail() -> list[Problem]:
    if has_mail():
        return []
    return [
        Problem(
            "Mail",
            "is not set up:",
            "links for new passwords are not sent",
            advice="Set EMAIL_URL in .env and restart; until then mails are printed in the server’s log.",
        )
    ]
