"""What daphne serves: Django for pages, Channels for the socket."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application

from chatbot.site_path import under

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
pages = get_asgi_application()

from conversations.live.routing import websocket_urlpatterns  # noqa: E402  (models are there only after Django's set-up)

application = under(
    settings.FORCE_SCRIPT_NAME, ProtocolTypeRouter({"http": pages, "websocket": CookieMiddleware(URLRouter(websocket_urlpatterns))})
)
