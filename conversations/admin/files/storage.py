"""What the storage of files holds: by owner, by kind, and the largest ones. No names of files, and nothing of what is in them."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from conversations.admin.base.permissions import may
from conversations.admin.base.shown import short
from conversations.files import quota
from conversations.models import File, FileKind, Limit

SHOWN_OWNERS = 20
SHOWN_LARGEST = 10
MADE = "Pictures made by models"


class OfKind(NamedTuple):
    label: str
    files: int
    size: str
    share: int
    """In percent."""
    link: str
    """Empty where no filter of the list tells them apart."""


def context(request: HttpRequest) -> dict[str, Any]:
    return {
        "owners": _owners(request),
        "shown_owners": SHOWN_OWNERS,
        "kinds": _kinds(),
        "largest": [] if request.GET.get("q") else _largest(request),
    }


def _owners(request: HttpRequest) -> list[dict[str, Any]]:
    """Those whose files take most."""
    sums = File.objects.values("owner", "owner__username").annotate(size=Sum("size"), files=Count("pk")).order_by("-size", "owner")
    shown = list(sums[:SHOWN_OWNERS])
    limits = dict(Limit.objects.filter(person__in=[one["owner"] for one in shown]).values_list("person", "pk"))
    return [
        {
            "owner": _owner(request, one["owner"], one["owner__username"]),
            "files": one["files"],
            "size": quota.in_words(one["size"]),
            "allowed": quota.standing(one["owner"]),
            "limit": _limit(request, one["owner"], limits.get(one["owner"])),
        }
        for one in shown
    ]


def _owner(request: HttpRequest, owner: uuid.UUID, name: str) -> str:
    """By name only for those who may view users."""
    shown = f"{reverse('admin:conversations_file_changelist')}?owner__id__exact="
    return format_html('<a href="{}{}">{}</a>', shown, owner, name if may(request.user, "view", "user") else short(owner))


def _limit(request: HttpRequest, owner: uuid.UUID, limit: Any) -> str:
    """To this user's own limit, or the form of a new one; "" for those who may do neither."""
    if limit is not None:
        return reverse("admin:conversations_limit_change", args=[limit]) if may(request.user, "view", "limit") else ""
    return f"{reverse('admin:conversations_limit_add')}?person={owner}" if may(request.user, "add", "limit") else ""


def _kinds() -> list[OfKind]:
    """Told apart are images that were attached, and pictures that were made."""
    is_made = ~Q(original="")
    rows = [(label, Q(kind=kind) & ~is_made, f"kind__exact={kind}") for kind, label in FileKind.choices]
    rows.append((MADE, is_made, ""))
    sums = {f"{column}{at}": function for at, (_, which, _) in enumerate(rows) for column, function in _sums(which)}
    found = File.objects.aggregate(**sums)
    whole = sum(found[f"size{at}"] or 0 for at in range(len(rows)))
    address = reverse("admin:conversations_file_changelist")
    return [
        OfKind(label, found[f"files{at}"], quota.in_words(size), 100 * size // whole if whole else 0, query and f"{address}?{query}")
        for at, (label, _, query) in enumerate(rows)
        if (size := found[f"size{at}"] or 0) or found[f"files{at}"]
    ]


def _sums(which: Q) -> tuple[tuple[str, Any], ...]:
    return ("size", Sum("size", filter=which)), ("files", Count("pk", filter=which))


def _largest(request: HttpRequest) -> list[dict[str, Any]]:
    files = File.objects.select_related("owner").only("id", "kind", "size", "owner__username").order_by("-size", "pk")[:SHOWN_LARGEST]
    return [
        {
            "file": format_html('<a href="{}">{}</a>', reverse("admin:conversations_file_change", args=[file.pk]), short(file.pk)),
            "kind": file.get_kind_display(),
            "size": quota.in_words(file.size),
            "owner": _owner(request, file.owner_id, file.owner.username),
        }
        for file in files
    ]
