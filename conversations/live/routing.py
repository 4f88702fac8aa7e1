from channels.sessions import CookieMiddleware
from django.urls import path

from .consumer import ChatConsumer
from .event_stream import EventStream
from .talks import TalkConsumer
from .trials import TrialConsumer

websocket_urlpatterns = [
    path("ws/", ChatConsumer.as_asgi()),
    path("ws/trials/", TrialConsumer.as_asgi()),
    path("ws/talk/", TalkConsumer.as_asgi()),
]
http_urlpatterns = [path("events/", CookieMiddleware(EventStream.as_asgi()))]
