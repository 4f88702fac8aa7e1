from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("conversations.pages.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("conversations.api.ui_messages.urls")),
    path("v1/", include("conversations.api.urls")),
    path("widget/", include("conversations.widgets.urls")),
]
