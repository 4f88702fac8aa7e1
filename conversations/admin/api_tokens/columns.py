"""What the list and the page of an API token show of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.share_bar import bar
from conversations.admin.base.shown import NOTHING, ago
from conversations.admin.base.user_search import ChoosesUser
from conversations.models import NANO, ApiToken, Attempt, Scope
from conversations.usage.budgets import months
from conversations.usage.ledger import amounts


class ApiTokenColumns(ChoosesUser):
    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        since = months.beginning(months.current())
        attempts = Attempt.objects.filter(token=OuterRef("pk"), recorded__gte=since).order_by().values("token")
        tokens = Coalesce(Sum("input_tokens"), 0) + Coalesce(Sum("output_tokens"), 0)
        return (
            super()
            .get_queryset(request)
            .select_related("user", "made_by")
            .annotate(
                month_cost=Subquery(attempts.annotate(sum=Sum("cost")).values("sum")),
                month_tokens=Subquery(attempts.annotate(sum=tokens).values("sum")),
            )
        )

    @admin.display(description="begins with", ordering="prefix")
    def beginning(self, token: ApiToken) -> SafeString:
        return format_html("<code>{}…</code>", token.prefix)

    @admin.display(description="user", ordering="user__username")
    def whose(self, token: ApiToken) -> str:
        return f"{token.user} (service)" if token.user.is_service else str(token.user)

    @admin.display(description="good for")
    def good_for(self, token: ApiToken) -> str:
        return ", ".join(scope.label for scope in Scope if scope in token.scopes) or NOTHING

    @admin.display(description="state")
    def in_state(self, token: ApiToken) -> SafeString:
        state = token.state()
        return format_html('<span class="api-token-{}">{}</span>', state.name.lower(), state.label)

    @admin.display(description="last use", ordering="last_used")
    def used(self, token: ApiToken) -> str | SafeString:
        return ago(token.last_used, "never")

    @admin.display(description="expires", ordering="expires")
    def until(self, token: ApiToken) -> str | SafeString:
        return ago(token.expires, "never")

    @admin.display(description="this month")
    def this_month(self, token: Any) -> SafeString:
        """As attempts were recorded; of what is limited, how much of it."""
        cost, tokens = token.month_cost or 0, token.month_tokens or 0
        costs, takes = SafeString(amounts.dollars(cost)), SafeString(amounts.tokens(tokens))
        if token.monthly_cost is not None:
            allowed = int(token.monthly_cost * NANO)
            costs = format_html("{} of {} {}", costs, amounts.dollars(allowed), bar(cost, allowed))
        if token.monthly_tokens is not None:
            takes = format_html("{} of {} {}", takes, amounts.tokens(token.monthly_tokens), bar(tokens, token.monthly_tokens))
        return format_html('{}<br><span class="quiet">{}</span>', costs, takes)

    @admin.display(description="made by")
    def maker(self, token: ApiToken) -> str:
        return str(token.made_by or "the command line")
