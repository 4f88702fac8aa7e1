"""The ledger of attempts, for support: which provider was asked, how it ended, what it used. It is never changed by hand."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from conversations.admin.base.bounded_count import MOST, BoundedPaginator
from conversations.admin.base.causes import may_see_causes
from conversations.admin.base.permissions import may
from conversations.models import Attempt, Conversation, Message, User

from .columns import AttemptColumns
from .filters import AskedByFilter, AskedModelFilter, FinalFilter, KeyFilter, NumberFilter, OutcomeFilter, RecordedFilter

LINKS = (
    *("reply_link", "conversation_link", "passage_link", "files_links"),
    *("owner_link", "token_link", "version_link"),
)
"""To what it was for, and for whom."""
FIELDSETS: Any = (
    ("Purpose", {"fields": ("id", "purpose", "kind", *LINKS)}),
    ("Provider", {"fields": ("provider_link", "key_link", "model", "which_attempt")}),
    ("Outcome", {"fields": ("ended", "cause", "status", "request_id", "retry_after_seconds")}),
    ("Times", {"fields": ("started", "first_token", "duration", "recorded")}),
    ("Usage", {"fields": ("tokens", "units", "characters", "dollars")}),
)

BY_KEY: Any = ("key", KeyFilter)


@admin.register(Attempt)
class AttemptAdmin(AttemptColumns):
    list_display = ("short_id", "when", "asked", "result", "times", "taken")
    show_facets = admin.ShowFacets.NEVER  # each would count all rows
    list_filter = (
        *(
            RecordedFilter,
            OutcomeFilter,
            "provider",
            AskedModelFilter,
            BY_KEY,
            "kind",
            "purpose",
            AskedByFilter,
            ("final", FinalFilter),
            NumberFilter,
        ),
    )
    list_select_related = ("provider", "owner")
    ordering = ("-recorded", "-id")  # the order of every index that the filters use
    paginator = BoundedPaginator
    sortable_by = ()  # any other order would have to look at every row
    lookups = (
        *("reply__id__exact", "reply__conversation__id__exact", "owner__id__exact", "prompt_version__id__exact", "provider__id__exact"),
        *("token__id__exact", "key__id__exact", "kind__exact", "purpose__exact", "final__exact", "recorded__gte", "recorded__lt"),
        *(choice.parameter_name for choice in (RecordedFilter, OutcomeFilter, AskedModelFilter, AskedByFilter, NumberFilter)),
    )
    id_search: ClassVar = {"id": Attempt, "reply": Message, "conversation": Conversation, "owner": User}
    search_hint = (
        "Finds attempts by the reference of a failed answer, an id or its end (attempt, message, conversation or owner), the address of a "
        "conversation, the provider’s own number of a request, a username or an email address."
    )

    def get_list_display(self, request: HttpRequest) -> Any:
        """With whose attempt it was, for who may view users."""
        if not may(request.user, "view", "user"):
            return self.list_display
        return (*self.list_display[:2], "whose", *self.list_display[2:])

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [one for one in self.list_filter if one != BY_KEY or may(request.user, "view", "apikey")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).defer("cause")

    def get_fieldsets(self, request: HttpRequest, obj: Attempt | None = None) -> Any:
        hidden = {
            *(() if may_see_causes(request.user) else ("cause",)),
            *(() if may(request.user, "view", "apikey") else ("key_link",)),
        }
        return [(name, {"fields": tuple(field for field in group["fields"] if field not in hidden)}) for name, group in FIELDSETS]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field for _, group in self.get_fieldsets(request, obj) for field in group["fields"]]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, help_texts={"which_attempt": "Which attempt this was (1 = first)."}, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # sums must stay what they were

    def _with_ids(self, ids: list[UUID]) -> Q:
        of_conversation = Message.objects.filter(conversation__in=ids).order_by().values("pk")
        return Q(id__in=ids) | Q(reply__in=ids) | Q(reply__in=of_conversation) | Q(owner__in=ids)

    def _named(self, word: str) -> Q:
        return Q(request_id=word)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "most": MOST})
