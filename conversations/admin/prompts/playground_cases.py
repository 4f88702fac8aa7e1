"""Cases in the playground: a conversation begins with one, or becomes one."""

from __future__ import annotations

import json
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from conversations.admin.conversations.reading import may_read
from conversations.models import Case, Message, Role, SystemPrompt, User
from conversations.models.storable import fitting
from conversations.studio.checks import plain
from conversations.studio.rights import may_evaluate

from .moves import MovePages

MAX_LISTED_CASES = 100
MAX_CHARACTERS = 400_000
MAX_TURNS = 400
_UNREADABLE = "That can’t be kept as a case."


class CasePages(MovePages):
    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, "conversations_systemprompt_playground"
        return [
            path("<uuid:prompt>/playground/cases/", view(require_POST(self.keep_case_view)), name=f"{name}_keep_case"),
            path("<uuid:prompt>/playground/cases/<uuid:case>/", view(require_GET(self.case_view)), name=f"{name}_case"),
            *super().get_urls(),
        ]

    def case_view(self, request: HttpRequest, prompt: UUID, case: UUID) -> HttpResponse:
        """What is asked in it."""
        found = get_object_or_404(Case, prompt=self._evaluated(request, prompt), pk=case)
        return JsonResponse({"turns": found.turns, "variables": found.variables})

    @transaction.atomic
    def keep_case_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """Makes a case of the posted `case`: turns, values of variables, an expected answer, and the message that it was taken from."""
        found = self._evaluated(request, prompt)
        try:
            given = _read(request.POST.get("case", ""))
            made = Case(prompt=found, author=cast("User", request.user), name=plain(request.POST.get("name", "")).strip(), **given)
            if (message := self._origin(request)) is not None:
                made.message = message
            made.full_clean(exclude=["prompt", "author", "message"])
        except ValidationError as error:
            return JsonResponse({"detail": " ".join(error.messages)}, status=422)
        made.save()
        self.log_addition(request, cast("Any", made), "From the playground.")
        return JsonResponse({"address": reverse("admin:conversations_case_change", args=[made.pk])})

    def _evaluated(self, request: HttpRequest, pk: UUID) -> SystemPrompt:
        if not may_evaluate(request.user):
            raise PermissionDenied
        return cast("SystemPrompt", self.row(request, pk))

    def _origin(self, request: HttpRequest) -> Message | None:
        """With whose conversation the case goes. One that is gone, or may not be read, leaves nothing to keep."""
        named = json.loads(request.POST["case"]).get("message")
        if not named:
            return None
        try:
            found = Message.objects.filter(pk=UUID(str(named))).first()
        except ValueError:
            found = None
        if found is None or not (found.owner_id == request.user.pk or may_read(request)):
            raise ValidationError("The conversation that this began with is gone, or you may not read it any more.")
        return found


def listed(prompt: SystemPrompt) -> list[dict[str, Any]]:
    """The latest ones by name."""
    latest = Case.objects.filter(prompt=prompt).order_by("-created").values_list("pk", "name")[:MAX_LISTED_CASES]
    return [{"id": pk, "name": name} for pk, name in latest]


def _read(text: str) -> dict[str, Any]:
    """Raises ValidationError."""
    if len(text) > MAX_CHARACTERS:
        raise ValidationError("That is too long for a case.")
    try:
        given = json.loads(text)
        turns = [{"role": one["role"], "text": fitting(plain(one["text"]))} for one in given["turns"]]
        variables = {fitting(str(name), 60): fitting(plain(str(value))) for name, value in given["variables"].items()}
        expected = fitting(plain(given["expected"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValidationError(_UNREADABLE) from None
    if not turns or len(turns) > MAX_TURNS or turns[-1]["role"] != Role.USER or any(one["role"] not in Role.values for one in turns):
        raise ValidationError(_UNREADABLE)
    return {"turns": turns, "variables": variables, "expected": expected}
