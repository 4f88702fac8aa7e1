"""Files become drafts in the admin after a look at what would be done; and prompts leave it as a zip file of the same files."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from conversations.admin.prompts import importing
from conversations.models import Case, Fragment, SystemPrompt, User
from conversations.studio import drafts, fragment_drafts
from conversations.studio.wording import wording_of
from conversations.transfer import uploads
from conversations.transfer.recognition import recognised
from tests.support.admin_pages import staff

pytestmark = pytest.mark.django_db
PAGE = "/admin/conversations/systemprompt/import/"
LIST = "/admin/conversations/systemprompt/"
EXAMPLES = Path(__file__).parent.parent / "transfer/prompts"
PROMPT = "---\nname: Support\naudience: staff\n---\n\nBe {{> tone }}.\n"
WRITER = ("view_systemprompt", "add_systemprompt", "change_systemprompt")
LANGFUSE = [
    {
        "name": "critic",
        "version": 1,
        "prompt": [
            {"role": "system", "content": "Be a critic."},
            {"role": "user", "content": "Good?"},
            {"role": "assistant", "content": "No."},
            {"role": "user", "content": "{{question}}"},
        ],
        "config": {"temperature": 0.5, "languages": ["en"]},
        "labels": ["production"],
    }
]


@pytest.fixture
def admin_client(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def zipped(files: dict[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return packed.getvalue()


def look(client: Client, files: Mapping[str, str | bytes]) -> str:
    """What the page says to these files."""
    uploaded = [SimpleUploadedFile(name, one.encode() if isinstance(one, str) else one) for name, one in files.items()]
    response = client.post(PAGE, {"uploaded": uploaded})
    assert response.status_code == 200
    return response.content.decode()


def fields(shown: str) -> dict[str, Any]:
    """What the form of the page would post, as it is ticked."""
    hidden = dict(re.findall(r'<input type="hidden" name="(packed|seen)" value="([^"]*)"', shown))
    return {**hidden, "chosen": re.findall(r'name="chosen" value="([^"]*)" checked', shown), "take": "Import"}


def take(client: Client, shown: str, **changed: Any) -> str:
    return client.post(PAGE, {**fields(shown), **changed}, follow=True).content.decode()


def states(shown: str) -> dict[str, str]:
    return dict(
        re.findall(r'import-item (\w+)".*?<code>([^<]*)</code>', shown, re.DOTALL)[i][::-1] for i in range(shown.count("import-item "))
    )


def test_files_are_shown_then_become_drafts(admin_client: Client, admin: User) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.rglob("*") if path.is_file() and path.name != "README.md"}
    shown = look(admin_client, {**files, "notes.txt": "x"})
    assert states(shown) == dict.fromkeys(
        ["prompts/support", "prompts/translator", "fragments/tone", "fragments/signature", "cases/support"], "new"
    )
    assert "notes.txt: it ends in none of" in shown and "become the default prompt: that is chosen where it is published" in shown
    assert not SystemPrompt.objects.filter(slug="support").exists() and not Fragment.objects.exists()
    assert "Imported support: a new prompt, as a draft." in take(admin_client, shown)
    prompt = SystemPrompt.objects.get(slug="support")
    draft = drafts.of(prompt)
    assert draft and draft.author == admin and prompt.published is None and not prompt.is_default
    assert Fragment.objects.count() == 2 and Case.objects.filter(prompt=prompt).count() == 2
    assert LogEntry.objects.filter(object_id=str(prompt.pk), user=admin).count() == 2
    assert set(states(look(admin_client, files)).values()) == {"same"}


def test_what_is_live_is_never_changed(admin_client: Client) -> None:
    prompt = SystemPrompt.objects.create(slug="support", name="Support")
    prompt.publish(text="Be old.")
    Fragment.objects.create(name="tone").publish("kind")
    shown = look(admin_client, {"support.md": PROMPT, "tone.md": "---\n---\n\nrude\n"})
    assert states(shown) == {"prompts/support": "changed", "fragments/tone": "changed"}
    assert "Becomes the draft" in shown and "removed: " in shown and "On the site audience stays as before" in shown
    take(admin_client, shown, chosen=["prompts/support", "fragments/tone"])
    prompt.refresh_from_db()
    assert prompt.published.text == "Be old." and drafts.edited(prompt)["text"] == "Be {{> tone }}." and prompt.audience == "everyone"
    tone = Fragment.objects.get()
    assert (tone.current.number, fragment_drafts.edited(tone)) == (1, "rude")
    assert states(look(admin_client, {"tone.md": "---\n---\n\nloud\n"})) == {"fragments/tone": "replaces"}


def test_a_draft_that_says_something_else_is_replaced_only_when_ticked(admin_client: Client, alice: User) -> None:
    prompt = SystemPrompt.objects.create(slug="support", name="Support")
    drafts.save(prompt, {**wording_of(None), "text": "Theirs."}, alice)
    shown = look(admin_client, {"support.md": PROMPT})
    assert states(shown) == {"prompts/support": "replaces"} and fields(shown)["chosen"] == []
    assert "Nothing was imported." in take(admin_client, shown)
    assert drafts.edited(prompt)["text"] == "Theirs."
    take(admin_client, shown, chosen=["prompts/support"])
    assert drafts.edited(prompt)["text"] == "Be {{> tone }}."


def test_what_changed_since_the_look_is_shown_again(admin_client: Client, alice: User) -> None:
    prompt = SystemPrompt.objects.create(slug="support", name="Support")
    prompt.publish(text="Be old.")
    shown = look(admin_client, {"support.md": PROMPT})
    drafts.save(prompt, {**wording_of(None), "text": "Theirs."}, alice)
    again = take(admin_client, shown)
    assert "Nothing was imported: the site has changed since you looked." in again and states(again) == {"prompts/support": "replaces"}
    assert drafts.edited(prompt)["text"] == "Theirs."


def test_prompts_of_other_products_are_known_by_what_they_hold(admin_client: Client) -> None:
    shown = look(admin_client, {"export.json": json.dumps(LANGFUSE)})
    assert "export.json: 1 prompt of Langfuse." in shown and states(shown) == {"prompts/critic": "new"}
    assert "critic: message 4, of the role user (“{{question}}”)" in shown and "critic: languages" in shown
    take(admin_client, shown)
    wording = drafts.edited(SystemPrompt.objects.get(slug="critic"))
    assert wording["text"] == "Be a critic." and wording["parameters"] == {"temperature": 0.5}
    assert wording["examples"] == [{"role": "user", "text": "Good?"}, {"role": "assistant", "text": "No."}]
    for content, said in {
        json.dumps([{"id": "pmpt_1", "instructions": "Be."}]): "1 prompt of OpenAI",
        "prompts: ['Say {{x}}']\nproviders: [openai:gpt-5]\n": "1 prompt of Promptfoo",
    }.items():
        assert said in look(admin_client, {"a.yaml": content})


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.json": "[1]"}, "a.json: This is neither a prompt"),
        ({"a.yaml": "a: &x 1\nb: *x"}, "a.yaml:2: Aliases"),
        ({"a.md": "no front matter"}, "a.md:1: A prompt’s file begins with"),
        ({"a b.md": PROMPT}, "a b.md: A prompt’s file is named after its slug"),
        ({"a.json": "[" * 5000}, "a.json"),
        ({"a.md": b"\xff"}, "a.md:1: The file isn’t UTF-8."),
        ({"a.md": "x" * (1 << 20) + "x"}, "together"),
        ({"a.zip": b"PK\x03\x04 broken"}, "This zip file can’t be read"),
        ({"a.zip": zipped({"bomb.md": b"\0" * (2 << 20)})}, "together"),
        ({"a.zip": zipped({f"{number}.md": PROMPT for number in range(201)})}, "together"),
        ({"cases.yaml": "- name: a\n  ask: b\n"}, "there is no prompt “cases”"),
        ({"a.md": "---\nname: A\n---\n", "b.zip": zipped({"x/a.md": "---\nname: B\n---\n"})}, "“a” is in a.md, too"),
    ],
    ids=range(12),
)
def test_what_cant_be_taken_is_said(admin_client: Client, files: dict[str, str | bytes], said: str) -> None:
    before = SystemPrompt.objects.count()
    shown = look(admin_client, files)
    assert said.lower() in shown.lower()
    assert SystemPrompt.objects.count() == before


def test_as_many_files_are_taken_as_the_page_says(admin_client: Client) -> None:
    """Django takes a hundred, and answers more with a bare 400."""
    files = {f"p{number}.md": f"---\nname: P{number}\n---\n" for number in range(uploads.MAX_FILES)}
    assert set(states(look(admin_client, files)).values()) == {"new"}
    assert "All files together may be 200" in look(admin_client, {**files, "one.md": PROMPT})


def test_no_more_prompts_are_shown_than_the_form_can_post(admin_client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    assert importing.MAX_ITEMS + 10 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    monkeypatch.setattr(importing, "MAX_ITEMS", 2)
    prompts = [{"name": name, "version": 1, "prompt": "x", "config": {}, "labels": []} for name in ("one", "two", "three")]
    assert set(states(look(admin_client, {"a.json": json.dumps(prompts[:2])}))) == {"prompts/one", "prompts/two"}
    assert "There are 3 prompts, fragments and files of cases in them" in look(admin_client, {"a.json": json.dumps(prompts)})


def test_files_are_read_outside_of_the_transaction(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite nothing else could be written meanwhile."""
    outer, seen = len(connection.savepoint_ids), []

    def reading(texts: dict[str, str]) -> Any:
        seen.append(len(connection.savepoint_ids))
        return recognised(texts)

    monkeypatch.setattr(importing, "recognised", reading)
    take(admin_client, look(admin_client, {"support.md": PROMPT}))
    assert seen == [outer, outer] and SystemPrompt.objects.filter(slug="support").exists()


