"""While processes are replaced, those of the version before work on this version's tables."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from conversations.models import (
    ApiToken,
    Arm,
    Attachment,
    Conversation,
    Experiment,
    Feedback,
    File,
    SearchEntry,
    SoundUse,
    SystemPrompt,
    Thumb,
    User,
    attach,
)
from tests.support.api import token_of
from tests.support.experiments import started
from tests.support.files import stored_file
from tests.support.talks import Talk

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]


def test_they_delete_messages_with_feedback_and_entries_that_they_do_not_know_of(alice: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("With SQLite there is one process.")
    talk, kept = Talk(alice, "Newts"), Talk(alice, "Toads")
    answer = talk.say("Newts regrow legs", talk.say("What do newts do?"))
    Feedback.objects.create(message=answer, user=alice, thumb=Thumb.UP)
    kept.say("Toads dig")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conversations_message WHERE conversation_id = %s", [talk.conversation.pk])
        cursor.execute("DELETE FROM conversations_conversation WHERE id = %s", [talk.conversation.pk])
    connection.check_constraints()
    assert not Feedback.objects.exists()
    assert {entry.conversation_id for entry in SearchEntry.objects.all()} == {kept.conversation.pk}
    assert SearchEntry.objects.count() == 2


def test_they_delete_messages_and_users_with_files_that_they_do_not_know_of(alice: User, bob: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("With SQLite there is one process.")
    talk, file = Talk(alice, "Newts"), stored_file(alice)
    attach(message := talk.say("See this"), [file])
    SoundUse.objects.create(message=message, sound="1")
    stored_file(bob)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conversations_searchentry")
        cursor.execute("DELETE FROM conversations_message WHERE owner_id = %s", [alice.pk])
        cursor.execute("DELETE FROM conversations_user WHERE id = %s", [bob.pk])
    connection.check_constraints()
    assert (Attachment.objects.count(), list(File.objects.all()), SoundUse.objects.count()) == (0, [file], 0)


def test_they_delete_prompts_with_experiments_that_they_do_not_know_of(alice: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("With SQLite there is one process.")
    prompt = SystemPrompt.objects.create(slug="other", name="Other")
    prompt.publish(text="Be live.")
    alice.is_staff = alice.is_superuser = True
    experiment = started(prompt, alice)
    conversation = Conversation.objects.create(owner=alice, experiment=experiment, arm=Arm.LIVE, updated=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE conversations_systemprompt SET published_id = NULL WHERE id = %s", [prompt.pk])
        cursor.execute("DELETE FROM conversations_promptversion WHERE prompt_id = %s", [prompt.pk])
        cursor.execute("DELETE FROM conversations_systemprompt WHERE id = %s", [prompt.pk])
    connection.check_constraints()
    conversation.refresh_from_db()
    assert (conversation.experiment_id, Experiment.objects.count()) == (None, 0)


def test_they_delete_users_and_prompts_with_tokens_that_they_do_not_know_of(alice: User, bob: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("With SQLite there is one process.")
    _, gone = token_of(alice)
    _, kept = token_of(bob, is_limited_to_prompts=True, made_by=alice)
    prompt = SystemPrompt.objects.create(slug="other", name="Other")
    gone.prompts.add(prompt)
    kept.prompts.add(prompt)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conversations_user WHERE id = %s", [alice.pk])
        cursor.execute("DELETE FROM conversations_systemprompt WHERE id = %s", [prompt.pk])
    connection.check_constraints()
    kept.refresh_from_db()
    assert (list(ApiToken.objects.all()), kept.made_by_id, kept.prompts.count()) == ([kept], None, 0)
