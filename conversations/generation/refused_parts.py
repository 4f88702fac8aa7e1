"""What a model refuses of a request, and the next attempt does without: a parameter, the system role, images of the conversation."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async

from conversations.providers import image_refusals
from conversations.providers.errors import ProviderError
from conversations.providers.system_role import SYSTEM_ROLE
from conversations.routing import rejected_parameters, sight

if TYPE_CHECKING:
    from conversations.providers.request import Request
    from conversations.routing.routes import Route, Tried


async def leave_out(request: Request, route: Route, error: ProviderError, tried: Tried, *, images_are_asked_about: bool) -> bool:
    """Whether the next attempt is made without what was refused of this one, which is remembered."""
    assert route.endpoint is not None
    if _can_do_without(error, request, route.endpoint.rejected):
        assert error.parameter is not None
        await database_sync_to_async(rejected_parameters.remember)(route.endpoint, {error.parameter: error})
    elif request.has_images and error.kind == image_refusals.KIND and not images_are_asked_about:
        sight.refused(route.endpoint)
        tried.sources.discard(route.source.id)
    else:
        return False
    tried.last = None
    return True


def _can_do_without(error: ProviderError, request: Request, rejected: Container[str]) -> bool:
    """`rejected`: what it was known to refuse before."""
    if error.kind != "parameter" or error.parameter is None:
        return False
    return error.parameter in request.parameters or (
        error.parameter == SYSTEM_ROLE and bool(request.system) and SYSTEM_ROLE not in rejected
    )
