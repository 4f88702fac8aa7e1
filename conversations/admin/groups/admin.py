"""Groups: a member has their permissions, so what they are is for superusers to say."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.admin.base.superusers import ChangedBySuperusers

admin.site.unregister(Group)


@admin.register(Group)
class RightsGroupAdmin(ChangedBySuperusers, GroupAdmin):
    form = OptimisticLocking
