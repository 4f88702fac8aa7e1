"""What was acknowledged of an upload is there after a kill, and a file is given out by the real server as it came."""

from __future__ import annotations

import json

import pytest

from tests.support.jobs import until
from tests.support.serving import Serving
from tests.support.template import session_key
from tests.support.uploading import PIECE_BYTES, Uploader

CONTENT = b"".join(b"%d newts regrow legs.\n" % number for number in range(70_000))


@pytest.mark.every_database
def test_an_upload_goes_on_after_a_kill_and_so_does_the_reading_of_the_file(quick_serve: Serving) -> None:
    served = quick_serve("http://127.0.0.1:9/v1")
    uploader = Uploader(served.address, session_key("alice"))
    upload = uploader.begin(len(CONTENT), "newts.txt")
    next(uploader.send_all(upload, CONTENT))
    served.kill()

    again = quick_serve("http://127.0.0.1:9/v1", data_dir=served.data_dir)
    uploader = Uploader(again.address, session_key("alice"))
    assert uploader.offset(upload) == PIECE_BYTES
    *_, file = uploader.send_all(upload, CONTENT)
    again.kill()
    assert file is not None
    assert (file["size"], file["state"]) == (len(CONTENT), "reading")

    again = quick_serve("http://127.0.0.1:9/v1", data_dir=served.data_dir)
    uploader = Uploader(again.address, session_key("alice"))
    until(lambda: json.loads(uploader.ask("GET", f"/files/{file['id']}/state/")[2])["state"] == "ready")
    path = f"/files/{file['id']}/"
    compressing = {"Accept-Encoding": "gzip"}
    status, headers, content = uploader.ask("GET", path, headers=compressing)
    assert (status, content, headers["Content-Encoding"]) == (200, CONTENT, None)
    status, headers, part = uploader.ask("GET", path, headers={**compressing, "Range": "bytes=1000000-"})
    assert (status, part, headers["Content-Length"]) == (206, CONTENT[1_000_000:], str(len(CONTENT) - 1_000_000))
    head = uploader.ask("HEAD", path)
    assert (head[0], head[1]["Content-Length"], head[2]) == (200, str(len(CONTENT)), b"")
    status, _, _ = uploader.ask("POST", "/files/", b"x" * (3 * 1024 * 1024), {"Content-Type": "multipart/form-data; boundary=x"})
    assert status == 413
    stored = [path.stat().st_mode & 0o077 for path in (again.data_dir / "media").rglob("*")]
    assert stored
    assert not any(stored)
