from django.urls import path

from . import conversations, first_admin, health, metrics, usage

urlpatterns = [
    path("", conversations.chat, name="new_chat"),
    path("c/<uuid:conversation_id>/", conversations.chat, name="conversation"),
    path("c/<uuid:conversation_id>/messages/", conversations.messages, name="messages"),
    path("c/<uuid:conversation_id>/messages/<uuid:message_id>/delete/", conversations.delete_branch, name="delete_branch"),
    path("c/<uuid:conversation_id>/leaf/", conversations.choose_leaf, name="choose_leaf"),
    path("c/<uuid:conversation_id>/rename/", conversations.rename, name="rename"),
    path("c/<uuid:conversation_id>/delete/", conversations.delete, name="delete"),
    path("conversations/", conversations.listed, name="conversations"),
    path("use/", usage.use, name="use"),
    path("welcome/<str:token>/", first_admin.welcome, name="welcome"),
    path("healthz", health.alive, name="alive"),
    path("metrics", metrics.metrics, name="metrics"),
    path("readyz", health.ready, name="ready"),
]
