"""The admin as an app of its own, in place of Django's."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    default_site = "conversations.admin.site.AdministrationSite"

    def ready(self) -> None:
        """Django finds this package before there are models, so it doesn't import what is administered; this does, once there are."""
        super().ready()
        from . import registrations  # noqa: F401
