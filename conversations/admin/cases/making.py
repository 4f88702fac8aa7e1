"""Cases made from a message of a conversation, and from a file."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_POST

from conversations.admin.base.evaluating import ByEvaluators
from conversations.admin.conversations.reading import may_read
from conversations.evaluation import making
from conversations.evaluation.files import reading
from conversations.models import Case, Message, SystemPrompt, User
from conversations.studio.files.folder import MAX_FILE_BYTES
from conversations.studio.files.problems import FilesRefused

from .fields import TurnsField

TOLD = 12
"""So many things that a file couldn't bring along are told by name."""


class MessageCaseForm(forms.Form):
    prompt = forms.ModelChoiceField(SystemPrompt.objects.order_by("name"))
    name = forms.CharField(max_length=120, widget=forms.TextInput({"class": "vTextField"}))
    turns = TurnsField(label="What is asked")
    expected = forms.CharField(
        required=False, label="Expected", widget=forms.Textarea({"rows": 5, "class": "vLargeTextField"}), help_text="What was answered."
    )


class ImportForm(forms.Form):
    prompt = forms.ModelChoiceField(SystemPrompt.objects.order_by("name"))
    file = forms.FileField(
        label="File",
        help_text="CSV with a head, JSON lines, YAML or JSON with a list of cases, or a Promptfoo configuration, whose tests are taken.",
        widget=forms.ClearableFileInput({"accept": ",".join(reading.KINDS)}),
    )

    def clean_file(self) -> tuple[str, str]:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB.")
        if not file.name.lower().endswith(reading.KINDS):
            raise forms.ValidationError(f"Its name ends in none of {', '.join(reading.KINDS)}.")
        try:
            return file.name.lower(), file.read().decode()
        except UnicodeDecodeError as error:
            raise forms.ValidationError("The file isn’t UTF-8.") from error


class MadeCases(ByEvaluators):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_view), name="conversations_case_import"),
            path("from-message/<uuid:message>/", view(require_POST(self.from_message_view)), name="conversations_case_from_message"),
            *super().get_urls(),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None, initial={"prompt": request.GET.get("prompt")})
        if request.method == "POST" and form.is_valid():
            try:
                read = reading.cases(*form.cleaned_data["file"])
            except FilesRefused as refused:
                form.add_error("file", str(refused))
            else:
                prompt = form.cleaned_data["prompt"]
                made, known = making.take(prompt, read.cases, cast("User", request.user))
                self.log_addition(request, prompt, f"Imported {made} cases from {form.cleaned_data['file'][0]}.")
                messages.success(request, f"{made} imported{f', {known} were there already' if known else ''}.")
                for told in read.left_out[:TOLD]:
                    messages.warning(request, f"Not taken: {told}.")
                if len(read.left_out) > TOLD:
                    messages.warning(request, f"Not taken: {len(read.left_out) - TOLD} things more.")
                return redirect("admin:conversations_case_changelist")
        return self._page(request, "import", "Import cases", form=form)

    def from_message_view(self, request: HttpRequest, message: UUID) -> HttpResponse:
        """Opened from a conversation that is being read, which is logged; with `save` it makes the case."""
        if not (may_read(request) and self.has_add_permission(request)):
            raise PermissionDenied
        found = get_object_or_404(Message.objects.select_related("conversation", "owner", "parent"), pk=message)
        proposed = making.from_message(found)
        if proposed is None:
            messages.error(request, "There is no question to be asked again.")
            return redirect("admin:conversations_conversation_change", found.conversation_id)
        if "save" in request.POST:
            form = MessageCaseForm(request.POST)
            if form.is_valid():
                case = Case.objects.create(message=proposed.question, author=cast("User", request.user), **form.cleaned_data)
                self.log_addition(request, case, f"Made from a message of conversation {found.conversation_id}.")
                messages.success(request, "The case is there. Add checks, by which its answers are judged.")
                return redirect("admin:conversations_case_change", case.pk)
        else:
            prompt = found.conversation.prompt or SystemPrompt.objects.filter(is_default=True).first()
            name = " ".join(proposed.turns[-1]["text"].split())[:80]
            form = MessageCaseForm(initial={"prompt": prompt, "name": name, "turns": proposed.turns, "expected": proposed.expected})
        self.log_change(request, found.conversation, "Read a message and what led to it, to make a case.")
        return self._page(request, "from_message", "Make a case of a message", form=form, replaced=proposed.replaced, row=found)

    def _page(self, request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        known = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return TemplateResponse(request, f"admin/conversations/case/{name}.html", {**known, **context})
