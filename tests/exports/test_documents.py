"""A conversation can be taken along: as Markdown that reads well, and as JSON with all that was said on any branch."""

import json
import re

import pytest
from django.test import AsyncClient
from django.utils import timezone

from conversations.exports import json_document, markdown, reading
from conversations.exports.file_names import file_name
from conversations.models import Conversation, Message, Role, Status, User, text_part
from tests.support.serving import ROOT


@pytest.fixture
def conversation(alice: User) -> Conversation:
    return Conversation.objects.create(owner=alice, title="Why the sky\nis blue", updated=timezone.now())


def say(conversation: Conversation, parent: Message | None, *texts: str, **fields: object) -> Message:
    """A message after `parent`; the last one that is said is the one that is shown."""
    role = Role.ASSISTANT if parent and parent.role == Role.USER else Role.USER
    parts = fields.pop("parts", [text_part(text) for text in texts])
    made = Message.objects.create(conversation=conversation, owner=conversation.owner, parent=parent, role=role, parts=parts, **fields)  # type: ignore[misc]
    conversation.leaf = made
    conversation.save()
    return made


@pytest.mark.django_db
def test_markdown_is_the_branch_that_is_shown(conversation: Conversation) -> None:
    question = say(conversation, None, "Why?")
    say(conversation, question, "Another answer")
    thought = {"type": "reasoning", "text": "Hm"}
    answer = say(conversation, question, parts=[thought, text_part("Because:\n\n```py\nx = 1")], status=Status.STOPPED, model="gpt-5")
    failed = say(
        conversation, say(conversation, answer, "And then?"), status=Status.FAILED, error_kind="rate_limit", error_cause="sk-secret"
    )
    text = "".join(markdown.document(conversation))
    assert text.startswith("# Why the sky is blue\n\nBegun on 20")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["You", "Answer", "You", "Answer"]
    assert "UTC · gpt-5*\n\nBecause:\n\n```py\nx = 1\n```\n\n*This answer was stopped.*\n\n## You" in text
    assert failed.error_kind == "rate_limit" and text.rstrip().endswith("*")
    for absent in ("Another answer", "Hm", "sk-secret"):
        assert absent not in text


@pytest.mark.django_db
def test_markdown_lists_the_pages_that_an_answer_cites(conversation: Conversation) -> None:
    sources = [{"url": "https://a.example/x?y=1&z=(2)", "title": "A [page]"}, {"url": "https://b.example/<p>", "title": ""}]
    say(conversation, say(conversation, None, "Why?"), parts=[{**text_part("Because."), "sources": sources}])
    text = "".join(markdown.document(conversation))
    assert text.endswith(
        "Because.\n\nSources:\n\n- [A \\[page\\]](<https://a.example/x?y=1&z=(2)>)\n- [https://b.example/\\<p\\>](<https://b.example/%3Cp%3E>)\n"
    )


@pytest.mark.django_db
def test_json_leaves_out_failures_without_a_word_that_were_asked_for_again(conversation: Conversation) -> None:
    question = say(conversation, None, "Why?")
    failures = [say(conversation, question, status=Status.FAILED, error_kind="rate_limit") for _ in range(2)]

    def exported() -> list[str]:
        return [message["id"] for message in json.loads(b"".join(json_document.document(conversation)))["messages"]]

    assert exported() == [str(question.pk), str(failures[1].pk)]
    broken = say(conversation, question, "Half an", status=Status.FAILED, error_kind="rate_limit")
    answer = say(conversation, question, "An answer")
    assert exported() == [str(one.pk) for one in (question, broken, answer)]
    conversation.leaf = failures[0]
    assert exported() == [str(one.pk) for one in (question, failures[0], broken, answer)]


@pytest.mark.django_db
def test_json_has_every_branch(conversation: Conversation) -> None:
    question = say(conversation, None, "Why?")
    other = say(conversation, question, "Another answer")
    failed = say(conversation, question, status=Status.FAILED, error_kind="rate_limit", error_cause="sk-secret")
    document = json.loads(text := b"".join(json_document.document(conversation)))
    assert (document["format"], document["version"]) == ("chatbot-conversation", 1)
    assert document["conversation"]["shown"] == str(failed.pk)
    found = {message["id"]: message for message in document["messages"]}
    assert list(found) == [str(message.pk) for message in (question, other, failed)]
    assert found[str(other.pk)]["parent"] == str(question.pk)
    assert found[str(other.pk)]["parts"] == [text_part("Another answer")]
    assert found[str(failed.pk)]["error"]["kind"] == "rate_limit"
    assert b"sk-secret" not in text


