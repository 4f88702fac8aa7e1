from django.urls import path

from . import (
    branches,
    chat,
    commands,
    conversation_list,
    conversations,
    email_addresses,
    export,
    feedback,
    first_admin,
    join,
    messages,
    metrics,
    probes,
    search,
    usage,
)

urlpatterns = [
    path("accounts/email/", email_addresses.email_addresses),  # allauth's name for it, account_email, leads here
    path("", chat.chat, name="new_chat"),
    path("c/<uuid:conversation_id>/", chat.chat, name="conversation"),
    path("c/<uuid:conversation_id>/messages/", messages.messages, name="messages"),
    path("c/<uuid:conversation_id>/messages/<uuid:message_id>/delete/", branches.delete, name="delete_branch"),
    path("c/<uuid:conversation_id>/messages/<uuid:message_id>/feedback/", feedback.give, name="feedback"),
    path("c/<uuid:conversation_id>/leaf/", branches.choose, name="choose_leaf"),
    path("c/<uuid:conversation_id>/export/", export.export, name="export"),
    path("c/<uuid:conversation_id>/rename/", conversations.rename, name="rename"),
    path("c/<uuid:conversation_id>/delete/", conversations.delete, name="delete"),
    path("commands/", commands.post, name="commands"),
    path("conversations/", conversation_list.listed, name="conversations"),
    path("conversations/change/", conversations.change, name="change_conversations"),
    path("conversations/export/", export.export_several, name="export_conversations"),
    path("conversations/delete/", conversations.delete_several, name="delete_conversations"),
    path("search/", search.found, name="search"),
    path("use/", usage.usage, name="usage"),
    path("join/<str:token>/", join.join, name="join"),
    path("welcome/<str:token>/", first_admin.first_admin, name="first_admin"),
    path("healthz", probes.alive, name="alive"),
    path("metrics", metrics.metrics, name="metrics"),
    path("readyz", probes.ready, name="ready"),
]
