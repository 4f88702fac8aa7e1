"""The chat page and what it asks for besides the socket."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import orjson
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations.broadcast import events
from conversations.commands import branches, deletion, titles
from conversations.commands.refusals import Refused
from conversations.models import Conversation, Message, SystemPrompt, Tree, User, parent_links
from conversations.processes import supervisor
from conversations.routing import catalog
from conversations.usage.budgets import standing

LISTED = 50
MESSAGES = 40
TRUSTED_TYPES = {"require-trusted-types-for": ["'script'"], "trusted-types": ["dompurify"]}
View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """For addresses that the page's script asks: 401 rather than a redirect to the sign-in page."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"detail": "You are signed out. Sign in again."}, status=401)
        try:
            return never_cache(view)(request, *args, **kwargs)
        except Refused as refused:
            return JsonResponse({"detail": refused.detail}, status=404 if refused.code == "not_found" else 400)

    return checked


@never_cache
@login_required
@ensure_csrf_cookie
@csp_update(TRUSTED_TYPES)
@require_GET
def chat(request: HttpRequest, conversation_id: uuid.UUID | None = None) -> HttpResponse:
    """A new chat, or one of the person's conversations."""
    user = _user(request)
    conversation = _own(user, conversation_id) if conversation_id else None
    page = {
        "user": {"id": user.pk, "name": user.get_username(), "staff": user.is_staff},
        "embedded": catalog.read().is_built_in,
        "conversation": _entry(conversation) if conversation else None,
        "prompts": [_prompt(prompt) for prompt in SystemPrompt.objects.offered_to(user).select_related("published")],
        "prompt": conversation.prompt_id if conversation else None,
        **(_path_end(conversation, None) if conversation else {"messages": [], "older": False}),
        **_listed(user, None),
        "warnings": standing.warnings(user.pk),
    }
    return render(request, "chat.html", {"page": page})


@signed_in
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The next rows of the sidebar."""
    return JsonResponse(_listed(_user(request), request.GET.get("before")))


@signed_in
@require_GET
def messages(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The end of the chosen path, or what comes before a message of it."""
    conversation = _own(_user(request), conversation_id)
    before = _uuid(request.GET["before"]) if "before" in request.GET else None
    return JsonResponse({"conversation": _entry(conversation), **_path_end(conversation, before)})


@signed_in
@require_POST
def choose_leaf(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Show the branch of this message from now on."""
    chosen = _uuid(_body(request).get("message"))
    conversation = branches.choose(_user(request), conversation_id, chosen)
    return JsonResponse({"conversation": _entry(conversation), **_path_end(conversation, None, showing=chosen)})


@signed_in
@require_http_methods(["GET", "POST"])
def delete_branch(request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID) -> HttpResponse:
    """Delete a message with everything below it, and answer what is shown instead; when only asked, answer how much that would be."""
    user = _user(request)
    if request.method == "GET":
        return JsonResponse({"messages": branches.size(user, conversation_id, message_id)})
    conversation, neighbour = branches.delete(user, conversation_id, message_id)
    return JsonResponse({"conversation": _entry(conversation), "neighbour": neighbour, **_path_end(conversation, None, showing=neighbour)})


@signed_in
@require_POST
def rename(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    conversation = _own(_user(request), conversation_id)
    title = _body(request).get("title")
    titles.rename(conversation, title if isinstance(title, str) else "")
    is_running = conversation.has_running_reply
    supervisor.current().hub.publish_from_thread(conversation.owner_id, events.conversation(conversation, running=is_running))
    return JsonResponse(events.entry(conversation, running=is_running))


@signed_in
@require_POST
def delete(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Delete a conversation with all its messages. What still runs in it is stopped."""
    conversation = _own(_user(request), conversation_id)
    with transaction.atomic():
        deletion.announce([conversation])
        conversation.delete()
    return HttpResponse(status=204)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _own(user: User, conversation_id: uuid.UUID) -> Conversation:
    return get_object_or_404(Conversation.objects.of(user), pk=conversation_id)


def _entry(conversation: Conversation) -> events.Event:
    return events.entry(conversation, running=conversation.has_running_reply)


def _prompt(prompt: SystemPrompt) -> dict[str, Any]:
    return {
        "id": prompt.pk,
        "slug": prompt.slug,
        "name": prompt.name,
        "description": prompt.description,
        "starters": prompt.published.starters if prompt.published else [],
        "is_default": prompt.is_default,
    }


def _listed(user: User, cursor: str | None) -> dict[str, Any]:
    """A page of the person's conversations, newest first. A cursor names the last row of the page before."""
    rows = Conversation.objects.of(user).filter(archived=False).order_by("-updated", "-id")
    if cursor:
        try:
            updated, key = cursor.split("~")
            at, after = datetime.fromisoformat(updated).astimezone(UTC), uuid.UUID(key)
        except (ValueError, OverflowError):
            raise Refused("invalid", "That page of the list isn't there. Reload the page.") from None
        rows = rows.filter(Q(updated__lt=at) | Q(updated=at, id__lt=after))
    is_running = Exists(Message.objects.running().filter(conversation=OuterRef("pk")))
    found = list(rows.annotate(is_running=is_running)[: LISTED + 1])
    shown = found[:LISTED]
    more = f"{shown[-1].updated.isoformat()}~{shown[-1].pk}" if len(found) > LISTED else None
    return {"conversations": [events.entry(row, running=row.is_running) for row in shown], "more": more}


def _path_end(conversation: Conversation, before: uuid.UUID | None, showing: uuid.UUID | None = None) -> dict[str, Any]:
    """The last messages of the chosen path, or the last ones before one of its messages; `showing` is among them, with the one above."""
    tree = Tree(parent_links(conversation.pk))
    path = tree.path(conversation.leaf_id or tree.latest_leaf(None))
    if before is not None:
        if before not in path:
            raise Http404
        path = path[: path.index(before)]
    begin = max(0, len(path) - MESSAGES)
    if showing in path[:begin]:
        begin = max(0, path.index(showing) - 1)
    shown = path[begin:]
    by_id = Message.objects.select_related("prompt_version__prompt").in_bulk(shown)
    return {
        "messages": [events.message_json(by_id[key], tree.siblings(key)) for key in shown if key in by_id],
        "older": begin > 0,
    }


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused("bad_frame", "The request's body must be a JSON object.")
    return body


def _uuid(value: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        raise Http404 from None
