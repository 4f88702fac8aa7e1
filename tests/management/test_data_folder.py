"""A data folder that SQLite is not safe in is named at the start, with what to do, and nothing is left behind there."""

import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatbot import file_systems
from tests.support import without_locks
from tests.support.serving import ROOT

AROUND = "22 27 0:21 / /proc rw - proc proc rw\n27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
is_root = pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs root on Linux, to mount in a namespace")


def mounted(kind: str, point: str) -> str:
    return f"99 27 0:99 / {point} rw,relatime shared:9 - {kind} server:/export rw,vers=4.2\n"


def refused(data_dir: Path, *program: str, **environment: str) -> str:
    """What `serve` prints when it is started so: one sentence. It makes nothing in the folder's parent."""
    before = sorted(data_dir.parent.iterdir())
    done = subprocess.run(
        [*program, sys.executable, "manage.py", "serve", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "chatbot.settings", "DATABASE_URL": "", "DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert sorted(data_dir.parent.iterdir()) == before
    return done.stderr


def on_a_share(kind: str, point: Path) -> Sequence[str]:
    """What to run a program with, so that it sees `kind` mounted there."""
    mounts = point.parent / "mounts"
    mounts.write_text(Path("/proc/self/mountinfo").read_text() + mounted(kind, str(point)))
    return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /proc/$$/mountinfo && exec "$@"', str(mounts)]


@is_root
@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_share_is_named(tmp_path: Path, kind: str) -> None:
    (share := tmp_path / "share").mkdir()
    sentence = refused(share / "data", *on_a_share(kind, share))
    assert f"DATA_DIR ({share / 'data'}) is on a network share ({kind})" in sentence
    assert "DATABASE_URL" in sentence


@pytest.mark.skipif(not without_locks.IS_POSSIBLE, reason="needs Linux on a processor whose system calls are known here")
def test_a_folder_without_locks_is_named(tmp_path: Path) -> None:
    without = (sys.executable, "-m", "tests.support.without_locks")
    sentence = refused(tmp_path / "data", *without)
    assert "DATA_DIR" in sentence
    assert "can't be locked" in sentence


@is_root
@pytest.mark.parametrize("place", [".", "closed", "closed/made"])
def test_a_folder_of_another_user_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "closed").mkdir(0o700)
    (tmp_path / "closed" / "made").mkdir()
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and Path(tempfile.gettempdir()) in folder.parents:
            folder.chmod(0o755)
    sentence = refused(tmp_path / place / "data", "setpriv", "--reuid", "54321", "--regid", "0", "--clear-groups")
    assert "can't be written to by user 54321 of group 0" in sentence


@pytest.mark.parametrize(
    ("mounts", "path", "kind"),
    [
        (mounted("nfs4", "/srv"), "/srv/chatbot", "nfs4"),
        (mounted("nfs4", "/srv"), "/srv2/chatbot", "ext4"),
        (mounted("nfs4", "/srv") + mounted("xfs", "/srv/local"), "/srv/local/var", "xfs"),
        (mounted("xfs", "/srv/data") + mounted("cifs", "/srv/data"), "/srv/data", "cifs"),
        (mounted("cifs", "/srv/data") + mounted("xfs", "/srv/data"), "/srv/data", "xfs"),
        (mounted("fuse.sshfs", r"/srv/my\040share"), "/srv/my share/var", "fuse.sshfs"),
        (mounted("nfs", "/"), "/var", "nfs"),
        ("", "/var", "ext4"),
    ],
)
def test_the_innermost_and_latest_mount_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mounts: str, path: str, kind: str) -> None:
    (tmp_path / "mountinfo").write_text(AROUND + mounts)
    monkeypatch.setattr(file_systems, "_MOUNTS", tmp_path / "mountinfo")
    assert file_systems.type_of(Path(path)) == kind


def test_only_sqlite_needs_a_disk_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mountinfo").write_text(AROUND + mounted("nfs4", str(tmp_path / "share")))
    monkeypatch.setattr(file_systems, "_MOUNTS", tmp_path / "mountinfo")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "share" / "data"))
    (tmp_path / "share").mkdir()
    for address in ("postgres://localhost/chatbot", f"sqlite:///{tmp_path}/db.sqlite3"):
        monkeypatch.setenv("DATABASE_URL", address)
        runpy.run_path(str(ROOT / "chatbot" / "settings.py"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/share/db.sqlite3")
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL \(.*\) is on a network share \(nfs4\)"):
        runpy.run_path(str(ROOT / "chatbot" / "settings.py"))
    (tmp_path / "db.sqlite3").symlink_to(tmp_path / "share" / "db.sqlite3")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/db.sqlite3")
    with pytest.raises(ImproperlyConfigured, match=r"/share\) is on a network share \(nfs4\)"):
        runpy.run_path(str(ROOT / "chatbot" / "settings.py"))
