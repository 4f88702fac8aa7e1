from django.contrib import admin
from django.urls import include, path

from conversations.widgets import claim

urlpatterns = [
    path("", include("conversations.pages.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("conversations.api.ui_messages.urls")),
    path("v1/", include("conversations.api.urls")),
    path("c/claim/<str:token>/", claim.claim, name="claim_conversation"),
    path("widget/", include("conversations.widgets.urls")),
]
