"""The ledger of attempts, for support: who was asked, how it ended, what it took. Nobody changes it."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.bounded_count import MOST, BoundedPaginator
from conversations.admin.base.read_only import ReadOnlyAdmin
from conversations.admin.base.shown import NOTHING, ago, short
from conversations.models import NANO, OK, STOPPED, Attempt, Purpose
from conversations.providers.errors import SENTENCES
from conversations.usage.ledger import amounts

from .filters import AskedModelFilter, OutcomeFilter, RecordedFilter, TryFilter

FIELDSETS: Any = (
    ("What it was for", {"fields": ("id", "purpose", "reply_link", "conversation_link", "owner_link", "version_link")}),
    ("Who was asked", {"fields": ("provider_link", "key_link", "model", "which_try")}),
    ("How it ended", {"fields": ("ended", "cause", "status", "request_id", "retry_after_seconds")}),
    ("When", {"fields": ("started", "first_token", "duration", "recorded")}),
    ("What it took", {"fields": ("tokens", "characters", "dollars")}),
)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("short_id", "when", "asked", "result", "times", "taken")
    show_facets = admin.ShowFacets.NEVER  # each would count all rows
    list_filter = (RecordedFilter, OutcomeFilter, "provider", AskedModelFilter, "key", "purpose", "final", TryFilter)
    list_select_related = ("provider",)
    ordering = ("-recorded", "-id")  # the order of every index that the filters use
    paginator = BoundedPaginator
    sortable_by = ()  # any other order would have to look at every row
    lookups = (
        *("reply__id__exact", "reply__conversation__id__exact", "owner__id__exact", "prompt_version__id__exact", "provider__id__exact"),
        *("key__id__exact", "purpose__exact", "final__exact", "recorded__gte", "recorded__lt"),
        *(choice.parameter_name for choice in (RecordedFilter, OutcomeFilter, AskedModelFilter, TryFilter)),
    )
    id_search = ("id", "reply", "owner")
    search_hint = (
        "Finds attempts by an id (attempt, message or owner), the provider’s own number of a request, a user name or an email address."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).defer("cause")

    def get_fieldsets(self, request: HttpRequest, obj: Attempt | None = None) -> Any:
        if request.user.is_superuser:
            return FIELDSETS
        return [(name, {"fields": tuple(field for field in group["fields"] if field != "cause")}) for name, group in FIELDSETS]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field for _, group in self.get_fieldsets(request, obj) for field in group["fields"]]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # sums must stay what they were

    def _means(self, word: str) -> Q:
        try:
            uuid.UUID(word)
        except ValueError:
            return super()._means(word) | Q(request_id=word)
        return super()._means(word)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "most": MOST})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Attempt | None:
        """Knows who looks: its links lead only where they may."""
        attempt: Attempt | None = super().get_object(request, object_id, from_field)
        if attempt is not None:
            attempt._viewer = request.user  # type: ignore[attr-defined]
        return attempt

    @admin.display(description="id")
    def short_id(self, attempt: Attempt) -> str:
        return short(attempt.pk)

    @admin.display(description="asked")
    def asked(self, attempt: Attempt) -> str | SafeString:
        if attempt.provider is None:
            return attempt.model or NOTHING
        return format_html('{}<br><span class="quiet">{}</span>', attempt.model or NOTHING, attempt.provider)

    @admin.display(description="outcome")
    def result(self, attempt: Attempt) -> SafeString:
        """With what is unusual about it: the how manieth try, and that it was no answer."""
        unusual = [] if attempt.number == 1 and attempt.final else [self.which_try(attempt)]
        if attempt.purpose != Purpose.ANSWER:
            unusual.append(attempt.get_purpose_display().lower())
        kind = "is-well" if attempt.outcome in (OK, STOPPED) else "is-wrong"
        note = format_html('<br><span class="quiet">{}</span>', ", ".join(unusual)) if unusual else ""
        return format_html('<span class="outcome {}">{}</span>{}', kind, attempt.outcome.replace("_", " "), note)

    @admin.display(description="first token, all")
    def times(self, attempt: Attempt) -> SafeString:
        return format_html('{}<br><span class="quiet">{}</span>', milliseconds(attempt.first_token_ms), milliseconds(attempt.duration_ms))

    @admin.display(description="recorded")
    def when(self, attempt: Attempt) -> str:
        return ago(attempt.recorded)

    @admin.display(description="try")
    def which_try(self, attempt: Attempt) -> str:
        if attempt.number == 0:
            return "nobody asked"
        return f"try {attempt.number}{'' if attempt.final else ', then again'}"

    @admin.display(description="outcome")
    def ended(self, attempt: Attempt) -> str:
        words = {OK: "the answer came whole", STOPPED: "the person stopped it"}.get(attempt.outcome) or SENTENCES.get(attempt.outcome, "")
        return f"{attempt.outcome}: {words}" if words else attempt.outcome

    @admin.display(description="first token")
    def first_token(self, attempt: Attempt) -> str:
        return milliseconds(attempt.first_token_ms)

    @admin.display(description="took")
    def duration(self, attempt: Attempt) -> str:
        return milliseconds(attempt.duration_ms)

    @admin.display(description="message")
    def reply_link(self, attempt: Attempt) -> str | SafeString:
        return _link(attempt, "message", _related(attempt, "reply"))

    @admin.display(description="conversation")
    def conversation_link(self, attempt: Attempt) -> str | SafeString:
        reply = _related(attempt, "reply")
        return _link(attempt, "conversation", reply and reply.conversation)

    @admin.display(description="owner")
    def owner_link(self, attempt: Attempt) -> str | SafeString:
        return _link(attempt, "user", _related(attempt, "owner"))

    @admin.display(description="prompt")
    def version_link(self, attempt: Attempt) -> str | SafeString:
        version = _related(attempt, "prompt_version")
        if version is None or not _may_view(attempt, "systemprompt"):
            return str(version) if version else NOTHING
        url = reverse("admin:conversations_systemprompt_version", args=[version.prompt_id, version.number])
        return format_html('<a href="{}">{}</a>', url, version)

    @admin.display(description="provider")
    def provider_link(self, attempt: Attempt) -> str | SafeString:
        return _link(attempt, "provider", _related(attempt, "provider"))

    @admin.display(description="API key")
    def key_link(self, attempt: Attempt) -> str | SafeString:
        return _link(attempt, "apikey", _related(attempt, "key"))

    @admin.display(description="provider asked to wait")
    def retry_after_seconds(self, attempt: Attempt) -> str:
        return NOTHING if attempt.retry_after is None else f"{attempt.retry_after:g} s"

    @admin.display(description="tokens, cost")
    def taken(self, attempt: Attempt) -> SafeString:
        return format_html('{}<br><span class="quiet">{}</span>', tokens_in_out(attempt), dollars(attempt.cost))

    @admin.display(description="tokens")
    def tokens(self, attempt: Attempt) -> str:
        counts = (
            *((attempt.input_tokens, "in"), (attempt.cached_tokens, "of them cached")),
            *((attempt.output_tokens, "out"), (attempt.reasoning_tokens, "of them thinking")),
        )
        said = ", ".join(f"{count:,} {label}" for count, label in counts if count is not None) or "unknown"
        return f"{said} (estimated: the provider’s count never came)" if attempt.estimated else said

    @admin.display(description="cost")
    def dollars(self, attempt: Attempt) -> str:
        return dollars(attempt.cost)


def _may_view(attempt: Attempt, model: str) -> bool:
    viewer = attempt._viewer  # type: ignore[attr-defined]
    return bool(viewer.has_perm(f"conversations.view_{model}") or viewer.has_perm(f"conversations.change_{model}"))


def _related(attempt: Attempt, name: str) -> Any:
    """What the row points to; None where that is gone: rows outlive what they were made for."""
    try:
        return getattr(attempt, name)
    except ObjectDoesNotExist:
        return None


def _link(attempt: Attempt, model: str, thing: Any) -> str | SafeString:
    if thing is None:
        return NOTHING
    if not _may_view(attempt, model):
        return str(thing)
    return format_html('<a href="{}">{}</a>', reverse(f"admin:conversations_{model}_change", args=[thing.pk]), thing)


def milliseconds(number: int | None) -> str:
    return NOTHING if number is None else f"{number:,} ms"


def dollars(nano: int | None) -> str:
    return "unknown" if nano is None else amounts.exact_dollars(Decimal(nano) / NANO)


def tokens_in_out(attempt: Attempt) -> str:
    if attempt.input_tokens is None and attempt.output_tokens is None:
        return NOTHING
    counts = ("?" if count is None else f"{count:,}" for count in (attempt.input_tokens, attempt.output_tokens))
    return " → ".join(counts) + (" (estimated)" if attempt.estimated else "")
