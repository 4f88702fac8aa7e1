"""Labels point at versions, `live` is what is published, and each move is kept: by this version's processes and by those before it."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from conversations.models import LIVE, LabelMove, PromptApproval, PromptDraft, PromptLabel, SystemPrompt, User
from conversations.studio import labels

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompt() -> SystemPrompt:
    return SystemPrompt.objects.get(slug="assistant")


def moves(prompt: SystemPrompt, name: str = LIVE) -> list[int | None]:
    return list(prompt.label_moves.filter(name=name).order_by("at", "id").values_list("version__number", flat=True))


def test_publishing_moves_live_and_keeps_where_it_was(prompt: SystemPrompt, alice: User) -> None:
    version = prompt.publish(text="Second", author=alice, note="Shorter")
    assert prompt.published == SystemPrompt.objects.get(pk=prompt.pk).published == version
    assert moves(prompt) == [1, 2]
    move = prompt.label_moves.first()
    assert move
    assert (move.version, move.by, move.reason) == (version, alice, "Shorter")
    assert labels.move_before(prompt, LIVE, move.at) == move
    before = labels.move_before(prompt, LIVE, prompt.versions.get(number=1).created)
    assert before
    assert before.version
    assert before.version.number == 1
    assert labels.move_before(prompt, LIVE, before.at.replace(year=2001)) is None


def test_publishing_under_another_label_leaves_live_alone(prompt: SystemPrompt) -> None:
    version = prompt.publish(text="Trial", label="staging")
    prompt.refresh_from_db()
    assert prompt.published
    assert prompt.published.number == 1
    assert labels.pointed_at(prompt, "staging") == version
    assert labels.by_version(prompt) == {prompt.published.pk: [LIVE], version.pk: ["staging"]}
    prompt.point(LIVE, version)
    assert labels.by_version(prompt) == {version.pk: [LIVE, "staging"]}


def test_a_label_that_is_there_already_makes_no_move(prompt: SystemPrompt) -> None:
    prompt.point("staging", prompt.published)
    prompt.point("staging", prompt.published)
    prompt.point(LIVE, prompt.published)
    prompt.point("never-set", None)
    assert (moves(prompt, "staging"), moves(prompt), moves(prompt, "never-set")) == ([1], [1], [])


def test_live_has_no_row_that_could_say_something_else(prompt: SystemPrompt) -> None:
    version = prompt.versions.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PromptLabel.objects.create(prompt=prompt, name=LIVE, version=version)


def test_what_a_process_of_the_version_before_published_is_noted_with_the_next_move(prompt: SystemPrompt, alice: User) -> None:
    theirs = prompt.versions.create(number=2, text="Theirs", author=alice, note="From an older process")
    SystemPrompt.objects.filter(pk=prompt.pk).update(published=theirs)
    prompt.publish(text="Ours")
    assert moves(prompt) == [1, 2, 3]
    noted = prompt.label_moves.get(version=theirs)
    assert (noted.at, noted.by, noted.reason) == (theirs.created, alice, "From an older process")


def test_versions_from_before_were_live_from_when_they_were_made(prompt: SystemPrompt, alice: User) -> None:
    migration = __import__("conversations.migrations.0021_where_labels_pointed", fromlist=["tell_of_versions"])
    prompt.publish(text="Second", author=alice, note="Shorter")
    LabelMove.objects.all().delete()
    for _ in range(2):  # one that was broken off begins again
        migration.tell_of_versions(apps, None)
        assert moves(prompt) == [1, 2]
    last = prompt.label_moves.first()
    assert last
    assert last.version
    assert (last.at, last.by, last.reason) == (last.version.created, alice, "Shorter")


@pytest.mark.every_database
def test_processes_of_the_version_before_delete_prompts_with_labels_and_drafts_that_they_do_not_know_of(alice: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("With SQLite there is one process.")
    prompt = SystemPrompt.objects.create(slug="other", name="Other")
    prompt.publish(text="x", author=alice)
    prompt.point("staging", prompt.published)
    kept = SystemPrompt.objects.get(slug="assistant")
    kept.publish(text="y", author=alice)
    for drafted in (prompt, kept):
        PromptDraft.objects.create(prompt=drafted, base=prompt.published, author=alice).writers.add(alice)
        drafted.approvals.create(digest="0" * 64, by=alice)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE conversations_systemprompt SET published_id = NULL WHERE id = %s", [prompt.pk])
        cursor.execute("DELETE FROM conversations_promptversion WHERE prompt_id = %s", [prompt.pk])
        cursor.execute("DELETE FROM conversations_systemprompt WHERE id = %s", [prompt.pk])
        cursor.execute("UPDATE conversations_promptversion SET author_id = NULL")
        cursor.execute("DELETE FROM account_emailaddress WHERE user_id = %s", [alice.pk])
        cursor.execute("DELETE FROM conversations_user WHERE id = %s", [alice.pk])
    connection.check_constraints()
    assert set(LabelMove.objects.values_list("prompt", "by")) == {(kept.pk, None)}
    assert not PromptLabel.objects.exists()
    assert set(PromptDraft.objects.values_list("prompt", "base", "author")) == {(kept.pk, None, None)}
    assert not PromptApproval.objects.exists()
    assert not PromptDraft.writers.through.objects.exists()
