"""Fragments and cases live beside the prompts in a folder: both ways without a change, and nothing is overwritten or deleted silently."""

import io
import shutil
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from conversations.evaluation.candidate import AskedCase
from conversations.evaluation.checks.check import KINDS, Check
from conversations.evaluation.files.case_folder import CaseFolder, CasesDocument, document_of
from conversations.management import prompt_evaluation
from conversations.models import Case, Fragment, SystemPrompt, User
from conversations.studio import drafts, fragment_drafts
from conversations.studio.files.fragment_folder import FragmentDocument, FragmentFolder
from conversations.studio.files.problems import FilesRefused
from tests.support.talks import Talk

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
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def support() -> SystemPrompt:
    return SystemPrompt.objects.select_related("published").get(slug="support")


def test_a_folder_becomes_prompts_with_their_fragments_and_cases(folder: Path) -> None:
    assert "5 files imported, 0 unchanged." in take(folder, "--note", "From the shop")
    tone = Fragment.objects.select_related("current__author").get(name="tone")
    assert (tone.description, tone.current.text) == ("How the shop speaks.", "Be kind to {{ user.name }}.  \n{{> signature }}")
    assert (tone.current.author.username, tone.current.note) == ("anna", "From the shop")
    refund, second = Case.objects.order_by("name")
    assert (refund.prompt.slug, refund.turns) == ("support", [{"role": "user", "text": "How do I get my money back?"}])
    assert (refund.variables, refund.expected, refund.tags) == ({"customer": "Anna"}, "Within 14 days,\nwith the form.", ["refunds"])
    assert [Check.of(one) for one in refund.checks] == [Check("contains", "14 days"), Check("refusal", "", True)]
    assert [turn["role"] for turn in second.turns] == ["user", "assistant", "user"]
    logged = LogEntry.objects.filter(user__username="anna").values_list("change_message", flat=True)
    assert "Imported from tone.md: published version 1 (before: none)." in logged
    assert "Imported cases from support.yaml: added “Refund after 30 days”, “Second question”." in logged


def test_both_ways_change_nothing(folder: Path, tmp_path: Path) -> None:
    take(folder)
    imported = contents(folder)
    assert b"# What the shop's assistant has to know." in imported["cases/support.yaml"]
    assert "0 files written, 5 unchanged" in run("export", folder)
    assert "0 files imported, 5 unchanged" in take(folder)
    assert contents(folder) == imported
    run("export", tmp_path / "new")
    exported = contents(tmp_path / "new")
    assert sorted(exported) == sorted({*imported} - {"README.md"})
    assert "0 files imported" in take(tmp_path / "new")
    assert contents(tmp_path / "new") == exported
    assert "Nothing differs" in run("diff", folder, "--check")
    for model in (Case, Fragment, SystemPrompt):
        model.objects.all().delete()
    assert "5 files imported" in take(tmp_path / "new", "--force")
    assert contents(tmp_path / "new") == exported
    run("export", tmp_path / "again")
    assert contents(tmp_path / "again") == exported


def test_a_changed_case_is_told_and_taken(folder: Path) -> None:
    take(folder)
    change(folder / "cases/support.yaml", "money back", "money again")
    change(folder / "cases/support.yaml", "  - refunds", "  - money")
    with pytest.raises(CommandError) as stopped:
        run("diff", folder, "--check")
    assert stopped.value.returncode == 1
    shown = run("diff", folder)
    assert (
        "cases/support.yaml: changed in the file" in shown
        and "-  ask: How do I get my money back?\n+  ask: How do I get my money again?" in shown
    )
    assert "cases/support: changed “Refund after 30 days”" in take(folder)
    refund = Case.objects.get(name="Refund after 30 days")
    assert (refund.turns[0]["text"], refund.tags, refund.revision) == ("How do I get my money again?", ["money"], 2)
    change(folder / "cases/support.yaml", "  - money", "  - refunds")
    take(folder)
    refund.refresh_from_db()
    assert (refund.tags, refund.revision) == (["refunds"], 2), "its results still say what they said"
    assert Case.objects.get(name="Second question").revision == 1


