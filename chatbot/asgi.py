"""What daphne serves: Django for pages, Channels for the socket and for what takes its place."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import re_path

from chatbot.site_path import under

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
pages = get_asgi_application()

from conversations.live.routing import http_urlpatterns, websocket_urlpatterns  # noqa: E402  (models are there only after Django's set-up)

application = under(
    settings.FORCE_SCRIPT_NAME,
    ProtocolTypeRouter(
        {
            "http": URLRouter([*http_urlpatterns, re_path("", pages)]),  # type: ignore[arg-type]
            "websocket": CookieMiddleware(URLRouter(websocket_urlpatterns)),
        }
    ),
)
