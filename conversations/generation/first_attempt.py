"""What a reply is first asked with, found out in the thread in which its command was carried out: each way there and back costs time."""

from __future__ import annotations

from typing import NamedTuple

from conversations.models import Message
from conversations.models.message_content import shows_images
from conversations.routing import outcomes, routes

from . import drawing, fallbacks, pictures, request_builder
from .request_builder import Given, PreparedRequest


class FirstAttempt(NamedTuple):
    route: routes.Route
    prepared: PreparedRequest


def prepare(reply: Message, given: Given | None = None) -> FirstAttempt | None:
    """`given`: what is asked, of a reply that is in no conversation.

    None where there is more to do before the attempt, or something fails: the attempt loop does it, or fails likewise. Synchronous.
    """
    is_picture = given is None and pictures.is_wished(reply)
    falls_back = given is None and not is_picture and fallbacks.is_refused(reply.model)
    if reply.upstream is not None or falls_back or (given is None and drawing.ends_in_picture(reply)):
        return None
    shows_any = given.shows_images if given else shows_images(reply.parent)
    try:
        route = routes.choose(reply.model, routes.Tried(), sees=shows_any and not is_picture)
        if route.trial or route.endpoint is None or not route.endpoint.model:
            outcomes.released(route)
            return None
        return FirstAttempt(route, request_builder.prepare(reply, route.endpoint, route.offer, given))
    except Exception:  # noqa: BLE001  (it is raised again where it ends the reply)
        return None