def test_what_a_file_no_longer_has_is_told_and_stays(folder: Path) -> None:
    take(folder)
    path = folder / "cases/support.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("- name: Second")], encoding="utf-8")
    for _ in range(2):
        assert "Not taken – cases/support: “Second question”, which only the site has, stay." in take(folder)
        assert Case.objects.count() == 2
        with pytest.raises(CommandError, match="differ"):
            run("diff", folder, "--check")
    with pytest.raises(CommandError, match=r"support\.yaml:1: The file has changes that the site"):
        run("export", folder)
    Case.objects.get(name="Second question").delete()
    run("diff", folder, "--check")
    (folder / "fragments/signature.md").unlink()
    assert "fragments/signature.md: only on the site" in run("diff", folder)
    assert Fragment.objects.count() == 2


def test_what_the_site_changed_since_is_a_conflict(folder: Path) -> None:
    take(folder)
    Fragment.objects.get(name="signature").publish("Sign as us.")
    Case.objects.create(prompt=support(), name="New", turns=[{"role": "user", "text": "?"}])
    with pytest.raises(CommandError, match=r"support\.yaml:1: The cases of “support” were changed on the site(.|\n)*signature\.md:1: "):
        take(folder, "--note", "again")
    change(folder / "fragments/signature.md", "Your shop", "The shop")
    change(folder / "cases/support.yaml", "money back", "money again")
    before = contents(folder)
    for refused in ("import", "export"):
        with pytest.raises(CommandError, match=r"signature\.md:1: ") as stopped:
            take(folder) if refused == "import" else run("export", folder)
        assert "support.yaml:1: " in str(stopped.value) and "Nothing was changed." in str(stopped.value)
    assert contents(folder) == before and Fragment.objects.get(name="signature").current.text == "Sign as us."
    assert not Case.objects.filter(turns__0__text="How do I get my money again?").exists()
    take(folder, "--force")
    assert Fragment.objects.get(name="signature").current.text == "Sign as “The shop”."
    assert Case.objects.filter(name="New").exists(), "a forced import deletes nothing either"


def test_an_export_takes_over_what_the_site_changed(folder: Path) -> None:
    take(folder)
    Fragment.objects.get(name="signature").publish("Sign as us.")
    Case.objects.filter(name="Second question").update(expected="Politely.")
    assert "fragments/signature.md: written\ncases/support.yaml: written\n2 files written, 3 unchanged." in run("export", folder)
    assert "expected: Politely." in (folder / "cases/support.yaml").read_text(encoding="utf-8")


def test_a_fragment_comes_with_the_prompt_that_it_needs(folder: Path) -> None:
    take(folder)
    change(folder / "fragments/signature.md", "Your shop", "{{ shop }}")
    with pytest.raises(CommandError, match=r"signature\.md:5: “Support” can’t be sent with it.*shop"):
        take(folder)
    assert Fragment.objects.get(name="signature").current.number == 1
    change(folder / "support.md", "name: Support", "name: Support\nvariables:\n- name: shop\n  type: text")
    assert "2 files imported, 3 unchanged" in take(folder)
    assert support().published.number == 2 and Fragment.objects.get(name="signature").current.number == 2


def test_a_fragment_is_no_way_around_approvals(folder: Path) -> None:
    take(folder)
    SystemPrompt.objects.filter(slug="support").update(approvals_needed=1)
    change(folder / "fragments/signature.md", "Your shop", "The shop")
    for force in ((), ("--force",)):
        with pytest.raises(CommandError, match=r"signature\.md:5: “Support” asks for approvals"):
            take(folder, *force)
    SystemPrompt.objects.filter(slug="support").update(approvals_needed=0, live_reserved=True)
    with pytest.raises(CommandError, match=r"signature\.md:5: “Support” follows this fragment, and “live” of it is moved by superusers"):
        take(folder)
    assert Fragment.objects.get(name="signature").current.number == 1


def test_fragments_that_include_each_other_are_refused(folder: Path) -> None:
    change(folder / "fragments/signature.md", "Sign as", "{{> tone }} Sign as")
    with pytest.raises(CommandError, match=r"(signature|tone)\.md:\d: "):
        take(folder)
    assert not Fragment.objects.exists() and not SystemPrompt.objects.exists()


