"""Fragments are written by those who publish prompts; saving one says which prompts it changes, and none that would break is saved."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from conversations.admin.fragments.form import draft_state
from conversations.evaluation.candidate import AskedCase, Candidate
from conversations.models import Fragment, Run, ScheduledPublication, SystemPrompt, User
from conversations.rendering import fragments
from conversations.studio import approvals, checks, drafts, fragment_drafts
from conversations.studio.wording import wording_of
from tests.support.admin_pages import logged, publish_fragment, staff, url
from tests.support.cases import case
from tests.support.html_forms import entries


@pytest.fixture
def tone(db: None, admin: User) -> Fragment:
    fragment = Fragment.objects.create(name="tone")
    fragment.publish("Be kind.", author=admin, note="First")
    return fragment


def save(client: Client, fragment: Fragment, **changes: Any) -> str:
    return str(publish_fragment(client, fragment, **changes).content.decode())


def test_a_saved_text_is_a_version_and_says_who_gets_it(signed_in: Client, tone: Fragment, prompt: SystemPrompt, admin: User) -> None:
    prompt.publish(text="{{> outer }}")
    Fragment.objects.create(name="outer").publish("({{> tone }})")
    SystemPrompt.objects.create(name="Pinned", slug="pinned").publish(text="{{> tone@1 }}")
    page = signed_in.get(url("fragment_change", tone.pk)).content.decode()
    assert [words in page for words in ("follows the current one", "pinned", "Version 1", "First")] == [True] * 4
    assert "Version 2 of “tone” is current. Used in Assistant: with the next answer." in save(
        signed_in, tone, text="Be brief.", note="Shorter"
    )
    assert [(one.number, one.text, one.note, one.author) for one in tone.versions.all()] == [
        (2, "Be brief.", "Shorter", admin),
        (1, "Be kind.", "First", admin),
    ]
    save(signed_in, tone, description="How it sounds")
    assert tone.versions.count() == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{> tone }}", "includes itself"),
        ("{{> outer }}", "includes itself"),
        ("{{> nothing }}", "There is no fragment “nothing”."),
        ("{{ topic }}", "“Assistant” can’t be sent with it. There is no variable “topic”"),
        ("{{", "name nothing"),
    ],
)
def test_what_would_break_is_not_saved(signed_in: Client, tone: Fragment, prompt: SystemPrompt, text: str, words: str) -> None:
    prompt.publish(text="{{> outer }} {{ user.name }}")
    Fragment.objects.create(name="outer").publish("({{> tone }})")
    assert words in save(signed_in, tone, text=text)
    assert tone.versions.count() == 1
    assert fragment_drafts.edited(tone) == text


def test_a_fragment_that_is_used_stays(signed_in: Client, tone: Fragment, prompt: SystemPrompt) -> None:
    prompt.publish(text="{{> tone }}")
    signed_in.post(url("fragment_delete", tone.pk), {"post": "yes"})
    assert Fragment.objects.exists()
    prompt.publish(text="Nothing")
    signed_in.post(url("fragment_delete", tone.pk), {"post": "yes"})
    assert not Fragment.objects.exists()


def test_one_that_a_fragment_at_a_fixed_version_includes_is_used(signed_in: Client, tone: Fragment, prompt: SystemPrompt) -> None:
    Fragment.objects.create(name="outer").publish("({{> tone }})")
    prompt.publish(text="{{> outer@1 }}")
    signed_in.post(url("fragment_delete", tone.pk), {"post": "yes"})
    assert Fragment.objects.filter(name="tone").exists()


def test_one_that_is_staged_or_scheduled_stays(signed_in: Client, admin: User, tone: Fragment, prompt: SystemPrompt) -> None:
    version = prompt.publish(text="{{> tone }}")
    prompt.publish(text="Nothing")
    prompt.point("staging", version, by=admin)
    signed_in.post(url("fragment_delete", tone.pk), {"post": "yes"})
    assert Fragment.objects.exists()
    assert "staging" in signed_in.get(url("fragment_change", tone.pk)).content.decode()
    prompt.point("staging", None, by=admin)
    scheduled = ScheduledPublication.objects.create(prompt=prompt, version=version, at=timezone.now(), by=admin)
    signed_in.post(url("fragment_delete", tone.pk), {"post": "yes"})
    assert Fragment.objects.exists()
    scheduled.delete()
    signed_in.post(url("fragment_delete", tone.pk), {"post": "yes"})
    assert not Fragment.objects.exists()


@pytest.mark.parametrize("asks_for", [{"approvals_needed": 1}, {"cases_required": True}])
def test_it_is_no_way_around_approvals_and_required_cases(
    signed_in: Client, tone: Fragment, prompt: SystemPrompt, asks_for: dict[str, Any]
) -> None:
    Fragment.objects.create(name="outer").publish("({{> tone }})")
    prompt.publish(text="{{> outer@1 }}")
    SystemPrompt.objects.update(**asks_for)
    assert "publish it with a fixed version first" in save(signed_in, tone, text="Anything.")
    save(signed_in, tone, description="How it sounds")
    tone.refresh_from_db()
    assert (tone.description, tone.versions.count()) == ("How it sounds", 1)
    prompt.publish(text="{{> tone@1 }}")
    save(signed_in, tone, text="Anything.")
    assert tone.versions.count() == 2


def test_approvals_and_passed_cases_count_for_the_versions_of_fragments(tone: Fragment) -> None:
    Fragment.objects.create(name="outer").publish("({{> tone }})")
    follows, pinned = ({**wording_of(None), "text": text} for text in ("{{> outer@1 }}", "{{> tone@1 }}"))
    before = approvals.digest(follows), approvals.digest(pinned)
    tone.publish("Be brief.")
    assert approvals.digest(follows) != before[0]
    assert approvals.digest(pinned) == before[1]


@pytest.mark.parametrize("asks_for", [{"approvals_needed": 1}, {"cases_required": True}])
def test_rolling_back_asks_anew_where_a_fragment_is_followed(
    signed_in: Client, tone: Fragment, prompt: SystemPrompt, asks_for: dict[str, Any]
) -> None:
    first, second = prompt.publish(text="{{> tone }}"), prompt.publish(text="{{> tone@1 }}")
    live = prompt.publish(text="Nothing")
    SystemPrompt.objects.update(**asks_for)
    save(signed_in, tone, text="Anything.")
    for version, becomes in ((first, live), (second, second)):
        signed_in.post(url("systemprompt_live", prompt.pk), {"number": version.number, "opened": live.number})
        prompt.refresh_from_db()
        assert prompt.published == becomes


@pytest.mark.django_db
def test_a_text_may_name_thousands_that_are_not_there() -> None:
    assert fragments.library([" ".join(f"{{{{> f{number}@1 }}}}" for number in range(3000))]) == {}


@pytest.mark.parametrize(
    ("rights", "sees", "edits", "publishes"),
    [
        ((), False, False, False),
        (("view_systemprompt",), True, False, False),
        (("change_systemprompt",), True, True, False),
        (("view_systemprompt", "change_systemprompt"), True, True, False),
        (("publish_systemprompt",), False, False, False),
        (("view_systemprompt", "publish_systemprompt"), True, True, True),
    ],
)
def test_who_may_see_edit_and_publish_them(
    client: Client, bob: User, tone: Fragment, rights: tuple[str, ...], sees: bool, edits: bool, publishes: bool
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(bob)
    page = client.get(url("fragment_change", tone.pk))
    assert (page.status_code == 200, "Be kind." in page.content.decode()) == (sees, sees)
    assert client.get(url("fragment_draft", tone.pk)).status_code == (200 if edits else 403)
    posted = client.post(url("fragment_change", tone.pk), {"text": "Mine", "opened": opened(tone), "_publish": "1"})
    assert posted.status_code == (302 if edits else 403)
    saved = client.post(url("fragment_draft", tone.pk), {"text": "Mine.", "opened": opened(tone)})
    assert saved.status_code == (200 if edits else 403)
    assert fragment_drafts.edited(tone) == ("Mine." if edits else "Be kind.")
    draft = fragment_drafts.save(tone, "Theirs.", bob)
    assert client.get(url("fragment_publish", tone.pk)).status_code == (200 if sees else 403)
    shown = {"opened": fragment_drafts.state_of(tone)}
    assert client.post(url("fragment_publish", tone.pk), shown).status_code == (302 if publishes else 403)
    assert (tone.versions.count() == 2) == publishes
    assert client.get(url("fragment_add")).status_code == (200 if publishes else 403)
    assert client.get(url("fragment_delete", tone.pk)).status_code == 403
    tone.refresh_from_db()
    draft = fragment_drafts.save(tone, "More.", bob)
    discarded = client.post(url("fragment_discard", tone.pk), {"opened": fragment_drafts.state_of(tone)})
    assert draft and discarded.status_code == (302 if edits else 403)
    assert (fragment_drafts.of(tone) is None) == edits


def test_publishing_shows_first_what_it_changes(signed_in: Client, tone: Fragment, prompt: SystemPrompt, admin: User) -> None:
    prompt.publish(text="{{> outer }}")
    Fragment.objects.create(name="outer").publish("({{> tone }})")
    drafts.save(SystemPrompt.objects.create(name="Other", slug="other"), {**wording_of(None), "text": "{{> tone }}"}, admin)
    SystemPrompt.objects.create(name="Pinned", slug="pinned").publish(text="{{> tone@1 }}")
    sent = {"text": "\nBe {{ kind }}.\n<b>", "note": "Shorter", "description": "How it sounds"}
    assert "“Assistant” can’t be sent with it" in save(signed_in, tone, **sent)
    prompt.publish(text="{{> outer }}", variables=[{"name": "kind", "type": "text"}])
    shown = signed_in.get(url("fragment_publish", tone.pk)).content.decode()
    assert tone.versions.count() == 1
    assert 'class="line added"' in shown
    assert [words in shown for words in ("Prompts that it changes", ">Assistant</a>", ">Other</a>", "There is no variable “kind”")] == [
        True
    ] * 4
    assert ">Pinned</a>" not in shown
    asked = entries(shown, "fragment_publish")
    for meanwhile in (lambda: tone.publish("Meanwhile."), lambda: fragment_drafts.save(tone, "Be {{ kind }}!", admin)):
        meanwhile()
        assert "changed in the meantime" in signed_in.post(url("fragment_publish", tone.pk), asked).content.decode()
        assert "changed in the meantime" in signed_in.post(url("fragment_discard", tone.pk), asked, follow=True).content.decode()
    assert (tone.versions.count(), fragment_drafts.edited(tone)) == (2, "Be {{ kind }}!")
    assert "Version 3 of “tone” is current." in save(signed_in, tone, **sent)
    made = tone.versions.get(number=3)
    assert (made.text, made.note) == (sent["text"], "Shorter")
    assert "Published version 3 (before: version 2)." in logged()
    assert "There is no draft to publish." in signed_in.get(url("fragment_publish", tone.pk), follow=True).content.decode()


def test_the_cases_of_a_prompt_are_run_with_the_new_text_first(signed_in: Client, tone: Fragment, prompt: SystemPrompt, bob: User) -> None:
    prompt.publish(text="{{> outer }}")
    Fragment.objects.create(name="outer").publish("({{> tone }})")
    asked = case(prompt, "tide?")
    fragment_drafts.save(tone, "Be brief.", bob)
    place = url("fragment_cases", tone.pk, prompt.pk)
    assert place in signed_in.get(url("fragment_publish", tone.pk)).content.decode()
    assert signed_in.post(place).status_code == 302
    run = Run.objects.get()
    first, second = (Candidate.read(stored) for stored in run.candidates)
    assert [one.told(AskedCase.of(asked), bob).system for one in (first, second)] == ["(Be kind.)", "(Be brief.)"]
    assert (second.label, second.digest) == ("version 2, live, with the new text of “tone”", "")
    assert tone.versions.count() == 1
    client = Client()
    client.force_login(staff(bob, "view_systemprompt", "evaluate_systemprompt"))
    assert client.post(place).status_code == 403
    staff(bob, "view_systemprompt", "publish_systemprompt")
    assert client.post(place).status_code == 403
    assert "Run its case" not in client.get(url("fragment_publish", tone.pk)).content.decode()
    assert Run.objects.count() == 1


def opened(fragment: Fragment) -> str:
    """As a form says it that is opened now."""
    return json.dumps({"draft": draft_state(Fragment.objects.get(pk=fragment.pk))})


def test_a_draft_is_saved_while_it_is_typed_and_changes_no_prompt(client: Client, bob: User, tone: Fragment, prompt: SystemPrompt) -> None:
    prompt.publish(text="{{> tone }}")
    client.force_login(staff(bob, "view_systemprompt", "change_systemprompt"))
    page, place = url("fragment_change", tone.pk), url("fragment_draft", tone.pk)
    first = opened(tone)
    told = client.post(place, {"text": "Be brief.\r\n\0", "opened": first}).json()
    assert (told["revision"], told["author"], told["is_own"], told["opened"]["text"]) == (1, "bob", True, "Be brief.\n")
    assert fragments.library(["{{> tone }}"])["tone", None].text == "Be kind."
    assert "Be brief." in client.get(page).content.decode()
    assert client.post(place, {"text": "Other.", "opened": first}).status_code == 409
    assert client.post(place, {"text": "Other.", "opened": "[" * 5000}).status_code == 409
    assert "Text" in client.post(place, {"text": "x" * 200_001, "opened": first}).json()["errors"]
    assert fragment_drafts.edited(tone) == "Be brief.\n"
    assert client.post(place, {"text": "Be kind.", "opened": opened(tone)}).json()["revision"] == 0
    assert fragment_drafts.of(tone) is None


def test_of_two_who_edit_it_both_texts_are_brought_together(signed_in: Client, tone: Fragment, bob: User) -> None:
    fragment_drafts.save(tone, "Be kind.\nBe brief.\nSay you.", bob)
    page = url("fragment_change", tone.pk)
    mine = entries(signed_in.get(page).content.decode(), "fragment_form")
    fragment_drafts.save(tone, "Be kind.\nBe brief.\nSay thou.", bob)
    shown = signed_in.post(page, {**mine, "text": "Be very kind.\nBe brief.\nSay you."}).content.decode()
    assert "Both changes are in the form now. Read it" in shown and "What the other change did" in shown
    merged = entries(shown, "fragment_form")
    assert checks.plain(merged["text"]).strip() == "Be very kind.\nBe brief.\nSay thou."
    assert fragment_drafts.edited(tone).endswith("Say thou.")
    signed_in.post(page, merged)
    assert fragment_drafts.edited(tone).startswith("Be very kind.")
    shown = signed_in.post(page, {**merged, "opened": mine["opened"], "text": "Be unkind.\nBe brief.\nSay she."}).content.decode()
    assert "Changed by both" in shown and "yours stand" in shown
    untouched = signed_in.post(page, {**mine, "description": "How it sounds"}, follow=True)
    tone.refresh_from_db()
    assert (untouched.status_code, tone.description) == (200, "How it sounds")
    assert fragment_drafts.edited(tone).startswith("Be very kind.")
