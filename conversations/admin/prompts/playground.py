"""The playground: wordings, models and parameters side by side on one conversation.

It is static/js/admin/playground/; here is what that asks. What is tried goes over `live/trials.py`, and is stored nowhere.
"""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

from csp.decorators import csp_update
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_GET, require_POST

from conversations.admin.conversations.reading import may_read
from conversations.exports.reading import shown_branch
from conversations.models import LIVE, Conversation, PromptVersion, Role, SystemPrompt, User, Worded
from conversations.models.message_content import described
from conversations.models.parameters import PARAMETERS
from conversations.studio import drafts, labels
from conversations.studio.merging import merge
from conversations.studio.rights import may_evaluate
from conversations.studio.wording import Wording, wording_of

from . import playground_cases, trial_models
from .opened import draft_state, opened_wording
from .playground_cases import CasePages
from .wording_fields import WORDING, DraftForm

DRAFT = "draft"
TRIED = ("text", "model", "parameters", "variables", "examples", "output_schema")
"""The fields of a wording that a column has."""
MAX_LISTED_VERSIONS = 200
TRUSTED_TYPES = {"require-trusted-types-for": ["'script'"], "trusted-types": ["dompurify"]}
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class PlaygroundPages(CasePages):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        wording, name = "<uuid:prompt>/playground/wordings/<slug:of>/", "conversations_systemprompt_playground"
        return [
            path("playground/", view(require_GET(self.playground_view)), name=f"{name}_of_all"),
            path("playground/models/", view(require_GET(self.models_view)), name=f"{name}_models"),
            path("playground/conversation/", view(require_POST(self.conversation_view)), name=f"{name}_conversation"),
            path("<uuid:prompt>/playground/", view(require_GET(self.playground_view)), name=name),
            path(wording, view(require_GET(self.wording_view)), name=f"{name}_wording"),
            path("<uuid:prompt>/playground/keep/", view(require_POST(self.keep_view)), name=f"{name}_keep"),
            *super().get_urls(),
        ]

    def has_evaluate_permission(self, request: HttpRequest) -> bool:
        return may_evaluate(request.user)

    def _require(self, request: HttpRequest) -> None:
        if not self.has_evaluate_permission(request):
            raise PermissionDenied

    @method_decorator(csp_update(TRUSTED_TYPES))
    def playground_view(self, request: HttpRequest, prompt: UUID | None = None) -> HttpResponse:
        self._require(request)
        found: SystemPrompt | None = self.row(request, prompt) if prompt else None
        others = SystemPrompt.objects.filter(published__isnull=False).order_by("name")
        page = {
            "user": request.user.pk,
            "prompt": self._told_of(request, found) if found else None,
            "prompts": [{"id": pk, "name": name} for pk, name in others.values_list("pk", "name") if pk != prompt],
            "parameters": [
                {"name": one.name, "label": one.label, "kind": one.kind, "min": one.minimum, "max": one.maximum, "help": one.help}
                for one in PARAMETERS.values()
            ],
            "socket": f"{reverse('new_chat')}ws/trials/",
            "base": reverse("admin:conversations_systemprompt_changelist"),
            "may_read_all": may_read(request),
        }
        request.current_app = self.admin_site.name
        title = f"Playground of “{found.name}”" if found else "Playground"
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "prompt": found, "page": page}
        return TemplateResponse(request, "admin/conversations/systemprompt/playground.html", context)

    def _told_of(self, request: HttpRequest, prompt: SystemPrompt) -> dict[str, Any]:
        """What the page begins with: what is live and, beside it, the draft; and what else there is."""
        names, draft = labels.by_version(prompt), drafts.of(prompt)
        versions = prompt.versions.order_by("-number").values_list("pk", "number")[:MAX_LISTED_VERSIONS]
        sources = [{"of": str(number), "label": _version_label(number, names.get(pk, []))} for pk, number in versions]
        if draft:
            sources.insert(0, {"of": DRAFT, "label": "Draft"})
        begun = [str(prompt.published.number)] if prompt.published else []
        return {
            "id": prompt.pk,
            "name": prompt.name,
            "sources": sources,
            "begin_with": [*begun, *([DRAFT] if draft else [])],
            "wordings": {of: _wording(prompt, of) for of in [*begun, *([DRAFT] if draft else [])]},
            "cases": playground_cases.listed(prompt),
            "starters": drafts.edited(prompt)["starters"],
            "opened": draft_state(prompt),
            "author": draft.author.get_username() if draft and draft.author else "",
            "may_keep": self.has_change_permission(request, prompt),
            "address": reverse("admin:conversations_systemprompt_change", args=[prompt.pk]),
        }

    def models_view(self, request: HttpRequest) -> HttpResponse:
        self._require(request)
        return JsonResponse({"models": trial_models.listed()})

    def wording_view(self, request: HttpRequest, prompt: UUID, of: str) -> HttpResponse:
        """What is tried of a prompt: its draft, what is live, or the version with this number."""
        self._require(request)
        return JsonResponse(_wording(self.row(request, prompt), of))

    @transaction.atomic
    def keep_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """Make what a column says the draft. What others changed since the page was opened stays.

        409 with the `clashes` where both changed the same words, unless `anyway`; 422 with `errors` by the field’s label.
        """
        found = drafts.locked(self.row_to_change(request, prompt))
        current = drafts.edited(found)
        typed = request.POST.copy()
        typed.update(_typed_elsewhere(current))
        form = DraftForm(typed)
        if not form.has_wording:
            return JsonResponse({"errors": {form[name].label: form.errors[name] for name in WORDING if name in form.errors}}, status=422)
        opened = opened_wording(form.cleaned_data.get("opened"))
        kept = {**(opened or current), **{name: form.wording[name] for name in TRIED}}
        is_merged = current not in (opened, kept)
        if is_merged:
            merged = merge(opened or wording_of(None), kept, current)
            if merged.clashes and "anyway" not in request.POST:
                return JsonResponse({"clashes": [clash._asdict() for clash in merged.clashes], "author": _author(found)}, status=409)
            kept = merged.wording
        drafts.save(found, kept, cast("User", request.user))
        return JsonResponse({"opened": draft_state(found), "is_merged": is_merged, "is_live": drafts.of(found) is None})

    def conversation_view(self, request: HttpRequest) -> HttpResponse:
        """The turns of a conversation whose id or address was posted: one's own, or one that one may read, which is logged."""
        self._require(request)
        named = _ID.findall(request.POST.get("conversation", ""))
        found = Conversation.objects.filter(pk=named[-1]).first() if named else None
        is_own = found is not None and found.owner_id == request.user.pk
        if found is None or not (is_own or may_read(request)):
            return JsonResponse({"detail": "There is no such conversation, or you may not read it."}, status=404)
        said = [message for message in shown_branch(found) if described(message).strip()]
        if not is_own:
            reason = request.POST.get("reason", "").strip()[:200]
            told = f"Read the conversation ({len(said)} messages) in the playground. {f'Reason: {reason}' if reason else ''}".strip()
            self.log_change(request, cast("Any", found), told)
        return JsonResponse(
            {
                "turns": [{"role": "user" if one.role == Role.USER else "assistant", "text": described(one)} for one in said],
                "is_own": is_own,
                "message": next((one.pk for one in reversed(said) if one.role == Role.USER), None),
                "variables": found.variables,
            }
        )


def _wording(prompt: SystemPrompt, of: str) -> dict[str, Any]:
    """Raises Http404."""
    worded: Worded | None
    if of == DRAFT:
        worded = drafts.of(prompt)
    elif of == LIVE:
        worded = prompt.published
    else:
        worded = get_object_or_404(prompt.versions, number=of if of.isdecimal() and len(of) < 10 else None)
    if worded is None:
        raise Http404
    wording = wording_of(worded)
    is_template = worded.is_template if isinstance(worded, PromptVersion) else True
    return {**{name: wording[name] for name in TRIED}, "template": is_template}


def _typed_elsewhere(wording: Wording) -> dict[str, Any]:
    """What is no part of a column, such as starters, as the form has it."""
    return {name: value for name, value in DraftForm().typed(wording).items() if name not in (*TRIED, *PARAMETERS)}


def _version_label(number: int, names: list[str]) -> str:
    return " · ".join([f"Version {number}", *names])


def _author(prompt: SystemPrompt) -> str:
    draft = drafts.of(prompt)
    return draft.author.get_username() if draft and draft.author else ""
