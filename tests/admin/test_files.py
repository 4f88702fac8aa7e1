"""Administrators see whose files there are and what they take. What they are called, and what is in them, needs the right to read."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from conversations.models import User, attach
from tests.support.admin_pages import staff, url
from tests.support.files import stored_file
from tests.support.limits import limit
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(client: Client, admin: User) -> Client:
    client.force_login(staff(User.objects.create_user("carol"), "view_file"))
    return client


def test_owners_are_listed_by_what_their_files_take(client: Client, admin: User, alice: User, bob: User, settings: Any) -> None:
    settings.FILE_STORAGE_MB = 4
    stored_file(alice, b"a" * 1024 * 1024)
    for number in range(2):
        file = stored_file(bob, bytes([number]) * 1024 * 1024, "Zebra.txt")
    client.force_login(admin)
    page = client.get(url("file_changelist")).content.decode()
    assert str(file.pk) in page
    assert page.index("2 MB</td>") < page.index("4 MB (50 %)") < page.index("4 MB (25 %)")
    assert page.index(">bob</a>") < page.index(">alice</a>")
    assert "Zebra" not in page
    assert str(file.pk) not in client.get(url("file_changelist"), {"q": "Zebra"}).content.decode()


def test_owners_are_named_to_those_who_may_see_users(support: Client, alice: User) -> None:
    file = stored_file(alice)
    for page in (url("file_changelist"), url("file_change", file.pk)):
        assert "alice" not in support.get(page).content.decode()
    assert support.post(url("file_delete", file.pk), {"post": "yes"}).status_code == 403


def test_it_is_opened_only_with_the_right_to_read_where_the_site_allows_it(
    client: Client, admin: User, alice: User, bob: User, settings: Any
) -> None:
    file, link = stored_file(alice), "Download it"
    page = url("file_change", file.pk)
    client.force_login(admin)
    settings.ADMIN_READS_CONVERSATIONS = True
    assert link not in client.get(page).content.decode()  # no conversation holds it
    talk = Talk(alice)
    attach(talk.say("See this"), [file])
    assert link in client.get(page).content.decode()
    settings.ADMIN_READS_CONVERSATIONS = False
    shown = client.get(page).content.decode()
    assert link not in shown
    assert url("conversation_change", talk.conversation.pk) in shown
    settings.ADMIN_READS_CONVERSATIONS = True
    client.force_login(staff(bob, "view_file"))
    assert link not in client.get(page).content.decode()


def test_storage_is_told_by_kind_with_the_largest_and_the_way_to_limits(client: Client, admin: User, alice: User, bob: User) -> None:
    large = stored_file(alice, b"a" * 3 * 1024 * 1024, "Zebra.txt")
    stored_file(bob, b"b" * 1024 * 1024, kind="image", original=ContentFile(b"b", "made"), original_type="image/png")
    own = limit(person=alice, storage_mb=10)
    client.force_login(admin)
    response = client.get(url("file_changelist"))
    assert [(one.label, one.files, one.size, one.share) for one in response.context["kinds"]] == [
        ("Document", 1, "3 MB", 75),
        ("Pictures made by models", 1, "1 MB", 25),
    ]
    assert [one["size"] for one in response.context["largest"]] == ["3 MB", "1 MB"]
    page = response.content.decode()
    assert url("file_change", large.pk) in page and url("limit_change", own.pk) in page and f"{url('limit_add')}?person={bob.pk}" in page
    assert "Zebra" not in page


def test_the_way_to_limits_is_shown_to_those_who_may_go_it(support: Client, alice: User) -> None:
    stored_file(alice)
    page = support.get(url("file_changelist")).content.decode()
    assert "Largest files" in page and "limit" not in page.split("Storage by owner")[1].split("</section>")[0].replace(">Limit<", "")
