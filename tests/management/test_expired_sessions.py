"""Sessions that have expired don't stay in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from conversations.management import expired_sessions


@pytest.mark.every_database
def test_only_expired_ones_are_deleted(db: None) -> None:
    now = timezone.now()
    Session.objects.create(session_key="expired", session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="valid", session_data="", expire_date=now + timedelta(hours=1))
    assert expired_sessions.delete_some() == 1
    assert list(Session.objects.values_list("pk", flat=True)) == ["valid"]