@pytest.mark.django_db
def test_both_say_that_another_model_answered(conversation: Conversation) -> None:
    note = "far-model answered instead of the-model (too many requests)."
    question = say(conversation, None, "Why?")
    for status, ends in ((Status.COMPLETE, f"Because\n\n*{note}*\n"), (Status.STOPPED, f"*This answer was stopped.*\n\n*{note}*\n")):
        say(conversation, question, "Because", status=status, note=note)
        assert "".join(markdown.document(conversation)).endswith(ends)
    say(conversation, question, status=Status.FAILED, error_kind="rate_limit", note=note)  # it was asked, and did not answer
    assert note not in "".join(markdown.document(conversation))
    messages = json.loads(b"".join(json_document.document(conversation)))["messages"]
    assert [message["note"] for message in messages] == ["", note, note, ""]


@pytest.mark.django_db
def test_both_have_what_was_filled_in(conversation: Conversation) -> None:
    conversation.variables = {"topic": "owls\nand mice", "formal": False}
    assert "\n- topic: owls and mice\n- formal: no\n" in "".join(markdown.document(conversation))
    assert json.loads(b"".join(json_document.document(conversation)))["conversation"]["variables"] == conversation.variables


@pytest.mark.django_db
def test_all_fields_are_documented(conversation: Conversation) -> None:
    say(conversation, None, "Why?")
    document = json.loads(b"".join(json_document.document(conversation)))
    page = (ROOT / "docs" / "export.md").read_text()
    for fields in (document, document["conversation"], document["messages"][0]):
        assert [name for name in fields if f"`{name}`" not in page] == []


@pytest.mark.django_db
def test_thousands_are_read_some_at_a_time(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MESSAGES_AT_ONCE", 10)
    path: list[Message] = []
    for number in range(25):
        role = Role.ASSISTANT if number % 2 else Role.USER
        path.append(Message(conversation=conversation, owner=conversation.owner, parent=path[-1] if path else None, role=role))
    Message.objects.bulk_create(path)
    conversation.leaf = path[-1]
    for read in (reading.shown_branch, reading.whole_tree):
        assert list(read(conversation)) == path


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Why?", "Why"),
        ("../../etc/passwd", "etc passwd"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie x"),
        ("\u202egpj.exe", "gpj.exe"),
        ("Ärger – 日本", "Ärger – 日本"),
        ("...", "Conversation"),
        ("", "Conversation"),
        ("x" * 120, "x" * 80),
    ],
)
def test_names_of_files(title: str, name: str) -> None:
    conversation = Conversation(title=title, updated=timezone.now().replace(year=2026, month=11, day=26))
    cleaned = file_name(conversation, "md")
    assert cleaned.removeprefix("2026-11-26 ").removesuffix(".md").strip(". ") == name
    assert not set(cleaned) & set('/\\:*?"<>|\r\n\0')


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("wanted", "kind", "extension"), [("markdown", "text/markdown", "md"), ("json", "application/json", "json")])
async def test_it_comes_as_a_file(async_client: AsyncClient, alice: User, wanted: str, kind: str, extension: str) -> None:
    conversation = await Conversation.objects.acreate(owner=alice, title="Ärger", updated=timezone.now())
    await Message.objects.acreate(conversation=conversation, owner=alice, role=Role.USER, parts=[text_part("Hello there")])
    await async_client.aforce_login(alice)
    response = await async_client.get(f"/c/{conversation.pk}/export/", {"format": wanted})
    assert response.headers["Content-Type"].startswith(kind)
    assert re.fullmatch(rf"attachment; filename\*=utf-8''[\d-]+%20%C3%84rger\.{extension}", response.headers["Content-Disposition"])
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"Hello there" in b"".join([part async for part in response.streaming_content])  # type: ignore[attr-defined]
    assert (await async_client.get(f"/c/{conversation.pk}/export/", {"format": "exe"})).status_code == 404


@pytest.mark.django_db
def test_both_name_attached_files(conversation: Conversation) -> None:
    file = {
        "type": "file",
        "file": "019ac0a1-5d3e-7f60-9b72-8c9d0e1f2a3b",
        "name": "[a](b) <c>.txt",
        "content_type": "text/plain",
        "size": 3,
    }
    say(conversation, None, parts=[file, {**file, "name": "sun.png"}, text_part("What is it?")])
    text = "".join(markdown.document(conversation))
    assert "\n\n- Attached file: \\[a\\](b) \\<c\\>.txt\n- Attached file: sun.png\n\nWhat is it?\n" in text
    (message,) = json.loads(b"".join(json_document.document(conversation)))["messages"]
    assert message["parts"][0] == file
