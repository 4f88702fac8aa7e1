"""Where the labels of a prompt pointed: every move, and what chats were told at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET

from conversations.models import LIVE, MAX_LABEL_CHARACTERS, PromptVersion, SystemPrompt
from conversations.rendering.text import NotFilled
from conversations.studio import fragment_texts, labels
from conversations.studio.wording import parts, properties, wording_of

from .publishing import PublishPages

MOVES_PER_PAGE = 50


class MomentForm(forms.Form):
    at = forms.DateTimeField(
        label="When",
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Enter a date and a time, such as 2026-05-03 12:00."},
    )
    label = forms.CharField(max_length=MAX_LABEL_CHARACTERS, required=False)


class MovePages(PublishPages):
    def get_urls(self) -> list[Any]:
        moves = self.admin_site.admin_view(require_GET(self.moves_view))
        return [path("<uuid:prompt>/labels/", moves, name="conversations_systemprompt_moves"), *super().get_urls()]

    def moves_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """All moves, newest first. `at` asks where a label (`label`, or else `live`) pointed then."""
        found: SystemPrompt = self.row(request, prompt)
        form = MomentForm(request.GET if "at" in request.GET else None, initial={"at": timezone.localtime(), "label": LIVE})
        asked = self._at(found, form.cleaned_data["label"] or LIVE, form.cleaned_data["at"]) if form.is_bound and form.is_valid() else {}
        moves = found.label_moves.select_related("version", "by").defer("version__text").order_by("-at", "-id")
        page = Paginator(moves, MOVES_PER_PAGE).get_page(request.GET.get("p"))
        names = sorted({LIVE, *found.label_moves.order_by().values_list("name", flat=True).distinct()})
        return self.row_page(request, "moves", found, f"Labels of “{found.name}”", form=form, page=page, names=names, **asked)

    def _at(self, prompt: SystemPrompt, label: str, moment: datetime) -> dict[str, Any]:
        move = labels.move_before(prompt, label, moment)
        version = move.version if move else None
        wording = wording_of(version)
        told = {"version": version, "properties": properties(wording), "parts": parts(wording), **_told(version, moment)} if version else {}
        return {"asked": True, "moment": moment, "label": label, "move": move, **told}


def _told(version: PromptVersion, moment: datetime) -> dict[str, Any]:
    try:
        told, library = fragment_texts.told_at(version, moment)
    except NotFilled as error:
        return {"problem": str(error)}
    return {"told": told, "fragments": fragment_texts.listed(library)}
