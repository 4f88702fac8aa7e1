"""`make run` before anything is installed: bootstrap.py on a machine where something is missing."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(bootstrap.__file__).parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "bootstrap.py", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def install(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "bootstrap.py", "lock"]  # installs Python packages and stops there
    return subprocess.run(
        command, cwd=checkout, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.timeout(180)
def test_without_a_network_it_says_so_and_a_later_run_goes_on(checkout: Path):
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    done = install(checkout, **nowhere)
    assert done.returncode == 1
    assert "can't be reached" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    stamps = json.loads((checkout / ".venv" / "installed.json").read_text())
    assert not stamps["installing"]
    assert "test" not in stamps


def test_a_folder_that_cannot_be_written_to_is_named(monkeypatch: pytest.MonkeyPatch, checkout: Path):
    monkeypatch.setattr(bootstrap, "VENV", checkout / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", checkout / ".venv" / "bin" / "python")
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    with pytest.raises(PermissionError) as refused:
        bootstrap.make_venv()
    assert refused.value.filename == str(bootstrap.ROOT)


def test_a_python_without_venv_names_the_package_that_brings_it(monkeypatch: pytest.MonkeyPatch, checkout: Path):
    monkeypatch.setattr(bootstrap, "VENV", checkout / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", checkout / ".venv" / "bin" / "python")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(bootstrap.Problem, match="apt install python3-venv"):
        bootstrap.make_venv()


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the ones we locked"),
        ("npm error code EINTEGRITY", "not the ones we locked"),
        ("WARNING: Retrying … NewConnectionError\nERROR: No matching distribution found for aiohttp", "Check the network"),
        ("npm error code ENOTFOUND", "Check the network"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "make room"),
        ("WARNING: something\nERROR: No matching distribution found for aiohttp==9", "No matching distribution found for aiohttp==9"),
    ],
)
def test_what_pip_and_npm_say_becomes_one_sentence(trouble: str, said: str):
    sentence = bootstrap.explain(trouble, "The packages")
    assert said in sentence
    assert sentence.startswith("The packages ")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "configured"),
    [
        ("OPENAI_API_KEY=sk-1\n", True),
        ("export OPENAI_BASE_URL='http://localhost:11434/v1'\n", True),
        ("#OPENAI_API_KEY=sk-1\nOPENAI_API_KEY=\n", False),
        ("", False),
    ],
)
def test_the_built_in_model_is_left_out_when_env_names_a_provider(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, configured: bool
):
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text(text)
    assert bootstrap.provider_configured() is configured


def test_servers_that_have_no_package_for_this_machine_are_left_out_of_the_tests(
    monkeypatch: pytest.MonkeyPatch, checkout: Path, capsys: pytest.CaptureFixture[str]
):
    said = ["ERROR: No matching distribution found for ctranslate2"]
    monkeypatch.setattr(bootstrap, "CLIENTS", checkout)
    monkeypatch.setattr(bootstrap, "run", lambda arguments, *given: said[-1] if "pip" in arguments else None)
    bootstrap.install_apart("voices", "Servers", "220 MB", otherwise="their tests are skipped.")
    assert "no package for this machine, so they are left out: their tests are skipped." in capsys.readouterr().out
    assert not (checkout / ".venvs" / "voices" / "installed.json").exists()
    said.append("ERROR: network is unreachable")
    with pytest.raises(bootstrap.Problem, match="can't be reached"):
        bootstrap.install_apart("voices", "Servers", "220 MB", otherwise="their tests are skipped.")


def test_what_has_no_package_for_this_machine_is_left_out_and_said_once(
    monkeypatch: pytest.MonkeyPatch, checkout: Path, capsys: pytest.CaptureFixture[str]
):
    tried: list[Path] = []
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", checkout / "requirements")
    monkeypatch.setattr(bootstrap, "pip", lambda stamps, lock, *options: [tried.append(lock), "ERROR: No matching distribution found"][1])
    for _ in range(2):
        bootstrap.install_office(bootstrap.Stamps(checkout / "installed.json"))
    assert [lock.name for lock in tried] == ["office.txt"]
    assert "no package for this machine, so it is left out: these files are refused." in capsys.readouterr().out
    monkeypatch.setattr(bootstrap, "pip", lambda *given: "ERROR: network is unreachable")
    (checkout / "requirements" / "office.txt").write_text("another")
    with pytest.raises(bootstrap.Problem, match="can't be reached"):
        bootstrap.install_office(bootstrap.Stamps(checkout / "installed.json"))
