"""Pictures that were made are stored whatever happens beside: once for the same bytes, and not for a message that was deleted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from conversations.files import made
from conversations.models import Attachment, Conversation, File, FileState, Message, Role, User, files_storage
from tests.support.pictures import picture


def reply_for(user: User) -> Message:
    conversation = Conversation.objects.create(owner=user, updated=timezone.now())
    return Message.objects.create(conversation=conversation, owner=user, role=Role.ASSISTANT, status="pending")


@pytest.mark.every_database
@pytest.mark.django_db(transaction=True)
def test_two_replies_that_store_the_same_bytes_at_once_hold_one_file(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    replies, both = [reply_for(alice), reply_for(alice)], threading.Barrier(2)
    begun: list[Message] = []

    def new(message: Message, read: made.Read) -> File:
        begun.append(message)
        if connection.vendor == "postgresql" and len(begun) <= 2:  # with SQLite, one waits for the end of the other's transaction
            both.wait(10)
        return really(message, read)

    really = made._new
    monkeypatch.setattr(made, "_new", new)

    def store(reply: Message) -> str:
        try:
            part = made.store(reply, reply.run, made.read(data, "A field"), [], "A field")
            assert part is not None
            return str(part["file"])
        finally:
            connection.close()

    data = picture()
    with ThreadPoolExecutor(2) as threads:
        kept = list(threads.map(store, replies))
    file = File.objects.get(owner=alice)
    assert kept == [str(file.pk)] * 2
    assert Attachment.objects.filter(file=file).count() == 2
    assert all(files_storage().exists(name) for name in file.stored)


@pytest.mark.django_db
def test_nothing_is_kept_for_a_message_that_was_deleted_meanwhile(alice: User) -> None:
    reply, read = reply_for(alice), made.read(picture("red"), "A field")
    Message.objects.filter(pk=reply.pk).delete()
    with pytest.raises(Message.DoesNotExist):
        made.store(reply, reply.run, read, [], "A field")
    assert not File.objects.exists()
    assert not any(files_storage().exists(name) for name in (*read.contents.stored, read.original))


@pytest.mark.django_db
def test_what_its_user_uploaded_and_is_still_being_read_is_taken_over(alice: User) -> None:
    read = made.read(picture("blue"), "A field")
    waiting = File.objects.create(owner=alice, digest=read.digest, name="mine.png", size=1, state=FileState.READING)
    part = made.store(reply := reply_for(alice), reply.run, read, [], "A field")
    waiting.refresh_from_db()
    assert part is not None
    assert (part["file"], waiting.state, waiting.width) == (str(waiting.pk), FileState.READY, 96)
