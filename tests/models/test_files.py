"""A file is stored once for each owner, under a name that says nothing of it, and stays as long as a message holds it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import RestrictedError

from conversations.models import Attachment, File, User, attach
from tests.support.files import stored_file
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db


def test_the_name_under_which_it_is_stored_says_nothing(alice: User) -> None:
    file = stored_file(alice, b"Salaries", "salaries of alice.txt")
    assert file.content.read() == b"Salaries"
    assert not {"salaries", "alice", "txt", str(alice.pk)} & set(file.content.name.replace("/", ".").replace("_", ".").split("."))
    assert file.stored == [file.content.name]


def test_an_owner_has_it_once(alice: User, bob: User) -> None:
    stored_file(alice, b"Same")
    stored_file(bob, b"Same")
    with pytest.raises(IntegrityError), transaction.atomic():
        stored_file(alice, b"Same", "another name.txt")
    assert File.objects.of(alice).count() == 1


def test_a_message_holds_files_in_order_each_once(alice: User) -> None:
    first, second = stored_file(alice, b"1"), stored_file(alice, b"2")
    message = Talk(alice).say("See these")
    attach(message, [second, first, second])
    assert [one.file for one in message.attachments.all()] == [second, first]
    assert not File.objects.unattached().exists()
    assert set(File.objects.values_list("waiting_since", flat=True)) == {None}


def test_another_users_and_a_deleted_file_are_not_attached(alice: User, bob: User) -> None:
    message, foreign, gone = Talk(alice).say("See these"), stored_file(bob), stored_file(alice)
    File.objects.filter(pk=gone.pk).delete()
    for file in (foreign, gone):
        with pytest.raises(File.DoesNotExist):
            attach(message, [file])
    assert not Attachment.objects.exists()


def test_one_that_a_message_holds_goes_only_with_its_owner(alice: User) -> None:
    file = stored_file(alice)
    attach(Talk(alice).say("See this"), [file])
    with pytest.raises(RestrictedError):
        file.delete()
    alice.delete()
    assert not File.objects.exists()
