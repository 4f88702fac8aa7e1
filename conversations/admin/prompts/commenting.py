"""Comments beside the lines of a version's text or the draft's. Who sees prompts and edits, approves or publishes them comments."""

from __future__ import annotations

from typing import Any, NamedTuple, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from conversations.models import MAX_COMMENT_CHARACTERS, PromptComment, PromptDraft, PromptVersion, SystemPrompt, User
from conversations.studio import comments, drafts
from conversations.studio.comments import Thread

from .versions import VersionPages

MAX_NUMBERED_LINES = 5000
"""A text that has more is shown as a whole, with all comments below it."""
LOGGED_CHARACTERS = 200


class CommentForm(forms.Form):
    first = forms.IntegerField(min_value=1)
    last = forms.IntegerField(min_value=1, required=False)
    text = forms.CharField(max_length=MAX_COMMENT_CHARACTERS)
    opened = forms.IntegerField(required=False)
    """Which save of the draft was commented."""

    lines = 0
    revision: int | None = None
    written: PromptComment | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first = data.get("first")
        last = data["last"] = data.get("last") or first
        if first and last and not first <= last <= self.lines:
            self.add_error("first", f"There are lines 1 to {self.lines}; the first one comes before the last one.")
        if data.get("opened") != self.revision:
            self.add_error("first", "The draft was changed in the meantime: see which lines it is about now.")
        return data


class CommentedLine(NamedTuple):
    number: int
    text: str
    threads: list[Thread]
    """Those whose last line it is."""


