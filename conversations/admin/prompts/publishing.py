"""Publishing the draft of a prompt: a page that shows what changes for whom, and asks under which label."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from conversations.models import LIVE, MAX_LABEL_CHARACTERS, STAGING, PromptDraft, SystemPrompt, User
from conversations.studio import (
    approvals,
    comments,
    drafts,
    fragment_texts,
    labels,
    publishing,
    required_cases,
    rights,
    scheduling,
    sendable,
)
from conversations.studio.rights import may_evaluate
from conversations.studio.wording import Wording, parts, properties, wording_of

from .publish_form import PublishForm
from .scheduling import SchedulePages
from .warnings import of_model


class PublishPages(SchedulePages):
    def get_urls(self) -> list[Any]:
        publish = self.admin_site.admin_view(self.publish_view)
        approve = self.admin_site.admin_view(require_POST(self.approve_view))
        return [
            path("<uuid:prompt>/publish/", publish, name="conversations_systemprompt_publish"),
            path("<uuid:prompt>/draft/approve/", approve, name="conversations_systemprompt_approve"),
            *super().get_urls(),
        ]

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("conversations.approve_systemprompt")

    @transaction.atomic
    def publish_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """GET shows what would change, POST publishes or schedules the draft, if it and what is live are still those shown."""
        found: SystemPrompt = self.row(request, prompt)
        may_publish = self.has_publish_permission(request)
        if not (may_publish or (request.method == "GET" and self.has_approve_permission(request))):
            raise PermissionDenied
        found = drafts.locked(found)
        draft = drafts.of(found)
        if draft is None:
            messages.info(request, "There is no draft: what the form shows is live already.")
            return redirect("admin:conversations_systemprompt_change", found.pk)
        form = PublishForm(request.POST if request.method == "POST" else None)
        after = wording_of(draft)
        form.missing, form.missing_cases = approvals.missing(found, after), required_cases.missing(found, after)
        form.waiting, may_move_live = scheduling.other_waiting(found, draft), self.may_move_live(request, found)
        form.live_movers = "" if may_move_live else rights.who_moves_live(found)
        given = list(approvals.given(found, after)) if found.approvals_needed else []
        if request.method == "POST" and request.POST.get("opened") != _opened(found, draft):
            messages.error(
                request, "Nothing was published: the draft or what is live was changed in the meantime. Look again, then publish."
            )
        elif request.method == "POST" and form.is_valid():
            try:
                (self._schedule if form.cleaned_data["where"] == "later" else self._publish)(request, found, draft, form)
            except sendable.NotSendable:
                messages.error(request, "Nothing was published: what it names can’t all be put in.")
            else:
                return redirect("admin:conversations_systemprompt_change", found.pk)
        return self.row_page(
            request,
            "publish",
            found,
            f"Publish “{found.name}”",
            draft=draft,
            form=form,
            opened=_opened(found, draft),
            difference=fragment_texts.compared(found.published, draft),
            properties=properties(after),
            parts=parts(after),
            scheduled=scheduling.waiting(found),
            following=publishing.following(found),
            draft_comments=comments.unresolved(found).filter(draft=draft).count(),
            recent_days=publishing.RECENT_DAYS,
            problems=sendable.problems(after),
            warnings=_warnings(found, draft, after),
            labels=sorted({STAGING, *(name for names in labels.by_version(found).values() for name in names)} - {LIVE}),
            max_label_characters=MAX_LABEL_CHARACTERS,
            may_publish=may_publish,
            approvals=given,
            has_approved=_user(request) in [approval.by for approval in given],
            cases=required_cases.standing(found, after) if found.cases_required else None,
            may_evaluate=may_evaluate(request.user),
            may_approve=self.has_approve_permission(request) and found.approvals_needed and not approvals.wrote(draft, _user(request)),
        )

    @transaction.atomic
    def approve_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """Approves the draft, if it is still the one that was shown."""
        found: SystemPrompt = self.row(request, prompt)
        if not self.has_approve_permission(request):
            raise PermissionDenied
        found = drafts.locked(found)
        draft = drafts.of(found)
        if draft is None or request.POST.get("opened") != _opened(found, draft):
            messages.error(request, "Nothing was approved: the draft or what is live was changed in the meantime. Look again.")
            return redirect("admin:conversations_systemprompt_publish", found.pk)
        try:
            approvals.approve(found, draft, _user(request))
        except approvals.OwnWork:
            messages.error(request, "You wrote something of this draft yourself: another user has to approve it.")
        else:
            self.log_change(request, found, f"Approved the draft (save {draft.revision}).")
            messages.success(request, "You approved this draft. A change of it would ask for your approval again.")
        return redirect("admin:conversations_systemprompt_publish", found.pk)

    def _publish(self, request: HttpRequest, prompt: SystemPrompt, draft: PromptDraft, form: PublishForm) -> None:
        label, note, reason = (form.cleaned_data[name] for name in ("label", "note", "emergency"))
        is_emergency = label == LIVE and form.missing + form.missing_cases > 0
        if is_emergency:
            note = f"{labels.EMERGENCY}{reason}{f' ({note})' if note else ''}"
        version, before = publishing.publish(prompt, draft, _user(request), note=note[:200], label=label)
        old = f"version {before.number}" if before else "no version"
        said = f"Published version {version.number}: moved the label “{label}” from {old} to it."
        if is_emergency:
            lacks = [f"{form.missing} of {prompt.approvals_needed} approvals missing"] if form.missing else []
            lacks += [f"{form.missing_cases} of {max(1, prompt.cases.count())} cases not passed"] if form.missing_cases else []
            said = f"EMERGENCY, {', '.join(lacks)}. Reason: {reason}. {said}"
        self.log_change(request, prompt, said)
        if label == LIVE:
            messages.success(request, f"Version {version.number} is live. Conversations follow with their next answer.")
            self._settle_scheduled(request, prompt, form)
        else:
            messages.success(request, f"Version {version.number} is published under “{label}”. What is live stays as it is.")


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _opened(prompt: SystemPrompt, draft: PromptDraft) -> str:
    return f"{prompt.published.number if prompt.published else 0}:{draft.pk}:{draft.revision}"


def _warnings(prompt: SystemPrompt, draft: PromptDraft, wording: Wording) -> list[str]:
    warnings = []
    live, base = prompt.published, draft.base
    if live and base and base.number < live.number:
        warnings.append(
            f"This draft was begun from version {base.number}, and version {live.number} is live by now: what changed in between is undone."
        )
    warnings += of_model(wording)
    if not wording["text"].strip():
        warnings.append("The text is empty: the model gets no system prompt.")
    return warnings