def test_what_is_wrong_in_one_file_keeps_no_other_from_being_taken(admin_client: Client) -> None:
    shown = look(admin_client, {"bad.md": "x", "support.md": PROMPT})
    assert "bad.md:1: " in shown
    take(admin_client, shown)
    assert SystemPrompt.objects.filter(slug="support").exists()


def test_what_is_posted_back_is_bounded_and_read_again(admin_client: Client) -> None:
    shown = look(admin_client, {"support.md": PROMPT})
    for packed in ("", "x", "AAAA", uploads.pack({"a.md": "x" * (2 << 20)}), uploads.pack({str(n): "" for n in range(300)})):
        assert "got lost: choose the files again" in take(admin_client, shown, packed=packed)
    assert not SystemPrompt.objects.filter(slug="support").exists()


def test_a_writer_imports_drafts_and_nothing_that_holds_at_once(client: Client, bob: User) -> None:
    client.force_login(staff(bob, *WRITER))
    files: dict[str, str | bytes] = {
        "support.md": PROMPT,
        "tone.md": "---\n---\n\nkind\n",
        "cases.zip": zipped({"cases/support.yaml": "- {name: a, ask: b}"}),
    }
    shown = look(client, files)
    assert states(shown) == {"prompts/support": "new", "fragments/tone": "refused", "cases/support": "refused"}
    take(client, shown, chosen=["prompts/support", "fragments/tone", "cases/support"])
    assert SystemPrompt.objects.get(slug="support").audience == "everyone"
    assert not Fragment.objects.exists() and not Case.objects.exists()