class CommentPages(VersionPages):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        name = "conversations_systemprompt"
        return [
            path("<uuid:prompt>/draft/comments/", view(require_GET(self.draft_comments_view)), name=f"{name}_draft_comments"),
            path("<uuid:prompt>/draft/comment/", view(require_POST(self.comment_draft_view)), name=f"{name}_comment_draft"),
            path("<uuid:prompt>/versions/<int:number>/comment/", view(require_POST(self.comment_view)), name=f"{name}_comment"),
            path("<uuid:prompt>/comments/<uuid:pk>/", view(require_POST(self.change_comment_view)), name=f"{name}_change_comment"),
            *super().get_urls(),
        ]

    def may_comment(self, request: HttpRequest) -> bool:
        return any(request.user.has_perm(f"conversations.{action}_systemprompt") for action in ("change", "approve", "publish"))

    def version_page(self, request: HttpRequest, found: SystemPrompt, version: PromptVersion, **context: Any) -> HttpResponse:
        return super().version_page(request, found, version, **{**self._commented(request, version), **context})

    def draft_comments_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        found: SystemPrompt = self.row(request, prompt)
        draft = drafts.of(found)
        if draft is None:
            messages.info(request, "There is no draft. Comments on it are where it was published: at its version.")
            return redirect("admin:conversations_systemprompt_versions", found.pk)
        return self._draft_page(request, found, draft)

    def _draft_page(self, request: HttpRequest, prompt: SystemPrompt, draft: PromptDraft, **context: Any) -> HttpResponse:
        commented = {**self._commented(request, draft), **context}
        return self.row_page(request, "draft_comments", prompt, f"Comments on the draft of “{prompt.name}”", draft=draft, **commented)

    @transaction.atomic
    def comment_view(self, request: HttpRequest, prompt: UUID, number: int) -> HttpResponse:
        found = self._to_comment(request, prompt)
        version = get_object_or_404(found.versions.select_related("author"), number=number)
        form = self._write(request, found, version)
        return self.version_page(request, found, version, comment_form=form) if form.errors else _back(version, form.written)

    @transaction.atomic
    def comment_draft_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        found = self._to_comment(request, prompt)
        draft = drafts.of(found)
        if draft is None:
            raise Http404
        form = self._write(request, found, draft)
        return self._draft_page(request, found, draft, comment_form=form) if form.errors else _back(draft, form.written)

    @transaction.atomic
    def change_comment_view(self, request: HttpRequest, prompt: UUID, pk: UUID) -> HttpResponse:
        """`do` says what: answer or edit, with `text`; delete, resolve or reopen. Users edit and delete what they wrote."""
        found = self._to_comment(request, prompt)
        comment = get_object_or_404(PromptComment.objects.select_related("answered", "version", "draft"), pk=pk, prompt=found)
        root, user, do = comment.answered or comment, cast("User", request.user), request.POST.get("do", "")
        text = request.POST.get("text", "").replace("\0", "").replace("\r\n", "\n").strip()
        if do in ("edit", "delete") and (comment.author_id != user.pk or not comment.text):
            raise PermissionDenied
        if do in ("answer", "edit") and not 0 < len(text) <= MAX_COMMENT_CHARACTERS:
            messages.error(request, f"A comment has 1 to {MAX_COMMENT_CHARACTERS:,} characters.")
        elif do == "answer":
            comments.answer(root, user, text)
            self.log_change(request, found, f"Answered a comment: {_cut(text)}.")
        elif do == "edit":
            self.log_change(request, found, f"Changed a comment from {_cut(comment.text)} to {_cut(text)}.")
            comments.edit(comment, text)
        elif do == "delete":
            self.log_change(request, found, f"Deleted the comment {_cut(comment.text)}.")
            comments.delete(comment)
        elif do in ("resolve", "reopen"):
            comments.resolve(root, user if do == "resolve" else None)
            self.log_change(request, found, f"{'Resolved' if do == 'resolve' else 'Opened again'} the comment {_cut(root.text)}.")
        on = root.version or root.draft
        assert on is not None
        return _back(on, PromptComment.objects.filter(pk=root.pk).first())

    def _write(self, request: HttpRequest, prompt: SystemPrompt, on: comments.Commented) -> CommentForm:
        form = CommentForm(request.POST)
        form.lines, form.revision = len(comments.lines_of(on)), on.revision if isinstance(on, PromptDraft) else None
        if form.is_valid():
            first, last, text = (form.cleaned_data[name] for name in ("first", "last", "text"))
            form.written = comments.write(on, cast("User", request.user), first, last, text.replace("\r\n", "\n"))
            where = f"version {on.number}" if isinstance(on, PromptVersion) else "the draft"
            lines = f"line {first}" if first == last else f"lines {first} to {last}"
            self.log_change(request, prompt, f"Commented on {lines} of {where}: {_cut(text)}.")
        return form

    def _commented(self, request: HttpRequest, on: comments.Commented) -> dict[str, Any]:
        texts, threads = comments.lines_of(on), comments.threads(on)
        numbered = texts if len(texts) <= MAX_NUMBERED_LINES else []
        at: dict[int, list[Thread]] = {}
        for thread in threads:
            at.setdefault(min(thread.comment.last_line or 0, len(texts)), []).append(thread)
        asked = request.GET.get("line", "")
        return {
            "lines": [CommentedLine(number, text, at.get(number, [])) for number, text in enumerate(numbered, 1)],
            "elsewhere": at.get(0, []) if numbered else threads,
            "may_comment": self.may_comment(request),
            "comment_on": _address("comment" if isinstance(on, PromptVersion) else "comment_draft", on),
            "comment_page": _page(on),
            "comment_line": int(asked) if asked.isdecimal() and len(asked) < 7 else None,
            "comment_form": CommentForm(),
            "max_comment_characters": MAX_COMMENT_CHARACTERS,
            "commented": on,
        }

    def _to_comment(self, request: HttpRequest, pk: UUID) -> SystemPrompt:
        found: SystemPrompt = self.row(request, pk)
        if not self.may_comment(request):
            raise PermissionDenied
        return drafts.locked(found)


def _back(on: comments.Commented, comment: PromptComment | None) -> HttpResponse:
    """To the comment, or to the text where there is none any more."""
    return redirect(f"{_page(on)}#{f'comment-{comment.pk}' if comment else 'wording'}")


def _page(on: comments.Commented) -> str:
    return _address("version", on) if isinstance(on, PromptVersion) else _address("draft_comments", on)


def _address(name: str, on: comments.Commented) -> str:
    number = [on.number] if isinstance(on, PromptVersion) else []
    return reverse(f"admin:conversations_systemprompt_{name}", args=[on.prompt_id, *number])


def _cut(text: str) -> str:
    return f"“{text[:LOGGED_CHARACTERS]}{'…' if len(text) > LOGGED_CHARACTERS else ''}”"
