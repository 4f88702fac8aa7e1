"""What the model would be told: the final text of the draft, or of what stands in the form, as a user would get it, part by part."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

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
from .wording_fields import WORDING, DraftForm


class Counted(NamedTuple):
    what: str
    parts: list[Part]
    tokens: int
    """Estimated."""

    def told(self) -> dict[str, Any]:
        parts = [{**part._asdict(), "tokens": tokens_read(part.text)} for part in self.parts]
        return {"what": self.what, "tokens": self.tokens, "parts": parts}


class PreviewPages(MovePages):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("preview/", view(require_POST(self.form_preview_view)), name="conversations_systemprompt_form_preview"),
            path("<uuid:prompt>/preview/", view(require_GET(self.preview_view)), name="conversations_systemprompt_preview"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """`user`: the username of who would get it, for who may see users; `v-…`: values of variables."""
        found: SystemPrompt = self.row(request, prompt)
        shown = _shown(drafts.edited(found), request.user, request.GET)
        return self.row_page(request, "preview", found, f"What “{found.name}” tells the model", **shown)

    def form_preview_view(self, request: HttpRequest) -> HttpResponse:
        """The same of what stands in a prompt's form, which is sent along. JSON; nothing is saved.

        422 with `errors` by the field’s label where the form has no wording.
        """
        if not (self.has_view_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        form = DraftForm(request.POST)
        if not form.has_wording:
            return JsonResponse({"errors": {form[name].label: form.errors[name] for name in WORDING if name in form.errors}}, status=422)
        shown = _shown(form.wording, request.user, request.POST)
        told = {"problems": [str(problem) for problem in shown["problems"]], "counted": [one.told() for one in shown["counted"]]}
        return JsonResponse({**shown, **told})


def _shown(wording: Wording, asking: Any, asked: QueryDict) -> dict[str, Any]:
    may_choose, user, missing = may(asking, "view", "user"), asking, []
    wanted = asked.get("user", "").strip()[:150]
    if wanted and may_choose:
        user = User.objects.filter(username=wanted).first() or user
        missing = [] if user.get_username() == wanted else [f"There is no user called {wanted}."]
    given, wrong = _given(wording, asked)
    problems = sendable.problems(wording)
    counted: list[Counted] = []
    if not problems:
        try:
            counted = _counted(wording, user, given)
        except text.NotFilled as error:  # what is given makes it too long
            problems = error.problems
    tokens = sum(one.tokens for one in counted)
    return {
        "counted": counted,
        "tokens": tokens,
        "cost": costs.of_answers(wording["model"], tokens),
        "answers": costs.ANSWERS,
        "problems": problems,
        "wrong": [*wrong, *missing],
        "of_user": user.get_username(),
        "may_choose": may_choose,
        "asked": [{**one, "label": label_of(one), "value": asked.get(f"v-{one['name']}", "")} for one in wording["variables"]],
    }


def _given(wording: Wording, asked: QueryDict) -> tuple[dict[str, Any], list[str]]:
    """A variable without a value is shown as its name."""
    given, wrong = {}, []
    for one in wording["variables"]:
        typed: Any = asked.get(f"v-{one['name']}", "")
        try:
            value = clean_value(one, {"yes": True, "no": False}.get(typed, typed) if one["type"] == "yes_no" else typed)
        except ValidationError as error:
            value = None
            wrong.append(error.messages[0])
        given[one["name"]] = value if value is not None else one.get("default", f"‹{one['name']}›")
    return given, wrong


def _counted(wording: Wording, user: Any, given: dict[str, Any]) -> list[Counted]:
    policy = fragments.site_policy()
    texts = [("Site policy", policy)] if policy else []
    texts += [("System prompt", wording["text"])]
    texts += [(f"Example {number}: {one['role']}", one["text"]) for number, one in enumerate(wording["examples"], 1)]
    library = fragments.library(said for _, said in texts)
    put_in = values.built_in(user, values.names([])) | values.declared(wording["variables"], given)
    counted = []
    for what, said in texts:
        parts = text.parts(said, put_in, library)
        counted.append(Counted(what, parts, tokens_read("".join(part.text for part in parts))))
    return counted
