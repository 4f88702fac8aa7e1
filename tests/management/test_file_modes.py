"""What the server keeps is for its own user: folders 0700, files 0600. A folder that is a group's stays the group's."""

import os
import runpy
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from conversations.management import file_modes
from tests.support.serving import ROOT, Served, Serving


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in (folder, *folder.iterdir())}


def database(file: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": file}


def test_a_served_site_is_its_user_s(serve: Serving) -> None:
    first: Served = serve("http://127.0.0.1:9/v1", DATABASE_URL="", SECRET_KEY="")
    for file in first.data_dir.iterdir():
        file.chmod(0o755 if file.is_dir() else 0o644)  # as it was made before
    first.data_dir.chmod(0o755)
    first.stop()
    again: Served = serve("http://127.0.0.1:9/v1", data_dir=first.data_dir, DATABASE_URL="", SECRET_KEY="")
    with urlopen(f"{again.address}/readyz"):  # has the database open from now on
        seen = modes(again.data_dir)
    assert seen.pop(again.data_dir.name) == "0o700"
    files = {name: mode for name, mode in seen.items() if (again.data_dir / name).is_file()}
    assert {"db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm", "secret_key", "static.lock"} <= files.keys()
    assert set(files.values()) == {"0o600"}


def test_a_new_data_folder_is_its_user_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "some" / "where"))
    runpy.run_path(str(ROOT / "chatbot" / "settings.py"))
    assert stat.S_IMODE((tmp_path / "some" / "where").stat().st_mode) == 0o700


def test_a_folder_of_a_group_stays_as_it_is_and_its_files_are_the_group_s(tmp_path: Path) -> None:
    tmp_path.chmod(0o775)
    for name, mode in (("db.sqlite3", 0o664), ("secret_key", 0o600)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    os.umask(0)
    file_modes.keep_private(tmp_path, database(tmp_path / "db.sqlite3"))
    (tmp_path / "new").touch()
    assert modes(tmp_path) == {tmp_path.name: "0o775", "db.sqlite3": "0o660", "secret_key": "0o600", "new": "0o660"}


def test_a_database_elsewhere_is_private_and_its_folder_is_left_alone(tmp_path: Path) -> None:
    (data_dir := tmp_path / "var").mkdir()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    for name in ("chat.db", "chat.db-wal", "of_another_program"):
        (elsewhere / name).touch()
    file_modes.keep_private(data_dir, database(elsewhere / "chat.db"))
    assert modes(elsewhere) == {"elsewhere": "0o755", "chat.db": "0o600", "chat.db-wal": "0o600", "of_another_program": "0o644"}


def test_where_a_link_leads_is_left_alone(tmp_path: Path) -> None:
    (other := tmp_path / "other").touch()
    (data_dir := tmp_path / "var").mkdir()
    (data_dir / "link").symlink_to(other)
    file_modes.keep_private(data_dir, {"ENGINE": "django.db.backends.postgresql"})
    assert stat.S_IMODE(other.stat().st_mode) == 0o644
