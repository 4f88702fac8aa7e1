"""The review queue: who may read conversations looks at answers one by one, each look on the record, and never two at the same one."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import Client
from django.utils import timezone

from conversations.commands import feedback
from conversations.evaluation import review_queue
from conversations.jobs.context import TaskContext
from conversations.models import (
    Conversation,
    Feedback,
    Message,
    ReviewItem,
    ReviewOutcome,
    ReviewReason,
    Role,
    SystemPrompt,
    Thumb,
    User,
    text_part,
)
from conversations.models.identifiers import first_id_at
from tests.support.admin_pages import save_prompt, staff, url

pytestmark = pytest.mark.django_db
LIST = "/admin/conversations/reviewitem/"


@pytest.fixture(autouse=True)
def readable(settings: Any) -> None:
    settings.ADMIN_READS_CONVERSATIONS = True


@pytest.fixture
def other() -> User:
    return User.objects.create_superuser("other", password="x")


def answered(owner: User, *, question: str = "Zebraquestion", **fields: Any) -> Message:
    version = SystemPrompt.objects.get(slug="assistant").published
    made = Conversation.objects.create(owner=owner, title="Zebratitle", updated=timezone.now())
    asked = Message.objects.create(conversation=made, owner=owner, role=Role.USER, parts=[text_part(question)])
    values = {"prompt_version": version, "parts": [text_part("Zebraanswer")], **fields}
    return Message.objects.create(conversation=made, owner=owner, parent=asked, role=Role.ASSISTANT, **values)


def thumb(message: Message, given: str | None) -> None:
    words = {"words": "Zebrawords"} if given else {}
    feedback.give(message.owner, message.conversation_id, message.pk, {"thumb": given, **words})


@pytest.fixture
def items(alice: User) -> list[ReviewItem]:
    """Of three answers with a thumb down, oldest first."""
    messages = [answered(alice) for _ in range(3)]
    for message in messages:
        thumb(message, "down")
    return list(ReviewItem.objects.order_by("pk"))


def fill() -> str:
    job = review_queue.fill_review_queue.enqueue()
    return review_queue.fill_review_queue.call(TaskContext(job), {})


# What is in it


@pytest.mark.every_database
def test_a_thumb_down_puts_an_answer_in_and_taking_it_back_out(alice: User) -> None:
    answer = answered(alice)
    thumb(answer, "up")
    assert not ReviewItem.objects.exists()
    for _ in range(2):
        thumb(answer, "down")
        assert ReviewItem.objects.get().reason == ReviewReason.THUMB
    thumb(answer, None)
    assert not ReviewItem.objects.exists()


def test_one_that_was_begun_or_done_stays(alice: User, admin: User, items: list[ReviewItem]) -> None:
    begun = review_queue.claim_next(admin)
    assert begun
    thumb(begun.message, "up")
    assert ReviewItem.objects.count() == 3


def test_a_sample_that_gets_a_thumb_down_is_looked_at_again(alice: User, admin: User) -> None:
    answer = answered(alice)
    item = ReviewItem.objects.create(
        message=answer, reason=ReviewReason.SAMPLE, assignee=admin, done=timezone.now(), outcome="fine", note="n"
    )
    thumb(answer, "down")
    item.refresh_from_db()
    assert (item.reason, item.done, item.assignee, item.outcome, item.note) == (ReviewReason.THUMB, None, None, "", "n")


def test_nothing_is_put_in_where_nobody_may_read(alice: User, settings: Any) -> None:
    settings.ADMIN_READS_CONVERSATIONS, settings.REVIEW_PERCENT = False, 100
    thumb(answered(alice), "down")
    assert "off" in fill()
    assert not ReviewItem.objects.exists()
    settings.ADMIN_READS_CONVERSATIONS, settings.REVIEW_PERCENT = True, 0
    assert fill() == "1 answer put in."
    assert ReviewItem.objects.get().reason == ReviewReason.THUMB


def id_of(days: float, number: int, place: int = 0) -> uuid.UUID:
    """Of some days ago. From 0 to 199 the last four digits, by which it is sampled, are spread evenly over what they can be."""
    return uuid.UUID(int=first_id_at(timezone.now() - timedelta(days=days)).int + (place << 32) + (number << 16) + number * 65536 // 200)


@pytest.mark.every_database
def test_so_many_are_sampled_and_always_the_same(alice: User, settings: Any) -> None:
    settings.REVIEW_PERCENT = 10
    other = SystemPrompt.objects.create(slug="other", name="Other", review_percent=50)
    quiet = SystemPrompt.objects.create(slug="quiet", name="Quiet", review_percent=0)
    conversation = Conversation.objects.create(owner=alice, updated=timezone.now())
    versions = (SystemPrompt.objects.get(slug="assistant").published, other.publish(text="a"), quiet.publish(text="b"), None)
    fields = {"conversation": conversation, "owner": alice, "role": Role.ASSISTANT}
    Message.objects.bulk_create(
        Message(id=id_of(6, number, place), prompt_version=version, **fields)
        for place, version in enumerate(versions)
        for number in range(200)
    )
    fill()
    counts = Counter(ReviewItem.objects.values_list("message__prompt_version__prompt__slug", flat=True))
    first = set(ReviewItem.objects.values_list("message", flat=True))
    assert counts == {"assistant": 20, "other": 100, None: 20}
    assert fill() == "0 answers put in."
    ReviewItem.objects.all().delete()
    fill()
    assert set(ReviewItem.objects.values_list("message", flat=True)) == first


def test_neither_old_nor_temporary_nor_failed_ones_are_sampled(alice: User, settings: Any) -> None:
    settings.REVIEW_PERCENT = 100
    answered(alice, status="failed")
    answered(alice, id=id_of(8, 1))
    hidden = answered(alice).conversation
    hidden.temporary = True
    hidden.save()
    assert fill() == "0 answers put in."
    kept = answered(alice)
    assert fill() == "1 answer put in."
    assert ReviewItem.objects.get().message == kept


@pytest.mark.every_database
def test_items_and_notes_go_with_their_answer_and_stay_without_their_reviewer(
    client: Client, alice: User, other: User, items: list[ReviewItem]
) -> None:
    for item in items:
        item.assignee, item.note = other, "Zebranote"
        item.save()
    other.delete()
    assert [item.assignee for item in ReviewItem.objects.all()] == [None] * 3
    client.force_login(alice)
    client.post(f"/c/{items[0].message.conversation_id}/delete/")
    assert set(ReviewItem.objects.values_list("pk", flat=True)) == {items[1].pk, items[2].pk}
    alice.delete()
    assert not ReviewItem.objects.exists()


# Who looks at what


def test_it_is_for_who_may_read_conversations(client: Client, admin: User, bob: User, items: list[ReviewItem], settings: Any) -> None:
    pages = [LIST, url("reviewitem_change", items[0].pk)]
    posts = [url("reviewitem_next"), *(url(f"reviewitem_{name}", items[0].pk) for name in ("change", "take", "skip"))]

    def refused() -> bool:
        answers = [client.get(page) for page in pages] + [client.post(page, {"outcome": "fine"}) for page in posts]
        return {answer.status_code for answer in answers} == {403} and LIST not in client.get("/admin/").content.decode()

    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.exclude(codename="read_conversation"))
    client.force_login(bob)
    assert refused()
    client.force_login(admin)
    settings.ADMIN_READS_CONVERSATIONS = False
    assert refused()
    assert not LogEntry.objects.exists()
    assert not ReviewItem.objects.exclude(assignee=None).exists()


@pytest.mark.every_database
def test_an_answer_is_reviewed_on_the_record(client: Client, admin: User, items: list[ReviewItem]) -> None:
    client.force_login(admin)
    assert "3 answers to review" in client.get("/admin/").content.decode()
    listed = client.get(LIST).content.decode()
    page = client.post(url("reviewitem_next"), follow=True)
    text = page.content.decode()
    assert "Zebra" not in listed
    assert not [word for word in ("Zebraquestion", "Zebraanswer", "Zebrawords", "Zebratitle") if word not in text]
    assert text.count('id="in-question"') == 1
    assert url("case_from_message", items[0].message_id) in text
    conversation = items[0].message.conversation
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Read the conversation (2 messages). For review."]
    assert LogEntry.objects.get().object_id == str(conversation.pk)
    answer = client.post(page.request["PATH_INFO"], {"outcome": "prompt", "note": "Zebranote", "_next": "1"}, follow=True)
    assert answer.request["PATH_INFO"] == url("reviewitem_change", items[1].pk)
    done = ReviewItem.objects.get(pk=items[0].pk)
    assert (done.outcome, done.note, done.assignee) == (ReviewOutcome.PROMPT, "Zebranote", admin)
    assert done.done
    assert not LogEntry.objects.filter(change_message__contains="Zebra").exists()
    assert '2 answers to review</a> <span class="quiet">of which you have begun 1' in client.get("/admin/").content.decode()
    for query, number in (
        ("", 2),
        ("?state=mine", 1),
        ("?state=free", 1),
        ("?state=done", 1),
        ("?state=all", 3),
        ("?state=done&outcome__exact=fine", 0),
    ):
        assert client.get(LIST + query).context["cl"].result_count == number, query
    assert client.get(LIST, {"note__contains": "Zebra"}).status_code != 200


def test_who_has_it_reads_it_and_who_takes_it_over(client: Client, admin: User, other: User, items: list[ReviewItem]) -> None:
    page = url("reviewitem_change", items[0].pk)
    assert review_queue.claim(items[0], other)
    client.force_login(admin)
    assert "Zebra" not in client.get(page).content.decode()
    client.post(page, {"outcome": "fine"})
    client.post(url("reviewitem_skip", items[0].pk))
    assert ReviewItem.objects.get(pk=items[0].pk).assignee == other
    assert not ReviewItem.objects.get(pk=items[0].pk).done
    stale = client.post(url("reviewitem_take", items[0].pk), {"assignee": ""}, follow=True)
    assert "Another reviewer took it in the meantime" in stale.content.decode()
    taken = client.post(url("reviewitem_take", items[0].pk), {"assignee": str(other.pk)}, follow=True)
    assert "Zebraanswer" in taken.content.decode()


def test_what_is_skipped_comes_last_and_samples_after_thumbs(client: Client, admin: User, alice: User, items: list[ReviewItem]) -> None:
    sample = ReviewItem.objects.create(message=answered(alice), reason=ReviewReason.SAMPLE)
    client.force_login(admin)
    seen = [client.post(url("reviewitem_next"))["Location"]]
    for _ in range(4):
        pk = seen[-1].split("/")[-3]
        seen.append(client.post(url("reviewitem_skip", pk))["Location"])
    expected = [*items, sample, items[0]]
    assert seen == [url("reviewitem_change", item.pk) for item in expected]


def test_an_outcome_has_to_be_chosen_and_a_note_is_short(client: Client, admin: User, items: list[ReviewItem]) -> None:
    client.force_login(admin)
    page = client.post(url("reviewitem_next"))["Location"]
    assert "Choose one." in client.post(page, {"note": "x"}).content.decode()
    client.post(page, {"outcome": "nonsense"})
    client.post(page, {"outcome": "fine", "note": "x" * 2001})
    assert not ReviewItem.objects.exclude(done=None).exists()


def test_the_queue_ends(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert "Nothing is left to be reviewed" in client.post(url("reviewitem_next"), follow=True).content.decode()


@pytest.mark.every_database
@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_get_the_same(alice: User, admin: User, other: User) -> None:
    reviewers = [admin, other, *(User.objects.create_superuser(f"more{number}", password="x") for number in range(2))]
    for _ in range(len(reviewers)):
        ReviewItem.objects.create(message=answered(alice), reason=ReviewReason.THUMB)
    together, got = threading.Barrier(len(reviewers)), list[ReviewItem | None]()

    def claim(user: User) -> None:
        together.wait()
        try:
            got.append(review_queue.claim_next(user))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim, args=(user,)) for user in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({item.pk for item in got if item}) == len(reviewers)


def test_the_list_asks_few_queries(client: Client, admin: User, alice: User, django_assert_max_num_queries: Any) -> None:
    for _ in range(12):
        answer = answered(alice)
        Feedback.objects.create(message=answer, user=alice, thumb=Thumb.DOWN, tags=["wrong"])
        ReviewItem.objects.create(message=answer, reason=ReviewReason.THUMB)
    client.force_login(admin)
    with django_assert_max_num_queries(14):
        assert client.get(LIST).content.decode().count("Wrong") == 12


def test_superusers_alone_say_how_many_are_sampled(client: Client, admin: User, bob: User) -> None:
    prompt = SystemPrompt.objects.get(slug="assistant")
    client.force_login(staff(bob, "view_systemprompt", "change_systemprompt", "publish_systemprompt"))
    for user, asked, kept in ((bob, "50", None), (admin, "50", 50), (admin, "101", 50), (admin, "", None)):
        client.force_login(user)
        save_prompt(client, prompt, review_percent=asked)
        prompt.refresh_from_db()
        assert prompt.review_percent == kept
