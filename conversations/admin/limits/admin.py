"""Limits: how much users may use, and how much of it was used this month."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.admin.base.share_bar import bar
from conversations.admin.base.shown import NOTHING
from conversations.admin.base.user_search import ChoosesUser
from conversations.models import NANO, Grant, Limit, Spending, User
from conversations.usage.budgets import grants, kinds, months, recounting, standing
from conversations.usage.ledger import amounts
from conversations.usage.limits import subject_names


@admin.register(Limit)
class LimitAdmin(ChoosesUser):
    form = OptimisticLocking
    list_display = ("who", "counted", "only_for", "per_minute", "at_once", "cost", "tokens", "units", "storage")
    list_select_related = ("group", "person")
    autocomplete_fields = ("person",)
    fieldsets = (
        (
            "For whom",
            {
                "fields": ("group", "person", "counting", "kind"),
                "description": "Leave both empty to limit everyone. All limits that apply to a user count; the strictest wins. "
                "A limit that is only for pictures, audio and so on counts beside that for everything together.",
            },
        ),
        ("At a time", {"fields": ("messages_per_minute", "concurrent_replies")}),
        (
            "A month",
            {
                "fields": ("monthly_cost", "monthly_tokens", "monthly_units"),
                "description": "What an answer may use at most is reserved when it begins, so a budget is never overspent. The cost of a "
                "model whose price isn’t known can’t be counted: such models are let through, unless the setting UNPRICED_MODELS says "
                "“refuse”. Tokens are always counted. A change counts within two seconds.",
            },
        ),
        ("Files", {"fields": ("storage_mb",)}),
    )

    @admin.display(description="for", ordering="group__name")
    def who(self, limit: Limit) -> str:
        if limit.is_for_trials:
            return str(limit)
        return str(limit.person) if limit.person_id else f"Group {limit.group}" if limit.group_id else "Everyone"

    @admin.display(ordering="counting")
    def counted(self, limit: Limit) -> str:
        return "shared" if limit.is_shared else "each"

    @admin.display(description="only for", ordering="kind")
    def only_for(self, limit: Limit) -> str:
        return limit.get_kind_display().lower() if limit.kind else NOTHING

    @admin.display(description="messages a minute", ordering="messages_per_minute")
    def per_minute(self, limit: Limit) -> int | None:
        return limit.messages_per_minute

    @admin.display(description="answers at once", ordering="concurrent_replies")
    def at_once(self, limit: Limit) -> int | None:
        return limit.concurrent_replies

    @admin.display(description="cost this month", ordering="monthly_cost")
    def cost(self, limit: Limit) -> str | SafeString:
        if limit.monthly_cost is None:
            return NOTHING
        return self._used(limit, int(limit.monthly_cost * NANO), "cost")

    @admin.display(description="tokens this month", ordering="monthly_tokens")
    def tokens(self, limit: Limit) -> str | SafeString:
        return NOTHING if limit.monthly_tokens is None else self._used(limit, limit.monthly_tokens, "tokens")

    @admin.display(description="units this month", ordering="monthly_units")
    def units(self, limit: Limit) -> str | SafeString:
        if limit.monthly_units is None:
            return NOTHING
        return self._used(limit, limit.monthly_units * kinds.scale(limit.kind), "units")

    @admin.display(description="storage each", ordering="storage_mb")
    def storage(self, limit: Limit) -> str:
        return NOTHING if limit.storage_mb is None else f"{limit.storage_mb:,} MB"

    def _used(self, limit: Limit, allowed: int, what: str) -> SafeString:
        """Where it is counted for each user, the one who used most of what they may, with what they were granted, is named."""
        ways: dict[str, Callable[[int], str]] = {"cost": amounts.dollars, "tokens": amounts.tokens}
        words = ways.get(what, partial(kinds.units, kind=limit.kind))
        month, name, more = months.current(), "", 0
        if limit.is_shared or limit.person_id:
            group = subject_names.of_group(limit.group_id) if limit.group_id else subject_names.SITE
            shared = subject_names.TRIALS if limit.is_for_trials else group
            subject = subject_names.of_user(limit.person_id) if limit.person_id else shared
            used = getattr(standing.of_subject(subject_names.of_kind(subject, limit.kind), month), what)
            if limit.person_id and not limit.kind:
                more = getattr(grants.granted(limit.person_id, month), what)
        else:
            used, more, name = self._most(limit, allowed, what)
        notes = [*([f"most: {name}"] if name else []), *([f"{words(more)} of it granted"] if more else [])]
        said = f" ({', '.join(notes)})" if notes else ""
        return format_html("{} of {}{} {}", words(used), words(allowed + more), said, bar(used, allowed + more))

    def _most(self, limit: Limit, allowed: int, what: str) -> tuple[int, int, str]:
        """What was used, what was granted beyond the limit, and by whom; each user is measured by what they may use."""
        month = months.current()
        rows = Spending.objects.filter(month=month, subject__startswith=subject_names.USER)
        if limit.group_id:
            members = User.objects.filter(groups=limit.group_id).values_list("pk", flat=True)
            rows = rows.filter(subject__in=[subject_names.of_kind(subject_names.of_user(pk), limit.kind) for pk in members])
        else:
            of_kind = subject_names.of_kind("", limit.kind)
            rows = rows.filter(subject__endswith=of_kind) if of_kind else rows.exclude(subject__contains=subject_names.KIND)
        users = [] if limit.kind else Grant.objects.filter(month=month).values_list("person", flat=True).distinct()
        granted = {subject_names.of_user(pk): getattr(grants.granted(pk, month), what) for pk in users}
        first = rows.exclude(subject__in=granted).order_by(f"-spent_{what}").first()
        found = [
            (getattr(row, f"spent_{what}"), granted.get(row.subject, 0), row.subject)
            for row in [*([first] if first else []), *rows.filter(subject__in=granted)]
        ]
        if not found:
            return 0, 0, ""
        used, more, subject = max(found, key=lambda one: one[0] / (allowed + one[1]))
        user = User.objects.filter(pk=subject_names.of_all_kinds(subject).removeprefix(subject_names.USER)).first()
        return used, more, str(user) if user else ""

    # A change counts at once in this process, and within two seconds in every other.

    def save_model(self, request: HttpRequest, obj: Limit, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(recounting.changed)

    def delete_model(self, request: HttpRequest, obj: Limit) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(recounting.changed)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Limit]) -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(recounting.changed)
