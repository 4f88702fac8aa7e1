"""What is wrong in a prompt's file is told in a sentence with its line, all of it at once, and nothing outside the folder is touched."""

import importlib.util
from pathlib import Path

import pytest
import yaml

from conversations.studio.files import safe_yaml
from conversations.studio.files.folder import MAX_FILE_BYTES
from conversations.studio.files.parsing import parse
from conversations.studio.files.problems import FilesRefused
from conversations.studio.files.prompt_folder import PromptFolder

WRONG = {
    "text": (1, "begins with a line of “---”"),
    "---\nname: a\n": (1, "has no end"),
    "---\nname: [\n---\n": (3, "This is no YAML"),
    "---\n- a\n---\n": (2, "no list of “key: value”"),
    "---\nname: a\nname: b\n---\n": (3, "“name” is there twice"),
    "---\nname: &a x\ndescription: *a\n---\n": (3, "Aliases"),
    "---\nname: !!python/object/apply:os.system [ls]\n---\n": (2, "This is no YAML"),
    "---\nname: 2024\n---\n": (2, "name is a text"),
    "---\nname: a\ntone: b\n---\n": (3, "There is no field “tone”"),
    "---\nmodel: b\n---\n": (1, "A prompt has a name"),
    "---\nname: a\naudience: all\n---\n": (3, "audience is one of everyone, staff, nobody."),
    "---\nname: a\ndefault: maybe\n---\n": (3, "default is true or false."),
    "---\nname: a\nparameters:\n  temperature: 3\n---\n": (4, "Temperature lies between 0 and 2."),
    "---\nname: a\nparameters:\n  temper: 3\n---\n": (4, "no parameter called “temper”"),
    "---\nname: a\nparameters: 3\n---\n": (3, "parameters is a list of"),
    "---\nname: a\nstarters: b\n---\n": (3, "starters is a list"),
    "---\nname: a\nstarters: [b, b]\n---\n": (3, "or one twice"),
    "---\nname: a\nstarters: [yes]\n---\n": (3, "An entry of starters is a text"),
    "---\nname: a\nstarters: [a, b, c, d, e, f, g]\n---\n": (3, "at most 6"),
    '---\nname: "a\\nb"\n---\n': (2, "is one line"),
    '---\nname: "a\\u202eb"\n---\n': (2, "name has a character behind “a” that isn’t seen"),
    f"---\nname: {'a' * 81}\n---\n": (2, "has 81 characters; at most 80"),
    "---\nname: a\ndefault: true\naudience: staff\n---\n": (4, "can’t be another one"),
    "---\nname: a\nmodel_choice: listed\n---\n": (3, "List at least one model"),
    f"---\nname: a\n---\n\n{'x' * 200_001}": (5, "at most 200,000"),
    f"---\nname: {'[' * 5000}\n---\n": (2, "can’t be read"),
    f"---\nname: a\nparameters:\n  top_p: {'9' * 5000}\n---\n": (4, "can’t be read"),
    f"---\nname: a\nparameters:\n  top_p: 0x{'f' * 5000}\n---\n": (4, "can’t be read"),
    f"---\nname: a\nparameters:\n  top_p: 1{':1' * 150_000}\n---\n": (4, "can’t be read"),
    f"---\nname: a\nparameters:\n  top_p: 1{':1' * 150_000}.5\n---\n": (4, "can’t be read"),
    '---\nname: "\\ud800"\n---\n': (2, "half a surrogate pair"),
    '---\nname: a\n"\\udfff": b\n---\n': (3, "half a surrogate pair"),
}


@pytest.mark.parametrize("content", WRONG, ids=lambda content: content[:40])
def test_a_problem_is_told_with_its_line(content: str) -> None:
    line, sentence = WRONG[content]
    with pytest.raises(FilesRefused) as refused:
        parse(content, "slug", "slug.md")
    (problem,) = refused.value.problems
    assert problem.line == line and sentence in problem.sentence
    assert str(problem).startswith(f"slug.md:{line}: ")


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nname: 1\ntone: b\n---\n", encoding="utf-8")
    (tmp_path / "b.md").write_text("none", encoding="utf-8")
    with pytest.raises(FilesRefused) as refused:
        PromptFolder(tmp_path).read()
    assert [(Path(problem.file).name, problem.line) for problem in refused.value.problems] == [("a.md", 2), ("a.md", 3), ("b.md", 1)]


def test_files_of_odd_names_and_kinds_arent_read(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "prompts"
    folder.mkdir()
    secret.write_text("---\nname: Secret\n---\n", encoding="utf-8")
    (folder / "link.md").symlink_to(secret)
    (folder / "two words.md").write_text("---\nname: a\n---\n", encoding="utf-8")
    (folder / "folder.md").mkdir()
    (folder / "large.md").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    (folder / "latin.md").write_bytes(b"---\nname: \xe4\n---\n")
    (folder / f"{'a' * 51}.md").write_text("---\nname: a\n---\n", encoding="utf-8")
    with pytest.raises(FilesRefused) as refused:
        PromptFolder(folder).read()
    assert [Path(problem.file).name for problem in refused.value.problems] == [
        f"{'a' * 51}.md", "folder.md", "large.md", "latin.md", "link.md", "two words.md",
    ]  # fmt: skip


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "prompts"
    folder.mkdir()
    secret.write_text("kept", encoding="utf-8")
    (folder / "link.md").symlink_to(secret)
    PromptFolder(folder).write("link", "new")
    assert (secret.read_text(encoding="utf-8"), (folder / "link.md").read_text(encoding="utf-8")) == ("kept", "new")


def test_a_folder_that_isnt_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FilesRefused, match="can’t be read"):
        PromptFolder(tmp_path / "none").read()


def test_yaml_is_read_the_same_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    spec = importlib.util.spec_from_file_location("conversations.studio.files.without_libyaml", safe_yaml.__file__)
    assert spec and spec.loader
    without = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without)
    assert without._Loader.__mro__[2] is not safe_yaml._Loader.__mro__[2]
    monkeypatch.setattr(without, "MAX_NODES", 1_000)  # as many as with libyaml take five seconds
    for content in ("a: [1, b, {c: '2'}]\nd: |\n  e\n  f\n", "- &a x\n", "", "2026-05-03"):
        assert without.read_plain(content) == safe_yaml.read_plain(content)
        assert without.read_lines(content) == safe_yaml.read_lines(content)
    for content in ("a: &x b\nc: *x\n", f"[{'a,' * 100_001}]", "[" * 5000, "!!python/object:a.b {}", 'a: "\\ud800"', "a: 1\na: 2"):
        for module in (without, safe_yaml):
            with pytest.raises(module.YamlProblem):
                module.read_lines(content)
