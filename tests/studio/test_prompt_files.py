"""Prompts live in a folder: what is exported can be imported without a change, and the other way round; nothing is overwritten silently."""

import io
import shutil
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from conversations.models import SystemPrompt, User
from conversations.studio import approvals, drafts
from conversations.studio.files.document import Document, document_of
from conversations.studio.files.format import rebased, split
from conversations.studio.files.prompt_folder import PromptFolder
from conversations.studio.wording import wording_of

EXAMPLES = Path(__file__).parent / "prompts"
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example folder, to be written into."""
    SystemPrompt.objects.all().delete()
    User.objects.create_user("anna")
    return Path(shutil.copytree(EXAMPLES, tmp_path / "prompts"))


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("prompts", *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def take(folder: Path, *arguments: str) -> str:
    return run("import", folder, "--author", "anna", *arguments)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def publish_on_the_site(text: str) -> SystemPrompt:
    prompt = SystemPrompt.objects.get(slug="support")
    wording = wording_of(prompt.published)
    wording["text"] = text
    prompt.publish(**wording, author=User.objects.get(username="anna"))
    return SystemPrompt.objects.select_related("published").get(slug="support")


def test_a_folder_becomes_prompts(folder: Path) -> None:
    assert "2 files imported" in take(folder, "--note", "From the shop")
    support = SystemPrompt.objects.get(slug="support")
    translator = SystemPrompt.objects.get(slug="translator")
    assert support.is_default and support.published.model == "gpt-large"
    assert support.published.parameters == {"temperature": 0.3, "max_output_tokens": 900}
    assert support.published.starters == ["Where is my order?", "Refund: how?"]
    assert support.published.text.endswith("Be short.  \nNever promise a date – “soon” isn’t one.")
    assert (support.published.author.username, support.published.note) == ("anna", "From the shop")
    assert translator.published.text == "---\nTranslate what follows.\n"
    assert (translator.audience, translator.model_choice, translator.listed_models) == ("staff", "listed", "gpt-small\ngpt-large")
    assert translator.effort_choice
    logged = LogEntry.objects.filter(object_id=str(support.pk)).values_list("change_message", "user__username")
    assert any("moved the label “live” from no version to it" in message and user == "anna" for message, user in logged)


def test_a_fallback_model_goes_both_ways(folder: Path) -> None:
    take(folder)
    SystemPrompt.objects.filter(slug="support").update(fallback_model="gpt-next")
    assert "+fallback_model" not in run("diff", folder) and "-fallback_model: gpt-next" in run("diff", folder)
    run("export", folder)
    assert "\nfallback_model: gpt-next\n" in (folder / "support.md").read_text(encoding="utf-8")
    change(folder / "support.md", "fallback_model: gpt-next", "fallback_model: gpt-later")
    take(folder)
    assert SystemPrompt.objects.get(slug="support").fallback_model == "gpt-later"
    logged = LogEntry.objects.filter(change_message__contains="fallback model became “gpt-later” (was “gpt-next”)")
    assert logged.exists()
    change(folder / "support.md", "fallback_model: gpt-later", f"fallback_model: {'x' * 201}")
    with pytest.raises(CommandError, match="fallback_model has 201 characters"):
        take(folder)


def test_a_voice_goes_both_ways(folder: Path) -> None:
    take(folder)
    SystemPrompt.objects.filter(slug="support").update(voice="coral", voice_speed=1.5, voice_instructions="Calmly.")
    run("export", folder)
    assert "\nvoice: coral\nvoice_speed: 1.5\nvoice_instructions: Calmly.\n" in (folder / "support.md").read_text(encoding="utf-8")
    change(folder / "support.md", "voice_speed: 1.5", "voice_speed: 2")
    take(folder)
    prompt = SystemPrompt.objects.get(slug="support")
    assert (prompt.voice, prompt.voice_speed, prompt.voice_instructions) == ("coral", 2.0, "Calmly.")
    change(folder / "support.md", "voice_speed: 2", "voice_speed: 9")
    with pytest.raises(CommandError, match=r"voice_speed is a number from 0\.25 to 4"):
        take(folder)


def test_what_is_switched_off_goes_both_ways(folder: Path) -> None:
    take(folder)
    assert SystemPrompt.objects.get(slug="support").switched_off == []
    SystemPrompt.objects.filter(slug="support").update(switched_off=["pictures"])
    run("export", folder)
    assert "\nswitched_off:\n- pictures\n" in (folder / "support.md").read_text(encoding="utf-8")
    change(folder / "support.md", "switched_off:\n- pictures\n", "switched_off:\n- dictation\n- files\n")
    take(folder)
    assert SystemPrompt.objects.get(slug="support").switched_off == ["files", "dictation"]
    change(folder / "support.md", "- dictation\n", "- cooking\n")
    with pytest.raises(
        CommandError, match="switched_off is a list of some of files, images, pictures, dictation, read_aloud, speech_to_speech"
    ):
        take(folder)


def test_both_ways_change_nothing(folder: Path, tmp_path: Path) -> None:
    take(folder)
    imported = contents(folder)
    assert b"# What the shop's customers talk to." in imported["support.md"]
    assert "0 files written, 2 unchanged" in run("export", folder)
    assert contents(folder) == imported
    assert "0 files imported, 2 unchanged" in take(folder)
    run("export", tmp_path / "new")
    exported = contents(tmp_path / "new")
    assert "0 files imported" in take(tmp_path / "new")
    assert contents(tmp_path / "new") == exported
    assert SystemPrompt.objects.get(slug="support").versions.count() == 1
    run("diff", folder, "--check")


@pytest.mark.every_database
def test_a_changed_file_becomes_the_next_version(folder: Path) -> None:
    take(folder)
    change(folder / "support.md", "Be short.", "Be brief.")
    change(folder / "translator.md", "audience: staff", "audience: nobody")
    with pytest.raises(CommandError) as stopped:
        run("diff", folder, "--check")
    assert stopped.value.returncode != 0
    shown = run("diff", folder)
    assert "\n-Be short.  \n+Be brief.  \n" in shown and "support.md: changed in the file" in shown
    assert "2 files imported" in take(folder)
    assert SystemPrompt.objects.get(slug="support").published.number == 2
    translator = SystemPrompt.objects.get(slug="translator")
    assert (translator.audience, translator.published.number) == ("nobody", 1)
    assert "audience became “nobody” (was “staff”)" in LogEntry.objects.filter(object_id=str(translator.pk)).latest("pk").change_message
    assert "Nothing differs" in run("diff", folder, "--check")


def test_what_was_published_since_is_a_conflict(folder: Path) -> None:
    take(folder)
    publish_on_the_site("Changed in the admin.")
    with pytest.raises(CommandError, match=r"support\.md:1: .*version 2 by anna is live.*the file wasn’t"):
        take(folder)
    change(folder / "support.md", "Be short.", "Be brief.")
    change(folder / "translator.md", "Translate", "Carry over")
    with pytest.raises(CommandError, match=r"support\.md:1: .*so was the file"):
        take(folder)
    assert SystemPrompt.objects.get(slug="translator").published.number == 1, "all or nothing"
    take(folder, "--force")
    assert "Be brief." in SystemPrompt.objects.get(slug="support").published.text


def test_a_prompt_that_is_there_isnt_replaced_by_a_file_without_a_base(folder: Path) -> None:
    SystemPrompt.objects.create(slug="support", name="Ours").publish(text="Ours.")
    with pytest.raises(CommandError, match="is on the site and says something else"):
        take(folder)
    assert SystemPrompt.objects.get(slug="support").published.text == "Ours."


def test_an_export_leaves_changed_files_alone(folder: Path) -> None:
    take(folder)
    change(folder / "support.md", "Be short.", "Be brief.")
    (folder / "translator.md").write_text("no front matter", encoding="utf-8")
    before = contents(folder)
    with pytest.raises(CommandError, match=r"support\.md:1: The file has changes(.|\n)*translator\.md:1: "):
        run("export", folder)
    assert contents(folder) == before
    run("export", folder, "--force")
    run("diff", folder, "--check")


def test_an_export_takes_over_what_was_published(folder: Path) -> None:
    take(folder)
    publish_on_the_site("Changed in the admin.")
    assert "support.md: written" in run("export", folder)
    assert "Changed in the admin." in (folder / "support.md").read_text(encoding="utf-8")
    assert "0 files imported" in take(folder)


def test_a_draft_is_saved_and_not_published(folder: Path) -> None:
    take(folder)
    change(folder / "support.md", "Be short.", "Be brief.")
    change(folder / "support.md", "name: Support", "name: Desk")
    before = contents(folder)
    told = take(folder, "--draft")
    assert "saved as the draft" in told and "Not taken – support: name on the site stays as before." in told
    support = SystemPrompt.objects.get(slug="support")
    assert support.published.number == 1 and "Be brief." in drafts.edited(support)["text"]
    assert contents(folder) == before, "the file is still ahead of what is live"
    change(folder / "support.md", "Be brief.", "Be polite.")
    with pytest.raises(CommandError, match="has a draft that says something else"):
        take(folder, "--draft")
    take(folder, "--draft", "--force")
    assert "Be polite." in drafts.edited(support)["text"]
    take(folder)
    assert drafts.of(support) is None, "the draft became the version"


def test_what_needs_approvals_isnt_published_without_them(folder: Path) -> None:
    take(folder)
    SystemPrompt.objects.filter(slug="support").update(approvals_needed=1)
    change(folder / "support.md", "description: Answers", "description: Replies")
    take(folder)
    assert SystemPrompt.objects.get(slug="support").description == "Replies questions on orders.", "no part of the wording"
    change(folder / "support.md", "Be short.", "Be brief.")
    for force in ((), ("--force",)):
        with pytest.raises(CommandError, match="“support” lacks 1 of 1 approvals"):
            take(folder, *force)
    take(folder, "--draft")
    support = SystemPrompt.objects.get(slug="support")
    draft = drafts.of(support)
    assert draft is not None
    approvals.approve(support, draft, User.objects.create_user("ben"))
    take(folder)
    assert SystemPrompt.objects.get(slug="support").published.number == 2


def test_there_is_always_one_default(folder: Path) -> None:
    take(folder)
    change(folder / "support.md", "default: true\n", "")
    with pytest.raises(CommandError, match="there must be one"):
        take(folder)
    change(folder / "translator.md", "audience: staff", "default: true")
    assert "support: another prompt is the default now\n" in take(folder)
    assert list(SystemPrompt.objects.filter(is_default=True).values_list("slug", flat=True)) == ["translator"]
    change(folder / "support.md", "name: Support", "name: Support\ndefault: true")
    with pytest.raises(CommandError, match="is the default prompt, too"):
        take(folder)


def test_a_folder_that_cant_be_written_is_imported_and_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr("conversations.studio.files.folder.Folder.write", refuse)
    told = take(folder)
    assert "support.md: can’t be written" in told and "2 files imported" in told


def test_an_unknown_author_is_refused(folder: Path) -> None:
    with pytest.raises(CommandError, match="no active user called “nina”"):
        run("import", folder, "--author", "nina")
    assert not SystemPrompt.objects.exists()


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n", "\n\na\n\n", "---", "---\n---\n", " a\t", "\u2028a\x85"])
def test_every_text_is_read_as_it_was_written(text: str) -> None:
    prompt = SystemPrompt.objects.create(slug="exact", name="null")
    prompt.publish(text=text, model="no", starters=["yes", "- 'a': \"b\" #c", "1e3", "😀"], parameters={"temperature": 1.0})
    document = document_of(prompt)
    again = read(document.rendered())
    assert (again.wording["text"], again.name, again.wording["starters"]) == (text, "null", document.wording["starters"])
    assert again.digest == document.digest
    assert read(rebased(document.rendered(), document.digest) or "").base == document.digest


def test_a_base_is_written_into_any_front_matter() -> None:
    content = "---\n{name: Flow}\n---\nText"
    written = PromptFolder(Path()).rebased(content, read(content), read(content).digest)
    assert split(written).head["base"].value == read(content).digest == read(written).digest


def read(content: str) -> Document:
    from conversations.studio.files.parsing import parse

    return parse(content, "exact", "exact.md")
