"""Cases are made from a message in two clicks, on the record and without names, and imported from files."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from conversations.evaluation.making import from_message
from conversations.models import Case, Conversation, Message, Role, SystemPrompt, User, text_part
from tests.support.admin_pages import logged, staff, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def messages(alice: User, prompt: SystemPrompt, settings: Any) -> list[Message]:
    """What alice said, and was answered."""
    settings.ADMIN_READS_CONVERSATIONS = True
    User.objects.filter(pk=alice.pk).update(first_name="Alice", last_name="Liddell")
    conversation = Conversation.objects.create(owner=alice, prompt=prompt, title="x", updated=timezone.now())
    said = ["Hello, I am Alice Liddell.", "Hello Alice!", "Write to alice@example.org about order 123456.", "Dear Alice, done."]
    made: list[Message] = []
    for number, text in enumerate(said):
        role = (Role.USER, Role.ASSISTANT)[number % 2]
        parent = made[-1] if made else None
        made.append(Message.objects.create(conversation=conversation, owner=alice, parent=parent, role=role, parts=[text_part(text)]))
    Message.objects.create(conversation=conversation, owner=alice, parent=made[1], role=Role.USER, parts=[text_part("On another branch")])
    return made


def test_files_are_named_without_whose_they_are(messages: list[Message]) -> None:
    asked = messages[2]
    file = {"type": "file", "file": str(asked.pk), "name": "Letter of Alice Liddell.pdf", "content_type": "application/pdf", "size": 3}
    asked.parts = [file, {**file, "type": "image", "name": "sun.png"}]
    asked.save()
    made = from_message(Message.objects.get(pk=asked.pk))
    assert made is not None
    assert made.turns[-1] == {"role": "user", "text": "[Letter of [name 1].pdf]\n\n[sun.png]"}


def test_from_a_message_in_two_clicks(signed_in: Client, messages: list[Message], prompt: SystemPrompt) -> None:
    answer = messages[-1]
    read = signed_in.post(url("conversation_read", answer.conversation_id)).content.decode()
    assert url("case_from_message", answer.pk) in read
    page = signed_in.post(url("case_from_message", answer.pk)).content.decode()
    assert "Read a message and what led to it, to make a case." in logged()
    for shown in ("Alice", "[name 1]", "alice@example.org", "[email 1]", "123456", "[number 1]"):
        assert shown in page
    assert not Case.objects.exists()
    form = signed_in.post(url("case_from_message", answer.pk)).context["form"]
    sent = {name: form.fields[name].prepare_value(form[name].initial) for name in ("name", "turns", "expected")}
    assert signed_in.post(url("case_from_message", answer.pk), {**sent, "prompt": str(prompt.pk), "save": "Save"}).status_code == 302
    case = Case.objects.get()
    assert [turn["text"] for turn in case.turns] == [
        "Hello, I am [name 1].", "Hello [name 2]!", "Write to [email 1] about order [number 1].",
    ]  # fmt: skip
    assert (case.expected, case.prompt, case.message) == ("Dear [name 2], done.", prompt, messages[2])
    assert str(case.pk) in str(LogEntry.objects.values_list("object_repr", flat=True)[:1])
    assert "[email 1]" not in str(LogEntry.objects.values("object_repr", "change_message"))
    read_before = str(logged()).count("Read a message")
    assert "[email 1]" in signed_in.post(url("case_from_message", answer.pk), {"save": "Save"}).content.decode()
    assert str(logged()).count("Read a message") == read_before + 1
    answer.conversation.delete()
    assert not Case.objects.exists()


def test_it_takes_the_right_to_read(client: Client, messages: list[Message], bob: User, settings: Any) -> None:
    client.force_login(staff(bob, "view_systemprompt", "evaluate_systemprompt", "view_conversation", "view_message"))
    assert client.post(url("case_from_message", messages[-1].pk)).status_code == 403
    bob.is_superuser = True
    bob.save()
    assert client.post(url("case_from_message", messages[-1].pk)).status_code == 200
    settings.ADMIN_READS_CONVERSATIONS = False
    assert client.post(url("case_from_message", messages[-1].pk)).status_code == 403
    assert client.get(url("case_from_message", messages[-1].pk)).status_code == 405


def test_from_a_file_once(signed_in: Client, prompt: SystemPrompt) -> None:
    content = (
        b'{"ask": "tide?", "assert": [{"type": "contains", "value": "moon"}, {"type": "python", "value": "x"}]}\n{"name": "nothing"}\n'
    )
    for words in ("1 imported.", "0 imported, 1 were there already."):
        file = SimpleUploadedFile("cases.jsonl", content)
        page = signed_in.post(url("case_import"), {"prompt": str(prompt.pk), "file": file}, follow=True).content.decode()
        assert words in page
        assert "there is no such check here" in page
        assert "it asks nothing" in page
    assert [(case.name, len(case.checks)) for case in Case.objects.all()] == [("tide?", 1)]


@pytest.mark.every_database
def test_what_no_database_keeps_is_replaced_in_files_and_from_the_playground(signed_in: Client, prompt: SystemPrompt) -> None:
    bad = r'"a\u0000b\ud800c"'
    line = f'{{"name": {bad}, "ask": {bad}, "variables": {{{bad}: {bad}}}, "tags": [{bad}], "expected": {bad}}}'
    file = SimpleUploadedFile("cases.jsonl", line.encode())
    assert signed_in.post(url("case_import"), {"prompt": str(prompt.pk), "file": file}).status_code == 302
    kept = f'{{"turns": [{{"role": "user", "text": {bad}}}], "variables": {{{bad}: {bad}}}, "expected": {bad}}}'
    made = signed_in.post(url("systemprompt_playground_keep_case", prompt.pk), {"name": "Odd", "case": kept})
    assert made.status_code == 200
    assert {case.expected for case in Case.objects.all()} == {"ab?c"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("a.txt", b"x", "ends in none of"), ("a.csv", b"\xff", "UTF-8"), ("a.yaml", b"x: [", "no YAML"), ("a.json", b"[]", "no case in it")],
)
def test_a_file_that_can_not_be_taken_is_refused_in_words(
    signed_in: Client, prompt: SystemPrompt, name: str, content: bytes, words: str
) -> None:
    page = signed_in.post(url("case_import"), {"prompt": str(prompt.pk), "file": SimpleUploadedFile(name, content)})
    assert words in page.content.decode()
