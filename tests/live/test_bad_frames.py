"""A frame that is no command is answered with its code, changes nothing, and the socket lives on."""

import json
import uuid

import pytest

from conversations.live import command_frames, token_bucket
from conversations.models import Message, User
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)
ID = str(uuid.uuid4())

BAD = [
    (" ", "bad_frame"),
    ("hello", "bad_frame"),
    ("[]", "bad_frame"),
    ("null", "bad_frame"),
    ("[" * 5000, "bad_frame"),
    ('{"type":"send","text":"\\ud800","id":"' + ID + '"}', "bad_frame"),
    ("{}", "unknown_command"),
    ('{"type":["send"]}', "unknown_command"),
    ('{"type":"_leave"}', "unknown_command"),
    ('{"type":"drop_tables","id":"' + ID + '"}', "unknown_command"),
    ('{"type":"send","text":"x"}', "bad_frame"),
    ('{"type":"send","text":"x","id":"1"}', "bad_frame"),
    ('{"type":"send","text":5,"id":"' + ID + '"}', "bad_frame"),
    ('{"type":"send","id":"' + ID + '"}', "bad_frame"),
    ('{"type":"send","text":"x","conversation":"1; DROP","id":"' + ID + '"}', "bad_frame"),
    ('{"type":"send","text":"x","prompt":{},"id":"' + ID + '"}', "bad_frame"),
    ('{"type":"send","text":"x","prompt":"a\\u0000","id":"' + ID + '"}', "bad_frame"),  # which PostgreSQL can't look for
    ('{"type":"send","text":"x","prompt":"nope","id":"' + ID + '"}', "invalid"),
    ('{"type":"send","text":"x","attachments":[{"id":1}],"id":"' + ID + '"}', "bad_frame"),
    ('{"type":"send","text":"x","attachments":"' + ID + '","id":"' + ID + '"}', "bad_frame"),
    ('{"type":"send","text":"x","attachments":["' + ID + '"],"id":"' + ID + '"}', "invalid"),  # there is no such file
    (json.dumps({"type": "send", "text": "x", "attachments": [ID] * 101, "id": ID}), "bad_frame"),
    ('{"type":"edit","text":"x","message":"' + ID + '","attachments":{"a":1},"id":"' + ID + '"}', "bad_frame"),
    ('{"type":"send","text":" \\n ","id":"' + ID + '"}', "invalid"),
    ('{"type":"watch"}', "bad_frame"),
    ('{"type":"watch","conversation":7}', "bad_frame"),
    ('{"type":"stop","message":null}', "bad_frame"),
    (json.dumps({"type": "send", "text": "x" * 100_001, "id": ID}), "too_large"),
    (json.dumps({"type": "send", "text": "x" * command_frames.MAX_FRAME_CHARACTERS, "id": ID}), "too_large"),
]


async def test_each_is_answered_with_its_code_and_the_socket_lives(alice: User) -> None:
    async with Socket(alice) as socket:
        for frame, code in BAD:
            await socket.raw(frame)
            answer = await socket.next()
            assert (answer["type"], answer["code"]) == ("error", code), frame[:80]
            assert answer["detail"]
            if f'"id": "{ID}"' in frame[-60:] and len(frame) < command_frames.MAX_FRAME_CHARACTERS:
                assert answer["id"] == ID
        await socket._wire.send_to(bytes_data=b"\x00\x01")
        assert (await socket.next())["code"] == "bad_frame"
    assert await Message.objects.acount() == 0


async def test_a_flood_is_slowed_and_then_closed(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_bucket, "monotonic", lambda: 1000.0)  # nothing is filled up again
    async with Socket(alice) as socket:
        for _ in range(400):
            await socket.raw("{}")
        codes = set()
        for _ in range(50):
            codes.add((await socket.next())["code"])
        assert codes == {"unknown_command", "too_many"}
        assert await socket.closed_with() == 4429
