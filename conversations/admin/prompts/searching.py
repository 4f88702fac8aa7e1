"""Searching the list of prompts: by what they are called, and by what their draft or any of their versions says."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import smart_split, unescape_string_literal

from conversations.admin.base.shown import NOTHING
from conversations.models import PromptVersion, SystemPrompt

MAX_WORDS = 8
"""Each is looked for in every text."""


class PromptSearch(admin.ModelAdmin):
    search_fields = ("name", "slug", "description", "draft__text")
    search_hint = "Searches names, slugs, descriptions, drafts and the texts of all versions, and says which version it is."

    def get_list_display(self, request: HttpRequest) -> Any:
        name, *others = super().get_list_display(request)
        return (name, "found_in", *others) if request.GET.get(SEARCH_VAR, "").strip() else (name, *others)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """Each word, or phrase in quotes, has to be somewhere. Of a prompt's versions the first that has it is enough."""
        words = [_wanted(word) for word in smart_split(search_term)][:MAX_WORDS]
        having_all = _versions()
        for number, wanted in enumerate(words):
            own = Q(*((f"{field}__icontains", wanted) for field in self.search_fields), _connector=Q.OR)
            says = _versions().filter(text__icontains=wanted)
            queryset = queryset.filter(own | Exists(says)).annotate(**{f"_found_{number}": _newest(says)})
            having_all = having_all.filter(text__icontains=wanted)
        return queryset.annotate(_found=_newest(having_all)) if words else queryset, False

    @admin.display(description="found in")
    def found_in(self, prompt: SystemPrompt) -> str | SafeString:
        """The newest version that has all words; where none has, the newest ones that have some."""
        found = getattr(prompt, "_found", None)
        some = {number for at in range(MAX_WORDS) if (number := getattr(prompt, f"_found_{at}", None))}
        links = [(_page(prompt, number), number) for number in ([found] if found else sorted(some, reverse=True))]
        return format_html("{}", format_html_join(", ", '<a href="{}">version {}</a>', links)) if links else NOTHING


def _versions() -> QuerySet[PromptVersion]:
    return PromptVersion.objects.filter(prompt=OuterRef("pk"))


def _newest(versions: QuerySet[PromptVersion]) -> Subquery:
    return Subquery(versions.order_by("-number").values("number")[:1])


def _page(prompt: SystemPrompt, number: int) -> str:
    return reverse("admin:conversations_systemprompt_version", args=[prompt.pk, number])


def _wanted(word: str) -> str:
    return unescape_string_literal(word) if word[0] == word[-1] and word[0] in "\"'" and len(word) > 1 else word
