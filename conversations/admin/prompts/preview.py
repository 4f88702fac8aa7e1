"""What the model would be told: the final text of the draft, as a user would get it, part by part."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET

from conversations.admin.base.permissions import may
from conversations.models import SystemPrompt, User
from conversations.models.variables import clean_value, label_of
from conversations.rendering import fragments, text, values
from conversations.rendering.text import Part
from conversations.studio import drafts, sendable
from conversations.studio.wording import Wording
from conversations.usage.ledger.token_estimate import tokens_read

from . import costs
from .moves import MovePages


class Counted(NamedTuple):
    what: str
    parts: list[Part]
    tokens: int
    """Estimated."""


class PreviewPages(MovePages):
    def get_urls(self) -> list[Any]:
        preview = self.admin_site.admin_view(require_GET(self.preview_view))
        return [path("<uuid:prompt>/preview/", preview, name="conversations_systemprompt_preview"), *super().get_urls()]

    def preview_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """`user`: the username of who would get it, for who may see users; `v-…`: values of variables."""
        found: SystemPrompt = self.row(request, prompt)
        wording, user, missing = drafts.edited(found), request.user, ""
        asked = request.GET.get("user", "").strip()
        if asked and may(request.user, "view", "user"):
            user = User.objects.filter(username=asked[:150]).first() or user
            missing = "" if user.get_username() == asked else f"There is no user called {asked[:150]}."
        given, wrong = _given(wording, request)
        problems = sendable.problems(wording)
        counted = [] if problems else _counted(wording, user, given)
        tokens = sum(one.tokens for one in counted)
        return self.row_page(
            request,
            "preview",
            found,
            f"What “{found.name}” tells the model",
            counted=counted,
            tokens=tokens,
            cost=costs.of_answers(wording["model"], tokens),
            answers=costs.ANSWERS,
            problems=problems,
            wrong=[*wrong, *([missing] if missing else [])],
            of_user=user.get_username(),
            may_choose=may(request.user, "view", "user"),
            asked=[{**one, "label": label_of(one), "value": request.GET.get(f"v-{one['name']}", "")} for one in wording["variables"]],
        )


def _given(wording: Wording, request: HttpRequest) -> tuple[dict[str, Any], list[str]]:
    """A variable without a value is shown as its name."""
    given, wrong = {}, []
    for one in wording["variables"]:
        typed: Any = request.GET.get(f"v-{one['name']}", "")
        try:
            value = clean_value(one, {"yes": True, "no": False}.get(typed, typed) if one["type"] == "yes_no" else typed)
        except ValidationError as error:
            value = None
            wrong.append(error.messages[0])
        given[one["name"]] = value if value is not None else one.get("default", f"‹{one['name']}›")
    return given, wrong


def _counted(wording: Wording, user: Any, given: dict[str, Any]) -> list[Counted]:
    texts = [("System prompt", wording["text"])]
    texts += [(f"Example {number}: {one['role']}", one["text"]) for number, one in enumerate(wording["examples"], 1)]
    library = fragments.library(said for _, said in texts)
    put_in = values.built_in(user, values.names([])) | values.declared(wording["variables"], given)
    counted = []
    for what, said in texts:
        parts = text.parts(said, put_in, library)
        counted.append(Counted(what, parts, tokens_read("".join(part.text for part in parts))))
    return counted