def test_new_cases_have_to_pass_before_the_wording_that_comes_with_them(folder: Path) -> None:
    take(folder)
    Case.objects.all().delete()
    SystemPrompt.objects.filter(slug="support").update(cases_required=True)
    change(folder / "support.md", "Be short.", "Be brief.")
    with pytest.raises(CommandError, match="“support” lacks 2 of 2 passed cases"):
        take(folder, "--force")
    assert not Case.objects.exists()
    assert "cases/support: added" in take(folder, "--draft", "--force")
    assert "Be brief." in drafts.edited(support())["text"] and support().published.number == 1


def test_drafts_change_no_fragment_that_is_there(folder: Path) -> None:
    told = take(folder, "--draft")
    assert "fragments/tone: a new fragment" in told and "support: a new prompt, as a draft" in told
    change(folder / "fragments/tone.md", "Be kind", "Be rude")
    assert "fragments/tone: saved as the draft" in take(folder, "--draft")
    tone = Fragment.objects.get(name="tone")
    assert (tone.current.number, "Be rude" in fragment_drafts.edited(tone)) == (1, True)
    assert "fragments/tone" not in take(folder, "--draft")
    change(folder / "fragments/tone.md", "Be rude", "Be gentle")
    with pytest.raises(CommandError, match="“tone” has another draft"):
        take(folder, "--draft")
    assert "Be rude" in fragment_drafts.edited(tone)
    take(folder, "--draft", "--force")
    assert "Be gentle" in fragment_drafts.edited(tone)


def test_cases_of_users_messages_are_in_no_file(folder: Path, tmp_path: Path, alice: User) -> None:
    take(folder)
    question = Talk(alice).say("My secret?")
    case = {"prompt": support(), "message": question}
    Case.objects.create(name="Theirs", turns=[{"role": "user", "text": "My secret?"}], **case)
    told = run("export", tmp_path / "new")
    assert "cases/support: 1 left out" in told
    assert not any(b"secret" in content for content in contents(tmp_path / "new").values())
    assert "0 files imported" in take(folder) and Case.objects.filter(name="Theirs").exists()


def test_cases_of_one_name_are_told_apart(folder: Path) -> None:
    take(folder)
    path = folder / "cases/support.yaml"
    path.write_text("cases:\n" + "".join(f"- name: Same\n  ask: {text}\n" for text in "abc"), encoding="utf-8")
    take(folder, "--force")
    kept = set(Case.objects.filter(name="Same").values_list("pk", "turns__0__text"))
    assert {text for _, text in kept} == {"a", "b", "c"}
    change(path, "ask: b", "ask: d")
    take(folder)
    now = set(Case.objects.filter(name="Same").values_list("pk", "turns__0__text"))
    assert {text for _, text in now} == {"a", "c", "d"} and len(now & kept) == 2 and {pk for pk, _ in now} == {pk for pk, _ in kept}


def test_cases_of_no_prompt_are_refused(folder: Path) -> None:
    (folder / "cases/suport.yaml").write_text("cases: []\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"suport\.yaml:1: There is no prompt “suport”"):
        take(folder)


def test_a_prompts_file_is_evaluated_with_the_cases_beside_it(folder: Path) -> None:
    asked = prompt_evaluation.find(str(folder / "support.md"), "live", "")
    assert [case.name for case in asked.cases] == ["Refund after 30 days", "Second question"]
    assert [check.kind for check in asked.cases[0].checks] == ["contains", "refusal"]


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("cases:\n- ask: a\n", 2, "A case has a name"),
        ("cases:\n- name: a\n", 2, "It asks nothing"),
        ("cases:\n- name: a\n  ask: b\n- name: c\n  ask: d\n  chekcs: []\n", 4, "Case “c”: There is no field “chekcs”"),
        ("cases:\n- name: a\n  ask: b\n  checks:\n  - type: javascript\n", 2, "there is no such check here"),
        ("cases:\n- name: a\n  ask: b\n  name: c\n", 4, "“name” is there twice"),
        ("cases:\n- {name: a, turns: [{role: user, text: a}, {role: assistant, text: b}]}\n", 2, "The last turn is the user’s"),
        ("cases:\n- {name: a, ask: b, turns: [{role: user, text: a}]}\n", 2, "both ask and turns"),
        ("cases:\n- name: a\n  ask: b\n  variables: [c]\n", 2, "variables is a list"),
        ("- name: a\n  ask: &x b\n  expected: *x\n", 3, "Aliases"),
        ("cases: {}\n", 1, "cases is a list"),
        ("case: []\n", 1, "There is no field “case”"),
        ("x", 1, "no list of cases"),
        ("".join("- name: a\n  ask: b\n" for _ in range(2001)), 1, "a file holds 2,000 at most"),
        ("cases: [" + "a," * 400_000 + "]", 1, "can’t be read"),
    ],
)
def test_a_wrong_case_is_told_with_its_line(text: str, line: int, sentence: str) -> None:
    with pytest.raises(FilesRefused) as refused:
        CaseFolder(Path()).parse(text, "support", "support.yaml")
    assert any(problem.line == line and sentence in problem.sentence for problem in refused.value.problems), refused.value


