"""Lines of a version or the draft are commented by those who work on prompts; comments go with their lines, and say when these are gone."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.admin.prompts.commenting import MAX_NUMBERED_LINES
from conversations.models import PromptComment, PromptVersion, SystemPrompt, User
from conversations.studio import drafts
from conversations.studio.wording import wording_of
from tests.support.admin_pages import logged, prompt_url, staff, url

pytestmark = pytest.mark.django_db
TEXT = "You are kind to all.\nYou are brief and exact.\nYou answer in English."
LOOKER = ("view_systemprompt", "change_systemprompt")


@pytest.fixture
def prompt(prompt: SystemPrompt, admin: User) -> SystemPrompt:
    """Whose second version, with three lines, is live."""
    prompt.publish(text=TEXT)
    return prompt


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def save(prompt: SystemPrompt, author: User, text: str) -> None:
    drafts.save(prompt, {**drafts.edited(prompt), "text": text}, author)


def comment(client: Client, prompt: SystemPrompt, text: str = "Why?", first: int = 2, last: int | str = "", **sent: object) -> str:
    page = url("systemprompt_comment", prompt.pk, 2)
    return client.post(page, {"first": first, "last": last, "text": text, **sent}, follow=True).content.decode()


def comment_draft(client: Client, prompt: SystemPrompt, first: int, last: int | str = "", revision: int | None = None) -> str:
    draft = drafts.of(prompt)
    assert draft
    sent = {"first": first, "last": last, "text": "Why?", "opened": revision or draft.revision}
    return client.post(url("systemprompt_comment_draft", prompt.pk), sent, follow=True).content.decode()


def change(client: Client, one: PromptComment, do: str, text: str = "") -> int:
    return client.post(url("systemprompt_change_comment", one.prompt_id, one.pk), {"do": do, "text": text}).status_code


def lines() -> tuple[int | None, int | None]:
    return PromptComment.objects.values_list("first_line", "last_line").get(answered=None)


def test_a_comment_stands_below_its_last_line_and_nothing_of_it_runs(signed_in: Client, prompt: SystemPrompt) -> None:
    page = comment(signed_in, prompt, "<script>alert(1)</script>\nRead {{ this }}", 1, 2)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\nRead {{ this }}" in page
    assert "<script>alert(1)" not in page
    assert page.index('id="line-2"') < page.index("&lt;script&gt;alert(1)") < page.index('id="line-3"')
    assert (lines(), PromptComment.objects.get().quoted) == ((1, 2), "You are kind to all.\nYou are brief and exact.")
    assert logged() == ["Commented on lines 1 to 2 of version 2: “<script>alert(1)</script>\nRead {{ this }}”."]
    for listed in (url("systemprompt_versions", prompt.pk), prompt_url(prompt), url("systemprompt_changelist")):
        assert "1 open comment" in signed_in.get(listed).content.decode()


def test_who_commented_is_back_at_the_comment_and_not_above_a_long_text(signed_in: Client, prompt: SystemPrompt) -> None:
    page = url("systemprompt_version", prompt.pk, 2)
    assert f'action="{url("systemprompt_comment", prompt.pk, 2)}#comment"' in signed_in.get(page).content.decode(), "errors are there"
    made = signed_in.post(url("systemprompt_comment", prompt.pk, 2), {"first": 2, "text": "Why?"})
    one = PromptComment.objects.get()
    assert made["Location"] == f"{page}#comment-{one.pk}"
    act = url("systemprompt_change_comment", prompt.pk, one.pk)
    assert signed_in.post(act, {"do": "resolve"})["Location"] == f"{page}#comment-{one.pk}"
    assert f'id="comment-{one.pk}"' in signed_in.get(page).content.decode()
    assert signed_in.post(act, {"do": "delete"})["Location"] == f"{page}#wording"


@pytest.mark.parametrize(("first", "last"), [(0, ""), (4, ""), (3, 2), (1, 4), (10**30, "")])
def test_lines_that_are_not_there_are_told_and_what_was_typed_stays(
    signed_in: Client, prompt: SystemPrompt, first: int, last: int | str
) -> None:
    page = comment(signed_in, prompt, "Keep me", first, last)
    assert "errornote" in page
    assert "Keep me</textarea>" in page
    assert not PromptComment.objects.exists()


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001, "a\0b"])
def test_a_comment_says_something_and_not_too_much(signed_in: Client, prompt: SystemPrompt, text: str) -> None:
    assert "errornote" in comment(signed_in, prompt, text)
    assert not PromptComment.objects.exists()


def test_it_is_answered_edited_resolved_and_deleted_by_its_writers(prompt: SystemPrompt, alice: User, bob: User) -> None:
    writer, other = as_user(staff(alice, *LOOKER)), as_user(staff(bob, *LOOKER))
    comment(writer, prompt)
    one = PromptComment.objects.get()
    for do in ("edit", "delete"):
        assert change(other, one, do, "Mine now") == 403
    assert change(writer, one, "edit", "Why so?") == 302
    assert change(other, one, "answer", "Because.") == 302
    answer = one.answers.get()
    assert change(other, answer, "answer", "Really.") == 302  # belongs to the same comment
    assert one.answers.count() == 2
    assert change(writer, answer, "delete") == 403
    page = writer.get(url("systemprompt_version", prompt.pk, 2)).content.decode()
    assert page.index("Why so?") < page.index("Because.") < page.index("Really.")
    change(other, one, "resolve")
    assert "Resolved by bob" in writer.get(url("systemprompt_version", prompt.pk, 2)).content.decode()
    assert "open comment" not in writer.get(url("systemprompt_versions", prompt.pk)).content.decode()
    change(writer, one, "reopen")
    change(writer, one, "delete")
    page = writer.get(url("systemprompt_version", prompt.pk, 2)).content.decode()
    assert ("Deleted by its writer." in page, "Because." in page, "Why so?" in page) == (True, True, False)
    change(other, answer, "delete")
    assert not PromptComment.objects.filter(pk=answer.pk).exists()
    assert "Changed a comment from “Why?” to “Why so?”." in logged()
    assert "Deleted the comment “Why so?”." in logged()


@pytest.mark.parametrize(
    ("rights", "may"),
    [
        (("view_systemprompt",), False),
        (("view_systemprompt", "evaluate_systemprompt"), False),
        (("change_systemprompt",), True),
        (("view_systemprompt", "approve_systemprompt"), True),
        (("view_systemprompt", "publish_systemprompt"), True),
        (("publish_systemprompt",), False),
    ],
)
def test_who_edits_approves_or_publishes_what_they_see_comments(
    prompt: SystemPrompt, alice: User, bob: User, admin: User, rights: tuple[str, ...], may: bool
) -> None:
    comment(as_user(admin), prompt)
    save(prompt, admin, "Another.")
    one, client = PromptComment.objects.get(), as_user(staff(bob, *rights))
    sent = {"first": 1, "text": "Hm."}
    assert (client.post(url("systemprompt_comment", prompt.pk, 2), sent).status_code == 302) == may
    assert (client.post(url("systemprompt_comment_draft", prompt.pk), {**sent, "opened": 1}).status_code == 302) == may
    for do in ("answer", "resolve", "reopen"):
        assert change(client, one, do, "So.") == (302 if may else 403)
    page = client.get(url("systemprompt_version", prompt.pk, 2))
    assert ("Comment on lines" in page.content.decode()) == may
    assert (
        client.get(url("systemprompt_draft_comments", prompt.pk)).status_code
        == page.status_code
        == (403 if rights[0] == "publish_systemprompt" else 200)
    )


def test_a_comment_of_another_prompt_is_not_found_by_this_one(signed_in: Client, prompt: SystemPrompt) -> None:
    comment(signed_in, prompt)
    other = SystemPrompt.objects.create(slug="other", name="Other")
    page = url("systemprompt_change_comment", other.pk, PromptComment.objects.get().pk)
    assert signed_in.post(page, {"do": "resolve"}).status_code == 404


@pytest.mark.parametrize(
    ("changed", "first", "last"),
    [
        ("New.\nYou are kind to all.\nYou are brief and exact.\nYou answer in English!", 3, 4),
        ("You are kind to all.\nYou are very brief and exact.\nIn between.\nYou answer in English!", 2, 4),
        ("You are kind to all.\nYou answer in English!", 2, 2),
        ("You are kind to all.\nElephants", None, None),
        ("", None, None),
    ],
)
def test_a_comment_on_the_draft_goes_with_its_lines_or_says_they_are_gone(
    signed_in: Client, prompt: SystemPrompt, admin: User, changed: str, first: int | None, last: int | None
) -> None:
    save(prompt, admin, f"{TEXT[:-1]}!")
    comment_draft(signed_in, prompt, 2, 3)
    save(prompt, admin, changed)
    assert lines() == (first, last)
    page = signed_in.get(url("systemprompt_draft_comments", prompt.pk)).content.decode()
    assert ("The lines are gone. They said:" in page, "<blockquote>You are brief and exact." in page) == (first is None, first is None)
    assert "Comments (1 open)" in signed_in.get(prompt_url(prompt)).content.decode()


def test_what_was_changed_since_the_page_was_opened_is_not_commented_unseen(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    save(prompt, admin, "First.\nSecond.")
    save(prompt, admin, "New.\nFirst.\nSecond.")
    assert "changed in the meantime" in comment_draft(signed_in, prompt, 1, revision=1)
    assert not PromptComment.objects.exists()


def test_comments_go_on_to_the_version_that_the_draft_becomes(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    save(prompt, admin, "First.\nSecond.")
    comment_draft(signed_in, prompt, 2)
    page = url("systemprompt_publish", prompt.pk)
    assert "Comments: 1 open" in signed_in.get(page).content.decode()
    sent = {"opened": signed_in.get(page).context["opened"], "where": "label", "label": "staging"}
    signed_in.post(page, sent)
    assert (PromptComment.objects.get().version, lines()) == (PromptVersion.objects.get(number=3), (2, 2))
    comment_draft(signed_in, prompt, 1)  # the draft says the same, and is still there
    signed_in.post(page, {**sent, "opened": signed_in.get(page).context["opened"], "where": "live"})
    assert PromptComment.objects.filter(version__number=3).count() == 2


def test_a_draft_that_says_again_what_is_live_leaves_its_comments_there(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    save(prompt, admin, f"New.\n{TEXT}")
    comment_draft(signed_in, prompt, 2)
    save(prompt, admin, TEXT)
    assert drafts.of(prompt) is None
    assert prompt.published
    assert wording_of(prompt.published)["text"] == TEXT
    assert (PromptComment.objects.get().version, lines()) == (prompt.published, (1, 1))


def test_a_draft_that_is_discarded_takes_its_comments_along(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    save(prompt, admin, "Another.")
    comment_draft(signed_in, prompt, 1)
    discard = url("systemprompt_discard", prompt.pk)
    assert "and so are comments on it" in signed_in.get(discard).content.decode()
    signed_in.post(discard, {"revision": 1})
    assert not PromptComment.objects.exists()


def test_a_text_of_very_many_lines_is_shown_whole_with_its_comments_below(signed_in: Client, prompt: SystemPrompt) -> None:
    prompt.publish(text="\n" * MAX_NUMBERED_LINES)
    signed_in.post(url("systemprompt_comment", prompt.pk, 3), {"first": MAX_NUMBERED_LINES, "text": "So long?"})
    page = signed_in.get(url("systemprompt_version", prompt.pk, 3)).content.decode()
    assert "So long?" in page
    assert "numbered-line" not in page


@pytest.mark.every_database
def test_comments_outlive_their_writer_and_go_with_their_prompt(signed_in: Client, prompt: SystemPrompt, alice: User) -> None:
    comment(as_user(staff(alice, *LOOKER)), prompt)
    change(as_user(alice), PromptComment.objects.get(), "resolve")
    alice.delete()
    assert "a deleted user" in signed_in.get(url("systemprompt_version", prompt.pk, 2)).content.decode()
    prompt.delete()
    assert not PromptComment.objects.exists()
