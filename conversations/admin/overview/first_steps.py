"""What a new site still needs, in three steps with their state."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from conversations.admin.providers.connection_test import passed_last_test
from conversations.admin.reports.current_problems import Action, test_actions
from conversations.models import OK, Attempt, Message, Origin, PromptVersion, Provider, Role, User
from conversations.routing import catalog
from conversations.routing.sources import Source

from .problems import no_model

NEW_UNTIL = 100
"""Answers: a site that gave so many is in use, whichever steps it left out."""


class Step(NamedTuple):
    title: str
    state: str
    is_done: bool
    actions: tuple[Action, ...] = ()


def first_steps(request: HttpRequest) -> list[Step]:
    """For superusers, who may take them all. Empty once they are done, or the site is in use without."""
    if not (request.user.is_active and request.user.is_superuser):
        return []
    if Message.objects.filter(role=Role.ASSISTANT).order_by()[:NEW_UNTIL].count() == NEW_UNTIL:
        return []
    steps = [_provider(request), _assistant(), _people(request)]
    return [] if all(step.is_done for step in steps) else steps


def _provider(request: HttpRequest) -> Step:
    title = "Add a provider and test it"
    sources = [source for source in catalog.read().sources if source.origin != Origin.BUILT_IN]
    waiting = Provider.objects.filter(origin=Origin.ADMIN, enabled=False).order_by("-created").first() if not sources else None
    if waiting:
        return Step(title, f"{waiting.name} is there, and not enabled yet.", False, test_actions(request.user, waiting.pk))
    if not sources:
        state = "The small built-in model answers; it is often wrong."
        return Step(title, state, False, (Action("Add a provider", reverse("admin:conversations_provider_add"), posts=False),))
    works = _proven(sources)
    proven = next((source for source in sources if str(source.id) in works), None)
    if proven is not None:
        return Step(title, f"{proven.name} works.", True)
    first = next((source for source in sources if source.has_models), sources[0])
    if not first.has_models:
        missing = no_model(first, request.user)
        return Step(title, f"{first.name} is there, but {missing.state}.", False, missing.actions)
    return Step(title, f"{first.name} is there, and not tested yet.", False, test_actions(request.user, first.id))


def _proven(sources: list[Source]) -> set[str]:
    """Those that passed a test, or have answered."""
    answered = Attempt.objects.filter(provider__in=[source.id for source in sources], outcome=OK).order_by()
    return passed_last_test() | {str(provider) for provider in answered.values_list("provider", flat=True).distinct()}


def _assistant() -> Step:
    title = "Write your first assistant"
    own = PromptVersion.objects.exclude(author=None).order_by("id").select_related("prompt").defer("text").first()
    if own is not None:
        return Step(title, f"“{own.prompt.name}” is there.", True)
    write = Action("Write an assistant", reverse("admin:conversations_systemprompt_add"), posts=False)
    return Step(title, "So far there is only the one that comes with the application.", False, (write,))


def _people(request: HttpRequest) -> Step:
    title = "Invite people"
    others = User.objects.filter(is_active=True, is_visitor=False).exclude(username=request.user.get_username()).count()
    if others:
        return Step(title, f"{others} other user{'s have' if others > 1 else ' has'} an account.", True)
    state = "There is no other user yet."
    if settings.SIGNUP_OPEN:
        state += f" New users can create their own accounts at {request.build_absolute_uri(reverse('account_signup'))}"
    return Step(title, state, False, (Action("Invite people", reverse("admin:conversations_invitation_add"), posts=False),))