@pytest.mark.parametrize(("held", "state"), [("add_systemprompt", "refused"), ("change_systemprompt", "changed")])
def test_adding_and_changing_are_rights_of_their_own(client: Client, bob: User, held: str, state: str) -> None:
    SystemPrompt.objects.create(slug="support", name="Support").publish(text="Be old.")
    client.force_login(staff(bob, "view_systemprompt", held))
    shown = look(client, {"support.md": PROMPT, "new.md": PROMPT})
    assert states(shown) == {"prompts/support": state, "prompts/new": "new" if held == "add_systemprompt" else "refused"}
    take(client, shown, chosen=["prompts/support", "prompts/new"])
    assert SystemPrompt.objects.filter(slug="new").exists() == (held == "add_systemprompt")
    assert (drafts.of(SystemPrompt.objects.get(slug="support")) is not None) == (held == "change_systemprompt")


@pytest.mark.parametrize(("held", "model"), [([], ""), (["publish_systemprompt"], "gpt-next")])
def test_a_fallback_model_comes_along_for_those_who_publish(client: Client, bob: User, held: list[str], model: str) -> None:
    client.force_login(staff(bob, "view_systemprompt", "add_systemprompt", *held))
    shown = look(client, {"new.md": PROMPT.replace("---\n", "---\nfallback_model: gpt-next\n", 1)})
    assert ("its fallback model are for those who publish" in shown) == (not held)
    take(client, shown)
    assert SystemPrompt.objects.get(slug="new").fallback_model == model


def test_who_only_sees_prompts_imports_nothing(client: Client, bob: User) -> None:
    client.force_login(staff(bob, "view_systemprompt", "publish_systemprompt"))
    assert client.get(PAGE).status_code == client.post(PAGE, {"packed": uploads.pack({"a.md": PROMPT})}).status_code == 403
    assert PAGE not in client.get(LIST).content.decode()


def test_prompts_are_exported_with_their_fragments_and_cases(admin_client: Client) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.rglob("*") if path.is_file() and path.name != "README.md"}
    take(admin_client, look(admin_client, files))
    prompt = SystemPrompt.objects.get(slug="support")
    prompt.publish(**drafts.edited(prompt))
    Fragment.objects.create(name="unused").publish("x")
    pks = list(SystemPrompt.objects.filter(slug__in=["support", "translator"]).values_list("pk", flat=True))
    response = admin_client.post(LIST, {"action": "export_selected", "_selected_action": pks})
    assert response["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.namelist() == ["cases/support.yaml", "fragments/signature.md", "fragments/tone.md", "support.md"]
    drafts.save(prompt, drafts.edited(prompt), User.objects.get(username="admin"))
    assert set(states(look(admin_client, {"prompts.zip": response.content})).values()) == {"same"}
    nothing = admin_client.post(LIST, {"action": "export_selected", "_selected_action": [pks[1]]}, follow=True)
    assert "files hold what is live" in nothing.content.decode()


def test_who_may_not_see_cases_exports_none(client: Client, bob: User) -> None:
    prompt = SystemPrompt.objects.get(slug="assistant")
    Case.objects.create(prompt=prompt, name="a", turns=[{"role": "user", "text": "?"}])
    for held, names in (
        (("view_systemprompt",), ["assistant.md"]),
        (("view_systemprompt", "evaluate_systemprompt"), ["assistant.md", "cases/assistant.yaml"]),
    ):
        client.force_login(staff(User.objects.get(pk=bob.pk), *held))
        response = client.post(LIST, {"action": "export_selected", "_selected_action": [prompt.pk]})
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            assert sorted(archive.namelist()) == names
