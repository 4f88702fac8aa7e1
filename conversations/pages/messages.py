"""The messages of a conversation, from the end of the path that is shown."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from conversations.broadcast import frames
from conversations.models import Conversation, Feedback, Message, tree_of
from conversations.models.path_ends import end_of_tree

from .conversation_list import entry
from .json_requests import own, signed_in, user_of, uuid_from

MESSAGES = 40
FEW_MESSAGES = 8
"""For who opens a conversation, where they fill a screen: the page is there sooner, and asks for more as it is scrolled up."""
FILLING_CHARACTERS = 4_000
FOLDED_CHARACTERS = 1_500
"""What one message counts for at most: the page folds long questions."""
MOST_MESSAGES = 400
"""At once, for a page that wants all of them."""


@signed_in
@require_GET
def messages(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The end of the chosen path, or what comes before a message of it; `count` asks for so many.

    A page that names the last message that it has `shown` keeps its branch, unless the chosen one has a newer end.
    """
    conversation = own(user_of(request), conversation_id)
    before = uuid_from(request.GET["before"]) if "before" in request.GET else None
    count = request.GET.get("count", "")
    wanted = max(1, min(int(count), MOST_MESSAGES)) if count.isdecimal() and len(count) < 5 else None
    if before is None and "shown" in request.GET:
        _keep(conversation, uuid_from(request.GET["shown"]))
    if before is None and wanted is None:
        return JsonResponse({"conversation": entry(conversation), **first_look(conversation)})
    return JsonResponse({"conversation": entry(conversation), **path_end(conversation, before, count=wanted or MESSAGES)})


def _keep(conversation: Conversation, shown: uuid.UUID) -> None:
    """Another page of the user may have chosen another branch since. What is said in one chooses it, and ids are in the order of time."""
    if conversation.leaf_id is not None and conversation.leaf_id < shown:
        tree = tree_of(conversation.pk)
        if shown in tree.parents:
            conversation.leaf_id = tree.latest_leaf(shown)  # and isn't saved


def first_look(conversation: Conversation) -> dict[str, Any]:
    """The end of the chosen path, as `path_end` gives it, for who opens the conversation."""
    look = path_end(conversation, None, count=FEW_MESSAGES)
    sizes = (sum(len(part.get("text", "")) for part in message["parts"]) for message in look["messages"])
    if look["older"] and sum(min(size, FOLDED_CHARACTERS) for size in sizes) < FILLING_CHARACTERS:
        return path_end(conversation, None)
    return look


def path_end(
    conversation: Conversation, before: uuid.UUID | None, showing: uuid.UUID | None = None, count: int = MESSAGES
) -> dict[str, Any]:
    """The last messages of the chosen path, or the last ones before one of its messages; `showing` is among them, with the one above,
    unless it is so far up that the page has to ask for what is between.
    """
    tree = end_of_tree(conversation, count) if before is None and showing is None else tree_of(conversation.pk)
    path = tree.path(conversation.leaf_id or tree.latest_leaf(None))
    if before is not None:
        if before not in path:
            raise Http404
        path = path[: path.index(before)]
    begin = max(0, len(path) - count)
    if showing in path[:begin]:
        begin = max(0, path.index(showing) - 1, len(path) - MOST_MESSAGES)
    shown = path[begin:]
    by_id = Message.objects.defer("parameters").select_related("prompt_version__prompt").in_bulk(shown)
    given = {one.message_id: one for one in Feedback.objects.filter(message__in=shown, user=conversation.owner_id)}
    return {
        "messages": [
            {**frames.message_json(by_id[key], tree.siblings(key)), "feedback": frames.feedback_json(given.get(key))}
            for key in shown
            if key in by_id
        ],
        "older": begin > 0,
    }