@pytest.mark.parametrize(
    "said", ["a", "a\nb", " a \n\n b\n", "null", "1e3", "- a: b #c", "{{ x }}", "😀\u2028\x85", "a\tb\n---\n", "'\"\\"]
)
def test_every_case_is_read_as_it_was_written(said: str) -> None:
    values = {"json-schema": '{"type": "object"}', "length": "at most 80 words", "language": "German", "latency": "2.5", "cost": "0.01"}
    checks = [
        Check(kind, values.get(kind, said if one.asks and kind != "regex" else "ab+" if one.asks else ""), negated)
        for kind, one in KINDS.items()
        for negated in (False, True)
    ][:20]
    turns = [{"role": role, "text": said} for role in ("user", "assistant", "user")]
    for asked in (turns, turns[:1]):
        case = AskedCase("", "A name: of", asked, {"x": said}, said, checks, ["a", "null"])
        document = CasesDocument("support", [case])
        again = CaseFolder(Path()).parse(document.rendered("b"), "support", "support.yaml")
        assert (list(again.cases), again.digest, again.base) == ([case], document.digest, "b")
        assert CaseFolder(Path()).with_base(document.rendered(), "15") == "base: '15'\n" + document.rendered()


def test_a_case_that_no_file_can_hold_is_left_out(folder: Path) -> None:
    take(folder)
    prompt = support()
    Case.objects.create(prompt=prompt, name="two\nlines", turns=[{"role": "user", "text": "?"}])
    Case.objects.create(prompt=prompt, name="old", turns=[])
    document = document_of(prompt)
    assert document is not None and [case.name for case in document.cases] == ["Refund after 30 days", "Second question"]
    assert "cases/support: 2 left out" in run("export", folder)


def test_links_are_neither_read_nor_written_through(folder: Path, tmp_path: Path) -> None:
    take(folder)
    elsewhere = tmp_path / "elsewhere"
    (folder / "fragments").rename(elsewhere)
    (folder / "fragments").symlink_to(elsewhere)
    before = contents(elsewhere)
    for arguments in (("diff", folder), ("export", folder, "--force"), ("import", folder, "--author", "anna")):
        with pytest.raises(CommandError, match="is a link"):
            run(*arguments)
    assert contents(elsewhere) == before


@pytest.mark.parametrize("text", ["", "a", "a\n", "\n\na\n", "---\n", "{{> b }}"])
def test_every_fragment_is_read_as_it_was_written(text: str) -> None:
    for description in ("", "Of: tone"):
        document = FragmentDocument("tone", text, description)
        again = FragmentFolder(Path()).parse(document.rendered("b"), "tone", "tone.md")
        assert (again.text, again.description, again.base, again.digest) == (text, description, "b", document.digest)
        written = FragmentFolder(Path()).rebased(document.rendered(), document, "c")
        assert FragmentFolder(Path()).parse(written, "tone", "tone.md").base == "c"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ("---\nname: Tone\n---\n\na\n", "tone", "There is no field “name”: a fragment has description and base"),
        ("---\ndescription: [a]\n---\n\na\n", "tone", "description is a text"),
        ("a", "tone", "begins with a line of"),
        ("---\n---\n", "To ne", "small letters"),
    ],
)
def test_a_wrong_fragment_is_told(content: str, name: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.md").write_text(content, encoding="utf-8")
    with pytest.raises(FilesRefused, match=sentence):
        FragmentFolder(tmp_path).read()
