"""Searching the list of prompts: by what they are called, and by what their draft or any of their versions says."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import smart_split, unescape_string_literal

from conversations.models import PromptVersion


class PromptSearch(admin.ModelAdmin):
    search_fields = ("name", "slug", "description", "draft__text")
    search_hint = "Searches names, slugs, descriptions, drafts and the texts of all versions."

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """Each word, or phrase in quotes, has to be somewhere. Of a prompt's versions the first that has it is enough."""
        for word in smart_split(search_term):
            wanted = unescape_string_literal(word) if word[0] == word[-1] and word[0] in "\"'" and len(word) > 1 else word
            own = Q(*((f"{field}__icontains", wanted) for field in self.search_fields), _connector=Q.OR)
            says = PromptVersion.objects.filter(prompt=OuterRef("pk"), text__icontains=wanted)
            queryset = queryset.filter(own | Exists(says))
        return queryset, False
