"""A user's own files: what they take of the user's storage, where they are held, and deleted once it was said what that means."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from conversations.files import own, quota
from conversations.files.refusal import FileRefused
from conversations.models import File

from .json_requests import user_of, uuid_from

ON_A_PAGE = 50


@never_cache
@login_required
@require_GET
def own_files(request: HttpRequest) -> HttpResponse:
    """The newest first, or with `sort=size` the largest."""
    user = user_of(request)
    sort = request.GET.get("sort", "date")
    if sort not in own.ORDERS:
        raise Http404
    files = File.objects.of(user).defer("text", "digest").order_by(*own.ORDERS[sort])
    page = Paginator(files, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "files": own.with_conversations(list(page)), "sort": sort, "storage": quota.standing(user.pk)}
    return render(request, "account/files.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """GET says what is lost with the files that are named, POST deletes them."""
    user = user_of(request)
    given = request.POST if request.method == "POST" else request.GET
    wanted = [uuid_from(value) for value in given.getlist("file")[:ON_A_PAGE]]
    if not wanted:
        messages.warning(request, "Select files to delete first.")
        return _listed(given.get("sort"))
    if request.method == "POST":
        try:
            count = own.delete(user, wanted)
        except FileRefused as refused:
            messages.warning(request, refused.detail)
        else:
            if not count:
                raise Http404
            messages.success(request, f"{count:,} {'file was' if count == 1 else 'files were'} deleted.")
        return _listed(given.get("sort"))
    files = own.with_conversations(list(File.objects.of(user).filter(pk__in=wanted).defer("text", "digest")))
    if not files:
        raise Http404
    held = {conversation.pk: conversation for one in files for conversation in one.conversations}
    context = {"files": files, "conversations": list(held.values()), "size": sum(one.file.size for one in files), "sort": given.get("sort")}
    return render(request, "account/files_delete.html", context)


def _listed(sort: str | None) -> HttpResponse:
    return redirect(f"{reverse('own_files')}?{urlencode({'sort': sort})}" if sort in own.ORDERS else "own_files")
