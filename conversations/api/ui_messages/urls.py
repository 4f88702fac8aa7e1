"""The addresses below /api."""

from django.urls import path

from conversations.api.endpoints import endpoint

from . import stored, views

urlpatterns = [
    path("chat", endpoint(asks_models=True, POST=views.create), name="api_ui_chat"),
    path("chat/<path:chat>/stream", endpoint(GET=stored.resume, DELETE=stored.stop), name="api_ui_stream"),
    path("chat/<path:chat>", endpoint(GET=stored.show), name="api_ui_messages"),
]
