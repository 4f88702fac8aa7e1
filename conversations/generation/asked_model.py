"""Which model a reply asks for, and by which route: another one answers once no provider has it any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.db import database_sync_to_async

from conversations.models import Message
from conversations.models.message_content import shows_images
from conversations.providers.errors import ProviderError
from conversations.routing import routes, sight

from . import fallbacks, pictures

if TYPE_CHECKING:
    from conversations.routing.routes import Route, Tried

    from .fallbacks import Fallback
    from .request_builder import Given
    from .upstream import Upstream


class AskedModel:
    """Of `message`, or of what is `given` where it is in no conversation; `upstream` is the stream that its provider may keep."""

    def __init__(self, message: Message, upstream: Upstream, given: Given | None) -> None:
        self.is_picture = given is None and pictures.is_wished(message)
        self._message, self._upstream, self._given = message, upstream, given
        self._fallback: Fallback | None = None

    @property
    def name(self) -> str:
        return self._fallback.model if self._fallback else self._message.model

    @property
    def is_about_images(self) -> bool:
        """Whether the question itself shows any."""
        if self._given is not None:
            return self._given.shows_images
        return not self.is_picture and shows_images(self._message.parent)

    def note(self, route: Route) -> str:
        """What the user is told of how it came to be asked."""
        if self._fallback is not None:
            return self._fallback.note
        return self._message.note if self._message.model else route.note

    async def route(self, tried: Tried) -> Route:
        """To the stream that the provider keeps, or else to the endpoint that is asked next. Raises ProviderError where there is none."""
        if self._upstream.position is not None:
            if self._upstream.model not in (None, self.name):  # as the process before had found
                self._fallback = await database_sync_to_async(fallbacks.begun)(self._message, self._upstream.model)
            return await self._upstream.route(self.name)
        if self._fallback is None and self._may_fall_back and fallbacks.is_refused(self.name):
            self._fallback = await database_sync_to_async(fallbacks.of)(self._message)
        return await database_sync_to_async(self._choose)(tried)

    async def falls_back(self, error: ProviderError) -> bool:
        """Whether another model answers from now on, for no provider has the one that was asked for (that sees).

        What is tried shows what it is.
        """
        is_blind = error.kind == "images" and not isinstance(error, routes.NoRouteAvailable)  # known before it is asked
        if not (error.kind == "model" or is_blind) or self._fallback is not None or not self._may_fall_back:
            return False
        self._fallback = await database_sync_to_async(fallbacks.of)(self._message)
        if self._fallback is not None and not (self.is_about_images and sight.sees(self._message.model) is False):
            fallbacks.refused(self._message.model)  # one that is only blind still answers what is asked in words
        return self._fallback is not None

    @property
    def _may_fall_back(self) -> bool:
        return self._given is None and not self.is_picture

    def _choose(self, tried: Tried) -> Route:
        return routes.choose(self.name, tried, sees=self.is_about_images)
